// SPDX-License-Identifier: MIT
/* What happens to a reference count that has left its range: refcount.h. */
#include "lib/refcount.h"

static void (*reporter)(bool underflow); /* [I] after boot */

void refs_set_reporter(void (*report)(bool underflow))
{
	reporter = report;
}

void refs_misused(u32 *refs)
{
	u32 value = __atomic_exchange_n(refs, REFS_SATURATED, __ATOMIC_RELAXED);
	bool underflow = value > REFS_SATURATED + REFS_SATURATED / 4;

#ifdef DEBUG
	if (underflow)
		__builtin_trap();
#endif
	/* A value near REFS_SATURATED was saturated before. */
	if (reporter && (underflow || value < REFS_SATURATED - REFS_SATURATED / 8))
		reporter(underflow);
}
