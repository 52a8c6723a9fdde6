// SPDX-License-Identifier: MIT
/*
 * link_end.c -- our end of what connects us to a guest.
 *
 * Idea.  Frames to the guest wait in one buffer, which has room for one full frame of DATA and for
 *   messages behind it; what the socket takes is sent, and the rest is sent when poll says so. No
 *   function here waits.
 * Invariants.
 *   L1  Until the guest has said HELLO nothing is sent, and anything else from it ends the link.
 *   L2  DATA is within the credit that its channel was given.
 *   L3  The buffer does not overflow: a message for which there is no room sets send_failed, which
 *       the next flush reports.
 *   L4  If nothing can be sent any more, the guest's last output is still read until its end.
 *   L5  A guest that the emulator stops has an end, too: the emulator would stay, silent, until
 *       somebody asks it for the guest's state. It tells only by its messages.
 * Tests.  link_end_test.c, hostile_guest_test.c, tests/fuzz/fuzz_link.c.
 */
#include "link/link_end.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { AT_LINK, AT_SERIAL, AT_ERRORS, AT_LOG };

void link_end_init(struct link_end *e)
{
	memset(e, 0, sizeof(*e));
	e->link_fd = e->serial_fd = e->errors_fd = e->log_fd = -1;
	e->receive_max = LINK_RECEIVE_BYTES;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- to the guest ---- */

static void drop_queued(struct link_end *e)
{
	e->send_start = e->send_end = 0;
}

void link_end_send(struct link_end *e, unsigned kind, unsigned channel, const void *payload,
		   size_t len)
{
	if (e->link_fd < 0 || !e->greeted || e->oneway)
		return;
	if (e->send_end + HOSTLINK_HEADER_BYTES + len > LINK_SEND_BYTES)
		e->send_failed = true;
	else
		e->send_end += link_put_frame(e->send + e->send_end, kind, channel, payload, len);
}

void link_end_send_u32(struct link_end *e, unsigned kind, unsigned channel, uint32_t value)
{
	uint8_t payload[4];

	link_put_u32(payload, value);
	link_end_send(e, kind, channel, payload, sizeof(payload));
}

void link_end_consumed(struct link_end *e, unsigned channel, size_t len)
{
	uint32_t grant = link_window_consume(&e->windows[channel], len);

	if (grant)
		link_end_send_u32(e, HOSTLINK_CREDIT, channel, grant);
}

uint8_t *link_end_payload(struct link_end *e)
{
	return e->send + HOSTLINK_HEADER_BYTES;
}

void link_end_send_payload(struct link_end *e, unsigned channel, size_t len)
{
	link_put_header(e->send, HOSTLINK_DATA, channel, (uint32_t)len);
	e->send_start = 0;
	e->send_end = HOSTLINK_HEADER_BYTES + len;
}

int link_end_flush(struct link_end *e)
{
	while (e->link_fd >= 0 && !link_end_is_idle(e)) {
		ssize_t n = send(e->link_fd, e->send + e->send_start, e->send_end - e->send_start,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) /* the guest's last output can still be read, and then its end */
			drop_queued(e);
		else
			e->send_start += (size_t)n;
	}
	if (link_end_is_idle(e)) {
		drop_queued(e);
	} else if (e->send_start > 0 && LINK_SEND_BYTES - e->send_end < LINK_SEND_MESSAGES / 2) {
		memmove(e->send, e->send + e->send_start, e->send_end - e->send_start);
		e->send_end -= e->send_start;
		e->send_start = 0;
	}
	return e->send_failed ? -ENOBUFS : 0;
}

/* ---- from the guest ---- */

void link_end_poll(const struct link_end *e, struct pollfd *polled)
{
	polled[AT_LINK] = (struct pollfd){.fd = e->receive_max ? e->link_fd : -1, .events = POLLIN};
	if (!link_end_is_idle(e))
		polled[AT_LINK].events |= POLLOUT;
	polled[AT_SERIAL] = (struct pollfd){.fd = e->serial_fd, .events = POLLIN};
	polled[AT_ERRORS] = (struct pollfd){.fd = e->errors_fd, .events = POLLIN};
	polled[AT_LOG] = (struct pollfd){.fd = e->log_fd, .events = POLLIN};
}

/* Read what there is of *fd; at its end close it. Returns: the bytes read. */
static size_t read_some(struct link_end *e, int *fd)
{
	ssize_t n = read(*fd, e->receive, sizeof(e->receive));

	if (n > 0)
		return (size_t)n;
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(fd);
	return 0;
}

static size_t read_report(struct link_end *e, int *fd, struct report_log *log)
{
	size_t len = read_some(e, fd);

	report_feed(&e->report, log, (const char *)e->receive, len);
	return len;
}

/*
 * L5: look for what QEMU's KVM says before it stops the guest for good (QEMU 7 to 9). A start that
 * fails says other words, and ends by itself.
 */
static void look_for_stop(struct link_end *e)
{
	static const char *const words[] = {"KVM internal error", "kvm run failed",
					    "KVM: entry failed", "KVM: exception ",
					    "KVM: unknown exit"};
	const struct report_log *log = &e->report.emulator;

	for (unsigned i = 0; !e->stopped && i < sizeof(words) / sizeof(words[0]); i++)
		e->stopped = memmem(log->text, log->len, words[i], strlen(words[i])) != NULL;
	if (e->stopped && e->link_fd >= 0)
		shutdown(e->link_fd, SHUT_RD); /* what has come is read, and then the end */
}

static int on_data(void *ctx, unsigned channel, const uint8_t *bytes, size_t len)
{
	struct link_end *e = ctx;

	if (!e->greeted || channel < HOSTLINK_STDOUT || channel > HOSTLINK_CONSOLE)
		return -EPROTO;
	if (!e->oneway && link_window_receive(&e->windows[channel], len))
		return -EPROTO;
	return e->events->frames.data(e->ctx, channel, bytes, len);
}

/* The guest has started, or restarted: all begins again. */
static int greet(struct link_end *e, uint32_t version)
{
	if (version != HOSTLINK_VERSION) {
		e->wrong_version = version;
		return -EPROTO;
	}
	e->greeted = true;
	drop_queued(e);
	link_end_send_u32(e, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	for (unsigned i = HOSTLINK_STDOUT; i <= HOSTLINK_CONSOLE; i++)
		link_end_send_u32(e, HOSTLINK_CREDIT, i, link_window_open(&e->windows[i]));
	e->events->hello(e->ctx);
	return 0;
}

static int on_message(void *ctx, unsigned kind, unsigned channel, const uint8_t *payload,
		      size_t len)
{
	struct link_end *e = ctx;

	if (kind == HOSTLINK_HELLO)
		return greet(e, link_get_u32(payload));
	return e->greeted ? e->events->frames.message(e->ctx, kind, channel, payload, len)
			  : -EPROTO;
}

static int take_frames(struct link_end *e)
{
	static const struct link_events own = {.data = on_data, .message = on_message};
	size_t max = e->receive_max < LINK_RECEIVE_BYTES ? e->receive_max : LINK_RECEIVE_BYTES;
	ssize_t n = recv(e->link_fd, e->receive, max, MSG_DONTWAIT);
	int err = -EPIPE;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		err = link_decode(&e->decoder, e->receive, (size_t)n, &own, e);
	if (err)
		link_end_hang_up(e);
	return err;
}

int link_end_take(struct link_end *e, const struct pollfd *polled)
{
	size_t len;

	if (polled[AT_LOG].revents) {
		len = read_some(e, &e->log_fd);
		if (e->events->log)
			e->events->log(e->ctx, (const char *)e->receive, len);
	} else if (polled[AT_SERIAL].revents) {
		len = read_report(e, &e->serial_fd, &e->report.guest);
		if (e->events->serial)
			e->events->serial(e->ctx, (const char *)e->receive, len);
	}
	if (polled[AT_ERRORS].revents && read_report(e, &e->errors_fd, &e->report.emulator))
		look_for_stop(e);
	if (polled[AT_LINK].revents & (POLLIN | POLLHUP | POLLERR) && e->link_fd >= 0)
		return take_frames(e);
	return 0;
}

/* ---- the end ---- */

/* One read takes all that a pipe holds; its end may never come, if others have it open, too. */
static void drain(struct link_end *e, int *fd, struct report_log *log)
{
	struct pollfd polled = {.fd = *fd, .events = POLLIN};

	if (*fd >= 0 && poll(&polled, 1, 0) > 0)
		read_report(e, fd, log);
	close_fd(fd);
}

void link_end_hang_up(struct link_end *e)
{
	close_fd(&e->link_fd);
	drop_queued(e);
}

void link_end_close(struct link_end *e)
{
	drain(e, &e->serial_fd, &e->report.guest);
	drain(e, &e->errors_fd, &e->report.emulator);
	close_fd(&e->log_fd);
	link_end_hang_up(e);
}
