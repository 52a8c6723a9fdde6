/* SPDX-License-Identifier: MIT */
/*
 * The only instructions that touch user memory: bounded, fault-tolerant, in windows outside which
 * the CPU may forbid it.
 *
 * A fault within them is resolved by the page-fault handler (the process's mapping is filled in) or
 * ends the copy. They check that [address, +len) lies below USER_TOP. May sleep, except between
 * user_faults_disable and user_faults_enable. vm/user_copy.h is what other code calls.
 */
#pragma once

#include "arch/arch_page.h"

struct trap_frame;

/* Copy; returns the number of bytes NOT copied (0: all). */
size_t arch_copy_from_user(void *to, const void __user *from, size_t len_bytes) __must_check;
size_t arch_copy_to_user(void __user *to, const void *from, size_t len_bytes) __must_check;
/*
 * Copy inside a window (see below), to what user_range_ok allows: for several pieces in one window.
 * By the fastest moves, however many instructions.
 */
size_t arch_copy_to_user_open(void __user *to, const void *from, size_t len_bytes) __must_check;
/* Write zeros; returns the number of bytes not written. */
size_t arch_clear_user(void __user *to, size_t len_bytes) __must_check;
/*
 * Length of the string at @s without NUL, at most @max; @max when no NUL within; -EFAULT. Copies to
 * @to as it goes.
 */
ssize_t arch_copy_string_from_user(char *to, const char __user *from, size_t max) __must_check;
/* Atomically compare and exchange a user word; 0 and the old value, or -EFAULT. */
int arch_user_cmpxchg_u32(u32 __user *address, u32 expected, u32 desired, u32 *old) __must_check;

/* Was the fault of @frame taken by one of these? Then continue where the copy ends early. */
bool arch_uaccess_fixup(struct trap_frame *frame);
/* May it have been? Cheaper, and changes nothing. False: the kernel's mistake. */
bool arch_uaccess_may_fault(const struct trap_frame *frame);

/*
 * Access a structure in user memory word by word, without a copy in the kernel: check the range
 * (user_range_ok), then between open and close store (value: an expression) or load (value: a
 * variable of the word's size) at addresses in it; a fault goes to @label, which must also close
 * the window. Inside a window the code calls only arch_copy_to_user_open, and sleeps only to fill a
 * page in.
 *	arch_user_window_open(), arch_user_window_close()
 *	arch_user_window_store(address, value, label), _store_u32, _store_u16
 *	arch_user_window_load(value, address, label), _load_u32
 */
#include <arch_inline/user_window_inline.h>
