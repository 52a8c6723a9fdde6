/* SPDX-License-Identifier: MIT */
/*
 * Run-time checks of the lock rules, in debug builds only: rank, context, owner, leaks.
 * In release every hook is empty and costs nothing.
 */
#pragma once

#include "sync/lock_order.h"

#ifdef LOCKCHECK
/* Locks that one CPU or one thread holds, in the order of taking. */
struct held_locks {
	unsigned count;
	struct {
		const void *lock;
		enum lock_class class;
	} locks[12];
};

/* Called before / after taking and before releasing @lock, of either kind. Context: any. */
void lockcheck_acquire(const void *lock, enum lock_class class, bool paired);
void lockcheck_release(const void *lock, enum lock_class class);
/* Panic unless this CPU (spin) or thread (sleep) holds @lock. */
void lockcheck_assert_held(const void *lock);
/* Panic when a spinlock is held or interrupts are off: for the top of anything that sleeps. */
void lockcheck_might_sleep(const char *file, int line);
/* Panic when any lock is held: at the end of a system call. */
void lockcheck_assert_none_held(const char *where);
/* Print the locks this CPU holds. For panic. */
void lockcheck_dump(void);
#define might_sleep() lockcheck_might_sleep(__FILE__, __LINE__)
#else
#define lockcheck_acquire(lock, class, paired) ((void)0)
#define lockcheck_release(lock, class) ((void)0)
#define lockcheck_assert_held(lock) ((void)0)
#define lockcheck_assert_none_held(where) ((void)0)
#define lockcheck_dump() ((void)0)
#define might_sleep() ((void)0)
#endif
