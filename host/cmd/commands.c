// SPDX-License-Identifier: MIT
#include "cmd/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "cmd/help_text.h"
#include "cmd/kernel_options.h"

const struct command *const commands[] = {&command_shell, &command_run,
					  &command_trace, &command_debug,
					  &command_bench, &command_regimes,
					  &command_sched, NULL};

int command_read(const struct command *c, void *options, int argc, char **argv)
{
	int first;

	memset(options, 0, c->options_size);
	if (c->init)
		c->init(options);
	first = options_read(c->groups, options, c->order, argc, argv);
	if (first < 0)
		return first;
	if (c->operands == OPERANDS_PROGRAM && first == argc &&
	    !(c->needs_no_program && c->needs_no_program(options))) {
		say("%s needs a program: %s", c->name, c->usage);
		return -EINVAL;
	}
	if (c->operands == OPERANDS_NONE && first < argc) {
		say("%s takes no '%s': see 'creance help %s'", c->name, argv[first], c->name);
		return -EINVAL;
	}
	return c->check ? c->check(options, argc - first, argv + first) : 0;
}

void command_free(const struct command *c, void *options)
{
	options_free(c->groups, options);
	if (c->fini)
		c->fini(options);
}

int command_execute(const struct command *c, int argc, char **argv)
{
	void *options = must_alloc(c->options_size);
	int err = command_read(c, options, argc, argv), status = STATUS_FAILED;

	if (err == OPTIONS_HELP) {
		command_print_help(stdout, c);
		status = 0;
	} else if (!err) {
		status = c->run(options);
	}
	command_free(c, options);
	free(options);
	return status;
}

void command_print_help(FILE *out, const struct command *command)
{
	unsigned width = help_width(out);

	fprintf(out, "%s\n\n", command->usage);
	help_fill(out, command->text, 0, width);
	for (unsigned i = 0; command->groups[i]; i++) {
		fprintf(out, "\n");
		option_group_print(out, command->groups[i], width);
	}
}

void commands_print_markdown(FILE *out)
{
	fprintf(out,
		"<!-- Generated from the tables in host/cmd by 'creance help markdown': make docs. -->\n\n"
		"# The command\n\n`creance COMMAND [OPTION…] [ARG…]`\n");
	for (unsigned i = 0; commands[i]; i++) {
		const struct command *c = commands[i];

		fprintf(out, "\n## %s\n\n```text\n%s\n\n%s```\n", c->name, c->usage, c->text);
		for (unsigned g = 0; c->groups[g]; g++)
			if (i == 0 || c->groups[g] != commands[0]->groups[0])
				option_group_print_markdown(out, c->groups[g]);
			else
				fprintf(out,
					"\nIt has the options of the guest, too ([%s](#%s)).\n",
					commands[0]->name, commands[0]->name);
	}
	fprintf(out, "\n## The kernel's options\n\n");
	kernel_options_print_markdown(out);
}
