// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "base/unit.h"
#include "trace/trace_events.h"
#include "trace/trace_names.h"
#include "trace/trace_source.h"

/* The line that a place means is among its lines, and does what the place is named for. */
static void test_lines(void **state)
{
	unsigned found = 0;

	(void)state;
	for (unsigned event = TRACE_none + 1; event < NR_TRACE_EVENTS; event++) {
		const char *place = trace_name(TRACE_EVENT_SOURCES, event), *line;
		const struct trace_source *source = place ? trace_source_find(place) : NULL;

		if (!place)
			continue;
		assert_non_null(source);
		line = source->text;
		for (unsigned nr = (unsigned)atoi(strchr(place, ':') + 1); nr > source->first; nr--)
			line = strchr(line, '\n') + 1;
		assert_true(strcspn(line, "\n") >= strlen("TRACE("));
		assert_non_null(strstr(line, trace_event_row(event)->name));
		found++;
	}
	assert_true(found > 20);
	assert_null(trace_source_find("kernel/none.c:1"));
	assert_null(trace_source_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
