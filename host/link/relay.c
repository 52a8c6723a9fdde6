// SPDX-License-Identifier: MIT
/*
 * relay.c -- the poll loop between the guest's link and our standard streams.
 *
 * Idea.  One loop over a few descriptors. From the guest: frames are decoded, DATA goes into the
 *   ring of its output and from there to the descriptor as fast as that accepts it, and the written
 *   bytes are granted again as credit. To the guest: standard input (or the terminal) is read only
 *   as far as the guest has granted credit, directly behind a frame header in the send buffer.
 * Invariants.
 *   P1  A channel's ring never contains more than the credit window, so it never overflows: the
 *       decoder refuses DATA without credit before it is stored.
 *   P2  No write blocks: a blocked standard output delays neither standard error nor a signal.
 *   P3  Input is read only into an empty send buffer, so that there is always room for messages.
 *   P4  The result is final once `done` is set; the loop then only empties the rings.
 * Ownership.  relay_run allocates the struct for one run. A HELLO resets the link's state (the
 *   guest has rebooted); input that the old guest received is lost with it.
 * Cost.  Per 64 KiB: two or three system calls on each side, one copy into the ring.
 * Tests.  relay_test.c (a thread plays the guest), tests/system.
 */
#include "link/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "link/output.h"
#include "base/say.h"
#include "base/signals.h"
#include "link/term_modes.h"
#include "link/terminal.h"
#include "link/watchdog.h"

enum {
	SEND_MESSAGES = 4096, /* room for messages beside one full DATA frame */
	SEND_SIZE = HOSTLINK_HEADER_BYTES + HOSTLINK_PAYLOAD_MAX + SEND_MESSAGES,
	RECEIVE_SIZE = 131072,
	ESCAPE_BYTE = 0x1d, /* Ctrl-] */
	ESCAPE_TIMES = 3,
	POWEROFF_WAIT_MS = 5000,
	LONG_START_MS = 20000,
};

/* The outputs, by channel. The console goes to standard output on a terminal, else to the log. */
enum { OUT_STDOUT, OUT_STDERR, OUT_CONSOLE, NR_OUTPUTS };

struct relay {
	const struct relay_setup *setup;
	struct relay_result *result;
	struct link_decoder decoder;
	struct output outputs[NR_OUTPUTS];
	struct link_window log_window; /* the console channel's when it goes to the log */
	uint32_t input_credit;
	int in_fd;   /* -1 at its end */
	int link_fd; /* -1 when the guest is gone */
	int serial_fd, errors_fd;
	bool greeted; /* HELLO came and was answered */
	bool eof_sent;
	bool input_unwanted; /* the guest hung up on its input */
	bool done;
	bool long_start_said;
	bool winsize_due; /* sent when the send buffer is empty: only the last size matters */
	int64_t poweroff_until_ns;
	unsigned escapes;
	int64_t first_escape_ns;
	struct term_modes modes;
	size_t send_start, send_end;
	uint8_t send[SEND_SIZE];
	uint8_t receive[RECEIVE_SIZE];
};

static void finish(struct relay *p, enum relay_outcome outcome, int value)
{
	if (p->done)
		return; /* P4 */
	p->done = true;
	p->result->outcome = outcome;
	p->result->value = value;
	p->result->exit_ns = monotonic_ns() - p->setup->started_ns;
	p->poweroff_until_ns = monotonic_ns() + POWEROFF_WAIT_MS * 1000000ll;
}

static void guest_is_gone(struct relay *p)
{
	p->link_fd = -1;
	finish(p, RELAY_DIED, 0);
}

/* ---- to the guest ---- */

static void send_message(struct relay *p, unsigned kind, unsigned channel, const void *payload,
			 size_t len)
{
	if (p->link_fd < 0 || !p->greeted || p->setup->listens_only)
		return;
	if (p->send_end + HOSTLINK_HEADER_BYTES + len > SEND_SIZE) {
		/*
		 * P3 leaves room for some 250 messages; a guest that reads none of them is broken.
		 */
		finish(p, RELAY_PROTOCOL, 0);
		return;
	}
	p->send_end += link_put_frame(p->send + p->send_end, kind, channel, payload, len);
}

static void send_u32(struct relay *p, unsigned kind, unsigned channel, uint32_t value)
{
	uint8_t payload[4];

	link_put_u32(payload, value);
	send_message(p, kind, channel, payload, sizeof(payload));
}

static void send_winsize(struct relay *p)
{
	struct hostlink_winsize size;

	if (!p->setup->console || !p->winsize_due || p->send_start != p->send_end)
		return;
	p->winsize_due = false;
	size = terminal_size(p->setup->out_fd);
	if (size.rows && size.cols)
		send_message(p, HOSTLINK_WINSIZE, HOSTLINK_CONSOLE, &size, sizeof(size));
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
	if (p->eof_sent || !p->greeted || (p->in_fd >= 0 && !p->setup->console))
		return;
	p->eof_sent = true;
	send_message(p, HOSTLINK_EOF, HOSTLINK_STDIN, NULL, 0);
}

static void input_ended(struct relay *p)
{
	p->in_fd = -1;
	if (p->setup->console)
		finish(p, RELAY_SIGNALLED, SIGHUP); /* the terminal is gone */
	else
		send_eof_once(p);
}

static void look_for_escape(struct relay *p, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != ESCAPE_BYTE) {
			p->escapes = 0;
			continue;
		}
		int64_t now = monotonic_ns();
		if (p->escapes == 0 || now - p->first_escape_ns > 1000000000) {
			p->escapes = 0;
			p->first_escape_ns = now;
		}
		if (++p->escapes == ESCAPE_TIMES)
			finish(p, RELAY_ESCAPED, 0);
	}
}

static void read_input(struct relay *p)
{
	size_t room =
		HOSTLINK_PAYLOAD_MAX < p->input_credit ? HOSTLINK_PAYLOAD_MAX : p->input_credit;
	ssize_t n = read(p->in_fd, p->send + HOSTLINK_HEADER_BYTES, room);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		input_ended(p);
		return;
	}
	if (p->setup->console)
		look_for_escape(p, p->send + HOSTLINK_HEADER_BYTES, (size_t)n);
	link_put_header(p->send, HOSTLINK_DATA, input_channel(p), (uint32_t)n);
	p->input_credit -= (uint32_t)n;
	p->send_end = HOSTLINK_HEADER_BYTES + (size_t)n;
}

static void flush_link(struct relay *p)
{
	while (p->link_fd >= 0 && p->send_start < p->send_end) {
		ssize_t n = send(p->link_fd, p->send + p->send_start, p->send_end - p->send_start,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			/*
			 * The guest does not read; its last output can be read, and then its end.
			 */
			p->send_start = p->send_end;
			break;
		}
		p->send_start += (size_t)n;
	}
	if (p->send_start == p->send_end) {
		p->send_start = 0;
		p->send_end = 0;
	} else if (p->send_start > 0 && SEND_SIZE - p->send_end < SEND_MESSAGES / 2) {
		memmove(p->send, p->send + p->send_start, p->send_end - p->send_start);
		p->send_end -= p->send_start;
		p->send_start = 0;
	}
}

/* ---- from the guest ---- */

static int greet(struct relay *p, uint32_t version)
{
	if (version != HOSTLINK_VERSION) {
		finish(p, RELAY_PROTOCOL, (int)version);
		return -EPROTO;
	}
	if (p->setup->watchdog)
		watchdog_greeted(p->setup->watchdog);
	if (!p->result->hello)
		p->result->hello_ns = monotonic_ns() - p->setup->started_ns;
	p->result->hello = true;
	p->greeted = true;
	p->eof_sent = false;
	p->input_unwanted = false;
	p->input_credit = 0;
	p->send_start = p->send_end = 0;
	send_u32(p, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	for (unsigned i = 0; i < NR_OUTPUTS; i++) {
		struct output *out = &p->outputs[i];
		unsigned channel = HOSTLINK_STDOUT + i;

		byte_ring_drop(&out->ring, byte_ring_len(&out->ring));
		send_u32(p, HOSTLINK_CREDIT, channel, link_window_open(&out->window));
		if (output_is_gone(out) && (i != OUT_CONSOLE || p->setup->console))
			send_message(p, HOSTLINK_HANGUP, channel, NULL, 0);
	}
	p->log_window = p->outputs[OUT_CONSOLE].window;
	p->winsize_due = true;
	send_eof_once(p);
	return 0;
}

/* The console of a guest that has no terminal: part of its log. */
static int data_to_log(struct relay *p, const uint8_t *bytes, size_t len)
{
	if (!p->setup->listens_only && link_window_receive(&p->log_window, len))
		return -EPROTO;
	report_feed(p->setup->report, &p->setup->report->guest, (const char *)bytes, len);
	uint32_t grant = link_window_consume(&p->log_window, len);
	if (grant)
		send_u32(p, HOSTLINK_CREDIT, HOSTLINK_CONSOLE, grant);
	return 0;
}

static int on_data(void *ctx, unsigned channel, const uint8_t *bytes, size_t len)
{
	struct relay *p = ctx;

	if (!p->greeted || channel < HOSTLINK_STDOUT || channel > HOSTLINK_CONSOLE)
		return -EPROTO;
	if (channel == HOSTLINK_CONSOLE && !p->setup->console)
		return data_to_log(p, bytes, len);
	struct output *out = &p->outputs[channel - HOSTLINK_STDOUT];
	if (!p->setup->listens_only && link_window_receive(&out->window, len))
		return -EPROTO;
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
	if (kind == HOSTLINK_HELLO)
		return greet(p, link_get_u32(payload));
	if (!p->greeted)
		return -EPROTO;
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
		if (!p->result->ready)
			p->result->ready_ns = monotonic_ns() - p->setup->started_ns;
		p->result->ready = true;
		return 0;
	case HOSTLINK_ALIVE:
		on_beat(p, payload);
		return 0;
	case HOSTLINK_OUT_OF_MEMORY:
		on_out_of_memory(p, payload);
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
	size_t room = RECEIVE_SIZE;

	for (unsigned i = 0; p->setup->listens_only && i < NR_OUTPUTS; i++) {
		size_t left = BYTE_RING_CAPACITY - byte_ring_len(&p->outputs[i].ring);

		room = left < room ? left : room;
	}
	return room;
}

static void read_link(struct relay *p)
{
	static const struct link_events events = {.data = on_data, .message = on_message};
	ssize_t n = recv(p->link_fd, p->receive, receive_room(p), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		guest_is_gone(p);
		return;
	}
	if (link_decode(&p->decoder, p->receive, (size_t)n, &events, p)) {
		finish(p, RELAY_PROTOCOL, 0);
		p->link_fd = -1;
	}
}

static void read_log(struct relay *p, int *fd, struct report_log *log)
{
	char text[4096];
	ssize_t n = read(*fd, text, sizeof(text));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	report_feed(p->setup->report, log, text, (size_t)n);
}

static void flush_output(struct relay *p, unsigned i, short revents)
{
	struct output *out = &p->outputs[i];
	size_t taken = output_flush(out, revents);

	if (output_is_gone(out)) {
		send_message(p, HOSTLINK_HANGUP, HOSTLINK_STDOUT + i, NULL, 0);
		return;
	}
	uint32_t grant = link_window_consume(&out->window, taken);
	if (grant)
		send_u32(p, HOSTLINK_CREDIT, HOSTLINK_STDOUT + i, grant);
}

/* ---- signals ---- */

static void on_signals(struct relay *p)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	unsigned set = signals_take();

	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (!(set & (1u << ends[i])))
			continue;
		finish(p, RELAY_SIGNALLED, ends[i]);
		/* Also when the program had ended and only its reader keeps us here. */
		p->link_fd = -1;
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
	AT_LINK,
	AT_SERIAL,
	AT_ERRORS,
	AT_INPUT,
	AT_OUTPUTS,
	NR_POLLED = AT_OUTPUTS + NR_OUTPUTS
};

static bool wants_input(const struct relay *p)
{
	if (p->in_fd < 0 || p->done || p->setup->listens_only || !p->greeted || p->input_unwanted)
		return false;
	if (p->input_credit == 0 || p->send_start != p->send_end) /* P3 */
		return false;
	/* A read from the background would stop us, though the program may never want input. */
	if (!p->setup->console && isatty(p->in_fd) && tcgetpgrp(p->in_fd) != getpgrp())
		return false;
	return true;
}

static void fill_poll(struct relay *p, struct pollfd *polled)
{
	polled[AT_SIGNALS] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
	polled[AT_LINK] =
		(struct pollfd){.fd = receive_room(p) ? p->link_fd : -1, .events = POLLIN};
	if (p->send_start != p->send_end)
		polled[AT_LINK].events |= POLLOUT;
	polled[AT_SERIAL] = (struct pollfd){.fd = p->serial_fd, .events = POLLIN};
	polled[AT_ERRORS] = (struct pollfd){.fd = p->errors_fd, .events = POLLIN};
	polled[AT_INPUT] = (struct pollfd){.fd = wants_input(p) ? p->in_fd : -1, .events = POLLIN};
	for (unsigned i = 0; i < NR_OUTPUTS; i++) {
		struct output *out = &p->outputs[i];

		polled[AT_OUTPUTS + i] = (struct pollfd){.fd = out->write_fd};
		if (output_has_bytes(out))
			polled[AT_OUTPUTS + i].events = POLLOUT;
	}
}

static bool outputs_are_empty(const struct relay *p)
{
	for (unsigned i = 0; i < NR_OUTPUTS; i++)
		if (output_has_bytes(&p->outputs[i]))
			return false;
	return true;
}

/* Nothing is left to do: the result is known, and everything that was said is written. */
static bool finished(const struct relay *p)
{
	if (!p->done || !outputs_are_empty(p))
		return false;
	switch (p->result->outcome) {
	case RELAY_EXITED:
		return !p->setup->wait_for_poweroff || p->link_fd < 0 ||
		       monotonic_ns() >= p->poweroff_until_ns;
	case RELAY_DIED: /* its last words are in the pipes, which end with it */
		return (p->serial_fd < 0 && p->errors_fd < 0) ||
		       monotonic_ns() >= p->poweroff_until_ns;
	default:
		return true;
	}
}

static int poll_timeout_ms(struct relay *p)
{
	if (p->done || p->setup->watchdog)
		return WATCHDOG_LOOK_MS;
	if (!p->setup->console || p->result->ready || p->long_start_said || p->setup->waits)
		return -1;
	int64_t left = p->setup->started_ns / 1000000 + LONG_START_MS - monotonic_ns() / 1000000;
	if (left > 0)
		return (int)left;
	p->long_start_said = true;
	say("the guest has not started yet: Ctrl-] three times ends it; -v shows its log");
	return -1;
}

static void look_after_guest(struct relay *p)
{
	struct watchdog *w = p->setup->watchdog;

	if (!w || p->done)
		return;
	watchdog_look(w);
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
	if (polled[AT_LINK].revents & (POLLIN | POLLHUP | POLLERR) && p->link_fd >= 0)
		read_link(p);
	if (polled[AT_SERIAL].revents)
		read_log(p, &p->serial_fd, &p->setup->report->guest);
	if (polled[AT_ERRORS].revents)
		read_log(p, &p->errors_fd, &p->setup->report->emulator);
	for (unsigned i = 0; i < NR_OUTPUTS; i++)
		if (polled[AT_OUTPUTS + i].revents && p->outputs[i].write_fd >= 0)
			flush_output(p, i, polled[AT_OUTPUTS + i].revents);
	/* A signal or a HELLO may have changed what input is for. */
	if (polled[AT_INPUT].revents && wants_input(p))
		read_input(p);
	send_winsize(p);
	flush_link(p);
	look_after_guest(p);
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
	struct relay *p = must_alloc(sizeof(*p));

	*result = (struct relay_result){0};
	p->setup = setup;
	p->result = result;
	p->link_fd = setup->link_fd;
	p->serial_fd = setup->serial_fd;
	p->errors_fd = setup->errors_fd;
	p->in_fd = setup->in_fd;
	output_init(&p->outputs[OUT_STDOUT], setup->out_fd);
	output_init(&p->outputs[OUT_STDERR], setup->err_fd);
	output_init(&p->outputs[OUT_CONSOLE], setup->console ? setup->out_fd : -1);
	while (!finished(p))
		relay_once(p);
	undo_terminal_modes(p);
	result->out_error = p->outputs[OUT_STDOUT].error;
	result->err_error = p->outputs[OUT_STDERR].error;
	for (unsigned i = 0; i < NR_OUTPUTS; i++)
		output_fini(&p->outputs[i]);
	if (p->serial_fd >= 0)
		close(p->serial_fd);
	if (p->errors_fd >= 0)
		close(p->errors_fd);
	free(p);
}
