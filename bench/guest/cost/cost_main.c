// SPDX-License-Identifier: MIT
/*
 * The cost program: what the operations of a kernel cost, row by row, on any kernel with Linux's
 * ABI.
 *
 * usage: cost [KEY[,KEY]...]    rows to measure; none: all of one CPU; cpus: all of several CPUs
 *
 * Idea. Under another kernel than the host's it is /init of a small initramfs: process 1 mounts
 *   what it needs, takes its options from the kernel's command line (cost=KEY,KEY and
 *   cost_rounds=N), and restarts the machine when it has ended, however that came about. The very
 *   same archive runs on each kernel. Every row is measured by a process of its own, which executes
 *   this program again (`cost --row KEY ROUNDS OVERHEAD`): all begin alike, with a small address
 *   space, and a row that crashes or hangs costs itself only.
 * Output. Lines that begin with `cost: `, to be read by programs:
 *   cost: clock tsc_khz=N overhead=TICKS resolution=TICKS
 *   cost: row KEY ops=N min=TICKS median=TICKS     ticks of the TSC an operation, over the rounds
 *   cost: team KEY workers=N ops=N min=TICKS median=TICKS     of N workers at the same time
 *   cost: absent KEY ERRNO
 *   cost: end
 *   Each line has left the machine before the next row begins, so that no console interrupts it.
 * Machines. QEMU's pc and q35 carry Linux reliably, with and without -icount. On microvm Linux has
 *   the PIT alone to learn the rate of the TSC by; a host that is busy at that moment makes it give
 *   up and stop before the first program, unless tsc_early_khz=N tells it the rate. With -icount
 *   that cannot happen.
 * Cost. All rows take about a thousand million instructions on Linux.
 */
#include "cost.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { DEFAULT_ROUNDS = 11, ROW_SECONDS = 60, MAX_PATH = 512 };

static const struct cost_row *const families[] = {
	cost_rows_call, cost_rows_memory, cost_rows_process, cost_rows_ipc, cost_rows_switch,
	cost_rows_file, cost_rows_thread, cost_rows_event,   NULL,
};
static const struct cost_row *const families_of_cpus[] = {
	cost_rows_team_processes,
	cost_rows_team_threads,
	cost_rows_remote,
	NULL,
};

static char self_path[MAX_PATH];

static const struct cost_row *find_among(const struct cost_row *const *family, const char *key)
{
	for (; *family; family++)
		for (const struct cost_row *row = *family; row->key; row++)
			if (strcmp(row->key, key) == 0)
				return row;
	return NULL;
}

static const struct cost_row *find_row(const char *key)
{
	const struct cost_row *row = find_among(families, key);

	return row ? row : find_among(families_of_cpus, key);
}

const char *cost_helper_path(const char *name)
{
	static char path[MAX_PATH * 2];
	char *slash;

	snprintf(path, sizeof(path), "/bin/%s", name);
	if (access(path, X_OK) == 0)
		return path;
	slash = strrchr(self_path, '/');
	snprintf(path, sizeof(path), "%.*s/%s", slash ? (int)(slash - self_path) : 1,
		 slash ? self_path : ".", name);
	return access(path, X_OK) == 0 ? path : NULL;
}

static void find_self(const char *name)
{
	ssize_t len = readlink("/proc/self/exe", self_path, sizeof(self_path) - 1);

	if (len <= 0)
		snprintf(self_path, sizeof(self_path), "%s", name);
}

/* Waits for the row's process; what it left behind ends with it. */
static int reap_row(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	kill(-child, SIGKILL);
	while (waitpid(-1, NULL, getpid() == 1 ? 0 : WNOHANG) > 0)
		;
	return status;
}

static void run_row(const struct cost_row *row, unsigned rounds)
{
	char number[16], overhead[24];
	char *args[] = {"cost", "--row", (char *)row->key, number, overhead, NULL};
	char *env[] = {NULL};
	pid_t child;
	int status;

	snprintf(number, sizeof(number), "%u", rounds);
	snprintf(overhead, sizeof(overhead), "%llu", (unsigned long long)cost_clock_overhead);
	child = fork();
	if (child < 0) {
		cost_print_absent(row->key, -errno);
		return;
	}
	if (child == 0) {
		setpgid(0, 0);
		alarm(ROW_SECONDS);
		execve(self_path, args, env);
		_exit(127);
	}
	status = reap_row(child);
	if (WIFSIGNALED(status)) {
		printf("# %s: ended by signal %d\n", row->key, WTERMSIG(status));
		cost_print_absent(row->key, WTERMSIG(status) == SIGALRM ? -ETIME : -EFAULT);
	} else if (WEXITSTATUS(status) == 127) {
		cost_print_absent(row->key, -ENOEXEC);
	}
	tcdrain(STDOUT_FILENO);
}

static void run_all(const struct cost_row *const *family, unsigned rounds)
{
	for (; *family; family++)
		for (const struct cost_row *row = *family; row->key; row++)
			run_row(row, rounds);
}

/* @keys: separated by commas, changed in place. */
static void run_keys(char *keys, unsigned rounds)
{
	for (char *key = strtok(keys, ","); key; key = strtok(NULL, ",")) {
		const struct cost_row *row = find_row(key);

		if (row)
			run_row(row, rounds);
		else if (strcmp(key, "cpus") == 0)
			run_all(families_of_cpus, rounds);
		else
			printf("# %s: no such row\n", key);
	}
}

/* The value of the last word NAME=VALUE of the kernel's command line, or NULL. */
static char *command_line_value(const char *name)
{
	static char line[4096], value[4096];
	int fd = open("/proc/cmdline", O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	char *found = NULL;

	if (fd >= 0)
		close(fd);
	line[len < 0 ? 0 : len] = '\0';
	for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n"))
		if (strncmp(word, name, strlen(name)) == 0 && word[strlen(name)] == '=')
			found = word + strlen(name) + 1;
	return found ? strcpy(value, found) : NULL;
}

static void prepare_machine(void)
{
	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mkdir("/tmp", 01777);
	if (access("/proc/cmdline", R_OK) < 0)
		mount("proc", "/proc", "proc", 0, NULL);
	if (access("/dev/null", R_OK) < 0)
		mount("dev", "/dev", "devtmpfs", 0, NULL);
	if (fcntl(STDOUT_FILENO, F_GETFL) < 0) {
		int fd = open("/dev/console", O_RDWR);

		if (fd >= 0 && fd != STDOUT_FILENO)
			dup2(fd, STDOUT_FILENO);
	}
}

static void run_as_init(void)
{
	unsigned rounds = DEFAULT_ROUNDS;
	char *value = command_line_value("cost_rounds");

	if (value && atoi(value) > 0)
		rounds = (unsigned)atoi(value);
	value = command_line_value("cost");
	if (value)
		run_keys(value, rounds);
	else
		run_all(families, rounds);
}

int main(int argc, char **argv)
{
	int is_init = getpid() == 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (is_init)
		prepare_machine();
	find_self(argv[0]);
	if (argc == 5 && strcmp(argv[1], "--row") == 0) {
		const struct cost_row *row = find_row(argv[2]);

		cost_clock_overhead = strtoull(argv[4], NULL, 10);
		return row && cost_measure(row, (unsigned)atoi(argv[3])) == 0 ? 0 : 1;
	}
	cost_clock_init();
	if (is_init)
		run_as_init();
	else if (argc < 2)
		run_all(families, DEFAULT_ROUNDS);
	for (int i = 1; i < argc && !is_init; i++)
		run_keys(argv[i], DEFAULT_ROUNDS);
	puts("cost: end");
	tcdrain(STDOUT_FILENO);
	if (is_init) {
		sync();
		reboot(RB_AUTOBOOT);
	}
	return 0;
}
