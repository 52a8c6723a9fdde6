/* SPDX-License-Identifier: MIT */
#pragma once

/* Start the reference that the time-stamp counter is measured by: the first thing of boot. */
void clock_start(void);
/* Set up the local timer of this CPU, which is not the boot CPU, as arch_timer_init() did there. */
void timer_arch_init_other_cpu(void);
