// SPDX-License-Identifier: MIT
#include "unit_copy.h"

#include "arch/arch_uaccess.h"
#include "lib/compiler.h"
#include "lib/string.h"

size_t unit_user_left = ~0UL;

static size_t copy(void *to, const void *from, size_t len_bytes)
{
	size_t len = min(len_bytes, unit_user_left);

	memcpy(to, from, len);
	unit_user_left -= unit_user_left == ~0UL ? 0 : len;
	return len_bytes - len;
}

size_t arch_copy_to_user(void __user *to, const void *from, size_t len_bytes)
{
	return copy(to, from, len_bytes);
}

size_t arch_copy_from_user(void *to, const void __user *from, size_t len_bytes)
{
	return copy(to, from, len_bytes);
}
