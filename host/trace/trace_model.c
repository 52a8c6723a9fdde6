// SPDX-License-Identifier: MIT
/*
 * trace_model.c -- records become steps.
 *
 * Idea.  One pass forwards adds to each record its time, its thread's name and process at that
 *   moment, and the names of its numbers. One pass backwards, before it, finds out whether the end
 *   of a handler is the return to the program: it is, unless a `user_enter` of that thread comes
 *   before the thread next leaves user mode.
 * Invariants.
 *   M1  An event that this build does not know becomes a step without texts: nothing is dropped.
 *   M2  A thread without an event about its process is its own process.
 *   M3  Texts that the guest chose are escaped here, for all formats alike (printable.h).
 *   M4  Pieces of memory (syscall_data) are no steps: they belong to the last beginning or end of
 *       a call of their thread.
 *   M5  A message to another CPU is the next interrupt there with its number. Several messages may
 *       be one interrupt.
 * Cost.  Five bytes for each event, some 130 for each thread.
 * Tests.  trace_model_test.c.
 */
#include "trace/trace_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/printable.h"
#include "trace/trace_filter.h"
#include "trace/trace_hash.h"

/* More than ever run in one trace: a guest that invents numbers does not get our memory for it. */
#define THREADS_MAX (1u << 20)
/* Messages are traps by their numbers, of which there are fewer (core/trap_table.h). */
#define MESSAGES_MAX 32u

/* What a thread does next, as the backward pass has seen it. */
enum next_seen { NEXT_NOTHING, NEXT_LEAVES, NEXT_ENTERS };

uint64_t trace_log_ns(const struct trace_log *log, uint64_t cycles)
{
	uint64_t since = cycles > log->entry_cycles ? cycles - log->entry_cycles : 0;

	if (!log->frequency_hz)
		return since;
	return (uint64_t)((unsigned __int128)since * 1000000000u / log->frequency_hz);
}

/* ---- threads ---- */

/* The kernel counts its own threads downwards from -1. */
static bool is_kernel_thread(uint32_t tid)
{
	return tid >> 31;
}

/* The slot of @tid, or the free one where it belongs. */
static struct trace_thread *slot_of(struct trace_thread *threads, size_t room, uint32_t tid)
{
	size_t i = trace_hash_number(tid) % room;

	while (threads[i].tid && threads[i].tid != tid)
		i = (i + 1) % room;
	return &threads[i];
}

/* The thread @tid, made when it is not there. NULL: tid 0, too many, or no memory. */
static struct trace_thread *make_thread(struct trace_model *m, uint32_t tid)
{
	struct trace_thread *t;

	if (!tid)
		return NULL;
	if (m->nr_threads == THREADS_MAX && trace_model_thread(m, tid) == NULL)
		return NULL;
	if (2 * (m->nr_threads + 1) > m->room) {
		size_t room = m->room ? 2 * m->room : 256;
		struct trace_thread *threads = calloc(room, sizeof(*threads));

		if (!threads)
			return NULL;
		for (size_t i = 0; i < m->room; i++)
			if (m->threads[i].tid)
				*slot_of(threads, room, m->threads[i].tid) = m->threads[i];
		free(m->threads);
		m->threads = threads;
		m->room = room;
	}
	t = slot_of(m->threads, m->room, tid);
	if (!t->tid) {
		t->tid = tid;
		t->pid = is_kernel_thread(tid) ? 0 : tid; /* M2 */
		m->nr_threads++;
	}
	return t;
}

const struct trace_thread *trace_model_thread(const struct trace_model *m, uint32_t tid)
{
	const struct trace_thread *t;

	if (!tid || !m->room)
		return NULL;
	t = slot_of(m->threads, m->room, tid);
	return t->tid ? t : NULL;
}

uint32_t trace_model_pid(const struct trace_model *m, uint32_t tid)
{
	const struct trace_thread *t = trace_model_thread(m, tid);

	return t ? t->pid : is_kernel_thread(tid) ? 0 : tid;
}

/* A new thread of process @pid has the name of the one that made it. */
static void thread_begins(struct trace_model *m, uint32_t tid, uint32_t pid, uint32_t by)
{
	const struct trace_thread *maker = trace_model_thread(m, by);
	struct trace_thread old = maker ? *maker : (struct trace_thread){0};
	struct trace_thread *t = make_thread(m, tid);

	if (!t)
		return;
	t->pid = pid;
	if (maker && by != tid)
		memcpy(t->name, old.name, sizeof(t->name));
	if (pid != tid)
		t->parent = old.parent;
}

static void take_name(struct trace_model *m, const struct trace_record *r)
{
	struct trace_thread *t = make_thread(m, (uint32_t)r->args[0]);
	char name[TRACE_NAME_BYTES];

	if (!t)
		return;
	t->pid = (uint32_t)r->args[1] ? (uint32_t)r->args[1] : t->pid;
	memcpy(name, &r->args[2], sizeof(name));
	printable_text(t->name, sizeof(t->name), name, strnlen(name, sizeof(name) - 1));
}

/* The thread @tid begins or ceases to run on a CPU, while a call of it is open. */
static void take_turn(struct trace_model *m, uint32_t tid, uint64_t ns, bool runs)
{
	struct trace_thread *t = trace_model_thread(m, tid) ? make_thread(m, tid) : NULL;

	if (!t || !t->call)
		return;
	if (!runs && ns > t->since_ns)
		t->call_ns += ns - t->since_ns;
	t->since_ns = ns;
}

static void begin_call(struct trace_model *m, const struct trace_record *r)
{
	struct trace_thread *t = make_thread(m, r->tid);

	if (!t)
		return;
	t->call = m->next + 1;
	t->call_ns = 0;
	t->since_ns = trace_log_ns(m->log, r->cycles);
}

static void learn(struct trace_model *m, const struct trace_record *r)
{
	struct trace_thread *t;

	switch (r->event) {
	case TRACE_syscall_enter:
		begin_call(m, r);
		break;
	case TRACE_syscall_exit:
		take_turn(m, r->tid, trace_log_ns(m->log, r->cycles), false);
		break;
	case TRACE_sched_switch:
		take_turn(m, (uint32_t)r->args[0], trace_log_ns(m->log, r->cycles), false);
		take_turn(m, (uint32_t)r->args[1], trace_log_ns(m->log, r->cycles), true);
		break;
	case TRACE_process_create:
		thread_begins(m, (uint32_t)r->args[2], (uint32_t)r->args[0], r->tid);
		t = make_thread(m, (uint32_t)r->args[2]);
		if (t)
			t->parent = (uint32_t)r->args[1];
		break;
	case TRACE_thread_create:
		/* The first thread of a process: process_create has given more details. */
		if (trace_model_pid(m, (uint32_t)r->args[0]) != (uint32_t)r->args[1] ||
		    !trace_model_thread(m, (uint32_t)r->args[0]))
			thread_begins(m, (uint32_t)r->args[0], (uint32_t)r->args[1], r->tid);
		break;
	case TRACE_thread_name:
		take_name(m, r);
		break;
	default:
		break;
	}
}

/* ---- returns ---- */

static bool leaves_user(const struct trace_record *r)
{
	switch (r->event) {
	case TRACE_syscall_enter:
		return true;
	case TRACE_trap_enter:
		return r->args[3] != 0;
	case TRACE_interrupt_enter:
		return r->args[2] != 0;
	default:
		return false;
	}
}

/* Does the handler that ends here serve the program? */
static bool ends_for_user(const struct trace_record *r)
{
	switch (r->event) {
	case TRACE_syscall_exit:
		return true;
	case TRACE_trap_exit:
	case TRACE_interrupt_exit:
		return r->args[1] != 0;
	default:
		return false;
	}
}

/* Pieces of memory are linked to the beginning or end of the call before them, M4. */
static void link_data(struct trace_model *m, size_t i, struct trace_thread *t)
{
	const struct trace_record *r = &m->log->all[i];

	if (r->event == TRACE_syscall_data) {
		m->data[i] = t->data;
		t->data = (uint32_t)i + 1;
	} else if (r->event == TRACE_syscall_enter || r->event == TRACE_syscall_exit) {
		m->data[i] = t->data;
		t->data = 0;
	}
}

/* By CPU and number: the next interrupt, its place in the log plus 1; 0: there is none. */
struct next_interrupts {
	uint32_t of[TRACE_CPUS_MAX][MESSAGES_MAX];
};

/* A message and its interrupt are linked; the first of several comes last. M5 */
static void link_message(struct trace_model *m, size_t i, struct next_interrupts *next)
{
	const struct trace_record *r = &m->log->all[i];
	unsigned cpu = trace_log_cpu(r);

	if (r->detail >= MESSAGES_MAX)
		return;
	if ((r->event == TRACE_interrupt_enter || r->event == TRACE_trap_enter) &&
	    cpu < TRACE_CPUS_MAX)
		next->of[cpu][r->detail] = (uint32_t)i + 1;
	if (r->event == TRACE_message_send && r->args[0] < TRACE_CPUS_MAX) {
		m->data[i] = next->of[r->args[0]][r->detail];
		if (m->data[i])
			m->data[m->data[i] - 1] = (uint32_t)i + 1;
	}
}

/* The backward pass. During it, a thread's `parent` is an enum next_seen. */
static int find_returns(struct trace_model *m)
{
	struct next_interrupts next_interrupts = {0};

	for (size_t i = m->log->nr; i-- > 0;) {
		const struct trace_record *r = &m->log->all[i];
		bool enters = r->event == TRACE_user_enter;
		uint32_t tid = enters ? (uint32_t)r->args[0] : r->tid;
		struct trace_thread *t;

		m->nr_steps += r->event != TRACE_syscall_data;
		link_message(m, i, &next_interrupts);
		if (!enters && !leaves_user(r) && !ends_for_user(r) &&
		    r->event != TRACE_syscall_data)
			continue;
		t = make_thread(m, tid);
		if (!t && tid)
			return -ENOMEM;
		if (!t)
			continue;
		link_data(m, i, t);
		if (r->event == TRACE_syscall_data)
			continue;
		if (enters)
			t->parent = NEXT_ENTERS;
		else if (leaves_user(r))
			t->parent = NEXT_LEAVES;
		else
			m->later[i] = t->parent == NEXT_ENTERS;
	}
	return 0;
}

int trace_model_init(struct trace_model *m, const struct trace_log *log)
{
	int err;

	*m = (struct trace_model){.log = log};
	m->later = calloc(log->nr ? log->nr : 1, 1);
	m->data = calloc(log->nr ? log->nr : 1, sizeof(*m->data));
	err = m->later && m->data ? find_returns(m) : -ENOMEM;
	if (err)
		trace_model_fini(m);
	else
		trace_model_rewind(m);
	return err;
}

void trace_model_fini(struct trace_model *m)
{
	free(m->later);
	free(m->data);
	free(m->threads);
	*m = (struct trace_model){0};
}

void trace_model_rewind(struct trace_model *m)
{
	m->next = 0;
	/* A trace that begins later has no boot. */
	memset(m->switched, m->log->nr && !trace_event_is_boot(m->log->all[0].event),
	       sizeof(m->switched));
	m->nr_threads = 0;
	if (m->room)
		memset(m->threads, 0, m->room * sizeof(*m->threads));
}

/* ---- steps ---- */

static const char *name_of(const struct trace_record *r)
{
	switch (r->event) {
	case TRACE_syscall_enter:
	case TRACE_syscall_exit:
		return call_name(r->detail);
	case TRACE_trap_enter:
	case TRACE_trap_exit:
	case TRACE_interrupt_enter:
	case TRACE_interrupt_exit:
	case TRACE_message_send:
		return trace_name(TRACE_TRAPS, r->detail);
	case TRACE_sched_pick:
	case TRACE_sched_switch:
		return trace_name(TRACE_REASONS, r->detail);
	case TRACE_signal_send:
	case TRACE_signal_ignore:
	case TRACE_signal_stop:
	case TRACE_signal_deliver:
		return trace_name(TRACE_SIGNALS, r->detail);
	default:
		return NULL;
	}
}

static const char *source_of(const struct trace_record *r)
{
	const char *source = NULL;

	if (r->event == TRACE_syscall_enter)
		source = trace_name(TRACE_CALL_SOURCES, r->detail);
	if (r->event == TRACE_trap_enter || r->event == TRACE_interrupt_enter)
		source = trace_name(TRACE_TRAP_SOURCES, r->detail);
	return source ? source : trace_name(TRACE_EVENT_SOURCES, r->event);
}

/*
 * A new thread's stack is filled before the thread has its number; the next creation event of the
 * same thread contains it.
 */
static const uint64_t *args_of(struct trace_model *m, const struct trace_record *r)
{
	enum { NEAR = 256 };
	size_t end = m->next + NEAR < m->log->nr ? m->next + NEAR : m->log->nr;

	if (r->event != TRACE_kernel_stack_fill || r->args[0])
		return (const uint64_t *)r->args;
	memcpy(m->args, r->args, sizeof(m->args));
	for (size_t i = m->next; i < end && !m->args[0]; i++) {
		const struct trace_record *later = &m->log->all[i];

		if (later->tid == r->tid && later->event == TRACE_process_create)
			m->args[0] = later->args[2];
		if (later->tid == r->tid && later->event == TRACE_thread_create)
			m->args[0] = later->args[0];
	}
	return m->args;
}

/* What the write comes to that this page fault stops. */
static enum trace_write write_of(const struct trace_log *log, size_t index)
{
	enum { NEAR = 4096 };
	const struct trace_record *r = &log->all[index];

	if (r->event != TRACE_trap_enter)
		return TRACE_WRITE_REFUSED;
	for (size_t i = index + 1; i < log->nr && i - index <= NEAR; i++) {
		const struct trace_record *later = &log->all[i];

		if (later->tid != r->tid)
			continue;
		if (later->event == TRACE_page_copy)
			return TRACE_WRITE_COPIED;
		if (later->event == TRACE_trap_exit && later->detail == r->detail)
			return TRACE_WRITE_GRANTED;
		if (later->event == TRACE_signal_send || later->event == TRACE_thread_exit)
			break;
	}
	return TRACE_WRITE_REFUSED;
}

/* The CPU's next step after the one at @index; NULL: there is none. */
static const struct trace_record *next_on_cpu(const struct trace_log *log, size_t index)
{
	unsigned cpu = trace_log_cpu(&log->all[index]);

	for (size_t i = index + 1; i < log->nr; i++)
		if (trace_log_cpu(&log->all[i]) == cpu && log->all[i].event != TRACE_syscall_data)
			return &log->all[i];
	return NULL;
}

/* What fills the time until the CPU's next event. */
static void see_time(const struct trace_model *m, struct trace_step *step)
{
	const struct trace_record *next = next_on_cpu(m->log, step->index);
	bool handles = step->event == TRACE_interrupt_enter || step->event == TRACE_trap_enter;

	if (next)
		step->lasts_ns = trace_log_ns(m->log, next->cycles) - step->ns;
	/* Only an interrupt ends the idle loop. */
	step->idles = !step->boots && !handles && next && !next->tid &&
		      next->event == TRACE_interrupt_enter;
}

/* What the log says of the call that begins or ends with @r. */
static void find_call(struct trace_model *m, const struct trace_record *r, struct trace_step *step)
{
	struct trace_thread *t = make_thread(m, r->tid);
	struct call_view *view = &step->call;
	const struct trace_record *began = r;

	*view = (struct call_view){.memory = {.log = m->log, .next = m->data}};
	if (r->event != TRACE_syscall_enter && r->event != TRACE_syscall_exit)
		return;
	view->call = call_find(r->detail);
	if (r->event == TRACE_syscall_exit) {
		began = t && t->call ? &m->log->all[t->call - 1] : NULL;
		if (began && began->detail != r->detail)
			began = NULL;
		view->returned = true;
		view->result = r->args[0];
		view->memory.returned = m->data[step->index];
		step->call_ns = t ? t->call_ns : 0;
	}
	view->args = began ? (const uint64_t *)began->args : NULL;
	view->memory.entered = began ? m->data[began - m->log->all] : 0;
	if (t && view->returned)
		t->call = 0;
}

/* M5 */
static void find_partner(const struct trace_model *m, struct trace_step *step)
{
	bool is_pair = step->event == TRACE_message_send || step->event == TRACE_interrupt_enter ||
		       step->event == TRACE_trap_enter;
	uint32_t place = is_pair ? m->data[step->index] : 0;
	const struct trace_record *r = place ? &m->log->all[place - 1] : NULL;

	step->partner.index = TRACE_NO_STEP;
	if (r)
		step->partner = (struct trace_partner){place - 1, trace_log_ns(m->log, r->cycles),
						       trace_log_cpu(r)};
}

bool trace_model_next(struct trace_model *m, struct trace_step *step)
{
	const struct trace_record *r;
	const struct trace_thread *t;

	while (m->next < m->log->nr && m->log->all[m->next].event == TRACE_syscall_data)
		m->next++; /* M4 */
	if (m->next >= m->log->nr)
		return false;
	r = &m->log->all[m->next];
	learn(m, r);
	t = trace_model_thread(m, r->tid);
	*step = (struct trace_step){
		.index = m->next++,
		.ns = trace_log_ns(m->log, r->cycles),
		.cpu = trace_log_cpu(r),
		.tid = r->tid,
		.pid = trace_model_pid(m, r->tid),
		.thread = t ? t->name : "",
		.event = r->event,
		.detail = r->detail,
		.args = args_of(m, r),
		.name = name_of(r),
		.source = source_of(r),
		.from_user = leaves_user(r),
		.boots = !m->switched[trace_log_cpu(r) % TRACE_CPUS_MAX],
		.row = trace_event_row(r->event),
	};
	find_call(m, r, step);
	step->to_user =
		r->event == TRACE_user_enter || (ends_for_user(r) && !m->later[step->index]);
	step->write = write_of(m->log, step->index);
	find_partner(m, step);
	see_time(m, step);
	if (r->event == TRACE_sched_switch)
		m->switched[step->cpu % TRACE_CPUS_MAX] = true;
	return true;
}

unsigned trace_step_pids(const struct trace_model *m, const struct trace_step *s,
			 uint32_t pids[TRACE_STEP_PIDS])
{
	unsigned nr = 0;

	if (s->pid)
		pids[nr++] = s->pid;
	switch (s->event) {
	case TRACE_process_create:
	case TRACE_process_exit:
	case TRACE_process_reap:
	case TRACE_signal_send:
	case TRACE_signal_ignore:
		pids[nr++] = (uint32_t)s->args[0];
		break;
	case TRACE_thread_create:
	case TRACE_thread_name:
	case TRACE_thread_exit:
		pids[nr++] = (uint32_t)s->args[1];
		break;
	case TRACE_sched_switch:
		pids[nr++] = trace_model_pid(m, (uint32_t)s->args[1]);
		/* fall through */
	case TRACE_kernel_stack_fill:
	case TRACE_user_enter:
	case TRACE_sched_wake:
	case TRACE_sched_pick:
		pids[nr++] = trace_model_pid(m, (uint32_t)s->args[0]);
		break;
	default:
		break;
	}
	return nr;
}

bool trace_step_concerns(const struct trace_model *m, const struct trace_step *s, uint32_t pid)
{
	uint32_t pids[TRACE_STEP_PIDS];
	unsigned nr = trace_step_pids(m, s, pids);

	for (unsigned i = 0; i < nr; i++)
		if (pids[i] == pid)
			return true;
	return false;
}
