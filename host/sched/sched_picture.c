// SPDX-License-Identifier: MIT
/*
 * sched_picture.c -- the timelines of a workload under all policies.
 *
 * Idea.  A panel for each policy, one under the other, with one axis of time for all: what is at
 *   one place across happened at one time. In a panel each job has a lane: solid where it runs,
 *   pale where it is ready and waits for the CPU, a thin line where it waits for a device. Beside
 *   the panel are the means as bars, which have one scale for all policies, too.
 * Invariants.
 *   P1  All that comes from outside goes through xml_text.
 *   P2  A lane has as many elements as can be seen: runs with less than a part of a pixel between
 *       them are one.
 * Tests.  sched_picture_test.c, tests/system/sched_command.t.
 */
#include "sched/sched_picture.h"

#include <math.h>
#include <string.h>

#include "base/xml_text.h"

enum {
	LEFT = 150,  /* where the axis begins: before it, the jobs' names */
	SCALE = 690, /* its width */
	BARS = 960,  /* where the bars begin: before them, what they are */
	BAR_MAX = 150,
	HEAD = 74, /* title and legend */
	AXIS = 22, /* its numbers */
	LANE = 20,
	FILL = 14,    /* of a lane */
	TITLE = 24,   /* of a panel */
	GAP = 14,     /* between panels */
	BAR_ROWS = 3, /* at least as high is a panel */
	STEPS_MAX = 12,
	LETTER = 8,
};

#define MERGE_PIXELS 0.5

struct picture {
	FILE *out;
	const struct sched_result *result;
	double end_ns;	/* of the axis */
	double most_ns; /* of the bars */
};

const char sched_picture_style[] =
	".back{fill:#fff} text{fill:#1b1b1b} .faint{fill:#5a5a5a} .grid{stroke:#ddd}\n"
	".head,.policy{font-weight:bold} .inside{fill:#fff} .wait{stroke:#888}\n"
	".bar{fill:#7a8794} .book{stroke:#111}\n"
	"@media (prefers-color-scheme: dark){.back{fill:#16181d} text{fill:#e8e8e8}\n"
	".faint{fill:#a8adb5} .grid{stroke:#33373f} .inside{fill:#fff} .wait{stroke:#9aa0a8}\n"
	".bar{fill:#8d99a6} .book{stroke:#fff}}\n";

static const char *colour_of(unsigned job)
{
	static const char *const colours[] = {
		"#3465a4", "#d97706", "#2e8b57", "#c0392b", "#8e44ad", "#00838f", "#a17c0b",
		"#d81b60", "#6d4c41", "#546e7a", "#1976d2", "#ef6c00", "#558b2f", "#e57373",
		"#5e35b1", "#26a69a", "#b08d57", "#ad1457", "#4e342e", "#37474f",
	};

	return colours[job % (sizeof(colours) / sizeof(colours[0]))];
}

static double x_of(const struct picture *p, double ns)
{
	return LEFT + SCALE * ns / p->end_ns;
}

static void text_at(const struct picture *p, double x, double y, const char *attributes,
		    const char *text)
{
	fprintf(p->out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
	xml_text(p->out, text, strlen(text));
	fputs("</text>\n", p->out);
}

static double panel_height(const struct sched_result *result)
{
	double lanes = LANE * (double)result->workload->nr_jobs, bars = LANE * BAR_ROWS;

	return TITLE + (lanes > bars ? lanes : bars) + GAP;
}

double sched_picture_height(const struct sched_result *result)
{
	return HEAD + 2 * AXIS + result->nr_runs * panel_height(result);
}

/* ---- the head ---- */

static void triangle(const struct picture *p, double x, double y, const char *colour)
{
	fprintf(p->out,
		"<path d=\"M%.1f %.1f h8 l-4 7 z\" fill=\"%s\" stroke=\"#fff\" "
		"stroke-width=\"0.7\"/>\n",
		x - 4, y, colour);
}

static void draw_head(const struct picture *p)
{
	static const double y = 50;
	char title[WORKLOAD_TITLE_BYTES + 128];

	snprintf(title, sizeof(title), "%.100s: %s", p->result->name, p->result->workload->title);
	text_at(p, 10, 24, "class=\"head\" font-size=\"16\"", title);
	fprintf(p->out, "<rect x=\"%d\" y=\"%.1f\" width=\"26\" height=\"%d\" fill=\"#3465a4\"/>\n",
		LEFT, y - 11, FILL);
	text_at(p, LEFT + 32, y, "class=\"faint\"", "has the CPU");
	fprintf(p->out,
		"<rect x=\"%d\" y=\"%.1f\" width=\"26\" height=\"%d\" fill=\"#3465a4\" "
		"fill-opacity=\"0.22\"/>\n",
		LEFT + 130, y - 11, FILL);
	text_at(p, LEFT + 162, y, "class=\"faint\"", "ready, waits for the CPU");
	fprintf(p->out,
		"<line class=\"wait\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#888\" "
		"stroke-dasharray=\"3 3\"/>\n",
		LEFT + 330, y - 4, LEFT + 356, y - 4);
	text_at(p, LEFT + 362, y, "class=\"faint\"", "waits for a device");
	triangle(p, LEFT + 496, y - 9, "#3465a4");
	text_at(p, LEFT + 506, y, "class=\"faint\"", "arrives");
	text_at(p, BARS - 78, y, "class=\"faint\"", "mean of all jobs, in ms");
	for (unsigned i = 0; i < p->result->nr_runs; i++) {
		if (!p->result->runs[i].expect)
			continue;
		fprintf(p->out,
			"<line class=\"book\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" "
			"stroke=\"#111\" stroke-width=\"2\"/>\n",
			BARS + 70, y - 11, BARS + 70, y + 3);
		text_at(p, BARS + 76, y, "class=\"faint\"", "textbook");
		break;
	}
}

/* ---- the axis ---- */

/* The least of 1, 2, 5, 10, ... with which there are not too many steps. */
static double step_of(double end_ms)
{
	static const double factors[] = {1, 2, 5};

	for (double decade = 0.001;; decade *= 10)
		for (unsigned i = 0; i < 3; i++)
			if (end_ms / (factors[i] * decade) <= STEPS_MAX)
				return factors[i] * decade;
}

static void draw_axis(const struct picture *p, double top, double bottom)
{
	double end_ms = p->end_ns / WORKLOAD_NS_PER_MS, step = step_of(end_ms);

	for (unsigned i = 0; i * step <= end_ms * 1.0001; i++) {
		double x = x_of(p, i * step * WORKLOAD_NS_PER_MS);
		char label[32];

		snprintf(label, sizeof(label), "%g%s", i * step, i ? "" : " ms");
		fprintf(p->out,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
			"stroke=\"#ddd\"/>\n",
			x, top, x, bottom);
		text_at(p, x, top - 6, "class=\"faint\" text-anchor=\"middle\" font-size=\"11\"",
			label);
		text_at(p, x, bottom + 15,
			"class=\"faint\" text-anchor=\"middle\" font-size=\"11\"", label);
	}
}

/* ---- a panel ---- */

/* Spans of one state of one job, joined where nothing can be seen between them. */
struct piece {
	enum span_state state;
	uint64_t from_ns, to_ns;
	unsigned cpu;
};

static void draw_run(const struct picture *p, unsigned job, const struct piece *piece, double y)
{
	const char *name = p->result->workload->jobs[job].name;
	double x = x_of(p, (double)piece->from_ns);
	double width = fmax(x_of(p, (double)piece->to_ns) - x, MERGE_PIXELS);

	fprintf(p->out,
		"<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>%s on "
		"CPU %u: %.2f to %.2f ms</title></rect>\n",
		x, y, width, FILL, colour_of(job), name, piece->cpu,
		(double)piece->from_ns / WORKLOAD_NS_PER_MS,
		(double)piece->to_ns / WORKLOAD_NS_PER_MS);
	if (width > (double)(LETTER * strlen(name)) + 2)
		text_at(p, x + width / 2, y + FILL - 3,
			"class=\"inside\" fill=\"#fff\" text-anchor=\"middle\" font-size=\"11\"",
			name);
}

static void draw_wait(const struct picture *p, const struct piece *piece, double y)
{
	double x = x_of(p, (double)piece->from_ns), end = x_of(p, (double)piece->to_ns);

	/* On a ground of its own: below it is the pale one of the whole lane. */
	fprintf(p->out,
		"<rect class=\"back\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" "
		"fill=\"#fff\"/>"
		"<line class=\"wait\" x1=\"%.2f\" y1=\"%.1f\" x2=\"%.2f\" y2=\"%.1f\" "
		"stroke=\"#888\" stroke-dasharray=\"3 3\"/>\n",
		x, y, end - x, FILL, x, y + FILL / 2.0, end, y + FILL / 2.0);
}

static void draw_piece(const struct picture *p, unsigned job, const struct piece *piece, double y)
{
	double width = SCALE * (double)(piece->to_ns - piece->from_ns) / p->end_ns;

	if (piece->to_ns <= piece->from_ns)
		return;
	if (piece->state == SPAN_RUNS)
		draw_run(p, job, piece, y);
	else if (width >= MERGE_PIXELS)
		draw_wait(p, piece, y);
}

/* The pieces of @state, one after the other. P2 */
static void draw_pieces(const struct picture *p, const struct timeline *t, unsigned job,
			enum span_state state, double y)
{
	struct piece piece = {.state = state};

	for (size_t i = 0; i < t->nr_spans; i++) {
		const struct timeline_span *span = &t->spans[i];
		double gap;

		if (span->job != job || span->state != state)
			continue;
		gap = SCALE * (double)(span->from_ns - piece.to_ns) / p->end_ns;
		if (piece.to_ns && gap < MERGE_PIXELS && span->cpu == piece.cpu) {
			piece.to_ns = span->to_ns;
			continue;
		}
		draw_piece(p, job, &piece, y);
		piece = (struct piece){state, span->from_ns, span->to_ns, span->cpu};
	}
	draw_piece(p, job, &piece, y);
}

static void draw_lane(const struct picture *p, const struct sched_run *run, unsigned job, double y)
{
	const struct timeline_job *t = &run->timeline.jobs[job];
	const struct workload_job *described = &p->result->workload->jobs[job];
	double from = x_of(p, (double)t->arrival_ns), to = x_of(p, (double)t->end_ns);
	char label[WORKLOAD_NAME_BYTES + 16];

	snprintf(label, sizeof(label), described->nice ? "%s (nice %d)" : "%s", described->name,
		 described->nice);
	text_at(p, LEFT - 10, y + FILL - 3, "text-anchor=\"end\"", label);
	fprintf(p->out,
		"<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"%s\" "
		"fill-opacity=\"0.22\"/>\n",
		from, y, to - from, FILL, colour_of(job));
	draw_pieces(p, &run->timeline, job, SPAN_WAITS, y);
	draw_pieces(p, &run->timeline, job, SPAN_RUNS, y);
	triangle(p, from, y - 4, colour_of(job));
}

static void draw_bar(const struct picture *p, const char *what, double ns, double book_ms, double y)
{
	double width = BAR_MAX * ns / p->most_ns;
	char number[32];

	snprintf(number, sizeof(number), "%.1f", ns / WORKLOAD_NS_PER_MS);
	text_at(p, BARS - 8, y + FILL - 3, "class=\"faint\" text-anchor=\"end\"", what);
	fprintf(p->out,
		"<rect class=\"bar\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" "
		"fill=\"#7a8794\"/>\n",
		BARS, y + 1, width, FILL - 2);
	if (book_ms >= 0) {
		double x = BARS + BAR_MAX * book_ms * WORKLOAD_NS_PER_MS / p->most_ns;

		fprintf(p->out,
			"<line class=\"book\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
			"stroke=\"#111\" stroke-width=\"2\"><title>textbook: %g ms</title>"
			"</line>\n",
			x, y - 1, x, y + FILL + 1, book_ms);
		width = fmax(width, x - BARS);
	}
	text_at(p, BARS + width + 6, y + FILL - 3, "", number);
}

static void draw_panel(const struct picture *p, const struct sched_run *run, double y)
{
	const struct measure *m = &run->measure;
	const struct workload_expect *book = run->expect;

	fprintf(p->out,
		"<line class=\"grid\" x1=\"10\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" "
		"stroke=\"#ddd\"/>\n",
		y - 2, SCHED_PICTURE_WIDTH - 10, y - 2);
	text_at(p, 10, y + 14, "class=\"policy\" font-size=\"13\"", run->policy);
	y += TITLE;
	for (unsigned job = 0; job < run->timeline.nr_jobs; job++)
		draw_lane(p, run, job, y + LANE * (double)job);
	draw_bar(p, "turnaround", m->turnaround.mean_ns, book ? book->turnaround_ms : -1, y);
	draw_bar(p, "response", m->response.mean_ns, book ? book->response_ms : -1, y + LANE);
	draw_bar(p, "waiting", m->waiting.mean_ns, -1, y + 2 * LANE);
}

/* The axis ends where a quarter of a step does: a run that ends at a step shows its number. */
static double axis_end_ms(double end_ms)
{
	double part = step_of(end_ms) / 4;

	return ceil(end_ms / part - 0.001) * part;
}

static void find_scales(struct picture *p)
{
	double end_ns = 1;

	p->most_ns = 1;
	for (unsigned i = 0; i < p->result->nr_runs; i++) {
		const struct sched_run *run = &p->result->runs[i];

		end_ns = fmax(end_ns, (double)run->timeline.end_ns);
		p->most_ns = fmax(p->most_ns, run->measure.turnaround.mean_ns);
		if (run->expect)
			p->most_ns = fmax(p->most_ns, fmax(run->expect->turnaround_ms,
							   run->expect->response_ms) *
							      WORKLOAD_NS_PER_MS);
	}
	p->end_ns = axis_end_ms(end_ns / WORKLOAD_NS_PER_MS) * WORKLOAD_NS_PER_MS;
}

void sched_picture_write(FILE *out, const struct sched_result *result, double y)
{
	struct picture p = {.out = out, .result = result};
	double height = sched_picture_height(result), top = HEAD + AXIS;

	find_scales(&p);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" y=\"%.0f\" viewBox=\"0 0 %d %.0f\" "
		"width=\"%d\" height=\"%.0f\" font-family=\"sans-serif\" font-size=\"12\" "
		"role=\"img\" data-left=\"%d\" data-width=\"%d\" data-top=\"%.0f\" "
		"data-bottom=\"%.0f\" data-end=\"%.6f\" aria-label=\"Timelines: ",
		y, SCHED_PICTURE_WIDTH, height, SCHED_PICTURE_WIDTH, height, LEFT, SCALE, top,
		height - AXIS, p.end_ns / WORKLOAD_NS_PER_MS);
	xml_text(out, result->workload->title, strlen(result->workload->title));
	fprintf(out, "\">\n<rect class=\"back\" width=\"%d\" height=\"%.0f\" fill=\"#fff\"/>\n",
		SCHED_PICTURE_WIDTH, height);
	draw_head(&p);
	draw_axis(&p, top, height - AXIS);
	for (unsigned i = 0; i < result->nr_runs; i++)
		draw_panel(&p, &result->runs[i], top + i * panel_height(result));
	fputs("</svg>\n", out);
}

int sched_svg_write(FILE *out, const struct sched_report *report)
{
	double height = 0, y = 0;

	for (unsigned i = 0; i < report->nr; i++)
		height += sched_picture_height(&report->results[i]);
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
		"viewBox=\"0 0 %d %.0f\">\n<title>Scheduling policies compared</title>\n"
		"<style>\n%s</style>\n",
		SCHED_PICTURE_WIDTH, height, SCHED_PICTURE_WIDTH, height, sched_picture_style);
	for (unsigned i = 0; i < report->nr; i++) {
		sched_picture_write(out, &report->results[i], y);
		y += sched_picture_height(&report->results[i]);
	}
	fputs("</svg>\n", out);
	return 0;
}
