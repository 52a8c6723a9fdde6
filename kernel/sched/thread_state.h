/* SPDX-License-Identifier: MIT */
/* Whether a thread runs, and what it has to do before it goes on with its program. */
#pragma once

/* The states of the books; blocked is of four kinds, by what ends it. See sched.c. */
enum thread_state {
	THREAD_NEW,		/* not started yet                                      */
	THREAD_READY,		/* in the queue of its policy                           */
	THREAD_RUNNING,		/* on a CPU                                             */
	THREAD_SLEEPING,	/* blocked: its event or a signal wakes it              */
	THREAD_UNINTERRUPTIBLE, /* blocked: only its event wakes it              */
	THREAD_KILLABLE,	/* blocked: its event or a fatal signal wakes it        */
	THREAD_STOPPED,		/* blocked by job control: SIGCONT or SIGKILL wakes it  */
	THREAD_DEAD,		/* never runs again; freed after the switch             */
};

/* Bits of thread->work: what must happen before it returns to user mode (or stops sleeping). */
#define WORK_SIGNAL BIT(0)	/* a signal may be deliverable          */
#define WORK_RESCHED BIT(1)	/* its slice is over                    */
#define WORK_KILLED BIT(2)	/* a fatal signal is pending            */
#define WORK_NOTIFY BIT(3)	/* set_child_tid is to be written, or: */
#define WORK_OVERRUN BIT(5)	/* it has used its runtime: SIGXCPU     */
#define WORK_FULL_RETURN BIT(4) /* the trap frame was replaced: restore all of it */
