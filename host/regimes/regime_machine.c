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

#include <errno.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/monotonic.h"
#include "base/say.h"
#include "guest/guest_files.h"

enum { WHOLE_LIMITS = 15, START_LIMIT_S = 20 };

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

/* ---- to the guest ---- */

/* By now the witness has long had its standard input open, so there is credit. */
static void ask(struct regime_machine *m)
{
	char question[8 + SECRET_LEN];
	int len = snprintf(question, sizeof(question), "ask %s\n", m->secret);

	m->seen.phase = PHASE_ASKED;
	link_end_send(&m->guest.end, HOSTLINK_DATA, HOSTLINK_STDIN, question, (size_t)len);
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

static void on_hello(void *ctx)
{
	struct regime_machine *m = ctx;

	link_end_send_u32(&m->guest.end, HOSTLINK_HANGUP, HOSTLINK_STDERR, EPIPE);
}

static int on_data(void *ctx, unsigned channel, const uint8_t *bytes, size_t len)
{
	struct regime_machine *m = ctx;

	if (channel != HOSTLINK_STDOUT)
		return 0;
	take_text(m, bytes, len);
	link_end_consumed(&m->guest.end, channel, len);
	return 0;
}

static int on_message(void *ctx, unsigned kind, unsigned channel, const uint8_t *payload,
		      size_t len)
{
	struct regime_machine *m = ctx;

	(void)channel;
	(void)payload;
	(void)len;
	if (kind == HOSTLINK_ALIVE)
		m->seen.beats++;
	return 0;
}

/* The console's text so far: what is of interest in it, if it was not seen yet. */
static void on_serial(void *ctx, const char *bytes, size_t len)
{
	static const char sign[] = "\nrogue on the wire\n", panic[] = "panic: ";
	struct regime_machine *m = ctx;
	const struct report_log *log = &m->guest.end.report.guest;
	const char *end = log->text + log->len, *at;

	(void)bytes;
	(void)len;
	if (memmem(log->text, log->len, sign, strlen(sign)))
		m->seen.on_console = true;
	at = memmem(log->text, log->len, panic, strlen(panic));
	if (!at || m->seen.panic[0] || !memchr(at, '\n', (size_t)(end - at)))
		return; /* no panic, or the rest of its line is still to come */
	at += strlen(panic);
	for (len = 0; len < sizeof(m->seen.panic) - 1 && isprint((unsigned char)at[len]); len++)
		m->seen.panic[len] = at[len];
}

/* ---- for the loop over all machines ---- */

int regime_machine_start(struct regime_machine *m, const struct regime_lab *lab,
			 const struct regime_rogue *rogue, int regime)
{
	static const struct link_end_events events = {.hello = on_hello,
						      .frames = {.data = on_data,
								 .message = on_message},
						      .serial = on_serial};
	char kernel_options[128];
	struct qemu_setup setup = {
		.options = lab->options,
		.kernel = lab->kernel,
		.kernel_options = kernel_options,
	};
	int status;

	*m = (struct regime_machine){.lab = lab, .rogue = rogue, .regime = regime};
	make_secret(m->secret);
	snprintf(kernel_options, sizeof(kernel_options),
		 "console=ttyS0 quiet panic=poweroff heartbeat=100ms regime=%s",
		 regime_names[regime]);
	status = build_initrd(m, &setup.initrd_fd);
	if (!status)
		status = guest_start(&m->guest, &setup, GUEST_HAS_LINK);
	if (status)
		return status;
	m->guest.end.events = &events;
	m->guest.end.ctx = m;
	stall_clock_start(&m->silence, m->guest.qemu.pid);
	stall_clock_start(&m->whole, m->guest.qemu.pid);
	return 0;
}

void regime_machine_poll(const struct regime_machine *m, struct pollfd *polled)
{
	link_end_poll(&m->guest.end, polled);
}

void regime_machine_take(struct regime_machine *m, const struct pollfd *polled)
{
	int err = link_end_take(&m->guest.end, polled);

	if (regime_seen_enough(&m->seen, m->rogue->stays))
		ask(m);
	if (err || link_end_flush(&m->guest.end))
		m->seen.gone = true; /* a broken stream is a broken machine */
}

bool regime_machine_is_over(struct regime_machine *m)
{
	struct regime_seen *s = &m->seen;
	int64_t limit = (int64_t)m->lab->limit_s * 1000000000;
	int64_t silent = stall_clock_spent_ns(&m->silence), whole = stall_clock_spent_ns(&m->whole);

	if (s->phase == PHASE_STARTS)
		limit += START_LIMIT_S * 1000000000ll;
	if (s->gone && m->guest.end.serial_fd >= 0 && silent < limit)
		return false;	     /* its last words are in the pipe */
	s->silent = silent >= limit; /* V1 */
	return s->answered || s->gone || s->silent || whole >= WHOLE_LIMITS * limit; /* V2 */
}

void regime_machine_stop(struct regime_machine *m)
{
	int emulator_status;

	m->seconds = (double)(monotonic_ns() - m->guest.started_ns) / 1e9;
	emulator_status = guest_stop(&m->guest);
	if (m->seen.phase == PHASE_STARTS)
		guest_was_refused(&m->guest, emulator_status);
}
