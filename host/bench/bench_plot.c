// SPDX-License-Identifier: MIT
/*
 * bench_plot.c -- the bars.
 *
 * Idea.  Simple SVG text. Colours are classes whose values follow the reader's scheme (light or
 *   dark); a viewer that knows no style sheets still gets the attributes, which are readable on
 *   white, on a background of its own.
 * Invariants.  All that comes from outside (keys of unknown rows) goes through xml_text.
 * Tests.  bench_plot_test.c.
 */
#include "bench/bench_plot.h"

#include <math.h>
#include <string.h>

#include "base/xml_text.h"
#include "bench/bench_table.h"

enum {
	ROW_HEIGHT = 20,
	BAR_HEIGHT = 12,
	LEFT = 440,  /* where the scale begins: before it, names and words */
	SCALE = 560, /* its width */
	RIGHT = 110, /* for the figure beside the longest bar */
	TOP = 74,
	BOTTOM = 50,
	HEADING = 26, /* of a group */
	LETTER = 8,   /* at most the width of a digit of the scale */
};

struct plot {
	FILE *out;
	const struct bench_result *result;
	bool ratios, goals;
	double low, high; /* the scale's ends, powers of ten */
	double y;
};

/* What the line's bar shows. Returns: 0 when it has none. */
static double value_of(const struct plot *p, const struct bench_line *line)
{
	const struct bench_value *ours = &line->values[BENCH_OURS];

	if (p->ratios)
		return bench_result_ratio(p->result, line);
	return bench_value_is_measured(ours)
		       ? bench_result_unit(p->result, BENCH_OURS, bench_value_min(ours))
		       : 0;
}

static double x_of(const struct plot *p, double value)
{
	double share = log10(value / p->low) / log10(p->high / p->low);

	return LEFT + SCALE * (share < 0 ? 0 : share > 1 ? 1 : share);
}

/* The next of 1, 2, 5, 10, 20, 50... at or above @value; with @below at or below it. */
static double round_step(double value, bool below)
{
	static const double steps[] = {1, 2, 5, 10};
	double decade = pow(10, floor(log10(value)));
	double chosen = below ? decade : decade * 10;

	for (unsigned i = 0; i < 4; i++) {
		double step = steps[i] * decade;

		if (below && step <= value * 1.0001)
			chosen = step;
		else if (!below && step >= value * 0.9999 && step < chosen)
			chosen = step;
	}
	return chosen;
}

/* The steps around all values, and around 1 where they are ratios. */
static unsigned choose_scale(struct plot *p)
{
	double least = p->ratios ? 0.2 : INFINITY, most = p->ratios ? 1.5 : 0;
	unsigned bars = 0;

	for (unsigned i = 0; i < p->result->nr; i++) {
		double value = value_of(p, &p->result->lines[i]);

		if (value <= 0)
			continue;
		bars++;
		least = fmin(least, value);
		most = fmax(most, value);
	}
	if (bars == 0)
		least = most = 1;
	p->low = round_step(least * 0.8, true); /* so that the shortest bar is one */
	p->high = round_step(most, false);
	if (p->high <= p->low)
		p->high = p->low * 10;
	return bars;
}

static void text_at(const struct plot *p, double x, double y, const char *attributes,
		    const char *text)
{
	fprintf(p->out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
	xml_text(p->out, text, strlen(text));
	fputs("</text>\n", p->out);
}

static void vertical(const struct plot *p, double value, const char *class, double bottom)
{
	double x = x_of(p, value);

	fprintf(p->out,
		"<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" "
		"stroke=\"#999\"/>\n",
		class, x, TOP - 8, x, bottom);
}

static double label_of(char label[BENCH_NUMBER_MAX], double at)
{
	if (at < 1)
		snprintf(label, BENCH_NUMBER_MAX, "%g", at);
	else
		bench_number(label, at);
	return (double)(LETTER * strlen(label));
}

/* Is there room for a label at each step, or only at the powers of ten? */
static bool has_room_for_steps(const struct plot *p)
{
	char label[BENCH_NUMBER_MAX];
	double widest = fmax(label_of(label, p->low), label_of(label, p->high));

	return x_of(p, 2 * p->low) - LEFT >= widest + LETTER; /* no two steps are nearer */
}

static void draw_steps(const struct plot *p, double bottom)
{
	bool all = has_room_for_steps(p);
	double free_from = 0; /* of the labels' line */

	for (double at = p->low; at <= p->high * 1.001; at = round_step(at * 1.5, false)) {
		char label[BENCH_NUMBER_MAX];
		double x = x_of(p, at), width = label_of(label, at), power = log10(at);

		vertical(p, at, "grid", bottom);
		if (x - width / 2 < free_from || (!all && fabs(power - round(power)) > 0.01))
			continue;
		text_at(p, x, TOP - 14, "class=\"faint scale\" text-anchor=\"middle\"", label);
		free_from = x + width / 2 + LETTER;
	}
}

/* Where the ratio is 1, and the goal if it is asked for; their words lead away from each other. */
static void draw_marks(const struct plot *p, double bottom)
{
	double goal = bench_row_goal(NULL, p->result->icount);
	char label[48];

	vertical(p, 1, "one", bottom);
	text_at(p, x_of(p, 1) - 2, bottom + 16, "class=\"faint\"", "as Linux");
	if (!p->goals)
		return;
	vertical(p, goal, "goal", bottom);
	snprintf(label, sizeof(label), "goal: %.2f", goal);
	text_at(p, x_of(p, goal) + 2, bottom + 16, "class=\"faint\" text-anchor=\"end\"", label);
}

static void draw_bar(struct plot *p, const struct bench_line *line, double value)
{
	double good = p->goals ? bench_row_goal(line->row, p->result->icount) : 1;
	const char *class = "bar", *colour = "#3465a4";
	double x = x_of(p, value), middle = p->y + ROW_HEIGHT / 2.0;
	char number[BENCH_NUMBER_MAX];

	if (p->ratios && value <= good) {
		class = "good";
		colour = "#2e8b57";
	} else if (p->ratios && value > 1) {
		class = "bad";
		colour = "#c0392b";
	}
	if (p->ratios)
		snprintf(number, sizeof(number), "%.3f", value);
	else
		bench_number(number, value);
	text_at(p, 10, middle + 4, "class=\"key\"", line->key);
	text_at(p, LEFT - 8, middle + 4, "class=\"faint\" text-anchor=\"end\"",
		bench_line_what(line));
	fprintf(p->out,
		"<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" "
		"fill=\"%s\"/>\n",
		class, LEFT, middle - BAR_HEIGHT / 2.0, fmax(x - LEFT, 1), BAR_HEIGHT, colour);
	text_at(p, fmax(x, LEFT) + 5, middle + 4, "class=\"number\"", number);
	p->y += ROW_HEIGHT;
}

static double draw_rows(struct plot *p, bool draw)
{
	const char *group = "";

	p->y = TOP;
	for (unsigned i = 0; i < p->result->nr; i++) {
		const struct bench_line *line = &p->result->lines[i];
		const char *its = bench_line_group(line);
		double value = value_of(p, line);

		if (value <= 0)
			continue;
		if (strcmp(its, group) != 0) {
			group = its;
			if (draw)
				text_at(p, 10, p->y + HEADING - 8, "class=\"group\"", group);
			p->y += HEADING;
		}
		if (draw)
			draw_bar(p, line, value);
		else
			p->y += ROW_HEIGHT;
	}
	return p->y;
}

static void begin_picture(const struct plot *p, double height)
{
	const int width = LEFT + SCALE + RIGHT;
	const char *what = p->ratios	       ? "Creance / Linux with mitigations off"
			   : p->result->icount ? "Creance, instructions per operation"
					       : "Creance, nanoseconds per operation";

	fprintf(p->out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
		"height=\"%.0f\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n"
		"<title>%s</title>\n"
		"<style>\n"
		".back{fill:#fff} text{fill:#1b1b1b} .faint{fill:#5a5a5a} .group,.head{font-weight:bold}\n"
		".key,.number{font-family:monospace} .number{paint-order:stroke;stroke:#fff;stroke-width:3px}\n"
		".grid{stroke:#ddd} .one{stroke:#555}\n"
		".goal{stroke:#2e8b57;stroke-dasharray:4 3} .good{fill:#2e8b57} .bar{fill:#3465a4} "
		".bad{fill:#c0392b}\n"
		"@media (prefers-color-scheme: dark){.back{fill:#16181d} text{fill:#e8e8e8} "
		".number{stroke:#16181d} "
		".faint{fill:#a8adb5}\n"
		".grid{stroke:#33373f} .one{stroke:#b0b0b0} .goal{stroke:#5fd39a} .good{fill:#45b87c} "
		".bar{fill:#6fa3e0} .bad{fill:#ef7565}}\n"
		"</style>\n"
		"<rect class=\"back\" width=\"%d\" height=\"%.0f\" fill=\"#fff\"/>\n",
		width, height, width, height, what, width, height);
	fprintf(p->out,
		"<text class=\"head\" x=\"10\" y=\"24\" font-size=\"16\">%s</text>\n"
		"<text class=\"faint\" x=\"10\" y=\"44\">%sthe least of all rounds; "
		"logarithmic scale; shorter is better</text>\n",
		what,
		!p->ratios	    ? ""
		: p->result->icount ? "instructions per operation, "
				    : "time per operation, ");
}

unsigned bench_plot_write(FILE *out, const struct bench_result *result, enum bench_show show)
{
	struct plot p = {.out = out,
			 .result = result,
			 .ratios = show >= BENCH_SHOW_LINUX,
			 .goals = show == BENCH_SHOW_GOALS};
	unsigned bars = choose_scale(&p);
	double bottom = draw_rows(&p, false) + 4;

	begin_picture(&p, bottom + BOTTOM);
	draw_steps(&p, bottom);
	if (p.ratios)
		draw_marks(&p, bottom);
	draw_rows(&p, true);
	fputs("</svg>\n", out);
	return bars;
}
