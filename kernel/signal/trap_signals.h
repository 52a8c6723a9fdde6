/* SPDX-License-Identifier: MIT */
/* What CPU exceptions mean to a program: trap-table handlers that turn them into signals. */
#pragma once

#include "core/trap_table.h"

struct vm_fault_error;

/*
 * Handler of every kind of trap that is a signal: the one of the trap's row. A trap of the kernel
 * itself is a panic, unless a copy of user memory took it: then the copy ends early.
 * Context: task, interrupts as the trap found them.
 */
void trap_signal(struct trap_frame *frame, const struct trap_info *info);
/* A page fault that could not be resolved (vm_set_fault_signal_handler). */
void trap_signal_page_fault(struct trap_frame *frame, const struct vm_fault_error *error,
			    const struct trap_info *info);
