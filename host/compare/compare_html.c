// SPDX-License-Identifier: MIT
/*
 * compare_html.c -- a comparison as one self-contained page.
 *
 * Idea.  All is in the document, so that it can be read, printed and searched without a script:
 *   tables of facts, of kinds, and of each thread's steps in two columns. The script
 *   (host/compare/page) only opens runs of equal steps and goes from difference to difference.
 * Invariants.
 *   H1  Texts of traces and names of files are escaped: no part of them is an element.
 *   H2  The page stays of a size that browsers can show: it has at most COMPARE_HTML_LINES_MAX
 *       lines of steps, headings among them, COMPARE_HTML_LINES_MAX equal steps in runs that can be
 *       opened, and COMPARE_HTML_KINDS_MAX kinds; what is left out is said.
 * Tests.  comparison_test.c, tests/system/trace_compare_page.t.
 */
#include "compare/compare_html.h"

#include <inttypes.h>
#include <string.h>

#include "base/xml_text.h"
#include "compare/step_text.h"
#include "trace/trace_width.h"

enum { LINES_AT_ONCE = 2 }; /* what put_rows adds, besides equal steps */

/* The assembler takes the files in; tools/host.mk makes this file depend on them. */
#define PAGE_FILE(name, file)                                                                      \
	__asm__(".pushsection .rodata\n"                                                           \
		"compare_" #name ": .incbin \"host/compare/page/" file "\"\n"                      \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	__attribute__((visibility("hidden"))) extern const char compare_##name[];

PAGE_FILE(css, "compare.css")
PAGE_FILE(js, "compare.js")

struct page {
	FILE *out;
	const struct comparison *c;
	size_t lines, equal; /* so far; equal steps that a button shows are no lines */
	size_t left_out;     /* steps */
};

/* Of a text that differs from another: how much both begin and end with. */
struct differing {
	size_t begin, end;
};

static void put_string(FILE *out, const char *text)
{
	xml_text(out, text, strlen(text));
}

static struct differing differing_of(const char *a, const char *b)
{
	size_t of_a = strlen(a), of_b = strlen(b), most = of_a < of_b ? of_a : of_b;
	struct differing d = {0, 0};

	while (d.begin < most && a[d.begin] == b[d.begin])
		d.begin++;
	while (d.begin && (trace_width_is_inside(a, d.begin) || trace_width_is_inside(b, d.begin)))
		d.begin--;
	while (d.end < most - d.begin && a[of_a - d.end - 1] == b[of_b - d.end - 1])
		d.end++;
	while (d.end &&
	       (trace_width_is_inside(a, of_a - d.end) || trace_width_is_inside(b, of_b - d.end)))
		d.end--;
	return d;
}

/* H2. */
static void put_left_out(struct page *p, size_t nr, const char *what)
{
	fprintf(p->out,
		"<p>… %zu more %s are left out here: --format json and --format table have them.</p>\n",
		nr, what);
}

/* ---- facts and kinds ---- */

static void put_facts(struct page *p)
{
	fputs("<section aria-labelledby='h-facts'><h2 id='h-facts'>What is compared</h2>\n"
	      "<table class='facts'><thead><tr><td></td><th scope='col'>A</th><th scope='col'>B</th>"
	      "<th scope='col'>difference</th></tr></thead><tbody>\n",
	      p->out);
	for (unsigned fact = 0; fact < NR_COMPARE_FACTS; fact++) {
		char a[STEP_TEXT_BYTES] = "", b[STEP_TEXT_BYTES] = "", difference[64] = "";
		struct trace_text left = TRACE_TEXT(a), right = TRACE_TEXT(b);
		struct trace_text more = TRACE_TEXT(difference);

		compare_fact_text(&left, p->c, SIDE_A, fact);
		compare_fact_text(&right, p->c, SIDE_B, fact);
		compare_fact_difference(&more, p->c, fact);
		if (!left.len && !right.len)
			continue;
		fprintf(p->out, "<tr><th scope='row'>%s</th><td>", compare_fact_name(fact));
		put_string(p->out, a);
		fputs("</td><td>", p->out);
		put_string(p->out, b);
		fprintf(p->out, "</td><td>%s</td></tr>\n", difference);
	}
	fputs("</tbody></table></section>\n", p->out);
}

static void put_kind(struct page *p, const struct compare_kind *k)
{
	char buffer[64] = "";
	struct trace_text text = TRACE_TEXT(buffer);

	fputs("<tr><th scope='row'>", p->out);
	put_string(p->out, trace_strings_text(p->c->strings, k->kind));
	fputs("</th>", p->out);
	for (unsigned side = 0; side < NR_SIDES; side++)
		fprintf(p->out, "<td class='number'>%" PRIu64 "</td>", k->count[side]);
	for (unsigned side = 0; side < NR_SIDES; side++) {
		trace_text_cut(&text, 0);
		compare_cost_text(&text, p->c, side, k->cost_ns[side]);
		fprintf(p->out, "<td class='number'>%s</td>", buffer);
	}
	trace_text_cut(&text, 0);
	compare_difference_text(&text, p->c, k->cost_ns[SIDE_A], k->cost_ns[SIDE_B]);
	fprintf(p->out, "<td class='number'>%s</td>", buffer);
	trace_text_cut(&text, 0);
	compare_kind_ratio_text(&text, p->c, k);
	fprintf(p->out, "<td class='number'>%s</td></tr>\n", buffer);
}

/* The kinds that are the same in both, or the others; at most @most. Returns: how many. */
static size_t put_kinds_that(struct page *p, bool are_equal, size_t most)
{
	size_t nr = 0;

	for (size_t i = 0; i < p->c->nr_kinds && nr < most; i++) {
		if (compare_kind_is_equal(p->c, &p->c->kinds[i]) != are_equal)
			continue;
		put_kind(p, &p->c->kinds[i]);
		nr++;
	}
	return nr;
}

static void put_kinds(struct page *p)
{
	size_t equal = 0, nr;

	fprintf(p->out,
		"<section><h2 id='h-kinds'>By kind of step</h2>\n"
		"<div class='scroll' role='region' aria-labelledby='h-kinds' tabindex='0'><table class='kinds'><caption>The largest difference of %s comes first. A step's cost is without "
		"those of steps within it, so costs add up to the time in the kernel.</caption>"
		"<thead><tr><th scope='col'>kind</th><th scope='col' class='number'>times in A</th>"
		"<th scope='col' class='number'>times in B</th>"
		"<th scope='col' class='number'>cost in A, %s</th>"
		"<th scope='col' class='number'>cost in B, %s</th><th scope='col' class='number'>B − A</th>"
		"<th scope='col' class='number'>B / A</th></tr></thead><tbody>\n",
		compare_units_agree(p->c) ? "costs" : "numbers", compare_unit(p->c, SIDE_A),
		compare_unit(p->c, SIDE_B));
	for (size_t i = 0; i < p->c->nr_kinds; i++)
		equal += compare_kind_is_equal(p->c, &p->c->kinds[i]);
	nr = put_kinds_that(p, false, COMPARE_HTML_KINDS_MAX);
	if (equal)
		fprintf(p->out,
			"<tr class='fold'><td colspan='7'><button type='button' aria-expanded='false' "
			"aria-controls='equal-kinds'>… %zu the same in both</button></td></tr></tbody>\n"
			"<tbody id='equal-kinds' hidden>\n",
			equal);
	nr += put_kinds_that(p, true, COMPARE_HTML_KINDS_MAX - nr);
	fputs("</tbody></table></div>\n", p->out);
	if (nr < p->c->nr_kinds)
		put_left_out(p, p->c->nr_kinds - nr, "kinds");
	fputs("</section>\n", p->out);
}

/* ---- steps ---- */

static void put_sign(struct page *p, enum compare_what what)
{
	char sign = compare_mark(what)->sign;

	if (sign != ' ')
		xml_text(p->out, &sign, 1);
}

static void put_step(struct page *p, enum side side, const struct saved_step *step,
		     const struct differing *d)
{
	char buffer[64] = "";
	struct trace_text cost = TRACE_TEXT(buffer);
	const char *text = step ? trace_strings_text(p->c->strings, step->text) : "";
	size_t len = strlen(text);

	if (step && step->cost_ns)
		compare_cost_text(&cost, p->c, side, step->cost_ns);
	fprintf(p->out, "<td class='number'>%s</td><td class='text'>", buffer);
	if (d) {
		xml_text(p->out, text, d->begin);
		fputs("<mark>", p->out);
		xml_text(p->out, text + d->begin, len - d->begin - d->end);
		fputs("</mark>", p->out);
		xml_text(p->out, text + len - d->end, d->end);
	} else {
		xml_text(p->out, text, len);
	}
	fputs("</td>", p->out);
}

static void put_row(struct page *p, const struct compare_row *row)
{
	const struct saved_step *a = comparison_step(p->c, row, SIDE_A);
	const struct saved_step *b = comparison_step(p->c, row, SIDE_B);
	struct differing d;

	if (row->what == COMPARE_CHANGED)
		d = differing_of(trace_strings_text(p->c->strings, a->text),
				 trace_strings_text(p->c->strings, b->text));
	fprintf(p->out, "<tr class='%s'%s>", compare_mark(row->what)->name,
		row->what == COMPARE_SAME ? "" : " data-differs tabindex='-1'");
	put_step(p, SIDE_A, a, row->what == COMPARE_CHANGED ? &d : NULL);
	fputs("<td class='sign'><span aria-hidden='true'>", p->out);
	put_sign(p, row->what);
	fputs("</span>", p->out);
	if (row->what != COMPARE_SAME)
		fprintf(p->out, "<span class='unseen'>%s</span>", compare_mark(row->what)->words);
	fputs("</td>", p->out);
	put_step(p, SIDE_B, b, row->what == COMPARE_CHANGED ? &d : NULL);
	fputs("</tr>\n", p->out);
	p->lines++;
}

/* One line for several rows: the words, or what shows the rows, on the sides that have them. */
static void put_fold(struct page *p, enum compare_what what, const char *a, const char *b,
		     const uint64_t cost_ns[NR_SIDES])
{
	fputs("<tr class='fold'>", p->out);
	for (unsigned side = 0; side < NR_SIDES; side++) {
		char buffer[64] = "";
		struct trace_text cost = TRACE_TEXT(buffer);

		if (cost_ns[side])
			compare_cost_text(&cost, p->c, side, cost_ns[side]);
		if (side == SIDE_B) {
			fputs("<td class='sign'>", p->out);
			put_sign(p, what);
			fputs("</td>", p->out);
		}
		fprintf(p->out, "<td class='number'>%s</td><td>%s</td>", buffer,
			side == SIDE_A ? a : b);
	}
	fputs("</tr>\n", p->out);
	p->lines++;
}

/* A line for equal steps; a button shows them if the page has them. H2. */
static void put_equal(struct page *p, size_t at, const struct compare_run *run, const char *words)
{
	char button[256];

	if (p->equal + run->nr > COMPARE_HTML_LINES_MAX) {
		put_fold(p, COMPARE_SAME, words, words, run->cost_ns);
		return;
	}
	p->equal += run->nr;
	snprintf(button, sizeof(button),
		 "<button type='button' aria-expanded='false' aria-controls='run-%zu'>%s</button>",
		 at, words);
	put_fold(p, COMPARE_SAME, button, words, run->cost_ns);
	fprintf(p->out, "</tbody>\n<tbody id='run-%zu' hidden>\n", at);
	for (size_t i = 0; i < run->nr; i++)
		put_row(p, &p->c->rows[at + i]);
	p->lines -= run->nr;
	fputs("</tbody>\n<tbody>\n", p->out);
}

/* Rows from @at on; those that read alike as one line, or two. Returns: how many. */
static size_t put_rows(struct page *p, const struct compare_thread *thread, size_t at)
{
	enum compare_what what = p->c->rows[at].what;
	struct compare_run run = compare_run_at(p->c, thread, at);
	char buffer[64];
	struct trace_text words = TRACE_TEXT(buffer);

	compare_run_text(&words, &run);
	if (compare_run_is_equal(&run)) {
		put_equal(p, at, &run, buffer);
		return run.nr;
	}
	put_row(p, &p->c->rows[at]);
	if (run.folded)
		put_fold(p, what, what == COMPARE_ONLY_B ? "" : buffer,
			 what == COMPARE_ONLY_A ? "" : buffer, run.cost_ns);
	return run.nr;
}

static void put_thread_heading(struct page *p, const struct compare_thread *thread)
{
	char names[NR_SIDES][128];

	for (unsigned side = 0; side < NR_SIDES; side++) {
		struct trace_text text = TRACE_TEXT(names[side]);

		compare_thread_text(&text, p->c, side, thread->thread[side]);
	}
	fputs("<h3>", p->out);
	put_string(p->out, names[SIDE_A]);
	fputs(" | ", p->out);
	put_string(p->out, names[SIDE_B]);
	fprintf(p->out,
		"</h3>\n<table class='steps'><thead><tr><th scope='col' class='number cost'>%s</th>"
		"<th scope='col'>A: ",
		compare_unit(p->c, SIDE_A));
	put_string(p->out, names[SIDE_A]);
	fprintf(p->out,
		"</th><th scope='col' class='sign'><span class='unseen'>how they differ</span></th>"
		"<th scope='col' class='number cost'>%s</th><th scope='col'>B: ",
		compare_unit(p->c, SIDE_B));
	put_string(p->out, names[SIDE_B]);
	fputs("</th></tr></thead><tbody>\n", p->out);
	p->lines++;
}

static void put_thread(struct page *p, const struct compare_thread *thread)
{
	size_t at = thread->first, end = thread->first + thread->nr;

	if (!thread->nr)
		return;
	if (p->lines + 1 + LINES_AT_ONCE > COMPARE_HTML_LINES_MAX) {
		p->left_out += thread->nr;
		return;
	}
	put_thread_heading(p, thread);
	while (at < end && p->lines + LINES_AT_ONCE <= COMPARE_HTML_LINES_MAX)
		at += put_rows(p, thread, at);
	p->left_out += end - at;
	fputs("</tbody></table>\n", p->out);
}

static void put_steps(struct page *p)
{
	fputs("<section id='steps' aria-labelledby='h-steps'><h2 id='h-steps'>Step by step</h2>\n"
	      "<ul class='legend'>",
	      p->out);
	for (unsigned what = COMPARE_SAME + 1; what < NR_COMPARE_WHATS; what++) {
		fputs("<li><b>", p->out);
		put_sign(p, what);
		fprintf(p->out, "</b> %s</li>", compare_mark(what)->words);
	}
	fputs("</ul>\n"
	      "<div class='tools'><button type='button' id='previous'>Previous difference (p)</button>"
	      "<button type='button' id='next'>Next difference (n)</button>"
	      "<span id='place' role='status'></span></div>\n",
	      p->out);
	for (size_t i = 0; i < p->c->nr_threads; i++)
		put_thread(p, &p->c->threads[i]);
	if (p->left_out)
		put_left_out(p, p->left_out, "steps");
	fputs("</section>\n", p->out);
}

int compare_html_write(FILE *out, const struct compare_report *r)
{
	struct page p = {.out = out, .c = r->comparison};
	char buffer[1024];
	struct trace_text verdict = TRACE_TEXT(buffer);

	compare_verdict_text(&verdict, p.c);
	fprintf(out,
		"<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n"
		"<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
		"<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
		"<title>Two traces compared</title>\n<style>\n%s</style>\n</head>\n<body>\n"
		"<a class='skip' href='#steps'>To the steps</a>\n"
		"<header><h1>Two traces compared</h1>\n<p class='verdict'>%s</p></header>\n<main>\n",
		compare_css, buffer);
	put_facts(&p);
	put_kinds(&p);
	put_steps(&p);
	fprintf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", compare_js);
	return 0;
}
