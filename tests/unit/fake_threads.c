// SPDX-License-Identifier: MIT
#include "fake_threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/common_interface_defs.h>

#include "coroutine.h"
#include "time/clock.h"

#include <linux/errno.h>

#define STACK_BYTES (64 << 10)
#define FAKE __attribute__((weak))

/* AddressSanitizer wants to know on which stack it is; absent without it. */
#pragma weak __sanitizer_start_switch_fiber
#pragma weak __sanitizer_finish_switch_fiber

struct fake_thread {
	struct thread *thread;
	void (*entry)(void);
	void *stack_pointer;
	u64 deadline_ns; /* of its sleep */
	bool sleeps, ended;
	char *stack;
	void *fiber; /* the sanitizer's */
};

static struct fake_thread fakes[FAKE_THREADS_MAX], *running;
static void *test_stack_pointer;
static const void *test_stack;
static size_t test_stack_bytes;
static struct thread *test_thread; /* current_thread() outside of all these */
u64 fake_now_ns;

FAKE u64 clock_monotonic_ns(void)
{
	return fake_now_ns;
}

void fake_threads_init(void)
{
	for (unsigned i = 0; i < FAKE_THREADS_MAX; i++)
		fakes[i] = (struct fake_thread){.stack = fakes[i].stack};
	fake_now_ns = 0;
}

static struct fake_thread *fake_of(const struct thread *t)
{
	for (unsigned i = 0; i < FAKE_THREADS_MAX; i++)
		if (fakes[i].thread == t)
			return &fakes[i];
	return NULL;
}

_Noreturn void fake_thread_exit(void)
{
	running->ended = true;
	fake_thread_pause();
	abort(); /* what has ended is not run */
}

/* Between the test's stack and that of `running`. */
static void switch_stack(bool to_test)
{
	void **mine = to_test ? &running->stack_pointer : &test_stack_pointer;
	void *other = to_test ? test_stack_pointer : running->stack_pointer, *test_fiber = NULL;
	void **fiber = to_test ? &running->fiber : &test_fiber;

	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(fiber, to_test ? test_stack : running->stack,
					       to_test ? test_stack_bytes : STACK_BYTES);
	coroutine_switch(mine, other);
	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(*fiber, to_test ? &test_stack : NULL,
						to_test ? &test_stack_bytes : NULL);
}

static void begin(void)
{
	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(NULL, &test_stack, &test_stack_bytes);
	running->entry();
	fake_thread_exit();
}

void fake_thread_start(struct thread *t, void (*entry)(void))
{
	struct fake_thread *fake = fake_of(t);

	if (!fake)
		fake = fake_of(NULL);
	if (!fake)
		abort();
	if (!fake->stack)
		fake->stack = aligned_alloc(64, STACK_BYTES);
	*fake = (struct fake_thread){.thread = t, .entry = entry, .stack = fake->stack};
	fake->stack_pointer = coroutine_stack(fake->stack, STACK_BYTES, begin);
	t->state = THREAD_READY;
}

bool fake_thread_has_ended(const struct thread *t)
{
	return fake_of(t)->ended;
}

bool fake_thread_can_run(const struct thread *t)
{
	const struct fake_thread *fake = fake_of(t);

	return !fake->ended &&
	       (!fake->sleeps || t->state == THREAD_READY || fake_now_ns >= fake->deadline_ns);
}

void fake_thread_run(struct thread *t)
{
	if (running || !fake_thread_can_run(t))
		abort();
	test_thread = unit_current_thread;
	running = fake_of(t);
	unit_current_thread = t;
	if (t->state == THREAD_READY)
		t->state = THREAD_RUNNING;
	switch_stack(false);
	unit_current_thread = test_thread;
	running = NULL;
}

void fake_threads_settle(void)
{
	bool any = true;

	for (unsigned n = 0; any; n++) {
		any = false;
		for (unsigned i = 0; i < FAKE_THREADS_MAX; i++) {
			if (!fakes[i].thread || !fake_thread_can_run(fakes[i].thread))
				continue;
			fake_thread_run(fakes[i].thread);
			any = true;
		}
		if (n > 100000) {
			fprintf(stderr, "threads that never come to rest\n");
			abort();
		}
	}
}

void fake_thread_pause(void)
{
	switch_stack(true);
}

/* ---- sched.h --------------------------------------------------------------------------------- */

FAKE void sched_sleep_prepare(enum thread_state state)
{
	current_thread()->state = state;
}

FAKE void sched_sleep_finish(void)
{
	current_thread()->state = THREAD_RUNNING;
}

FAKE int sched_sleep(u64 deadline_ns)
{
	struct thread *t = current_thread();

	if (!running) {
		fprintf(stderr, "the test itself sleeps\n");
		abort();
	}
	if ((t->state == THREAD_SLEEPING && thread_signal_pending(t)) ||
	    (t->state == THREAD_KILLABLE && thread_kill_pending(t))) {
		sched_sleep_finish();
		return -EINTR;
	}
	if (t->state != THREAD_RUNNING && fake_now_ns < deadline_ns) {
		running->sleeps = true;
		running->deadline_ns = deadline_ns;
		fake_thread_pause();
		running->sleeps = false;
	}
	if (t->state == THREAD_RUNNING)
		return 0;
	sched_sleep_finish();
	return -ETIMEDOUT;
}

FAKE bool sched_wake_states(struct thread *t, u32 states)
{
	if (!(BIT(t->state) & states))
		return false;
	t->state = t == current_thread() ? THREAD_RUNNING : THREAD_READY;
	return true;
}

FAKE void sched_notify(struct thread *t, u32 work, u32 states)
{
	thread_work_set(t, work);
	sched_wake_states(t, states);
}
