/* SPDX-License-Identifier: MIT */
/*
 * The architecture's traps, one TRAP_SIGNAL or TRAP_HANDLER row each; define both before including
 * this. Portable code may name PAGE_FAULT, ILLEGAL, DEBUG and TIMER, which every machine has.
 */
#include "arch/x86/entry/traps.tbl.h"
