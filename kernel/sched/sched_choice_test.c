// SPDX-License-Identifier: MIT
/*
 * sched_choice_test.c -- the policy of ordinary threads is chosen while threads are ready and run.
 */
#include "unit_sched.h"
#include "unit_test.h"

#include "core/cmdline.h"
#include "core/log.h"
#include "lib/boot_options.h"

#include <linux/errno.h>
#include <linux/sched.h>

static unsigned nr_logged;

void log_write(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	nr_logged++;
}

static int setup(void **state)
{
	nr_logged = 0;
	sim_start("rr,quantum=10ms");
	return 0;
}

static void assert_chosen(const char *expected)
{
	char text[SCHED_POLICY_TEXT_MAX];

	assert_int_equal(sched_policy_text(sched_policy_default(), text, sizeof(text)),
			 strlen(expected));
	assert_string_equal(text, expected);
}

static void a_text_says_policy_and_settings(void **state)
{
	assert_chosen("rr,quantum=10ms");
	assert_int_equal(sched_choose("rr,quantum=2500us"), 0);
	assert_chosen("rr,quantum=2500us");
	assert_int_equal(sched_choose("fifo"), 0);
	assert_chosen("fifo");
	assert_int_equal(sched_choose("sjf,alpha=25,preempt=1"), 0);
	assert_chosen("sjf,alpha=25,initial=10ms,preempt=1");
	assert_int_equal(sched_choose("sjf,initial=1s,alpha=50"), 0);
	assert_chosen("sjf,alpha=50,initial=1s,preempt=1");
	assert_int_equal(sched_choose("rr"), 0); /* keeps what it had */
	assert_chosen("rr,quantum=2500us");
}

static void a_wrong_text_changes_nothing(void **state)
{
	static const char *const wrong[] = {
		"",
		"r",
		"rrr",
		"RR",
		"realtime",
		" rr",
		"rr ",
		"rr\n",
		"rr,",
		",rr",
		"rr,quantum",
		"rr,quantum=",
		"rr,quantum=0",
		"rr,quantum=99us",
		"rr,quantum=1001ms",
		"rr,quantum=10 ms",
		"rr,quantum=-5ms",
		"rr,quantum=5ms,",
		"rr,quantum=5ms,alpha=50",
		"rr,quantum=5ms,quantum=0",
		"rr,quantum=000000000000000000000005ms",
		"rr,quantum=99999999999999999999ms",
		"rr,=5ms",
		"rr,quantumx=5ms",
		"rr,quantu=5ms",
		"fifo,quantum=5ms",
		"sjf,alpha=0",
		"sjf,alpha=101",
		"sjf,alpha=5ms",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(sched_choose(wrong[i]), -EINVAL);
		assert_chosen("rr,quantum=10ms");
	}
}

static void the_option_takes_the_names_of_the_policies(void **state)
{
	const struct boot_option *option = boot_option_find("sched", 5);
	const struct sched_policy *policy;
	unsigned nr_bars = 0;

	for (unsigned i = 0; (policy = sched_policy_ordinary(i)); i++) {
		assert_true(boot_option_allows(option, policy->name));
		assert_in_range(policy->nr_settings, 0, SCHED_SETTINGS_MAX);
	}
	for (const char *p = option->values; *p; p++)
		nr_bars += *p == '|';
	assert_non_null(sched_policy_ordinary(nr_bars));
	assert_null(sched_policy_ordinary(nr_bars + 1));
	assert_false(boot_option_allows(option, "realtime"));
}

static void the_option_chooses_at_boot(void **state)
{
	cmdline_init("quiet sched=sjf,alpha=60");
	sched_read_policy_option();
	assert_string_equal(sched_policy_default()->name, "sjf");
	assert_int_equal(nr_logged, 0);
	cmdline_init("sched=rr,quantum=1 sched=rr,quantum=1us"); /* the last is wrong */
	sched_read_policy_option();
	assert_string_equal(sched_policy_default()->name, "sjf");
	assert_in_range(nr_logged, 1 + 3, 1 + SCHED_NR_POLICIES); /* it says which there are */
	cmdline_init("quiet");
	sched_read_policy_option();
	assert_string_equal(sched_policy_default()->name, "sjf");
}

static void the_quantum_counts_at_once(void **state)
{
	hog(1);
	hog(1);
	run_for(SECOND);
	measure_from_now();
	assert_int_equal(sched_choose("rr,quantum=100ms"), 0);
	run_for(10 * SECOND);
	assert_in_range(tasks[0].longest_wait, 90 * MS, 110 * MS);
	assert_in_range(tasks[0].nr_turns, 49, 51);
}

/* Whatever is ready, sleeps or runs goes over, and nothing is lost, in any order of policies. */
static void all_threads_go_over(void **state)
{
	const struct sched_policy *from, *to;

	for (unsigned i = 0; (from = sched_policy_ordinary(i)); i++) {
		for (unsigned j = 0; (to = sched_policy_ordinary(j)); j++) {
			sim_start(from->name);
			for (unsigned n = 0; n < 30; n++)
				sleeper(n % 3, (n + 1) * MS, n % 4 * 500 * MS + n);
			run_for(SECOND);
			assert_int_equal(sched_choose(to->name), 0);
			end_of_interrupt();
			for (unsigned n = 0; n < 30; n++) {
				const struct thread *t = &tasks[n].thread;

				assert_true(t->policy == to || t->state != THREAD_READY);
				tasks[n].work_left = MS; /* then nobody starves */
				tasks[n].work = MS;
				tasks[n].rest = SECOND + n;
				tasks[n].got = 0;
			}
			assert_int_equal(runqueue_of(0)->nr_others, 0);
			run_for(10 * SECOND);
			for (unsigned n = 0; n < 30; n++) {
				assert_in_range(tasks[n].got, 8 * MS, 11 * MS);
				assert_ptr_equal(tasks[n].thread.policy, to);
			}
		}
	}
}

/* A change that is under way: some are moved, others not yet. */
static void change_and_move_some(const char *to)
{
	struct runqueue *rq = runqueue_of(0);
	const struct sched_policy *policy;
	irq_state_t state = spin_lock_irq_save(&rq->lock);

	for (unsigned i = 0; (policy = sched_policy_ordinary(i)); i++)
		if (strcmp(policy->name, to) == 0)
			runqueue_change_ordinary(rq, policy);
	assert_in_range(runqueue_move_some(rq), 1, NR_TASKS - 1);
	spin_unlock_irq_restore(&rq->lock, state);
}

static void ready_threads_run_while_they_are_moved(void **state)
{
	for (unsigned n = 0; n < 40; n++)
		job(TURN);
	change_and_move_some("fifo");
	assert_int_equal(sched_set_policy(&tasks[30].thread, SCHED_RR, 1, true), 0);
	assert_int_equal(sched_set_nice(&tasks[20].thread, 5), 0);
	run_for(40 * TURN);
	for (unsigned n = 0; n < 40; n++)
		assert_int_equal(tasks[n].got, TURN);
	assert_null(runqueue_of(0)->leaving);
	assert_int_equal(runqueue_of(0)->nr_others, 0);
	assert_int_equal(sched_choose("rr"), 0);
}

static void another_change_finishes_the_one_before(void **state)
{
	for (unsigned n = 0; n < 40; n++)
		job(TURN);
	change_and_move_some("fifo");
	assert_int_equal(sched_choose("sjf"), 0);
	run_for(40 * TURN);
	for (unsigned n = 0; n < 40; n++)
		assert_int_equal(tasks[n].got, TURN);
}

static void urgent_threads_are_not_moved(void **state)
{
	struct task *urgent = task_start(realtime_new(SCHED_RR, 5, MS, 9 * MS));

	hog(1);
	hog(1);
	run_for(TICK + MS / 2);
	assert_int_equal(sched_choose("fifo"), 0);
	end_of_interrupt();
	run_for(SECOND);
	assert_string_equal(urgent->thread.policy->name, "realtime");
	assert_int_equal(urgent->longest_wait, 0);
	assert_int_equal(sched_set_policy(&urgent->thread, SCHED_BATCH, 0, true), 0);
	assert_string_equal(urgent->thread.policy->name, "fifo");
}

UNIT_MAIN(cmocka_unit_test_setup(a_text_says_policy_and_settings, setup),
	  cmocka_unit_test_setup(a_wrong_text_changes_nothing, setup),
	  cmocka_unit_test_setup(the_option_takes_the_names_of_the_policies, setup),
	  cmocka_unit_test_setup(the_option_chooses_at_boot, setup),
	  cmocka_unit_test_setup(the_quantum_counts_at_once, setup),
	  cmocka_unit_test_setup(all_threads_go_over, setup),
	  cmocka_unit_test_setup(ready_threads_run_while_they_are_moved, setup),
	  cmocka_unit_test_setup(another_change_finishes_the_one_before, setup),
	  cmocka_unit_test_setup(urgent_threads_are_not_moved, setup))
