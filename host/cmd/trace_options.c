// SPDX-License-Identifier: MIT
#include "cmd/trace_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"

#define AT(field) .at = offsetof(struct trace_options, field)
#define AT_FILTER(field) .at = offsetof(struct trace_options, filter.field)

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
	say("there is no format '%s': choose among %s", name, trace_format_names());
	return -EINVAL;
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
	say("the name of %s does not say its format: write --format NAME before it (%s)", path,
	    trace_format_names());
	return -EINVAL;
}

static int take_pid(void *to, const char *text)
{
	struct trace_options *o = to;
	char *end;
	unsigned long pid = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end || pid == 0 || pid > UINT32_MAX) {
		say("--pid %s is not a process's number: see the times of 'creance trace --all'",
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

static int take_filter(void *to, const char *text)
{
	struct trace_options *o = to;
	const char *word;
	int len;

	if (trace_filter_events(&o->filter, text, &word, &len) == 0)
		return 0;
	say("--filter: there is no event or group '%.*s': see 'creance help trace'", len, word);
	return -EINVAL;
}

static int take_deterministic(void *to, const char *value)
{
	struct trace_options *o = to;

	(void)value;
	o->deterministic = true;
	o->guest.icount = true;
	return 0;
}

static const struct option_row rows[] = {
	{.name = "format",
	 .argument = "NAME",
	 .kind = OPTION_CALL,
	 .take = take_format,
	 .help = "table (the usual one), json, html or perfetto; may be given again"},
	{.name = "output",
	 .letter = 'o',
	 .argument = "FILE",
	 .kind = OPTION_CALL,
	 .take = take_output,
	 .help = "where the last --format goes, or - for standard output; without one before\n"
		 "it the file's name decides: .txt .json .html .pftrace"},
	{.name = "filter",
	 .argument = "EXPR",
	 .kind = OPTION_CALL,
	 .take = take_filter,
	 .help = "events or groups, separated by commas: boot process call trap interrupt sched\n"
		 "signal memory; '!' before one leaves it out"},
	{.name = "from",
	 .argument = "TIME",
	 .kind = OPTION_TIME,
	 AT_FILTER(from_ns),
	 .help = "only steps from this time after the kernel's start on: 1500us, 1.5ms, 2s"},
	{.name = "to",
	 .argument = "TIME",
	 .kind = OPTION_TIME,
	 AT_FILTER(to_ns),
	 .help = "only steps up to this time"},
	{.name = "pid",
	 .argument = "N",
	 .kind = OPTION_CALL,
	 .take = take_pid,
	 .help = "only what process N does or what is done to it; may be given again"},
	{.name = "all",
	 .kind = OPTION_FLAG,
	 AT(all),
	 .help = "table: also what does not concern the program"},
	{.name = "source-base",
	 .argument = "URL",
	 .kind = OPTION_TEXT,
	 AT(source_base),
	 .help = "html: where links to the source go (docs/trace-page.md)"},
	{.name = "deterministic",
	 .kind = OPTION_CALL,
	 .take = take_deterministic,
	 .help = "count instructions, and let nothing come from outside while it runs: two\n"
		 "runs give the same bytes"},
	{.name = "buffer",
	 .argument = "SIZE",
	 .kind = OPTION_SIZE,
	 AT(buffer_bytes),
	 .least = 4096,
	 .most = 1ull << 30,
	 .help = "memory in the guest for events that have not been read yet (32M)"},
	{.name = "limit",
	 .argument = "TIME",
	 .kind = OPTION_TIME,
	 AT(limit_ns),
	 .help = "end the guest after that time: 10s (exit status 124)"},
	{.name = NULL},
};

const struct option_group trace_option_group = {"Options of the trace", rows};

/* Standard output holds one format; the usual one is the table. */
static int check_outputs(struct trace_options *o)
{
	unsigned nr = 0;

	if (o->nr_outputs == 0)
		return add_output(o, trace_format_named("table"), NULL);
	for (unsigned i = 0; i < o->nr_outputs; i++)
		nr += !o->outputs[i].path || strcmp(o->outputs[i].path, "-") == 0;
	if (nr <= 1)
		return 0;
	say("%u formats would go to standard output: give all but one a file, by -o after its --format",
	    nr);
	return -EINVAL;
}

/* A message if an option changes nothing in the formats that will be written. */
static void say_useless(const struct trace_options *o)
{
	bool table = false, html = false;

	for (unsigned i = 0; i < o->nr_outputs; i++) {
		table |= o->outputs[i].format == trace_format_named("table");
		html |= o->outputs[i].format == trace_format_named("html");
	}
	if (o->all && !table)
		say("--all changes only the table: add --format table, or leave it out");
	if (o->source_base && !html)
		say("--source-base changes only the page: add --format html, or leave it out");
}

static int check_together(struct trace_options *o)
{
	int err;

	if (o->filter.from_ns > o->filter.to_ns) {
		say("--from is later than --to, so no step lies between: give a --to after it");
		return -EINVAL;
	}
	if (o->limit_ns == 0) {
		say("--limit 0 leaves the guest no time: write more, such as 10s, or leave it out");
		return -EINVAL;
	}
	err = check_outputs(o);
	if (!err)
		say_useless(o);
	return err;
}

int trace_options_parse(struct trace_options *o, int argc, char **argv)
{
	*o = (struct trace_options){.limit_ns = UINT64_MAX};
	trace_filter_init(&o->filter);
	if (options_parse(&o->guest, argc, argv, &trace_option_group, o))
		return -EINVAL;
	return o->guest.help ? 0 : check_together(o);
}
