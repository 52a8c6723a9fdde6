// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "image/program.h"
#include "base/say.h"
#include "guest/guest_session.h"

static int run(int argc, char **argv)
{
	struct guest_options options;
	struct file_map base;
	struct program program;
	int status;

	if (options_parse(&options, argc, argv, NULL, NULL))
		return STATUS_FAILED;
	if (options.help) {
		command_print_help(stdout, &command_run);
		return 0;
	}
	if (options.nr_args == 0) {
		say("run needs a program: creance run [OPTION…] -- PROGRAM [ARG…]");
		return STATUS_FAILED;
	}
	status = session_open_base(&base);
	if (status)
		return status;
	status = program_find(&program, options.args[0], &base);
	if (!status) {
		struct session session = {
			.options = &options,
			.base = &base,
			.program = &program,
			.path = program.guest_path,
			.argv = (const char *const *)options.args,
		};

		status = session_run(&session);
	}
	program_fini(&program);
	file_map_close(&base);
	return status;
}

const struct command command_run = {
	.name = "run",
	.summary = "run a Linux program of this host in a kernel of its own",
	.usage = "creance run [OPTION…] -- PROGRAM [ARG…]",
	.text = "Runs PROGRAM, an x86-64 Linux program of "
		"this host, as the only program of a guest. Its dynamic\n"
		"linker and libraries, or the interpreter of a script, are copied into the guest with it; other\n"
		"files that it opens must be named by --file. PROGRAM is searched for as a shell does; if this host\n"
		"does not have it, it is one of the guest's own programs.\n"
		"\n"
		"Standard input, output and error pass through unchanged; input is read ahead. The program runs as\n"
		"an ordinary user, unless --user says otherwise, and starts in /tmp (root: in /). Its environment\n"
		"contains only PATH, HOME and TERM. Files that --file names belong to that user.\n"
		"\n"
		"The exit status is the program's, or 128 plus the signal that ended it; 125 if creance failed, 126\n"
		"if PROGRAM cannot be executed, 127 if it is not found.\n",
	.groups = {&guest_option_group},
	.run = run,
};
