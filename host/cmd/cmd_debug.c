// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "image/program.h"
#include "base/say.h"
#include "guest/guest_session.h"
#include "cmd/shell_argv.h"

static int debug_program(const struct guest_options *options, const struct file_map *base)
{
	struct program program;
	int status = program_find(&program, options->args[0], base);

	if (!status) {
		struct session session = {
			.options = options,
			.base = base,
			.program = &program,
			.path = program.guest_path,
			.argv = (const char *const *)options->args,
			.debug = true,
		};

		status = session_run(&session);
	}
	program_fini(&program);
	return status;
}

static int debug_shell(const struct guest_options *options, const struct file_map *base)
{
	/* One terminal: gdb has it, unless it is to be somewhere else. */
	bool console = session_has_terminal() && options->no_gdb;
	const char **shell = shell_argv(options, console);
	struct session session = {
		.options = options,
		.base = base,
		.path = SHELL_PATH,
		.as_root = true,
		.argv = shell,
		.console = console,
		.debug = true,
	};
	int status = session_run(&session);

	shell_argv_free(shell);
	return status;
}

static int run(int argc, char **argv)
{
	struct guest_options options;
	struct file_map base;
	int status;

	if (options_parse(&options, argc, argv, &debug_option_group, &options))
		return STATUS_FAILED;
	if (options.help) {
		command_print_help(stdout, &command_debug);
		return 0;
	}
	status = session_open_base(&base);
	if (status)
		return status;
	if (options.nr_args > 0)
		status = debug_program(&options, &base);
	else
		status = debug_shell(&options, &base);
	file_map_close(&base);
	return status;
}

const struct command command_debug = {
	.name = "debug",
	.summary = "the same, with gdb attached to the kernel",
	.usage = "creance debug [OPTION…] [-- PROGRAM [ARG…]]",
	.text = "Starts a guest with the debug kernel and "
		"stops it before its first instruction. On a terminal, gdb\n"
		"is started and attached, with the kernel's symbols and commands loaded ('help creance' in gdb lists\n"
		"them); the guest's output appears in between. Otherwise, or with --no-gdb, a line says how to\n"
		"connect, and the terminal belongs to the guest: use this, with gdb in another terminal, to debug an\n"
		"interactive shell.\n",
	.groups = {&debug_option_group, &guest_option_group},
	.run = run,
};
