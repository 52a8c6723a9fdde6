// SPDX-License-Identifier: MIT
/*
 * regime_machine.c -- one machine with a witness and a rogue in it.
 *
 * Idea.  The witness (user/witness.c) is the machine's main program and starts the rogue. The
 *   verdict depends only on the witness's output, the kernel's heartbeat, the serial port and
 *   whether the emulator runs: nothing in the machine is asked about itself.
 * Invariants.
 *   V1  A machine is lost if its witness was silent for the limit, by a clock that advances only
 *       while the machine could run (stall_clock.h): a slow host does not look like a dead guest.
 *   V2  Every machine ends: one that neither dies nor makes progress is ended after WHOLE_LIMITS
 *       limits, and judged by what was observed.
 * Tests.  regime_judge_test.c, tests/system/regimes.t.
 */
#include "regimes/regime_machine.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest/guest_files.h"
#include "base/monotonic.h"
#include "base/paths.h"
#include "guest/qemu_sandbox.h"
#include "base/say.h"

enum { MEMORY_MIB = 64, WHOLE_LIMITS = 15, START_LIMIT_S = 20 };

static void make_secret(char *secret)
{
	unsigned char noise[SECRET_LEN];

	if (getrandom(noise, sizeof(noise), 0) < 0)
		memset(noise, 0x5a, sizeof(noise)); /* it need only be unlikely */
	for (int i = 0; i < SECRET_LEN; i++)
		secret[i] = "abcdefghijklmnop"[noise[i] & 15];
	secret[SECRET_LEN] = '\0';
}

static int build_initrd(const struct regime_machine *m, int *fd)
{
	char path[64];
	const char *const argv[] = {"/bin/witness", m->secret, path, NULL};
	const char *const envp[] = {NULL};
	struct guest_files files = {
		.base = m->lab->base,
		.mode = HOSTLINK_MODE_RUN,
		.path = argv[0],
		.argv = argv,
		.envp = envp,
	};
	uint64_t len;

	snprintf(path, sizeof(path), "/rogues/%s", m->rogue->name);
	return guest_files_build(&files, fd, &len) ? STATUS_FAILED : 0;
}

static int start_emulator(struct regime_machine *m, int initrd_fd, int guest_end)
{
	struct guest_options options = {
		.cpus = 1, .memory_bytes = (uint64_t)MEMORY_MIB << 20, .cpu_model = "max"};
	char kernel_options[128];
	struct qemu_command command;
	struct qemu_setup setup = {
		.options = &options,
		.emulator = paths_emulator(),
		.kernel = m->lab->kernel,
		.kernel_options = kernel_options,
		.initrd_fd = initrd_fd,
		.link_fd = guest_end,
		.sandbox = qemu_sandbox_is_there(paths_emulator()),
		.kvm = m->lab->kvm,
	};
	int err;

	snprintf(kernel_options, sizeof(kernel_options),
		 "console=ttyS0 quiet panic=poweroff heartbeat=100ms regime=%s",
		 regime_names[m->regime]);
	qemu_command_build(&command, &setup);
	if (m->lab->verbose) {
		char *text = qemu_command_text(&command);

		say("%s", text);
		free(text);
	}
	err = qemu_start(&m->qemu, &command, guest_end, initrd_fd);
	qemu_command_fini(&command);
	return err ? STATUS_FAILED : 0;
}

int regime_machine_start(struct regime_machine *m, const struct regime_lab *lab,
			 const struct regime_rogue *rogue, int regime)
{
	int ends[2], initrd_fd, status;

	*m = (struct regime_machine){.lab = lab, .rogue = rogue, .regime = regime};
	make_secret(m->secret);
	status = build_initrd(m, &initrd_fd);
	if (status)
		return status;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		say("no socket can be made (%s): close some files and try again", strerror(errno));
		close(initrd_fd);
		return STATUS_FAILED;
	}
	m->started_ns = monotonic_ns();
	status = start_emulator(m, initrd_fd, ends[1]);
	close(initrd_fd);
	close(ends[1]);
	m->link_fd = ends[0];
	if (status) {
		close(m->link_fd);
		return status;
	}
	stall_clock_start(&m->silence, m->qemu.pid);
	stall_clock_start(&m->whole, m->qemu.pid);
	return 0;
}

/* ---- to the guest: little enough that it always finds room ---- */

static void send_frame(struct regime_machine *m, unsigned kind, unsigned channel,
		       const void *payload, size_t len)
{
	uint8_t frame[HOSTLINK_HEADER_BYTES + 64];
	size_t size = link_put_frame(frame, kind, channel, payload, len);

	if (send(m->link_fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
		m->seen.gone = true;
}

static void send_u32(struct regime_machine *m, unsigned kind, unsigned channel, uint32_t value)
{
	uint8_t payload[4];

	link_put_u32(payload, value);
	send_frame(m, kind, channel, payload, sizeof(payload));
}

/* By now the witness has had its standard input open for long, so there is credit. */
static void ask(struct regime_machine *m)
{
	char question[8 + SECRET_LEN];
	int len = snprintf(question, sizeof(question), "ask %s\n", m->secret);

	m->seen.phase = PHASE_ASKED;
	send_frame(m, HOSTLINK_DATA, HOSTLINK_STDIN, question, (size_t)len);
}

/* ---- from the guest ---- */

static void take_text(struct regime_machine *m, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			if (m->line_len < sizeof(m->line) - 1)
				m->line[m->line_len++] = (char)bytes[i];
			continue;
		}
		m->line[m->line_len] = '\0';
		m->line_len = 0;
		if (regime_see_line(&m->seen, m->line, m->secret))
			stall_clock_renew(&m->silence);
	}
}

static int on_data(void *ctx, unsigned channel, const uint8_t *bytes, size_t len)
{
	struct regime_machine *m = ctx;
	uint32_t grant;

	if (channel != HOSTLINK_STDOUT)
		return 0;
	take_text(m, bytes, len);
	if (link_window_receive(&m->window, len))
		return -EPROTO;
	grant = link_window_consume(&m->window, len);
	if (grant)
		send_u32(m, HOSTLINK_CREDIT, HOSTLINK_STDOUT, grant);
	return 0;
}

static int on_message(void *ctx, unsigned kind, unsigned channel, const uint8_t *payload,
		      size_t len)
{
	struct regime_machine *m = ctx;

	(void)channel;
	(void)len;
	if (kind == HOSTLINK_ALIVE)
		m->seen.beats++;
	if (kind != HOSTLINK_HELLO)
		return 0;
	if (link_get_u32(payload) != HOSTLINK_VERSION)
		return -EPROTO;
	send_u32(m, HOSTLINK_HELLO, HOSTLINK_CONTROL, HOSTLINK_VERSION);
	send_u32(m, HOSTLINK_CREDIT, HOSTLINK_STDOUT, link_window_open(&m->window));
	send_frame(m, HOSTLINK_HANGUP, HOSTLINK_STDERR, NULL, 0);
	return 0;
}

static void take_link(struct regime_machine *m)
{
	static const struct link_events events = {.data = on_data, .message = on_message};
	uint8_t bytes[16384];
	ssize_t n = recv(m->link_fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A broken stream is a broken machine. */
	if (n <= 0 || link_decode(&m->decoder, bytes, (size_t)n, &events, m))
		m->seen.gone = true;
}

static void look_for_panic(struct regime_machine *m)
{
	const char *at = strstr(m->serial, "panic: ");
	size_t len = 0;

	if (!at || m->seen.panic[0])
		return;
	at += strlen("panic: ");
	if (!strchr(at, '\n'))
		return; /* the rest of the line is under way */
	while (len < sizeof(m->seen.panic) - 1 && isprint((unsigned char)at[len]))
		len++;
	memcpy(m->seen.panic, at, len);
}

static void take_log(struct regime_machine *m, int *fd, bool is_serial)
{
	char text[4096];
	ssize_t n = read(*fd, text, sizeof(text));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	if (m->lab->verbose)
		say_text(text, (unsigned long)n);
	if (!is_serial)
		return;
	for (ssize_t i = 0; i < n && m->serial_len < SERIAL_KEPT - 1; i++)
		if (text[i] && text[i] != '\r')
			m->serial[m->serial_len++] = text[i];
	m->seen.on_console = strstr(m->serial, "\nrogue on the wire\n") != NULL;
	look_for_panic(m);
}

/* ---- the loop's side ---- */

void regime_machine_poll(const struct regime_machine *m, struct pollfd *polled)
{
	polled[0] = (struct pollfd){.fd = m->seen.gone ? -1 : m->link_fd, .events = POLLIN};
	polled[1] = (struct pollfd){.fd = m->qemu.serial_fd, .events = POLLIN};
	polled[2] = (struct pollfd){.fd = m->qemu.errors_fd, .events = POLLIN};
}

void regime_machine_take(struct regime_machine *m, const struct pollfd *polled)
{
	if (polled[1].revents)
		take_log(m, &m->qemu.serial_fd, true);
	if (polled[2].revents)
		take_log(m, &m->qemu.errors_fd, false);
	if (polled[0].revents)
		take_link(m);
	if (regime_seen_enough(&m->seen, m->rogue->stays))
		ask(m);
}

bool regime_machine_is_over(struct regime_machine *m)
{
	struct regime_seen *s = &m->seen;
	int64_t limit = (int64_t)m->lab->limit_s * 1000000000;
	int64_t silent = stall_clock_spent_ns(&m->silence), whole = stall_clock_spent_ns(&m->whole);

	if (s->phase == PHASE_STARTS)
		limit += START_LIMIT_S * 1000000000ll;
	if (s->gone && m->qemu.serial_fd >= 0 && silent < limit)
		return false;	     /* its last words are in the pipe */
	s->silent = silent >= limit; /* V1 */
	return s->answered || s->gone || s->silent || whole >= WHOLE_LIMITS * limit; /* V2 */
}

void regime_machine_stop(struct regime_machine *m)
{
	m->ended_ns = monotonic_ns();
	qemu_stop(&m->qemu);
	if (m->qemu.serial_fd >= 0)
		close(m->qemu.serial_fd);
	if (m->qemu.errors_fd >= 0)
		close(m->qemu.errors_fd);
	close(m->link_fd);
}
