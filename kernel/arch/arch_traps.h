/* SPDX-License-Identifier: MIT */
/* The machine's side of the trap table. */
#pragma once

#include "lib/types.h"

struct trap_frame;
struct trap_info;
struct trap_row;

/*
 * Give the CPU the addresses of the entry code, once for each CPU. From here on traps are handled.
 */
void arch_traps_install(void);
/* Switch this CPU to the traced entry of system calls, or back. */
void arch_traps_trace(bool on);
/* The machine's trap number @index (core/trap_table.h); NULL: there are no more. */
const struct trap_row *arch_trap_row(unsigned index);
/* Handlers of the traps that only the architecture can handle: TRAP_DEVICE, TRAP_FATAL. */
void arch_trap_device(struct trap_frame *frame, const struct trap_info *info);
_Noreturn void arch_trap_fatal(struct trap_frame *frame, const struct trap_info *info);
/*
 * After TRAP_ILLEGAL in the kernel: was it the instruction that the compiler places where a check
 * for undefined behaviour fails (debug kernel)?
 */
bool arch_compiler_trap(const struct trap_frame *frame);
/* The FPE_* code of a TRAP_FLOAT of the current program. */
int arch_float_fault_code(const struct trap_info *info);
