/* SPDX-License-Identifier: MIT */
/* From a system call's number to its function. */
#pragma once

#include "lib/compiler.h"

struct trap_frame;

#define SYSCALL_TABLE_SIZE 464 /* above the highest number in Linux 6.1's headers */

typedef long (*syscall_function_t)(u64, u64, u64, u64, u64, u64);
/*
 * Indexed by number; numbers without a row hold syscall_absent. Arguments as in
 * frame_syscall_arg().
 */
extern const syscall_function_t syscall_table[SYSCALL_TABLE_SIZE];
/* The same for the entry code, whose frame is still incomplete: SC_FRAME rows complete it first. */
extern const syscall_function_t syscall_entry_table[SYSCALL_TABLE_SIZE];

/* Count a call with a number that has no function. Always -ENOSYS. */
long kernel_syscall_absent(u64 number);
/*
 * Make the call of @frame with the checks of debug builds: interrupts are on, no lock is held, the
 * preemption count is 0 and the thread is running.
 */
long kernel_syscall_checked(struct trap_frame *frame);
/* Make the call of @frame, and while tracing is on write its entry and exit. */
long kernel_syscall_traced(struct trap_frame *frame);
/* The handler of TRAP_CALL: a system call that came through the trap table. */
struct trap_info;
void kernel_syscall_trap(struct trap_frame *frame, const struct trap_info *info);

/* The name of Linux's call @number, whether it exists here or not; NULL: Linux has none. */
const char *syscall_name(u64 number);
/* Has call @number a function? */
bool syscall_exists(u64 number);
/* How often call @number, which does not exist, was called. */
u64 syscall_absent_count(u64 number);
/* How often numbers beyond the table were called. */
u64 syscall_absent_beyond(void);
