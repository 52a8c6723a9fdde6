// SPDX-License-Identifier: MIT
// UNIT: lib/rbtree.c lib/string.c
/*
 * deadline_model_test.c -- threads reserve, and what may be reserved becomes less, in every order
 * of the steps of two CPUs, and those orders of three where one is interrupted up to twice.
 *
 * Invariants, in every order. All that was let in is within what may be reserved in the end.
 */
#include "unit_test.h"

#include "interleave.h"

#include "core/errno.h"

/* Each of the two files has functions of these names. */
#define cpu_queue deadline_cpu_queue
#define queue_of deadline_queue_of
#include "sched/policy_deadline.c"
#undef cpu_queue
#undef queue_of
#include "sched/policy_realtime.c"

#define CPUS INTERLEAVE_CPUS_MAX
#define WHOLE_US 1000000

static struct thread threads[CPUS];
static int results[CPUS];

u64 clock_monotonic_ns(void)
{
	return 0;
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
}

void runqueue_want_resched(struct runqueue *rq)
{
}

/* Of the one CPU a half may be reserved, and a third is. */
static void reset(void)
{
	spin_lock_init(&deadline_admission_lock, leaf_irq);
	memset(threads, 0, sizeof(threads));
	memset(results, 0, sizeof(results));
	for (unsigned i = 0; i < CPUS; i++)
		threads[i].policy = &policy_realtime;
	share_word = SHARE(WHOLE_US / 2, WHOLE_US);
	reserved = BIT(BANDWIDTH_SHIFT) / 3;
}

static u64 hash(u64 h)
{
	for (unsigned i = 0; i < CPUS; i++)
		h = interleave_mix(h, (u64)results[i]);
	return interleave_mix(interleave_mix(h, share_word), reserved);
}

static int reserve_part(struct thread *t, unsigned part)
{
	struct sched_reservation wanted = {.runtime_ns = NS_PER_SECOND / part,
					   .deadline_ns = NS_PER_SECOND};

	return deadline_admit(t, &wanted);
}

static void run(unsigned cpu)
{
	struct realtime_share before, less = {WHOLE_US / 5 * 2, WHOLE_US};

	if (cpu) {
		results[cpu] = reserve_part(&threads[cpu], 9);
		return;
	}
	realtime_share_get(&before);
	results[cpu] = realtime_share_change(&before, &less);
}

static void all_is_within_the_share(void)
{
	struct realtime_share share;

	realtime_share_get(&share);
	interleave_check(reserved <= limit_of(&share));
}

/* Together they are too much: the change, or who reserves. */
static void check(void)
{
	all_is_within_the_share();
	interleave_check(!results[0] != !results[1]);
}

static void check_three(void)
{
	all_is_within_the_share();
	interleave_check(!results[0] + !results[1] + !results[2] == 1);
}

static void explore(unsigned nr, void (*checks)(void))
{
	struct interleave model = {
		.nr_cpus = nr, .reset = reset, .run = run, .hash = hash, .check = checks};

	interleave_explore(&model);
}

static void what_is_let_in_is_within_the_share(void **state)
{
	explore(2, check);
}

static void so_it_is_if_two_reserve(void **state)
{
	explore(3, check_three);
}

UNIT_MAIN(cmocka_unit_test(what_is_let_in_is_within_the_share),
	  cmocka_unit_test(so_it_is_if_two_reserve))
