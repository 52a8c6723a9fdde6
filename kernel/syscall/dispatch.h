/* SPDX-License-Identifier: MIT */
/* From a call's number to its function. */
#pragma once

#include "lib/compiler.h"

struct trap_frame;

#define SYSCALL_TABLE_SIZE                                                                         \
	464 /* one past the highest number that Linux 6.1 headers and our rows know */

typedef long (*syscall_function_t)(u64, u64, u64, u64, u64, u64);
/* Indexed by number; a hole holds syscall_absent. Arguments as in frame_syscall_arg(). */
extern const syscall_function_t syscall_table[SYSCALL_TABLE_SIZE];
/* The same for the entry code, whose frame is still incomplete: SC_FRAME rows complete it first. */
extern const syscall_function_t syscall_entry_table[SYSCALL_TABLE_SIZE];
/* Complete the frame, then go on by syscall_table (entry code). */
long syscall_with_frame(u64, u64, u64, u64, u64, u64);

/* A number without a function: counts it. Always -ENOSYS. */
long kernel_syscall_absent(u64 number);
/*
 * The call of @frame with the checks of debug builds around it: no lock left, preemption as before,
 * a sane result.
 */
long kernel_syscall_checked(struct trap_frame *frame);
/* The call of @frame between the events of its beginning and its end. */
long kernel_syscall_traced(struct trap_frame *frame);
/* int 0x80: the same numbers and registers. A handler of the trap table. */
struct trap_info;
void kernel_syscall_legacy(struct trap_frame *frame, const struct trap_info *info);

/* Name of call @number, NULL when it has no row; how often an absent one was asked for. */
const char *syscall_name(u64 number);
u64 syscall_absent_count(u64 number);
/* Absent numbers beyond the table, in all. */
u64 syscall_absent_beyond(void);
