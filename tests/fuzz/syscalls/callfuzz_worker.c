// SPDX-License-Identifier: MIT
/*
 * callfuzz_worker.c -- a worker and its threads: each makes random calls until the worker ends by
 * one of them.
 *
 * What runs here uses no thread-local storage, no lock and no allocation of the C library: a call
 * may take any of them away. Each generation of a worker makes some calls only, out of all or (more
 * often) out of some that were chosen for it, so that calls which belong together meet more often.
 */
#include "callfuzz_worker.h"
#include "callfuzz_makers.h"
#include "callfuzz_raw.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHOICE_MAX 40
#define NR(array) (sizeof(array) / sizeof((array)[0]))

static struct fuzz_thread threads[FUZZ_THREADS];
static struct fuzz_thread handler_thread; /* the state of whatever thread runs a handler */
static unsigned choice[CHOICE_MAX], nr_choice;
static unsigned calls_left;
/* The descriptor with which a call went well, and one: most calls mean something to few of them. */
static int good_fd[FUZZ_NUMBERS];

void fuzz_log(const char *format, ...)
{
	char line[400];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	raw3(SYS_write, FUZZ_LOG_FD, (uint64_t)line, (uint64_t)(len < (int)sizeof(line) ? len : 0));
}

/* ---- one call ---- */

static const struct fuzz_call *choose(struct fuzz_thread *t)
{
	const struct fuzz_call *call;

	do {
		if (fuzz_options.only >= 0 && !fuzz_one_in(t, 4)) {
			for (unsigned i = 0; i < fuzz_nr_calls; i++)
				if (fuzz_calls[i].number == fuzz_options.only)
					return &fuzz_calls[i];
		}
		if (nr_choice && !fuzz_one_in(t, 10))
			call = &fuzz_calls[choice[fuzz_below(t, nr_choice)]];
		else
			call = &fuzz_calls[fuzz_below(t, fuzz_nr_calls)];
	} while (!fuzz_one_in(t, call->one_in));
	return call;
}

static void note_result(struct fuzz_thread *t, long number, long result)
{
	if (number >= 0 && number < FUZZ_NUMBERS) {
		fuzz_shared->made[number]++;
		fuzz_shared->good[number] += result >= 0;
	}
	if (result > 2 && result < 100000 && number != SYS_read && number != SYS_write)
		t->recent[t->nr_recent++ % NR(t->recent)] = (int)result;
}

/* The ways in: by far mostly `syscall`, as it is meant. */
static long enter(struct fuzz_thread *t, long number, const uint64_t *args)
{
	static const uint64_t flags[] = {0x400, 0x40000, 0x4000, 0x200000, 0x44400};

	switch (fuzz_below(t, 64)) {
	case 0:
	case 1:
		return raw_call_int80(number, args);
	case 2:
		return raw_call_flags(number, args, flags[fuzz_below(t, NR(flags))]);
	default:
		return raw_call(number, args);
	}
}

static void begin_call(struct fuzz_thread *t, const char *name, long number, const uint64_t *args)
{
	t->slot->number = number;
	memcpy(t->slot->args, args, sizeof(t->slot->args));
	t->slot->busy = 1;
	if (fuzz_options.log)
		fuzz_log("%u.%u.%u %s %ld (%lx, %lx, %lx, %lx, %lx, %lx)\n", t->worker, t->index,
			 t->depth, name, number, args[0], args[1], args[2], args[3], args[4],
			 args[5]);
}

static void end_call(struct fuzz_thread *t, long number, long result)
{
	t->slot->busy = 0;
	t->slot->calls++;
	note_result(t, number, result);
	if (fuzz_options.log)
		fuzz_log("%u.%u.%u = %ld\n", t->worker, t->index, t->depth, result);
}

/* Numbers that mean nothing: behind the table, between its rows, negative, of other ABIs. */
static void absent_call(struct fuzz_thread *t)
{
	static const int64_t odd[] = {-1,	  -2,	      INT32_MIN, 0x40000000, 0x40000001,
				      0x7fffffff, 0xffffffff, 1000,	 4096,	     512,
				      511,	  1ul << 32,  1ul << 63, 0x100000001};
	uint64_t args[FUZZ_ARGS];
	long number = fuzz_one_in(t, 2) ? (long)fuzz_below(t, 600) : odd[fuzz_below(t, NR(odd))];

	for (unsigned i = 0; i < fuzz_nr_calls; i++)
		if (fuzz_calls[i].number == (int)number)
			number = 499;
	for (unsigned i = 0; i < FUZZ_ARGS; i++)
		args[i] = make_wild(t, NULL);
	begin_call(t, "absent", number, args);
	end_call(t, number, enter(t, number, args));
}

static bool returns_twice(const struct fuzz_call *call)
{
	return call->number == SYS_fork || call->number == SYS_vfork || call->number == SYS_clone ||
	       call->number == SYS_clone3;
}

/* What a child of a worker does, on whatever stack it got: some calls, and an end. */
static void fuzz_child(struct fuzz_thread *parent)
{
	struct fuzz_thread self = *parent;
	uint64_t nr = fuzz_below(&self, 30);

	self.depth++;
	self.random ^= 0x5bd1e995u * (uint64_t)raw3(SYS_gettid, 0, 0, 0);
	if (self.depth < 2) /* so that children do not become a storm */
		while (nr--)
			fuzz_one_call(&self);
	raw3(fuzz_one_in(&self, 3) ? SYS_exit_group : SYS_exit, 0, 0, 0);
	__builtin_trap();
}

static long fork_call(struct fuzz_thread *t, const struct fuzz_call *call, const uint64_t *args)
{
	unsigned depth = t->depth;
	long result = raw_fork_call(call->number, args, t, fuzz_child);

	t->depth = depth; /* a child of vfork has used it */
	return result;
}

/* Take memory by touching it, as most programs do: on a small machine somebody is ended for it. */
static void touch_much(struct fuzz_thread *t)
{
	uint64_t size = (1 + fuzz_below(t, 12)) << 20;
	uint64_t args[FUZZ_ARGS] = {0, size, 3, 0x22 /* private, anonymous */, -1ul, 0};
	long at = raw_call(SYS_mmap, args);

	if (at < 0 && at > -4096)
		return;
	for (uint64_t page = 0; page < size; page += 4096)
		*(volatile char *)(at + page) = 1;
	if (fuzz_one_in(t, 2))
		raw3(SYS_munmap, (uint64_t)at, size, 0);
}

void fuzz_one_call(struct fuzz_thread *t)
{
	uint64_t args[FUZZ_ARGS];
	const struct fuzz_call *call = choose(t);
	long result;

	if (fuzz_one_in(t, 50)) {
		absent_call(t);
		return;
	}
	if (fuzz_one_in(t, 2000))
		touch_much(t);
	for (unsigned i = 0; i < FUZZ_ARGS; i++) {
		if (i < call->nr_args && !fuzz_one_in(t, 40))
			args[i] = call->make[i](t, call->param[i]);
		else
			args[i] = make_wild(t, NULL);
	}
	if (call->make[0] == make_fd && good_fd[call->number] && fuzz_one_in(t, 2))
		args[0] = (uint64_t)good_fd[call->number] - 1;
	if (!fuzz_tame(t, call, args))
		return;
	begin_call(t, call->name, call->number, args);
	if (call->number == SYS_rt_sigreturn) {
		fuzz_forge_return(t);
		result = 0;
	} else if (returns_twice(call)) {
		result = fork_call(t, call, args);
	} else {
		result = enter(t, call->number, args);
	}
	end_call(t, call->number, result);
	if (call->make[0] == make_fd && result >= 0 && call->number != SYS_close)
		good_fd[call->number] = (int)args[0] + 1;
}

/* ---- signals ---- */

void fuzz_on_signal(int sig, void *info, void *context)
{
	struct fuzz_thread *t = &handler_thread;

	(void)sig;
	(void)info;
	t->depth = 2;
	for (uint64_t n = fuzz_below(t, 3); n; n--)
		fuzz_one_call(t);
	if (fuzz_one_in(t, 16) && context)
		fuzz_spoil_frame(t, context);
}

void fuzz_on_fault(int sig)
{
	raw3(SYS_exit_group, (uint64_t)(100 + sig), 0, 0);
}

/* ---- the worker ---- */

static void run_thread(struct fuzz_thread *t)
{
	t->slot->tid = (int)raw3(SYS_gettid, 0, 0, 0);
	while (__atomic_fetch_sub(&calls_left, 1, __ATOMIC_RELAXED) - 1 < 0x7fffffff)
		fuzz_one_call(t);
	raw3(SYS_exit_group, 0, 0, 0);
}

static void start_thread(struct fuzz_thread *t)
{
	uint64_t args[FUZZ_ARGS] = {CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
					    CLONE_THREAD | CLONE_SYSVSEM,
				    FUZZ_STACKS + (t->index + 1) * FUZZ_STACK_SIZE - 64};

	raw_fork_call(SYS_clone, args, t, run_thread);
}

static void give_up_privilege(unsigned index)
{
	uint64_t id = FUZZ_USER_ID + index % 2;

	if (raw3(SYS_setgroups, 0, 0, 0) || raw3(SYS_setresgid, id, id, id) ||
	    raw3(SYS_setresuid, id, id, id))
		_exit(70);
}

static void set_limits(struct fuzz_thread *t)
{
	struct rlimit files = {128, 256}, size = {1 << 20, 1 << 20}, children = {40, 60},
		      core = {0, 0};
	struct rlimit space = {96 << 20, 1ul << 40};

	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_FSIZE, &size);
	setrlimit(RLIMIT_NPROC, &children);
	setrlimit(RLIMIT_CORE, &core);
	if (!fuzz_one_in(t, 4))
		setrlimit(RLIMIT_AS, &space);
}

static void choose_calls(struct fuzz_thread *t)
{
	static const int always[] = {SYS_close, SYS_mmap, SYS_openat, SYS_socketpair};

	nr_choice = 0;
	if (fuzz_one_in(t, 3))
		return;
	for (unsigned n = 5 + (unsigned)fuzz_below(t, CHOICE_MAX - 10); n; n--)
		choice[nr_choice++] = (unsigned)fuzz_below(t, fuzz_nr_calls);
	for (unsigned i = 0; i < fuzz_nr_calls; i++)
		for (unsigned k = 0; k < NR(always); k++)
			if (fuzz_calls[i].number == always[k])
				choice[nr_choice++] = i;
}

static void catch_faults(struct fuzz_thread *t)
{
	static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

	if (fuzz_one_in(t, 4)) /* or they end it */
		return;
	for (size_t i = 0; i < NR(faults); i++)
		signal(faults[i], fuzz_on_fault);
}

/* What the keeper wakes it with, and others that would only end it. */
static void catch_signals(void)
{
	static const int caught[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGHUP, SIGVTALRM, SIGPROF};
	struct sigaction action = {.sa_sigaction =
					   (void (*)(int, siginfo_t *, void *))fuzz_on_signal,
				   .sa_flags = SA_SIGINFO};

	for (size_t i = 0; i < NR(caught); i++)
		sigaction(caught[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* What the keeper has for itself: before all others by schedule, spared when memory runs out. */
static void be_ordinary(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &(struct sched_param){0}) < 0 ||
	    write(fd, "300", 3) != 3)
		_exit(72);
	close(fd);
}

void fuzz_worker(unsigned index, unsigned generation)
{
	uint64_t seed = fuzz_options.seed * 0x100000001b3u + index * 1000003u + generation * 7919u;

	handler_thread.random = ~seed;
	for (unsigned i = 0; i < FUZZ_THREADS; i++) {
		threads[i].random = seed + i * 0x9e3779b9u;
		threads[i].worker = index;
		threads[i].index = i;
		threads[i].slot = &fuzz_shared->slots[index][i];
	}
	handler_thread.worker = index;
	handler_thread.slot = threads[0].slot;
	calls_left = 3000;
	be_ordinary();
	fuzz_learn_frame();
	fuzz_make_world(&threads[0]);
	set_limits(&threads[0]);
	if (fuzz_options.as_user)
		give_up_privilege(index);
	choose_calls(&threads[0]);
	catch_faults(&threads[0]);
	catch_signals();
	for (unsigned i = 1; i < fuzz_options.threads; i++)
		start_thread(&threads[i]);
	run_thread(&threads[0]);
	_exit(0);
}
