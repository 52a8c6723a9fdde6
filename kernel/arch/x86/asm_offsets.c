// SPDX-License-Identifier: MIT
/*
 * Offsets and sizes for the assembly files: compiled to assembly, from which the build extracts the
 * numbers.
 */
#include "arch/arch_cpu.h"
#include "arch/x86/entry/trap.h"
#include "sched/thread.h"
#include "syscall/dispatch.h"

#define DEFINE(name, value) __asm__ volatile(".ascii \"->" #name " %0\"" ::"i"(value))

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(TRAP_FRAME_R15, offsetof(struct trap_frame, r15));
	DEFINE(TRAP_FRAME_R14, offsetof(struct trap_frame, r14));
	DEFINE(TRAP_FRAME_R13, offsetof(struct trap_frame, r13));
	DEFINE(TRAP_FRAME_R12, offsetof(struct trap_frame, r12));
	DEFINE(TRAP_FRAME_BP, offsetof(struct trap_frame, bp));
	DEFINE(TRAP_FRAME_BX, offsetof(struct trap_frame, bx));
	DEFINE(TRAP_FRAME_R11, offsetof(struct trap_frame, r11));
	DEFINE(TRAP_FRAME_R10, offsetof(struct trap_frame, r10));
	DEFINE(TRAP_FRAME_R9, offsetof(struct trap_frame, r9));
	DEFINE(TRAP_FRAME_R8, offsetof(struct trap_frame, r8));
	DEFINE(TRAP_FRAME_AX, offsetof(struct trap_frame, ax));
	DEFINE(TRAP_FRAME_CX, offsetof(struct trap_frame, cx));
	DEFINE(TRAP_FRAME_DX, offsetof(struct trap_frame, dx));
	DEFINE(TRAP_FRAME_SI, offsetof(struct trap_frame, si));
	DEFINE(TRAP_FRAME_DI, offsetof(struct trap_frame, di));
	DEFINE(TRAP_FRAME_ORIGINAL_AX, offsetof(struct trap_frame, original_ax));
	DEFINE(TRAP_FRAME_IP, offsetof(struct trap_frame, ip));
	DEFINE(TRAP_FRAME_CS, offsetof(struct trap_frame, cs));
	DEFINE(TRAP_FRAME_FLAGS, offsetof(struct trap_frame, flags));
	DEFINE(TRAP_FRAME_SP, offsetof(struct trap_frame, sp));
	DEFINE(TRAP_FRAME_SS, offsetof(struct trap_frame, ss));
	DEFINE(TRAP_FRAME_SIZE, sizeof(struct trap_frame));
	DEFINE(PERCPU_CURRENT, offsetof(struct percpu, current));
	DEFINE(PERCPU_KERNEL_STACK_TOP, offsetof(struct percpu, kernel_stack_top));
	DEFINE(PERCPU_PREEMPT_COUNT, offsetof(struct percpu, preempt_count));
	DEFINE(PERCPU_SCRATCH_USER_SP, offsetof(struct percpu, scratch_user_sp));
	DEFINE(THREAD_WORK, offsetof(struct thread, work));
	DEFINE(THREAD_KERNEL_SP, offsetof(struct thread, arch.kernel_sp));
	DEFINE(WORK_FULL_RETURN, WORK_FULL_RETURN);
	DEFINE(VECTOR_NMI, VECTOR_NMI);
	DEFINE(VECTOR_DOUBLE_FAULT, VECTOR_DOUBLE_FAULT);
	DEFINE(VECTOR_MACHINE_CHECK, VECTOR_MACHINE_CHECK);
	DEFINE(VECTOR_PAGE_FAULT, VECTOR_PAGE_FAULT);
	DEFINE(VECTOR_SYSCALL_LEGACY, VECTOR_SYSCALL_LEGACY);
	DEFINE(NR_EXCEPTIONS, NR_EXCEPTIONS);
	DEFINE(SYSCALL_TABLE_SIZE, SYSCALL_TABLE_SIZE);
}
