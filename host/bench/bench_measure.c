// SPDX-License-Identifier: MIT
/*
 * bench_measure.c -- the runs.
 *
 * Idea.  Each run has a machine of its own; the kernels run alternately, so that other load of the
 *   host affects all of them. Creance and Linux get the same emulator, machine, CPU, memory and
 *   initramfs, byte for byte, and differ only in the kernel and its command line.
 * Tests.  tests/system/bench.t.
 */
#include "bench/bench_measure.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_guest.h"
#include "bench/bench_linux.h"
#include "bench/bench_table.h"
#include "bench/elf_symbols.h"
#include "base/paths.h"
#include "base/say.h"

enum {
	ATTEMPTS = 4,
	START_SECONDS =
		60, /* to the first line; Linux takes 2, and 6 where instructions are counted */
	LATENCY_SECONDS = 600,
	LATENCIES_SHOWN = 5,
};

#define OUR_WORDS "console=ttyS0 quiet nokaslr norandmaps panic=poweroff"
#define LINUX_WORDS "console=ttyS0 quiet nokaslr norandmaps panic=-1 reboot=t tsc=reliable"

struct measuring {
	const struct bench_options *options;
	struct bench_result *result;
	struct bench_boot *boot;
	enum bench_kernel kernel; /* of the current run */
	bool icount;
	struct bench_booted *booted; /* of that run: what its boot report says */
	FILE *latency;		     /* of that run: where its lines go */
	char heading[128];	     /* of the lines that were printed last */
	unsigned nr_printed;	     /* under it */
	unsigned broken;	     /* lines that could not be read */
	char *our_kernel, *linux_kernel, *initramfs, *tools;
};

static enum bench_heard hear_row(void *ctx, char *line)
{
	struct measuring *m = ctx;
	struct bench_parsed parsed;
	int err;

	switch (bench_parse_line(line, &parsed)) {
	case BENCH_LINE_OTHER:
		return BENCH_NOT_OURS;
	case BENCH_LINE_END:
		return BENCH_DONE;
	case BENCH_LINE_BROKEN:
		m->broken++;
		say("%s printed a line that cannot be read, so a figure is missing: try again with -v: %s",
		    bench_kernel_name(m->kernel), line);
		return BENCH_GO_ON;
	case BENCH_LINE_BOOT:
	case BENCH_LINE_FACT:
		bench_boot_add(m->booted, &parsed);
		return BENCH_GO_ON;
	default:
		err = bench_result_add(m->result, m->kernel, &parsed);
		if (err)
			say("%s printed more than is kept (%s): name fewer rows or rounds: %s",
			    bench_kernel_name(m->kernel), strerror(-err), line);
		return BENCH_GO_ON;
	}
}

/*
 * On microvm Linux has only the PIT to learn the TSC's rate by, and gives up when the host is busy
 * at that moment; so it is given the rate that our kernel found.
 */
static void add_rate(const struct measuring *m, char *words, size_t size)
{
	const struct bench_clock *clock = m->result ? &m->result->clocks[BENCH_OURS] : NULL;

	if (m->kernel != BENCH_OURS && clock && clock->seen && !m->options->guest.icount)
		snprintf(words, size, " tsc_early_khz=%.0f", clock->khz);
}

static char *words_for(const struct measuring *m, const char *init)
{
	const struct bench_options *o = m->options;
	const char *own = m->kernel == BENCH_OURS ? OUR_WORDS : LINUX_WORDS;
	bool appends = m->kernel == BENCH_OURS && o->guest.append;
	const char *keys = o->keys ? o->keys : o->guest.cpus > 1 ? "cpus" : NULL;
	char rounds[32] = "", rate[48] = "";

	if (o->guest_rounds)
		snprintf(rounds, sizeof(rounds), " cost_rounds=%u", o->guest_rounds);
	add_rate(m, rate, sizeof(rate));
	return must_format("%s%s%s%s%s%s%s%s%s%s", own, rate,
			   m->kernel == BENCH_LINUX_OFF ? " mitigations=off" : "",
			   m->kernel == BENCH_OURS ? " init=" : " rdinit=", init, rounds,
			   keys ? " cost=" : "", keys ? keys : "", appends ? " " : "",
			   appends ? o->guest.append : "");
}

static int run_one(struct measuring *m, const char *initramfs, const char *init)
{
	const struct bench_options *o = m->options;
	struct guest_options machine = o->guest;
	char *words = words_for(m, init);
	struct bench_guest guest = {
		.name = bench_kernel_name(m->kernel),
		.kernel = m->kernel == BENCH_OURS ? m->our_kernel : m->linux_kernel,
		.initramfs = initramfs,
		.words = words,
		.options = &machine,
		.start_seconds = START_SECONDS,
		.silence_seconds = o->seconds,
		.attempts = ATTEMPTS,
		.on_line = hear_row,
		.ctx = m,
	};
	int status;

	machine.icount = m->icount;
	status = bench_guest_run(&guest);
	free(words);
	if (!status && m->broken)
		return STATUS_FAILED;
	return status;
}

static void say_progress(const struct measuring *m, unsigned round)
{
	if (m->options->guest.verbose || isatty(STDERR_FILENO))
		say("round %u of %u: %s", round + 1, m->options->rounds,
		    bench_kernel_name(m->kernel));
}

static int run_rounds(struct measuring *m)
{
	unsigned kernels = m->options->against_linux ? BENCH_KERNELS : 1;

	for (unsigned round = 0; round < m->options->rounds; round++) {
		for (unsigned k = 0; k < kernels; k++) {
			int status;

			m->kernel = (enum bench_kernel)k;
			say_progress(m, round);
			status = run_one(m, m->initramfs, "/init");
			if (status)
				return status;
		}
	}
	return 0;
}

static int run_boots(struct measuring *m)
{
	unsigned kernels = m->options->against_linux ? 2 : 1;
	struct elf_symbols symbols;

	m->boot->icount = m->options->guest.icount;
	for (unsigned k = 0; k < kernels; k++) {
		int status;

		m->kernel = (enum bench_kernel)k;
		m->booted = &m->boot->kernels[k];
		status = run_one(m, m->tools, "/boot_report");
		if (status)
			return status;
	}
	if (!m->options->guest.icount) {
		int status;

		m->kernel = BENCH_OURS;
		m->icount = true;
		m->booted = &m->boot->counted;
		status = run_one(m, m->tools, "/boot_report");
		if (status)
			return status;
	}
	if (elf_symbols_open(&symbols, m->our_kernel))
		return STATUS_FAILED;
	m->boot->text_bytes = symbols.text_bytes;
	m->boot->data_bytes = symbols.data_bytes;
	m->boot->bss_bytes = symbols.bss_bytes;
	elf_symbols_close(&symbols);
	return 0;
}

static int find_parts(struct measuring *m)
{
	m->our_kernel = paths_find(PART_KERNEL_RELEASE);
	m->initramfs = m->our_kernel ? paths_find(PART_BENCH_INITRAMFS) : NULL;
	m->tools = m->initramfs ? paths_find(PART_BENCH_TOOLS) : NULL;
	if (!m->tools)
		return STATUS_FAILED;
	if (m->options->against_linux)
		m->linux_kernel = bench_linux_find();
	return m->options->against_linux && !m->linux_kernel ? STATUS_FAILED : 0;
}

static void free_parts(struct measuring *m)
{
	free(m->our_kernel);
	free(m->linux_kernel);
	free(m->initramfs);
	free(m->tools);
}

int bench_measure(const struct bench_options *options, struct bench_result *result,
		  struct bench_boot *boot)
{
	struct measuring m = {.options = options,
			      .result = result,
			      .boot = boot,
			      .icount = options->guest.icount,
			      .booted = &boot->kernels[BENCH_OURS]};
	bool all =
		!options->keys && !options->budgets && !options->record && options->guest.cpus == 1;
	int status = find_parts(&m);

	if (!status)
		status = run_rounds(&m);
	if (!status && all)
		status = run_boots(&m);
	free_parts(&m);
	return status;
}

/* ---- latencies ---- */

/*
 * "WHEN: KIND CPU NANOSECONDS TIMES FROM TO" as a line of a table with a heading for each WHEN and
 * KIND; the kernel has put them in order. A line of another form is printed as it is.
 */
static void print_latency(struct measuring *m, const char *text)
{
	char when[48], kind[32], from[80], to[80], heading[128], length[BENCH_NUMBER_MAX];
	unsigned cpu;
	unsigned long long ns, times;

	if (sscanf(text, "%47[^:]: %31s %u %llu %llu %79s %79s", when, kind, &cpu, &ns, &times,
		   from, to) != 7) {
		fprintf(m->latency, "%s\n", text);
		return;
	}
	snprintf(heading, sizeof(heading), "longest stretches with %s off, after %s",
		 strcmp(kind, "irqs_off") == 0 ? "interrupts" : "preemption", when);
	if (strcmp(heading, m->heading) != 0) {
		fprintf(m->latency, "\n%s\n%14s %9s %4s  %s\n", heading,
			m->options->guest.icount ? "instructions" : "ns", "times", "CPU",
			"from, to");
		strcpy(m->heading, heading);
		m->nr_printed = 0;
	}
	if (m->nr_printed++ < LATENCIES_SHOWN || m->options->guest.verbose)
		fprintf(m->latency, "%14s %9llu %4u  %s, %s\n", bench_number(length, (double)ns),
			times, cpu, from, to);
}

static enum bench_heard hear_latency(void *ctx, char *line)
{
	static const char mark[] = "latency: ";
	struct measuring *m = ctx;
	const char *at = strstr(line, mark);
	struct bench_parsed parsed;

	if (!at)
		return bench_parse_line(line, &parsed) == BENCH_LINE_OTHER ? BENCH_NOT_OURS
									   : BENCH_GO_ON;
	at += strlen(mark);
	if (strcmp(at, "end") == 0)
		return BENCH_DONE;
	print_latency(m, at);
	return BENCH_GO_ON;
}

int bench_latency(const struct bench_options *o, FILE *out)
{
	struct measuring m = {.options = o, .latency = out, .kernel = BENCH_OURS};
	struct bench_guest guest = {
		.name = "the kernel that measures latencies",
		.options = &o->guest,
		.start_seconds = START_SECONDS,
		.silence_seconds = LATENCY_SECONDS,
		.attempts = 1,
		.on_line = hear_latency,
		.ctx = &m,
	};
	int status = STATUS_FAILED;
	char *words;

	m.our_kernel = paths_find(PART_KERNEL_LATENCY);
	m.initramfs = m.our_kernel ? paths_find(PART_BENCH_LATENCY) : NULL;
	words = words_for(&m, "/latency_run");
	guest.kernel = m.our_kernel;
	guest.initramfs = m.initramfs;
	guest.words = words;
	if (m.initramfs)
		status = bench_guest_run(&guest);
	free(words);
	free_parts(&m);
	return status;
}
