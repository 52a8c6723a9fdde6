/* SPDX-License-Identifier: MIT */
/*
 * What the rows of the cost program share: the shape of a row, the clock, and partners.
 */
#pragma once
#include "cost_calls.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>

enum { COST_PAGE = 4096, COST_CHUNK = 65536, COST_CPUS_MAX = 64, COST_ROUNDS_MAX = 1001 };

enum cost_row_flags {
	COST_ONE_CPU = 1, /* the row's processes and threads are all bound to CPU 0 */
	/*
	 * Ten times as many rounds as asked for, while there is time: of a row that needs several
	 * CPUs a round is short, because all of them must belong to the guest during it.
	 */
	COST_MANY_ROUNDS = 2,
};

/* Who does the work of a row, and what its workers are. */
enum cost_team { COST_ALONE, COST_PROCESSES, COST_THREADS };

/* One of a team. In a team of processes each has its own copy of all of them. */
struct cost_worker {
	const struct cost_row *row;
	unsigned index; /* also its CPU; 0 is the one that measures */
	int file;
	int in, out; /* from and to its partner, which runs on the same CPU */
	int partner_in, partner_out;
	int *turn; /* whose turn it is, of the two: a futex */
	const char *program;
	char *area;
	char path[32];
	char page[COST_PAGE];
};

/*
 * What a worker does. Bound to its CPU, it calls prepare once, before at the beginning of each
 * round, and then work, which alone is measured. Each returns 0 or a negative errno; prepare and
 * before may be NULL.
 */
struct cost_job {
	int (*prepare)(struct cost_worker *worker);
	int (*before)(struct cost_worker *worker);
	long (*work)(struct cost_worker *worker, long ops);
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
	/* Instead of setup and round: what each worker of a team does (cost_team.c). */
	enum cost_team team;
	const struct cost_job *job;
};

/* The rows of each family; the last has no key. The second three are for several CPUs. */
extern const struct cost_row cost_rows_call[], cost_rows_memory[], cost_rows_process[],
	cost_rows_ipc[], cost_rows_switch[], cost_rows_file[], cost_rows_thread[],
	cost_rows_event[];
extern const struct cost_row cost_rows_team_processes[], cost_rows_team_threads[],
	cost_rows_remote[];

/* What reading the clock costs by itself, in ticks; cost_end() takes it off. */
extern uint64_t cost_clock_overhead;

/* Measures the clock, sets cost_clock_overhead and prints the `cost: clock` line. */
void cost_clock_init(void);

/*
 * Runs the row and prints its `cost: row` line, or `cost: absent`.
 * Returns: 0, or the negative errno that was printed.
 */
int cost_measure(const struct cost_row *row, unsigned rounds);

/*
 * The same for a row of a team, with a `cost: team` line for one worker, and one for as many as
 * there are CPUs. Returns: as above; -ENODEV on one CPU.
 */
int cost_team_measure(const struct cost_row *row, unsigned rounds);

/*
 * Starts a worker, or a worker's partner: a process or a thread, as the row's team has them, which
 * runs @body, bound as the caller is. Nobody waits for its end. Returns: 0 or a negative errno.
 */
int cost_worker_start(struct cost_worker *worker, void *(*body)(void *));

/*
 * Sorts @nr samples, each the ticks of @ops operations, and prints the end of such a line: ops,
 * min, median.
 */
void cost_print_samples(int64_t *samples, unsigned nr, long ops);

/*
 * Are there to be more than @done rounds of @row, of which @rounds were asked for? Called before
 * each round, the first time with 0.
 */
bool cost_goes_on(const struct cost_row *row, unsigned done, unsigned rounds);

/* CPUs that this process may use, at most COST_CPUS_MAX. */
unsigned cost_cpus(void);

/* Binds this thread to @cpu, which its children inherit. Returns: 0 or a negative errno. */
int cost_bind(unsigned cpu);

/* Prints that @key cannot be measured, with the name of the (negative) @error. */
void cost_print_absent(const char *key, int error);

/* Where the helper program @name is: in /bin, or beside this program. A static buffer. */
const char *cost_helper_path(const char *name);

/* A fresh anonymous page. Returns: its address or a negative errno. */
static inline long cost_map_page(void)
{
	return cost_call6(SYS_mmap, 0, COST_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

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
