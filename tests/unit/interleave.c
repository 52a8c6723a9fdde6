// SPDX-License-Identifier: MIT
#include "unit_test.h"

#include <sanitizer/asan_interface.h>

#include "coroutine.h"
#include "interleave.h"

#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "sync/spinlock.h"

#if defined(__SANITIZE_ADDRESS__)
#define ASAN_ADDRESS_IS_POISONED(at) __asan_address_is_poisoned(at)
#else
#define ASAN_ADDRESS_IS_POISONED(at) false
#endif

#define STACK_BYTES (32 << 10)
#define STEPS_MAX 4096
#define BUFFER_MAX 2 /* a third store lets the first go; the release of a lock is one, too */
#define WRITTEN_MAX 256
#define PLACES 4096
#define PREEMPTIONS_MAX 2 /* of more than two CPUs */
#define SEEN_SLOTS (1UL << 20)

struct buffered {
	volatile void *at;
	size_t size;
	uint64_t value;
};

struct cpu {
	void *stack_pointer;
	bool ended, waits;	       /* waits: until need_resched */
	const volatile void *spins_at; /* until this lock is free */
	uint64_t history;	       /* of what it has read, and how far it is */
	uint64_t last_load;
	struct buffered buffer[BUFFER_MAX];
	unsigned nr_buffered;
	struct thread *current; /* what the unit_ variables are while it runs */
	u32 preempt_count;
	bool need_resched, irqs_off;
};

struct choice {
	unsigned taken, nr;
	char name;
};

static const struct interleave *model;
static struct cpu cpus[INTERLEAVE_CPUS_MAX], *running;
static struct cpu *ran_last;
static unsigned nr_preemptions; /* another one ran although ran_last could have gone on */
static void *chooser;		/* its stack pointer */
static char stacks[2 * INTERLEAVE_CPUS_MAX][STACK_BYTES] __attribute__((aligned(64)));
static struct choice path[STEPS_MAX];
static unsigned depth;
static struct buffered written[WRITTEN_MAX]; /* last value of each place that steps wrote */
static unsigned nr_written;
/* Places and the CPUs that touch them; what only one touches needs no step. */
static struct place {
	const volatile void *at;
	unsigned cpus;
} places[PLACES];
static bool learned; /* that a place is shared, after steps were left out for it */
static uint64_t *seen;
static unsigned long nr_seen;
static unsigned preemptions_max; /* 0: any number */
static const char *failure;

uint64_t interleave_mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15UL;
	return h ^ h >> 29;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static struct place *place_of(const volatile void *at)
{
	unsigned slot = (unsigned)interleave_mix(0, (uintptr_t)at) % PLACES;

	while (places[slot].at && places[slot].at != at)
		slot = (slot + 1) % PLACES;
	places[slot].at = at;
	return &places[slot];
}

static bool is_shared(const volatile void *at)
{
	unsigned who = place_of(at)->cpus;

	return who & (who - 1);
}

static uint64_t read_memory(const volatile void *at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, (const void *)at, size);
	return value;
}

static void write_memory(volatile void *at, size_t size, uint64_t value)
{
	unsigned i = 0;

	memcpy((void *)at, &value, size);
	if (!is_shared(at))
		return;
	while (i < nr_written && written[i].at != at)
		i++;
	if (i == WRITTEN_MAX)
		abort();
	size = max(size, written[i].at == at ? written[i].size : 0); /* the whole of it */
	written[i] = (struct buffered){at, size, read_memory(at, size)};
	nr_written = max(nr_written, i + 1);
}

static void drain_one(struct cpu *cpu)
{
	struct buffered first = cpu->buffer[0];

	cpu->nr_buffered--;
	memmove(cpu->buffer, cpu->buffer + 1, cpu->nr_buffered * sizeof(first));
	write_memory(first.at, first.size, first.value);
}

static void drain(struct cpu *cpu)
{
	while (cpu->nr_buffered)
		drain_one(cpu);
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Any CPU may run now; when this returns, it is this one that does. */
static void step(void)
{
	coroutine_switch(&running->stack_pointer, chooser);
}

/* A step, if another CPU than this one ever comes to @at. Returns whether it does. */
static bool step_at(const volatile void *at)
{
	unsigned me = 1U << unit_current_cpu, others;
	struct place *place;

	if (!running)
		return false; /* setting up, or checking */
	place = place_of(at);
	others = place->cpus & ~me;
	learned |= others && !(place->cpus & me);
	place->cpus |= me;
	if (others)
		step();
	return others;
}

static void remember(uint64_t op, uint64_t value)
{
	if (running)
		running->history = interleave_mix(interleave_mix(running->history, op), value);
}

uint64_t interleave_load(const volatile void *at, size_t size)
{
	uint64_t value, what;

	if (!step_at(at))
		return read_memory(at, size);
	value = read_memory(at, size);
	for (unsigned i = 0; i < running->nr_buffered; i++)
		if (running->buffer[i].at == at)
			value = running->buffer[i].value;
	/* A loop that sees the same again and again, at the same place of its code, stays there. */
	what = interleave_mix((uintptr_t)at, value) + (uintptr_t)__builtin_return_address(0);
	if (what != running->last_load)
		remember(1, what);
	running->last_load = what;
	return value;
}

void interleave_store(volatile void *at, size_t size, uint64_t value, bool ordered)
{
	if (!step_at(at)) {
		write_memory(at, size, value);
		return;
	}
	remember(2, value);
	running->last_load = 0;
	if (running->nr_buffered == BUFFER_MAX)
		drain_one(running);
	running->buffer[running->nr_buffered++] = (struct buffered){at, size, value};
	if (ordered)
		drain(running);
}

/* As a locked instruction does: alone, with an empty buffer. */
static uint64_t begin_atomic(const volatile void *at, size_t size, bool steps)
{
	uint64_t value;

	bool shared = steps ? step_at(at) : true;

	if (running) {
		drain(running);
		running->last_load = 0;
	}
	value = read_memory(at, size);
	if (shared)
		remember(3, value);
	return value;
}

/* A spinlock (sync/spinlock.h): all tickets that were drawn have been served. */
static bool is_free(const volatile void *at)
{
	return arch_bytes_are_equal(*(const volatile uint16_t *)at);
}

/*
 * The CPU draws its ticket when the lock is free, so a wait is one step. The order among those that
 * wait is any: what holds in all of these holds in the order of tickets.
 */
static void spin(const volatile void *at)
{
	while (running && step_at(at) && !is_free(at)) {
		running->spins_at = at;
		step();
		running->spins_at = NULL;
	}
}

uint64_t interleave_modify(volatile void *at, size_t size, enum interleave_op op, uint64_t value)
{
	bool is_lock = !(running && model->looks_into_spinlocks) && op == INTERLEAVE_ADD &&
		       size == sizeof(uint16_t) && value == SPINLOCK_TICKET;
	uint64_t old;

	if (is_lock)
		spin(at);
	old = begin_atomic(at, size, !is_lock);

	switch (op) {
	case INTERLEAVE_SET:
		break;
	case INTERLEAVE_OR:
		value |= old;
		break;
	case INTERLEAVE_AND:
		value &= old;
		break;
	case INTERLEAVE_ADD:
		value += old;
		break;
	}
	write_memory(at, size, value);
	return old;
}

bool interleave_compare_exchange(volatile void *at, size_t size, void *expected, uint64_t value)
{
	uint64_t old = begin_atomic(at, size, true);
	bool equal = old == read_memory(expected, size);

	if (equal)
		write_memory(at, size, value);
	else
		memcpy(expected, &old, size);
	return equal;
}

void interleave_fence(void)
{
	if (!running)
		return;
	if (running->nr_buffered)
		step();
	drain(running);
	remember(4, 0);
	running->last_load = 0;
}

void interleave_wait_resched(void)
{
	remember(5, 0);
	while (!unit_need_resched) {
		running->waits = true;
		step();
		running->waits = false;
	}
	remember(6, 0);
}

void interleave_send_resched(unsigned cpu)
{
	if (running && cpu == unit_current_cpu)
		unit_need_resched = true;
	else
		cpus[cpu].need_resched = true;
}

void interleave_here(uint64_t mark)
{
	running->history = interleave_mix(7, mark);
	running->last_load = 0;
}

void interleave_fail(const char *why)
{
	if (!failure)
		failure = why;
	if (running)
		coroutine_switch(&running->stack_pointer, chooser);
}

void interleave_begin_as(unsigned cpu, struct thread *t)
{
	cpus[cpu].current = t;
}

/* ---- the search ------------------------------------------------------------------------------ */

void interleave_stack(void **stack_pointer, unsigned cpu, void (*entry)(void))
{
	char *stack = stacks[2 * cpu + (stack_pointer != &cpus[cpu].stack_pointer)];

	*stack_pointer = coroutine_stack(stack, STACK_BYTES, entry);
}

static void begin_cpu(void)
{
	interleave_here(0);
	model->run(unit_current_cpu);
	running->ended = true;
	for (;;)
		coroutine_switch(&running->stack_pointer, chooser);
}

static void begin_run(void)
{
	running = NULL;
	nr_written = nr_preemptions = 0;
	ran_last = NULL;
	memset(cpus, 0, sizeof(cpus));
	for (unsigned i = 0; i < model->nr_cpus; i++)
		interleave_stack(&cpus[i].stack_pointer, i, begin_cpu);
	model->reset();
}

static bool may_run(const struct cpu *cpu)
{
	return !cpu->ended && (!cpu->waits || cpu->need_resched) &&
	       (!cpu->spins_at || is_free(cpu->spins_at));
}

/* The @taken-th of what may happen next; returns how many there are. */
static unsigned choices(unsigned taken, struct cpu **run, struct cpu **drains)
{
	bool stays = preemptions_max && nr_preemptions == preemptions_max && ran_last &&
		     may_run(ran_last);
	unsigned nr = 0;

	*run = *drains = NULL;
	for (unsigned i = 0; i < model->nr_cpus; i++) {
		if (may_run(&cpus[i]) && (!stays || &cpus[i] == ran_last) && nr++ == taken)
			*run = &cpus[i];
		if (cpus[i].nr_buffered && nr++ == taken)
			*drains = &cpus[i];
	}
	return nr;
}

static void resume(struct cpu *cpu)
{
	nr_preemptions += ran_last && ran_last != cpu && may_run(ran_last);
	running = ran_last = cpu;
	unit_current_cpu = (unsigned)(cpu - cpus);
	unit_current_thread = cpu->current;
	unit_preempt_count = cpu->preempt_count;
	unit_need_resched = cpu->need_resched;
	unit_irqs_off = cpu->irqs_off;
	coroutine_switch(&chooser, cpu->stack_pointer);
	cpu->current = unit_current_thread;
	cpu->preempt_count = unit_preempt_count;
	cpu->need_resched = unit_need_resched;
	cpu->irqs_off = unit_irqs_off;
	running = NULL;
}

static uint64_t hash_state(void)
{
	uint64_t h = model->hash(1);

	if (preemptions_max)
		h = interleave_mix(h + nr_preemptions, (uintptr_t)ran_last);

	for (unsigned i = 0; i < model->nr_cpus; i++) {
		const struct cpu *cpu = &cpus[i];

		h = interleave_mix(h, cpu->history);
		h = interleave_mix(h,
				   (uintptr_t)cpu->current + cpu->ended * 2UL + cpu->need_resched);
		for (unsigned n = 0; n < cpu->nr_buffered; n++) {
			h = interleave_mix(h, (uintptr_t)cpu->buffer[n].at);
			h = interleave_mix(h, cpu->buffer[n].value);
		}
		h = interleave_mix(h, cpu->nr_buffered);
	}
	for (unsigned i = 0; i < nr_written; i++) /* in any order; but for what is dead */
		if (!ASAN_ADDRESS_IS_POISONED(written[i].at))
			h += interleave_mix((uintptr_t)written[i].at,
					    read_memory(written[i].at, written[i].size));
	return h | 1;
}

/* Is it the first time that all is as it is now? */
static bool is_new(void)
{
	uint64_t h = hash_state();
	size_t slot = h >> 20 & (SEEN_SLOTS - 1);

	while (seen[slot] && seen[slot] != h)
		slot = (slot + 1) & (SEEN_SLOTS - 1);
	if (seen[slot])
		return false;
	seen[slot] = h;
	if (++nr_seen > SEEN_SLOTS / 2)
		interleave_fail("the model is too large to be explored");
	return true;
}

/* Run until the end, or to where a run has been; the first @replayed choices are in the path. */
static void run_once(unsigned replayed)
{
	begin_run();
	for (depth = 0; !failure; depth++) {
		struct cpu *run, *drains;
		unsigned nr;

		if (depth >= replayed) {
			if (!is_new())
				return;
			path[depth].taken = 0;
		}
		nr = choices(path[depth].taken, &run, &drains);
		if (!nr)
			break;
		if (depth == STEPS_MAX - 1)
			interleave_fail("a run has no end");
		path[depth].nr = nr;
		path[depth].name = (char)(run ? 'A' + (run - cpus) : 'a' + (drains - cpus));
		if (run)
			resume(run);
		else
			drain_one(drains);
	}
	for (unsigned i = 0; i < model->nr_cpus && !failure; i++)
		if (!cpus[i].ended)
			failure = "a CPU waits for ever";
	if (!failure)
		model->check();
}

static void show_failure(void)
{
	char order[STEPS_MAX + 1];

	for (unsigned i = 0; i < depth; i++)
		order[i] = path[i].name;
	order[depth] = 0;
	fail_msg("%s; CPUs (small: its buffer is written): %s", failure, order);
}

static void explore(void)
{
	unsigned replayed = 0;

	nr_seen = 0;
	learned = false;
	memset(seen, 0, SEEN_SLOTS * sizeof(*seen));
	do {
		run_once(replayed);
		if (failure)
			show_failure();
		while (depth && path[depth - 1].taken + 1 == path[depth - 1].nr)
			depth--;
		if (!depth)
			return;
		path[depth - 1].taken++;
		replayed = depth;
	} while (!learned);
}

void interleave_explore(const struct interleave *what)
{
	model = what;
	preemptions_max = what->nr_cpus > 2 ? PREEMPTIONS_MAX : 0;
	failure = NULL;
	memset(places, 0, sizeof(places));
	seen = calloc(SEEN_SLOTS, sizeof(*seen));
	do
		explore();
	while (learned);
	free(seen);
	print_message("# %lu states\n", nr_seen);
}
