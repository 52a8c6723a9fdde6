/* SPDX-License-Identifier: MIT */
/* The battery-backed clock: date and time, taken to be UTC. */
#pragma once

#include "lib/compiler.h"

/*
 * Seconds since 1970; 0 when there is no such clock or it makes no sense. While the clock takes its
 * next second, for 2 ms at most, this waits. @read gives the clock's byte at an index.
 */
u64 rtc_read_seconds(u8 (*read)(u8 index));
