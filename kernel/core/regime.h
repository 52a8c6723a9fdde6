/* SPDX-License-Identifier: MIT */
/* Option regime=none|cooperative|preemptive: what a program may do to the machine. */
#pragma once

#include "arch/arch_cpu.h"

/* Read the option and set the machine up for it. Boot, after cmdline_init. */
void regime_init(void);
/* The regime in force: its word, and what it means in one line. */
enum regime regime_current(void);
const char *regime_word(enum regime regime);
const char *regime_meaning(enum regime regime);
