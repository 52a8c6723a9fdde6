// SPDX-License-Identifier: MIT
#include "base/unit.h"
#include "sched/measure.h"

#define MS WORKLOAD_NS_PER_MS

struct play {
	struct workload w;
	struct timeline t;
	struct measure m;
};

/* Job @number wants the CPU from @from on, until @to. */
static void job(struct play *p, unsigned number, uint64_t from, uint64_t first, uint64_t to)
{
	p->w.nr_jobs = p->t.nr_jobs = number + 1;
	p->t.jobs[number] =
		(struct timeline_job){true, true, true, from * MS, first * MS, to * MS, 0};
	if (to * MS > p->t.end_ns)
		p->t.end_ns = to * MS;
}

static void span(struct play *p, unsigned number, enum span_state state, uint64_t from, uint64_t to)
{
	struct timeline_span one = {number, 0, state, from * MS, to * MS};

	assert_int_equal(timeline_add_span(&p->t, &one), 0);
}

static void measure(struct play *p)
{
	measure_timeline(&p->m, &p->w, &p->t);
}

static void assert_near(double value, double wanted)
{
	if (value < wanted - 1e-6 || value > wanted + 1e-6)
		fail_msg("%f is not %f", value, wanted);
}

/* Three jobs of 10, one after the other. */
static void test_one_after_the_other(void **state)
{
	struct play p = {0};

	(void)state;
	job(&p, 0, 0, 0, 10);
	job(&p, 1, 0, 10, 20);
	job(&p, 2, 0, 20, 30);
	span(&p, 0, SPAN_RUNS, 0, 10);
	span(&p, 1, SPAN_READY, 0, 10);
	span(&p, 1, SPAN_RUNS, 10, 20);
	span(&p, 2, SPAN_READY, 0, 20);
	span(&p, 2, SPAN_RUNS, 20, 30);
	p.t.switches = 4;
	p.t.switch_ns = 6000;
	measure(&p);
	assert_near(p.m.turnaround.mean_ns, 20.0 * MS);
	assert_int_equal(p.m.turnaround.worst_ns, 30 * MS);
	assert_near(p.m.response.mean_ns, 10.0 * MS);
	assert_int_equal(p.m.response.worst_ns, 20 * MS);
	assert_near(p.m.waiting.mean_ns, 10.0 * MS);
	assert_int_equal(p.m.jobs[2].waiting_ns, 20 * MS);
	assert_near(p.m.jobs_per_s, 100);
	/* 10 ms in which one of three has all, 10 in which one of two has; then nobody competes. */
	assert_near(p.m.fairness, (1.0 / 3 + 1.0 / 2) / 2);
	assert_near(p.m.switch_mean_ns, 1500);
	assert_near(p.m.switch_share, 6000 / (30.0 * MS));
	timeline_fini(&p.t);
}

/* Turns are fair, also when one job is longer. */
static void test_turns(void **state)
{
	struct play p = {0};

	(void)state;
	job(&p, 0, 0, 0, 30);
	job(&p, 1, 0, 5, 20);
	for (unsigned at = 0; at < 20; at += 10) {
		span(&p, 0, SPAN_RUNS, at, at + 5);
		span(&p, 0, SPAN_READY, at + 5, at + 10);
		span(&p, 1, SPAN_READY, at, at + 5);
		span(&p, 1, SPAN_RUNS, at + 5, at + 10);
	}
	span(&p, 0, SPAN_RUNS, 20, 30);
	measure(&p);
	assert_near(p.m.fairness, 1);
	timeline_fini(&p.t);
}

/* Who waits for a device wants no CPU: it has all that it wants, and it is no loss to it. */
static void test_devices(void **state)
{
	struct play p = {0};

	(void)state;
	job(&p, 0, 0, 0, 100);
	job(&p, 1, 0, 0, 100);
	span(&p, 0, SPAN_RUNS, 0, 90);
	span(&p, 0, SPAN_READY, 90, 100);
	span(&p, 1, SPAN_WAITS, 0, 90);
	span(&p, 1, SPAN_RUNS, 90, 100);
	measure(&p);
	assert_int_equal(p.m.jobs[1].waiting_ns, 0);
	assert_near(p.m.fairness, 1.9 * 1.9 / (2 * (0.81 + 1)));
	timeline_fini(&p.t);
}

/* Shares as the weights want them are fair. */
static void test_weights(void **state)
{
	struct play p = {0};

	(void)state;
	job(&p, 0, 0, 0, 90);
	job(&p, 1, 0, 50, 90);
	p.w.jobs[1].nice = 1; /* 50 to 40 */
	span(&p, 0, SPAN_RUNS, 0, 50);
	span(&p, 0, SPAN_READY, 50, 90);
	span(&p, 1, SPAN_READY, 0, 50);
	span(&p, 1, SPAN_RUNS, 50, 90);
	measure(&p);
	assert_near(p.m.fairness, 1);
	timeline_fini(&p.t);
}

static void test_alone(void **state)
{
	struct play p = {0};

	(void)state;
	job(&p, 0, 5, 5, 10);
	span(&p, 0, SPAN_RUNS, 5, 10);
	measure(&p);
	assert_near(p.m.fairness, 1);
	assert_near(p.m.jobs_per_s, 200);
	assert_near(p.m.switch_mean_ns, 0);
	timeline_fini(&p.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
