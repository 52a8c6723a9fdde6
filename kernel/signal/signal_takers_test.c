// SPDX-License-Identifier: MIT
// UNIT: signal/signal_send.c signal/signal_queue.c sched/waitq.c
/*
 * signal_takers_test.c -- the search for a thread that takes a signal, in a crowd of which nearly
 * all block it.
 *
 * Idea. A search looks at some threads and leaves the others to the kernel's thread, which the test
 *   runs when it likes. Between its steps signals are sent, threads change their masks, take
 *   signals, stop and go on, and leave. S1 and T1 must hold after each step: a pending signal that
 *   some thread can take has notified one of these, or the search goes on. When it has ended, one
 *   is notified.
 */
#include "unit_test.h"

#include "core/fast_path.h"
#include "fake_threads.h"
#include "signal/signal_takers.c"

#define NR_THREADS 700
#define NR_SIGNALS 3 /* real-time signals with handlers */
#define SIGNAL(i) (SIGRTMIN + (int)(i))
#define ALL_SIGNALS (SIGNAL_BIT(SIGNAL(0)) | SIGNAL_BIT(SIGNAL(1)) | SIGNAL_BIT(SIGNAL(2)))

u32 fast_paths_off;
static struct process process;
static struct signal_handlers handlers;
static struct pid pid = {.number = 77};
static struct user_thread threads[NR_THREADS], outsider;
static u64 random_state;
static bool requested; /* the kernel's thread is to go on */
static unsigned nr_references;

bool wake_later_request(struct wake_later *later, u64 key)
{
	assert_ptr_equal(later, &process.signals.takers.later);
	assert_false(requested);
	requested = true;
	return true;
}

void process_get(struct process *of)
{
	nr_references++;
}

void process_put(struct process *of)
{
	assert_true(nr_references-- > 0);
}

static u64 pick(u64 nr)
{
	return unit_random(&random_state) % nr;
}

static bool can_take(const struct user_thread *t, u64 set)
{
	return list_is_linked(&t->process_node) && !t->exiting && t->signals.stop_round != 1 &&
	       (set & ~(t->signals.blocked & ~t->signals.waiting_for));
}

static bool is_notified(const struct user_thread *t)
{
	return thread_work(&t->thread) & WORK_SIGNAL;
}

/* S1, T1; @ended: the search is over. */
static void check(bool ended)
{
	bool sought = process.signals.takers.sought;

	assert_int_equal(requested, sought);
	assert_int_equal(nr_references, sought);
	assert_true(!ended || !sought);
	for (unsigned i = 0; i < NR_SIGNALS && !sought; i++) {
		u64 set = process.signals.pending.set & SIGNAL_BIT(SIGNAL(i));
		bool any = false, notified = false;

		for (const struct user_thread *t = threads; t < threads + NR_THREADS; t++) {
			any |= can_take(t, set);
			notified |= can_take(t, set) && is_notified(t);
		}
		assert_int_equal(any, notified);
	}
}

static struct user_thread *pick_thread(void)
{
	struct user_thread *t = &threads[pick(NR_THREADS)];

	return list_is_linked(&t->process_node) ? t : NULL;
}

static void step_send(void)
{
	int signal = SIGNAL(pick(NR_SIGNALS));

	process.signals.pending.set |= SIGNAL_BIT(signal);
	signal_wake_taker_locked(&process, NULL, signal);
}

static void step_search(void)
{
	if (!requested)
		return;
	requested = false;
	process.signals.takers.later.done(&process.signals.takers.later);
}

/* As sigprocmask(2): what it blocks is for others; what it unblocks it finds itself. */
static void step_mask(void)
{
	struct user_thread *t = pick_thread();
	u64 mask = pick(32) ? ALL_SIGNALS : pick(8) << (SIGRTMIN - 1);

	if (!t)
		return;
	signal_retarget_locked(t, mask & ~t->signals.blocked);
	t->signals.blocked = mask;
	if (process.signals.pending.set & ~mask)
		thread_work_set(&t->thread, WORK_SIGNAL);
}

/* A thread that is notified takes what it can, and looks again as it returns to user mode. */
static void step_take(void)
{
	for (struct user_thread *t = threads; t < threads + NR_THREADS; t++) {
		if (!is_notified(t) || !list_is_linked(&t->process_node) || pick(2))
			continue;
		process.signals.pending.set &= t->signals.blocked;
		thread_work_clear(&t->thread, WORK_SIGNAL);
		return;
	}
}

static void step_leave(void)
{
	struct user_thread *t = pick_thread();

	if (!t || process.threads.nr_live < 2)
		return;
	if (!t->exiting) {
		t->exiting = true;
		process.threads.nr_live--;
		signal_retarget_locked(t, ~t->signals.blocked);
	} else {
		process_unlink_thread_locked(&process, t);
		if (t == process.threads.leader)
			process.threads.leader = NULL;
	}
}

static void begin(void)
{
	memset(&process, 0, sizeof(process));
	memset(threads, 0, sizeof(threads));
	requested = false;
	nr_references = 0;
	process.pid = &pid;
	process.signals.handlers = &handlers;
	handlers.changed = ~0UL;
	for (unsigned i = 0; i < NR_SIGNALS; i++)
		handlers.actions[SIGNAL(i) - 1].handler = 0x1000;
	process.stop.round = 1;
	process.threads.nr_live = NR_THREADS;
	process.threads.leader = &threads[0];
	list_init(&process.threads.list);
	list_init(&process.signals.dropped);
	signal_takers_init(&process);
	for (struct user_thread *t = threads; t < threads + NR_THREADS; t++) {
		t->thread.process = &process;
		t->signals.blocked = pick(100) ? ALL_SIGNALS : 0;
		list_add_last(&process.threads.list, &t->process_node);
	}
	unit_current_thread = &outsider.thread;
}

static void a_taker_is_found_or_sought(void **state)
{
	static void (*const steps[])(void) = {step_send, step_search, step_mask,
					      step_mask, step_take,   step_leave};

	random_state = 41;
	for (unsigned walk = 0; walk < 100; walk++) {
		begin();
		for (unsigned i = 0; i < 150; i++) {
			steps[pick(ARRAY_SIZE(steps))]();
			check(false);
		}
		for (unsigned n = 0; requested; n++) {
			step_search();
			assert_true(n < 3 * NR_THREADS / LOOKED_AT_ONCE + 3);
		}
		check(true);
	}
}

/* The only taker is the last of the crowd, or comes to be one while the search goes on. */
static void the_last_one_is_found(void **state)
{
	for (unsigned at = 0; at < NR_THREADS; at += 37) {
		begin();
		for (unsigned i = 0; i < NR_THREADS; i++)
			threads[i].signals.blocked = i == at ? 0 : ALL_SIGNALS;
		process.signals.pending.set = SIGNAL_BIT(SIGNAL(1));
		signal_wake_taker_locked(&process, NULL, SIGNAL(1));
		assert_int_equal(requested, at >= LOOKED_AT_ONCE);
		while (requested)
			step_search();
		for (unsigned i = 0; i < NR_THREADS; i++)
			assert_int_equal(is_notified(&threads[i]), i == at);
	}
}

UNIT_MAIN(cmocka_unit_test(a_taker_is_found_or_sought), cmocka_unit_test(the_last_one_is_found))
