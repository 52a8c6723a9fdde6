// SPDX-License-Identifier: MIT
/*
 * creance.c -- the command `creance`: finds the command of its first word, and sees that its output
 * has arrived.
 *
 * Idea.  Commands are a table (commands.c); help and version are told apart here. Standard output
 *   is flushed once more at the end: if it could not be written, a success becomes an error, unless
 *   the reader has gone.
 * Invariants.
 *   C1  Descriptors 0 to 2 are open from the beginning, so no socket of ours has a number that a
 *       library writes to.
 * Tests.  tests/system/errors.t, run.t.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "base/streams.h"
#include "base/suggest.h"
#include "cmd/commands.h"
#include "cmd/completion.h"
#include "cmd/help_text.h"
#include "cmd/kernel_options.h"
#include "cmd/manual.h"
#include "cmd/sched_options.h"

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

static void print_summary(FILE *to, const char *name, const char *summary)
{
	fprintf(to, "  %-8s ", name);
	help_fill(to, summary, 11, help_width(to));
}

static void print_usage(FILE *to)
{
	fprintf(to,
		"creance: run Linux programs on the Creance kernel\n\nusage: creance COMMAND [OPTION…] [ARG…]\n\n");
	for (unsigned i = 0; commands[i]; i++)
		print_summary(to, commands[i]->name, commands[i]->summary);
	print_summary(to, "help",
		      "this; 'help COMMAND': more; 'help kernel': the kernel's options; 'help "
		      "workload': the form of sched's files");
	print_summary(to, "version", "the version");
}

/* "there is no command 'rnu'": and the one that was probably meant. */
static int say_no_command(const char *name)
{
	const char *words[16] = {"help", "version"}, *meant;
	const char *kind = name[0] == '-' ? "option" : "command";

	for (unsigned i = 0; commands[i]; i++)
		words[i + 2] = commands[i]->name;
	meant = suggest(name, words);
	if (meant)
		say("there is no %s '%s': did you mean '%s'?", kind, name, meant);
	else
		say("there is no %s '%s': see 'creance help'", kind, name);
	return STATUS_FAILED;
}

static int say_too_many(const char *command, const char *word)
{
	say("%s takes no '%s': see 'creance help'", command, word);
	return STATUS_FAILED;
}

static int help_man(int argc, char **argv)
{
	if (argc != 3) {
		say("write creance help man FOLDER: the manual pages go there");
		return STATUS_FAILED;
	}
	return manual_write(argv[2]) ? STATUS_FAILED : 0;
}

static int help(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out);
	} topics[] = {
		{"help", print_usage},
		{"version", print_usage}, /* which says what it prints */
		{"kernel", kernel_options_print},
		{"workload", sched_print_workload_help},
		{"bash", completion_print_bash},
		{"zsh", completion_print_zsh},
		{"markdown", commands_print_markdown}, /* for make docs */
	};
	const char *topic = argc < 2 ? "help" : argv[1];
	const struct command *command = find_command(topic);

	if (strcmp(topic, "man") == 0)
		return help_man(argc, argv);
	if (argc > 2)
		return say_too_many("help", argv[2]);
	for (unsigned i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
		if (strcmp(topic, topics[i].name) == 0) {
			topics[i].print(stdout);
			return 0;
		}
	if (!command)
		return say_no_command(topic);
	command_print_help(stdout, command);
	return 0;
}

static int run_command(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_usage(stderr);
		return STATUS_FAILED;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		if (argc > 2)
			return say_too_many(argv[1], argv[2]);
		printf("creance %s\n", CREANCE_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(argc - 1, argv + 1);
	command = find_command(argv[1]);
	if (!command)
		return say_no_command(argv[1]);
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
	say("standard output cannot be written (%s): %s", strerror(err),
	    err == EBADF ? "it is closed, so send it to a terminal, a file or a pipe"
			 : "free space where it goes");
	return STATUS_FAILED;
}

int main(int argc, char **argv)
{
	streams_open(); /* C1 */
	return close_output(run_command(argc, argv));
}
