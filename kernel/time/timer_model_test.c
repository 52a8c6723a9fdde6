// SPDX-License-Identifier: MIT
// UNIT: lib/rbtree.c
/*
 * timer_model_test.c -- one timer, in every order of the steps of two CPUs, and those orders of
 * three where one is interrupted up to twice.
 *
 * Idea. A CPU of the model takes a timer interrupt, sets the timer, or cancels it. What runs is the
 *   code of timer.c itself (tests/unit/interleave.h makes steps of it).
 * Invariants, in every order.
 *   M1  At the end the timer is in the tree that timer->cpu names if it is pending, else in none.
 *   M2  The device of its CPU is armed for no later than its deadline.
 *   M3  Its function runs on one CPU at a time; not after timer_cancel_wait has returned; and as
 *       often as it was set, but for what was cancelled or set again before.
 */
#include "unit_test.h"

#include "interleave.h"

#include "time/timer.c"

#define NR_CPUS INTERLEAVE_CPUS_MAX
#define NOW_NS 100
#define LATER_NS 1000
#define RUN(nr, function)                                                                          \
	static void function(void **state)                                                         \
	{                                                                                          \
		explore(nr, function##_run, function##_check);                                     \
	}

static struct timer timer;
static u64 armed_ns[NR_CPUS]; /* when each device interrupts */
static u32 inside;	      /* the function runs */
static u32 gone;	      /* the timer's memory is somebody else's */
static u32 sets_again;	      /* how often the function does, when it is called */
static struct spinlock object_lock;
static u32 wanted; /* by the object, whose lock the function takes */
static unsigned nr_calls, nr_wanted_calls;
static bool was_pending[NR_CPUS];

/* ---- the machine ----------------------------------------------------------------------------- */

u64 clock_monotonic_ns(void)
{
	return NOW_NS;
}

void clock_tick(u64 now_ns, u64 period_ns)
{
}

void arch_timer_arm(u64 delta_ns)
{
	armed_ns[unit_current_cpu] = NOW_NS + delta_ns;
}

void arch_timer_stop(void)
{
	armed_ns[unit_current_cpu] = DEADLINE_NONE;
}

static void interrupt(void)
{
	static const struct trap_info info;

	unit_irqs_off = true;
	armed_ns[unit_current_cpu] = DEADLINE_NONE;
	timer_trap(NULL, &info);
	unit_irqs_off = false;
}

/* ---- the timer ------------------------------------------------------------------------------- */

static void fire(struct timer *t)
{
	interleave_check(t == &timer && !READ_ONCE(gone));
	interleave_check(!inside);
	inside = 1;
	nr_calls++;
	if (sets_again) {
		sets_again--;
		timer_set(&timer, LATER_NS);
	}
	spin_lock(&object_lock);
	nr_wanted_calls += READ_ONCE(wanted);
	spin_unlock(&object_lock);
	interleave_check(inside && !READ_ONCE(gone));
	inside = 0;
}

static void reset(void)
{
	for (unsigned i = 0; i < NR_CPUS; i++) {
		memset(on_cpu(cpu_timers, i), 0, sizeof(struct timer_cpu));
		armed_ns[i] = DEADLINE_NONE;
		was_pending[i] = false;
	}
	timer_init_cpus();
	spin_lock_init(&object_lock, leaf);
	inside = gone = sets_again = 0;
	wanted = 1;
	nr_calls = nr_wanted_calls = 0;
	unit_current_cpu = 0;
	timer_init(&timer, fire);
}

/* CPU 0 is to call it. */
static void reset_due(void)
{
	reset();
	timer_set(&timer, NOW_NS);
}

static void reset_periodic(void)
{
	reset_due();
	sets_again = 1;
}

static u64 hash(u64 h)
{
	h = interleave_mix(h, nr_calls | (u64)nr_wanted_calls << 8 | (u64)inside << 16 |
				      (u64)sets_again << 24 | (u64)gone << 32 | (u64)wanted << 40);
	h = interleave_mix(h, timer.deadline_ns | (u64)timer.cpu << 32 | (u64)timer.pending << 40);
	for (unsigned i = 0; i < NR_CPUS; i++) {
		const struct timer_cpu *cpu = on_cpu(cpu_timers, i);

		h = interleave_mix(h, first_deadline(cpu) ^ armed_ns[i] << 32);
		h = interleave_mix(h, cpu->armed_ns ^ (u64)(cpu->running != NULL) << 60);
		h = interleave_mix(h, was_pending[i]);
	}
	return h;
}

static void check_place(void)
{
	for (unsigned i = 0; i < NR_CPUS; i++) {
		const struct timer_cpu *cpu = on_cpu(cpu_timers, i);
		const struct rb_node *node = rb_first_cached(&cpu->tree);

		interleave_check(node == (timer.pending && timer.cpu == i ? &timer.node : NULL));
		interleave_check(!cpu->running && cpu->lock.served == cpu->lock.tickets >> 8);
	}
	if (timer.pending)
		interleave_check(armed_ns[timer.cpu] <= max(timer.deadline_ns, NOW_NS + 1UL));
	interleave_check(!inside);
}

static void explore_from(unsigned nr, void (*begin)(void), void (*run)(unsigned cpu),
			 void (*check)(void))
{
	struct interleave model = {
		.nr_cpus = nr, .reset = begin, .run = run, .hash = hash, .check = check};

	interleave_explore(&model);
}

static void explore(unsigned nr, void (*run)(unsigned cpu), void (*check)(void))
{
	explore_from(nr, reset, run, check);
}

/* ---- setting --------------------------------------------------------------------------------- */

static void two_cpus_set_it_run(unsigned cpu)
{
	timer_set(&timer, LATER_NS + cpu);
}

/* It is where the later of the two has put it. */
static void two_cpus_set_it_check(void)
{
	interleave_check(timer.pending && timer.deadline_ns == LATER_NS + timer.cpu);
	check_place();
}
RUN(2, two_cpus_set_it)

static void three_cpus_set_it_run(unsigned cpu)
{
	two_cpus_set_it_run(cpu);
}
#define three_cpus_set_it_check two_cpus_set_it_check
RUN(3, three_cpus_set_it)

/* CPU 0 calls the function while another sets the timer, and takes its own interrupt at once. */
static void it_is_set_while_it_fires_run(unsigned cpu)
{
	if (cpu == 1)
		timer_set(&timer, NOW_NS);
	interrupt();
}

static void it_is_set_while_it_fires_check(void)
{
	check_place();
	/* Set again before the first call, after it, or during it: then CPU 0 calls, or will. */
	interleave_check(nr_calls + timer.pending == 1 || nr_calls + timer.pending == 2);
}

static void it_is_set_while_it_fires(void **state)
{
	explore_from(2, reset_due, it_is_set_while_it_fires_run, it_is_set_while_it_fires_check);
}

/* ---- cancelling ------------------------------------------------------------------------------ */

static void who_cancels_knows_whether_it_is_called_run(unsigned cpu)
{
	if (cpu == 0)
		interrupt();
	else
		was_pending[cpu] = timer_cancel(&timer);
}

static void who_cancels_knows_whether_it_is_called_check(void)
{
	check_place();
	interleave_check(!timer.pending);
	interleave_check(was_pending[1] + was_pending[2] + nr_calls == 1);
}

static void who_cancels_knows_whether_it_is_called(void **state)
{
	explore_from(3, reset_due, who_cancels_knows_whether_it_is_called_run,
		     who_cancels_knows_whether_it_is_called_check);
}

static void after_a_wait_it_may_be_freed_run(unsigned cpu)
{
	if (cpu == 0) {
		interrupt();
	} else {
		timer_cancel_wait(&timer);
		interleave_check(!inside);
		WRITE_ONCE(gone, 1);
	}
}

static void after_a_wait_it_may_be_freed_check(void)
{
	check_place();
	interleave_check(!timer.pending && nr_calls <= 1);
}

static void after_a_wait_it_may_be_freed(void **state)
{
	explore_from(2, reset_due, after_a_wait_it_may_be_freed_run,
		     after_a_wait_it_may_be_freed_check);
}

/* The function sets it again, for CPU 0. */
static void a_period_ends_with_the_wait(void **state)
{
	explore_from(2, reset_periodic, after_a_wait_it_may_be_freed_run,
		     after_a_wait_it_may_be_freed_check);
}

/* The CPU that waits has set it itself, perhaps while the function ran. */
static void the_wait_is_for_the_cpu_that_calls_run(unsigned cpu)
{
	if (cpu == 1)
		timer_set(&timer, LATER_NS);
	after_a_wait_it_may_be_freed_run(cpu);
}

static void the_wait_is_for_the_cpu_that_calls(void **state)
{
	explore_from(2, reset_due, the_wait_is_for_the_cpu_that_calls_run,
		     after_a_wait_it_may_be_freed_check);
	explore_from(2, reset_periodic, the_wait_is_for_the_cpu_that_calls_run,
		     after_a_wait_it_may_be_freed_check);
}

/* ---- under a lock that the function takes ---------------------------------------------------- */

static void the_function_looks_whether_it_is_wanted_run(unsigned cpu)
{
	if (cpu == 0) {
		interrupt();
		return;
	}
	unit_irqs_off = true;
	spin_lock(&object_lock);
	WRITE_ONCE(wanted, 0);
	was_pending[1] = timer_cancel(&timer);
	nr_wanted_calls <<= 4; /* those before */
	spin_unlock(&object_lock);
	unit_irqs_off = false;
}

static void the_function_looks_whether_it_is_wanted_check(void)
{
	check_place();
	interleave_check(!(nr_wanted_calls & 0xf) && was_pending[1] + nr_calls == 1);
}

static void the_function_looks_whether_it_is_wanted(void **state)
{
	explore_from(2, reset_due, the_function_looks_whether_it_is_wanted_run,
		     the_function_looks_whether_it_is_wanted_check);
}

UNIT_MAIN(cmocka_unit_test(two_cpus_set_it), cmocka_unit_test(three_cpus_set_it),
	  cmocka_unit_test(it_is_set_while_it_fires),
	  cmocka_unit_test(who_cancels_knows_whether_it_is_called),
	  cmocka_unit_test(after_a_wait_it_may_be_freed),
	  cmocka_unit_test(a_period_ends_with_the_wait),
	  cmocka_unit_test(the_wait_is_for_the_cpu_that_calls),
	  cmocka_unit_test(the_function_looks_whether_it_is_wanted))
