// SPDX-License-Identifier: MIT
/*
 * cmd_trace.c -- `creance trace`: run a program as `creance run` does, and show what the system
 * did.
 *
 * Idea.  The guest's memory is a file that this process maps as well. While the guest runs, a
 *   thread reads the kernel's rings; after the guest has ended, however it ended, the rest is read.
 *   So the trace includes the last event before a panic, and needs no help from the guest.
 * Invariants.
 *   T1  The program's streams and exit status are those of `creance run`.
 *   T2  Lost events are reported on standard error, whatever the format.
 *   T3  With --deterministic the command sends nothing to the guest while it runs: the rings are
 *       not drained, and they contain all events or count those that they lost.
 * Locks.  Only the reading thread uses the reader until that thread has been joined.
 * Tests.  tests/system/trace.t.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "guest/guest_memory.h"
#include "guest/guest_session.h"
#include "base/monotonic.h"
#include "base/say.h"
#include "base/signals.h"
#include "trace/trace_kernel.h"
#include "cmd/trace_compare.h"
#include "cmd/trace_options.h"
#include "cmd/trace_output.h"
#include "trace/trace_reader.h"
#include "trace/trace_table.h"

#define BUFFER_USUAL (32ull << 20)
#define BUFFER_SPARE (12ull << 20) /* what the rest of the guest needs at least */
#define EVENTS_MAX (16ull << 20)   /* that we keep: 1 GiB */
#define POLL_NS 2000000
#define START_NS 20000000000 /* how long the emulator may take to the kernel's first event */
#define STATUS_LIMIT 124     /* as timeout(1) */

struct trace_run {
	const struct trace_options *options;
	const char *kernel_options; /* the user's; NULL: none */
	struct session session;
	struct trace_reader reader;
	pthread_t thread;
	bool thread_runs;
	bool stop;	    /* atomic: the thread is to end */
	bool limit_reached; /* atomic */
	char *input;
	char end[128];
};

/* ---- the guest's memory ---- */

static int map_memory(struct trace_run *t)
{
	struct guest_memory memory;
	int status = guest_memory_make(&memory, &t->options->guest);

	if (status)
		return status;
	t->session.memory_fd = memory.fd;
	t->reader.memory = memory.data;
	t->reader.bytes = memory.bytes;
	t->reader.low_bytes = memory.low_bytes;
	t->reader.drains = !t->options->deterministic;
	t->reader.events_max = EVENTS_MAX;
	return 0;
}

/* The kernel's options, the rings' size first; it must leave room for the guest. */
static char *kernel_options(struct trace_run *t)
{
	const struct guest_options *o = &t->options->guest;
	uint64_t bytes = t->options->buffer_bytes;

	if (!bytes) {
		bytes = BUFFER_USUAL;
		while (bytes > 4096 && bytes > o->memory_bytes / 8)
			bytes /= 2;
	}
	if (bytes + BUFFER_SPARE > o->memory_bytes) {
		say("--buffer %" PRIu64 "M leaves too little of --memory %" PRIu64
		    "M: give more memory, or less to the buffer",
		    bytes >> 20, o->memory_bytes >> 20);
		return NULL;
	}
	/* The kernel rounds each CPU's part up to whole pages. */
	t->reader.ring_bytes = bytes + TRACE_CPUS_MAX * 4096u;
	return must_format("trace=%" PRIu64 "K%s%s", bytes >> 10, o->append ? " " : "",
			   o->append ? o->append : "");
}

/* ---- while it runs ---- */

/*
 * Has the guest had its time? It begins with the kernel's trace, so that the shortest limit leaves
 * one; a guest that does not come so far is ended, too.
 */
static bool is_over(const struct trace_run *t, int64_t *begun, int64_t started)
{
	const int64_t now = monotonic_ns();

	if (t->options->limit_ns == UINT64_MAX)
		return false;
	if (!*begun && trace_reader_has_begun(&t->reader))
		*begun = now;
	if (!*begun)
		return now - started > START_NS;
	return (uint64_t)(now - *begun) > t->options->limit_ns;
}

static void *read_on(void *ctx)
{
	const struct timespec pause = {.tv_nsec = POLL_NS};
	struct trace_run *t = ctx;
	const int64_t started = monotonic_ns();
	int64_t begun = 0;

	while (!__atomic_load_n(&t->stop, __ATOMIC_ACQUIRE)) {
		if (t->reader.drains)
			trace_reader_poll(&t->reader);
		if (!t->limit_reached && is_over(t, &begun, started)) {
			__atomic_store_n(&t->limit_reached, true, __ATOMIC_RELEASE);
			signals_end_now();
		}
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static int start_reading(struct trace_run *t)
{
	sigset_t all, before;
	int err;

	sigfillset(&all); /* signals are the main thread's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&t->thread, NULL, read_on, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	t->thread_runs = err == 0;
	if (err)
		say("no thread can be made to read the trace (%s): end other programs",
		    strerror(err));
	return err ? STATUS_FAILED : 0;
}

static void stop_reading(struct trace_run *t)
{
	__atomic_store_n(&t->stop, true, __ATOMIC_RELEASE);
	if (t->thread_runs)
		pthread_join(t->thread, NULL);
	t->thread_runs = false;
}

/* ---- afterwards ---- */

static void describe_end(struct trace_run *t)
{
	struct trace_text text = TRACE_TEXT(t->end);
	int value = t->session.result.value;

	if (t->limit_reached)
		trace_text_add(&text, "ended at its time limit");
	else if (t->session.result.outcome == RELAY_EXITED && WIFSIGNALED(value))
		trace_text_add(&text, "signal %d", WTERMSIG(value));
	else if (t->session.result.outcome == RELAY_EXITED)
		trace_text_add(&text, "exit %d", WEXITSTATUS(value));
	else if (t->session.result.outcome == RELAY_FAILED)
		trace_text_add(&text, "not executed: %s", strerror(value));
	else if (t->session.result.outcome == RELAY_SIGNALLED)
		trace_text_add(&text, "ended by us: signal %d", value);
	else
		trace_text_add(&text, "the guest died");
}

static void say_losses(const struct trace_run *t)
{
	const struct trace_log *log = &t->reader.log;
	char buffer[128] = "";
	struct trace_text losses = TRACE_TEXT(buffer);

	if (trace_log_lost(log))
		trace_log_losses_text(log, &losses);
	if (losses.len && log->nr >= EVENTS_MAX)
		say("%s: a trace holds %llu; trace a shorter run", buffer, EVENTS_MAX);
	else if (losses.len)
		say("%s: give more memory for them with --buffer", buffer);
	if (log->torn)
		say("%" PRIu64 " events were being written when the guest ended, and are left out",
		    log->torn);
	if (!log->frequency_hz)
		say("the guest ended before it had measured its clock: times are ticks of it");
}

/* A message if the filter leaves nothing, which looks like a run without events. */
static void say_empty(const struct trace_run *t)
{
	const struct trace_log *log = &t->reader.log;
	struct trace_model m;
	struct trace_step step;
	bool any = log->nr == 0 || trace_model_init(&m, log) != 0;
	size_t nr = 0;

	if (any)
		return;
	for (; !any && trace_model_next(&m, &step); nr++)
		any = trace_filter_takes(&t->options->filter, &m, &step);
	trace_model_fini(&m);
	if (!any)
		say("none of the %zu events is within what --filter, --from, --to and --pid leave: ask for more",
		    nr);
}

struct one_format {
	const struct trace_format *format;
	const struct trace_report *report;
};

static int write_format(FILE *out, const void *what)
{
	const struct one_format *one = what;

	return one->format->write(out, one->report);
}

static int write_outputs(struct trace_run *t)
{
	const char *kernel = t->session.kernel, *slash = strrchr(kernel, '/');
	struct trace_report report = {
		.log = &t->reader.log,
		.filter = &t->options->filter,
		.kernel = slash ? slash + 1 : kernel,
		.program = (const char *const *)t->options->guest.args,
		.end = t->end,
		.kernel_options = t->kernel_options,
		.instructions = t->options->guest.icount,
		.all = t->options->all,
		.source_base = t->options->source_base,
		.width = trace_table_width(),
	};
	int status = 0;

	for (unsigned i = 0; i < t->options->nr_outputs; i++) {
		const struct trace_output *output = &t->options->outputs[i];
		struct one_format one = {output->format, &report};

		if (trace_output_write(output->path, write_format, &one))
			status = STATUS_FAILED;
	}
	return status;
}

static int conclude(struct trace_run *t, int status)
{
	int err = trace_reader_finish(&t->reader), failed;

	if (err == -ENOENT && t->limit_reached) {
		say("the guest was ended, because its kernel did not start within %d s: try again with -v to see why",
		    (int)(START_NS / 1000000000));
		return STATUS_LIMIT;
	}
	if (err == -ENOENT)
		say("the guest's kernel has recorded no trace, because it ended too early: try again with -v to see why");
	else if (err == -EPROTO)
		say("the kernel's trace is of another version than this command: run 'make' in Creance's source");
	else if (err)
		say("no memory left on this host for the trace: trace a shorter run");
	if (err)
		return status ? status : STATUS_FAILED;
	if (t->limit_reached) {
		say("the guest was ended at its time limit: the trace ends there");
		status = STATUS_LIMIT;
	}
	describe_end(t);
	say_losses(t);
	say_empty(t);
	signals_reset(); /* a second Ctrl-C ends the output */
	signal(SIGPIPE, SIG_IGN);
	failed = write_outputs(t);
	return failed ? failed : status;
}

/* T3: the program's input is read before it starts, and given to the guest as a file. */
static int read_input(struct trace_run *t)
{
	size_t len = 0, room = 0;
	ssize_t n = 1;

	if (!t->options->deterministic || isatty(STDIN_FILENO))
		return 0;
	while (n > 0) {
		if (len == room) {
			void *more = realloc(t->input, room = 2 * room + 65536);

			if (!more) {
				say("standard input is too long to be read before the start: give less, or leave out --deterministic");
				return STATUS_FAILED;
			}
			t->input = more;
		}
		n = read(STDIN_FILENO, t->input + len, room - len);
		len += n > 0 ? (size_t)n : 0;
	}
	t->session.input = t->input;
	t->session.input_bytes = len;
	return 0;
}

/* Returns: the exit status. */
static int trace_guest(struct trace_run *t)
{
	struct session *session = &t->session;
	int status = session_open(session);

	if (status)
		return status;
	if (trace_kernel_find(session->kernel, "trace_area", &t->reader.area_address))
		return STATUS_FAILED;
	status = map_memory(t);
	if (!status)
		status = read_input(t);
	if (status)
		return status;
	session->wait_for_poweroff = t->options->deterministic;
	session->listens_only = t->options->deterministic;
	signals_install(false); /* the limit may end before the session has begun */
	status = start_reading(t);
	if (!status)
		status = session_run(session);
	stop_reading(t);
	return conclude(t, status);
}

static int run_traced(struct trace_options *o)
{
	struct trace_run *t = must_alloc(sizeof(*t));
	char *append;
	int status = STATUS_FAILED;

	t->options = o;
	t->kernel_options = o->guest.append;
	t->session.options = &o->guest;
	append = kernel_options(t);
	if (append) {
		o->guest.append = append;
		status = trace_guest(t);
		session_close(&t->session);
	}
	trace_log_fini(&t->reader.log);
	free(t->input);
	free(append);
	free(t);
	return status;
}

static int run(void *options)
{
	struct trace_options *o = options;

	return o->compare[0] ? trace_compare_run(o) : run_traced(o);
}

static bool compares(const void *options)
{
	const struct trace_options *o = options;

	return o->compare[0] != NULL;
}

const struct command command_trace = {
	.name = "trace",
	.summary = "run a program and show each step of program, hardware and system",
	.usage = "creance trace [OPTION…] -- PROGRAM [ARG…]",
	.text = "Runs PROGRAM as 'creance run' does, with the "
		"same streams, signals and exit status, and then\n"
		"writes what happened between program, hardware and operating system, from the boot on: as a table\n"
		"with these three as columns, or in other formats (docs/trace.md). If the guest dies or is ended, the\n"
		"trace goes up to its last event. Lost events are always reported. On a terminal it is shown by\n"
		"$PAGER, or by less; PAGER=cat is for none. Two traces that were saved as JSON are compared by\n"
		"'creance trace --compare FILE FILE': which steps are new, gone, changed or dearer.\n",
	.groups = {&trace_option_group, &guest_option_group},
	.operands = OPERANDS_PROGRAM,
	.needs_no_program = compares,
	.options_size = sizeof(struct trace_options),
	.init = trace_options_init,
	.check = trace_options_check,
	.run = run,
};
