/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from the current process's memory: the only way the kernel touches it. All may
 * sleep (the page may have to be filled in) and return 0 or -EFAULT.
 */
#pragma once

#include "arch/arch_uaccess.h"
#include "vm/uio.h"

#include <linux/errno.h>

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
/* Copy a NUL-terminated string of at most @size - 1 bytes: its length, -EFAULT, -ENAMETOOLONG. */
static inline ssize_t __must_check copy_string_from_user(char *to, const char __user *from,
							 size_t size)
{
	ssize_t len = arch_copy_string_from_user(to, from, size);

	return len == (ssize_t)size ? -ENAMETOOLONG : len;
}
/* *@value = *@address and the reverse, for naturally aligned 4- and 8-byte words. */
#define get_user_u32(value, address) arch_get_user_u32(value, address)
#define get_user_u64(value, address) arch_get_user_u64(value, address)
#define put_user_u32(value, address) arch_put_user_u32(value, address)
#define put_user_u64(value, address) arch_put_user_u64(value, address)
#define put_user_pair(first, second, address) arch_put_user_pair(first, second, address)

/* Copy a structure whose caller says its size (clone3, openat2, sched_setattr): unknown tail must
 * be zero (-E2BIG), missing tail reads as zero. */
int copy_struct_from_user(void *to, size_t size, const void __user *from, size_t user_size)
	__must_check;
