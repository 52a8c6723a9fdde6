// SPDX-License-Identifier: MIT
#include "cmd/commands.h"

#include "cmd/kernel_options.h"

const struct command *const commands[] = {
	&command_shell,	  &command_run, &command_trace, &command_debug, &command_bench,
	&command_regimes, NULL};

void command_print_help(FILE *out, const struct command *command)
{
	fprintf(out, "%s\n\n%s", command->usage, command->text);
	for (unsigned i = 0; command->groups[i]; i++) {
		fprintf(out, "\n");
		option_group_print(out, command->groups[i]);
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
