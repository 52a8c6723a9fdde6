// SPDX-License-Identifier: MIT
#include "regimes/regime_report.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/say.h"

enum { TITLE_WIDTH = 20, CELL_WIDTH = 20, TEXT_SIZE = 384 };

static bool row_is_wanted(const struct regime_cell *row)
{
	for (int i = 0; i < REGIMES; i++)
		if (row[i].wanted)
			return true;
	return false;
}

static bool regime_is_wanted(const struct regime_cell *cells, size_t nr_rows, int regime)
{
	for (size_t i = 0; i < nr_rows; i++)
		if (cells[i * REGIMES + (size_t)regime].wanted)
			return true;
	return false;
}

static void print_matrix(FILE *out, const struct regime_cell *cells, size_t nr_rows)
{
	char text[TEXT_SIZE];

	fprintf(out, "%-*s", TITLE_WIDTH, "rogue");
	for (int i = 0; i < REGIMES; i++)
		if (regime_is_wanted(cells, nr_rows, i))
			fprintf(out, " %-*s", CELL_WIDTH, regime_names[i]);
	fprintf(out, "\n");
	for (size_t row = 0; row < nr_rows; row++) {
		const struct regime_cell *cell = &cells[row * REGIMES];

		if (!row_is_wanted(cell))
			continue;
		fprintf(out, "%-*s", TITLE_WIDTH, cell->rogue->title);
		for (int i = 0; i < REGIMES; i++) {
			if (!cell[i].wanted)
				continue;
			regime_outcome_brief(&cell[i].seen, text, sizeof(text));
			fprintf(out, " %-*s", CELL_WIDTH, text);
		}
		fprintf(out, "\n");
	}
}

void regime_print(FILE *out, const struct regime_cell *cells, size_t nr_rows)
{
	char text[TEXT_SIZE];

	print_matrix(out, cells, nr_rows);
	for (size_t row = 0; row < nr_rows; row++) {
		const struct regime_cell *cell = &cells[row * REGIMES];

		if (!row_is_wanted(cell))
			continue;
		fprintf(out, "\n%s (%s): %s\n", cell->rogue->title, cell->rogue->name,
			cell->rogue->what);
		for (int i = 0; i < REGIMES; i++) {
			if (!cell[i].wanted)
				continue;
			regime_outcome_sentence(&cell[i].seen, text, sizeof(text));
			fprintf(out, "  %-12s %s\n", regime_names[i], text);
		}
	}
}

static json_t *json_of_cell(const struct regime_cell *cell)
{
	const struct regime_seen *s = &cell->seen;
	enum regime_outcome outcome = regime_judge(s);
	char brief[TEXT_SIZE], sentence[TEXT_SIZE];

	regime_outcome_brief(s, brief, sizeof(brief));
	regime_outcome_sentence(s, sentence, sizeof(sentence));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:i, s:o, s:o, s:s*, s:f}",
			 "rogue", cell->rogue->name, "regime", regime_names[cell->regime],
			 "outcome", regime_outcome_word(outcome), "brief", brief, "sentence",
			 sentence, "witness_went_on", s->answered, "kernel_answers",
			 s->answered || outcome == OUTCOME_HELD, "reset_needed",
			 regime_needs_reset(outcome), "witness_turns", (int)s->ticks,
			 "rogue_signal",
			 s->rogue_ended && s->by_signal ? json_integer(s->code) : json_null(),
			 "rogue_status",
			 s->rogue_ended && !s->by_signal ? json_integer(s->code) : json_null(),
			 "panic", s->panic[0] ? s->panic : NULL, "seconds", cell->seconds);
}

char *regime_json(const struct regime_cell *cells, size_t nr_rows)
{
	json_t *rows = json_array(), *runs = json_array(), *all;
	char *text, *line;

	for (size_t row = 0; row < nr_rows; row++) {
		const struct regime_cell *cell = &cells[row * REGIMES];

		if (!row_is_wanted(cell))
			continue;
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "name", cell->rogue->name,
						      "title", cell->rogue->title, "what",
						      cell->rogue->what));
		for (int i = 0; i < REGIMES; i++)
			if (cell[i].wanted)
				json_array_append_new(runs, json_of_cell(&cell[i]));
	}
	all = json_pack("{s:i, s:o, s:o}", "version", 1, "rogues", rows, "runs", runs);
	text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
	json_decref(all);
	line = must_format("%s\n", text ? text : "{}");
	free(text);
	return line;
}
