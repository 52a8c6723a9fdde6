// SPDX-License-Identifier: MIT
#include "core/shortage.h"

static u32 counts[NR_SHORTAGES]; /* [a] */

void shortage_note(enum shortage what)
{
	__atomic_fetch_add(&counts[what], 1, __ATOMIC_RELAXED);
}

u32 shortage_count(enum shortage what)
{
	return __atomic_load_n(&counts[what], __ATOMIC_RELAXED);
}
