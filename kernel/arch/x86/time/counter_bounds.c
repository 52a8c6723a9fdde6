// SPDX-License-Identifier: MIT
#include "arch/x86/time/counter_bounds.h"

void counter_bounds_add(struct counter_bounds *b, u64 before, u64 answer, u64 after)
{
	b->least = max(b->least, (s64)(answer - after));
	b->most = min(b->most, (s64)(answer - before));
}

bool counter_bounds_agree(const struct counter_bounds *b)
{
	return b->least <= 0 && b->most >= 0;
}

s64 counter_bounds_correction(const struct counter_bounds *b)
{
	if (counter_bounds_agree(b))
		return 0;
	/* The middle, without an overflow. Where one drifts, least may be more than most. */
	return b->least / 2 + b->most / 2 + (b->least % 2 + b->most % 2) / 2;
}
