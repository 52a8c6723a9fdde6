// SPDX-License-Identifier: MIT
/* user_copy.c -- copies of structures whose size the caller passes. */
#include "vm/user_copy.h"

#include "lib/string.h"

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
