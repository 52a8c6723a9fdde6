// SPDX-License-Identifier: MIT
#include "bench/bench_history.h"

#include "bench/bench_table.h"

const struct bench_old_figure bench_old_figures[] = {
	{"null_call", "a system call", 4},
	{"context_switch_2_0", "a context switch", 6},
	{NULL, NULL, 0},
};

double bench_old_scaled_ns(const struct bench_old_figure *figure, double mhz)
{
	return figure->microseconds * 1e3 * BENCH_OLD_MHZ / mhz;
}

static void print_figure(FILE *out, const struct bench_result *r, const struct bench_old_figure *f)
{
	const struct bench_line *line = bench_result_line(r, f->key);
	const struct bench_value *ours = &line->values[BENCH_OURS];
	const struct bench_clock *clock = &r->clocks[BENCH_OURS];
	char now[BENCH_NUMBER_MAX], cycles[BENCH_NUMBER_MAX];

	bench_number(cycles, f->microseconds * BENCH_OLD_MHZ);
	fprintf(out, "  %-18s 1996: %.0f us = %s cycles.  ", f->what, f->microseconds, cycles);
	if (!bench_value_is_measured(ours)) {
		fprintf(out, "Creance's was not measured.\n");
		return;
	}
	bench_number(now, bench_result_unit(r, BENCH_OURS, bench_value_min(ours)));
	if (r->icount || !clock->seen) {
		fprintf(out, "Creance today: %s instructions.\n", now);
		return;
	}
	fprintf(out,
		"At %.0f MHz the clock alone makes it %.0f ns.  Creance here: %s ns, %s cycles.\n",
		clock->khz / 1e3, bench_old_scaled_ns(f, clock->khz / 1e3), now,
		bench_number(cycles, bench_value_min(ours)));
}

void bench_history_print(FILE *out, const struct bench_result *r)
{
	const struct bench_clock *clock = &r->clocks[BENCH_OURS];

	fprintf(out, "\nlmbench in 1996: Linux 1.3.37 on a %.0f MHz P6\n", BENCH_OLD_MHZ);
	for (const struct bench_old_figure *f = bench_old_figures; f->key; f++)
		print_figure(out, r, f);
	fputs("  Machines of 2 to 3 GHz stay under 1 us for both. Not every cost follows the clock: many are\n"
	      "  bound by memory, whose speed has risen far less.",
	      out);
	if (!r->icount && clock->seen)
		fputs(" And here an emulator runs both kernels, whose\n"
		      "  every instruction takes several of the host's: compare ratios, not times.",
		      out);
	fputc('\n', out);
}
