// SPDX-License-Identifier: MIT
#include "cmd/shell_argv.h"

#include <stdlib.h>

#include "base/say.h"

const char **shell_argv(const struct guest_options *options, bool console)
{
	const char **argv = must_alloc(sizeof(*argv) * ((size_t)options->nr_args + 3));
	unsigned nr = 0;

	argv[nr++] = console ? SHELL_PATH : "sh";
	if (console && options->nr_args == 0)
		argv[nr++] = "-l";
	for (int i = 0; i < options->nr_args; i++)
		argv[nr++] = options->args[i];
	return argv;
}

void shell_argv_free(const char **argv)
{
	free(argv);
}
