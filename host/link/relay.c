// SPDX-License-Identifier: MIT
/*
 * relay.c -- the poll loop between the guest's link and our standard streams.
 *
 * Idea.  One loop over a few descriptors. From the guest: frames are decoded, DATA goes into the
 *   ring of its output and from there to the descriptor as fast as that accepts it, and the written
 *   bytes are granted again as credit. To the guest: standard input (or the terminal) is read only
 *   as far as the guest has granted credit, directly behind a frame header in the send buffer.
 *   Signals to us are the program's, if it is so set up and init runs; else they end the guest.
 * Invariants.
 *   P1  A channel's ring never contains more than the credit window, so it never overflows:
 *       link_end.c refuses DATA without credit.
 *   P2  No write blocks: a blocked standard output delays neither standard error nor a signal.
 *   P3  Input is read only into an empty send buffer, so that there is always room for messages.
 *   P4  How it ended is final once `done` is set; the loop then only empties the rings.
 * Ownership.  relay_run allocates the struct for one run. A HELLO resets the link's state (the
 *   guest has rebooted): input and output that the old guest left on its way are lost with it, and
 *   signals wait until the new one's init runs.
 * Cost.  Per 64 KiB: two or three system calls on each side, one copy into the ring.
 * Tests.  relay_test.c and relay_signals_test.c (a child process plays the guest), tests/system.
 */
#include "link/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "link/output.h"
#include "base/say.h"
#include "base/signals.h"
#include "link/term_modes.h"
#include "link/terminal.h"
#include "link/watchdog.h"

enum {
	ESCAPE_BYTE = 0x1d, /* Ctrl-] */
	ESCAPE_TIMES = 3,
	LAST_WORDS_MS = 5000,
	LONG_START_MS = 20000,	      /* at a terminal */
	LONG_START_UNSEEN_MS = 60000, /* nobody may wait there, and a busy host takes long */
	ENDING_TIMES = 3, /* so many within a second end the guest; timeout(1) sends two at once */
};

/* The outputs, by channel. The console goes to standard output on a terminal, else to the log. */
enum { OUT_STDOUT, OUT_STDERR, OUT_CONSOLE, NR_OUTPUTS };

struct relay {
	const struct relay_setup *setup;
	struct relay_result *result;
	struct link_end *end;
	struct output outputs[NR_OUTPUTS];
	uint32_t input_credit;
	int in_fd; /* -1 at its end */
	bool eof_sent;
	bool input_unwanted; /* the guest hung up on its input */
	bool done;
	bool long_start_said;
	bool winsize_due;	/* sent when the send buffer is empty: only the last size matters */
	int64_t waits_until_ns; /* for the end of a guest that has no more to do */
	uint32_t signals_due;	/* for the program: bits 1 << number */
	unsigned escapes, endings;
	int64_t first_escape_ns, first_ending_ns;
	struct term_modes modes;
};

static void finish(struct relay *p, enum relay_outcome outcome, int value)
{
	if (p->done)
		return; /* P4 */
	p->done = true;
	p->result->outcome = outcome;
	p->result->value = value;
	p->result->exit_ns = monotonic_ns() - p->setup->started_ns;
	p->waits_until_ns =
		monotonic_ns() +
		1000000ll * (outcome == RELAY_EXITED ? p->setup->poweroff_wait_ms : LAST_WORDS_MS);
}

/* ---- to the guest ---- */

static void send_winsize(struct relay *p)
{
	struct hostlink_winsize size;

	if (!p->setup->console || !p->winsize_due || !link_end_is_idle(p->end))
		return;
	p->winsize_due = false;
	size = terminal_size(p->setup->out_fd);
	if (size.rows && size.cols)
		link_end_send(p->end, HOSTLINK_WINSIZE, HOSTLINK_CONSOLE, &size, sizeof(size));
}

/* Each once, however often it came before it could be sent: as a pending standard signal. */
static void send_signals(struct relay *p)
{
	if (!p->signals_due || !p->result->ready || p->done || !link_end_is_idle(p->end))
		return;
	for (uint32_t number = 1; number < HOSTLINK_SIGNALS; number++)
		if (p->signals_due & 1u << number)
			link_end_send_u32(p->end, HOSTLINK_SIGNAL, HOSTLINK_CONTROL, number);
	p->signals_due = 0;
}

static unsigned input_channel(const struct relay *p)
{
	return p->setup->console ? HOSTLINK_CONSOLE : HOSTLINK_STDIN;
}

static void send_eof_once(struct relay *p)
{
	/*
	 * With a terminal, the console channel has the input, and the standard input channel none.
	 */
	if (p->eof_sent || !p->end->greeted || (p->in_fd >= 0 && !p->setup->console))
		return;
	p->eof_sent = true;
	link_end_send(p->end, HOSTLINK_EOF, HOSTLINK_STDIN, NULL, 0);
}

static void input_ended(struct relay *p)
{
	p->in_fd = -1;
	if (p->setup->console)
		finish(p, RELAY_SIGNALLED, SIGHUP); /* the terminal is gone */
	else
		send_eof_once(p);
}

/* Count one more. Returns: how many have come within the second since the first. */
static unsigned count_within_second(unsigned *count, int64_t *first_ns)
{
	int64_t now = monotonic_ns();

	if (*count == 0 || now - *first_ns > 1000000000) {
		*count = 0;
		*first_ns = now;
	}
	return ++*count;
}

static void look_for_escape(struct relay *p, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != ESCAPE_BYTE)
			p->escapes = 0;
		else if (count_within_second(&p->escapes, &p->first_escape_ns) == ESCAPE_TIMES)
			finish(p, RELAY_ESCAPED, 0);
	}
}

static void read_input(struct relay *p)
{
	size_t room =
		HOSTLINK_PAYLOAD_MAX < p->input_credit ? HOSTLINK_PAYLOAD_MAX : p->input_credit;
	uint8_t *bytes = link_end_payload(p->end);
	ssize_t n = read(p->in_fd, bytes, room);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		input_ended(p);
		return;
	}
	if (p->setup->console)
		look_for_escape(p, bytes, (size_t)n);
	link_end_send_payload(p->end, input_channel(p), (size_t)n);
	p->input_credit -= (uint32_t)n;
}

/* ---- from the guest ---- */

static void hang_up(struct relay *p, unsigned i)
{
	int error = p->outputs[i].error ? p->outputs[i].error : EPIPE;

	if (i != OUT_CONSOLE || p->setup->console)
		link_end_send_u32(p->end, HOSTLINK_HANGUP, HOSTLINK_STDOUT + i, (uint32_t)error);
}

static void on_hello(void *ctx)
{
	struct relay *p = ctx;

	if (p->setup->watchdog)
		watchdog_greeted(p->setup->watchdog);
	if (!p->result->hello)
		p->result->hello_ns = monotonic_ns() - p->setup->started_ns;
	p->result->hello = true;
	p->result->ready = false; /* the old guest's init was */
	p->result->switched_off = 0;
	p->eof_sent = false;
	p->input_unwanted = false;
	p->input_credit = 0;
	for (unsigned i = 0; i < NR_OUTPUTS; i++) {
		struct output *out = &p->outputs[i];

		byte_ring_drop(&out->ring, byte_ring_len(&out->ring));
		if (output_is_gone(out))
			hang_up(p, i);
	}
	p->winsize_due = true;
	send_eof_once(p);
}

static int on_data(void *ctx, unsigned channel, const uint8_t *bytes, size_t len)
{
	struct relay *p = ctx;
	struct output *out = &p->outputs[channel - HOSTLINK_STDOUT];

	if (channel == HOSTLINK_CONSOLE && !p->setup->console) {
		/* Without a terminal the console is part of the guest's log. */
		report_feed(&p->end->report, &p->end->report.guest, (const char *)bytes, len);
		link_end_consumed(p->end, channel, len);
		return 0;
	}
	if (output_is_gone(out))
		return 0; /* it was on its way when we hung up */
	if (p->setup->console)
		term_modes_watch(&p->modes, bytes, len);
	byte_ring_put(&out->ring, bytes, len); /* P1 */
	return 0;
}

static void on_beat(struct relay *p, const uint8_t *payload)
{
	struct hostlink_alive alive = {link_get_u32(payload), link_get_u32(payload + 4)};

	if (p->setup->watchdog)
		watchdog_beat(p->setup->watchdog, &alive);
}

static void on_out_of_memory(struct relay *p, const uint8_t *payload)
{
	struct hostlink_out_of_memory *o = &p->result->out_of_memory;

	memcpy(o, payload, sizeof(*o));
	o->victims = link_get_u32(payload);
	o->last_pid = (int32_t)link_get_u32(payload + 4);
	o->last_name[sizeof(o->last_name) - 1] = '\0';
}

static int on_message(void *ctx, unsigned kind, unsigned channel, const uint8_t *payload,
		      size_t len)
{
	struct relay *p = ctx;

	(void)len;
	switch (kind) {
	case HOSTLINK_CREDIT:
		if (channel != input_channel(p))
			return 0; /* nothing is sent on that channel */
		if (link_get_u32(payload) > UINT32_MAX - p->input_credit)
			return -EPROTO;
		p->input_credit += link_get_u32(payload);
		return 0;
	case HOSTLINK_HANGUP:
		if (channel == input_channel(p))
			p->input_unwanted = true;
		return 0;
	case HOSTLINK_EOF:
		return 0; /* our outputs end when we do */
	case HOSTLINK_READY:
		if (!p->result->ready_ns)
			p->result->ready_ns = monotonic_ns() - p->setup->started_ns;
		p->result->ready = true;
		return 0;
	case HOSTLINK_ALIVE:
		on_beat(p, payload);
		return 0;
	case HOSTLINK_OUT_OF_MEMORY:
		on_out_of_memory(p, payload);
		return 0;
	case HOSTLINK_SHORTAGE:
		p->result->shortage = (struct hostlink_shortage){link_get_u32(payload),
								 link_get_u32(payload + 4)};
		return 0;
	case HOSTLINK_SWITCHED_OFF:
		p->result->switched_off = link_get_u32(payload) == HOSTLINK_RESTART
						  ? HOSTLINK_RESTART
						  : HOSTLINK_POWER_OFF;
		return 0;
	case HOSTLINK_EXIT:
		finish(p, RELAY_EXITED, (int)link_get_u32(payload));
		return 0;
	case HOSTLINK_FAIL:
		finish(p, RELAY_FAILED, (int)link_get_u32(payload));
		return 0;
	default:
		return -EPROTO;
	}
}

/* As much as fits into every ring, P1: a guest that needs no credit is held up by its device. */
static size_t receive_room(const struct relay *p)
{
	size_t room = LINK_RECEIVE_BYTES;

	for (unsigned i = 0; p->setup->listens_only && i < NR_OUTPUTS; i++) {
		size_t left = BYTE_RING_CAPACITY - byte_ring_len(&p->outputs[i].ring);

		room = left < room ? left : room;
	}
	return room;
}

static void take_from_guest(struct relay *p, const struct pollfd *polled)
{
	int err = link_end_take(p->end, polled);

	if (err)
		finish(p, err == -EPIPE ? RELAY_DIED : RELAY_PROTOCOL, (int)p->end->wrong_version);
}

static void flush_output(struct relay *p, unsigned i, short revents)
{
	struct output *out = &p->outputs[i];
	size_t taken = output_flush(out, revents);

	if (output_is_gone(out))
		hang_up(p, i);
	else
		link_end_consumed(p->end, HOSTLINK_STDOUT + i, taken);
}

/* ---- signals ---- */

#define OF_USER (1u << SIGUSR1 | 1u << SIGUSR2)

/*
 * Is a signal that would end us for the program instead? Not while there is none, and not the last
 * of several in short order: a program may ignore them, and a guest may hang.
 */
static bool passes(struct relay *p)
{
	if (!p->setup->passes_signals || !p->result->ready || p->done || signals_must_end_now())
		return false;
	p->result->insisted = count_within_second(&p->endings, &p->first_ending_ns) == ENDING_TIMES;
	return !p->result->insisted;
}

static void on_signals(struct relay *p)
{
	unsigned set = signals_take();
	int ending = signals_ending(set);

	if (p->setup->passes_signals)
		p->signals_due |= set & OF_USER;
	if (ending && passes(p)) {
		p->signals_due |= set & signals_all_ending();
	} else if (ending) {
		finish(p, RELAY_SIGNALLED, ending);
		/* Also when the program had ended and only its reader keeps us here. */
		link_end_hang_up(p->end);
		for (unsigned o = 0; o < NR_OUTPUTS; o++)
			output_fini(&p->outputs[o]);
	}
	if ((set & (1u << SIGTSTP)) && p->setup->suspend) {
		p->setup->suspend(p->setup->suspend_ctx);
		set |= 1u << SIGWINCH; /* the size may have changed meanwhile */
	}
	if (set & (1u << SIGWINCH))
		p->winsize_due = true;
	if ((set & (1u << SIGCHLD)) && p->setup->debugger_pid > 0) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)p->setup->debugger_pid, &info,
			   WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid == p->setup->debugger_pid)
			finish(p, RELAY_DEBUGGER_ENDED, 0);
	}
}

/* ---- the loop ---- */

enum {
	AT_SIGNALS,
	AT_INPUT,
	AT_OUTPUTS,
	AT_END = AT_OUTPUTS + NR_OUTPUTS,
	NR_POLLED = AT_END + LINK_END_POLLED
};

static bool wants_input(const struct relay *p)
{
	if (p->in_fd < 0 || p->done || p->setup->listens_only || !p->end->greeted ||
	    p->input_unwanted)
		return false;
	if (p->input_credit == 0 || !link_end_is_idle(p->end)) /* P3 */
		return false;
	/* A read from the background would stop us, though the program may never want input. */
	if (!p->setup->console && isatty(p->in_fd) && tcgetpgrp(p->in_fd) != getpgrp())
		return false;
	return true;
}

static void fill_poll(struct relay *p, struct pollfd *polled)
{
	polled[AT_SIGNALS] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
	polled[AT_INPUT] = (struct pollfd){.fd = wants_input(p) ? p->in_fd : -1, .events = POLLIN};
	for (unsigned i = 0; i < NR_OUTPUTS; i++) {
		struct output *out = &p->outputs[i];

		polled[AT_OUTPUTS + i] = (struct pollfd){.fd = out->write_fd};
		if (output_has_bytes(out))
			polled[AT_OUTPUTS + i].events = POLLOUT;
	}
	p->end->receive_max = receive_room(p);
	link_end_poll(p->end, &polled[AT_END]);
}

static bool outputs_are_empty(const struct relay *p)
{
	for (unsigned i = 0; i < NR_OUTPUTS; i++)
		if (output_has_bytes(&p->outputs[i]))
			return false;
	return true;
}

/* Nothing is left to do: the result is known, and all output is written. */
static bool finished(const struct relay *p)
{
	if (!p->done || !outputs_are_empty(p))
		return false;
	switch (p->result->outcome) {
	case RELAY_EXITED:
		return p->end->link_fd < 0 || monotonic_ns() >= p->waits_until_ns;
	case RELAY_DIED: /* its last words are in the pipes, which end with it */
		return (p->end->serial_fd < 0 && p->end->errors_fd < 0) ||
		       monotonic_ns() >= p->waits_until_ns;
	default:
		return true;
	}
}

/* How long poll may wait. A guest that does not start is mentioned once, and not ended. */
static int poll_timeout_ms(struct relay *p)
{
	bool console = p->setup->console;
	int limit_ms = console ? LONG_START_MS : LONG_START_UNSEEN_MS;
	int64_t left_ms;

	if (p->done || p->setup->watchdog)
		return WATCHDOG_CHECK_MS;
	if (p->result->ready_ns || p->long_start_said || p->setup->waits)
		return -1;
	left_ms = p->setup->started_ns / 1000000 + limit_ms - monotonic_ns() / 1000000;
	if (left_ms > 0)
		return (int)left_ms;
	p->long_start_said = true;
	say("the guest has not started yet, after %d s: %s ends it; -v shows its log",
	    limit_ms / 1000, console ? "Ctrl-] three times" : "Ctrl-C");
	return -1;
}

static void check_guest(struct relay *p)
{
	struct watchdog *w = p->setup->watchdog;

	if (!w || p->done)
		return;
	watchdog_check(w);
	if (p->setup->restarts_max && w->restarts > p->setup->restarts_max)
		finish(p, RELAY_HUNG, (int)p->setup->restarts_max);
}

static void relay_once(struct relay *p)
{
	struct pollfd polled[NR_POLLED];
	int timeout_ms = poll_timeout_ms(p);

	fill_poll(p, polled);
	if (poll(polled, NR_POLLED, timeout_ms) < 0)
		return; /* EINTR; the handler has written to signals_fd */
	if (polled[AT_SIGNALS].revents)
		on_signals(p);
	take_from_guest(p, &polled[AT_END]);
	for (unsigned i = 0; i < NR_OUTPUTS; i++)
		if (polled[AT_OUTPUTS + i].revents && p->outputs[i].write_fd >= 0)
			flush_output(p, i, polled[AT_OUTPUTS + i].revents);
	/* A signal or a HELLO may have changed what input is for. */
	if (polled[AT_INPUT].revents && wants_input(p))
		read_input(p);
	send_signals(p);
	send_winsize(p);
	if (link_end_flush(p->end))
		finish(p, RELAY_PROTOCOL, 0);
	check_guest(p);
}

static void undo_terminal_modes(const struct relay *p)
{
	char undo[256];
	size_t len = term_modes_undo(&p->modes, undo, sizeof(undo));

	if (len > 0 && p->setup->console && write(p->setup->out_fd, undo, len) < 0)
		return; /* the terminal itself is gone */
}

void relay_run(const struct relay_setup *setup, struct relay_result *result)
{
	static const struct link_end_events events = {
		.hello = on_hello, .frames = {.data = on_data, .message = on_message}};
	struct relay *p = must_alloc(sizeof(*p));

	*result = (struct relay_result){0};
	p->setup = setup;
	p->result = result;
	p->end = setup->end;
	p->end->events = &events;
	p->end->ctx = p;
	p->end->oneway = setup->listens_only;
	p->in_fd = setup->in_fd;
	output_init(&p->outputs[OUT_STDOUT], setup->out_fd);
	output_init(&p->outputs[OUT_STDERR], setup->err_fd);
	output_init(&p->outputs[OUT_CONSOLE], setup->console ? setup->out_fd : -1);
	while (!finished(p))
		relay_once(p);
	undo_terminal_modes(p);
	if (result->outcome == RELAY_EXITED && setup->poweroff_wait_ms && p->end->link_fd >= 0)
		say("the guest has not switched itself off within %u ms of its program's end, and is ended",
		    setup->poweroff_wait_ms);
	result->out_error = p->outputs[OUT_STDOUT].error;
	result->err_error = p->outputs[OUT_STDERR].error;
	for (unsigned i = 0; i < NR_OUTPUTS; i++)
		output_fini(&p->outputs[i]);
	free(p);
}
