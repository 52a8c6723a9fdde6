// SPDX-License-Identifier: MIT
// FUZZ: 2000
/* Lines that a guest writes: a measuring one's, a witness's, and the log. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench_boot.h"
#include "bench/bench_parse.h"
#include "bench/bench_result.h"
#include "fuzz.h"
#include "lib/printable.h"
#include "regimes/regime_judge.h"
#include "base/report.h"

static struct bench_result *result;
static struct bench_booted booted;
static struct regime_seen seen;

static void take_line(const char *line, size_t len)
{
	char shown[1024], text[384];
	struct bench_parsed parsed;

	printable_text(shown, sizeof(shown), line, len);
	for (const char *c = shown; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
	if (bench_parse_line(shown, &parsed) != BENCH_LINE_OTHER) {
		(void)bench_result_add(result, BENCH_OURS, &parsed);
		bench_boot_add(&booted, &parsed);
	}
	regime_see_line(&seen, shown, "secret");
	regime_outcome_sentence(&seen, text, sizeof(text));
	regime_outcome_brief(&seen, text, sizeof(text));
}

static void take_log(const char *bytes, size_t len)
{
	static struct report report;
	size_t tail_len;
	const char *tail;

	memset(&report, 0, sizeof(report));
	for (size_t at = 0; at < len; at += 777)
		report_feed(&report, &report.guest, bytes + at, len - at < 777 ? len - at : 777);
	tail = report_tail(&report.guest, 30, &tail_len);
	if (tail < report.guest.text || tail + tail_len > report.guest.text + REPORT_KEPT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *at = (const char *)data, *end = at + len;

	result = bench_result_new(true);
	memset(&booted, 0, sizeof(booted));
	memset(&seen, 0, sizeof(seen));
	take_log(at, len);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t part = (size_t)((newline ? newline : end) - at);

		take_line(at, part);
		at += part + 1;
	}
	for (unsigned i = 0; i < result->nr; i++) {
		bench_value_median(&result->lines[i].values[BENCH_OURS]);
		bench_result_ratio(result, &result->lines[i]);
	}
	free(result);
	return 0;
}
