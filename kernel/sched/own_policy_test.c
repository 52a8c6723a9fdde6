// SPDX-License-Identifier: MIT
// UNIT: lib/string.c
/* The example of docs/own_policy.md is a policy. */
#include "unit_test.h"

#include "sched/runqueue.h"

/* It has no row in the table: any place will do here. */
#define SCHED_RANK_las SCHED_RANK_fifo

#include "../../docs/examples/policy_las.c"

static struct runqueue rq;
static struct thread threads[3];

static int setup(void **state)
{
	memset(&rq, 0, sizeof(rq));
	memset(threads, 0, sizeof(threads));
	policy_las.init_cpu(&rq);
	for (unsigned i = 0; i < 3; i++) {
		threads[i].run_cycles = 100 * (3 - i);
		policy_las.enqueue(&rq, &threads[i], SCHED_NEW);
	}
	return 0;
}

static void who_has_had_least_is_next(void **state)
{
	assert_ptr_equal(policy_las.pick(&rq), &threads[2]);
	threads[2].run_cycles += 150;
	assert_true(policy_las.charge(&rq, &threads[2], 150));
	policy_las.enqueue(&rq, &threads[2], SCHED_PREEMPTED);
	assert_ptr_equal(policy_las.pick(&rq), &threads[1]);
	assert_ptr_equal(policy_las.pick(&rq), &threads[2]);
	assert_ptr_equal(policy_las.pick(&rq), &threads[0]);
	assert_null(policy_las.pick(&rq));
}

static void who_is_taken_out_is_not_picked(void **state)
{
	policy_las.dequeue(&rq, &threads[2]);
	assert_ptr_equal(policy_las.pick(&rq), &threads[1]);
}

static void who_has_had_less_takes_the_cpu(void **state)
{
	assert_true(policy_las.preempts(&rq, &threads[1], &threads[0]));
	assert_false(policy_las.preempts(&rq, &threads[0], &threads[1]));
}

static void it_has_every_hook_that_it_must_have(void **state)
{
	assert_int_equal(policy_las.linux_policies, SCHED_ORDINARY_THREADS);
	assert_string_equal(policy_las.name, "las");
	assert_null(policy_las.inherit);
	assert_null(policy_las.settings);
}

UNIT_MAIN(cmocka_unit_test_setup(who_has_had_least_is_next, setup),
	  cmocka_unit_test_setup(who_is_taken_out_is_not_picked, setup),
	  cmocka_unit_test_setup(who_has_had_less_takes_the_cpu, setup),
	  cmocka_unit_test_setup(it_has_every_hook_that_it_must_have, setup))
