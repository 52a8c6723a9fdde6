// SPDX-License-Identifier: MIT
/*
 * bench_guest.c -- a guest with a program that measures, from start to end.
 *
 * Idea.  The guest talks through its serial port only, which both kernels have, so that nothing of
 *   the host link is in what is measured. Every run has its own machine; nothing is left of it.
 * Invariants.
 *   B1  The emulator has been reaped on every return.
 *   B2  Only a guest that has printed nothing yet is started again: no figure is taken twice.
 *   B3  Lines of the guest are escaped before anything is made of them, because parts of them are
 *       printed.
 * Cost.  With on_trace, one line of text for each instruction of the guest: about a million a
 *   second. The log goes through a pipe and is never stored.
 * Tests.  tests/system/bench.t, tests/system/budgets.t.
 */
#include "bench/bench_guest.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/monotonic.h"
#include "base/say.h"
#include "base/signals.h"
#include "guest/guest.h"
#include "lib/printable.h"

enum { LINE_MAX_BYTES = 1024 };

enum outcome { RUNNING, DONE, ENDED, SILENT, SIGNALLED, REFUSED };

struct bench_run {
	const struct bench_guest *bench;
	struct guest guest;
	enum outcome outcome;
	int signal;
	bool heard;	     /* on_line took a line */
	int64_t deadline_ns; /* for the next line */
	size_t line_len;
	char line[LINE_MAX_BYTES];
};

static void allow_seconds(struct bench_run *r, unsigned seconds)
{
	r->deadline_ns = monotonic_ns() + (int64_t)seconds * 1000000000;
}

static void take_line(struct bench_run *r)
{
	char shown[LINE_MAX_BYTES];
	enum bench_heard heard;

	while (r->line_len > 0 && r->line[r->line_len - 1] == '\r')
		r->line_len--;
	printable_text(shown, sizeof(shown), r->line, r->line_len); /* B3 */
	r->line_len = 0;
	heard = r->bench->on_line(r->bench->ctx, shown);
	if (heard == BENCH_NOT_OURS)
		return;
	r->heard = true;
	allow_seconds(r, r->bench->silence_seconds);
	if (heard == BENCH_DONE)
		r->outcome = DONE;
}

static void on_serial(void *ctx, const char *bytes, size_t len)
{
	struct bench_run *r = ctx;

	for (size_t i = 0; i < len && r->outcome == RUNNING; i++) {
		if (bytes[i] == '\n')
			take_line(r);
		else if (r->line_len < LINE_MAX_BYTES - 1)
			r->line[r->line_len++] = bytes[i];
	}
}

static void on_log(void *ctx, const char *bytes, size_t len)
{
	struct bench_run *r = ctx;

	r->bench->on_trace(r->bench->ctx, bytes, len);
}

static void take_signals(struct bench_run *r)
{
	const struct guest *guest = &r->guest;
	unsigned set = signals_take();

	if (set & (1u << SIGTSTP)) { /* afterwards its time to answer starts again */
		guests_suspend(&guest, 1);
		allow_seconds(r, r->heard ? r->bench->silence_seconds : r->bench->start_seconds);
	}
	r->signal = signals_ending(set);
	if (r->signal)
		r->outcome = SIGNALLED;
}

static void listen_once(struct bench_run *r)
{
	struct pollfd polled[1 + LINK_END_POLLED] = {{.fd = signals_fd(), .events = POLLIN}};
	int64_t left_ms = (r->deadline_ns - monotonic_ns()) / 1000000;
	struct link_end *end = &r->guest.end;

	if (left_ms <= 0) {
		r->outcome = SILENT;
		return;
	}
	link_end_poll(end, &polled[1]);
	if (poll(polled, 1 + LINK_END_POLLED, (int)left_ms) < 0)
		return; /* EINTR: the handler has written to signals_fd */
	if (polled[0].revents)
		take_signals(r);
	if (r->outcome == RUNNING && link_end_take(end, &polled[1]) == 0 && r->outcome == RUNNING &&
	    end->serial_fd < 0 && end->errors_fd < 0)
		r->outcome = ENDED; /* both: then its exit status is known */
}

/*
 * One attempt. Returns: as bench_guest_run; *again: it printed nothing, and may be started again.
 */
static int attempt(struct bench_run *r, bool *again)
{
	static const struct link_end_events events = {.serial = on_serial, .log = on_log};
	const struct bench_guest *b = r->bench;
	const struct qemu_setup setup = {
		.options = b->options,
		.kernel = b->kernel,
		.kernel_options = b->words,
		.initrd = b->initramfs,
	};
	int emulator_status;

	*again = false;
	r->outcome = RUNNING;
	r->line_len = 0;
	if (guest_start(&r->guest, &setup, b->on_trace ? GUEST_HAS_LOG : 0))
		return STATUS_FAILED;
	r->guest.end.events = &events;
	r->guest.end.ctx = r;
	allow_seconds(r, b->start_seconds);
	while (r->outcome == RUNNING)
		listen_once(r);
	emulator_status = guest_stop(&r->guest); /* B1 */
	if (r->outcome == DONE)
		return 0;
	if (r->outcome == SIGNALLED)
		return STATUS_SIGNAL + r->signal;
	*again = r->outcome == SILENT && !r->heard; /* B2 */
	if (!r->heard && guest_was_refused(&r->guest, emulator_status))
		r->outcome = REFUSED; /* which has been said */
	return STATUS_FAILED;
}

static void say_failure(const struct bench_run *r)
{
	const struct bench_guest *b = r->bench;
	char *how;

	if (r->outcome == SILENT && !r->heard)
		how = must_format(
			"%s did not get as far as the measuring program within %u s, %u times",
			b->name, b->start_seconds, b->attempts);
	else if (r->outcome == SILENT)
		how = must_format("%s has been silent for %u s in the middle of measuring", b->name,
				  b->silence_seconds);
	else
		how = must_format("%s died before it had measured all", b->name);
	report_death(&r->guest.end.report, how);
	free(how);
}

int bench_guest_run(const struct bench_guest *bench)
{
	struct bench_run *r = must_alloc(sizeof(*r));
	int status = STATUS_FAILED;
	bool again = true;

	r->bench = bench;
	for (unsigned i = 0; i < bench->attempts && again; i++) {
		if (i > 0)
			say("%s does not answer after %u s (its clock sometimes cannot be calibrated): starting "
			    "it again",
			    bench->name, bench->start_seconds);
		status = attempt(r, &again);
	}
	if (r->outcome == ENDED || r->outcome == SILENT)
		say_failure(r);
	free(r);
	return status;
}
