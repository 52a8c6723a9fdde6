// SPDX-License-Identifier: MIT
#include "trace/trace_formats.h"

#include <string.h>

#include "calls/call_strace.h"
#include "calls/call_summary.h"
#include "trace/trace_html.h"
#include "trace/trace_json.h"
#include "trace/trace_perfetto.h"
#include "trace/trace_table.h"

static const struct trace_format formats[] = {
	{"table", ".txt", trace_table_write},	  {"json", ".json", trace_json_write},
	{"html", ".html", trace_html_write},	  {"perfetto", ".pftrace", trace_perfetto_write},
	{"strace", ".strace", call_strace_write}, {"count", ".count", call_summary_write},
};
enum { NR_FORMATS = sizeof(formats) / sizeof(formats[0]) };

const char *trace_format_name(unsigned i)
{
	return i < NR_FORMATS ? formats[i].name : NULL;
}

const struct trace_format *trace_format_named(const char *name)
{
	for (unsigned i = 0; i < NR_FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct trace_format *trace_format_of_file(const char *path)
{
	size_t len = strlen(path);

	for (unsigned i = 0; i < NR_FORMATS; i++) {
		size_t of_end = strlen(formats[i].extension);

		if (len > of_end && strcmp(path + len - of_end, formats[i].extension) == 0)
			return &formats[i];
	}
	return NULL;
}

const char *trace_format_names(void)
{
	static char names[128];
	struct trace_text text = TRACE_TEXT(names);

	for (unsigned i = 0; i < NR_FORMATS; i++)
		trace_text_add(&text, "%s%s", i ? ", " : "", formats[i].name);
	return names;
}
