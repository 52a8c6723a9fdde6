// SPDX-License-Identifier: MIT
#include "trace/trace_source.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by place. */
static const struct trace_source sources[] = {
#include "trace_source.inc"
};

static int compare(const void *place, const void *source)
{
	return strcmp(place, ((const struct trace_source *)source)->place);
}

const struct trace_source *trace_source_find(const char *place)
{
	return bsearch(place, sources, sizeof(sources) / sizeof(sources[0]), sizeof(sources[0]),
		       compare);
}
