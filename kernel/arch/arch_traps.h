/* SPDX-License-Identifier: MIT */
/* The machine's side of the trap table. */
#pragma once

#include "lib/types.h"

struct trap_frame;
struct trap_info;

/*
 * Give the CPU the addresses of the entry code: privileged, once a CPU. From here traps are
 * handled.
 */
void arch_traps_install(void);
/* From now on system calls are traced on this CPU, or not: which entry the CPU has. */
void arch_traps_trace(bool on);
/* Handlers that only the architecture can write. */
void arch_trap_device(struct trap_frame *frame, const struct trap_info *info);
void arch_trap_resched(struct trap_frame *frame, const struct trap_info *info);
void arch_trap_ignore(struct trap_frame *frame, const struct trap_info *info);
void arch_trap_fatal(struct trap_frame *frame, const struct trap_info *info);
/*
 * After TRAP_ILLEGAL in the kernel: was it an instruction that the compiler puts where the
 * program's meaning ends? The debug kernel has one behind each check for undefined behaviour.
 */
bool arch_compiler_trap(const struct trap_frame *frame);
/* Which of the FPE_* codes a TRAP_FLOAT of the current program is. */
int arch_float_fault_code(const struct trap_info *info);
