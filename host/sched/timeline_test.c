// SPDX-License-Identifier: MIT
#include <errno.h>

#include "sched/timeline.h"
#include "trace/fake_log.h"

#define MS WORKLOAD_NS_PER_MS

enum { RUN_JOBS = 2, A = 3, B = 4, WHY = 4 };

struct play {
	struct workload w;
	struct timeline t;
	struct trace_log log;
};

/* Job @number is thread @tid, and sleeps until its arrival; the CPU is idle then. */
static void job(struct play *p, unsigned number, uint64_t ns, uint32_t tid)
{
	char text[16], *rest = text + 8;

	sprintf(text, "creance job %u", number);
	p->w.nr_jobs = number + 1;
	FAKE(&p->log, ns, RUN_JOBS, process_create, 0, tid, RUN_JOBS, tid);
	FAKE(&p->log, ns + 1, tid, thread_name, 0, tid, tid, fake_word(text), fake_word(rest));
	FAKE(&p->log, ns + 2, tid, sched_switch, WHY, tid, 0, FAKE_STATE("sleeping"));
}

static void wake(struct play *p, uint64_t ns, uint32_t self, uint32_t tid)
{
	FAKE(&p->log, ns, self, sched_wake, 0, tid, 0);
}

static void change(struct play *p, uint64_t ns, uint32_t from, uint32_t to, const char *state)
{
	FAKE(&p->log, ns, from, sched_pick, WHY, to);
	FAKE(&p->log, ns + 100, from, sched_switch, WHY, from, to, FAKE_STATE(state));
	FAKE(&p->log, ns + 200, from, address_space, 0, 4096);
	FAKE(&p->log, ns + 300, to, syscall_exit, 1, 0, 0x400000);
}

static void leave(struct play *p, uint64_t ns, uint32_t tid)
{
	FAKE(&p->log, ns, tid, thread_exit, 0, tid, tid, 0);
}

static int read_all(struct play *p)
{
	assert_int_equal(trace_log_merge(&p->log), 0);
	return timeline_read(&p->t, &p->w, &p->log);
}

static void end(struct play *p)
{
	timeline_fini(&p->t);
	trace_log_fini(&p->log);
}

/* Two jobs: B arrives while A runs, waits, runs, and A has the rest. */
static void two_jobs(struct play *p)
{
	p->w.jobs[1].arrival_ns = 2 * MS;
	job(p, 0, 100, A);
	job(p, 1, 200, B);
	wake(p, 100 * MS, 0, A);
	change(p, 101 * MS, 0, A, "ready");
	wake(p, 102 * MS, A, B);
	change(p, 104 * MS, A, B, "ready");
	leave(p, 107 * MS, B);
	change(p, 108 * MS, B, A, "dead");
	leave(p, 110 * MS, A);
	change(p, 111 * MS, A, RUN_JOBS, "dead");
}

static void test_times(void **state)
{
	static struct play p;

	(void)state;
	p = (struct play){0};
	two_jobs(&p);
	assert_int_equal(read_all(&p), 0);
	assert_int_equal(p.t.jobs[0].arrival_ns, 0);
	assert_int_equal(p.t.jobs[0].first_ns, MS + 100);
	assert_int_equal(p.t.jobs[0].end_ns, 10 * MS);
	assert_int_equal(p.t.jobs[0].cpu_ns, 5 * MS - 100);
	assert_int_equal(p.t.jobs[1].arrival_ns, 2 * MS);
	assert_int_equal(p.t.jobs[1].first_ns, 4 * MS + 100);
	assert_int_equal(p.t.jobs[1].end_ns, 7 * MS);
	assert_int_equal(p.t.end_ns, 10 * MS);
	/* To A, to B and back; the change at the end comes after the last job. */
	assert_int_equal(p.t.switches, 3);
	assert_int_equal(p.t.switch_ns, 900);
	end(&p);
}

/* The spans of a job follow each other without gaps, from its arrival to its end. */
static void test_spans(void **state)
{
	static struct play p;
	uint64_t at[2], ran[2] = {0};

	(void)state;
	p = (struct play){0};
	two_jobs(&p);
	assert_int_equal(read_all(&p), 0);
	for (unsigned i = 0; i < 2; i++)
		at[i] = p.t.jobs[i].arrival_ns;
	for (size_t i = 0; i < p.t.nr_spans; i++) {
		const struct timeline_span *span = &p.t.spans[i];

		assert_int_equal(span->from_ns, at[span->job]);
		at[span->job] = span->to_ns;
		if (span->state == SPAN_RUNS)
			ran[span->job] += span->to_ns - span->from_ns;
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(at[i], p.t.jobs[i].end_ns);
		assert_int_equal(ran[i], p.t.jobs[i].cpu_ns);
	}
	end(&p);
}

/* A job that waits for a device, and whose child runs on: it has ended when the child has. */
static void test_waits_and_children(void **state)
{
	static struct play p;
	uint64_t waits_ns = 0;

	(void)state;
	p = (struct play){0};
	job(&p, 0, 100, A);
	wake(&p, 10 * MS, 0, A);
	change(&p, 10 * MS + 500, 0, A, "ready");
	change(&p, 11 * MS, A, 0, "sleeping");
	wake(&p, 15 * MS, 0, A);
	change(&p, 15 * MS + 500, 0, A, "ready");
	FAKE(&p.log, 16 * MS, A, process_create, 0, B, A, B);
	leave(&p, 17 * MS, A);
	change(&p, 18 * MS, A, B, "dead");
	leave(&p, 20 * MS, B);
	change(&p, 21 * MS, B, 0, "dead");
	assert_int_equal(read_all(&p), 0);
	assert_int_equal(p.t.jobs[0].end_ns, 10 * MS);
	for (size_t i = 0; i < p.t.nr_spans; i++)
		if (p.t.spans[i].state == SPAN_WAITS)
			waits_ns += p.t.spans[i].to_ns - p.t.spans[i].from_ns;
	assert_int_equal(waits_ns, 4 * MS - 100);
	end(&p);
}

static void test_incomplete(void **state)
{
	static struct play p;

	(void)state;
	p = (struct play){0};
	job(&p, 0, 100, A);
	assert_int_equal(read_all(&p), -ENODATA);
	end(&p);
	p = (struct play){0};
	job(&p, 0, 100, A);
	wake(&p, 10 * MS, 0, A);
	change(&p, 11 * MS, 0, A, "ready");
	assert_int_equal(read_all(&p), -ENODATA);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_waits_and_children),
		cmocka_unit_test(test_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
