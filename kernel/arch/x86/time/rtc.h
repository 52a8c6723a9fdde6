/* SPDX-License-Identifier: MIT */
/* The battery-backed clock. */
#pragma once

#include "lib/compiler.h"

/* Seconds since 1970; 0 when there is no such clock or it makes no sense. */
u64 rtc_read_seconds(void);
