// SPDX-License-Identifier: MIT
/*
 * compare_table.c -- a comparison for a terminal.
 *
 * Idea.  Three parts: what is compared, the kinds of steps, and the steps of each thread in two
 *   columns as diff --side-by-side has them, with a sign between. A run of equal steps is one line.
 * Invariants.
 *   T1  No line is wider than the report's width.
 *   T2  Texts that differ are shown where they do: what both begin with is left out if it is long.
 * Tests.  comparison_test.c, tests/system/trace_compare.t.
 */
#include "compare/compare_table.h"

#include <inttypes.h>
#include <string.h>

#include "compare/step_text.h"
#include "trace/trace_width.h"

enum {
	SMALL = 80,	/* columns: below, there is no difference of costs */
	NARROW = 100,	/* columns: below, numbers have less room */
	LINES_MAX = 8,	/* of a step's text */
	BEFORE = 12,	/* characters that are shown of what both texts begin with */
	FACT_NAME = 15, /* width of a fact's name */
	LEGEND_WIDTH = 78
};

struct table {
	FILE *out;
	const struct comparison *c;
	unsigned width;
	unsigned cost; /* widths: of a cost, of a step's text */
	unsigned text;
};

/* The text in exactly @width columns, cut with "…" if it is longer. */
static void put_cut(FILE *out, const char *text, unsigned width)
{
	size_t len = strlen(text);
	unsigned is = trace_width(text, len);

	if (is <= width) {
		fputs(text, out);
		trace_width_pad(out, width - is);
	} else if (width) {
		fprintf(out, "%.*s…", (int)trace_width_bytes(text, width - 1), text);
	}
}

static void put_right(FILE *out, const char *text, unsigned width)
{
	unsigned is = trace_width(text, strlen(text));

	trace_width_pad(out, is < width ? width - is : 0);
	put_cut(out, text, is < width ? is : width);
}

/* A number, whose last digits are left out where it is too wide: "12345.678", "12345", "12k". */
static void put_number(FILE *out, const char *number, unsigned width)
{
	static const char *const units[] = {"", "k", "M", "G", "T", "P"};
	size_t len = strcspn(number, ".");
	unsigned unit = 0;

	if (strlen(number) <= width) {
		put_right(out, number, width);
		return;
	}
	for (; len + strlen(units[unit]) > width && len > 3 && unit < 5; unit++)
		len -= 3;
	fprintf(out, "%*.*s%s", (int)(width - strlen(units[unit])), (int)len, number, units[unit]);
}

/* The last text of a line, without the blanks at its end. */
static void put_last(FILE *out, const char *text, size_t len)
{
	while (len && text[len - 1] == ' ')
		len--;
	fprintf(out, "%.*s", (int)len, text);
}

/* Words, as many as fit on each line. */
static void put_sentences(FILE *out, const char *text, unsigned width)
{
	while (*text) {
		const char *line = text;
		size_t len;

		text = trace_width_line(line, width, 0, &len);
		fprintf(out, "%.*s\n", (int)len, line);
	}
}

static void put_rule(struct table *t)
{
	for (unsigned i = 0; i < t->width; i++)
		fputs("─", t->out);
	putc('\n', t->out);
}

/* ---- what is compared ---- */

/*
 * The difference is behind B's value, or where that leaves no room below; what is too long is cut.
 */
static void put_fact(struct table *t, enum compare_fact fact)
{
	char a[STEP_TEXT_BYTES] = "", b[STEP_TEXT_BYTES] = "", difference[64] = "";
	struct trace_text left = TRACE_TEXT(a), right = TRACE_TEXT(b);
	struct trace_text more = TRACE_TEXT(difference);
	unsigned column = (t->width - FACT_NAME) / 2 - 1;

	compare_fact_text(&left, t->c, SIDE_A, fact);
	compare_fact_text(&right, t->c, SIDE_B, fact);
	compare_fact_difference(&more, t->c, fact);
	if (!left.len && !right.len)
		return;
	put_cut(t->out, compare_fact_name(fact), FACT_NAME);
	putc(' ', t->out);
	put_cut(t->out, a, column);
	putc(' ', t->out);
	put_last(t->out, b, trace_width_bytes(b, column));
	if (more.len && trace_width(b, right.len) + 2 + trace_width(difference, more.len) > column)
		fprintf(t->out, "\n%*s", (int)(FACT_NAME + column), "");
	fprintf(t->out, "%s%s\n", more.len ? "  " : "", difference);
}

static void put_facts(struct table *t)
{
	char buffer[1024];
	struct trace_text verdict = TRACE_TEXT(buffer);
	unsigned column = (t->width - FACT_NAME) / 2 - 1;

	trace_width_pad(t->out, FACT_NAME + 1);
	put_cut(t->out, "A", column);
	fputs(" B\n", t->out);
	for (unsigned fact = 0; fact < NR_COMPARE_FACTS; fact++)
		put_fact(t, fact);
	putc('\n', t->out);
	compare_verdict_text(&verdict, t->c);
	put_sentences(t->out, buffer, t->width < LEGEND_WIDTH ? t->width : LEGEND_WIDTH);
}

/* ---- kinds ---- */

struct kind_widths {
	unsigned kind, count, cost, ratio;
	unsigned difference; /* 0: there is no room for it */
};

static struct kind_widths widths_of(const struct table *t)
{
	struct kind_widths w = {
		.count = t->width < NARROW ? 5 : 8,
		.cost = t->width < NARROW ? 9 : 13,
		.ratio = 7,
	};
	unsigned numbers;

	w.difference = t->width < SMALL ? 0 : w.cost;
	numbers = 2 * w.count + 2 * w.cost + w.difference + w.ratio + (w.difference ? 6 : 5);
	w.kind = t->width > numbers + 32 ? 32 : t->width - numbers;
	return w;
}

static void put_kind_heading(struct table *t, const struct kind_widths *w)
{
	char unit[64];

	snprintf(unit, sizeof(unit), "cost: %s",
		 compare_units_agree(t->c) ? compare_unit(t->c, SIDE_A) : "not comparable");
	put_cut(t->out, "kind of step", w->kind);
	put_right(t->out, "times", 2 * w->count + 2);
	put_right(t->out, unit, 2 * w->cost + w->difference + w->ratio + (w->difference ? 4 : 3));
	putc('\n', t->out);
	trace_width_pad(t->out, w->kind);
	for (unsigned i = 0; i < 2; i++) {
		unsigned width = i ? w->cost : w->count;

		put_right(t->out, "A", width + 1);
		put_right(t->out, "B", width + 1);
	}
	if (w->difference)
		put_right(t->out, "B-A", w->difference + 1);
	put_right(t->out, "B/A", w->ratio + 1);
	putc('\n', t->out);
}

/* Difference and ratio, if any. */
static void put_last_numbers(struct table *t, const struct kind_widths *w,
			     const struct compare_kind *k)
{
	char difference[64] = "", ratio[64] = "";
	struct trace_text text = TRACE_TEXT(difference), more = TRACE_TEXT(ratio);

	compare_difference_text(&text, t->c, k->cost_ns[SIDE_A], k->cost_ns[SIDE_B]);
	compare_kind_ratio_text(&more, t->c, k);
	if (w->difference && (text.len || more.len)) {
		putc(' ', t->out);
		put_number(t->out, difference, w->difference);
	}
	if (more.len)
		put_right(t->out, ratio, w->ratio + 1);
	putc('\n', t->out);
}

static void put_kind(struct table *t, const struct kind_widths *w, const struct compare_kind *k)
{
	char buffer[64];
	struct trace_text text = TRACE_TEXT(buffer);

	put_cut(t->out, trace_strings_text(t->c->strings, k->kind), w->kind);
	for (unsigned side = 0; side < NR_SIDES; side++) {
		snprintf(buffer, sizeof(buffer), "%" PRIu64, k->count[side]);
		putc(' ', t->out);
		put_number(t->out, k->count[side] ? buffer : "-", w->count);
	}
	for (unsigned side = 0; side < NR_SIDES; side++) {
		trace_text_cut(&text, 0);
		compare_cost_text(&text, t->c, side, k->cost_ns[side]);
		putc(' ', t->out);
		put_number(t->out, k->count[side] ? buffer : "-", w->cost);
	}
	put_last_numbers(t, w, k);
}

static void put_kinds(struct table *t)
{
	struct kind_widths w = widths_of(t);
	size_t equal = 0;

	putc('\n', t->out);
	put_kind_heading(t, &w);
	put_rule(t);
	for (size_t i = 0; i < t->c->nr_kinds; i++) {
		if (compare_kind_is_equal(t->c, &t->c->kinds[i]))
			equal++;
		else
			put_kind(t, &w, &t->c->kinds[i]);
	}
	if (equal)
		fprintf(t->out, "… %zu kind%s that %s the same in both\n", equal,
			equal == 1 ? "" : "s", equal == 1 ? "is" : "are");
}

/* ---- steps ---- */

/*
 * The cost, and a line of the text: @len bytes, or cut. Nothing is put behind the last of a line.
 */
static void put_half(struct table *t, enum side side, const char *cost, const char *text,
		     size_t len)
{
	if (side == SIDE_B && !*cost && !len)
		return;
	if (side == SIDE_B)
		putc(' ', t->out);
	put_number(t->out, cost, t->cost);
	putc(' ', t->out);
	if (side == SIDE_B) {
		put_last(t->out, text, len);
	} else {
		fprintf(t->out, "%.*s", (int)len, text);
		trace_width_pad(t->out, t->text - trace_width(text, len));
	}
}

/* Lines of two texts beside each other, at most @lines; a text that is longer ends with "…". */
static void put_row(struct table *t, const char *const costs[NR_SIDES], char sign,
		    const char *const texts[NR_SIDES], unsigned lines)
{
	const char *rest[NR_SIDES] = {texts[SIDE_A], texts[SIDE_B]};
	size_t least = t->text / 2 + 1; /* long words would leave many lines nearly empty */

	for (unsigned line = 0; line < lines; line++) {
		for (unsigned side = 0; side < NR_SIDES; side++) {
			char cut[1024];
			const char *from = rest[side];
			size_t len;

			rest[side] = trace_width_line(from, t->text, least, &len);
			if (line + 1 == lines && *rest[side]) {
				len = trace_width_bytes(from, t->text - 1);
				snprintf(cut, sizeof(cut), "%.*s…", (int)len, from);
				from = cut;
				len = strlen(cut);
			}
			put_half(t, side, line ? "" : costs[side], from, len);
			if (side == SIDE_A)
				fprintf(t->out, " %c", sign);
		}
		putc('\n', t->out);
		if (!*rest[SIDE_A] && !*rest[SIDE_B])
			return;
	}
}

/* T2. How many bytes of both texts may be left out behind what names the step. */
static size_t common_bytes(const struct table *t, const char *a, const char *b, size_t *named)
{
	size_t len = 0;

	while (a[len] && a[len] == b[len])
		len++;
	*named = strcspn(a, "(") + 1;
	if (trace_width(a, len) < (LINES_MAX - 3) * t->text || *named + BEFORE >= len)
		return 0;
	len -= BEFORE;
	while (len && trace_width_is_inside(a, len))
		len--;
	return len > *named ? len : 0;
}

static void put_changed(struct table *t, const char *const costs[NR_SIDES],
			const char *const texts[NR_SIDES])
{
	char shorter[NR_SIDES][STEP_TEXT_BYTES];
	const char *shown[NR_SIDES] = {texts[SIDE_A], texts[SIDE_B]};
	size_t named, common = common_bytes(t, texts[SIDE_A], texts[SIDE_B], &named);

	for (unsigned side = 0; common && side < NR_SIDES; side++) {
		snprintf(shorter[side], sizeof(shorter[side]), "%.*s…%s", (int)named, texts[side],
			 texts[side] + common);
		shown[side] = shorter[side];
	}
	put_row(t, costs, compare_mark(COMPARE_CHANGED)->sign, shown, LINES_MAX);
}

static void put_steps(struct table *t, const struct compare_row *row)
{
	char buffers[NR_SIDES][32] = {"", ""};
	const char *costs[NR_SIDES] = {buffers[SIDE_A], buffers[SIDE_B]};
	const char *texts[NR_SIDES] = {"", ""};

	for (unsigned side = 0; side < NR_SIDES; side++) {
		const struct saved_step *step = comparison_step(t->c, row, side);
		struct trace_text cost = TRACE_TEXT(buffers[side]);

		if (!step)
			continue;
		if (step->cost_ns)
			compare_cost_text(&cost, t->c, side, step->cost_ns);
		texts[side] = trace_strings_text(t->c->strings, step->text);
	}
	if (row->what == COMPARE_CHANGED)
		put_changed(t, costs, texts);
	else
		put_row(t, costs, compare_mark(row->what)->sign, texts,
			row->what == COMPARE_SAME || row->what == COMPARE_COST ? 1 : LINES_MAX);
}

/* One line for several rows, on the sides that have them. */
static void put_fold(struct table *t, enum compare_what what, const struct compare_run *run)
{
	char buffers[NR_SIDES][32] = {"", ""}, buffer[64];
	struct trace_text words = TRACE_TEXT(buffer);
	const char *costs[NR_SIDES] = {buffers[SIDE_A], buffers[SIDE_B]};
	const char *texts[NR_SIDES] = {what == COMPARE_ONLY_B ? "" : buffer,
				       what == COMPARE_ONLY_A ? "" : buffer};

	compare_run_text(&words, run);
	for (unsigned side = 0; side < NR_SIDES; side++) {
		struct trace_text cost = TRACE_TEXT(buffers[side]);

		if (run->cost_ns[side])
			compare_cost_text(&cost, t->c, side, run->cost_ns[side]);
	}
	put_row(t, costs, compare_mark(what)->sign, texts, 1);
}

/* Rows from @at on; those that read alike as one line, or two. Returns: how many. */
static size_t put_rows(struct table *t, const struct compare_thread *thread, size_t at)
{
	const struct compare_row *row = &t->c->rows[at];
	struct compare_run run = compare_run_at(t->c, thread, at);

	if (!compare_run_is_equal(&run))
		put_steps(t, row);
	if (run.folded)
		put_fold(t, row->what, &run);
	return run.nr;
}

static void put_thread_heading(struct table *t, const struct compare_thread *thread)
{
	char a[128], b[128], cost[NR_SIDES][32];
	struct trace_text left = TRACE_TEXT(a), right = TRACE_TEXT(b);
	const char *costs[NR_SIDES] = {cost[SIDE_A], cost[SIDE_B]}, *texts[NR_SIDES] = {a, b};

	for (unsigned side = 0; side < NR_SIDES; side++)
		snprintf(cost[side], sizeof(cost[side]), "%s",
			 t->c->traces[side]->instructions ? "instr." : "µs");
	trace_text_add(&left, "A: ");
	compare_thread_text(&left, t->c, SIDE_A, thread->thread[SIDE_A]);
	trace_text_add(&right, "B: ");
	compare_thread_text(&right, t->c, SIDE_B, thread->thread[SIDE_B]);
	putc('\n', t->out);
	put_row(t, costs, ' ', texts, 1);
	put_rule(t);
}

static void put_thread(struct table *t, const struct compare_thread *thread)
{
	size_t at = thread->first;

	if (!thread->nr)
		return;
	put_thread_heading(t, thread);
	while (at < thread->first + thread->nr)
		at += put_rows(t, thread, at);
}

static void put_legend(struct table *t)
{
	char buffer[512];
	struct trace_text words = TRACE_TEXT(buffer);

	trace_text_add(&words, "Between the columns: ");
	for (unsigned what = COMPARE_SAME + 1; what < NR_COMPARE_WHATS; what++)
		trace_text_add(&words, "%c %s%s", compare_mark(what)->sign,
			       compare_mark(what)->words, what + 1 < NR_COMPARE_WHATS ? ", " : ".");
	putc('\n', t->out);
	put_sentences(t->out, buffer, t->width < LEGEND_WIDTH ? t->width : LEGEND_WIDTH);
}

int compare_table_write(FILE *out, const struct compare_report *r)
{
	struct table t = {.out = out, .c = r->comparison, .width = r->width};

	t.cost = r->width < NARROW ? 9 : 12;
	t.text = (r->width - 3) / 2 - t.cost - 1;
	put_facts(&t);
	put_kinds(&t);
	put_legend(&t);
	for (size_t i = 0; i < t.c->nr_threads; i++)
		put_thread(&t, &t.c->threads[i]);
	return 0;
}
