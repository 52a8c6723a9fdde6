// SPDX-License-Identifier: MIT
#include "bench/bench_phases.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "image/file_map.h"
#include "base/say.h"

static void add_rule(struct bench_phases *p, const char *row, const char *phase, char *pattern)
{
	struct bench_phase_rule *more = must_alloc((p->nr + 1) * sizeof(*more));
	struct bench_phase_rule *rule = &more[p->nr];
	char *colon = strchr(pattern, ':');

	if (p->nr)
		memcpy(more, p->rules, p->nr * sizeof(*more));
	free(p->rules);
	p->rules = more;
	if (colon) {
		rule->part = strcmp(colon, ":first") == 0 ? BENCH_FIRST : BENCH_REST;
		*colon = '\0';
	}
	rule->row = must_format("%s", row);
	rule->phase = must_format("%s", phase);
	rule->pattern = must_format("%s", pattern);
	p->nr++;
}

static bool is_good_pattern(const char *pattern)
{
	const char *colon = strchr(pattern, ':');

	return !colon || strcmp(colon, ":first") == 0 || strcmp(colon, ":rest") == 0;
}

/* @line is changed. Returns: 0 or -EINVAL. */
static int parse_line(struct bench_phases *p, char *line)
{
	static const char blanks[] = " \t\r";
	char *rest = line, *row, *phase, *pattern;
	unsigned patterns = 0;

	line[strcspn(line, "#")] = '\0';
	row = strtok_r(line, blanks, &rest);
	if (!row)
		return 0;
	phase = strtok_r(NULL, blanks, &rest);
	while (phase && (pattern = strtok_r(NULL, blanks, &rest))) {
		if (!is_good_pattern(pattern))
			return -EINVAL;
		add_rule(p, row, phase, pattern);
		patterns++;
	}
	return patterns ? 0 : -EINVAL;
}

int bench_phases_parse(struct bench_phases *p, const char *text, const char *name)
{
	char *copy = must_format("%s", text), *rest = copy, *line;
	int err = 0;

	*p = (struct bench_phases){0};
	for (unsigned nr = 1; !err && (line = strsep(&rest, "\n")); nr++) {
		err = parse_line(p, line);
		if (err)
			say("%s:%u: write ROW PHASE PATTERN..., a pattern's end may be :first or :rest",
			    name, nr);
	}
	free(copy);
	if (err)
		bench_phases_free(p);
	return err;
}

int bench_phases_read(struct bench_phases *p, const char *path)
{
	struct file_map map;
	char *text;
	int err = file_map_need(&map, path, ADVICE_TO_BUILD);

	if (err)
		return err;
	text = must_format("%.*s", (int)map.len, (const char *)map.data);
	file_map_close(&map);
	err = bench_phases_parse(p, text, path);
	free(text);
	return err;
}

void bench_phases_free(struct bench_phases *p)
{
	for (unsigned i = 0; i < p->nr; i++) {
		free(p->rules[i].row);
		free(p->rules[i].phase);
		free(p->rules[i].pattern);
	}
	free(p->rules);
	*p = (struct bench_phases){0};
}

static bool fits(const struct bench_phase_rule *rule, const char *row, const char *function)
{
	char plain[256];
	size_t len = strcspn(function, "."); /* the compiler's .cold, .part.0, .isra.0 */

	if (strcmp(rule->row, "*") != 0 && fnmatch(rule->row, row, 0) != 0)
		return false;
	if (fnmatch(rule->pattern, function, 0) == 0)
		return true;
	if (len == 0 || len >= sizeof(plain))
		return false;
	memcpy(plain, function, len);
	plain[len] = '\0';
	return fnmatch(rule->pattern, plain, 0) == 0;
}

const char *bench_phases_of(const struct bench_phases *p, const char *row, const char *function,
			    bool first)
{
	enum bench_part part = first ? BENCH_FIRST : BENCH_REST;

	for (unsigned i = 0; i < p->nr; i++) {
		const struct bench_phase_rule *rule = &p->rules[i];

		if ((rule->part == BENCH_WHOLE || rule->part == part) && fits(rule, row, function))
			return rule->phase;
	}
	return NULL;
}

bool bench_phases_split(const struct bench_phases *p, const char *row, const char *function)
{
	const char *first = bench_phases_of(p, row, function, true);
	const char *rest = bench_phases_of(p, row, function, false);

	return first && rest ? strcmp(first, rest) != 0 : first != rest;
}
