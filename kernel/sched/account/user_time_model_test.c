// SPDX-License-Identifier: MIT
/*
 * user_time_model_test.c -- the user time of a thread, read by one CPU while it enters and leaves
 * user mode on another, in every order of their steps.
 *
 * Invariants, in every order. What is read never goes back, is never more than the thread has had,
 *   and in the end it is that.
 */
#include "unit_test.h"

#include "interleave.h"

#include "arch/arch_cpu.h"
#define arch_smp_nr_cpus() 2U
#include "sched/account/user_time.c"

#define USER_CYCLES 100
#define KERNEL_CYCLES 40
#define NR_LOOKS 2

PERCPU(struct runqueue, runqueue);
PERCPU(u8, epoch_asleep);
static struct thread threads[2];
static struct cpu_totals totals[2];
static u64 had; /* what the thread has had in user mode */
static u64 seen;

static void reset(void)
{
	memset(threads, 0, sizeof(threads));
	memset(totals, 0, sizeof(totals));
	for (unsigned i = 0; i < 2; i++) {
		struct runqueue *rq = runqueue_of(i);

		memset(rq, 0, sizeof(*rq));
		rq->cpu = i;
		rq->current = &threads[i];
		threads[i].totals = &totals[i];
		interleave_begin_as(i, &threads[i]);
	}
	unit_cycles = 1026; /* bit 1 is set: user_time_begin() sets it */
	had = seen = 0;
}

static u64 hash(u64 h)
{
	h = interleave_mix(h, threads[0].user_cycles << 32 | threads[0].user_since);
	h = interleave_mix(h, totals[0].user_cycles << 32 | runqueue_of(0)->user_cycles);
	return interleave_mix(h, unit_cycles << 40 | had << 20 | seen);
}

static void enter_and_leave(void)
{
	for (unsigned i = 0; i < 2; i++) {
		arch_irq_disable();
		user_time_begin();
		arch_irq_enable();
		unit_cycles += USER_CYCLES;
		had += USER_CYCLES;
		interleave_here(i);
		user_time_end();
		unit_cycles += KERNEL_CYCLES;
	}
}

static void run(unsigned cpu, u64 (*read)(void))
{
	if (cpu == 0) {
		enter_and_leave();
		return;
	}
	for (unsigned i = 0; i < NR_LOOKS; i++) {
		u64 cycles = read();

		interleave_check(cycles >= seen);
		interleave_check(cycles <= had);
		seen = cycles;
		interleave_here(i);
	}
}

static void explore(void (*run)(unsigned cpu), void (*check)(void))
{
	struct interleave model = {
		.nr_cpus = 2, .reset = reset, .run = run, .hash = hash, .check = check};

	interleave_explore(&model);
}

#define CASE(name, read)                                                                           \
	static u64 name##_read(void)                                                               \
	{                                                                                          \
		return read;                                                                       \
	}                                                                                          \
	static void name##_run(unsigned cpu)                                                       \
	{                                                                                          \
		run(cpu, name##_read);                                                             \
	}                                                                                          \
	static void name##_check(void)                                                             \
	{                                                                                          \
		interleave_check(had == 2 * USER_CYCLES && name##_read() == had);                  \
	}                                                                                          \
	static void name(void **state)                                                             \
	{                                                                                          \
		explore(name##_run, name##_check);                                                 \
	}

CASE(a_threads_user_time_is_exact, user_time_of_thread(&threads[0]))
CASE(a_processs_user_time_is_exact, user_time_of_totals(&totals[0]))
CASE(a_cpus_user_time_is_exact, user_time_of_cpu(runqueue_of(0)))

/* What is done while the tick is put off. */

u64 clock_monotonic_ns(void)
{
	return 0;
}

u64 clock_monotonic_coarse_ns(void)
{
	return 0;
}

void clock_tick(u64 now_ns, u64 period_ns)
{
}

void sched_resume_tick(void)
{
}

UNIT_MAIN(cmocka_unit_test(a_threads_user_time_is_exact),
	  cmocka_unit_test(a_processs_user_time_is_exact),
	  cmocka_unit_test(a_cpus_user_time_is_exact))
