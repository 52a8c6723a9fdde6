// SPDX-License-Identifier: MIT
/*
 * Files of the kernel that most tests do without, as they are when nothing happens there. A test
 * that links the real one, or has its own, gets that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/regime.h"
#include "lib/refcount.h"
#include "mm/page_alloc.h"
#include "sched/epoch.h"
#include "sched/force_preempt.h"
#include "sched/mutex.h"
#include "sched/rwlock.h"
#include "sched/sched.h"
#include "sched/account/sched_tick.h"
#include "time/clock.h"
#include "time/timer.h"
#include "trace/trace.h"

/* ---- counts that leave their range: no trap, because the tests of refcount.h go on --------- */

__attribute__((weak)) void refcount_misused(struct refcount *ref)
{
	__atomic_store_n(&ref->value, REFCOUNT_SATURATED, __ATOMIC_RELAXED);
}

/* ---- locks without rivals ---------------------------------------------------------------- */

__attribute__((weak)) void mutex_init_class(struct mutex *m, enum lock_class class)
{
	memset(m, 0, sizeof(*m));
	(void)class;
}

__attribute__((weak)) void mutex_lock_slow(struct mutex *m)
{
	fprintf(stderr, "mutex %p is locked already\n", (void *)m);
	abort();
}

__attribute__((weak)) void mutex_unlock_slow(struct mutex *m)
{
	fprintf(stderr, "mutex %p is not ours\n", (void *)m);
	abort();
}

__attribute__((weak)) void rwlock_init_class(struct rwlock *l, enum lock_class class)
{
	memset(l, 0, sizeof(*l));
	(void)class;
}

__attribute__((weak)) void rwlock_read_lock_slow(struct rwlock *l)
{
	fprintf(stderr, "rwlock %p is locked already\n", (void *)l);
	abort();
}

__attribute__((weak)) void rwlock_write_lock_slow(struct rwlock *l)
{
	rwlock_read_lock_slow(l);
}

__attribute__((weak)) void rwlock_read_unlock_slow(struct rwlock *l)
{
	fprintf(stderr, "rwlock %p is not ours\n", (void *)l);
	abort();
}

__attribute__((weak)) void rwlock_write_unlock_slow(struct rwlock *l)
{
	rwlock_read_unlock_slow(l);
}

/* ---- nobody waits for a spinlock ------------------------------------------------------------ */

__attribute__((weak)) void spin_wait(struct spinlock *l, u64 ticket)
{
	fprintf(stderr, "spinlock %p is not free\n", (void *)l);
	abort();
}

/* ---- nobody looks at what ends ------------------------------------------------------------- */

__attribute__((weak)) void epoch_call(struct epoch_item *item,
				      void (*function)(struct epoch_item *item))
{
	function(item);
}

__attribute__((weak)) void epoch_call_for(struct epoch_item *item,
					  void (*function)(struct epoch_item *item), unsigned nr)
{
	(void)nr;
	function(item);
}

__attribute__((weak)) int epoch_throttle(void)
{
	return 0;
}

__attribute__((weak)) bool epoch_tick(bool is_asked)
{
	return false;
}

__attribute__((weak)) bool epoch_needs_tick(void)
{
	return false;
}

__attribute__((weak)) PERCPU(u8, epoch_asleep);

__attribute__((weak)) void epoch_sleep(void)
{
}

__attribute__((weak)) void epoch_wake(void)
{
}

/* ---- what the scheduler asks of the rest: nothing is traced, nothing forced ----------------- */

__attribute__((weak)) u8 trace_on;

__attribute__((weak)) void trace_emit(u32 head, u64 a, u64 b, u64 c, u64 d, u64 e)
{
}

__attribute__((weak)) void trace_emit_long(u32 head, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
}

__attribute__((weak)) bool force_preempt_on;

__attribute__((weak)) void force_preempt_init(void)
{
}

__attribute__((weak)) bool force_preempt_now(void)
{
	return false;
}

__attribute__((weak)) bool force_preempt_woken(void)
{
	return false;
}

__attribute__((weak)) bool force_preempt_moves(void)
{
	return false;
}

__attribute__((weak)) unsigned force_preempt_cpu(u64 allowed)
{
	return (unsigned)__builtin_ctzl(allowed);
}

__attribute__((weak)) u64 page_alloc_nr_free(void)
{
	return 0;
}

/* ---- timers, which never fire ---------------------------------------------------------------- */

__attribute__((weak)) void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
}

__attribute__((weak)) void timer_set(struct timer *timer, u64 deadline_ns)
{
}

__attribute__((weak)) void timer_stop_tick(void)
{
}

__attribute__((weak)) void timer_put_off_tick(u64 least_ns)
{
}

__attribute__((weak)) void timer_resume_tick(u64 now_ns)
{
}

/* ---- the clock page, which hardly any test reads ------------------------------------------- */

__attribute__((weak)) void clock_page_init(struct clock_page *page, u64 tick_ns, bool has_ticks)
{
}

__attribute__((weak)) void clock_tick(u64 now_ns, u64 period_ns)
{
}

__attribute__((weak)) u64 clock_monotonic_coarse_ns(void)
{
	return 0;
}

__attribute__((weak)) void sched_ask_for_ticks(void)
{
}

__attribute__((weak)) enum regime regime_current(void)
{
	return REGIME_PREEMPTIVE;
}

__attribute__((weak)) u64 sched_tick_ns(void)
{
	return 10 * NS_PER_MS;
}
