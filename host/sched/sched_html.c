// SPDX-License-Identifier: MIT
/*
 * sched_html.c -- the comparison as one page that needs no other file.
 *
 * Idea.  The skeleton (host/sched/page) has marks @@...@@ where the styles, the script and the
 *   content go: for each workload the picture and a table of the figures.
 * Invariants.
 *   H1  All that comes from outside goes through xml_text.
 * Tests.  sched_picture_test.c, tests/system/sched_command.t.
 */
#include <string.h>

#include "base/xml_text.h"
#include "sched/sched_picture.h"

/* The assembler takes the files in; tools/host.mk makes this file depend on them. */
#define PAGE_FILE(name, file)                                                                      \
	__asm__(".pushsection .rodata\n"                                                           \
		"sched_page_" #name ": .incbin \"host/sched/page/" file "\"\n"                     \
		"sched_page_" #name "_end: .byte 0\n"                                              \
		".popsection\n");                                                                  \
	__attribute__((visibility("hidden"))) extern const char sched_page_##name[],               \
		sched_page_##name##_end[];

PAGE_FILE(html, "sched.html")
PAGE_FILE(css, "sched.css")
PAGE_FILE(js, "sched.js")

static void put_figure(FILE *out, double ns, double book_ms)
{
	fprintf(out, "<td>%.2f", ns / WORKLOAD_NS_PER_MS);
	if (book_ms >= 0)
		fprintf(out, " <small>(textbook %g)</small>", book_ms);
	fputs("</td>", out);
}

static void put_spread(FILE *out, const struct measure_spread *spread, double book_ms)
{
	put_figure(out, spread->mean_ns, book_ms);
	put_figure(out, (double)spread->worst_ns, -1);
}

static void put_run(FILE *out, const struct sched_run *run)
{
	const struct measure *m = &run->measure;
	const struct workload_expect *book = run->expect;

	fputs("<tr><td>", out);
	xml_text(out, run->policy, strlen(run->policy));
	fputs("</td>", out);
	put_spread(out, &m->turnaround, book ? book->turnaround_ms : -1);
	put_spread(out, &m->response, book ? book->response_ms : -1);
	put_spread(out, &m->waiting, -1);
	fprintf(out,
		"<td>%.2f</td><td>%.3f</td><td>%llu</td><td>%.2f µs</td><td>%.2f %%</td></tr>\n",
		m->jobs_per_s, m->fairness, (unsigned long long)m->switches,
		m->switch_mean_ns / 1000, 100 * m->switch_share);
}

static void put_job(FILE *out, const struct sched_result *result, const struct sched_run *run,
		    unsigned job)
{
	const struct timeline_job *t = &run->timeline.jobs[job];
	const struct measure_job *m = &run->measure.jobs[job];
	const uint64_t figures[] = {t->arrival_ns,    t->first_ns,    t->end_ns,    t->cpu_ns,
				    m->turnaround_ns, m->response_ns, m->waiting_ns};
	const char *name = result->workload->jobs[job].name;

	fputs("<tr><td>", out);
	xml_text(out, run->policy, strlen(run->policy));
	fputs("</td><td>", out);
	xml_text(out, name, strlen(name));
	fputs("</td>", out);
	for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		put_figure(out, (double)figures[i], -1);
	fputs("</tr>\n", out);
}

static void put_jobs(FILE *out, const struct sched_result *result)
{
	fputs("<details><summary>Each job</summary><div class=\"figures\"><table>\n<thead>\n"
	      "<tr><th>policy</th><th>job</th><th>arrives</th><th>first runs</th><th>ends</th>"
	      "<th>CPU</th><th>turnaround</th><th>response</th><th>waiting</th></tr>\n"
	      "</thead>\n<tbody>\n",
	      out);
	for (unsigned i = 0; i < result->nr_runs; i++)
		for (unsigned job = 0; job < result->workload->nr_jobs; job++)
			put_job(out, result, &result->runs[i], job);
	fputs("</tbody></table></div></details>\n", out);
}

static void put_result(FILE *out, const struct sched_result *result)
{
	fputs("<section>\n<div class=\"picture\">\n", out);
	sched_picture_write(out, result, 0);
	fputs("</div>\n<div class=\"figures\"><table>\n<thead>\n"
	      "<tr><th>times in ms</th><th colspan=\"2\">turnaround</th>"
	      "<th colspan=\"2\">response</th><th colspan=\"2\">waiting</th><th>jobs</th><th></th>"
	      "<th></th><th colspan=\"2\">a switch costs</th></tr>\n"
	      "<tr><th>policy</th><th>mean</th><th>worst</th><th>mean</th><th>worst</th>"
	      "<th>mean</th><th>worst</th><th>a second</th><th>fairness</th><th>switches</th>"
	      "<th>each</th><th>in all</th></tr>\n</thead>\n<tbody>\n",
	      out);
	for (unsigned i = 0; i < result->nr_runs; i++)
		put_run(out, &result->runs[i]);
	fputs("</tbody></table></div>\n", out);
	put_jobs(out, result);
	fputs("</section>\n", out);
}

static void put_content(FILE *out, const struct sched_report *report)
{
	for (unsigned i = 0; i < report->nr; i++)
		put_result(out, &report->results[i]);
}

static void put_bytes(FILE *out, const char *begin, const char *end)
{
	fwrite(begin, 1, (size_t)(end - begin), out);
}

int sched_html_write(FILE *out, const struct sched_report *report)
{
	const char *from = sched_page_html, *end = sched_page_html_end, *at;

	while ((at = memmem(from, (size_t)(end - from), "@@", 2)) != NULL) {
		const char *name = at + 2;
		const char *after = memmem(name, (size_t)(end - name), "@@", 2);

		put_bytes(out, from, at);
		if (strncmp(name, "sched.css", 9) == 0) {
			put_bytes(out, sched_page_css, sched_page_css_end);
			fputs(sched_picture_style, out);
		} else if (strncmp(name, "sched.js", 8) == 0) {
			put_bytes(out, sched_page_js, sched_page_js_end);
		} else {
			put_content(out, report);
		}
		from = after + 2;
	}
	put_bytes(out, from, end);
	return 0;
}
