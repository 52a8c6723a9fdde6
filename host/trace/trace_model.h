/* SPDX-License-Identifier: MIT */
/*
 * A log as a sequence of steps that can be understood: times, processes, names, and the texts of
 * the protocol's three columns. Plain C: the guest's lde has it, too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls/call_view.h"
#include "trace/trace_events.h"
#include "trace/trace_log.h"
#include "trace/trace_names.h"

#define TRACE_NAME_BYTES 16u
#define TRACE_TEXT_BYTES 4096u /* enough for any text of a column */

/* What is known of a thread at a moment of the log. */
struct trace_thread {
	uint32_t tid, pid; /* a kernel's thread: tid below 0, pid 0 */
	uint32_t parent;   /* of its process: a pid */
	uint32_t data;	   /* during the backward pass: the next piece of memory */
	/* the open call's place in the log + 1; 0: there is none */
	size_t call;
	uint64_t call_ns, since_ns;	 /* how long it ran within it, until since_ns */
	char name[4 * TRACE_NAME_BYTES]; /* as it may be shown: printable.h */
};

/* How a write to a page that was mapped read-only ends. */
enum trace_write {
	TRACE_WRITE_REFUSED, /* a signal, or it is not known */
	TRACE_WRITE_GRANTED, /* the page was the writer's alone: it may write from now on */
	TRACE_WRITE_COPIED   /* others share the page: the writer gets a copy */
};

#define TRACE_NO_STEP SIZE_MAX

struct trace_step {
	size_t index; /* in the log */
	uint64_t ns;  /* since the kernel's entry */
	uint32_t cpu;
	uint32_t tid, pid;  /* the thread that runs; 0: none */
	const char *thread; /* its name */
	enum trace_event event;
	unsigned detail;
	const uint64_t *args; /* as many as the row says */
	const char *name; /* of the system call, trap, signal or reason; NULL: the event has none */
	const char *source;	/* "kernel/syscall/sys_file.c:22"; NULL: not known */
	bool from_user;		/* the step begins by leaving user mode */
	bool to_user;		/* after the step the thread is in user mode */
	bool boots;		/* the CPU has not switched to a thread yet */
	bool idles;		/* after the step the CPU has nothing to do */
	enum trace_write write; /* of a page fault on a page that is there */
	/*
	 * Of a message to another CPU: the interrupt that it is there. Of that interrupt: the
	 * message, of several the first.
	 */
	struct trace_partner {
		size_t index; /* in the log; TRACE_NO_STEP: there is none */
		uint64_t ns;
		uint32_t cpu;
	} partner;
	/*
	 * Until the next event of the CPU; 0: there is none. After to_user the program runs all
	 * that time, after idles nothing does, and otherwise it is what the step costs the kernel.
	 */
	uint64_t lasts_ns;
	struct call_view call; /* what is known of the system call; .call NULL: it is none */
	uint64_t call_ns;      /* of its end: how long it ran on a CPU */
	const struct trace_event_row *row;
};

struct trace_model {
	const struct trace_log *log;
	size_t next;
	size_t nr_steps;		  /* of the log: its events but the pieces of memory */
	uint8_t switched[TRACE_CPUS_MAX]; /* has the CPU switched to a thread? */
	uint8_t *later; /* by event: its return to user mode is another, later step (user_enter) */
	/*
	 * By event: the call's next piece of memory (call_memory.h); of messages and their
	 * interrupts the partner, plus 1.
	 */
	uint32_t *data;
	struct trace_thread *threads; /* open addressing by tid */
	size_t nr_threads, room;
	uint64_t args[TRACE_ARGS]; /* of the step, when they are not the record's */
};

/* The thread that takes the step; user_enter names it in its arguments. */
static inline uint32_t trace_step_tid(const struct trace_step *step)
{
	return step->event == TRACE_user_enter ? (uint32_t)step->args[0] : step->tid;
}

/* Begin at the log's first step; the log stays. Returns: 0 or -ENOMEM. */
int trace_model_init(struct trace_model *model, const struct trace_log *log)
	__attribute__((warn_unused_result));
void trace_model_fini(struct trace_model *model);
/* Start again. */
void trace_model_rewind(struct trace_model *model);

/*
 * The next step. Valid until the next call. Returns: false at the end, or when memory is out
 * (then it contains only names).
 */
bool trace_model_next(struct trace_model *model, struct trace_step *step);

/* The thread @tid as it is known now; NULL: no step has named it. */
const struct trace_thread *trace_model_thread(const struct trace_model *model, uint32_t tid);
/* Its process: @tid itself, when nothing else is known. */
uint32_t trace_model_pid(const struct trace_model *model, uint32_t tid);

/*
 * The processes that take the step, or that it is done to: their creation, their threads' turns,
 * their end. Returns: how many; the same may be there twice.
 */
#define TRACE_STEP_PIDS 3u
unsigned trace_step_pids(const struct trace_model *model, const struct trace_step *step,
			 uint32_t pids[TRACE_STEP_PIDS]);
/* Is process @pid among them? */
bool trace_step_concerns(const struct trace_model *model, const struct trace_step *step,
			 uint32_t pid);

/* The step's text in @column; empty: it has no part there. */
void trace_step_text(const struct trace_step *step, enum trace_column column,
		     struct trace_text *text);
/* The value of argument @i as its kind wants it. */
void trace_step_arg_text(const struct trace_step *step, unsigned i, struct trace_text *text);
/* After to_user: "A 3 runs: 10.0 ms", the program's part until it leaves user mode. */
void trace_step_run_text(const struct trace_step *step, struct trace_text *text);
/*
 * The columns in the order in which things happen: a trap begins in the program, a return ends
 * there.
 */
const enum trace_column *trace_step_order(const struct trace_step *step);

/* Nanoseconds since the kernel's entry. */
uint64_t trace_log_ns(const struct trace_log *log, uint64_t cycles);
