// SPDX-License-Identifier: MIT
#include "cmd/kernel_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/boot_options.h"
#include "base/say.h"
#include "base/suggest.h"
#include "cmd/help_text.h"

enum { OPTIONS_MAX = 64 };

static const char *suggest_option(const char *word)
{
	const char *names[OPTIONS_MAX + 1] = {NULL};

	for (unsigned i = 0; i < nr_boot_options && i < OPTIONS_MAX; i++)
		names[i] = boot_options[i].name;
	return suggest(word, names);
}

/*
 * The unit that @value should have, if it has none. The kernel itself takes milliseconds and bytes,
 * but for this command's own options a number alone is neither.
 */
static const char *missing_unit(const struct boot_option *option, const char *value)
{
	if (!*value || value[strspn(value, "0123456789")])
		return NULL;
	return option->kind == BOOT_OPTION_TIME	  ? "ms"
	       : option->kind == BOOT_OPTION_SIZE ? "K"
						  : NULL;
}

/* A word `name` or `name=value`, which is changed. */
static int check_word(char *word)
{
	char *value = strchr(word, '=');
	const struct boot_option *option;
	const char *unit, *meant;

	if (value)
		*value++ = '\0';
	option = boot_option_find(word, strlen(word));
	unit = option && value ? missing_unit(option, value) : NULL;
	if (unit) {
		say("--append %s=%s has no unit: write %s=%s%s, or another unit", word, value, word,
		    value, unit);
		return -EINVAL;
	}
	if (!option) {
		meant = suggest_option(word);
		if (meant)
			say("--append %s: the kernel has no such option: did you mean '%s'?", word,
			    meant);
		else
			say("--append %s: the kernel has no such option: see 'creance help kernel'",
			    word);
		return -EINVAL;
	}
	if (boot_option_allows(option, value))
		return 0;
	if (option->kind == BOOT_OPTION_FLAG)
		say("--append %s=%s: this option of the kernel has no value: write --append %s",
		    word, value, word);
	else if (!value)
		say("--append %s: this option of the kernel needs a value: write --append %s=%s",
		    word, word, option->values);
	else
		say("--append %s=%s: the kernel cannot use this value: write %s=%s: see 'creance help kernel'",
		    word, value, word, option->values);
	return -EINVAL;
}

int kernel_options_check(const char *before, const char *text)
{
	char *copy, *rest, *word;
	int err = 0;

	if (before) {
		say("--append was given twice: write all options of the kernel in one: --append '%s %s'",
		    before, text);
		return -EINVAL;
	}
	copy = rest = must_format("%s", text);
	while (!err && (word = strsep(&rest, " ")))
		if (*word)
			err = check_word(word);
	free(copy);
	return err;
}

bool kernel_options_have(const char *options, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = options; at && (at = strstr(at, name)); at += len)
		if ((at == options || at[-1] == ' ') &&
		    (!at[len] || at[len] == '=' || at[len] == ' '))
			return true;
	return false;
}

void kernel_options_print(FILE *out)
{
	fprintf(out, "The kernel's options, for --append:\n\n");
	for (unsigned i = 0; i < nr_boot_options; i++) {
		const struct boot_option *o = &boot_options[i];

		fprintf(out, "  %s%s%s\n      ", o->name, *o->values ? "=" : "", o->values);
		help_fill(out, o->what, 6, help_width(out));
	}
}

void kernel_options_print_markdown(FILE *out)
{
	fprintf(out, "`creance run --append OPTIONS` passes them on.\n\n| option | |\n|---|---|\n");
	for (unsigned i = 0; i < nr_boot_options; i++) {
		const struct boot_option *o = &boot_options[i];

		fprintf(out, "| `%s%s", o->name, *o->values ? "=" : "");
		for (const char *at = o->values; *at; at++)
			fprintf(out, *at == '|' ? "\\|" : "%c", *at);
		fprintf(out, "` | %s |\n", o->what);
	}
}
