// SPDX-License-Identifier: MIT
/*
 * spinlock.c -- waiting for a spinlock.
 *
 * Idea.  Tickets are served in their order. In a virtual machine the CPU whose turn it is may be
 *   one that the host does not run at the moment: then all the others wait for some milliseconds,
 *   though the lock is free. So each CPU says which ticket it waits with. Another one that has seen
 *   the same ticket being served for long looks who has it, and if that still waits, exchanges its
 *   own ticket for it: the sleeper gets a later turn, in which it may be awake.
 * Invariants.
 *   S1  Each ticket that was drawn, and not had its turn, is in one place: the word of the CPU that
 *       waits with it, or a variable of a CPU that has just emptied its own word to exchange.
 *   S2  A turn is taken by emptying the own word, by compare and exchange. So whoever finds a
 *       ticket in another's word and exchanges it there has a ticket whose turn nobody takes.
 *   S3  After an exchange the CPU looks again whether its ticket is served, as what it saw before
 *       may be a round of 256 ago.
 *   S4  An interrupt that comes while a CPU waits may wait for another lock. Meanwhile the outer
 *       ticket is in no word, and cannot be exchanged.
 * Cost.  Nothing where the lock is free.
 * Tests.  spinlock_test.c.
 */
#include "sync/spinlock.h"

#include "arch/arch_percpu.h"

/* In rounds of arch_cpu_relax(), which takes some 50 to 200 ns: longer than most sections. */
#ifndef SPINLOCK_PATIENCE
#define SPINLOCK_PATIENCE 200U
#endif

/* The lock and the ticket that a CPU waits for and with; 0: it does not wait. S1 */
static PERCPU(u64, waits_for); /* [a] */

static u64 waiting_word(const struct spinlock *l, u8 ticket)
{
	return (u64)(uintptr_t)l << 8 | ticket; /* all pointers of the kernel begin with ones */
}

/* Empty *@word, which was @expected. */
static bool take_out(u64 *word, u64 expected)
{
	return __atomic_compare_exchange_n(word, &expected, 0, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* If another CPU waits with the ticket that is served, exchange it for that in *@own. S2 */
static void exchange_ticket(const struct spinlock *l, u64 *own, u8 served)
{
	u64 mine = __atomic_load_n(own, __ATOMIC_RELAXED), theirs = waiting_word(l, served);

	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++) {
		u64 *other = on_cpu(waits_for, i), found = theirs;

		if (other == own || __atomic_load_n(other, __ATOMIC_RELAXED) != theirs)
			continue;
		if (!take_out(own, mine))
			return; /* somebody has done the same with ours */
		if (__atomic_compare_exchange_n(other, &found, mine, false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			mine = theirs;
		__atomic_store_n(own, mine, __ATOMIC_RELEASE); /* S1 */
		return;
	}
}

void spin_wait(struct spinlock *l, u64 ticket)
{
	u64 *own = this_cpu(waits_for);
	/* S4 */
	u64 outer = __atomic_exchange_n(own, waiting_word(l, (u8)ticket), __ATOMIC_ACQ_REL);

	for (unsigned n = 0;; n++) {
		u8 served = __atomic_load_n(&l->served, __ATOMIC_ACQUIRE);
		u64 mine = __atomic_load_n(own, __ATOMIC_RELAXED);

		if ((u8)mine == served) {
			if (take_out(own, mine))
				break;
		} else if (n >= SPINLOCK_PATIENCE) {
			exchange_ticket(l, own, served);
			n = 0;
		}
		arch_cpu_relax();
	}
	__atomic_store_n(own, outer, __ATOMIC_RELEASE);
}
