// SPDX-License-Identifier: MIT
// UNIT: sched/policy_round_robin.c sched/sched_weight.c
/* Which thread is next: the clock moves only by what the cases charge. */
#include "unit_test.h"

#include "mm/account.h"
#include "sched/runqueue.h"

#define SLICE 10000000L /* 10 ms at 1 GHz */
#define NR_THREADS 20

static struct runqueue rq;
static struct account root = {.cpu_share = 0}, mary, joe;
static struct thread threads[NR_THREADS], other;
static const struct sched_policy *const policy = &policy_round_robin;

static int setup(void **state)
{
	memset(&rq, 0, sizeof(rq));
	policy->init_cpu(&rq);
	memset(threads, 0, sizeof(threads));
	memset(&other, 0, sizeof(other));
	mary.cpu_share = 3;
	joe.cpu_share = 7;
	for (unsigned i = 0; i < NR_THREADS; i++) {
		threads[i].account = &mary;
		policy->enqueue(&rq, &threads[i], SCHED_NEW);
	}
	return 0;
}

/* The next thread has a whole turn. */
static struct thread *run_one(void)
{
	struct thread *t = policy->pick(&rq);

	assert_true(policy->charge(&rq, t, SLICE));
	policy->enqueue(&rq, t, SCHED_PREEMPTED);
	return t;
}

static void one_users_threads_run_in_turn(void **state)
{
	for (unsigned i = 0; i < 3 * NR_THREADS; i++)
		assert_ptr_equal(run_one(), &threads[i % NR_THREADS]);
}

static void another_users_new_thread_does_not_wait_for_all_of_them(void **state)
{
	for (unsigned i = 0; i < 5; i++)
		run_one();
	other.account = &root;
	policy->enqueue(&rq, &other, SCHED_NEW);
	assert_ptr_equal(run_one(), &other);
}

static void users_have_equal_shares_whatever_their_threads(void **state)
{
	unsigned had = 0;

	other.account = &joe;
	policy->enqueue(&rq, &other, SCHED_NEW);
	for (unsigned i = 0; i < 40; i++)
		had += run_one() == &other;
	assert_int_equal(had, 20);
}

static void a_rest_is_worth_two_turns_at_most(void **state)
{
	unsigned had = 0;

	for (unsigned i = 0; i < 1000; i++)
		run_one();
	other.account = &joe;
	policy->enqueue(&rq, &other, SCHED_NEW);
	while (run_one() == &other)
		had++;
	assert_in_range(had, 1, 3);
}

static void a_thread_leaves_the_share_that_it_stands_in(void **state)
{
	other.account = &joe;
	policy->enqueue(&rq, &other, SCHED_NEW);
	joe.cpu_share = mary.cpu_share = 9;
	policy->dequeue(&rq, &other);
	for (unsigned i = 0; i < NR_THREADS; i++)
		assert_ptr_equal(policy->pick(&rq), &threads[i]);
	assert_null(policy->pick(&rq));
}

static void the_idle_class_has_a_twentieth(void **state)
{
	unsigned had = 0;

	other.account = &mary;
	other.linux_policy = SCHED_IDLE;
	policy->enqueue(&rq, &other, SCHED_NEW);
	for (unsigned i = 0; i < 100 * NR_THREADS; i++)
		had += run_one() == &other;
	assert_in_range(had, 4, 6); /* the others had a hundred turns */
}

/* The rest of its slice is then less than the least that counts; no other thread is queued. */
static void one_that_woke_is_picked_after_the_quantum_has_grown(void **state)
{
	u64 before = policy->settings[0].value;

	for (unsigned i = 0; i < NR_THREADS; i++)
		policy->dequeue(&rq, &threads[i]);
	other.account = &root;
	policy->enqueue(&rq, &other, SCHED_NEW);
	assert_ptr_equal(policy->pick(&rq), &other);
	policy->charge(&rq, &other, SLICE / 2);
	policy->enqueue(&rq, &other, SCHED_WOKEN);
	policy->settings[0].value = 100 * before;
	policy->settings_changed();
	assert_ptr_equal(policy->pick(&rq), &other);
	policy->settings[0].value = before;
	policy->settings_changed();
}

UNIT_MAIN(cmocka_unit_test_setup(one_users_threads_run_in_turn, setup),
	  cmocka_unit_test_setup(another_users_new_thread_does_not_wait_for_all_of_them, setup),
	  cmocka_unit_test_setup(users_have_equal_shares_whatever_their_threads, setup),
	  cmocka_unit_test_setup(a_rest_is_worth_two_turns_at_most, setup),
	  cmocka_unit_test_setup(the_idle_class_has_a_twentieth, setup),
	  cmocka_unit_test_setup(a_thread_leaves_the_share_that_it_stands_in, setup),
	  cmocka_unit_test_setup(one_that_woke_is_picked_after_the_quantum_has_grown, setup))
