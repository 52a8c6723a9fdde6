// SPDX-License-Identifier: MIT
/*
 * epoch_model_test.c -- epochs, in every order of the steps of two CPUs, and those orders of three
 * where one is interrupted up to twice.
 *
 * Invariants, in every order. What a section has found is not freed before its end; in the end all
 *   is freed that was removed, once.
 */
#include "unit_test.h"

#include "interleave.h"

static unsigned nr_cpus_up;
#include "core/errno.h"
#include "sched/sched.h"
#define arch_smp_nr_cpus() nr_cpus_up
#include "sched/epoch.c"
#include "sched/waitq.c"

#define NR_OBJECTS 2

static struct object {
	struct epoch_item item;
	u32 freed; /* how often */
} objects[NR_OBJECTS];
static struct object *places[NR_OBJECTS]; /* where readers find them */

static struct thread *woken;

/* Mostly there are no threads that call the functions: the test does. */
bool sched_wake_states(struct thread *t, u32 states)
{
	woken = t;
	return true;
}

void sched_sleep_prepare(enum thread_state state)
{
	current_thread()->state = state;
}

int sched_set_affinity(struct thread *t, u64 mask)
{
	return -EBUSY;
}

void sched_sleep_finish(void)
{
	current_thread()->state = THREAD_RUNNING;
}

static int (*asleep)(void); /* NULL: the thread is killed */

int sched_sleep(u64 deadline_ns)
{
	assert_int_equal(current_thread()->state, THREAD_KILLABLE);
	return asleep ? asleep() : -EINTR;
}

u64 clock_monotonic_ns(void)
{
	return 0;
}

static void reset(void)
{
	memset(objects, 0, sizeof(objects));
	for (unsigned i = 0; i < NR_OBJECTS; i++)
		places[i] = &objects[i];
	for (unsigned i = 0; i < CPUS_MAX; i++) {
		*on_cpu(epoch_cpus, i) = (struct epoch_cpu){0};
		spin_lock_init(&on_cpu(epoch_cpus, i)->lock, leaf);
		*on_cpu(epoch_asleep, i) = 0;
	}
	epoch = 0;
	unit_preempt_count = 0;
	unit_need_resched = false;
}

static u64 hash(u64 h)
{
	for (unsigned i = 0; i < INTERLEAVE_CPUS_MAX; i++) {
		const struct epoch_cpu *cpu = on_cpu(epoch_cpus, i);

		h = interleave_mix(h, (uintptr_t)cpu->fresh);
		h = interleave_mix(h, (uintptr_t)cpu->waiting + cpu->nr_items);
		h = interleave_mix(h, cpu->target << 32 | cpu->reached << 16 | cpu->asked);
		h = interleave_mix(h, *on_cpu(epoch_asleep, i));
	}
	for (unsigned i = 0; i < NR_OBJECTS; i++)
		h = interleave_mix(h, (uintptr_t)places[i] + objects[i].freed);
	return h;
}

static void free_object(struct epoch_item *item)
{
	struct object *object = container_of(item, struct object, item);

	WRITE_ONCE(object->freed, object->freed + 1);
}

static void tick(void)
{
	unit_preempt_count += PREEMPT_IRQ_UNIT;
	if (epoch_tick(unit_need_resched))
		unit_need_resched = true;
	unit_preempt_count -= PREEMPT_IRQ_UNIT;
}

/* It switches then, if a tick has asked for that. */
static void end_section(void)
{
	epoch_read_end();
	unit_need_resched = false;
}

/* Ticks come within the section as well. */
static void look(unsigned nr)
{
	const struct object *object;

	epoch_read_begin();
	object = __atomic_load_n(&places[nr], __ATOMIC_ACQUIRE);
	tick();
	if (object)
		interleave_check(!READ_ONCE(object->freed));
	end_section();
	tick();
}

/* A program that a tick never finds elsewhere. */
static void look_within_sections(unsigned nr, unsigned nr_looks)
{
	const struct object *object;

	for (unsigned i = 0; i < nr_looks; i++) {
		epoch_read_begin();
		object = __atomic_load_n(&places[nr], __ATOMIC_ACQUIRE);
		tick();
		tick();
		if (object)
			interleave_check(!READ_ONCE(object->freed));
		end_section();
	}
}

/* An idle CPU without ticks, whose interrupts look. */
static void look_in_interrupts(unsigned nr, unsigned nr_looks)
{
	const struct object *object;

	unit_irqs_off = true;
	epoch_sleep();
	for (unsigned i = 0; i < nr_looks; i++) {
		unit_preempt_count += PREEMPT_IRQ_UNIT;
		epoch_interrupted();
		epoch_read_begin();
		object = __atomic_load_n(&places[nr], __ATOMIC_ACQUIRE);
		if (object)
			interleave_check(!READ_ONCE(object->freed));
		epoch_read_end();
		unit_preempt_count -= PREEMPT_IRQ_UNIT;
		epoch_sleep();
	}
	unit_irqs_off = false;
}

static void drop(unsigned nr)
{
	__atomic_store_n(&places[nr], NULL, __ATOMIC_RELEASE);
	epoch_call(&objects[nr].item, free_object);
}

/* As the thread does. The others' ticks come in between. */
static void call_until_freed(unsigned cpu, unsigned nr, u64 mark)
{
	while (!READ_ONCE(objects[nr].freed)) {
		interleave_here(mark);
		tick();
		call_ready(on_cpu(epoch_cpus, cpu));
	}
}

static void reader_and_remover(unsigned cpu)
{
	if (cpu == 0) {
		look(0);
	} else {
		drop(0);
		call_until_freed(cpu, 0, 1);
	}
}

static void remover_and_nothing_but_sections(unsigned cpu)
{
	if (cpu == 0)
		look_within_sections(0, 3);
	else
		reader_and_remover(1);
}

/* Nobody waits for the idle CPU. */
static void remover_and_an_idle_cpu(unsigned cpu)
{
	if (cpu == 0)
		look_in_interrupts(0, 2);
	else
		reader_and_remover(1);
}

/* CPU 0 leaves its idle thread, and ticks. */
static void remover_and_one_that_wakes(unsigned cpu)
{
	if (cpu == 0) {
		look_in_interrupts(0, 0);
		unit_irqs_off = true;
		epoch_interrupted();
		unit_irqs_off = false;
		look(0);
	} else {
		reader_and_remover(1);
	}
}

static void reader_and_two_objects(unsigned cpu)
{
	if (cpu == 0) {
		look(1);
		interleave_here(1);
		tick();
	} else {
		drop(0);
		drop(1);
		call_until_freed(cpu, 0, 1);
		call_until_freed(cpu, 1, 2);
	}
}

static void two_readers_and_a_remover(unsigned cpu)
{
	if (cpu == 1)
		reader_and_remover(1);
	else
		look(0);
}

/* What a CPU has removed it has waited for. */
static void check(void)
{
	for (unsigned i = 0; i < NR_OBJECTS; i++)
		interleave_check(objects[i].freed == !places[i]);
	for (unsigned i = 0; i < nr_cpus_up; i++)
		interleave_check(!on_cpu(epoch_cpus, i)->nr_items);
}

static void explore(unsigned nr_cpus, void (*run)(unsigned cpu))
{
	struct interleave model = {
		.nr_cpus = nr_cpus, .reset = reset, .run = run, .hash = hash, .check = check};

	nr_cpus_up = nr_cpus;
	interleave_explore(&model);
}

static void what_is_found_is_not_freed(void **state)
{
	explore(2, reader_and_remover);
}

static void what_a_cpu_finds_that_leaves_no_section_is_not_freed(void **state)
{
	explore(2, remover_and_nothing_but_sections);
}

static void what_an_idle_cpus_interrupt_finds_is_not_freed(void **state)
{
	explore(2, remover_and_an_idle_cpu);
}

static void what_a_cpu_finds_that_wakes_is_not_freed(void **state)
{
	explore(2, remover_and_one_that_wakes);
}

static void two_epochs_follow_each_other(void **state)
{
	explore(2, reader_and_two_objects);
}

static void every_cpu_is_waited_for(void **state)
{
	explore(3, two_readers_and_a_remover);
}

static void all_tick(void)
{
	for (unsigned i = 0; i < nr_cpus_up; i++) {
		unit_current_cpu = i;
		tick();
	}
	unit_current_cpu = 0;
}

static void what_comes_meanwhile_waits_for_the_next(void **state)
{
	reset();
	nr_cpus_up = 2;
	unit_current_cpu = 0;
	drop(0);
	drop(1);
	call_ready(on_cpu(epoch_cpus, 0));
	assert_false(objects[0].freed || objects[1].freed);
	all_tick();
	call_ready(on_cpu(epoch_cpus, 0));
	assert_true(objects[0].freed == 1 && !objects[1].freed);
	all_tick();
	call_ready(on_cpu(epoch_cpus, 0));
	assert_true(objects[0].freed == 1 && objects[1].freed == 1);
	assert_int_equal(on_cpu(epoch_cpus, 0)->nr_items, 0);
}

static void a_cpu_wakes_its_own_thread(void **state)
{
	static struct thread threads[2];

	reset();
	nr_cpus_up = 2;
	for (unsigned i = 0; i < 2; i++)
		on_cpu(epoch_cpus, i)->caller = &threads[i];
	for (unsigned i = 0; i < 2; i++) {
		unit_current_cpu = i;
		drop(i);
		woken = NULL;
		all_tick();
		unit_current_cpu = i;
		tick();
		assert_ptr_equal(woken, &threads[i]);
		call_ready(on_cpu(epoch_cpus, i));
	}
	unit_current_cpu = 0;
}

static void a_cpu_with_items_needs_its_tick(void **state)
{
	reset();
	nr_cpus_up = 2;
	unit_current_cpu = 0;
	unit_irqs_off = true;
	assert_false(epoch_needs_tick());
	drop(0);
	drop(1);
	assert_true(epoch_needs_tick());
	unit_current_cpu = 1;
	assert_false(epoch_needs_tick());
	epoch_sleep();
	unit_current_cpu = 0;
	for (unsigned i = 0; i < NR_OBJECTS; i++) {
		assert_true(epoch_needs_tick());
		tick();
		call_ready(on_cpu(epoch_cpus, 0));
		assert_true(objects[i].freed);
	}
	assert_false(epoch_needs_tick());
	unit_irqs_off = false;
}

static void ends_of_sections_count_that_no_tick_sees(void **state)
{
	reset();
	nr_cpus_up = 2;
	unit_current_cpu = 0;
	drop(0);
	unit_current_cpu = 1;
	epoch_read_begin();
	tick();
	assert_true(unit_need_resched);
	tick();
	assert_int_equal(on_cpu(epoch_cpus, 1)->reached, 0);
	end_section();
	epoch_read_begin();
	tick();
	end_section();
	unit_current_cpu = 0;
	tick();
	call_ready(on_cpu(epoch_cpus, 0));
	assert_int_equal(objects[0].freed, 1);
}

static void who_makes_objects_ends_some(void **state)
{
	reset();
	waitq_init(&throttled);
	nr_cpus_up = 2;
	unit_current_cpu = 0;
	drop(0);
	all_tick();
	assert_int_equal(epoch_throttle(), 0);
	assert_false(objects[0].freed); /* one is not much */
	on_cpu(epoch_cpus, 0)->nr_items += BACKLOG_OWN;
	assert_int_equal(epoch_throttle(), 0);
	assert_int_equal(objects[0].freed, 1);
	assert_int_equal(on_cpu(epoch_cpus, 0)->nr_items, BACKLOG_OWN);
	assert_int_equal(epoch_throttle(), 0);
	drop(1);
	assert_int_equal(epoch_throttle(), 0);
	assert_false(objects[1].freed); /* its epoch has not ended */
}

static int ticks_pass(void)
{
	all_tick();
	return -ETIMEDOUT;
}

/* Pages in one item. */
static void an_item_counts_for_what_it_ends(void **state)
{
	reset();
	waitq_init(&throttled);
	nr_cpus_up = 2;
	unit_current_cpu = 0;
	epoch_call_for(&objects[0].item, free_object, BACKLOG_OWN);
	epoch_call_for(&objects[1].item, free_object, 7);
	assert_int_equal(on_cpu(epoch_cpus, 0)->nr_items, BACKLOG_OWN + 7);
	all_tick();
	assert_int_equal(epoch_throttle(), 0);
	assert_true(objects[0].freed == 1 && !objects[1].freed);
	assert_int_equal(on_cpu(epoch_cpus, 0)->nr_items, 7);
	all_tick();
	call_ready(on_cpu(epoch_cpus, 0));
	assert_int_equal(on_cpu(epoch_cpus, 0)->nr_items, 0);
}

/* Threads that are more urgent have the CPU for good. */
static void who_waits_calls_what_another_cpus_thread_does_not(void **state)
{
	static struct thread me;

	reset();
	waitq_init(&throttled);
	nr_cpus_up = 2;
	unit_current_thread = &me;
	unit_current_cpu = 1;
	drop(0);
	all_tick();
	assert_int_equal(epoch_wait(DEADLINE_NEVER), 0);
	assert_int_equal(objects[0].freed, 1);
	unit_current_cpu = 1;
	drop(1);
	unit_current_cpu = 0;
	asleep = ticks_pass;
	assert_int_equal(epoch_wait(DEADLINE_NEVER), 0);
	asleep = NULL;
	assert_int_equal(objects[1].freed, 1);
}

static void a_killed_thread_does_not_wait(void **state)
{
	static struct thread me;

	reset();
	nr_cpus_up = 2;
	waitq_init(&throttled);
	unit_current_cpu = 0;
	unit_current_thread = &me;
	assert_int_equal(epoch_throttle(), 0);
	on_cpu(epoch_cpus, 0)->nr_items = BACKLOG_MAX;
	assert_int_equal(epoch_throttle(), -EINTR);
	assert_true(list_is_empty(&throttled.entries));
}

static int others_run(void)
{
	all_tick();
	call_ready(on_cpu(epoch_cpus, 0));
	return 0;
}

static void as_many_are_waited_for_as_wait(void **state)
{
	static struct thread me;

	reset();
	waitq_init(&throttled);
	nr_cpus_up = 2;
	unit_current_cpu = 0;
	unit_current_thread = &me;
	assert_int_equal(epoch_wait(DEADLINE_NEVER), 0);
	drop(0);
	drop(1);
	assert_true(epoch_has_items());
	assert_int_equal(epoch_wait(DEADLINE_NEVER), -EINTR);
	asleep = others_run;
	assert_int_equal(epoch_wait(DEADLINE_NEVER), 0);
	asleep = NULL;
	assert_true(objects[0].freed == 1 && objects[1].freed == 1);
	assert_false(epoch_has_items());
}

static void one_cpu_waits_for_nobody(void **state)
{
	reset();
	nr_cpus_up = 1;
	drop(0);
	assert_int_equal(objects[0].freed, 1);
}

UNIT_MAIN(cmocka_unit_test(what_is_found_is_not_freed),
	  cmocka_unit_test(what_an_idle_cpus_interrupt_finds_is_not_freed),
	  cmocka_unit_test(what_a_cpu_finds_that_wakes_is_not_freed),
	  cmocka_unit_test(a_cpu_with_items_needs_its_tick),
	  cmocka_unit_test(two_epochs_follow_each_other), cmocka_unit_test(every_cpu_is_waited_for),
	  cmocka_unit_test(what_a_cpu_finds_that_leaves_no_section_is_not_freed),
	  cmocka_unit_test(what_comes_meanwhile_waits_for_the_next),
	  cmocka_unit_test(a_cpu_wakes_its_own_thread),
	  cmocka_unit_test(ends_of_sections_count_that_no_tick_sees),
	  cmocka_unit_test(who_makes_objects_ends_some),
	  cmocka_unit_test(an_item_counts_for_what_it_ends),
	  cmocka_unit_test(who_waits_calls_what_another_cpus_thread_does_not),
	  cmocka_unit_test(a_killed_thread_does_not_wait),
	  cmocka_unit_test(as_many_are_waited_for_as_wait),
	  cmocka_unit_test(one_cpu_waits_for_nobody))
