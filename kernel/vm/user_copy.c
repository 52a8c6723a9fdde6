// SPDX-License-Identifier: MIT
/* user_copy.c -- the user copies that are not inline. */
#include "vm/user_copy.h"

#include "lib/string.h"
#include "sched/thread.h"

#define GET_USER(name, type, load)                                                                 \
	int name(type *value, const type __user *address)                                          \
	{                                                                                          \
		type word;                                                                         \
                                                                                                   \
		if (unlikely(!user_range_ok(address, sizeof(type))))                               \
			return -EFAULT;                                                            \
		arch_user_window_open();                                                           \
		load(word, (u64)address, fault);                                                   \
		arch_user_window_close();                                                          \
		*value = word;                                                                     \
		return 0;                                                                          \
fault:                                                                                             \
		arch_user_window_close();                                                          \
		return -EFAULT;                                                                    \
	}
GET_USER(get_user_u32, u32, arch_user_window_load_u32)
GET_USER(get_user_u64, u64, arch_user_window_load)

#define PUT_USER(name, type, store)                                                                \
	int name(type value, type __user *address)                                                 \
	{                                                                                          \
		if (unlikely(!user_range_ok(address, sizeof(type))))                               \
			return -EFAULT;                                                            \
		arch_user_window_open();                                                           \
		store((u64)address, value, fault);                                                 \
		arch_user_window_close();                                                          \
		return 0;                                                                          \
fault:                                                                                             \
		arch_user_window_close();                                                          \
		return -EFAULT;                                                                    \
	}
PUT_USER(put_user_u32, u32, arch_user_window_store_u32)
PUT_USER(put_user_u64, u64, arch_user_window_store)

/* Are the @len_bytes at @from, which this kernel does not know, all zero? 1, 0, -EFAULT. */
static int is_zero_user(const char __user *from, size_t len_bytes)
{
	char part[64];

	while (len_bytes) {
		size_t now = min(len_bytes, sizeof(part));

		if (copy_from_user(part, from, now))
			return -EFAULT;
		for (size_t i = 0; i < now; i++)
			if (part[i])
				return 0;
		from += now;
		len_bytes -= now;
	}
	return 1;
}

int copy_struct_from_user(void *to, size_t size, const void __user *from, size_t user_size)
{
	size_t common = min(size, user_size);

	if (user_size > 4096)
		return -E2BIG;
	if (user_size > size) {
		int zero = is_zero_user((const char __user *)from + size, user_size - size);

		if (zero <= 0)
			return zero ? zero : -E2BIG;
	}
	memset((char *)to + common, 0, size - common);
	return copy_from_user(to, from, common);
}
