// SPDX-License-Identifier: MIT
/*
 * /latency_run of the benchmark's guest, as process 1: the whole benchmark and hackbench, and after
 * each what the kernel has noted in /proc/creance/latency. Its lines begin with `latency: `.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Forget what was noted so far; any write does it. */
static void reset_latency(void)
{
	FILE *out = fopen("/proc/creance/latency", "w");

	if (!out)
		return;
	fputs("0\n", out);
	fclose(out);
}

static void print_latency(const char *after)
{
	FILE *in = fopen("/proc/creance/latency", "r");
	char text[512];

	if (!in) {
		printf("latency: %s: /proc/creance/latency: %s\n", after, strerror(errno));
		return;
	}
	while (fgets(text, sizeof(text), in)) {
		text[strcspn(text, "\n")] = '\0';
		printf("latency: %s: %s\n", after, text);
	}
	fclose(in);
	tcdrain(STDOUT_FILENO);
}

static void run(const char *path, char *const args[])
{
	static char *const env[] = {"PATH=/usr/bin:/bin", NULL};
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		execve(path, args, env);
		printf("latency: %s: %s\n", path, strerror(errno));
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child < 0 || status)
		printf("latency: %s ended with status %x\n", path, (unsigned)status);
}

/* The rows that the word cost= of the kernel's command line names; none: all. */
static char *rows(void)
{
	static char line[4096], keys[2048];
	FILE *in = fopen("/proc/cmdline", "r");
	const char *at = in && fgets(line, sizeof(line), in) ? strstr(line, " cost=") : NULL;

	if (in)
		fclose(in);
	return at && sscanf(at, " cost=%2047s", keys) == 1 ? keys : NULL;
}

int main(void)
{
	char *keys;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (access("/proc/cmdline", R_OK) < 0)
		mount("proc", "/proc", "proc", 0, NULL);
	keys = rows();
	run("/init", (char *[]){"cost", keys, NULL});
	print_latency("the benchmark");
	reset_latency();
	run("/usr/bin/hackbench", (char *[]){"hackbench", "-p", "-g", "2", "-l", "100", NULL});
	run("/usr/bin/hackbench", (char *[]){"hackbench", "-g", "2", "-l", "100", NULL});
	print_latency("hackbench");
	puts("latency: end");
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_AUTOBOOT);
	return 0;
}
