/* SPDX-License-Identifier: MIT */
/*
 * What signal(7) says about a process with a few threads, as plainly as possible: queues are lists,
 * each question looks at all threads, what is cancelled is dropped at once from all queues. It is
 * independent of the kernel's code but for the sets of default actions.
 */
#pragma once

#include "signal/signal_queue.h"

#define MODEL_THREADS 6
#define MODEL_QUEUE_MAX 128

/* What programs, or the parent, can see; and what a trace says of signals. */
enum event_kind { HANDLED = 1, WAITED, ENDED, PARENT, SENT, IGNORED };
struct event {
	int kind;
	int thread;	 /* -1: PARENT, SENT, IGNORED */
	int signal;	 /* WAITED: or an error; ENDED: the status; PARENT: CLD_* */
	int code, value; /* of its siginfo */
};

/* What a thread does in user mode. */
struct command {
	enum { NOTHING, MASK, ACTION, WAIT, RAISE, FAULT, EXIT, NR_COMMANDS } kind;
	int signal, code; /* RAISE, ACTION */
	u64 set;	  /* MASK, WAIT */
	u64 deadline_ns;  /* WAIT */
	struct kernel_sigaction action;
};

struct model_queue {
	struct event list[MODEL_QUEUE_MAX];
	unsigned nr;
};
struct model_thread {
	struct model_queue queue;
	u64 blocked;
	u64 waits;	  /* for these signals, while in_wait */
	u64 deadline_ns;  /* of that */
	u32 nr_continued; /* SIGCONTs when it took a stop signal */
	bool live, stopped, in_wait;
	bool notified;	/* it looks for signals before it returns to user mode */
	bool timed_out; /* the wait's end came before another reason to wake */
	bool decides;	/* whether the stop is carried out */
};
struct signal_model {
	struct model_thread threads[MODEL_THREADS];
	struct model_queue shared;
	struct kernel_sigaction actions[SIGNAL_MAX];
	bool ending;	/* the whole process */
	int status;	/* with which it ends */
	bool stopping;	/* all threads are to stop, or have stopped */
	bool continued; /* the parent is not notified yet */
	bool unkillable;
	bool orphaned; /* its process group */
	u32 nr_continued;
	struct event log[64];
	unsigned nr_log;
};
extern struct signal_model model;

void model_init(void);
/* Is what happened the model's log, which is emptied? If not, both are printed. */
bool model_log_agrees(const struct event *log, unsigned nr);
u64 model_set(const struct model_queue *queue);
/* Threads that live, or of these those that have stopped. */
unsigned model_count(bool stopped);
bool model_can_take(const struct model_thread *t, int signal);
/* @t NULL: to the process. */
void model_send(struct model_thread *t, struct event event);
void model_command(struct model_thread *t, const struct command *command);
/* What @t does before it returns to user mode, until it has to pause. */
void model_run(struct model_thread *t);
