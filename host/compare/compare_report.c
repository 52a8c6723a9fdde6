// SPDX-License-Identifier: MIT
/*
 * compare_report.c -- numbers and sentences of a comparison, the same in every format.
 *
 * Idea.  A cost is shown in the unit of its trace. Where the units differ, costs stand beside each
 *   other and are not subtracted.
 * Tests.  comparison_test.c, tests/system/trace_compare.t.
 */
#include "compare/compare_report.h"

#include <inttypes.h>
#include <string.h>

#include "lib/printable.h"

/* ---- numbers ---- */

static void number_text(struct trace_text *text, bool instructions, uint64_t ns)
{
	if (instructions)
		trace_text_add(text, "%" PRIu64, ns);
	else
		trace_text_add(text, "%" PRIu64 ".%03u", ns / 1000, (unsigned)(ns % 1000));
}

void compare_cost_text(struct trace_text *text, const struct comparison *c, enum side side,
		       uint64_t ns)
{
	number_text(text, c->traces[side]->instructions, ns);
}

const char *compare_unit(const struct comparison *c, enum side side)
{
	return c->traces[side]->instructions ? "instructions" : "µs";
}

void compare_difference_text(struct trace_text *text, const struct comparison *c, uint64_t a,
			     uint64_t b)
{
	if (a == b || !compare_units_agree(c))
		return;
	trace_text_add(text, a < b ? "+" : "-");
	number_text(text, c->traces[SIDE_A]->instructions, a < b ? b - a : a - b);
}

/* Of 0 nothing is a multiple. */
static void ratio_text(struct trace_text *text, uint64_t a, uint64_t b)
{
	if (a && b)
		trace_text_add(text, b / a < 100 ? "×%.2f" : "×%.0f", (double)b / (double)a);
}

/* Counts say what is new: many steps have no cost of their own. */
void compare_kind_ratio_text(struct trace_text *text, const struct comparison *c,
			     const struct compare_kind *k)
{
	if (!k->count[SIDE_A] || !k->count[SIDE_B])
		trace_text_add(text, k->count[SIDE_A] ? "gone" : "new");
	else if (compare_units_agree(c))
		ratio_text(text, k->cost_ns[SIDE_A], k->cost_ns[SIDE_B]);
}

void compare_thread_text(struct trace_text *text, const struct comparison *c, enum side side,
			 uint32_t thread)
{
	const struct saved_thread *t;
	const char *name;

	if (thread == SAVED_NONE) {
		trace_text_add(text, "-");
		return;
	}
	t = &c->traces[side]->threads[thread];
	name = trace_strings_text(c->strings, t->name);
	if (t->tid == 0)
		trace_text_add(text, "boot and idle loop");
	else
		trace_text_add(text, "%s %d", *name ? name : "thread", (int)t->tid);
}

/* ---- sentences ---- */

const struct compare_mark *compare_mark(enum compare_what what)
{
	static const struct compare_mark marks[NR_COMPARE_WHATS] = {
		[COMPARE_SAME] = {"equal", ' ', "the same"},
		[COMPARE_COST] = {"cost", '~', "the same step at a considerably different cost"},
		[COMPARE_CHANGED] = {"changed", '|',
				     "the same kind of step with other arguments or results"},
		[COMPARE_ONLY_A] = {"only_a", '<', "only in A"},
		[COMPARE_ONLY_B] = {"only_b", '>', "only in B"},
	};

	return &marks[what];
}

static const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

static void list_differences(struct trace_text *text, const struct comparison *c)
{
	static const struct {
		enum compare_what what;
		const char *words;
	} parts[] = {
		{COMPARE_ONLY_A, "only in A"},
		{COMPARE_ONLY_B, "only in B"},
		{COMPARE_CHANGED, "with other arguments or results"},
	};
	const char *comma = "";

	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!c->nr_of[parts[i].what])
			continue;
		trace_text_add(text, "%s%zu %s", comma, c->nr_of[parts[i].what], parts[i].words);
		comma = ", ";
	}
}

void compare_verdict_text(struct trace_text *text, const struct comparison *c)
{
	size_t same = c->nr_of[COMPARE_SAME] + c->nr_of[COMPARE_COST];
	size_t differ = c->nr_rows - same;

	if (comparison_is_same(c)) {
		trace_text_add(text, "The steps are the same");
	} else {
		trace_text_add(text, "%zu step%s differ%s: ", differ, plural(differ),
			       differ == 1 ? "s" : "");
		list_differences(text, c);
		trace_text_add(text, ". %zu %s the same", same, same == 1 ? "is" : "are");
	}
	if (c->nr_of[COMPARE_COST])
		trace_text_add(text, ", %zu of them at a considerably different cost",
			       c->nr_of[COMPARE_COST]);
	trace_text_add(text, ".");
	if (!compare_units_agree(c))
		trace_text_add(
			text,
			" One trace counts instructions and the other measures time, so costs are not compared.");
	if (!c->traces[SIDE_A]->instructions && !c->traces[SIDE_B]->instructions)
		trace_text_add(
			text,
			" Costs and interrupts depend on chance here; not in runs with --deterministic.");
	if (c->bounded)
		trace_text_add(
			text,
			" The traces differ so much that the search was cut short: steps may be shown as different that have a partner.");
}

/* ---- facts ---- */

const char *compare_fact_name(enum compare_fact fact)
{
	static const char *const names[] = {
		[COMPARE_FILE] = "file",
		[COMPARE_PROGRAM] = "program",
		[COMPARE_KERNEL] = "kernel",
		[COMPARE_OPTIONS] = "kernel options",
		[COMPARE_END] = "end",
		[COMPARE_THREADS] = "threads",
		[COMPARE_STEPS] = "steps",
		[COMPARE_KERNEL_TIME] = "in the kernel",
		[COMPARE_PROGRAM_TIME] = "in the program",
		[COMPARE_LOST] = "lost events",
	};

	return names[fact];
}

static uint64_t number_of(const struct saved_trace *t, enum compare_fact fact)
{
	switch (fact) {
	case COMPARE_THREADS:
		return t->nr_threads;
	case COMPARE_STEPS:
		return t->nr;
	case COMPARE_KERNEL_TIME:
		return t->kernel_ns;
	case COMPARE_PROGRAM_TIME:
		return t->program_ns;
	default:
		return t->lost;
	}
}

static bool is_time(enum compare_fact fact)
{
	return fact == COMPARE_KERNEL_TIME || fact == COMPARE_PROGRAM_TIME;
}

static uint32_t string_of(const struct saved_trace *t, enum compare_fact fact)
{
	return fact == COMPARE_PROGRAM	 ? t->program
	       : fact == COMPARE_KERNEL	 ? t->kernel
	       : fact == COMPARE_OPTIONS ? t->kernel_options
					 : t->end;
}

void compare_fact_text(struct trace_text *text, const struct comparison *c, enum side side,
		       enum compare_fact fact)
{
	const struct saved_trace *t = c->traces[side];

	if (fact == COMPARE_LOST && !c->traces[SIDE_A]->lost && !c->traces[SIDE_B]->lost)
		return;
	if (fact == COMPARE_FILE) {
		char shown[1024];

		printable_text(shown, sizeof(shown), t->path, strlen(t->path));
		trace_text_add(text, "%s", shown);
	} else if (fact < COMPARE_THREADS) {
		const char *words = trace_strings_text(c->strings, string_of(t, fact));

		trace_text_add(text, "%s", *words ? words : "-");
	} else if (is_time(fact)) {
		compare_cost_text(text, c, side, number_of(t, fact));
		trace_text_add(text, " %s", compare_unit(c, side));
	} else {
		trace_text_add(text, "%" PRIu64, number_of(t, fact));
	}
}

void compare_fact_difference(struct trace_text *text, const struct comparison *c,
			     enum compare_fact fact)
{
	uint64_t a, b;

	if (fact < COMPARE_THREADS)
		return;
	a = number_of(c->traces[SIDE_A], fact);
	b = number_of(c->traces[SIDE_B], fact);
	if (!is_time(fact) && a != b) {
		trace_text_add(text, "%+" PRId64, (int64_t)(b - a));
	} else if (is_time(fact) && a != b && compare_units_agree(c)) {
		compare_difference_text(text, c, a, b);
		trace_text_add(text, a && b ? " " : "");
		ratio_text(text, a, b);
	}
}

/* ---- rows ---- */

static bool reads_alike(const struct comparison *c, const struct compare_row *x,
			const struct compare_row *y)
{
	if (x->what != y->what)
		return false;
	for (unsigned side = 0; x->what != COMPARE_SAME && side < NR_SIDES; side++) {
		const struct saved_step *a = comparison_step(c, x, side);
		const struct saved_step *b = comparison_step(c, y, side);

		if (a && b && a->key != b->key)
			return false;
	}
	return true;
}

struct compare_run compare_run_at(const struct comparison *c, const struct compare_thread *thread,
				  size_t at)
{
	const struct compare_row *rows = &c->rows[at];
	size_t left = thread->first + thread->nr - at;
	struct compare_run run = {.nr = 1};

	while (run.nr < left && reads_alike(c, rows, &rows[run.nr]))
		run.nr++;
	if (rows->what == COMPARE_SAME)
		run.folded = run.nr > 1 ? run.nr : 0;
	else if (run.nr >= COMPARE_REPEATS_MIN)
		run.folded = run.nr - 1;
	else
		run.nr = 1;
	for (size_t i = run.nr - run.folded; i < run.nr; i++)
		for (unsigned side = 0; side < NR_SIDES; side++) {
			const struct saved_step *step = comparison_step(c, &rows[i], side);

			run.cost_ns[side] += step ? step->cost_ns : 0;
		}
	return run;
}

void compare_run_text(struct trace_text *text, const struct compare_run *run)
{
	trace_text_add(text, "… %zu %s", run->folded,
		       compare_run_is_equal(run) ? "equal steps" : "times more");
}
