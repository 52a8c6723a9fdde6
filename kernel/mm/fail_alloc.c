// SPDX-License-Identifier: MIT
#include "mm/fail_alloc.h"

#include "arch/arch_percpu.h"
#include "arch/arch_irq.h"
#include "lib/chance.h"

bool mm_fail_alloc_on;		      /* [I] after boot */
static PERCPU(struct chance, chance); /* [p] with interrupts off */
static bool (*may_fail)(void);	      /* [a] set once; NULL: not yet */

void mm_fail_alloc_from_seed(u64 seed, u32 one_in)
{
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++)
		chance_init(on_cpu(chance, cpu), seed + ((u64)cpu << 40), one_in);
	mm_fail_alloc_on = true;
}

void mm_fail_alloc_begin(bool (*ask)(void))
{
	__atomic_store_n(&may_fail, ask, __ATOMIC_RELEASE);
}

bool mm_fail_alloc_drawn(void)
{
	bool (*ask)(void);
	irq_state_t state;
	bool fails;

	if (likely(!mm_fail_alloc_on))
		return false;
	ask = __atomic_load_n(&may_fail, __ATOMIC_ACQUIRE);
	if (!ask || !ask())
		return false;
	state = arch_irq_save();
	fails = chance_comes(this_cpu(chance));
	arch_irq_restore(state);
	return fails;
}

#ifdef DEBUG
static u32 countdown; /* [a] allocations until one fails, including that one; 0: off */

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
