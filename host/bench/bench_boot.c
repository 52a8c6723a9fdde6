// SPDX-License-Identifier: MIT
#include "bench/bench_boot.h"

#include <string.h>

#include "bench/bench_table.h"

static bool add_mark(struct bench_mark *marks, unsigned *nr, const struct bench_parsed *p)
{
	if (*nr == BENCH_MARKS_MAX)
		return false;
	snprintf(marks[*nr].name, sizeof(marks[*nr].name), "%s", p->key);
	marks[(*nr)++].value = p->min;
	return true;
}

bool bench_boot_add(struct bench_booted *b, const struct bench_parsed *p)
{
	bool taken = false;

	if (p->kind == BENCH_LINE_BOOT)
		taken = add_mark(b->phases, &b->nr_phases, p);
	else if (p->kind == BENCH_LINE_FACT)
		taken = add_mark(b->facts, &b->nr_facts, p);
	b->seen |= taken;
	return taken;
}

double bench_boot_fact(const struct bench_booted *b, const char *name)
{
	for (unsigned i = 0; i < b->nr_facts; i++)
		if (strcmp(b->facts[i].name, name) == 0)
			return b->facts[i].value;
	return -1;
}

/* The phase @i of both runs is the same one. */
static bool is_counted(const struct bench_boot *boot, unsigned i)
{
	const struct bench_booted *timed = &boot->kernels[BENCH_OURS];

	return i < boot->counted.nr_phases &&
	       strcmp(timed->phases[i].name, boot->counted.phases[i].name) == 0;
}

/* What phase @i took, and when it was over, both in @unit of a nanosecond. */
static void print_phase(FILE *out, const struct bench_booted *b, unsigned i, double unit)
{
	char spent[BENCH_NUMBER_MAX], since[BENCH_NUMBER_MAX];
	double before = i ? b->phases[i - 1].value : 0;

	fprintf(out, " %14s %14s", bench_number(spent, (b->phases[i].value - before) / unit),
		bench_number(since, b->phases[i].value / unit));
}

static void print_phases(FILE *out, const struct bench_boot *boot, const struct bench_booted *b)
{
	fprintf(out, "  %-34s %14s %14s", "phase, in order", boot->icount ? "instructions" : "us",
		"since entry");
	if (boot->counted.nr_phases)
		fprintf(out, " %14s %14s", "instructions", "since entry");
	fputc('\n', out);
	for (unsigned i = 0; i < b->nr_phases; i++) {
		fprintf(out, "  %-34s", b->phases[i].name);
		print_phase(out, b, i, boot->icount ? 1 : 1000);
		if (is_counted(boot, i))
			print_phase(out, &boot->counted, i, 1);
		fputc('\n', out);
	}
}

static void print_start(FILE *out, const struct bench_boot *boot, enum bench_kernel k)
{
	const struct bench_booted *b = &boot->kernels[k];
	double ticks = bench_boot_fact(b, "ticks_at_main");
	double khz = bench_boot_fact(b, "tsc_khz");
	double total = bench_boot_fact(b, "memory_total_kib");
	double available = bench_boot_fact(b, "memory_free_kib");
	char text[BENCH_NUMBER_MAX];

	fprintf(out, "%-24s", bench_kernel_name(k));
	if (ticks >= 0 && boot->icount)
		fprintf(out, " %s instructions from the machine's reset to the first program",
			bench_number(text, ticks));
	else if (ticks >= 0 && khz > 0)
		fprintf(out, " %s us from the machine's reset to the first program",
			bench_number(text, ticks * 1e3 / khz));
	if (total >= 0 && available >= 0) {
		fprintf(out, "; %s KiB of memory in use", bench_number(text, total - available));
		fprintf(out, " of %s", bench_number(text, total));
	}
	fputc('\n', out);
}

void bench_boot_print(FILE *out, const struct bench_boot *boot)
{
	const struct bench_booted *ours = &boot->kernels[BENCH_OURS];
	char text[BENCH_NUMBER_MAX], data[BENCH_NUMBER_MAX], bss[BENCH_NUMBER_MAX];

	fputs("\nboot\n", out);
	for (unsigned k = 0; k < BENCH_KERNELS; k++)
		if (boot->kernels[k].seen)
			print_start(out, boot, (enum bench_kernel)k);
	if (ours->nr_phases > 0)
		print_phases(out, boot, ours);
	if (boot->text_bytes)
		fprintf(out,
			"  the kernel has %s KiB of code and constants, %s of data, %s of zeros\n",
			bench_number(text, (double)boot->text_bytes / 1024),
			bench_number(data, (double)boot->data_bytes / 1024),
			bench_number(bss, (double)boot->bss_bytes / 1024));
}
