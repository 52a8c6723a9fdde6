// SPDX-License-Identifier: MIT
/*
 * sched_tick_model_test.c -- a tick that puts the next one off, while another CPU gives the process
 * a limit on CPU time, in every order of their steps.
 *
 * Invariants, in every order. In the end the CPU has its ticks, or was asked to take them up again.
 */
#include "unit_test.h"

#include "interleave.h"

#include "arch/arch_cpu.h"
#define arch_smp_nr_cpus() 2U
#include "sched/account/sched_tick.c"

PERCPU(struct runqueue, runqueue);
PERCPU(u8, epoch_asleep);
bool user_time_on, sched_has_others, sched_has_options;
static const struct sched_policy policy;
static struct thread threads[2];
static u32 limited, asked;

static void tick(bool user)
{
}

static bool needed(const struct process *process)
{
	return READ_ONCE(limited);
}

static void reset(void)
{
	static const struct sched_tick_hooks test_hooks = {tick, needed};

	memset(threads, 0, sizeof(threads));
	sched_set_tick_hooks(&test_hooks);
	user_time_on = true;
	limited = asked = 0;
	unit_need_resched = false;
	for (unsigned i = 0; i < 2; i++) {
		struct runqueue *rq = runqueue_of(i);

		memset(rq, 0, sizeof(*rq));
		rq->cpu = i;
		rq->current = &threads[i];
		rq->ordinary = threads[i].policy = &policy;
		threads[i].process = (struct process *)&threads[i];
		spin_lock_init(&rq->lock, runqueue);
		interleave_begin_as(i, &threads[i]);
	}
}

static u64 hash(u64 h)
{
	return interleave_mix(h, runqueue_of(0)->tick | limited << 8 | asked << 9);
}

static void a_limit_set_by_another_cpu_is_seen_run(unsigned cpu)
{
	if (cpu == 0) {
		arch_irq_disable();
		sched_tick(true);
		arch_irq_enable();
	} else {
		WRITE_ONCE(limited, 1);
		sched_ask_for_ticks();
	}
}

static unsigned nr_put_off;

static void a_limit_set_by_another_cpu_is_seen_check(void)
{
	nr_put_off += runqueue_of(0)->tick == TICK_PUT_OFF;
	interleave_check(runqueue_of(0)->tick == TICK_ON || asked);
}

static void a_limit_set_by_another_cpu_is_seen(void **state)
{
	struct interleave model = {.nr_cpus = 2,
				   .reset = reset,
				   .run = a_limit_set_by_another_cpu_is_seen_run,
				   .hash = hash,
				   .check = a_limit_set_by_another_cpu_is_seen_check};

	interleave_explore(&model);
	assert_true(nr_put_off);
}

/* What the tick does besides. */

void arch_smp_send_resched(unsigned cpu)
{
	if (cpu == 0)
		asked = 1;
}

void runqueue_want_resched(struct runqueue *rq)
{
}

bool runqueue_resched_wanted(const struct runqueue *rq)
{
	return unit_need_resched;
}

bool runqueue_tick(struct runqueue *rq, u64 now_cycles)
{
	return false;
}

static bool charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	return false;
}

static const struct sched_policy policy = {.charge = charge};

void sched_account(struct runqueue *rq, struct thread *t, u64 now)
{
}

bool epoch_tick(bool is_asked)
{
	return false;
}

bool epoch_needs_tick(void)
{
	return false;
}

void epoch_wake(void)
{
}

void load_average_update(u64 now_ns)
{
}

void load_average_catch_up(u64 now_ns)
{
}

void placement_balance(struct runqueue *rq, u64 now_ns)
{
}

void placement_kick(struct runqueue *rq, u64 now_ns)
{
}

u64 clock_monotonic_ns(void)
{
	return 0;
}

void timer_stop_tick(void)
{
}

void timer_put_off_tick(u64 least_ns)
{
}

void timer_resume_tick(u64 now_ns)
{
}

UNIT_MAIN(cmocka_unit_test(a_limit_set_by_another_cpu_is_seen))
