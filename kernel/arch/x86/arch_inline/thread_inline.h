/* SPDX-License-Identifier: MIT */
#pragma once

#include <arch_inline/trap_frame.h>
#include "lib/compiler.h"

#define ARCH_ELF_MACHINE 62 /* EM_X86_64 */

struct arch_thread {
	u64 kernel_sp;	   /* [o] while not running: where switch.S left the kernel registers */
	void *fpu;	   /* [o] XSAVE or FXSAVE area; NULL for kernel threads             */
	u64 fs_base;	   /* [o] thread-local storage of the program                       */
	u64 gs_base;	   /* [o]                                                           */
	u32 fault_vector;  /* [o] of the last fault that became a signal, for its frame        */
	u64 fault_error;   /* [o] its error code                                             */
	u32 registers_cpu; /* [o] where FPU and bases were last saved                       */
};

static __always_inline u64 frame_ip(const struct trap_frame *f)
{
	return f->ip;
}
static __always_inline u64 frame_sp(const struct trap_frame *f)
{
	return f->sp;
}
static __always_inline bool frame_from_user(const struct trap_frame *f)
{
	return f->cs & 3;
}
static __always_inline bool frame_irqs_enabled(const struct trap_frame *f)
{
	return f->flags & 0x200;
}
static __always_inline void frame_set_return(struct trap_frame *f, long value)
{
	f->ax = (u64)value;
}
static __always_inline long frame_return(const struct trap_frame *f)
{
	return (long)f->ax;
}
/*
 * The number of the system call that made this frame; negative: none, or one that no call has.
 * Only the register's lower half counts, as on Linux: a program may leave anything in the other.
 */
static __always_inline int frame_syscall_number(const struct trap_frame *f)
{
	return (int)f->original_ax;
}
static __always_inline void frame_forget_syscall(struct trap_frame *f)
{
	f->original_ax = ~0UL;
}
/* Argument @n (0-5), psABI A.2.1. */
static __always_inline u64 frame_syscall_arg(const struct trap_frame *f, unsigned n)
{
	switch (n) {
	case 0:
		return f->di;
	case 1:
		return f->si;
	case 2:
		return f->dx;
	case 3:
		return f->r10;
	case 4:
		return f->r8;
	default:
		return f->r9;
	}
}
/*
 * With int 0x80 the number is where the result goes: keep a copy, as the entry of `syscall` does.
 */
static __always_inline void frame_begin_syscall(struct trap_frame *f)
{
	f->original_ax = f->ax;
}
