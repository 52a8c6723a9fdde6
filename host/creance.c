// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/kernel_options.h"
#include "base/say.h"

#ifndef CREANCE_VERSION
#define CREANCE_VERSION "0.1"
#endif

static const struct command *find_command(const char *name)
{
	for (unsigned i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static void print_usage(FILE *to)
{
	fprintf(to,
		"creance: run Linux programs on the Creance kernel\n\nusage: creance COMMAND [OPTION…] [ARG…]\n\n");
	for (unsigned i = 0; commands[i]; i++)
		fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(to,
		"  %-8s %s\n\n'creance help COMMAND' says more, 'creance help kernel' lists the kernel's options,\n"
		"'creance --version' prints the version.\n",
		"help", "this, or the help of a command");
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2 || strcmp(argv[1], "help") == 0) {
		print_usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "kernel") == 0) {
		kernel_options_print(stdout);
		return 0;
	}
	if (strcmp(argv[1], "markdown") == 0) {
		commands_print_markdown(stdout); /* for make docs */
		return 0;
	}
	command = find_command(argv[1]);
	if (!command) {
		say("there is no command '%s': see 'creance help'", argv[1]);
		return STATUS_FAILED;
	}
	command_print_help(stdout, command);
	return 0;
}

/* If one of the first three descriptors is closed, no socket of ours may take its number. */
static void open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run_command(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_usage(stderr);
		return STATUS_FAILED;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("creance %s\n", CREANCE_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(argc - 1, argv + 1);
	command = find_command(argv[1]);
	if (!command) {
		say("there is no %s '%s': see 'creance help'",
		    argv[1][0] == '-' ? "option" : "command", argv[1]);
		return STATUS_FAILED;
	}
	return command_execute(command, argc - 1, argv + 1);
}

/* Has the reader of standard output gone? An earlier write than the last may have found that. */
static bool reader_is_gone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP));
}

/* What was printed must have arrived. Returns: the exit status. */
static int close_output(int status)
{
	int err;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	err = errno ? errno : EIO;
	if (status || err == EPIPE || reader_is_gone())
		return status; /* a message has been printed, or the reader wants no more */
	say("standard output cannot be written (%s): free space where it goes", strerror(err));
	return STATUS_FAILED;
}

int main(int argc, char **argv)
{
	open_standard_streams();
	return close_output(run_command(argc, argv));
}
