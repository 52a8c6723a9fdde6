/* SPDX-License-Identifier: MIT */
/*
 * A sequence count: words that are read far more often than they change, read without a lock and
 * all of one state.
 *
 * Idea. The count is odd while the words change. A reader that finds it odd, or another number
 *   behind its reads than before, reads again:
 *
 *	do {
 *		begun = seqcount_read_begin(&s);
 *		a = READ_ONCE(x->a);
 *		b = READ_ONCE(x->b);
 *	} while (seqcount_must_read_again(&s, begun));
 *
 *   What was read may be nonsense until the loop ends: nobody follows a pointer before.
 * Locks.  Writers have one, a spinlock: so a writer is never replaced while readers wait for it. If
 *   interrupts read, the lock is of an IRQ class. A writer waits for no other CPU until it is done.
 * Cost. A reader writes nothing, and calls nothing: programs may be readers (vdso_clock.c). x86
 *   needs no instruction for the fences.
 * Tests. seqcount_test.c.
 */
#pragma once

#include "lib/compiler.h"
#include "sync/lockcheck.h"

struct seqcount {
	u32 sequence; /* [a] written with the writers' lock held; zero at first */
};

/* Before the reads; returns what seqcount_must_read_again needs. Context: see Locks. */
static __always_inline u32 seqcount_read_begin(const struct seqcount *s)
{
	/*
	 * The even number before the reads: pairs with seqcount_write_end. An odd one is made one
	 * that is over: then the words are read in vain.
	 */
	return __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE) & ~1U;
}

/* After the reads: have the words changed since? */
static __always_inline bool seqcount_must_read_again(const struct seqcount *s, u32 begun)
{
	/* The reads before the number is read again: pairs with seqcount_write_begin. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return unlikely(__atomic_load_n(&s->sequence, __ATOMIC_RELAXED) != begun);
}

/* Before the words change, by WRITE_ONCE or atomically. @lock: of the writers, held. */
static __always_inline void seqcount_write_begin(struct seqcount *s, const void *lock)
{
	lockcheck_assert_held(lock);
	(void)lock;
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELAXED);
	/* The odd number before the changes: pairs with seqcount_must_read_again. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

/* After them. */
static __always_inline void seqcount_write_end(struct seqcount *s)
{
	/* The changes before the even number: pairs with seqcount_read_begin. */
	__atomic_store_n(&s->sequence, s->sequence + 1, __ATOMIC_RELEASE);
}
