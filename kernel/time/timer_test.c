// SPDX-License-Identifier: MIT
// UNIT: lib/rbtree.c
/*
 * timer_test.c -- timers of two CPUs on a clock and a timer device that are the test's own.
 *
 * Idea. A random walk sets, sets again and cancels timers on either CPU, lets time pass and
 *   delivers the interrupts that the devices were armed for. A function that is called may set or
 *   cancel its own timer or others. Each timer has a shadow: is it pending, and for when? Then
 *   every call must be of a timer that is due and pending, in the order of deadlines on its CPU,
 *   and nothing may be overdue when all interrupts have been taken (M2).
 */
#include "unit_test.h"

#include "arch/arch_cpu.h"

#include "time/timer.c"

#define NR_TIMERS 12
#define NR_CPUS 2
#define IDLE (~0UL)

static struct shadow {
	struct timer timer;
	bool pending;
	u64 deadline_ns;
	unsigned cpu, nr_fired;
} shadows[NR_TIMERS];

static u64 now_ns, armed_ns[NR_CPUS]; /* when each device interrupts; IDLE: it is not armed */
static u64 random_state, last_fired_ns;
static unsigned nr_ticks[NR_CPUS], nr_clock_ticks, nr_in_interrupt;
static bool quiet; /* functions leave the timers alone */
static bool stops; /* the tick stops itself */

u64 clock_monotonic_ns(void)
{
	return now_ns;
}

void clock_tick(u64 at_ns, u64 period_ns)
{
	assert_int_equal(at_ns, now_ns);
	nr_clock_ticks++;
}

void arch_timer_stop(void)
{
	armed_ns[unit_current_cpu] = IDLE;
}

void arch_timer_arm(u64 delta_ns)
{
	assert_true(delta_ns > 0);
	armed_ns[unit_current_cpu] = now_ns + delta_ns;
}

static void tick(bool user)
{
	nr_ticks[unit_current_cpu]++;
	if (stops)
		timer_stop_tick();
}

static u64 pick(u64 nr)
{
	return unit_random(&random_state) % nr;
}

static void set(struct shadow *s, u64 deadline_ns)
{
	timer_set(&s->timer, deadline_ns);
	s->pending = true;
	s->deadline_ns = deadline_ns;
	s->cpu = unit_current_cpu;
}

static void cancel(struct shadow *s)
{
	assert_int_equal(timer_cancel(&s->timer), s->pending);
	s->pending = false;
}

static void fire(struct timer *timer)
{
	struct shadow *s = container_of(timer, struct shadow, timer);

	assert_true(nr_in_interrupt == 1);
	assert_true(s->pending && s->cpu == unit_current_cpu);
	assert_true(s->deadline_ns <= now_ns);
	assert_true(s->deadline_ns >= last_fired_ns); /* the earliest first */
	last_fired_ns = s->deadline_ns;
	s->pending = false;
	s->nr_fired++;
	if (quiet)
		return;
	switch (pick(6)) {
	case 0: /* a period */
		set(s, s->deadline_ns + 10);
		break;
	case 1: /* due at once: with this interrupt or the next */
		set(s, now_ns);
		break;
	case 2:
		cancel(&shadows[pick(NR_TIMERS)]);
		break;
	case 3:
		set(&shadows[pick(NR_TIMERS)], now_ns + pick(100));
		break;
	default:
		break;
	}
}

static void interrupt(unsigned cpu)
{
	static const struct trap_info info;

	unit_current_cpu = cpu;
	armed_ns[cpu] = IDLE;
	last_fired_ns = 0;
	nr_in_interrupt++;
	unit_irqs_off = true;
	timer_trap(NULL, &info);
	unit_irqs_off = false;
	nr_in_interrupt--;
}

/* M2, and the shadow of each timer. */
static void check(void)
{
	for (unsigned i = 0; i < NR_TIMERS; i++) {
		const struct shadow *s = &shadows[i];

		assert_int_equal(s->timer.pending, s->pending);
		if (!s->pending)
			continue;
		assert_int_equal(s->timer.deadline_ns, s->deadline_ns);
		assert_true(armed_ns[s->cpu] <= max(s->deadline_ns, now_ns + 1));
	}
}

static void begin(u64 period_ns)
{
	memset(cpu_timers, 0, sizeof(cpu_timers));
	memset(shadows, 0, sizeof(shadows));
	now_ns = 1000;
	quiet = stops = false;
	nr_clock_ticks = 0;
	timer_init_cpus();
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		unit_current_cpu = cpu;
		armed_ns[cpu] = IDLE;
		nr_ticks[cpu] = 0;
		if (period_ns)
			timer_start_tick(period_ns, tick);
	}
	for (unsigned i = 0; i < NR_TIMERS; i++)
		timer_init(&shadows[i].timer, fire);
}

/* Take the interrupts that have come by now. */
static void take_interrupts(void)
{
	for (unsigned n = 0; armed_ns[0] <= now_ns || armed_ns[1] <= now_ns; n++) {
		interrupt(armed_ns[0] <= now_ns && (armed_ns[1] > now_ns || pick(2)) ? 0 : 1);
		assert_true(n < 1000);
		now_ns++;
		check();
	}
}

static void timers_fire_when_they_are_due(void **state)
{
	random_state = 31;
	for (unsigned walk = 0; walk < 300; walk++) {
		begin(walk % 2 ? 50 : 0);
		for (unsigned i = 0; i < 300; i++) {
			struct shadow *s = &shadows[pick(NR_TIMERS)];

			unit_current_cpu = (unsigned)pick(NR_CPUS);
			switch (pick(4)) {
			case 0: /* also in the past */
				set(s, now_ns + pick(200) - 20);
				break;
			case 1:
				cancel(s);
				break;
			default:
				now_ns += pick(30);
				take_interrupts();
			}
			check();
		}
		quiet = true;
		now_ns += 1000;
		take_interrupts();
		for (unsigned i = 0; i < NR_TIMERS; i++)
			assert_false(shadows[i].pending);
	}
}

static void ticks_come_once_each_period(void **state)
{
	begin(50);
	for (unsigned i = 0; i < 1000; i++) {
		now_ns++;
		for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
			if (armed_ns[cpu] <= now_ns)
				interrupt(cpu);
	}
	assert_int_equal(nr_ticks[0], 20);
	assert_int_equal(nr_ticks[1], 20);
	now_ns += 1000; /* a stall: what was missed is not made up for */
	interrupt(0);
	assert_int_equal(nr_ticks[0], 21);
	assert_int_equal(armed_ns[0], now_ns + 50);
}

static void resume(unsigned cpu)
{
	unit_current_cpu = cpu;
	unit_irqs_off = true;
	timer_resume_tick(now_ns);
	unit_irqs_off = false;
}

/* Once put off, it comes at a multiple of its period, and the next ones as usual. */
static void a_tick_that_is_put_off_keeps_its_phase(void **state)
{
	begin(50);
	quiet = true;
	now_ns = 1050;
	interrupt(0);
	unit_irqs_off = true;
	timer_put_off_tick(1000);
	assert_int_equal(armed_ns[0], 2100);
	timer_put_off_tick(999);
	assert_int_equal(armed_ns[0], 2050);
	unit_irqs_off = false;
	set(&shadows[0], 1083);
	assert_int_equal(armed_ns[0], 1083);
	now_ns = 1083;
	interrupt(0);
	assert_int_equal(shadows[0].nr_fired, 1);
	assert_int_equal(nr_ticks[0], 1);
	assert_int_equal(armed_ns[0], 2050);
	now_ns = 2050;
	interrupt(0);
	assert_int_equal(nr_ticks[0], 2);
	assert_int_equal(armed_ns[0], 2100);
	unit_irqs_off = true;
	timer_put_off_tick(1000);
	assert_int_equal(armed_ns[0], 3100);
	unit_irqs_off = false;
	now_ns = 2300;
	resume(0);
	assert_int_equal(armed_ns[0], 2350); /* what lies in between does not come any more */
	now_ns = 2350;
	interrupt(0);
	assert_int_equal(nr_ticks[0], 3);
	assert_int_equal(armed_ns[0], 2400);
}

/* No interrupt comes but those of timers; then the ticks come when they would have come. */
static void a_stopped_tick_keeps_its_phase(void **state)
{
	begin(50);
	quiet = stops = true;
	now_ns = 1050;
	interrupt(0);
	assert_int_equal(nr_ticks[0], 1);
	assert_int_equal(armed_ns[0], IDLE);
	unit_current_cpu = 0;
	set(&shadows[0], 1083);
	assert_int_equal(armed_ns[0], 1083);
	now_ns = 1083;
	interrupt(0);
	assert_int_equal(shadows[0].nr_fired, 1);
	assert_int_equal(armed_ns[0], IDLE);
	set(&shadows[0], 7000);
	stops = false;
	now_ns = 2020;
	resume(0);
	assert_int_equal(armed_ns[0], 2050);
	assert_int_equal(nr_ticks[0], 1); /* what was missed is not made up for */
	now_ns = 2050;
	interrupt(0);
	assert_int_equal(nr_ticks[0], 2);
	assert_int_equal(armed_ns[0], 2100);
}

static void one_that_goes_on_before_it_was_due_misses_none(void **state)
{
	begin(50);
	stops = true;
	now_ns = 1050;
	interrupt(0);
	stops = false;
	now_ns = 1090;
	resume(0);
	assert_int_equal(armed_ns[0], 1100);
	now_ns = 1100;
	resume(0); /* one that is due at this moment has been missed */
	assert_int_equal(armed_ns[0], 1100);
	interrupt(0);
	assert_int_equal(nr_ticks[0], 1);
	assert_int_equal(armed_ns[0], 1150);
}

/* A walk in which ticks stop and go on: the timers do not notice. */
static void timers_fire_without_ticks(void **state)
{
	random_state = 41;
	begin(50);
	for (unsigned i = 0; i < 20000; i++) {
		unit_current_cpu = (unsigned)pick(NR_CPUS);
		stops = pick(2);
		switch (pick(4)) {
		case 0:
			set(&shadows[pick(NR_TIMERS)], now_ns + pick(200));
			break;
		case 1:
			resume(unit_current_cpu);
			break;
		default:
			now_ns += pick(100);
			take_interrupts();
		}
		check();
	}
	assert_in_range(nr_ticks[0], 1000, 15000);
}

/* Of a crowd that is due an interrupt calls some only, and comes again. */
static void a_crowd_fires_some_at_a_time(void **state)
{
	static struct shadow crowd[3 * FIRE_AT_ONCE];
	unsigned interrupts = 0, fired;

	begin(0);
	quiet = true;
	unit_current_cpu = 1;
	for (unsigned i = 0; i < ARRAY_SIZE(crowd); i++) {
		timer_init(&crowd[i].timer, fire);
		set(&crowd[i], now_ns + 10);
	}
	now_ns += 10;
	do {
		interrupt(1);
		interrupts++;
		fired = 0;
		for (unsigned i = 0; i < ARRAY_SIZE(crowd); i++)
			fired += crowd[i].nr_fired;
		assert_int_equal(fired, min(interrupts * FIRE_AT_ONCE, ARRAY_SIZE(crowd)));
		assert_true(fired == ARRAY_SIZE(crowd) || armed_ns[1] == now_ns + 1);
	} while (fired < ARRAY_SIZE(crowd));
}

/* Cancelling with a wait, from another CPU than the timer's. */
static void a_timer_that_is_cancelled_stays_so(void **state)
{
	begin(0);
	unit_current_cpu = 0;
	set(&shadows[0], now_ns + 5);
	unit_current_cpu = 1;
	timer_cancel_wait(&shadows[0].timer);
	assert_false(shadows[0].timer.pending);
	now_ns += 10;
	interrupt(0);
	assert_int_equal(shadows[0].nr_fired, 0);
}

UNIT_MAIN(cmocka_unit_test(timers_fire_when_they_are_due),
	  cmocka_unit_test(ticks_come_once_each_period),
	  cmocka_unit_test(a_stopped_tick_keeps_its_phase),
	  cmocka_unit_test(a_tick_that_is_put_off_keeps_its_phase),
	  cmocka_unit_test(one_that_goes_on_before_it_was_due_misses_none),
	  cmocka_unit_test(timers_fire_without_ticks),
	  cmocka_unit_test(a_crowd_fires_some_at_a_time),
	  cmocka_unit_test(a_timer_that_is_cancelled_stays_so))
