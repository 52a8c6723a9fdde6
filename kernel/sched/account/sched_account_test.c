// SPDX-License-Identifier: MIT
/*
 * sched_account_test.c -- the time of a thread, read by one CPU while it leaves another and comes
 * back, in every order of their steps (tests/unit/sched_model.h).
 *
 * Invariants, in every order. What is read never goes back (A2), and in the end it is what the
 *   thread had.
 */
#include "unit_test.h"

#include "sched_model.h"

#define WORK_CYCLES 100
#define NR_LOOKS 3

static u64 seen_ns; /* what the other CPU has read last */

static void reset_more(void)
{
	seen_ns = 0;
	for (unsigned i = 0; i < NR_CPUS; i++) /* each has totals of its own */
		totals[i] = (struct cpu_totals){0};
}

static u64 hash_more(u64 h)
{
	const struct thread *t = &threads[0];

	h = interleave_mix(h, t->run_cycles << 32 | t->started_cycles);
	return interleave_mix(h, seen_ns);
}

static void look(u64 (*read_ns)(void))
{
	u64 ns = read_ns();

	interleave_check(ns >= seen_ns);
	seen_ns = ns;
	unit_cycles++; /* time passes */
}

static void run(unsigned cpu, u64 (*read_ns)(void))
{
	if (cpu == 0) {
		unit_cycles += WORK_CYCLES;
		WAIT_EVENT_UNINTERRUPTIBLE(&queue, READ_ONCE(flag));
		unit_cycles += WORK_CYCLES;
		return;
	}
	for (unsigned i = 0; i < NR_LOOKS; i++) {
		look(read_ns);
		interleave_here(i);
	}
	WRITE_ONCE(flag, 1);
	waitq_wake_all(&queue);
	for (unsigned i = 0; i < NR_LOOKS; i++) {
		interleave_here(NR_LOOKS + i);
		look(read_ns);
	}
}

static u64 thread_ns(void)
{
	return sched_thread_runtime_ns(&threads[0]);
}

static u64 totals_ns(void)
{
	return sched_totals_runtime_ns(&totals[0]);
}

static void a_threads_time_never_goes_back_run(unsigned cpu)
{
	run(cpu, thread_ns);
}

static void a_threads_time_never_goes_back_check(void)
{
	interleave_check(thread_ns() >= 2 * WORK_CYCLES && thread_ns() <= unit_cycles);
}
RUN(2, a_threads_time_never_goes_back)

/* The same of all threads of a process, of which there is one. */
static void a_processs_time_never_goes_back_run(unsigned cpu)
{
	run(cpu, totals_ns);
}

static void a_processs_time_never_goes_back_check(void)
{
	interleave_check(totals_ns() >= 2 * WORK_CYCLES && totals_ns() <= unit_cycles);
}
RUN_SEEING(2, 2, a_processs_time_never_goes_back)

UNIT_MAIN(cmocka_unit_test(a_threads_time_never_goes_back),
	  cmocka_unit_test(a_processs_time_never_goes_back))
