// SPDX-License-Identifier: MIT
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

/* jansson keeps NULL quietly; only no memory makes one here. */
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

/* Hundredths are what the guest prints. */
static json_t *number(double value)
{
	return must(json_real(round(value * 1000) / 1000));
}

static json_t *value_json(const struct bench_result *r, enum bench_kernel k,
			  const struct bench_value *value)
{
	json_t *object = must(json_object());

	if (value->absent) {
		set(object, "absent", json_string(value->why));
		return object;
	}
	double min = bench_value_min(value), median = bench_value_median(value);

	set(object, "operations", json_integer((json_int_t)value->ops));
	set(object, "min_ticks", number(min));
	set(object, "median_ticks", number(median));
	if (!r->icount) {
		set(object, "min_ns", number(bench_result_unit(r, k, min)));
		set(object, "median_ns", number(bench_result_unit(r, k, median)));
	}
	return object;
}

static json_t *rows_json(const struct bench_result *r)
{
	json_t *rows = must(json_array());

	for (unsigned i = 0; i < r->nr; i++) {
		const struct bench_line *line = &r->lines[i];
		json_t *row;

		if (!bench_line_is_used(line))
			continue;
		row = must(json_object());
		set(row, "key", json_string(line->key));
		set(row, "group", json_string(line->row ? line->row->group : "others"));
		set(row, "what", json_string(line->row ? line->row->what : ""));
		for (unsigned k = 0; k < BENCH_KERNELS; k++)
			if (line->values[k].nr || line->values[k].absent)
				set(row, kernel_keys[k],
				    value_json(r, (enum bench_kernel)k, &line->values[k]));
		double ratio = bench_result_ratio(r, line);
		if (ratio > 0)
			set(row, "ratio", number(ratio));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *clocks_json(const struct bench_result *r)
{
	json_t *clocks = must(json_object());

	for (unsigned k = 0; k < BENCH_KERNELS; k++) {
		const struct bench_clock *clock = &r->clocks[k];
		json_t *object;

		if (!clock->seen)
			continue;
		object = must(json_object());
		set(object, "tsc_khz", number(clock->khz));
		set(object, "overhead_ticks", number(clock->overhead));
		set(object, "resolution_ticks", number(clock->resolution));
		set(clocks, kernel_keys[k], object);
	}
	return clocks;
}

static json_t *marks_json(const struct bench_mark *marks, unsigned nr)
{
	json_t *array = must(json_array());

	for (unsigned i = 0; i < nr; i++) {
		json_t *object = must(json_object());

		set(object, "name", json_string(marks[i].name));
		set(object, "value", number(marks[i].value));
		json_array_append_new(array, object);
	}
	return array;
}

static void set_booted(json_t *object, const char *key, const struct bench_booted *booted)
{
	json_t *its;

	if (!booted->seen)
		return;
	its = must(json_object());
	set(its, "phases_ns", marks_json(booted->phases, booted->nr_phases));
	set(its, "facts", marks_json(booted->facts, booted->nr_facts));
	set(object, key, its);
}

static json_t *boot_json(const struct bench_boot *boot)
{
	json_t *object = must(json_object());
	json_t *size = must(json_object());

	for (unsigned k = 0; k < BENCH_KERNELS; k++)
		set_booted(object, kernel_keys[k], &boot->kernels[k]);
	set_booted(object, "ours_counted", &boot->counted);
	set(size, "text", json_integer((json_int_t)boot->text_bytes));
	set(size, "data", json_integer((json_int_t)boot->data_bytes));
	set(size, "bss", json_integer((json_int_t)boot->bss_bytes));
	set(object, "kernel_bytes", size);
	return object;
}

static json_t *history_json(void)
{
	json_t *array = must(json_array());

	for (const struct bench_old_figure *f = bench_old_figures; f->key; f++) {
		json_t *object = must(json_object());

		set(object, "key", json_string(f->key));
		set(object, "ns", number(f->microseconds * 1e3));
		set(object, "mhz", number(BENCH_OLD_MHZ));
		json_array_append_new(array, object);
	}
	return array;
}

char *bench_json_text(const struct bench_options *o, const struct bench_result *r,
		      const struct bench_boot *boot)
{
	json_t *root = must(json_object());
	char *dumped, *text;

	set(root, "schema", json_string("creance-bench-1"));
	set(root, "unit", json_string(r->icount ? "instructions" : "ticks"));
	set(root, "machine", json_string(machine_names[o->guest.machine]));
	set(root, "cpu", json_string(o->guest.cpu_model));
	set(root, "rounds", json_integer(o->rounds));
	set(root, "clocks", clocks_json(r));
	set(root, "rows", rows_json(r));
	set(root, "boot", boot_json(boot));
	set(root, "lmbench_1996", history_json());
	dumped = json_dumps(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
	json_decref(root);
	if (!dumped)
		must(NULL);
	text = must_format("%s\n", dumped);
	free(dumped);
	return text;
}
