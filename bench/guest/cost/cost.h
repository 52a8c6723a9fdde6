/* SPDX-License-Identifier: MIT */
/*
 * What the rows of the cost program share: the shape of a row, the clock, and partners.
 */
#pragma once
#include "cost_calls.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { COST_PAGE = 4096, COST_CHUNK = 65536 };

enum cost_row_flags {
	COST_ONE_CPU = 1, /* the row's processes and threads are all bound to CPU 0 */
};

/*
 * One row of the table. It runs in a process of its own, freshly executed, so nothing of what a
 * row sets up needs to be undone, and children it leaves behind are killed with it.
 */
struct cost_row {
	const char *key;
	long ops;	 /* operations in a round */
	unsigned rounds; /* 0: as many as asked for; otherwise at most so many */
	unsigned flags;	 /* enum cost_row_flags */
	long arg;
	/* Prepares; 0, or a negative errno if the row cannot be measured. NULL: nothing to do. */
	int (*setup)(long arg);
	/* Does @ops operations; their ticks by cost_begin() and cost_end(), or a negative errno. */
	int64_t (*round)(long ops, long arg);
};

/* The rows of each family; the last has no key. */
extern const struct cost_row cost_rows_call[], cost_rows_memory[], cost_rows_process[],
	cost_rows_ipc[], cost_rows_switch[], cost_rows_file[], cost_rows_thread[],
	cost_rows_event[];

/* What reading the clock costs by itself, in ticks; cost_end() takes it off. */
extern uint64_t cost_clock_overhead;

/* Measures the clock, sets cost_clock_overhead and prints the `cost: clock` line. */
void cost_clock_init(void);

/*
 * Runs the row and prints its `cost: row` line, or `cost: absent`.
 * Returns: 0, or the negative errno that was printed.
 */
int cost_measure(const struct cost_row *row, unsigned rounds);

/* Prints that @key cannot be measured, with the name of the (negative) @error. */
void cost_print_absent(const char *key, int error);

/* Where the helper program @name is: in /bin, or beside this program. A static buffer. */
const char *cost_helper_path(const char *name);

/* The two ends of a conversation with a child process. */
struct cost_peer {
	pid_t pid;
	int in, out; /* read from it, write to it */
};

enum cost_peer_kind { COST_PEER_PIPE, COST_PEER_UNIX };

/*
 * Starts a child that runs @body with its own ends, connected by pipes or by a pair of sockets.
 * Returns: 0 or a negative errno.
 */
int cost_peer_start(struct cost_peer *peer, enum cost_peer_kind kind,
		    void (*body)(int in, int out));

/* Two processes that do nothing but yield, in memory that both have. */
struct cost_turns {
	volatile int last; /* which ran last: 0 is the one that measures, 1 the other */
	volatile long switches;
};

/*
 * Yields until @ops switches between the two have happened; to be used as, or in, a row's round.
 * Returns: their ticks, or -EAGAIN if the two do not alternate.
 */
int64_t cost_yield_round(struct cost_turns *turns, long ops);

/* Kills and reaps the child and closes the ends. */
void cost_peer_stop(struct cost_peer *peer);

static inline uint64_t cost_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline uint64_t cost_begin(void)
{
	return cost_ticks();
}

static inline int64_t cost_end(uint64_t begin)
{
	int64_t ticks = (int64_t)(cost_ticks() - begin - cost_clock_overhead);

	return ticks < 0 ? 0 : ticks;
}

static inline void cost_take_turn(struct cost_turns *turns, int self)
{
	if (turns->last != self) {
		turns->last = self;
		turns->switches = turns->switches + 1;
	}
	cost_call0(SYS_sched_yield);
}
