/* SPDX-License-Identifier: MIT */
/*
 * callfuzz.h -- what the parts of the random system-call test share.
 *
 * The keeper (callfuzz_main.c) is the first process: it makes a small world (a file system of its
 * own, which the workers cannot leave), starts workers, restarts those that end, ends all at the
 * end of a round, and compares the kernel's counts. A worker is a process of some threads that make
 * random calls (callfuzz_worker.c). What a call is given is made by makers (callfuzz_values.c,
 * callfuzz_structs.c), chosen by rules (callfuzz_rules.c) from the types and names that the
 * kernel's own table of calls has. Nothing in a worker is trusted by the keeper.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FUZZ_WORKERS 4
#define FUZZ_THREADS 3
#define FUZZ_NUMBERS 512
#define FUZZ_ARGS 6
#define FUZZ_LOG_FD 200 /* what a worker writes its log to; guarded against itself */
#define FUZZ_USER_ID 1000

/*
 * Where a worker's memory lies: the same in each, so that addresses mean something in children too.
 */
#define FUZZ_BASE 0x10000000000ul
#define FUZZ_ARENA                                                                                 \
	(FUZZ_BASE) /* FUZZ_ARENA_STEP apart: one for each thread, what is behind is not mapped */
#define FUZZ_ARENA_SIZE 0x10000ul
#define FUZZ_ARENA_STEP 0x100000ul
#define FUZZ_SHARED (FUZZ_BASE + 0x10000000ul) /* of all workers */
#define FUZZ_SHARED_SIZE 0x10000ul
#define FUZZ_FILE_MAP (FUZZ_BASE + 0x11000000ul) /* of a file that all may truncate */
#define FUZZ_FILE_MAP_SIZE 0x8000ul
#define FUZZ_READ_ONLY (FUZZ_BASE + 0x12000000ul)
#define FUZZ_NO_ACCESS (FUZZ_BASE + 0x12100000ul)
#define FUZZ_VICTIM                                                                                \
	(FUZZ_BASE + 0x13000000ul) /* what is unmapped, moved and protected by preference */
#define FUZZ_VICTIM_SIZE 0x200000ul
#define FUZZ_STACKS (FUZZ_BASE + 0x14000000ul) /* of threads, and of what clone makes */
#define FUZZ_STACK_SIZE 0x8000ul
#define FUZZ_NR_STACKS 32u

struct fuzz_thread;

/* Makes one argument. @param is what the rule says. */
typedef uint64_t fuzz_maker(struct fuzz_thread *t, const void *param);

struct fuzz_call {
	int number;
	const char *name;
	unsigned nr_args;
	const char *type[FUZZ_ARGS], *arg[FUZZ_ARGS];
	/* Filled at the start, by the rules. */
	fuzz_maker *make[FUZZ_ARGS];
	const void *param[FUZZ_ARGS];
	unsigned one_in; /* it is made at one in so many choices */
};

/* What a thread does now; the keeper prints it when that thread does not end. */
struct fuzz_slot {
	uint64_t calls;
	uint64_t args[FUZZ_ARGS];
	int64_t number;
	int32_t tid, busy;
};

/*
 * Mapped by all. A worker may write anything into it by mistake, so the keeper takes no decision
 * from it but progress.
 */
struct fuzz_shared {
	struct fuzz_slot slots[FUZZ_WORKERS][FUZZ_THREADS];
	int32_t pids[FUZZ_WORKERS];
	uint32_t made[FUZZ_NUMBERS], good[FUZZ_NUMBERS];
};

struct fuzz_options {
	uint64_t seed, calls;
	unsigned rounds, workers, threads;
	bool as_user, keep_going, log;
	int only; /* the only call that is made; -1: all */
};

struct fuzz_thread {
	uint64_t random;
	unsigned worker, index, depth;
	size_t cursor;	/* in the arena */
	int recent[16]; /* descriptors and ids that calls returned */
	unsigned nr_recent;
	struct fuzz_slot *slot;
	void *resume[5]; /* where a forged frame comes back to */
};

extern struct fuzz_options fuzz_options;
extern struct fuzz_shared *fuzz_shared;
extern struct fuzz_call fuzz_calls[];
extern const unsigned fuzz_nr_calls;
extern int fuzz_keeper_pid;

/* ---- random numbers ---- */

static inline uint64_t fuzz_random(struct fuzz_thread *t)
{
	uint64_t x = t->random += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static inline uint64_t fuzz_below(struct fuzz_thread *t, uint64_t n)
{
	return fuzz_random(t) % n;
}

static inline bool fuzz_one_in(struct fuzz_thread *t, unsigned n)
{
	return fuzz_below(t, n) == 0;
}

/* ---- the table and its rules ---- */

/*
 * Finds the maker of each argument and the frequency of each call; ends the program when a rule
 * fits nothing.
 */
void fuzz_apply_rules(void);
