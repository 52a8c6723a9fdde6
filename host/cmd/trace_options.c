// SPDX-License-Identifier: MIT
/*
 * trace_options.c -- the options of `creance trace` that are not the guest's.
 *
 * Idea.  Outputs come in the order of their words: --format begins one, and -o after it names its
 *   file; -o without a format before it begins one whose format its name tells. Before the guest
 *   runs, which may take long, each file is tried.
 * Invariants.
 *   T1  At most one output goes to standard output, and no two to files of one name (but for
 *       devices).
 *   T2  No output overwrites what the run, or the comparison, takes from this host by name.
 * Tests.  tests/system/trace.t, trace_calls.t, trace_perfetto.t, errors.t.
 */
#include "cmd/trace_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "base/suggest.h"
#include "base/writable.h"
#include "cmd/kernel_options.h"
#include "cmd/trace_compare.h"
#include "image/program.h"
#include "image/program_files.h"

#define OPTIONS struct trace_options

static int add_output(struct trace_options *o, const struct trace_format *format, const char *path)
{
	if (o->nr_outputs == TRACE_OUTPUTS_MAX) {
		say("more than %u outputs are asked for: leave some out", TRACE_OUTPUTS_MAX);
		return -EINVAL;
	}
	o->outputs[o->nr_outputs++] = (struct trace_output){format, path};
	return 0;
}

static int take_format(void *to, const char *name)
{
	const struct trace_format *format = trace_format_named(name);

	if (format)
		return add_output(to, format, NULL);
	option_say_unknown("format", name, trace_format_name, NULL);
	return -EINVAL;
}

static int take_count(void *to, const char *unused)
{
	(void)unused;
	return add_output(to, trace_format_named("count"), NULL);
}

static int take_output(void *to, const char *path)
{
	struct trace_options *o = to;
	struct trace_output *last = o->nr_outputs ? &o->outputs[o->nr_outputs - 1] : NULL;
	const struct trace_format *format = trace_format_of_file(path);

	if (last && !last->path) {
		last->path = path;
		return 0;
	}
	if (strcmp(path, "-") == 0)
		format = trace_format_named("table");
	if (format)
		return add_output(o, format, path);
	say("the name of '%s' does not say its format: write --format NAME before it (%s)", path,
	    trace_format_names());
	return -EINVAL;
}

static int take_pid(void *to, const char *text)
{
	struct trace_options *o = to;
	char *end;
	unsigned long pid = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || pid == 0 || pid > UINT32_MAX) {
		say("--pid %s is no number of a process: write one that 'creance trace --all' shows, such as 2",
		    text);
		return -EINVAL;
	}
	if (o->filter.nr_pids == TRACE_PIDS_MAX) {
		say("--pid was given more than %u times: leave some out", TRACE_PIDS_MAX);
		return -EINVAL;
	}
	o->filter.pids[o->filter.nr_pids++] = (uint32_t)pid;
	return 0;
}

/* The event or group that a misspelt word was probably meant to be; NULL: none is near. */
static const char *suggest_event(const char *word)
{
	const char *words[2 * NR_TRACE_EVENTS + 1];
	unsigned nr = 0;

	for (unsigned event = TRACE_none + 1; event < NR_TRACE_EVENTS; event++) {
		words[nr++] = trace_event_group(event);
		words[nr++] = trace_event_row(event)->name;
	}
	words[nr] = NULL;
	return suggest(word, words);
}

static int take_filter(void *to, const char *text)
{
	struct trace_options *o = to;
	const char *word, *meant;
	char *wrong;
	int len;

	if (trace_filter_events(&o->filter, text, &word, &len) == 0)
		return 0;
	wrong = must_format("%.*s", len, word);
	meant = suggest_event(wrong);
	if (meant)
		say("--filter: there is no event or group '%s': did you mean '%s'?", wrong, meant);
	else
		say("--filter: there is no event or group '%s': 'creance help trace' has the groups, docs/trace_events.md the events",
		    wrong);
	free(wrong);
	return -EINVAL;
}

static const struct option_row rows[] = {
	{"format", CALL("NAME", take_format), WORDS(trace_format_name),
	 HELP("table (the usual one), json (an object in each line: the run, then each step),\n"
	      "html, perfetto, strace or count; may be given again")},
	{"output", LETTER('o'), CALL("FILE", take_output),
	 HELP("where the last --format goes, or - for standard output; without one before\n"
	      "it the file's name decides: .txt .json .html .pftrace .strace .count")},
	{"count", LETTER('c'), CALL(NULL, take_count),
	 HELP("short for --format count: calls, errors and times of each system call")},
	{"filter", CALL("EXPR", take_filter),
	 HELP("events or groups, separated by commas: boot process call trap interrupt sched\n"
	      "signal memory; '!' before one leaves it out")},
	{"from", TIME("TIME", filter.from_ns),
	 HELP("only steps from this time after the kernel's start on: 1500us, 1.5ms, 2s")},
	{"to", TIME("TIME", filter.to_ns), HELP("only steps up to this time")},
	{"pid", CALL("N", take_pid),
	 HELP("only what process N does or what is done to it; may be given again")},
	{"all", FLAG(all),
	 HELP("table, strace, count, --compare: also what does not concern the program")},
	{"source-base", TEXT("URL", source_base),
	 HELP("html: where links to the source go (docs/trace-page.md)")},
	{"deterministic", FLAG(deterministic),
	 HELP("count instructions, and let nothing come from outside while it runs: two\n"
	      "runs give the same bytes")},
	{"buffer", SIZE("SIZE", buffer_bytes, 4096, 1ull << 30),
	 HELP("memory in the guest for events that have not been read yet (32M)")},
	{"limit", TIME("TIME", limit_ns),
	 HELP("end the guest that long after its kernel's start: 10s (exit status 124)")},
	{"compare", PAIR("FILE FILE", compare),
	 HELP("run nothing: compare two traces that --format json has saved, as table, html or\n"
	      "json; exit status 0 if the steps are the same, 1 if they differ, 125 on errors")},
	{.name = NULL},
};

const struct option_group trace_option_group = {"Options of the trace", rows};

/* A message if what is written to @path would be written over @source, of the kind @what. */
static int refuse_source(const char *path, const char *source, const char *what)
{
	if (!writable_overwrites(path, source))
		return 0;
	say("--output '%s' is %s, which it would overwrite: name another file", path, what);
	return -EINVAL;
}

/* The same of all that the run takes from this host by name. */
static int refuse_sources(const struct guest_options *g, const char *path)
{
	const char *name = g->nr_args ? g->args[0] : NULL;
	char *source = !name		   ? NULL
		       : strchr(name, '/') ? must_format("%s", name)
					   : program_search_path(name);
	int err = source ? refuse_source(path, source, "the program that is traced") : 0;

	free(source);
	for (int i = 0; !err && i < g->files.nr; i++) {
		source = program_files_source(g->files.items[i]);
		err = refuse_source(path, source, "a file that --file names");
		free(source);
	}
	return err ? err : refuse_source(path, "/dev/stdin", "the program's standard input");
}

/* Before the run, which may take long: can each file be written, and has each one its own? */
static int try_files(const struct trace_options *o)
{
	for (unsigned i = 0; i < o->nr_outputs; i++) {
		const char *path = o->outputs[i].path;
		int err = path && strcmp(path, "-") != 0 ? writable_try(path) : 0;

		if (err) {
			say("--output '%s' cannot be written (%s): name another file", path,
			    strerror(-err));
			return err;
		}
		if (path && strncmp(path, "/dev/", 5) == 0)
			continue; /* what it does with two is its own affair */
		if (path && !o->compare[0] && refuse_sources(&o->guest, path))
			return -EINVAL;
		for (unsigned other = 0; path && other < i; other++) {
			if (!o->outputs[other].path || strcmp(o->outputs[other].path, path) != 0)
				continue;
			say("--output '%s' is named for two formats: give each its own file", path);
			return -EINVAL;
		}
	}
	return 0;
}

/* Will @output be written to standard output? Perfetto must not, if that is a terminal. */
static int check_standard(const struct trace_output *output, bool *standard)
{
	*standard = !output->path || strcmp(output->path, "-") == 0;
	if (*standard && output->format == trace_format_named("perfetto") &&
	    isatty(STDOUT_FILENO)) {
		say("perfetto is no text for a terminal: name a file, such as -o trace.pftrace");
		return -EINVAL;
	}
	return 0;
}

/* Standard output holds one format; the usual one is the table. */
static int check_outputs(struct trace_options *o)
{
	const struct trace_format *first = NULL;
	bool standard;

	if (o->nr_outputs == 0)
		return add_output(o, trace_format_named("table"), NULL);
	for (unsigned i = 0; i < o->nr_outputs; i++) {
		const struct trace_format *format = o->outputs[i].format;

		if (check_standard(&o->outputs[i], &standard))
			return -EINVAL;
		if (standard && first) {
			say("%s and %s would both go to standard output: leave one out (-c is --format count), or write -o FILE after it",
			    first->name, format->name);
			return -EINVAL;
		}
		if (standard)
			first = format;
	}
	return try_files(o);
}

/* A message if an option changes nothing in the formats that will be written. */
static void say_useless(const struct trace_options *o)
{
	bool all = false, html = false;

	for (unsigned i = 0; i < o->nr_outputs; i++) {
		all |= o->outputs[i].format == trace_format_named("table") ||
		       o->outputs[i].format == trace_format_named("strace") ||
		       o->outputs[i].format == trace_format_named("count");
		html |= o->outputs[i].format == trace_format_named("html");
	}
	if (o->all && !all)
		say("--all changes only table, strace and count: add one of these formats, or leave it out");
	if (o->source_base && !html)
		say("--source-base changes only the page: add --format html, or leave it out");
}

void trace_options_init(void *options)
{
	struct trace_options *o = options;

	o->limit_ns = UINT64_MAX;
	trace_filter_init(&o->filter);
}

int trace_options_check(void *options, int nr, char **operands)
{
	struct trace_options *o = options;
	int err;

	if (o->compare[0]) {
		err = trace_compare_check(o, nr, operands);
		return err ? err : check_outputs(o);
	}
	o->guest.icount |= o->deterministic;
	err = guest_options_check(&o->guest, nr, operands);
	if (!err)
		err = check_outputs(o);
	if (err)
		return err;
	if (o->guest.watchdog_s) {
		say("--watchdog would restart the guest, and a trace is of one start: leave it out");
		return -EINVAL;
	}
	if (kernel_options_have(o->guest.append, "trace")) {
		say("--append trace= would be a second size of the trace's memory: write --buffer");
		return -EINVAL;
	}
	if (o->filter.from_ns > o->filter.to_ns) {
		say("--from is later than --to, so there is no step between: give a --to after it");
		return -EINVAL;
	}
	if (o->limit_ns == 0) {
		say("a --limit of 0 leaves the guest no time: write more, such as 10s, or leave it out");
		return -EINVAL;
	}
	say_useless(o);
	return 0;
}
