/* SPDX-License-Identifier: MIT */
/* The part of struct process, and of struct user_thread, that belongs to this folder. */
#pragma once

#include "lib/list.h"
#include "lib/rbtree.h"
#include "sched/account/sched_tick.h"
#include "time/timer.h"

/* The armed timers on one CPU clock, a process's or a thread's: posix_timer.c. */
struct SHARED cpu_timer_queue {
	struct rb_root_cached timers; /* [process->lock] the first that expires leftmost */
	struct list_node node;	      /* [process->lock] of the process, while there are any */
};

/* Those of timer_create(2). Guarded by process->lock. */
struct SHARED posix_timers {
	/* [process->lock] of struct posix_timer; whether it is empty also [a] */
	struct rb_root by_number;
	int next_id;		     /* [process->lock] */
	struct cpu_timer_queue cpu;  /* [process->lock] on the process's CPU clock */
	struct list_node cpu_queues; /* [process->lock] its and its threads', while not empty */
	struct list_node asleep;     /* [process->lock] timers whose signal is ignored */
	u32 nr_asleep;		     /* [process->lock] */
};

/* Are there any? Without the lock; the caller says what orders it with posix_timer_create(). */
static inline bool posix_timers_exist(const struct posix_timers *timers)
{
	return __atomic_load_n(&timers->by_number.node, __ATOMIC_SEQ_CST);
}

/* The timers of a process. Guarded by process->lock. */
struct SHARED process_timers {
	struct timer real;	/* [process->lock] ITIMER_REAL */
	u64 real_expiry_ns;	/* [process->lock] of its last or next signal */
	bool real_armed;	/* [process->lock] */
	u64 real_interval_ns;	/* [process->lock] */
	u64 cpu_left_ns[2];	/* [process->lock] ITIMER_VIRTUAL, ITIMER_PROF; 0: off */
	u64 cpu_interval_ns[2]; /* [process->lock] */
	u64 cpu_limit_ns; /* [process->lock] next signal of RLIMIT_CPU; ~0: never; reads: [a] */
	u32 nr_cpu;	  /* [process->lock] reasons for process_tick to take it; reads: [a] */
	struct posix_timers posix; /* [process->lock] */
};

/*
 * There are @change more reasons for ticks to take process->lock, which is held. One that looks
 * meanwhile, without it, may miss the change: the next one sees it, which is not put off.
 */
static inline void process_timers_count_cpu(struct process_timers *timers, int change)
{
	WRITE_ONCE(timers->nr_cpu, timers->nr_cpu + (u32)change);
	if (change > 0)
		sched_ask_for_ticks();
}
