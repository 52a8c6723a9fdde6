// SPDX-License-Identifier: MIT
#include "calls/call_summary.h"

#include <inttypes.h>
#include <stdlib.h>

#include "trace/trace_shown.h"

enum { NR_CALLS = 512 };

struct row {
	uint64_t ns, nr, errors;
	unsigned number;
};

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? 1 : -1;
	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return (int)x->number - (int)y->number;
}

static void put_line(FILE *out, const struct row *row, uint64_t all_ns, const char *name)
{
	char errors[24] = "";

	if (row->errors)
		snprintf(errors, sizeof(errors), "%" PRIu64, row->errors);
	fprintf(out, "%6.2f %11.6f %11.3f %9" PRIu64 " %9s %s\n",
		all_ns ? 100.0 * (double)row->ns / (double)all_ns : 0.0, (double)row->ns / 1e9,
		row->nr ? (double)row->ns / 1e3 / (double)row->nr : 0.0, row->nr, errors, name);
}

static void put_all(FILE *out, struct row *rows)
{
	static const char rule[] =
		"------ ----------- ----------- --------- --------- ----------------";
	struct row total = {0};

	for (unsigned i = 0; i < NR_CALLS; i++) {
		total.ns += rows[i].ns;
		total.nr += rows[i].nr;
		total.errors += rows[i].errors;
	}
	qsort(rows, NR_CALLS, sizeof(*rows), by_time);
	fprintf(out, "%% time     seconds  usecs/call     calls    errors syscall\n%s\n", rule);
	for (unsigned i = 0; i < NR_CALLS && rows[i].nr; i++) {
		put_line(out, &rows[i], total.ns, call_find(rows[i].number)->name);
	}
	fprintf(out, "%s\n", rule);
	put_line(out, &total, total.ns, "total");
}

static void count(struct row *rows, const struct trace_step *s)
{
	struct row *row = &rows[s->detail < NR_CALLS ? s->detail : NR_CALLS - 1];

	row->nr++;
	row->ns += s->call_ns;
	row->errors += call_failed(&s->call);
}

int call_summary_write(FILE *out, const struct trace_report *r)
{
	struct row rows[NR_CALLS] = {{0}};
	struct trace_shown shown;
	struct trace_model m;
	struct trace_step step;
	int err = trace_model_init(&m, r->log);

	if (err)
		return err;
	err = trace_shown_init(&shown, r);
	for (unsigned i = 0; i < NR_CALLS; i++)
		rows[i].number = i;
	while (!err && trace_model_next(&m, &step))
		if (step.event == TRACE_syscall_exit && trace_filter_takes(r->filter, &m, &step) &&
		    (shown.whole || (trace_family_has(&shown.family, step.pid) &&
				     !trace_family_prepares(&shown.family, &step))))
			count(rows, &step);
	if (!err)
		put_all(out, rows);
	trace_shown_fini(&shown);
	trace_model_fini(&m);
	return err;
}
