/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from the current process's memory: the only way the kernel accesses it. All may
 * sleep (the page may have to be faulted in) and return 0 or -EFAULT.
 */
#pragma once

#include "arch/arch_uaccess.h"
#include "sched/thread.h"
#include "vm/uio.h"

#include <linux/errno.h>

/* Does [address, +len) lie wholly in user space? */
static __always_inline bool user_range_ok(const void __user *address, size_t len_bytes)
{
	u64 start = (u64)address;

	return len_bytes <= USER_TOP && start <= USER_TOP - len_bytes;
}

static inline int __must_check copy_from_user(void *to, const void __user *from, size_t len_bytes)
{
	return arch_copy_from_user(to, from, len_bytes) ? -EFAULT : 0;
}
static inline int __must_check copy_to_user(void __user *to, const void *from, size_t len_bytes)
{
	return arch_copy_to_user(to, from, len_bytes) ? -EFAULT : 0;
}
static inline int __must_check clear_user(void __user *to, size_t len_bytes)
{
	return arch_clear_user(to, len_bytes) ? -EFAULT : 0;
}
/*
 * The same for small structures of @nr 8-byte words, a constant: one instruction per word. After a
 * fault, the words before it have been copied.
 */
static __always_inline int __must_check copy_words_from_user(void *to, const void __user *from,
							     unsigned nr)
{
	u64 *words = to;

	if (unlikely(!user_range_ok(from, nr * sizeof(u64))))
		return -EFAULT;
	arch_user_window_open();
	UNROLL(32)
	for (unsigned i = 0; i < nr; i++)
		arch_user_window_load(words[i], (u64)from + i * sizeof(u64), fault);
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
}
static __always_inline int __must_check copy_words_to_user(void __user *to, const void *from,
							   unsigned nr)
{
	const u64 *words = from;

	if (unlikely(!user_range_ok(to, nr * sizeof(u64))))
		return -EFAULT;
	arch_user_window_open();
	UNROLL(32)
	for (unsigned i = 0; i < nr; i++)
		arch_user_window_store((u64)to + i * sizeof(u64), words[i], fault);
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
}
/* Copy a NUL-terminated string of at most @size - 1 bytes: its length, -EFAULT, -ENAMETOOLONG. */
static inline ssize_t __must_check copy_string_from_user(char *to, const char __user *from,
							 size_t size)
{
	ssize_t len = arch_copy_string_from_user(to, from, size);

	return len == (ssize_t)size ? -ENAMETOOLONG : len;
}
/* *@value = *@address and the reverse, for naturally aligned 4- and 8-byte words. */
int get_user_u32(u32 *value, const u32 __user *address) __must_check;
int get_user_u64(u64 *value, const u64 __user *address) __must_check;
int put_user_u32(u32 value, u32 __user *address) __must_check;
int put_user_u64(u64 value, u64 __user *address) __must_check;

/*
 * Between the two, user copies of the current thread fail at a fault instead of filling the page
 * in: under a spinlock. Nests.
 */
static __always_inline void user_faults_disable(void)
{
	current_thread()->user_faults_off++;
	compiler_barrier();
}
static __always_inline void user_faults_enable(void)
{
	compiler_barrier();
	current_thread()->user_faults_off--;
}

/*
 * Copy a structure whose size the program passes (clone3, sched_setattr): an unknown tail must be
 * zero (-E2BIG), a missing tail reads as zero.
 */
int copy_struct_from_user(void *to, size_t size, const void __user *from, size_t user_size)
	__must_check;
