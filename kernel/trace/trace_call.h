/* SPDX-License-Identifier: MIT */
/*
 * The events of a system call, and the memory that its arguments point to: strings, structures, the
 * first bytes of buffers.
 */
#pragma once

#include "lib/compiler.h"

struct trap_frame;

#define TRACE_CALL_ARGS 6

/*
 * The arguments, kept because execve and rt_sigreturn replace the frame. Zeros: they are not known.
 */
struct trace_call {
	u64 args[TRACE_CALL_ARGS];
};

/*
 * Write the syscall_enter of call @number, whose frame is @frame, and the memory that it reads; or
 * its syscall_exit, and the memory that it has written.
 * Context: task; may sleep; no lock is held. What cannot be read is left out.
 */
void trace_call_enter(struct trace_call *call, u32 number, const struct trap_frame *frame);
void trace_call_exit(const struct trace_call *call, u32 number, const struct trap_frame *frame,
		     u64 result);
