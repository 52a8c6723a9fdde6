// SPDX-License-Identifier: MIT
/*
 * bench_explain.c -- an operation's instructions, by the phases of bench/phases.
 *
 * Idea.  The same release kernel and the same measuring program as in the table, run again for each
 *   row, with the emulator logging every instruction. bench_trace counts those of the shortest
 *   round by kernel function; bench/phases says which function is which phase; a function that no
 *   line names is work. For the context switch the program subtracts the cost of passing the token
 *   without a switch, which it measures first: this file does the same, function by function.
 * Invariants.  The sum of the phases is the figure that the program printed in the same run, or a
 *   message says that it is not.
 * Cost.  About 2 s for the kernel's boot and a second for a million instructions.
 * Tests.  bench_phases_test.c, bench_trace_test.c, tests/system/bench.t.
 */
#include "bench/bench_explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_guest.h"
#include "bench/bench_phases.h"
#include "bench/bench_table.h"
#include "bench/bench_trace.h"
#include "base/paths.h"
#include "base/say.h"

enum { FUNCTIONS_SHOWN = 8, OVERHEAD_OPERATIONS_A_PIPE = 20 };

struct explain {
	const struct bench_options *options;
	FILE *out;
	char *kernel, *initramfs, *program, *phases_path;
	struct elf_symbols symbols;
	struct bench_timers timers;
	struct bench_phases phases;
	/* of the current row */
	const char *key;
	struct bench_trace *trace;
	struct bench_parsed row; /* what the program printed */
};

/* Instructions for one operation in one part of a function, or in a whole phase. */
struct share {
	const char *phase, *name;
	double instructions;
};

struct shares {
	unsigned nr;
	struct share *all;
};

static void add_share(struct shares *s, const char *phase, const char *name, double instructions)
{
	if (fabs(instructions) < 0.005)
		return;
	for (unsigned i = 0; i < s->nr; i++) {
		if (strcmp(s->all[i].phase, phase) != 0 || strcmp(s->all[i].name, name) != 0)
			continue;
		s->all[i].instructions += instructions;
		return;
	}
	s->all[s->nr++] = (struct share){phase, name, instructions};
}

static int by_instructions(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return (x->instructions < y->instructions) - (x->instructions > y->instructions);
}

/* How many operations the program's own measurement of overhead covers; 0: the row has none. */
static double overhead_operations(const char *key)
{
	unsigned processes;

	if (sscanf(key, "context_switch_%u", &processes) != 1)
		return 0;
	return OVERHEAD_OPERATIONS_A_PIPE * (double)processes;
}

/* All of @counts, divided by @operations, into @s. */
static void add_counts(struct explain *e, struct shares *s, const struct bench_counts *counts,
		       double operations)
{
	static const char work[] = "work";

	add_share(s, "program", "instructions of the program",
		  (double)counts->program / operations);
	add_share(s, work, "(no symbol)", (double)counts->elsewhere / operations);
	for (unsigned i = 0; i < e->symbols.nr; i++) {
		const char *name = e->symbols.all[i].name;

		for (unsigned part = 0; part < 2; part++) {
			double instructions = (double)counts->parts[2 * i + part] / operations;
			const char *phase;

			if (instructions == 0)
				continue;
			phase = bench_phases_of(&e->phases, e->key, name, part == 0);
			add_share(s, phase ? phase : work, name, instructions);
		}
	}
}

static double sum_of(const struct shares *s, const char *phase)
{
	double sum = 0;

	for (unsigned i = 0; i < s->nr; i++)
		if (!phase || strcmp(s->all[i].phase, phase) == 0)
			sum += s->all[i].instructions;
	return sum;
}

static void print_phase(const struct explain *e, const struct shares *s, const char *phase,
			double total)
{
	double sum = sum_of(s, phase);
	char text[BENCH_NUMBER_MAX];
	unsigned shown = 0;
	bool all = e->options->guest.verbose;

	if (fabs(sum) < 0.05)
		return;
	fprintf(e->out, "  %-20s %12s %6.1f %%\n", phase, bench_number(text, sum),
		100 * sum / total);
	for (unsigned i = 0; i < s->nr && (shown < FUNCTIONS_SHOWN || all); i++) {
		const struct share *share = &s->all[i];

		if (strcmp(share->phase, phase) != 0 || strcmp(phase, "program") == 0)
			continue;
		if (fabs(share->instructions) < total / 500 && !all)
			continue;
		fprintf(e->out, "  %20s %12s          %s\n", "",
			bench_number(text, share->instructions), share->name);
		shown++;
	}
}

/* The program first, then the phases in the order of the file, then the rest. */
static void print_phases(const struct explain *e, const struct shares *s, double total)
{
	print_phase(e, s, "program", total);
	for (unsigned i = 0; i < e->phases.nr; i++) {
		bool printed = strcmp(e->phases.rules[i].phase, "work") == 0;

		for (unsigned j = 0; j < i && !printed; j++)
			printed = strcmp(e->phases.rules[j].phase, e->phases.rules[i].phase) == 0;
		if (!printed)
			print_phase(e, s, e->phases.rules[i].phase, total);
	}
	print_phase(e, s, "work", total);
}

/* The row's stretches: the last place of the program that began one; before it, its overhead. */
static int explain_counts(struct explain *e)
{
	const struct bench_interval *intervals;
	unsigned nr = bench_trace_intervals(e->trace, &intervals);
	double without = overhead_operations(e->key);
	struct shares s = {0};
	const struct bench_row *row = bench_row_find(e->key);
	char text[BENCH_NUMBER_MAX], printed[BENCH_NUMBER_MAX];

	if (nr < (without ? 2u : 1u) || e->row.ops == 0) {
		say("the emulator's log has no measurement of %s: try again with -v", e->key);
		return STATUS_FAILED;
	}
	s.all = must_alloc((4 * e->symbols.nr + 8) * sizeof(*s.all));
	add_counts(e, &s, &intervals[nr - 1].least, (double)e->row.ops);
	if (without)
		add_counts(e, &s, &intervals[nr - 2].least, -without);
	qsort(s.all, s.nr, sizeof(*s.all), by_instructions);

	double total = sum_of(&s, NULL);
	fprintf(e->out, "\n%s: %s\n", e->key, row ? row->what : "");
	fprintf(e->out, "  %-20s %12s %8s\n", "phase", "instructions", "share");
	print_phases(e, &s, total);
	fprintf(e->out, "  %-20s %12s          the program's clock says %s\n", "sum",
		bench_number(text, total), bench_number(printed, e->row.min));
	if (fabs(total - e->row.min) > fmax(1, 0.01 * e->row.min))
		fprintf(e->out, "  they disagree: an interrupt fell into one of the two\n");
	free(s.all);
	return 0;
}

static enum bench_heard hear(void *ctx, char *line)
{
	struct explain *e = ctx;
	struct bench_parsed parsed;

	switch (bench_parse_line(line, &parsed)) {
	case BENCH_LINE_ROW:
		e->row = parsed;
		return BENCH_GO_ON;
	case BENCH_LINE_ABSENT:
		say("%s cannot be measured on this kernel (%s): name another row", e->key,
		    parsed.why);
		return BENCH_GO_ON;
	case BENCH_LINE_END:
		return BENCH_DONE;
	default:
		return BENCH_NOT_OURS;
	}
}

static void read_log(void *ctx, const char *bytes, size_t len)
{
	struct explain *e = ctx;

	bench_trace_feed(e->trace, bytes, len);
}

static int explain_row(struct explain *e, const char *key)
{
	char *words = must_format(
		"console=ttyS0 quiet nokaslr norandmaps panic=poweroff init=/explain explain=%s cost_rounds=%u",
		key, e->options->guest_rounds ? e->options->guest_rounds : 3);
	struct guest_options machine = e->options->guest;
	struct bench_guest guest = {
		.name = "Creance",
		.kernel = e->kernel,
		.initramfs = e->initramfs,
		.words = words,
		.options = &machine,
		.start_seconds = 600,
		.silence_seconds = 600,
		.attempts = 1,
		.on_line = hear,
		.on_trace = read_log,
		.ctx = e,
	};
	int status;

	machine.icount = true;
	e->key = key;
	e->row = (struct bench_parsed){0};
	e->trace = bench_trace_new(&e->symbols, &e->timers);
	status = bench_guest_run(&guest);
	if (!status)
		status = explain_counts(e);
	bench_trace_free(e->trace);
	free(words);
	return status;
}

static int open_all(struct explain *e)
{
	e->kernel = paths_find(PART_KERNEL_RELEASE);
	e->initramfs = e->kernel ? paths_find(PART_BENCH_TOOLS) : NULL;
	e->program = e->initramfs ? paths_find(PART_BENCH_COST) : NULL;
	e->phases_path = e->program ? paths_find(PART_BENCH_PHASES) : NULL;
	if (!e->phases_path)
		return STATUS_FAILED;
	if (elf_symbols_open(&e->symbols, e->kernel) || bench_timers_find(&e->timers, e->program) ||
	    bench_phases_read(&e->phases, e->phases_path))
		return STATUS_FAILED;
	return 0;
}

int bench_explain(const struct bench_options *options, FILE *out)
{
	struct explain *e = must_alloc(sizeof(*e));
	char *keys = must_format("%s", options->keys ? options->keys
						     : "null_call,context_switch_2_0,"
						       "fault_anonymous,fork_exec_wait");
	char *rest = keys, *key;
	int status;

	e->options = options;
	e->out = out;
	status = open_all(e);
	if (!status)
		fprintf(out, "where it goes: instructions for one operation, release kernel\n");
	while (!status && (key = strsep(&rest, ",")))
		status = explain_row(e, key);
	free(keys);
	bench_phases_free(&e->phases);
	elf_symbols_close(&e->symbols);
	free(e->kernel);
	free(e->initramfs);
	free(e->program);
	free(e->phases_path);
	free(e);
	return status;
}
