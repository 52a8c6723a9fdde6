// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "base/say.h"
#include "guest/guest_session.h"
#include "cmd/shell_argv.h"

static int run(int argc, char **argv)
{
	struct guest_options options;
	struct file_map base;
	int status;

	if (options_parse(&options, argc, argv, NULL, NULL))
		return STATUS_FAILED;
	if (options.help) {
		command_print_help(stdout, &command_shell);
		return 0;
	}
	status = session_open_base(&base);
	if (status)
		return status;
	const bool console = session_has_terminal();
	const char **shell = shell_argv(&options, console);
	struct session session = {
		.options = &options,
		.base = &base,
		.path = SHELL_PATH,
		.as_root = true,
		.argv = shell,
		.console = console,
	};
	status = session_run(&session);
	shell_argv_free(shell);
	file_map_close(&base);
	return status;
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
		"The exit status is the shell's; 125 if creance failed.\n",
	.groups = {&guest_option_group},
	.run = run,
};
