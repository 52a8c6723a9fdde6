/* SPDX-License-Identifier: MIT */
/*
 * The user's (or the interrupted kernel code's) registers, as the entry code pushes them: low
 * addresses last pushed. The part from `ip` is what the CPU itself pushes at a trap. The frame of a
 * system call is complete only when somebody is going to read it (entry_syscall.S), and so is that
 * of a page fault with a short answer (entry_vectors.S).
 */
#pragma once

#include "lib/types.h"

struct trap_frame {
	u64 r15, r14, r13, r12, bp, bx;
	u64 r11, r10, r9, r8;
	u64 ax; /* the result of a system call */
	u64 cx, dx, si, di;
	/* number of the system call; ~0 for other traps; the error code while a trap is entered */
	u64 original_ax;
	u64 ip, cs, flags, sp, ss;
};

#define SYSCALL_NONE (~0UL)
