// SPDX-License-Identifier: MIT
#include "compare/compare_formats.h"

#include <string.h>

#include "compare/compare_html.h"
#include "compare/compare_json.h"
#include "compare/compare_table.h"

static const struct compare_format formats[] = {
	{"table", compare_table_write},
	{"html", compare_html_write},
	{"json", compare_json_write},
};

const struct compare_format *compare_format_named(const char *name)
{
	for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}
