// SPDX-License-Identifier: MIT
/*
 * Rows: the same work by one and by several at the same time (cost_team.c), by processes_X of
 * processes and by threads_X of the threads of one process.
 *
 * null_call      getppid
 * read_zero      0 bytes of /dev/zero, by a descriptor of the worker's own
 * fault          first write to an anonymous page; the pages of a worker have a page table of their
 *                own
 * mmap_munmap    a page mapped and unmapped, untouched;  mmap_touch: written to in between
 * open_one       a file of the worker's own opened and closed, all in one folder
 * open_two       the same, each in a folder of its own
 * stat           of one path
 * read_cached    4 KiB of one file in the page cache, by a descriptor of the worker's own
 * pipe, unix     a byte to a partner and back: each worker has one, on its CPU
 * futex          the turn given to a partner and back (cost_turn.h)
 * fork_exit      a process that ends at once;  fork_exec: after it has executed a program
 * thread         a thread that ends at once, by clone, waited for by its futex: without libc, whose
 *                own lock the workers would share
 */
#define _GNU_SOURCE
#include "cost.h"
#include "cost_turn.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TABLE = 2 << 20, STACK = 1 << 16 };

/* ---- calls ---- */

static long work_null_call(struct cost_worker *w, long ops)
{
	for (long i = 0; i < ops; i++)
		cost_call0(SYS_getppid);
	return 0;
}

static int prepare_zero(struct cost_worker *w)
{
	w->file = open("/dev/zero", O_RDONLY);
	return w->file < 0 ? -errno : 0;
}

static long work_read_zero(struct cost_worker *w, long ops)
{
	long failed = 0;

	for (long i = 0; i < ops; i++)
		failed |= cost_read(w->file, w->page, 0);
	return failed ? -EIO : 0;
}

/* ---- memory ---- */

static char *map(void *at, size_t size, int flags)
{
	return mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static int prepare_fault(struct cost_worker *w)
{
	char *space = map(NULL, 2 * TABLE, 0);

	if (space == MAP_FAILED)
		return -errno;
	w->area = (char *)(((uintptr_t)space + TABLE - 1) & ~(uintptr_t)(TABLE - 1));
	return 0;
}

/* Fresh pages, the first of them touched, which makes the table. */
static int before_fault(struct cost_worker *w)
{
	if (map(w->area, TABLE, MAP_FIXED) == MAP_FAILED)
		return -errno;
	madvise(w->area, TABLE, MADV_NOHUGEPAGE);
	*(volatile char *)w->area = 1;
	return 0;
}

static long work_fault(struct cost_worker *w, long ops)
{
	for (long i = 1; i <= ops; i++)
		*(volatile char *)(w->area + i * COST_PAGE) = 1;
	return 0;
}

static inline __attribute__((always_inline)) long map_pages(long ops, int touch)
{
	for (long i = 0; i < ops; i++) {
		long page = cost_map_page();

		if (page < 0)
			return page;
		if (touch)
			*(volatile char *)page = 1;
		if (cost_call3(SYS_munmap, page, COST_PAGE, 0))
			return -EIO;
	}
	return 0;
}

static long work_mmap_munmap(struct cost_worker *w, long ops)
{
	return map_pages(ops, 0);
}

static long work_mmap_touch(struct cost_worker *w, long ops)
{
	return map_pages(ops, 1);
}

/* ---- files ---- */

static int prepare_file(struct cost_worker *w, const char *folder, unsigned index)
{
	mkdir("/tmp", 01777);
	mkdir("/tmp/team", 0755);
	mkdir(folder, 0755);
	snprintf(w->path, sizeof(w->path), "%s/file%u", folder, index);
	w->file = open(w->path, O_RDWR | O_CREAT, 0644);
	if (w->file < 0)
		return -errno;
	return pwrite(w->file, w->page, COST_PAGE, 0) == COST_PAGE ? 0 : -ENOSPC;
}

static int prepare_one_folder(struct cost_worker *w)
{
	return prepare_file(w, "/tmp/team/all", w->index);
}

static int prepare_two_folders(struct cost_worker *w)
{
	char folder[24];

	snprintf(folder, sizeof(folder), "/tmp/team/%u", w->index);
	return prepare_file(w, folder, w->index);
}

static int prepare_one_file(struct cost_worker *w)
{
	return prepare_file(w, "/tmp/team/all", 0);
}

static long work_open(struct cost_worker *w, long ops)
{
	long failed = 0;

	for (long i = 0; i < ops; i++) {
		long fd = cost_call3(SYS_open, (long)w->path, O_RDONLY, 0);

		failed |= cost_call3(SYS_close, fd, 0, 0);
	}
	return failed ? -EIO : 0;
}

static long work_stat(struct cost_worker *w, long ops)
{
	struct stat status;
	long failed = 0;

	for (long i = 0; i < ops; i++)
		failed |= cost_call3(SYS_stat, (long)w->path, (long)&status, 0);
	return failed ? -EIO : 0;
}

static long work_read_cached(struct cost_worker *w, long ops)
{
	long failed = 0;

	for (long i = 0; i < ops; i++)
		failed |= cost_call4(SYS_pread64, w->file, (long)w->page, COST_PAGE, 0) ^ COST_PAGE;
	return failed ? -EIO : 0;
}

/* ---- pairs ---- */

static void *echo(void *arg)
{
	const struct cost_worker *w = arg;
	char byte;

	while (cost_read(w->partner_in, &byte, 1) == 1 && cost_write(w->partner_out, &byte, 1) == 1)
		;
	return NULL;
}

static int prepare_pipe(struct cost_worker *w)
{
	int there[2], back[2];

	if (pipe(there) < 0 || pipe(back) < 0)
		return -errno;
	w->in = back[0], w->out = there[1];
	w->partner_in = there[0], w->partner_out = back[1];
	return cost_worker_start(w, echo);
}

static int prepare_unix(struct cost_worker *w)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return -errno;
	w->in = w->out = ends[0];
	w->partner_in = w->partner_out = ends[1];
	return cost_worker_start(w, echo);
}

static long work_round_trip(struct cost_worker *w, long ops)
{
	char byte = 0;

	for (long i = 0; i < ops; i++)
		if (cost_write(w->out, &byte, 1) != 1 || cost_read(w->in, &byte, 1) != 1)
			return -EIO;
	return 0;
}

static int futex_private(const struct cost_worker *w)
{
	return w->row->team == COST_THREADS ? FUTEX_PRIVATE_FLAG : 0;
}

static void *hand_back(void *arg)
{
	const struct cost_worker *w = arg;

	cost_hand_back(w->turn, futex_private(w));
	return NULL;
}

static int prepare_futex(struct cost_worker *w)
{
	w->turn = mmap(NULL, COST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return w->turn == MAP_FAILED ? -errno : cost_worker_start(w, hand_back);
}

static long work_futex(struct cost_worker *w, long ops)
{
	int private = futex_private(w);
	long error = 0;

	for (long i = 0; i < ops && !error; i++)
		error = cost_hand_over(w->turn, 0, private);
	return error;
}

/* ---- processes and threads ---- */

/* A child that executes @program, or ends at once if that is NULL; until it has ended. */
static inline long run_child(const char *program)
{
	static char *no_words[1];
	char *arguments[] = {(char *)program, NULL};
	long child = cost_call0(SYS_fork);
	int status = -1;

	if (child == 0) {
		if (program)
			cost_call3(SYS_execve, (long)program, (long)arguments, (long)no_words);
		for (;;)
			cost_call3(SYS_exit_group, program ? 1 : 0, 0, 0);
	}
	if (child < 0)
		return child;
	return cost_call4(SYS_wait4, child, (long)&status, 0, 0) == child && status == 0 ? 0 : -EIO;
}

static long work_fork_exit(struct cost_worker *w, long ops)
{
	long error = 0;

	for (long i = 0; i < ops && !error; i++)
		error = run_child(NULL);
	return error;
}

static int prepare_exec(struct cost_worker *w)
{
	static pthread_mutex_t lock =
		PTHREAD_MUTEX_INITIALIZER; /* of what cost_helper_path returns */
	const char *path;

	pthread_mutex_lock(&lock);
	path = cost_helper_path("exec_target");
	w->program = path ? strdup(path) : NULL;
	pthread_mutex_unlock(&lock);
	return w->program ? 0 : -ENOENT;
}

static long work_fork_exec(struct cost_worker *w, long ops)
{
	long error = 0;

	for (long i = 0; i < ops && !error; i++)
		error = run_child(w->program);
	return error;
}

static int prepare_thread(struct cost_worker *w)
{
	w->area = map(NULL, STACK, 0);
	return w->area == MAP_FAILED ? -errno : 0;
}

static int end_at_once(void *arg)
{
	return 0;
}

static long work_thread(struct cost_worker *w, long ops)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			  CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;
	int *alive = (int *)w->area;

	for (long i = 0; i < ops; i++) {
		__atomic_store_n(alive, 1, __ATOMIC_RELAXED);
		if (clone(end_at_once, w->area + STACK, flags, NULL, NULL, NULL, alive) < 0)
			return -errno;
		while (__atomic_load_n(alive, __ATOMIC_ACQUIRE))
			cost_call4(SYS_futex, (long)alive, FUTEX_WAIT, 1, 0);
	}
	return 0;
}

static const struct cost_job job_null_call = {.work = work_null_call};
static const struct cost_job job_read_zero = {.prepare = prepare_zero, .work = work_read_zero};
static const struct cost_job job_fault = {
	.prepare = prepare_fault, .before = before_fault, .work = work_fault};
static const struct cost_job job_mmap_munmap = {.work = work_mmap_munmap};
static const struct cost_job job_mmap_touch = {.work = work_mmap_touch};
static const struct cost_job job_open_one = {.prepare = prepare_one_folder, .work = work_open};
static const struct cost_job job_open_two = {.prepare = prepare_two_folders, .work = work_open};
static const struct cost_job job_stat = {.prepare = prepare_one_file, .work = work_stat};
static const struct cost_job job_read_cached = {.prepare = prepare_one_file,
						.work = work_read_cached};
static const struct cost_job job_pipe = {.prepare = prepare_pipe, .work = work_round_trip};
static const struct cost_job job_unix = {.prepare = prepare_unix, .work = work_round_trip};
static const struct cost_job job_futex = {.prepare = prepare_futex, .work = work_futex};
static const struct cost_job job_fork_exit = {.work = work_fork_exit};
static const struct cost_job job_fork_exec = {.prepare = prepare_exec, .work = work_fork_exec};
static const struct cost_job job_thread = {.prepare = prepare_thread, .work = work_thread};

#define TEAM_ROW(kind, name, nr, its_job)                                                          \
	{                                                                                          \
		.key = name, .ops = nr, .flags = COST_MANY_ROUNDS, .team = kind, .job = &its_job   \
	}
/* The rows of the teams of @kind, whose keys begin with @word. */
#define TEAM_ROWS(kind, word)                                                                      \
	{                                                                                          \
		TEAM_ROW(kind, word "_null_call", 2000, job_null_call),                            \
			TEAM_ROW(kind, word "_read_zero", 1000, job_read_zero),                    \
			TEAM_ROW(kind, word "_fault", 120, job_fault),                             \
			TEAM_ROW(kind, word "_mmap_munmap", 100, job_mmap_munmap),                 \
			TEAM_ROW(kind, word "_mmap_touch", 50, job_mmap_touch),                    \
			TEAM_ROW(kind, word "_open_one", 200, job_open_one),                       \
			TEAM_ROW(kind, word "_open_two", 200, job_open_two),                       \
			TEAM_ROW(kind, word "_stat", 500, job_stat),                               \
			TEAM_ROW(kind, word "_read_cached", 200, job_read_cached),                 \
			TEAM_ROW(kind, word "_pipe", 50, job_pipe),                                \
			TEAM_ROW(kind, word "_unix", 30, job_unix),                                \
			TEAM_ROW(kind, word "_futex", 50, job_futex),                              \
			TEAM_ROW(kind, word "_fork_exit", 4, job_fork_exit),                       \
			TEAM_ROW(kind, word "_fork_exec", 2, job_fork_exec),                       \
			TEAM_ROW(kind, word "_thread", 30, job_thread),                            \
		{                                                                                  \
		}                                                                                  \
	}

const struct cost_row cost_rows_team_processes[] = TEAM_ROWS(COST_PROCESSES, "processes");
const struct cost_row cost_rows_team_threads[] = TEAM_ROWS(COST_THREADS, "threads");
