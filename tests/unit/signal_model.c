// SPDX-License-Identifier: MIT
#include "signal_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_threads.h"
#include "lib/compiler.h"

struct signal_model model;

void model_init(void)
{
	memset(&model, 0, sizeof(model));
	for (unsigned i = 0; i < MODEL_THREADS; i++)
		model.threads[i].live = true;
}

static void model_log(struct event event)
{
	if (model.nr_log == ARRAY_SIZE(model.log))
		abort();
	model.log[model.nr_log++] = event;
}

static void show(const char *side, const struct event *log, unsigned nr)
{
	static const char *const names[] = {
		[HANDLED] = "handled", [WAITED] = "waited", [ENDED] = "ended",
		[PARENT] = "parent",   [SENT] = "sent",	    [IGNORED] = "ignored"};

	for (unsigned i = 0; i < nr; i++)
		printf("# %s: %s thread %d signal %d code %d value %d\n", side, names[log[i].kind],
		       log[i].thread, log[i].signal, log[i].code, log[i].value);
}

bool model_log_agrees(const struct event *log, unsigned nr)
{
	bool agrees = nr == model.nr_log && memcmp(log, model.log, nr * sizeof(model.log[0])) == 0;

	if (!agrees) {
		show("kernel", log, nr);
		show("model", model.log, model.nr_log);
	}
	model.nr_log = 0;
	return agrees;
}

u64 model_set(const struct model_queue *queue)
{
	u64 set = 0;

	for (unsigned i = 0; i < queue->nr; i++)
		set |= SIGNAL_BIT(queue->list[i].signal);
	return set;
}

static void model_add(struct model_queue *queue, struct event event)
{
	if (event.signal < SIGRTMIN && (model_set(queue) & SIGNAL_BIT(event.signal)))
		return;
	if (queue->nr == MODEL_QUEUE_MAX)
		abort();
	queue->list[queue->nr++] = event;
}

static struct event model_delete(struct model_queue *queue, unsigned at)
{
	struct event event = queue->list[at];

	queue->nr--;
	memmove(&queue->list[at], &queue->list[at + 1], (queue->nr - at) * sizeof(event));
	return event;
}

static void model_drop(u64 set)
{
	for (int i = -1; i < MODEL_THREADS; i++) {
		struct model_queue *queue = i < 0 ? &model.shared : &model.threads[i].queue;

		for (unsigned n = queue->nr; n-- > 0;)
			if (SIGNAL_BIT(queue->list[n].signal) & set)
				model_delete(queue, n);
	}
}

static bool model_is_more_urgent(int a, int b)
{
	bool a_fault = SIGNAL_BIT(a) & SIGNALS_SYNCHRONOUS;
	bool b_fault = SIGNAL_BIT(b) & SIGNALS_SYNCHRONOUS;

	return a_fault != b_fault ? a_fault : a < b;
}

/* The thread's own queue before the process's. */
static struct event model_take(struct model_thread *t, u64 set)
{
	struct model_queue *queue = model_set(&t->queue) & set ? &t->queue : &model.shared;
	int best = -1;

	for (unsigned i = 0; i < queue->nr; i++)
		if ((SIGNAL_BIT(queue->list[i].signal) & set) &&
		    (best < 0 ||
		     model_is_more_urgent(queue->list[i].signal, queue->list[best].signal)))
			best = (int)i;
	return best < 0 ? (struct event){0} : model_delete(queue, (unsigned)best);
}

unsigned model_count(bool stopped)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MODEL_THREADS; i++)
		n += model.threads[i].live && (!stopped || model.threads[i].stopped);
	return n;
}

bool model_can_take(const struct model_thread *t, int signal)
{
	return t->live && !(t->blocked & ~t->waits & SIGNAL_BIT(signal)) &&
	       (!t->stopped || signal == SIGKILL);
}

static struct model_thread *model_choose(int signal)
{
	struct model_thread *found = NULL;

	for (struct model_thread *t = model.threads; t < model.threads + MODEL_THREADS; t++) {
		if (!model_can_take(t, signal))
			continue;
		if (t->waits & SIGNAL_BIT(signal))
			return t;
		if (!found)
			found = t;
	}
	return found;
}

static void model_end(int status)
{
	if (model.ending)
		return;
	model.ending = true;
	model.status = status;
	model.stopping = false;
}

static bool model_is_dropped(const struct model_thread *t, int signal)
{
	u64 handler = model.actions[signal - 1].handler;

	for (struct model_thread *first = model.threads; !t; first++)
		if (first->live)
			t = first;
	if (t->blocked & SIGNAL_BIT(signal))
		return false;
	return handler == (u64)SIG_IGN ||
	       (handler == (u64)SIG_DFL && (model.unkillable || signal_default_ignores(signal)));
}

static void model_wake(struct model_thread *t, int signal)
{
	u64 handler = model.actions[signal - 1].handler;

	if (signal == SIGKILL && !model.unkillable) {
		model_end(signal);
		return;
	}
	if (!t)
		t = model_choose(signal);
	if (!t || !model_can_take(t, signal) || (t->waits & SIGNAL_BIT(signal)) || model.unkillable)
		return;
	if (handler == (u64)SIG_DFL && !signal_default_ignores(signal) &&
	    !signal_default_stops(signal))
		model_end(signal);
}

void model_send(struct model_thread *t, struct event event)
{
	model_log((struct event){SENT, -1, event.signal, event.code, event.value});
	if (!model_count(false) || model.ending || (t && !t->live))
		return;
	if (event.signal == SIGCONT) {
		model_drop(SIGNALS_DEFAULT_STOP);
		model.nr_continued++;
		if (model.stopping) {
			model.continued = model_count(true) == model_count(false);
			model.stopping = false;
			for (unsigned i = 0; i < MODEL_THREADS; i++)
				model.threads[i].stopped = false;
		}
	} else if (signal_default_stops(event.signal)) {
		model_drop(SIGNAL_BIT(SIGCONT));
	}
	if (model_is_dropped(t, event.signal)) {
		model_log((struct event){IGNORED, -1, event.signal, event.code, event.value});
		return;
	}
	model_add(t ? &t->queue : &model.shared, event);
	model_wake(t, event.signal);
}

static void model_exit(struct model_thread *t, int status)
{
	t->live = false;
	t->waits = 0;
	t->in_wait = false;
	t->queue.nr = 0;
	model_log((struct event){ENDED, (int)(t - model.threads), status, 0, 0});
	if (model_count(false) && model.stopping && model_count(true) == model_count(false))
		model_log((struct event){PARENT, -1, CLD_STOPPED, 0, 0});
}

/* A stop signal was taken by @t, and nothing speaks against the stop. */
static void model_stop(struct model_thread *t)
{
	if (t->nr_continued == model.nr_continued && !model.ending)
		model.stopping = true;
}

/* True: the thread has to pause. */
static bool model_act(struct model_thread *t, struct event event)
{
	struct kernel_sigaction *action = &model.actions[event.signal - 1];

	if (action->handler > (u64)SIG_IGN) {
		event.kind = HANDLED;
		event.thread = (int)(t - model.threads);
		model_log(event);
		if (action->flags & SA_RESETHAND)
			action->handler = (u64)SIG_DFL;
		t->blocked |= action->mask;
		if (!(action->flags & SA_NODEFER))
			t->blocked |= SIGNAL_BIT(event.signal);
	} else if (action->handler == (u64)SIG_IGN || signal_default_ignores(event.signal) ||
		   model.unkillable) {
		return false;
	} else if (!signal_default_stops(event.signal)) {
		model_end(event.signal);
	} else {
		t->nr_continued = model.nr_continued;
		t->decides = event.signal != SIGSTOP;
		if (event.signal == SIGSTOP)
			model_stop(t);
		return t->decides;
	}
	return false;
}

/* What @t does before it returns to user mode, until it has to pause. */
static void model_deliver(struct model_thread *t)
{
	struct event event;

	if (t->decides && !model.orphaned && !model.stopping)
		model_stop(t);
	t->decides = false;
	for (;;) {
		if (model.ending) {
			model_exit(t, model.status);
			return;
		}
		if (model.continued || model.stopping) {
			if (t->stopped)
				return;
			t->stopped = !model.continued;
			if (model.continued || model_count(true) == model_count(false)) {
				model_log((struct event){
					PARENT, -1, model.continued ? CLD_CONTINUED : CLD_STOPPED,
					0, 0});
				model.continued = false;
			}
			return;
		}
		event = model_take(t, ~t->blocked);
		if (!event.signal || model_act(t, event))
			return;
	}
}

/* False: the wait goes on. */
static bool model_end_wait(struct model_thread *t)
{
	u64 pending = (model_set(&t->queue) | model_set(&model.shared)) & ~t->blocked;
	struct event event = model_take(t, t->waits);

	event.kind = WAITED;
	event.thread = (int)(t - model.threads);
	if (!event.signal && !t->timed_out &&
	    (pending || model.stopping || model.ending || model.continued))
		event.signal = -EINTR;
	else if (!event.signal && fake_now_ns >= t->deadline_ns)
		event.signal = -EAGAIN;
	if (!event.signal)
		return false;
	t->waits = 0;
	t->in_wait = false;
	if (!model.ending)
		model_log(event);
	return true;
}

void model_run(struct model_thread *t)
{
	if (t->live && (!t->in_wait || model_end_wait(t)) && t->notified)
		model_deliver(t);
}

static void model_fault(struct model_thread *t)
{
	struct kernel_sigaction *action = &model.actions[SIGSEGV - 1];

	if (action->handler == (u64)SIG_IGN || (t->blocked & SIGNAL_BIT(SIGSEGV)))
		action->handler = (u64)SIG_DFL;
	t->blocked &= ~SIGNAL_BIT(SIGSEGV);
	if (action->handler == (u64)SIG_DFL)
		model.unkillable = false;
	model_send(t, (struct event){.signal = SIGSEGV, .code = SEGV_MAPERR});
}

static void model_set_action(int signal, struct kernel_sigaction action)
{
	model.actions[signal - 1] = action;
	if (action.handler == (u64)SIG_IGN ||
	    (action.handler == (u64)SIG_DFL && signal_default_ignores(signal)))
		model_drop(SIGNAL_BIT(signal));
}

void model_command(struct model_thread *t, const struct command *command)
{
	switch (command->kind) {
	case MASK:
		t->blocked = command->set & ~SIGNALS_UNBLOCKABLE;
		break;
	case ACTION:
		model_set_action(command->signal, command->action);
		break;
	case WAIT:
		t->waits = command->set;
		t->in_wait = true;
		t->deadline_ns = command->deadline_ns;
		break;
	case RAISE:
		model_send(command->code == SI_TKILL ? t : NULL,
			   (struct event){.signal = command->signal, .code = command->code});
		break;
	case FAULT:
		model_fault(t);
		break;
	case EXIT:
		model_exit(t, 0);
		break;
	default:
		break;
	}
}
