// SPDX-License-Identifier: MIT
/*
 * Rows: from one CPU to another. The one that measures is bound to CPU 0, the other to CPU 1.
 *
 * remote_wake       a thread asleep on the other CPU is woken by a futex, until it runs
 * remote_futex      a token to a thread on the other CPU and back (cost_turn.h): each sleeps while
 *                   it waits, unless the token has come back before
 * remote_pipe       a byte to a process on the other CPU and back
 * shootdown_protect a page that both CPUs use made read-only and writable again, while the other
 *                   reads it
 * shootdown_unmap   a page mapped, written to and unmapped, while a thread of the same process runs
 *                   on the other CPU
 */
#include "cost.h"
#include "cost_turn.h"
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static int turn;
static int asleep, woken; /* of remote_wake: the futex; rounds that the other has begun */
static volatile char *page;
static volatile unsigned beats; /* of the page's other user */
static struct cost_peer peer;
static int other_runs;

/* The other's beginning. Returns: 0 or a negative errno. */
static int begin_there(void)
{
	int error = cost_bind(1);

	__atomic_store_n(&other_runs, 1, __ATOMIC_RELEASE);
	return error;
}

static int begin_here(void)
{
	return cost_cpus() < 2 ? -ENODEV : cost_bind(0);
}

/* Starts a thread that runs @body, which begins with begin_there(), and waits for that. */
static int start(void *(*body)(void *))
{
	pthread_t thread;
	int error = begin_here();

	if (!error)
		error = -pthread_create(&thread, NULL, body, NULL);
	while (!error && !__atomic_load_n(&other_runs, __ATOMIC_ACQUIRE))
		cost_call0(SYS_sched_yield);
	return error;
}

static void *be_woken(void *arg)
{
	if (begin_there())
		return NULL;
	for (;;) {
		cost_call4(SYS_futex, (long)&asleep, FUTEX_WAIT_PRIVATE, 0, 0);
		__atomic_fetch_add(&woken, 1, __ATOMIC_RELEASE);
	}
}

static int setup_wake(long arg)
{
	return start(be_woken);
}

/* Tries until it has woken the other: only then was it asleep, and only that try is measured. */
static int64_t round_wake(long ops, long arg)
{
	int64_t ticks = 0;

	for (long i = 0; i < ops; i++) {
		int before = __atomic_load_n(&woken, __ATOMIC_ACQUIRE);
		uint64_t begin;
		long result;

		do {
			begin = cost_begin();
			result = cost_call3(SYS_futex, (long)&asleep, FUTEX_WAKE_PRIVATE, 1);
		} while (result == 0);
		if (result < 0)
			return result;
		while (__atomic_load_n(&woken, __ATOMIC_ACQUIRE) == before)
			__builtin_ia32_pause();
		ticks += cost_end(begin);
	}
	return ticks;
}

static void *hand_back(void *arg)
{
	if (begin_there() == 0)
		cost_hand_back(&turn, FUTEX_PRIVATE_FLAG);
	return NULL;
}

static int setup_futex(long arg)
{
	return start(hand_back);
}

static int64_t round_futex(long ops, long arg)
{
	return cost_turn_round(&turn, ops);
}

static void echo(int in, int out)
{
	char byte;

	if (cost_bind(1) == 0)
		while (cost_read(in, &byte, 1) == 1 && cost_write(out, &byte, 1) == 1)
			;
}

static int setup_pipe(long arg)
{
	int error = begin_here();

	return error ? error : cost_peer_start(&peer, COST_PEER_PIPE, echo);
}

static int64_t round_pipe(long ops, long arg)
{
	char byte = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++)
		if (cost_write(peer.out, &byte, 1) != 1 || cost_read(peer.in, &byte, 1) != 1)
			return -EIO;
	return cost_end(begin);
}

static void *use_page(void *arg)
{
	if (begin_there() == 0)
		for (;;) {
			(void)*page;
			beats = beats + 1;
		}
	return NULL;
}

/* Until the other has just read the page: only a CPU that runs it must be told of a change. */
static void see_use(void)
{
	unsigned before = beats;

	while (beats == before)
		__builtin_ia32_pause();
}

static int setup_shootdown(long arg)
{
	page = mmap(NULL, COST_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -errno;
	*page = 1;
	return start(use_page);
}

static int64_t round_protect(long ops, long arg)
{
	int64_t ticks = 0;
	long failed = 0;

	for (long i = 0; i < ops; i++) {
		uint64_t begin;

		see_use();
		begin = cost_begin();
		failed |= cost_call3(SYS_mprotect, (long)page, COST_PAGE, PROT_READ);
		failed |= cost_call3(SYS_mprotect, (long)page, COST_PAGE, PROT_READ | PROT_WRITE);
		*page = 1;
		ticks += cost_end(begin);
	}
	return failed ? -EIO : ticks;
}

static int64_t round_unmap(long ops, long arg)
{
	int64_t ticks = 0;
	long failed = 0;

	for (long i = 0; i < ops; i++) {
		uint64_t begin;
		long fresh;

		see_use();
		begin = cost_begin();
		fresh = cost_map_page();
		if (fresh < 0)
			return fresh;
		*(volatile char *)fresh = 1;
		failed |= cost_call3(SYS_munmap, fresh, COST_PAGE, 0);
		ticks += cost_end(begin);
	}
	return failed ? -EIO : ticks;
}

#define REMOTE_ROW(name, prepare, measure)                                                         \
	{                                                                                          \
		.key = name, .ops = 4, .flags = COST_MANY_ROUNDS, .setup = prepare,                \
		.round = measure                                                                   \
	}

const struct cost_row cost_rows_remote[] = {
	REMOTE_ROW("remote_wake", setup_wake, round_wake),
	REMOTE_ROW("remote_futex", setup_futex, round_futex),
	REMOTE_ROW("remote_pipe", setup_pipe, round_pipe),
	REMOTE_ROW("shootdown_protect", setup_shootdown, round_protect),
	REMOTE_ROW("shootdown_unmap", setup_shootdown, round_unmap),
	{},
};
