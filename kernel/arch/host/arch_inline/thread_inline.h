/* SPDX-License-Identifier: MIT */
/* Threads that a test plays run on the test's own stack: there is nothing to save. */
#pragma once

#include "lib/compiler.h"

#define ARCH_ELF_MACHINE 4711 /* of the programs that tests make */

struct trap_frame {
	u64 ip, sp;
	u64 arguments[6];
	long result;
	int syscall_number; /* negative: none */
	bool from_user, irqs_enabled;
};

struct arch_thread {
	struct trap_frame user; /* [o] */
};

static inline u64 frame_ip(const struct trap_frame *f)
{
	return f->ip;
}
static inline u64 frame_sp(const struct trap_frame *f)
{
	return f->sp;
}
static inline bool frame_from_user(const struct trap_frame *f)
{
	return f->from_user;
}
static inline bool frame_irqs_enabled(const struct trap_frame *f)
{
	return f->irqs_enabled;
}
static inline void frame_set_return(struct trap_frame *f, long value)
{
	f->result = value;
}
static inline long frame_return(const struct trap_frame *f)
{
	return f->result;
}
static inline int frame_syscall_number(const struct trap_frame *f)
{
	return f->syscall_number;
}
static inline void frame_forget_syscall(struct trap_frame *f)
{
	f->syscall_number = -1;
}
static inline u64 frame_syscall_arg(const struct trap_frame *f, unsigned n)
{
	return f->arguments[n];
}
static inline void frame_begin_syscall(struct trap_frame *f)
{
	(void)f;
}
