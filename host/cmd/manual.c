// SPDX-License-Identifier: MIT
/*
 * manual.c -- manual pages, in the language of man(7).
 *
 * Idea.  A page for each command, from the tables that its help comes from.
 * Invariants.
 *   M1  Texts of the tables pass through put_text: none of their characters is a command of man(7).
 * Tests.  tests/install.t.
 */
#include "cmd/manual.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "cmd/commands.h"
#include "lib/boot_options.h"

/*
 * Text in the language of man(7): no character of it is a command. Its lines are filled; an empty
 * line parts paragraphs, and a line that begins with a blank stays one.
 */
static void put_text(FILE *out, const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && *text == '.')
			fputs("\\&", out);
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '\'')
			fputs("\\(aq", out); /* it can be copied: not a typographic one */
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
		at_start = *text == '\n';
	}
}

/* A heading, or the page's name. */
static void put_capitals(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), out);
}

static void put_options(FILE *out, const struct option_group *group)
{
	fputs(".SH ", out);
	put_capitals(out, group->title);
	fputc('\n', out);
	for (const struct option_row *row = group->rows; row->name; row++) {
		fputs(".TP\n", out);
		if (row->letter)
			fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
		fputs("\\fB\\-\\-", out);
		put_text(out, row->name);
		fputs("\\fR", out);
		if (row->argument) {
			fputs(" \\fI", out);
			put_text(out, row->argument);
			fputs("\\fR", out);
		}
		fputc('\n', out);
		put_text(out, row->help);
		if (row->usual) {
			fputs(" (", out);
			put_text(out, row->usual);
			fputc(')', out);
		}
		fputc('\n', out);
	}
}

static void put_command(FILE *out, const struct command *command)
{
	fputs(".TH CREANCE-", out);
	put_capitals(out, command->name);
	fprintf(out, " 1 \"\" Creance\n.SH NAME\ncreance\\-%s \\- ", command->name);
	put_text(out, command->summary);
	fputs("\n.SH SYNOPSIS\n", out);
	put_text(out, command->usage);
	fputs("\n.SH DESCRIPTION\n", out);
	put_text(out, command->text);
	for (unsigned i = 0; command->groups[i]; i++)
		put_options(out, command->groups[i]);
	fputs(".SH SEE ALSO\n.BR creance (1)\n", out);
}

static void put_overview(FILE *out)
{
	fputs(".TH CREANCE 1 \"\" Creance\n.SH NAME\n"
	      "creance \\- run Linux programs on the Creance kernel\n"
	      ".SH SYNOPSIS\n.B creance\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIARG\\fR...]\n"
	      ".SH DESCRIPTION\n"
	      "Creance is an operating\\-system kernel that runs unmodified Linux programs. This\n"
	      "command gives a program a kernel of its own in QEMU, and shows, compares and\n"
	      "measures what happens there.\n.SH COMMANDS\n",
	      out);
	for (unsigned i = 0; commands[i]; i++) {
		fprintf(out, ".TP\n\\fB%s\\fR\n", commands[i]->name);
		put_text(out, commands[i]->summary);
		fprintf(out, ": see \\fBcreance\\-%s\\fR(1).\n", commands[i]->name);
	}
	fputs(".TP\n\\fBhelp\\fR [\\fICOMMAND\\fR]\n"
	      "the help of a command; \\fBhelp kernel\\fR: the kernel's options; \\fBhelp man\\fR \\fIFOLDER\\fR,\n"
	      "\\fBhelp bash\\fR, \\fBhelp zsh\\fR: manual pages, and completions for these shells\n"
	      ".SH KERNEL OPTIONS\nFor \\fB\\-\\-append\\fR:\n",
	      out);
	for (unsigned i = 0; i < nr_boot_options; i++) {
		const struct boot_option *o = &boot_options[i];

		fputs(".TP\n\\fB", out);
		put_text(out, o->name);
		fprintf(out, "\\fR%s\\fI", *o->values ? "=" : "");
		put_text(out, o->values);
		fputs("\\fR\n", out);
		put_text(out, o->what);
		fputc('\n', out);
	}
	fputs(".SH EXIT STATUS\n"
	      "0, the status of the program that ran, or 128 plus the signal that ended it; 125 if\n"
	      "creance failed, 126 if the program cannot be executed, 127 if it is not found; 124 if\n"
	      "trace has ended the guest at its \\-\\-limit.\n"
	      ".SH ENVIRONMENT\n"
	      ".TP\n\\fBPAGER\\fR\nwhat shows a trace on a terminal (less; cat: nothing does)\n"
	      ".TP\n\\fBCOLUMNS\\fR\nhow wide the table of a trace is, from 60 to 400\n"
	      ".TP\n\\fBCREANCE_QEMU\\fR, \\fBCREANCE_KERNEL\\fR, \\fBCREANCE_INITRAMFS\\fR\n"
	      "other files than the usual ones\n",
	      out);
}

/* The page of @command, or of all when it is NULL. */
static int write_page(const char *folder, const struct command *command)
{
	char *path = must_format("%s/creance%s%s.1", folder, command ? "-" : "",
				 command ? command->name : "");
	FILE *out = fopen(path, "w");
	int err = 0;

	if (out && command)
		put_command(out, command);
	else if (out)
		put_overview(out);
	if (!out || ferror(out)) {
		say("%s cannot be written (%s): name another folder", path, strerror(errno));
		err = -EIO;
	}
	if (out && fclose(out) && !err) {
		say("%s cannot be written (%s): free space where it goes", path, strerror(errno));
		err = -EIO;
	}
	free(path);
	return err;
}

int manual_write(const char *folder)
{
	int err = write_page(folder, NULL);

	for (unsigned i = 0; commands[i] && !err; i++)
		err = write_page(folder, commands[i]);
	return err;
}
