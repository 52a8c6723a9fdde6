// SPDX-License-Identifier: MIT
/*
 * lde.c -- limited direct execution, watched from within: run a command and print what program,
 * hardware and operating system did, as `creance trace` does from outside.
 *
 * Idea.  The kernel's events are switched on while the command runs and then read from
 *   /proc/creance/trace; the rest is the host command's code. The rings are not emptied meanwhile,
 *   so the trace of a long command has its beginning, and reports what it lost.
 * Tests.  tests/system/trace.t.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/trace_json.h"
#include "trace/trace_table.h"

#define TRACE_FILE "/proc/creance/trace"

enum { STATUS_FAILED = 125, STATUS_NOT_EXECUTABLE = 126, STATUS_NOT_FOUND = 127 };

struct lde {
	bool all, json;
	const char *output;
	char **command;
	pid_t pid;
	int status; /* the command's wait status */
	char end[64];
};

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	va_list args;

	fputs("lde: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\n", stderr);
	exit(STATUS_FAILED);
}

/* "on", "off", "clear". */
static int tell_kernel(const char *word)
{
	int fd = open(TRACE_FILE, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	if (!err && write(fd, word, strlen(word)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int run_command(struct lde *lde)
{
	pid_t pid = fork();

	if (pid == 0) {
		execvp(lde->command[0], lde->command);
		int err = errno;

		fprintf(stderr, "lde: %s cannot be executed: %s\n", lde->command[0], strerror(err));
		_exit(err == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
	}
	if (pid < 0)
		return -errno;
	lde->pid = pid;
	while (waitpid(pid, &lde->status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void read_exactly(int fd, void *to, size_t len)
{
	char *at = to;

	while (len) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fail(TRACE_FILE " is shorter than its head says");
		at += n;
		len -= (size_t)n;
	}
}

/* One CPU's slots, which are in the file as in its ring. */
static int read_ring(int fd, const struct trace_ring *ring, unsigned cpu, struct trace_log *log)
{
	size_t bytes = ring->nr_slots * sizeof(struct trace_record);
	struct trace_record *slots = malloc(bytes);
	int err = slots ? 0 : -ENOMEM;

	if (!err)
		read_exactly(fd, slots, bytes);
	for (uint64_t i = ring->tail; !err && i != ring->head; i++) {
		const struct trace_record *record = &slots[i & (ring->nr_slots - 1)];

		if (record->lap == trace_lap(i, ring->nr_slots))
			err = trace_log_add(log, cpu, record);
		else
			log->torn++;
	}
	free(slots);
	log->lost[cpu] = ring->lost;
	return err;
}

static int read_trace(struct trace_log *log)
{
	int fd = open(TRACE_FILE, O_RDONLY | O_CLOEXEC), err = 0;
	struct trace_area area;

	if (fd < 0)
		return -errno;
	read_exactly(fd, &area, sizeof(area));
	if (area.magic != TRACE_MAGIC || area.version != TRACE_VERSION ||
	    area.nr_cpus > TRACE_CPUS_MAX || area.record_bytes != sizeof(struct trace_record))
		fail("the kernel's trace is of another version than this program");
	trace_log_describe(log, &(struct trace_facts){.nr_cpus = area.nr_cpus,
						      .frequency_hz = area.frequency_hz,
						      .entry_cycles = area.entry_cycles});
	for (unsigned cpu = 0; cpu < area.nr_cpus && !err; cpu++)
		err = read_ring(fd, &area.rings[cpu], cpu, log);
	close(fd);
	return err ? err : trace_log_merge(log);
}

static void write_trace(struct lde *lde, const struct trace_log *log)
{
	FILE *out = lde->output ? fopen(lde->output, "we") : stdout;
	struct trace_filter filter;
	struct trace_report report = {
		.log = log,
		.filter = &filter,
		.kernel = "this",
		.program = (const char *const *)lde->command,
		.end = lde->end,
		.root_pid = (uint32_t)lde->pid,
		.all = lde->all,
		.width = trace_table_width(),
	};

	trace_filter_init(&filter);
	if (WIFSIGNALED(lde->status))
		snprintf(lde->end, sizeof(lde->end), "signal %d", WTERMSIG(lde->status));
	else
		snprintf(lde->end, sizeof(lde->end), "exit %d", WEXITSTATUS(lde->status));
	if (!out)
		fail("%s cannot be written: %s", lde->output, strerror(errno));
	if (lde->json ? trace_json_write(out, &report) : trace_table_write(out, &report))
		fail("there is not enough memory for the trace");
	if (fflush(out))
		fail("the trace cannot be written: %s", strerror(errno));
	if (trace_log_lost(log))
		fprintf(stderr,
			"lde: %llu events were lost: the kernel's memory for them was full\n",
			(unsigned long long)trace_log_lost(log));
}

/* Returns: the exit status. */
static int print_help(FILE *to)
{
	fputs("usage: lde [--all] [--json] [-o FILE] COMMAND [ARG…]\n\n"
	      "Limited direct execution, step by step: runs COMMAND, and then shows what\n"
	      "program, hardware and operating system did.\n\n"
	      "  -a, --all          also what does not concern COMMAND\n"
	      "  -j, --json         a line of JSON for each step, not a table\n"
	      "  -o, --output FILE  where it goes\n"
	      "  -h, --help         show this help\n",
	      to);
	return to == stdout ? 0 : STATUS_FAILED;
}

static void take_options(struct lde *lde, int argc, char **argv)
{
	static const struct option list[] = {{"all", no_argument, NULL, 'a'},
					     {"json", no_argument, NULL, 'j'},
					     {"output", required_argument, NULL, 'o'},
					     {"help", no_argument, NULL, 'h'},
					     {NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "+ajo:h", list, NULL)) != -1) {
		if (option == 'a')
			lde->all = true;
		else if (option == 'j')
			lde->json = true;
		else if (option == 'o')
			lde->output = optarg;
		else
			exit(print_help(option == 'h' ? stdout : stderr));
	}
	lde->command = argv + optind;
	if (!lde->command[0])
		exit(print_help(stderr));
}

int main(int argc, char **argv)
{
	struct lde lde = {0};
	struct trace_log log = {0};
	int err;

	take_options(&lde, argc, argv);
	/* The events of before go; a kernel that has no rings yet makes them. */
	err = tell_kernel("off");
	if (!err)
		err = tell_kernel("clear");
	if (!err)
		err = tell_kernel("on");
	if (err)
		fail("the kernel's events cannot be switched on by " TRACE_FILE ": %s",
		     strerror(-err));
	prctl(PR_SET_NAME, "lde"); /* now that it is an event: so that the trace knows us */
	signal(SIGINT, SIG_IGN);   /* the command's */
	signal(SIGQUIT, SIG_IGN);
	err = run_command(&lde);
	tell_kernel("off");
	if (err)
		fail("no process can be made for %s: %s", lde.command[0], strerror(-err));
	err = read_trace(&log);
	if (err)
		fail(TRACE_FILE " cannot be read: %s", strerror(-err));
	write_trace(&lde, &log);
	trace_log_fini(&log);
	return WIFSIGNALED(lde.status) ? 128 + WTERMSIG(lde.status) : WEXITSTATUS(lde.status);
}
