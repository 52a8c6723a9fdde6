// SPDX-License-Identifier: MIT
/* Looking words up in the command line. Tests: cmdline_test.c. */
#include "core/cmdline.h"
#include "core/assert.h"
#include "core/log.h"
#include "lib/boot_options.h"
#include "lib/chance.h"
#include "lib/parse.h"
#include "lib/string.h"

static const char *line = ""; /* [I] after boot */

void cmdline_init(const char *text)
{
	line = text;
}

const char *cmdline_text(void)
{
	return line;
}

/* The next word at or after @p: its start and length; NULL at the end. */
static const char *next_word(const char *p, size_t *len)
{
	while (*p == ' ')
		p++;
	for (*len = 0; p[*len] && p[*len] != ' '; (*len)++)
		;
	return *len ? p : NULL;
}

static void log_wrong_value(const char *text, const struct boot_option *option)
{
	if (option->kind == BOOT_OPTION_CHOICE)
		log_err("option %s has none of the values %s: ignored", text, option->values);
	else
		log_err("option %s has no such value: ignored", text);
}

void cmdline_check(void)
{
	const struct boot_option *option;
	char text[64], *equals;
	size_t len;

	for (const char *p = next_word(line, &len); p; p = next_word(p + len, &len)) {
		size_t kept = min(len, sizeof(text) - 1);

		memcpy(text, p, kept);
		text[kept] = '\0';
		equals = strchr(text, '=');
		option = boot_option_find(text, equals ? (size_t)(equals - text) : kept);
		if (!option)
			log_err("there is no option %s: ignored", text);
		else if (!boot_option_allows(option, equals ? equals + 1 : NULL))
			log_wrong_value(text, option);
	}
}

bool cmdline_has(const char *name)
{
	size_t name_len = strlen(name), len;

	debug_assert(boot_option_find(name, name_len)); /* uapi/boot_options.tbl.h */
	for (const char *p = next_word(line, &len); p; p = next_word(p + len, &len))
		if (len >= name_len && memcmp(p, name, name_len) == 0 &&
		    (len == name_len || p[name_len] == '='))
			return true;
	return false;
}

bool cmdline_string_at(const char *name, unsigned index, char *value, size_t size)
{
	size_t name_len = strlen(name), len;

	debug_assert(boot_option_find(name, name_len)); /* uapi/boot_options.tbl.h */
	for (const char *p = next_word(line, &len); p; p = next_word(p + len, &len)) {
		size_t value_len;

		if (len <= name_len || memcmp(p, name, name_len) != 0 || p[name_len] != '=' ||
		    index--)
			continue;
		value_len = min(len - name_len - 1, size - 1);
		memcpy(value, p + name_len + 1, value_len);
		value[value_len] = '\0';
		return true;
	}
	return false;
}

bool cmdline_lists(const char *name, const char *value)
{
	char text[32];

	for (unsigned i = 0; cmdline_string_at(name, i, text, sizeof(text)); i++)
		if (strcmp(text, value) == 0)
			return true;
	return false;
}

bool cmdline_string(const char *name, char *value, size_t size)
{
	unsigned n = 0;

	while (cmdline_string_at(name, n, value, size))
		n++;
	return n > 0;
}

u64 cmdline_u64(const char *name, u64 fallback)
{
	char text[32];
	u64 value;

	if (!cmdline_string(name, text, sizeof(text)))
		return fallback;
	if (parse_u64(text, 0, &value)) {
		log_warn("option %s=%s is no number: ignored", name, text);
		return fallback;
	}
	return value;
}

bool cmdline_seed(const char *name, u64 *seed, u32 *one_in)
{
	char text[48], *comma;
	u64 n = *one_in;

	if (!cmdline_string(name, text, sizeof(text)))
		return false;
	comma = strchr(text, ',');
	if (comma)
		*comma = '\0';
	if (parse_u64(text, 0, seed) || (comma && parse_u64(comma + 1, 10, &n)) || n < 1 ||
	    n > CHANCE_ONE_IN_MAX) {
		log_err("option %s= wants SEED or SEED,N: ignored", name);
		return false;
	}
	*one_in = (u32)n;
	return true;
}
