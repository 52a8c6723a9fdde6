// SPDX-License-Identifier: MIT
/*
 * itimer_test.c -- the three interval timers of a process, on clocks that the test moves.
 *
 * Idea. A random walk sets and reads them, takes the real one's signal, and lets time pass. The
 *   interrupt of the real timer may be on its way (the timer is out of its tree) while a program
 *   sets it again or switches it off: then nothing may come of it. Signals are counted; the model
 *   says how many and when.
 */
#include "unit_test.h"

#include "fake_threads.h"

#include "ptimer/itimer.c"

#define TICK_NS (10 * NS_PER_MS)

static struct process process;
static struct user_thread me;
static u64 random_state, fires_at_ns; /* of the kernel timer; 0: it is not set */
static bool on_its_way;		      /* its interrupt has begun */
static unsigned nr_alarms, nr_expected;

/* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF: the time left of the last two is CPU time. */
static struct model {
	u64 expiry_ns, left_ns, interval_ns;
	bool waits; /* its signal was sent and not taken since */
} models[3];

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	*timer = (struct timer){.fire = fire};
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	timer->deadline_ns = fires_at_ns = deadline_ns;
	timer->pending = true;
}

bool timer_cancel(struct timer *timer)
{
	bool was_pending = timer->pending;

	timer->pending = false;
	fires_at_ns = 0;
	return was_pending;
}

void timer_cancel_wait(struct timer *timer)
{
	timer_cancel(timer);
	on_its_way = false;
}

void signal_send_kernel_locked(struct process *to, int signal)
{
	assert_int_equal(signal, SIGALRM);
	nr_alarms++;
}

static u64 pick(u64 nr)
{
	return unit_random(&random_state) % nr;
}

static u64 m_left(unsigned which)
{
	const struct model *m = &models[which];

	if (which)
		return m->left_ns;
	if (!m->expiry_ns || m->waits)
		return 0;
	return m->expiry_ns > fake_now_ns ? m->expiry_ns - fake_now_ns : NS_PER_US;
}

static void m_set(unsigned which, const struct itimer_value *fresh)
{
	models[which] =
		(struct model){.expiry_ns = fresh->left_ns ? fake_now_ns + fresh->left_ns : 0,
			       .left_ns = fresh->left_ns,
			       .interval_ns = which || fresh->left_ns ? fresh->interval_ns : 0};
}

static void step_set(void)
{
	unsigned which = (unsigned)pick(3);
	struct itimer_value fresh = {pick(3) ? 1 + pick(4 * TICK_NS) : 0,
				     pick(2) ? 1 + pick(3 * TICK_NS) : 0};
	struct itimer_value old;

	assert_int_equal(itimer_change((int)which, pick(4) ? &fresh : NULL, &old), 0);
	assert_int_equal(old.left_ns, m_left(which));
	assert_int_equal(old.interval_ns, models[which].interval_ns);
	assert_int_equal(itimer_change((int)which, &fresh, NULL), 0);
	m_set(which, &fresh);
}

/* The interrupt takes the timer out of its tree, and comes to its function some steps later. */
static void step_time(void)
{
	struct model *m = &models[ITIMER_REAL];

	fake_now_ns += pick(2 * TICK_NS);
	if (fires_at_ns && fires_at_ns <= fake_now_ns && !on_its_way) {
		fires_at_ns = 0;
		process.timers.real.pending = false;
		on_its_way = true;
	}
	if (!on_its_way || pick(3) == 0)
		return;
	on_its_way = false;
	process.timers.real.fire(&process.timers.real);
	if (!m->expiry_ns || m->waits || m->expiry_ns > fake_now_ns)
		return; /* set again meanwhile */
	nr_expected++;
	m->waits = true;
}

static void step_take(void)
{
	struct model *m = &models[ITIMER_REAL];

	itimer_alarm_taken_locked(&process);
	if (!m->waits)
		return;
	while (m->interval_ns && m->expiry_ns <= fake_now_ns)
		m->expiry_ns += m->interval_ns;
	if (!m->interval_ns)
		m->expiry_ns = 0;
	m->waits = false;
}

static bool m_tick(unsigned which)
{
	struct model *m = &models[which];
	u64 late;

	if (!m->left_ns)
		return false;
	if (m->left_ns > TICK_NS) {
		m->left_ns -= TICK_NS;
		return false;
	}
	late = TICK_NS - m->left_ns;
	m->left_ns = m->interval_ns > late ? m->interval_ns - late : m->interval_ns > 0;
	return true;
}

static void step_tick(void)
{
	bool user = pick(2);
	u64 expected = 0;

	if (user && m_tick(ITIMER_VIRTUAL))
		expected |= SIGNAL_BIT(SIGVTALRM);
	if (m_tick(ITIMER_PROF))
		expected |= SIGNAL_BIT(SIGPROF);
	assert_int_equal(itimer_tick_locked(&process, user, TICK_NS), expected);
}

static void check(void)
{
	assert_int_equal(nr_alarms, nr_expected);
	assert_int_equal(process.timers.nr_cpu, !!models[1].left_ns + !!models[2].left_ns);
	for (unsigned which = 0; which < 3; which++) {
		struct itimer_value value;

		assert_int_equal(itimer_change((int)which, NULL, &value), 0);
		assert_int_equal(value.left_ns, m_left(which));
		assert_int_equal(value.interval_ns, models[which].interval_ns);
	}
	/* What is set will fire, if it is not on its way; no interrupt comes while it waits. */
	if (!models[ITIMER_REAL].expiry_ns || models[ITIMER_REAL].waits)
		assert_true(fires_at_ns <= fake_now_ns); /* 0, or it was set again on its way */
	else if (!on_its_way)
		assert_int_equal(fires_at_ns, models[ITIMER_REAL].expiry_ns);
}

static void begin(void)
{
	memset(&process, 0, sizeof(process));
	memset(models, 0, sizeof(models));
	me.thread.process = &process;
	unit_current_thread = &me.thread;
	itimer_init(&process);
	fake_now_ns = 1;
	fires_at_ns = 0;
	on_its_way = false;
	nr_alarms = nr_expected = 0;
}

static void timers_are_as_in_the_model(void **state)
{
	static void (*const steps[])(void) = {step_set,	 step_time, step_time,
					      step_take, step_tick, step_tick};

	random_state = 17;
	for (unsigned walk = 0; walk < 1000; walk++) {
		begin();
		for (unsigned i = 0; i < 200; i++) {
			steps[pick(ARRAY_SIZE(steps))]();
			check();
		}
		itimer_stop(&process);
		assert_int_equal(fires_at_ns, 0);
	}
}

/* An interval that is no multiple of the tick keeps its rate: 15 ms by ticks of 10 ms. */
static void an_interval_keeps_its_rate(void **state)
{
	const struct itimer_value every_15_ms = {15 * NS_PER_MS, 15 * NS_PER_MS};
	unsigned nr = 0;

	begin();
	assert_int_equal(itimer_change(ITIMER_PROF, &every_15_ms, NULL), 0);
	for (unsigned i = 0; i < 300; i++)
		nr += itimer_tick_locked(&process, false, TICK_NS) == SIGNAL_BIT(SIGPROF);
	assert_int_equal(nr, 300 * 10 / 15);
	assert_int_equal(itimer_change(3, &every_15_ms, NULL), -EINVAL);
	assert_int_equal(itimer_change(-1, &every_15_ms, NULL), -EINVAL);
}

UNIT_MAIN(cmocka_unit_test(timers_are_as_in_the_model),
	  cmocka_unit_test(an_interval_keeps_its_rate))
