/* SPDX-License-Identifier: MIT */
#pragma once

/* Start the reference that the time-stamp counter is measured by: the first thing of boot. */
void clock_start(void);
