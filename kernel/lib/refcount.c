// SPDX-License-Identifier: MIT
/* What happens to a reference count that has left its range: refcount.h. */
#include "lib/refcount.h"

static void (*reporter)(bool underflow); /* [I] after boot */

void refcount_set_reporter(void (*report)(bool underflow))
{
	reporter = report;
}

void refcount_misused(struct refcount *ref)
{
	u32 value = __atomic_exchange_n(&ref->value, REFCOUNT_SATURATED, __ATOMIC_RELAXED);
	bool underflow = value > REFCOUNT_SATURATED + REFCOUNT_SATURATED / 4;

#ifdef DEBUG
	if (underflow)
		__builtin_trap();
#endif
	/* A value near REFCOUNT_SATURATED was saturated before. */
	if (reporter && (underflow || value < REFCOUNT_SATURATED - REFCOUNT_SATURATED / 8))
		reporter(underflow);
}
