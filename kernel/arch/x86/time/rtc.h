/* SPDX-License-Identifier: MIT */
/* The battery-backed clock: date and time, taken to be UTC. */
#pragma once

#include "lib/compiler.h"

/*
 * Seconds since 1970; 0 if there is no such clock, or its values are invalid. Waits while the clock
 * is being updated, at most 2 ms. @read gives the clock's byte at an index.
 */
u64 rtc_read_seconds(u8 (*read)(u8 index));
