// SPDX-License-Identifier: MIT
/*
 * Teams: the same work by one worker, and by one on each CPU at the same time.
 *
 * Idea. The workers of a team are processes or threads that have nothing to do with each other, so
 *   what slows them down when there are several is what the kernel makes them share. Each is bound
 *   to a CPU of its own, with all that it starts: no figure depends on who places them. Worker 0
 *   measures: it begins a round by a word that the others watch, does its own share, and ends the
 *   round when they have done theirs. They watch without sleeping, so that no wake-up is measured;
 *   and a round begins when each has just been seen running, because the host of a virtual machine
 *   may have left one of its CPUs without one of its own.
 * Each team has a process of its own: it begins like the team before it.
 */
#include "cost.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* In memory that all workers of a team have. The first three only rise. */
struct team {
	unsigned begun;	   /* rounds */
	unsigned ready;	   /* workers that have been ready for a round, in all; not worker 0 */
	unsigned finished; /* the same for the end of one */
	int error;	   /* what one of them failed with */
	unsigned beats[COST_CPUS_MAX]; /* of each, while it waits for a round */
};

static struct team *team;
static struct cost_worker *workers;

static int wait_until(const unsigned *word, unsigned value)
{
	int error = 0;

	while (!error && __atomic_load_n(word, __ATOMIC_ACQUIRE) < value) {
		__builtin_ia32_pause();
		error = __atomic_load_n(&team->error, __ATOMIC_RELAXED);
	}
	return error;
}

/* The same, for a round to begin; @beats rises as long as the worker's CPU runs. */
static int wait_for_round(unsigned *beats, unsigned round)
{
	int error = 0;

	while (!error && __atomic_load_n(&team->begun, __ATOMIC_ACQUIRE) < round) {
		__atomic_store_n(beats, *beats + 1, __ATOMIC_RELAXED);
		error = __atomic_load_n(&team->error, __ATOMIC_RELAXED);
	}
	return error;
}

/* Until each of the others has just been seen running. */
static int see_followers(unsigned followers)
{
	int error = 0;

	for (unsigned i = 1; i <= followers && !error; i++) {
		unsigned before = __atomic_load_n(&team->beats[i], __ATOMIC_RELAXED);

		while (!error && __atomic_load_n(&team->beats[i], __ATOMIC_RELAXED) == before)
			error = __atomic_load_n(&team->error, __ATOMIC_RELAXED);
	}
	return error;
}

static int prepare(struct cost_worker *w)
{
	int error = cost_bind(w->index);

	return error || !w->row->job->prepare ? error : w->row->job->prepare(w);
}

static int before(struct cost_worker *w)
{
	return w->row->job->before ? w->row->job->before(w) : 0;
}

/* All but worker 0, until one of them fails or all are killed. */
static void *follow(void *arg)
{
	struct cost_worker *w = arg;
	int error = prepare(w);

	for (unsigned round = 1; !error; round++) {
		error = before(w);
		if (error)
			break;
		__atomic_fetch_add(&team->ready, 1, __ATOMIC_RELEASE);
		error = wait_for_round(&team->beats[w->index], round);
		if (!error)
			error = (int)w->row->job->work(w, w->row->ops);
		__atomic_fetch_add(&team->finished, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&team->error, error, __ATOMIC_RELEASE);
	return NULL;
}

int cost_worker_start(struct cost_worker *w, void *(*body)(void *))
{
	pthread_t thread;
	pid_t child;

	if (w->row->team == COST_THREADS)
		return -pthread_create(&thread, NULL, body, w);
	child = fork();
	if (child == 0) {
		body(w);
		_exit(0);
	}
	return child < 0 ? -errno : 0;
}

/* The @round-th, from 1 on. Returns: its ticks, or a negative errno. */
static int64_t lead_round(struct cost_worker *w, unsigned followers, unsigned round)
{
	int error = before(w);
	uint64_t begin;

	if (!error)
		error = wait_until(&team->ready, followers * round);
	if (!error)
		error = see_followers(followers);
	if (error)
		return error;
	begin = cost_begin();
	__atomic_store_n(&team->begun, round, __ATOMIC_RELEASE);
	error = (int)w->row->job->work(w, w->row->ops);
	if (!error)
		error = wait_until(&team->finished, followers * round);
	return error ? error : cost_end(begin);
}

/* Runs a team of @nr and prints its line. Returns: 0 or a negative errno. */
static int lead(const struct cost_row *row, unsigned nr, unsigned rounds)
{
	int64_t *samples = calloc(COST_ROUNDS_MAX, sizeof(*samples));
	unsigned done = 0;
	int64_t ticks;
	int error = 0;

	workers = calloc(nr, sizeof(*workers));
	if (!samples || !workers)
		return -ENOMEM;
	for (unsigned i = 0; i < nr; i++)
		workers[i] = (struct cost_worker){.row = row, .index = i};
	for (unsigned i = 1; i < nr && !error; i++)
		error = cost_worker_start(&workers[i], follow);
	if (!error)
		error = prepare(&workers[0]);
	if (!error) {
		ticks = lead_round(&workers[0], nr - 1, 1);
		error = ticks < 0 ? (int)ticks : 0;
	}
	for (; !error && cost_goes_on(row, done, rounds); done++) {
		samples[done] = lead_round(&workers[0], nr - 1, done + 2);
		if (samples[done] < 0)
			error = (int)samples[done];
	}
	if (error)
		return error;
	printf("cost: team %s workers=%u", row->key, nr);
	cost_print_samples(samples, done, row->ops * (long)nr);
	return 0;
}

/* A team in its own process. Returns: 0 or a negative errno; -EFAULT if a signal ended it. */
static int run_team(const struct cost_row *row, unsigned nr, unsigned rounds)
{
	int status = 0;
	pid_t child;

	team = mmap(NULL, COST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (team == MAP_FAILED)
		return -errno;
	child = fork();
	if (child == 0)
		exit(-lead(row, nr, rounds));
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EFAULT;
}

int cost_team_measure(const struct cost_row *row, unsigned rounds)
{
	unsigned cpus = cost_cpus();
	int error = cpus > 1 ? run_team(row, 1, rounds) : -ENODEV;

	if (!error)
		error = run_team(row, cpus, rounds);
	if (error)
		cost_print_absent(row->key, error);
	return error;
}
