/* SPDX-License-Identifier: MIT */
/* What CPU exceptions mean to a program: trap-table handlers that turn them into signals. */
#pragma once

#include "core/trap_table.h"

struct vm_fault_error;

void trap_signal_divide(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_debug(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_breakpoint(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_overflow(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_bounds(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_illegal(struct trap_frame *frame, const struct trap_info *info);
/* Privileged instructions, non-canonical addresses, bad selectors. */
void trap_signal_protection(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_segment(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_stack(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_float(struct trap_frame *frame, const struct trap_info *info);
void trap_signal_alignment(struct trap_frame *frame, const struct trap_info *info);
/* Cannot be survived: double fault, machine check, an exception that should not be. */
void trap_signal_fatal(struct trap_frame *frame, const struct trap_info *info);
/* A page fault that could not be made good (vm_set_fault_signal_handler). */
void trap_signal_page_fault(struct trap_frame *frame, const struct vm_fault_error *error,
			    const struct trap_info *info);
