// SPDX-License-Identifier: MIT
/*
 * bench_json.c -- a measurement as JSON, schema creance-bench-1.
 *
 * Idea.  The document is a tree of jansson's. Lack of memory ends the command (must), so that no
 *   function has to pass it on. What was not measured has no key, and an operation that a kernel
 *   does not have says why; no figure is 0 for want of one. If instructions were counted there are
 *   no nanoseconds.
 * Tests.  tests/system/bench.t.
 */
#include "bench/bench_json.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "bench/bench_history.h"
#include "base/say.h"

static const char *const kernel_keys[] = {
	[BENCH_OURS] = "ours",
	[BENCH_LINUX_OFF] = "linux_off",
	[BENCH_LINUX_DEFAULT] = "linux_default",
};

/* jansson passes NULL on quietly; only a lack of memory makes one here. */
static json_t *must(json_t *value)
{
	if (value)
		return value;
	say("no memory left on this host: end other programs and try again");
	exit(STATUS_FAILED);
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, must(value)) < 0)
		must(NULL);
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, must(value)) < 0)
		must(NULL);
}

/* The guest prints hundredths. */
static json_t *number(double value)
{
	return json_real(round(value * 1000) / 1000);
}

static json_t *value_json(const struct bench_result *r, enum bench_kernel k,
			  const struct bench_value *value)
{
	double min = bench_value_min(value), median = bench_value_median(value);
	json_t *object;

	if (value->absent)
		return json_pack("{s:s}", "absent", value->why);
	object = must(json_pack("{s:I, s:o, s:o}", "operations", (json_int_t)value->ops,
				"min_ticks", number(min), "median_ticks", number(median)));
	if (!r->icount) {
		set(object, "min_ns", number(bench_result_unit(r, k, min)));
		set(object, "median_ns", number(bench_result_unit(r, k, median)));
	}
	return object;
}

/* What the workers did at the same time. */
static json_t *team_json(const struct bench_result *r, const struct bench_line *line)
{
	json_t *team = must(json_pack("{s:i}", "workers", (int)line->workers));

	for (unsigned k = 0; k < BENCH_KERNELS; k++) {
		double scaling = bench_line_scaling(line, (enum bench_kernel)k);
		json_t *value;

		if (!line->team[k].nr)
			continue;
		value = value_json(r, (enum bench_kernel)k, &line->team[k]);
		if (scaling > 0)
			set(value, "scaling", number(scaling));
		set(team, kernel_keys[k], value);
	}
	return team;
}

static json_t *rows_json(const struct bench_result *r)
{
	json_t *rows = must(json_array());

	for (unsigned i = 0; i < r->nr; i++) {
		const struct bench_line *line = &r->lines[i];
		double ratio = bench_result_ratio(r, line);
		json_t *row;

		if (!bench_line_is_used(line))
			continue;
		row = must(json_pack("{s:s, s:s, s:s}", "key", line->key, "group",
				     bench_line_group(line), "what", bench_line_what(line)));
		for (unsigned k = 0; k < BENCH_KERNELS; k++)
			if (line->values[k].nr || line->values[k].absent)
				set(row, kernel_keys[k],
				    value_json(r, (enum bench_kernel)k, &line->values[k]));
		if (ratio > 0)
			set(row, "ratio", number(ratio));
		if (line->workers)
			set(row, "team", team_json(r, line));
		append(rows, row);
	}
	return rows;
}

static json_t *clocks_json(const struct bench_result *r)
{
	json_t *clocks = must(json_object());

	for (unsigned k = 0; k < BENCH_KERNELS; k++) {
		const struct bench_clock *clock = &r->clocks[k];

		if (clock->seen)
			set(clocks, kernel_keys[k],
			    json_pack("{s:o, s:o, s:o}", "tsc_khz", number(clock->khz),
				      "overhead_ticks", number(clock->overhead), "resolution_ticks",
				      number(clock->resolution)));
	}
	return clocks;
}

static json_t *marks_json(const struct bench_mark *marks, unsigned nr)
{
	json_t *array = must(json_array());

	for (unsigned i = 0; i < nr; i++)
		append(array, json_pack("{s:s, s:o}", "name", marks[i].name, "value",
					number(marks[i].value)));
	return array;
}

static void set_booted(json_t *object, const char *key, const struct bench_booted *booted)
{
	if (booted->seen)
		set(object, key,
		    json_pack("{s:o, s:o}", "phases_ns",
			      marks_json(booted->phases, booted->nr_phases), "facts",
			      marks_json(booted->facts, booted->nr_facts)));
}

static json_t *boot_json(const struct bench_boot *boot)
{
	json_t *object = must(json_object());

	for (unsigned k = 0; k < BENCH_KERNELS; k++)
		set_booted(object, kernel_keys[k], &boot->kernels[k]);
	set_booted(object, "ours_counted", &boot->counted);
	set(object, "kernel_bytes",
	    json_pack("{s:I, s:I, s:I}", "text", (json_int_t)boot->text_bytes, "data",
		      (json_int_t)boot->data_bytes, "bss", (json_int_t)boot->bss_bytes));
	return object;
}

static json_t *history_json(void)
{
	json_t *array = must(json_array());

	for (const struct bench_old_figure *f = bench_old_figures; f->key; f++)
		append(array,
		       json_pack("{s:s, s:o, s:o}", "key", f->key, "ns",
				 number(f->microseconds * 1e3), "mhz", number(BENCH_OLD_MHZ)));
	return array;
}

char *bench_json_text(const struct bench_options *o, const struct bench_result *r,
		      const struct bench_boot *boot)
{
	json_t *root =
		must(json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o}", "schema",
			       "creance-bench-1", "unit", r->icount ? "instructions" : "ticks",
			       "machine", machine_names[o->guest.machine], "cpu",
			       o->guest.cpu_model, "cpus", (int)o->guest.cpus, "rounds",
			       (int)o->rounds, "clocks", clocks_json(r), "rows", rows_json(r),
			       "boot", boot_json(boot), "lmbench_1996", history_json()));
	char *dumped, *text;

	dumped = json_dumps(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
	json_decref(root);
	if (!dumped)
		must(NULL);
	text = must_format("%s\n", dumped);
	free(dumped);
	return text;
}
