// SPDX-License-Identifier: MIT
/*
 * call_strace.c -- a trace as strace shows it.
 *
 * Idea.  A call is a line, written when it returns. If anything else is to be written before, what
 *   is known of the call is written first ("<unfinished ...>"), and the rest with its end
 *   ("<... read resumed>"). So at most one call, the last one that began, waits to be written. A
 *   signal that a process ignores has its line when the call that its thread is in has ended.
 * Tests.  tests/system/trace_calls.t.
 */
#include "calls/call_strace.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "calls/call_kind_values.h"
#include "calls/call_signal.h"
#include "calls/call_value.h"
#include "trace/trace_shown.h"

enum { RESULT_COLUMN = 39, SENT_MAX = 64 /* a power of two */, IGNORED_MAX = 32 };

struct sent {
	uint32_t pid; /* of an ignored signal: the thread; 0: there is none */
	unsigned signal;
	uint64_t args[4]; /* call_signal.h */
};

struct writer {
	FILE *out;
	const struct trace_report *report;
	struct trace_shown shown;
	bool many;	  /* of several threads: each line names its own */
	uint32_t waiting; /* the thread whose call has begun and is not written; 0: there is none */
	struct sent sent[SENT_MAX]; /* the last signals */
	unsigned nr_sent;
	struct sent ignored[IGNORED_MAX]; /* signals that are to be written */
	char begun[TRACE_TEXT_BYTES];	  /* what is known of it: "read(3" */
};

static void put_thread(const struct writer *w, uint32_t tid)
{
	if (w->many)
		fprintf(w->out, "[pid %5" PRIu32 "] ", tid);
}

/* The line of the waiting call, before something else is written. */
static void put_unfinished(struct writer *w)
{
	if (!w->waiting)
		return;
	put_thread(w, w->waiting);
	fprintf(w->out, "%s <unfinished ...>\n", w->begun);
	w->waiting = 0;
}

/* What is known of the call when it begins: up to the first argument that it is to write. */
static void begin_text(struct trace_text *text, const struct call_view *v)
{
	trace_text_add(text, "%s(", v->call->name);
	call_arguments_text(text, v, 0, call_first_out(v));
	if (call_first_out(v) < call_nr_shown(v))
		trace_text_add(text, call_first_out(v) ? ", " : "");
}

static void begin_call(struct writer *w, const struct trace_step *s)
{
	struct trace_text text = TRACE_TEXT(w->begun);

	put_unfinished(w);
	begin_text(&text, &s->call);
	w->waiting = s->tid;
}

/* The text of a call that ends: the whole of it, or what its beginning did not have. */
static void end_text(struct writer *w, const struct trace_step *s, struct trace_text *text)
{
	const struct call_view *v = &s->call;
	unsigned from = call_first_out(v), nr = call_nr_shown(v);

	if (w->waiting == s->tid) {
		call_text(text, v);
		return;
	}
	trace_text_add(text, "<... %s resumed>", v->call->name);
	if (from < nr)
		call_arguments_text(text, v, from, nr);
	trace_text_add(text, ")");
}

static const char *signal_name(unsigned signal, char buffer[static 32])
{
	static const struct call_kind kind = CALL_KIND(signal);
	struct trace_text text = {buffer, 32, 0};

	call_number_text(&text, kind, signal, 4);
	return buffer;
}

static void put_signal(struct writer *w, uint32_t tid, unsigned signal, const uint64_t *args)
{
	char name[32], buffer[TRACE_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(buffer);

	put_unfinished(w);
	put_thread(w, tid);
	call_signal_text(&text, signal, args);
	fprintf(w->out, "--- %s %s ---\n", signal_name(signal, name), buffer);
}

static void put_ignored(struct writer *w, uint32_t tid)
{
	for (unsigned i = 0; i < IGNORED_MAX; i++) {
		struct sent *ignored = &w->ignored[i];

		if (ignored->pid != tid)
			continue;
		ignored->pid = 0;
		put_signal(w, tid, ignored->signal, ignored->args);
	}
}

/* A signal that is ignored: of a thread within a call, its line comes after the call's. */
static void ignore_signal(struct writer *w, const struct trace_model *m, const struct trace_step *s)
{
	uint32_t tid = (uint32_t)(s->args[1] ? s->args[1] : s->args[0]);
	const struct trace_thread *t = trace_model_thread(m, tid);
	unsigned i = 0;

	while (i < IGNORED_MAX && w->ignored[i].pid)
		i++;
	if (!t || !t->call || i == IGNORED_MAX) {
		put_signal(w, tid, s->detail, &s->args[2]);
		return;
	}
	w->ignored[i] = (struct sent){.pid = tid, .signal = s->detail};
	memcpy(w->ignored[i].args, &s->args[2], sizeof(w->ignored[i].args));
}

static void end_call(struct writer *w, const struct trace_step *s)
{
	char buffer[TRACE_TEXT_BYTES];
	struct trace_text text = TRACE_TEXT(buffer);

	if (w->waiting != s->tid)
		put_unfinished(w);
	end_text(w, s, &text);
	put_thread(w, s->tid);
	fprintf(w->out, "%-*s = ", RESULT_COLUMN, buffer);
	w->waiting = 0;
	trace_text_cut(&text, 0);
	call_result_text(&text, &s->call);
	fprintf(w->out, "%s\n", buffer);
	put_ignored(w, s->tid);
}

/* A signal that ends or stops a process is not delivered: its sending tells what it was. */
static void remember_sent(struct writer *w, const struct trace_step *s)
{
	struct sent *sent = &w->sent[w->nr_sent++ % SENT_MAX];

	sent->pid = (uint32_t)s->args[0];
	sent->signal = s->detail;
	memcpy(sent->args, &s->args[2], sizeof(sent->args));
}

static void put_sent(struct writer *w, uint32_t tid, uint32_t pid, unsigned signal)
{
	for (unsigned n = 1; n <= SENT_MAX; n++) {
		struct sent *sent = &w->sent[(w->nr_sent - n) % SENT_MAX];

		if (sent->pid != pid || sent->signal != signal || signal == SIGKILL)
			continue;
		put_signal(w, tid, signal, sent->args);
		sent->pid = 0; /* of a process's threads, one takes it */
		return;
	}
}

static void stop_thread(struct writer *w, const struct trace_step *s)
{
	char name[32];

	put_sent(w, s->tid, s->pid, s->detail);
	put_unfinished(w);
	put_thread(w, s->tid);
	fprintf(w->out, "--- stopped by %s ---\n", signal_name(s->detail, name));
}

/* Thread @s->args[0] ends, within a call or not. */
static void end_thread(struct writer *w, const struct trace_model *m, const struct trace_step *s)
{
	uint32_t tid = (uint32_t)s->args[0];
	const struct trace_thread *t = trace_model_thread(m, tid);
	int status = (int)(s->args[2] & 0xffff);
	char name[32], text[TRACE_TEXT_BYTES + 1];

	if (w->waiting == tid) {
		snprintf(text, sizeof(text), "%s)", w->begun);
		put_thread(w, tid);
		fprintf(w->out, "%-*s = ?\n", RESULT_COLUMN, text);
		w->waiting = 0;
	} else if (t && t->call) {
		put_unfinished(w);
		snprintf(text, sizeof(text), "<... %s resumed>)",
			 call_find(m->log->all[t->call - 1].detail)->name);
		put_thread(w, tid);
		fprintf(w->out, "%-*s = ?\n", RESULT_COLUMN, text);
	}
	put_unfinished(w);
	if (WIFSIGNALED(status))
		put_sent(w, tid, s->pid, (unsigned)WTERMSIG(status));
	put_thread(w, tid);
	if (WIFSIGNALED(status))
		fprintf(w->out, "+++ killed by %s%s +++\n",
			signal_name((unsigned)WTERMSIG(status), name),
			WCOREDUMP(status) ? " (core dumped)" : "");
	else
		fprintf(w->out, "+++ exited with %d +++\n", WEXITSTATUS(status));
}

static bool is_shown(const struct writer *w, const struct trace_model *m,
		     const struct trace_step *s)
{
	/* a signal that is ignored is its receiver's */
	uint32_t pid = s->event == TRACE_signal_ignore ? (uint32_t)s->args[0] : s->pid;

	if (!trace_filter_takes(w->report->filter, m, s))
		return false;
	return w->shown.whole || (trace_family_has(&w->shown.family, pid) &&
				  !trace_family_prepares(&w->shown.family, s));
}

static void take(struct writer *w, const struct trace_model *m, const struct trace_step *s)
{
	switch (s->event) {
	case TRACE_syscall_enter:
		begin_call(w, s);
		break;
	case TRACE_syscall_exit:
		end_call(w, s);
		break;
	case TRACE_signal_deliver:
		put_signal(w, s->tid, s->detail, &s->args[2]);
		break;
	case TRACE_signal_ignore:
		ignore_signal(w, m, s);
		break;
	case TRACE_signal_stop:
		stop_thread(w, s);
		break;
	case TRACE_thread_exit:
		end_thread(w, m, s);
		break;
	default:
		break;
	}
}

/* Do several threads make calls? */
static bool has_many(const struct writer *w, struct trace_model *m)
{
	struct trace_step step;
	uint32_t tid = 0;

	while (trace_model_next(m, &step)) {
		if (step.event != TRACE_syscall_enter || !is_shown(w, m, &step))
			continue;
		if (tid && tid != step.tid)
			return true;
		tid = step.tid;
	}
	return false;
}

int call_strace_write(FILE *out, const struct trace_report *r)
{
	struct writer w = {.out = out, .report = r};
	struct trace_model m;
	struct trace_step step;
	int err = trace_model_init(&m, r->log);

	if (err)
		return err;
	err = trace_shown_init(&w.shown, r);
	if (!err) {
		w.many = has_many(&w, &m);
		trace_model_rewind(&m);
		while (trace_model_next(&m, &step)) {
			if (step.event == TRACE_signal_send)
				remember_sent(&w, &step);
			if (is_shown(&w, &m, &step))
				take(&w, &m, &step);
		}
		put_unfinished(&w);
	}
	trace_shown_fini(&w.shown);
	trace_model_fini(&m);
	return err;
}
