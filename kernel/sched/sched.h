/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's mechanism: states, wake-up, preemption, accounting, the switch. The policies
 * choose which thread runs next (sched/sched_policy.h).
 */
#pragma once

#include "sched/account/load_average.h"
#include "sched/thread.h"

#define DEADLINE_NEVER (~0UL)

/*
 * Set up the run queue of this CPU; the running code becomes its idle thread. Boot.
 */
void sched_init(void);
/* Become the idle thread of this CPU. */
_Noreturn void sched_idle(void);

/* Make a new thread (thread_init, arch_thread_init_*) ready. It may run before this returns. */
void sched_start(struct thread *t);
/*
 * Give up the CPU: blocked, as sched_sleep_prepare has said; or for a moment, if a waker has set
 * the state to RUNNING again. Context: task, no spinlock.
 */
void schedule(void);
/* Give the CPU to another ready thread if there is one. sched_yield(2). */
void sched_yield(void);
/* End the current thread for good; its structure is freed by the next one. Preemption may be on. */
_Noreturn void sched_exit(void);

/*
 * Sleeping. The pattern, which loses no wake-up because the state is set before the condition is
 * read:
 *	for (;;) {
 *		sched_sleep_prepare(THREAD_SLEEPING);
 *		if (condition)
 *			break;
 *		err = sched_sleep(deadline);
 *		if (err)
 *			break;
 *	}
 *	sched_sleep_finish();
 * waitq.h wraps it. A sleep may end without a reason, so the loop is needed.
 */
void sched_sleep_prepare(enum thread_state state);
/*
 * Returns 0 when woken, -EINTR when a signal ends (or forbids) this kind of sleep, -ETIMEDOUT.
 * Deadline on the monotonic clock, or DEADLINE_NEVER.
 */
int sched_sleep(u64 deadline_ns) __must_check;
void sched_sleep_finish(void);
/*
 * Make @t ready if its state is in @states (a mask of BIT(THREAD_…)). True when it was woken.
 * Context: any.
 */
bool sched_wake_states(struct thread *t, u32 states);
#define WAKE_NORMAL (BIT(THREAD_SLEEPING) | BIT(THREAD_UNINTERRUPTIBLE) | BIT(THREAD_KILLABLE))
#define WAKE_SIGNAL BIT(THREAD_SLEEPING)
#define WAKE_KILL (BIT(THREAD_SLEEPING) | BIT(THREAD_KILLABLE) | BIT(THREAD_STOPPED))
static inline bool sched_wake(struct thread *t)
{
	return sched_wake_states(t, WAKE_NORMAL);
}
/*
 * Set work bits of @t and make it look at them soon: wake it from the states in @states, or
 * interrupt it if it runs on another CPU.
 */
void sched_notify(struct thread *t, u32 work, u32 states);

/*
 * The current thread is about to sleep, or to end, when it has woken or started another: that may
 * have its CPU. A hint. Context: task.
 */
#define THREAD_WILL_SLEEP 127 /* more handovers than are counted */
static inline void sched_will_sleep(void)
{
	current_thread()->handovers = THREAD_WILL_SLEEP;
}
/*
 * Is it worth waiting for @t on this CPU: does it run on another one, and nothing else want to run
 * here? @t is only compared: it may have ended. Context: task.
 */
bool sched_is_worth_spinning(const struct thread *t);

/* First thing a new thread does: finish the switch that brought it up. */
void sched_first_run(struct thread *prev);
/* End of an interrupt that found preemption allowed and wanted; interrupts off. */
void sched_preempt_interrupted(void);

void sched_account_created(void);

/* A mask of the CPUs that are up: bit N is CPU N. */
static inline u64 sched_cpus_up(void)
{
	return ~0UL >> (64 - arch_smp_nr_cpus());
}
/*
 * Let @t run on the CPUs of @mask only. The caller checks permissions. 0; -EINVAL: none of these is
 * up; -EBUSY: the thread's policy needs all CPUs.
 */
int sched_set_affinity(struct thread *t, u64 mask);

/* The name of the policy of ordinary threads. */
const char *sched_policy_name(void);
/* What the threads of one process had of the CPU, those that have ended included. */
struct SHARED cpu_totals {
	u64 run_cycles; /* [a] up to when each of them was last accounted for */
	u64 switches_voluntary, switches_forced; /* [a] */
	u64 user_cycles;			 /* [a] user_time.c */
};
/* CPU time of @t so far, in ns; of all threads of @totals, however many there are. Context: any. */
u64 sched_thread_runtime_ns(const struct thread *t);
u64 sched_totals_runtime_ns(const struct cpu_totals *totals);

/* What one CPU did since boot, or all of them. */
struct sched_cpu_times {
	u64 idle_ns, user_ns, system_ns;
};
void sched_cpu_times_get(unsigned cpu, struct sched_cpu_times *out);

/* For /proc: totals since boot, in ns and counts. */
struct sched_statistics {
	struct sched_cpu_times times;
	u64 nr_switches, nr_created;
	unsigned nr_running, nr_blocked;
	u64 load_average[LOAD_AVERAGES]; /* of 1, 5, 15 minutes */
};
void sched_statistics_get(struct sched_statistics *out);

/* One CPU's run queue as it is now. */
struct sched_cpu_view {
	pid_t current_tid; /* 0: idle; negative: a thread of the kernel   */
	char current_name[THREAD_NAME_SIZE];
	const char *policy; /* of the current thread                       */
	s64 slice_left_ns;  /* when it was last accounted for */
	unsigned nr_ready;  /* queued, without it                          */
	u64 nr_switches;
	u64 idle_ns;
};
void sched_cpu_view(unsigned cpu, struct sched_cpu_view *out);
