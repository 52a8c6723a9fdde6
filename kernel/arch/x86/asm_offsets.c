// SPDX-License-Identifier: MIT
/*
 * Offsets and sizes for the assembly files: compiled to assembly, from which the build picks the
 * numbers.
 */
#include "arch/arch_cpu.h"
#include "arch/x86/entry/trap_frame.h"
#include "sched/thread.h"
#include "syscall/dispatch.h"

#define DEFINE(name, value) __asm__ volatile(".ascii \"->" #name " %0\"" ::"i"(value))

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(TRAP_FRAME_AX, offsetof(struct trap_frame, ax));
	DEFINE(TRAP_FRAME_R10, offsetof(struct trap_frame, r10));
	DEFINE(TRAP_FRAME_IP, offsetof(struct trap_frame, ip));
	DEFINE(TRAP_FRAME_CS, offsetof(struct trap_frame, cs));
	DEFINE(TRAP_FRAME_SIZE, sizeof(struct trap_frame));
	DEFINE(PERCPU_CURRENT, offsetof(struct percpu, current));
	DEFINE(PERCPU_KERNEL_STACK_TOP, offsetof(struct percpu, kernel_stack_top));
	DEFINE(PERCPU_SCRATCH_USER_SP, offsetof(struct percpu, scratch_user_sp));
	DEFINE(THREAD_WORK, offsetof(struct thread, work));
	DEFINE(THREAD_KERNEL_SP, offsetof(struct thread, arch.kernel_sp));
	DEFINE(SYSCALL_TABLE_SIZE, SYSCALL_TABLE_SIZE);
}
