// SPDX-License-Identifier: MIT
#include "cmd/trace_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"

enum {
	OPT_FORMAT = OPTIONS_EXTRA + 1,
	OPT_FILTER,
	OPT_FROM,
	OPT_TO,
	OPT_PID,
	OPT_ALL,
	OPT_DETERMINISTIC,
	OPT_BUFFER,
	OPT_LIMIT,
	OPT_SOURCE_BASE
};

static const struct option list[] = {
	{"output", required_argument, NULL, 'o'},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"from", required_argument, NULL, OPT_FROM},
	{"to", required_argument, NULL, OPT_TO},
	{"pid", required_argument, NULL, OPT_PID},
	{"all", no_argument, NULL, OPT_ALL},
	{"deterministic", no_argument, NULL, OPT_DETERMINISTIC},
	{"buffer", required_argument, NULL, OPT_BUFFER},
	{"limit", required_argument, NULL, OPT_LIMIT},
	{"source-base", required_argument, NULL, OPT_SOURCE_BASE},
	{NULL, 0, NULL, 0},
};

static int add_output(struct trace_options *o, const struct trace_format *format, const char *path)
{
	if (o->nr_outputs == TRACE_OUTPUTS_MAX) {
		say("more than %u outputs are asked for: leave some out", TRACE_OUTPUTS_MAX);
		return -EINVAL;
	}
	o->outputs[o->nr_outputs++] = (struct trace_output){format, path};
	return 0;
}

static int take_format(struct trace_options *o, const char *name)
{
	const struct trace_format *format = trace_format_named(name);

	if (format)
		return add_output(o, format, NULL);
	say("there is no format '%s': choose among %s", name, trace_format_names());
	return -EINVAL;
}

static int take_output(struct trace_options *o, const char *path)
{
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

static int take_time(const char *option, const char *text, uint64_t *ns)
{
	if (trace_filter_time(text, ns) == 0)
		return 0;
	say("%s %s is not a time: write a number with a unit, such as 1500us, 1.5ms or 2s", option,
	    text);
	return -EINVAL;
}

static int take_pid(struct trace_options *o, const char *text)
{
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

static int take_filter(struct trace_options *o, const char *text)
{
	const char *word;
	int len;

	if (trace_filter_events(&o->filter, text, &word, &len) == 0)
		return 0;
	say("--filter: there is no event or group '%.*s': see 'creance help trace'", len, word);
	return -EINVAL;
}

static int take_buffer(struct trace_options *o, const char *text)
{
	if (options_parse_size(text, &o->buffer_bytes) == 0 && o->buffer_bytes >= 4096 &&
	    o->buffer_bytes <= 1ull << 30)
		return 0;
	say("--buffer %s is not a size from 4K to 1G: write a number with a unit, such as 64M",
	    text);
	return -EINVAL;
}

static int take_limit(struct trace_options *o, const char *text)
{
	int err = take_time("--limit", text, &o->limit_ns);

	if (err || o->limit_ns)
		return err;
	say("--limit %s leaves the guest no time: write more, such as 10s, or leave it out", text);
	return -EINVAL;
}

static int take(void *ctx, struct guest_options *guest, int option, const char *value)
{
	struct trace_options *o = ctx;

	switch (option) {
	case 'o':
		return take_output(o, value);
	case OPT_FORMAT:
		return take_format(o, value);
	case OPT_FILTER:
		return take_filter(o, value);
	case OPT_FROM:
		return take_time("--from", value, &o->filter.from_ns);
	case OPT_TO:
		return take_time("--to", value, &o->filter.to_ns);
	case OPT_LIMIT:
		return take_limit(o, value);
	case OPT_PID:
		return take_pid(o, value);
	case OPT_BUFFER:
		return take_buffer(o, value);
	case OPT_SOURCE_BASE:
		o->source_base = value;
		return 0;
	case OPT_ALL:
		o->all = true;
		return 0;
	default:
		o->deterministic = true;
		guest->icount = true;
		return 0;
	}
}

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
	err = check_outputs(o);
	if (!err)
		say_useless(o);
	return err;
}

int trace_options_parse(struct trace_options *o, int argc, char **argv)
{
	const struct options_extra extra = {.list = list, .letters = "o:", .take = take, .ctx = o};

	*o = (struct trace_options){.nr_outputs = 0};
	trace_filter_init(&o->filter);
	if (options_parse_extra(&o->guest, argc, argv, &extra))
		return -EINVAL;
	return o->guest.help ? 0 : check_together(o);
}
