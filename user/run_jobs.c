// SPDX-License-Identifier: MIT
/*
 * run_jobs.c -- the jobs of a workload, as processes (creance sched).
 *
 *   run_jobs POLICY <WORKLOAD   put POLICY into use, and run the jobs under it
 *   run_jobs --policies         print what the kernel says of its policies
 *
 * Idea.  All processes are made before the first job arrives, and sleep until their arrival: so no
 *   policy can delay an arrival, and nobody but the jobs wants the CPU then. A job computes by its
 *   own CPU clock, and a device for which it waits is a sleep. Nothing is reported: what happened
 *   is in the kernel's trace, which knows the jobs by their threads' names.
 * Invariants.
 *   J1  From the name of a job's thread (JOB_NAME) on, its first wake-up is its arrival.
 *   J2  Until the last job has ended, this process sleeps: it waits for the end of a pipe that all
 *       jobs hold open. Only where programs run it looks from time to time if all have ended and
 *       left processes behind, which belong to a job, too; it says so, once, and waits for them,
 *       also if they have closed the pipe.
 * Tests.  tests/system/sched_command.t.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sched/job_names.h"
#include "sched/workload.h"

#define POLICY_FILE "/proc/creance/sched"
#define NS_PER_S 1000000000u
#define START_NS 20000000u /* for making a job's process */
#define LOOK_MS 10000	   /* J2: between two looks at programs */

/*
 * A burst ends that much early. Slices end at ticks, so a job whose burst is a whole number of
 * slices would otherwise, by the few microseconds of its start and its exit, need one slice more.
 */
#define EARLY_NS 20000u

enum { STATUS_REFUSED = 3 };

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	va_list args;

	fputs("run_jobs: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* ---- a job ---- */

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void spin(uint64_t loops)
{
	while (loops--)
		__asm__ volatile("");
}

/*
 * Use the CPU for @ns of this process's own time. Reading the clock is a call, and calls fill the
 * trace; so spin most of what is left at the speed that was seen, and look again.
 */
static void compute(uint64_t ns)
{
	static double loops_per_ns = 0.01;
	uint64_t begin = now_ns(CLOCK_PROCESS_CPUTIME_ID), now = begin;
	uint64_t wanted = ns > 2 * EARLY_NS ? ns - EARLY_NS : ns;

	while (now - begin < wanted) {
		uint64_t left = wanted - (now - begin), before = now;
		uint64_t loops = 1 + (uint64_t)((double)left * 0.9 * loops_per_ns);

		spin(loops);
		now = now_ns(CLOCK_PROCESS_CPUTIME_ID);
		if (now > before)
			loops_per_ns = (double)loops / (double)(now - before);
	}
}

static void sleep_until(uint64_t ns)
{
	struct timespec at = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

static void take_turns(const struct workload_job *job)
{
	for (unsigned turn = 0; turn < job->times; turn++) {
		for (unsigned i = 0; i < job->nr_bursts; i++) {
			if (job->bursts[i].kind == WORKLOAD_CPU)
				compute(job->bursts[i].ns);
			else
				sleep_until(now_ns(CLOCK_MONOTONIC) + job->bursts[i].ns);
		}
	}
}

static void become_program(const struct workload_job *job)
{
	char buffer[WORKLOAD_COMMAND_BYTES], *argv[WORKLOAD_WORDS_MAX + 1];
	int null = open("/dev/null", O_RDONLY);

	dup2(null, STDIN_FILENO);
	close(null);
	if (workload_words(job->command, buffer, argv) > 0)
		execv(argv[0], argv);
	fail("%s cannot be executed: %s", job->command, strerror(errno));
}

static void run_job(const struct workload *w, unsigned number, uint64_t start_ns)
{
	const struct workload_job *job = &w->jobs[number];
	char name[JOB_NAME_BYTES];

	if (setpriority(PRIO_PROCESS, 0, job->nice))
		fail("%s: nice %d: %s", job->name, job->nice, strerror(errno));
	for (unsigned i = 0; i < w->rehearsals; i++) {
		/* The pause parts the burst from the one before. */
		sleep_until(now_ns(CLOCK_MONOTONIC) + WORKLOAD_NS_PER_MS);
		take_turns(job);
	}
	snprintf(name, sizeof(name), JOB_NAME, number);
	prctl(PR_SET_NAME, name); /* J1 */
	sleep_until(start_ns + job->arrival_ns);
	if (job->command[0])
		become_program(job);
	take_turns(job);
	_exit(0);
}

/* ---- all of them ---- */

/*
 * The time 0: a tick, so that the phase of the ticks is the same in every run, and so late that all
 * jobs are made and have rehearsed whatever the policy.
 */
static uint64_t choose_start(const struct workload *w)
{
	uint64_t wait_ns = (w->nr_jobs + 1) * (uint64_t)START_NS, ticks;
	struct timespec tick;

	for (unsigned i = 0; i < w->nr_jobs; i++)
		wait_ns += w->rehearsals * (workload_job_ns(&w->jobs[i], WORKLOAD_CPU) +
					    workload_job_ns(&w->jobs[i], WORKLOAD_IO) +
					    2 * (uint64_t)WORKLOAD_NS_PER_MS);
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	ticks = wait_ns / (uint64_t)tick.tv_nsec + 1;
	return now_ns(CLOCK_MONOTONIC_COARSE) + ticks * (uint64_t)tick.tv_nsec;
}

/* A program that fails may not have done the work that the figures are of. */
static void reap(const struct workload *w, const pid_t *pids)
{
	for (unsigned i = 0; i < w->nr_jobs; i++) {
		int status;

		if (waitpid(pids[i], &status, 0) != pids[i])
			fail("%s is lost: %s", w->jobs[i].name, strerror(errno));
		if (WIFSIGNALED(status))
			fprintf(stderr, "run_jobs: signal %d ended %s\n", WTERMSIG(status),
				w->jobs[i].name);
		else if (WEXITSTATUS(status))
			fprintf(stderr, "run_jobs: %s ended with exit status %d\n", w->jobs[i].name,
				WEXITSTATUS(status));
	}
}

/* ---- processes that programs leave behind ---- */

/* Has the process of every job ended? It is still there to be reaped. */
static bool have_all_ended(const struct workload *w, const pid_t *pids)
{
	for (unsigned i = 0; i < w->nr_jobs; i++) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOHANG | WNOWAIT) ||
		    !info.si_pid)
			return false;
	}
	return true;
}

/* Print the process whose folder in /proc is @name, if it is a child that has not ended. */
static void print_child(const char *name)
{
	char path[64 + NAME_MAX], line[512] = "", state = 'Z', *command, *end;
	int parent = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/stat", name);
	in = fopen(path, "re");
	if (!in)
		return;
	line[fread(line, 1, sizeof(line) - 1, in)] = '\0';
	fclose(in);
	command = strchr(line, '(');
	end = strrchr(line, ')'); /* PID (COMMAND) STATE PARENT: the command may contain a ) */
	if (!command || !end || sscanf(end, ") %c %d", &state, &parent) != 2)
		return;
	*end = '\0';
	if (parent == getpid() && state != 'Z')
		fprintf(stderr, " %s (process %s)", command + 1, name);
}

static void say_left_behind(void)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc");

	fputs("run_jobs: the programs have ended, but left behind what they started, "
	      "and this is waited for:",
	      stderr);
	while (dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			print_child(entry->d_name);
	fputc('\n', stderr);
	if (dir)
		closedir(dir);
}

/* J2; the pipe is @fd. Returns: has something been told? */
static bool wait_for_pipe(const struct workload *w, const pid_t *pids, int fd)
{
	struct pollfd end = {.fd = fd}; /* POLLHUP is always told */
	bool looks = false, told = false;

	for (unsigned i = 0; i < w->nr_jobs; i++)
		looks |= w->jobs[i].command[0] != '\0';
	for (;;) {
		int nr = poll(&end, 1, looks && !told ? LOOK_MS : -1);

		if (nr > 0 || (nr < 0 && errno != EINTR))
			return told;
		if (nr == 0 && have_all_ended(w, pids)) {
			say_left_behind();
			told = true;
		}
	}
}

/*
 * Wait for what was left behind and has closed the pipe, as daemons do. One that just ends closes
 * it, too, a little before it can be waited for.
 */
static void wait_for_others(bool told)
{
	uint64_t pause_ns = WORKLOAD_NS_PER_MS;
	uint64_t until_ns = now_ns(CLOCK_MONOTONIC) + LOOK_MS * (uint64_t)WORKLOAD_NS_PER_MS;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, told ? 0 : WNOHANG)) >= 0 || errno == EINTR) {
		if (pid)
			continue;
		if (now_ns(CLOCK_MONOTONIC) + pause_ns >= until_ns) {
			say_left_behind();
			told = true;
			continue;
		}
		sleep_until(now_ns(CLOCK_MONOTONIC) + pause_ns);
		pause_ns *= 2;
	}
}

/* ---- a whole workload ---- */

static void run_all(const struct workload *w)
{
	uint64_t start_ns = choose_start(w);
	pid_t pids[WORKLOAD_JOBS_MAX];
	int ends[2];
	bool told;

	prctl(PR_SET_CHILD_SUBREAPER, 1); /* what jobs leave behind are children of this process */
	if (pipe(ends))
		fail("there is no pipe: %s", strerror(errno));
	for (unsigned i = 0; i < w->nr_jobs; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			fail("no process can be made: %s", strerror(errno));
		if (pids[i] == 0) {
			close(ends[0]);
			run_job(w, i, start_ns);
		}
	}
	close(ends[1]);
	told = wait_for_pipe(w, pids, ends[0]);
	reap(w, pids);
	wait_for_others(told);
}

/* ---- policies ---- */

static int print_policies(void)
{
	FILE *in = fopen(POLICY_FILE, "re");
	int c;

	if (!in)
		fail(POLICY_FILE " cannot be read: %s", strerror(errno));
	while ((c = getc(in)) != EOF)
		putchar(c);
	fclose(in);
	return fflush(stdout) ? 1 : 0;
}

static bool use_policy(const char *policy)
{
	int fd = open(POLICY_FILE, O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		fail(POLICY_FILE " cannot be written: %s", strerror(errno));
	done = write(fd, policy, strlen(policy)) == (ssize_t)strlen(policy);
	close(fd);
	return done;
}

static bool is_rehearsed(const struct workload *w, const char *policy)
{
	size_t len = strcspn(policy, ",");

	return !w->rehearsed_policy[0] ||
	       (strlen(w->rehearsed_policy) == len && !memcmp(w->rehearsed_policy, policy, len));
}

int main(int argc, char **argv)
{
	static char text[WORKLOAD_TEXT_MAX];
	static struct workload workload;
	struct workload_error error;

	if (argc != 2)
		fail("usage: run_jobs POLICY <WORKLOAD, or run_jobs --policies");
	if (strcmp(argv[1], "--policies") == 0)
		return print_policies();
	size_t len = fread(text, 1, sizeof(text), stdin);
	if (workload_parse(&workload, text, len, &error))
		fail("line %u: %s", error.line, error.text);
	if (!is_rehearsed(&workload, argv[1]))
		workload.rehearsals = 0;
	if (!use_policy(argv[1]))
		return STATUS_REFUSED;
	run_all(&workload);
	return 0;
}
