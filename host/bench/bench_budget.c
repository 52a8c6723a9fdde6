// SPDX-License-Identifier: MIT
/*
 * bench_budget.c -- budgets of rows: reading, judging, recording them.
 *
 * Idea.  The file is kept line by line, so that comments and the order of rows survive a recording,
 *   which replaces only the lines of rows that have changed. A figure within the tolerance of its
 *   budget is neither over it nor better.
 * Invariants.
 *   B1  A row has at most one budget.
 *   B2  No budget becomes higher unless `raise` says so.
 *   B3  The file is replaced as a whole: if the new one cannot be written the former one stays.
 * Tests.  bench_budget_test.c, tests/system/budgets.t.
 */
#include "bench/bench_budget.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_table.h"
#include "image/file_map.h"
#include "base/say.h"

static struct bench_budget_line *add_line(struct bench_budgets *b)
{
	struct bench_budget_line *more = must_alloc((b->nr + 1) * sizeof(*more));

	if (b->nr)
		memcpy(more, b->lines, b->nr * sizeof(*more));
	free(b->lines);
	b->lines = more;
	return &more[b->nr++];
}

static const struct bench_budget_line *find(const struct bench_budgets *b, const char *key)
{
	for (unsigned i = 0; i < b->nr; i++)
		if (strcmp(b->lines[i].key, key) == 0)
			return &b->lines[i];
	return NULL;
}

static int parse_line(struct bench_budgets *b, const char *text, int len)
{
	char *copy = must_format("%.*s", len, text);
	const char *start = copy + strspn(copy, " \t");
	struct bench_budget_line line = {.text = copy};
	char after;

	if (*start && *start != '#') {
		int n = sscanf(start, "%39s %lf %c", line.key, &line.budget, &after);
		bool good = (n == 2 || (n == 3 && after == '#')) && isfinite(line.budget) &&
			    line.budget > 0;

		if (!good || find(b, line.key)) {
			free(copy);
			return -EINVAL;
		}
	}
	*add_line(b) = line;
	return 0;
}

int bench_budgets_parse(struct bench_budgets *b, const char *text, const char *name)
{
	*b = (struct bench_budgets){0};
	for (unsigned nr = 1; *text; nr++) {
		size_t len = strcspn(text, "\n");

		if (parse_line(b, text, (int)len)) {
			say("%s:%u: this is no budget, or the second for its row: write KEY INSTRUCTIONS",
			    name, nr);
			bench_budgets_free(b);
			return -EINVAL;
		}
		text += len + (text[len] == '\n');
	}
	return 0;
}

int bench_budgets_read(struct bench_budgets *b, const char *path, bool may_be_absent)
{
	struct file_map map;
	char *text;
	int err = file_map_open(&map, path);

	*b = (struct bench_budgets){0};
	if (err == -ENOENT && may_be_absent)
		return 0;
	if (err) {
		say("the budgets %s cannot be read (%s): 'make budgets' records them", path,
		    strerror(-err));
		return err;
	}
	text = must_format("%.*s", (int)map.len, (const char *)map.data);
	file_map_close(&map);
	err = bench_budgets_parse(b, text, path);
	free(text);
	return err;
}

void bench_budgets_free(struct bench_budgets *b)
{
	for (unsigned i = 0; i < b->nr; i++)
		free(b->lines[i].text);
	free(b->lines);
	*b = (struct bench_budgets){0};
}

enum bench_verdict bench_budget_judge(double budget, double measured)
{
	if (measured > budget * (1 + BENCH_BUDGET_TOLERANCE))
		return BENCH_OVER;
	if (measured < budget * (1 - BENCH_BUDGET_TOLERANCE))
		return BENCH_BETTER;
	return BENCH_WITHIN;
}

/* Our figure for a row in instructions. Returns: 0 when there is none. */
static double measured_of(const struct bench_result *r, const char *key)
{
	const struct bench_line *line = bench_result_line(r, key);

	if (!line || !bench_value_is_measured(&line->values[BENCH_OURS]))
		return 0;
	return bench_value_min(&line->values[BENCH_OURS]);
}

static void print_change(FILE *out, const char *key, const char *word, double measured,
			 double budget)
{
	char now[BENCH_NUMBER_MAX], then[BENCH_NUMBER_MAX];

	fprintf(out, "%-24s %-16s %s instructions; its budget is %s (%+.1f %%)\n", key, word,
		bench_number(now, measured), bench_number(then, budget),
		100 * (measured / budget - 1));
}

static unsigned check_line(const struct bench_budget_line *line, const struct bench_result *r,
			   bool all, FILE *out, unsigned *better)
{
	double measured = measured_of(r, line->key);

	if (measured <= 0) {
		if (all)
			fprintf(out, "%-24s NOT MEASURED; it has a budget\n", line->key);
		return all;
	}
	switch (bench_budget_judge(line->budget, measured)) {
	case BENCH_OVER:
		print_change(out, line->key, "OVER ITS BUDGET:", measured, line->budget);
		return 1;
	case BENCH_BETTER:
		print_change(out, line->key, "better:", measured, line->budget);
		++*better;
		return 0;
	case BENCH_WITHIN:
		break;
	}
	return 0;
}

unsigned bench_budgets_check(const struct bench_budgets *b, const struct bench_result *r, bool all,
			     FILE *out)
{
	unsigned over = 0, better = 0, without = 0, nr = 0;

	for (unsigned i = 0; i < b->nr; i++) {
		if (!*b->lines[i].key)
			continue;
		nr++;
		over += check_line(&b->lines[i], r, all, out, &better);
	}
	for (unsigned i = 0; i < r->nr; i++) {
		if (measured_of(r, r->lines[i].key) <= 0 || find(b, r->lines[i].key))
			continue;
		fprintf(out, "%-24s has no budget yet\n", r->lines[i].key);
		without++;
	}
	fprintf(out, "%u budgets, %u exceeded by more than %.0f %%\n", nr, over,
		100 * BENCH_BUDGET_TOLERANCE);
	if (better || without)
		fputs("'make budgets' records what is better or new\n", out);
	if (over)
		fputs("make the operation as cheap as it was; or, where its new cost is worth it, say why in the "
		      "commit and record it by 'make budgets RAISE=1'\n",
		      out);
	return over;
}

static bool record(struct bench_budgets *b, const char *key, double measured, bool raise, FILE *out)
{
	struct bench_budget_line *line = (struct bench_budget_line *)find(b, key);
	double rounded = ceil(measured);

	if (!line) {
		line = add_line(b);
		snprintf(line->key, sizeof(line->key), "%s", key);
		fprintf(out, "%-24s new: %.0f\n", key, rounded);
	} else {
		if (line->budget == rounded || (rounded > line->budget && !raise))
			return false;
		fprintf(out, "%-24s %.0f, was %.0f\n", key, rounded, line->budget);
		free(line->text);
	}
	line->budget = rounded;
	line->text = must_format("%-24s %.0f", key, rounded);
	return true;
}

unsigned bench_budgets_record(struct bench_budgets *b, const struct bench_result *r, bool raise,
			      FILE *out)
{
	unsigned changed = 0;

	for (unsigned i = 0; i < r->nr; i++) {
		double measured = measured_of(r, r->lines[i].key);

		if (measured > 0)
			changed += record(b, r->lines[i].key, measured, raise, out);
	}
	return changed;
}

int bench_budgets_write(const struct bench_budgets *b, const char *path)
{
	char *beside = must_format("%s.new", path);
	FILE *out = fopen(beside, "we");
	int err = out ? 0 : -errno;

	for (unsigned i = 0; out && i < b->nr; i++)
		fprintf(out, "%s\n", b->lines[i].text);
	if (out && (ferror(out) | fclose(out)))
		err = -EIO;
	if (!err && rename(beside, path) < 0)
		err = -errno;
	if (err) {
		say("the budgets cannot be written to %s (%s): free space, or name another file",
		    path, strerror(-err));
		unlink(beside);
	}
	free(beside);
	return err;
}
