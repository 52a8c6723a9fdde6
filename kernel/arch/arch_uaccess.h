/* SPDX-License-Identifier: MIT */
/*
 * The only instructions that touch user memory: bounded, fault-tolerant, inside SMAP windows.
 *
 * A fault within them is resolved by the page-fault handler (the process's mapping is filled in) or
 * ends the copy. They check that [address, +len) lies below USER_TOP. May sleep, except the
 * _nofault forms, which fail instead of filling pages in. vm/user_copy.h is what other code calls.
 */
#pragma once

#include "arch/arch_page.h"

/* Copy; returns the number of bytes NOT copied (0: all). */
size_t arch_copy_from_user(void *to, const void __user *from, size_t len_bytes) __must_check;
size_t arch_copy_to_user(void __user *to, const void *from, size_t len_bytes) __must_check;
/*
 * Copy inside a window (see below), to what user_range_ok allows: for several pieces in
 * one window. By the fastest moves, however many instructions.
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
/* Atomically replace by (op): futex_wake_op. Returns 0, -EFAULT, -ENOSYS. */
int arch_user_atomic_op_u32(u32 __user *address, int op, u32 operand, u32 *old) __must_check;
/*
 * Single aligned loads and stores (8/4/2/1 bytes): 0 or -EFAULT. Inline, a handful of instructions.
 */
int arch_get_user_u32(u32 *value, const u32 __user *address) __must_check;
int arch_get_user_u64(u64 *value, const u64 __user *address) __must_check;
int arch_put_user_u32(u32 value, u32 __user *address) __must_check;
int arch_put_user_u64(u64 value, u64 __user *address) __must_check;
/* Two words, one after the other, as a struct timespec has them. */
int arch_put_user_pair(u64 first, u64 second, void __user *address) __must_check;
/*
 * Between the two, user copies of this thread fail at a fault instead of filling the page in.
 * Nests.
 */
void arch_user_faults_disable(void);
void arch_user_faults_enable(void);
bool arch_user_faults_disabled(void);

/*
 * Was the kernel-mode fault of @frame taken by one of these functions? Then make it continue where
 * the copy ends early, and return true.
 */
struct trap_frame;
bool arch_uaccess_fixup(struct trap_frame *frame);
/*
 * May the fault have been taken by one of these functions? False: the kernel accessed user memory
 * by mistake. Cheaper than the fix-up, and changes nothing.
 */
bool arch_uaccess_may_fault(const struct trap_frame *frame);

/* Does [address, +len) lie wholly in user space? */
static __always_inline bool user_range_ok(const void __user *address, size_t len_bytes)
{
	u64 start = (u64)address;

	return len_bytes <= USER_TOP && start <= USER_TOP - len_bytes;
}

/*
 * Access a structure in user memory word by word, without a copy in the kernel: check the range,
 * then between open and close store (value: an expression) or load (value: a u64 variable) at
 * addresses in it; a fault goes to @label, which must also close the window. Inside a window the
 * code calls only arch_copy_to_user_open, and sleeps only to fill a page in.
 *	arch_user_window_store(address, value, label), _store_u32, _store_u16
 *	arch_user_window_load(value, address, label)
 */
static __always_inline void arch_user_window_open(void);
static __always_inline void arch_user_window_close(void);
#include <arch_inline/user_window_inline.h>
