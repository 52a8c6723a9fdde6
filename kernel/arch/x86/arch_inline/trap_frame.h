/* SPDX-License-Identifier: MIT */
/*
 * The registers of the program or of interrupted kernel code, as the entry code pushes them: those
 * pushed last come first. The CPU itself pushes the part from `ip` on. The frame of a system call
 * is complete only if something is going to read it (entry_syscall.S); the frame of a page fault on
 * the fast path never is (entry_vectors.S).
 */
#pragma once

#include "lib/types.h"

struct trap_frame {
	u64 r15, r14, r13, r12, bp, bx;
	u64 r11, r10, r9, r8;
	u64 ax; /* the result of a system call */
	u64 cx, dx, si, di;
	/* the number of the system call; ~0 in other traps; on entry, the error code */
	u64 original_ax;
	u64 ip, cs, flags, sp, ss;
};

#define SYSCALL_NONE (~0UL)
