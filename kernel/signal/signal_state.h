/* SPDX-License-Identifier: MIT */
/*
 * What a process and its threads keep about signals: the parts of struct process and of struct
 * user_thread that belong to this folder.
 */
#pragma once

#include "lib/list.h"
#include "lib/refcount.h"
#include "sched/wake_later.h"
#include "sched/waitq.h"
#include "sync/spinlock.h"

#include <linux/signal.h>

struct posix_timer;
struct user_account;
struct user_thread;

#define SIGNAL_MAX 64
#define SIGNAL_BIT(sig) (1UL << ((sig)-1))
#define SIGNALS_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/*
 * One instance of a pending signal. A pending standard signal needs none: its code is then
 * SI_KERNEL. The first of each signal is in the queue's list, the later ones are in its list
 * `later`.
 */
struct signal_instance {
	struct list_node node;
	struct list_node later; /* of the first: the others, in order of arrival */
	siginfo_t info;
	struct user_account *user; /* referenced: it is charged to it (USER_SIGNALS) */
	/* the instance is part of this timer; NULL: it is freed when it is taken */
	struct posix_timer *timer;
};
/* Pending signals of a process or of a thread. Guarded by process->lock. */
struct SHARED signal_queue {
	u64 set;		    /* [process->lock] bit n-1: signal n is pending */
	struct list_node instances; /* [process->lock] the first of each signal */
};

/* The kernel's struct sigaction as in rt_sigaction(2). */
struct kernel_sigaction {
	u64 handler;
	u64 flags;
	u64 restorer;
	u64 mask;
};
/* The handlers of a process, or of several (CLONE_SIGHAND). */
struct SHARED signal_handlers {
	struct spinlock lock; /* class leaf: interrupts look only at handler words */
	struct refcount refs; /* [a] */
	u64 changed;	      /* [lock] the signals that have an action; reads also without: [a] */
	/* [lock] 0 = signal 1; one handler word: also [a] */
	struct kernel_sigaction actions[SIGNAL_MAX];
};

/* The search for threads that can take signals: signal_takers.c, T1. Guarded by process->lock. */
struct SHARED signal_takers {
	bool sought;		  /* [process->lock] a search goes on */
	struct user_thread *next; /* [process->lock] where it is */
	u64 left, again;	  /* [process->lock] for which signals */
	struct wake_later later;  /* [I] the request to the kernel's thread */
};

/* The signals of a process. Guarded by process->lock. */
struct SHARED process_signals {
	struct signal_handlers *handlers; /* [process->lock] referenced */
	struct signal_queue pending;	  /* [process->lock] for any of its threads */
	u32 nr_queued;			  /* [process->lock] instances, also its threads' */
	struct list_node dropped;	  /* [process->lock] in interrupts, to be freed */
	bool unkillable; /* [process->lock] init: no default action ends or stops it */
	/* [process->lock] signal_send.c: S4 */
	u64 cancel_round, continue_round, halt_round;
	struct signal_takers takers; /* [process->lock] */
};

#define PROCESS_STOP_REPORT 1U	   /* a stop not yet waited for                   */
#define PROCESS_CONTINUE_REPORT 2U /* a continuation not yet waited for           */
#define PROCESS_CONTINUE_NOTIFY 4U /* the parent is not notified yet              */

/* The stop of a process by job control: signal_send.c, S3. Guarded by process->lock. */
struct SHARED process_stop {
	bool active;		  /* [process->lock] a stop is asked for or reached */
	int signal;		  /* [process->lock] of the latest stop */
	u32 flags;		  /* [process->lock] PROCESS_STOP_*; reads: [a] */
	u32 nr_stopped;		  /* [process->lock] live threads that are stopped */
	struct user_thread *next; /* [process->lock] to be notified of the stop */
	/* [process->lock] of the next stop, or the present one; from 1; reads also without: [a] */
	u64 round;
	struct waitq end; /* the stopped threads wait here for the next round */
	u32 nr_continued; /* [process->lock] SIGCONTs so far */
};

/* The signals of a thread. */
struct SHARED thread_signals {
	struct signal_queue pending; /* [process->lock] */
	u64 blocked;		     /* [o] the mask; written by the owner under process->lock */
	u64 saved_blocked;	     /* [o] for sigsuspend, pselect: restored on return */
	bool restore_blocked;	     /* [o] */
	u64 waiting_for;	     /* [process->lock] the set of a sigtimedwait that sleeps */
	u64 settled_round;	     /* [process->lock] signal_send.c: S4 */
	/* [process->lock] the process's: stopped; 0: never was; reads also without: [a] */
	u64 stop_round;
	u64 fault_address; /* [o] of the last fault signal */
};

/* sigaltstack(2). */
struct SHARED altstack {
	u64 base, size; /* [o] */
	u32 flags;	/* [o] */
};
