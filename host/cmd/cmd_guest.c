// SPDX-License-Identifier: MIT
/* The commands that run a guest on our standard streams: run, shell and debug. */
#include <errno.h>

#include "base/say.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "guest/guest_session.h"

/* Returns: the exit status. */
static int run_session(struct session *session)
{
	int status = session_open(session);

	if (!status)
		status = session_run(session);
	session_close(session);
	return status;
}

static int run(void *options)
{
	return run_session(&(struct session){.options = options});
}

const struct command command_run = {
	.name = "run",
	.summary = "run a Linux program of this host in a kernel of its own",
	.usage = "creance run [OPTION…] -- PROGRAM [ARG…]",
	.text = "Runs PROGRAM, an x86-64 Linux program of "
		"this host, as the only program of a guest. Its dynamic\n"
		"linker and libraries, or the interpreter of a script, are copied into the guest with it; other\n"
		"files that it opens must be named by --file: modules of Python or Perl, for example, and what a\n"
		"wrapper such as pyenv's executes. 'creance trace --format strace -- PROGRAM' shows what it looked\n"
		"for and did not find, by ENOENT. PROGRAM is searched for as a shell does; if this host does not\n"
		"have it, it is one of the guest's own programs.\n"
		"\n"
		"Standard input, output and error pass through unchanged; input is read ahead. They are no terminal\n"
		"for PROGRAM, even where they are one here: for a program that wants one, such as vim or bash, use\n"
		"'creance shell --file PROGRAM' and start it there. The program runs as an ordinary user, unless\n"
		"--user says otherwise, and starts in /tmp (root: in /). Its environment contains only PATH, HOME\n"
		"and TERM. Files that --file names belong to that user. A symbolic link in a folder of --file stays\n"
		"a link; name what it points to, if that is outside of the folder.\n"
		"\n"
		"SIGINT (Ctrl-C), SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are passed on to the program; three\n"
		"of the first four within a second end the guest, whatever the program does. A stream that is closed\n"
		"here is closed for the program. If what it wrote cannot be written here, its next write fails.\n"
		"\n"
		"The exit status is the program's, or 128 plus the signal that ended it; 125 if creance failed\n"
		"or output was lost, 126 if PROGRAM cannot be executed, 127 if it is not found.\n",
	.groups = {&guest_option_group},
	.operands = OPERANDS_PROGRAM,
	.options_size = sizeof(struct guest_options),
	.check = guest_options_check,
	.run = run,
};

static int run_shell(void *options)
{
	return run_session(&(struct session){.options = options, .shell = true});
}

const struct command command_shell = {
	.name = "shell",
	.summary = "a shell in a fresh guest",
	.usage = "creance shell [OPTION…] [-- SHELL-ARG…]",
	.text = "Starts a guest and its shell. On a terminal "
		"the shell is interactive: every key goes to the guest,\n"
		"Ctrl-C and Ctrl-Z too; Ctrl-] three times within a second ends a guest that does not answer. If\n"
		"standard input is not a terminal, it is the shell's script. SHELL-ARGs are passed to the shell\n"
		"(-- -c 'ls /').\n"
		"\n"
		"The exit status is the shell's, or 0 if it switches the guest off; 125 if creance failed.\n",
	.groups = {&guest_option_group},
	.options_size = sizeof(struct guest_options),
	.check = guest_options_check,
	.run = run_shell,
};

static int check_debug(void *options, int nr, char **operands)
{
	const struct guest_options *o = options;

	if (o->watchdog_s) {
		say("--watchdog would restart a guest that the debugger has stopped: leave it out");
		return -EINVAL;
	}
	if (o->debug_kernel && o->release_kernel) {
		say("--debug-kernel and --release-kernel exclude each other: leave one out");
		return -EINVAL;
	}
	return guest_options_check(options, nr, operands);
}

static int run_debugger(void *options)
{
	const struct guest_options *o = options;

	return run_session(
		&(struct session){.options = o, .shell = o->nr_args == 0, .debug = true});
}

const struct command command_debug = {
	.name = "debug",
	.summary = "a shell or a program, with gdb attached to the kernel",
	.usage = "creance debug [OPTION…] [-- PROGRAM [ARG…]]",
	.text = "Starts a guest with the debug kernel and "
		"stops it before its first instruction. On a terminal, gdb\n"
		"is started and attached, with the kernel's symbols and commands loaded ('help creance' in gdb lists\n"
		"them); the guest's output appears in between. Otherwise, or with --no-gdb, a line says how to\n"
		"connect, and the terminal belongs to the guest: use this, with gdb in another terminal, to debug an\n"
		"interactive shell.\n"
		"\n"
		"The program's end and its status are printed when it ends, and the exit status is that of\n"
		"'creance run'; 0 if gdb ends the guest before (kill, or quit).\n",
	.groups = {&debug_option_group, &guest_option_group},
	.options_size = sizeof(struct guest_options),
	.check = check_debug,
	.run = run_debugger,
};
