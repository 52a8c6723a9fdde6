// SPDX-License-Identifier: MIT
#include "mm/fail_alloc.h"

#ifdef DEBUG
static u32 countdown; /* [a] allocations until one fails, that one included; 0: off */

void mm_fail_alloc_set(u32 n)
{
	__atomic_store_n(&countdown, n, __ATOMIC_RELAXED);
}

bool mm_fail_alloc_now(void)
{
	u32 left = __atomic_load_n(&countdown, __ATOMIC_RELAXED);

	while (left)
		if (__atomic_compare_exchange_n(&countdown, &left, left - 1, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return left == 1;
	return false;
}
#endif
