// SPDX-License-Identifier: MIT
/*
 * bench_guest.c -- a machine, a kernel and a program that measures, from start to end.
 *
 * Idea.  The guest talks through its serial port only, which both kernels have, so that nothing of
 *   the host link is in what is measured. Every run has its own machine; nothing is left of it.
 * Invariants.
 *   B1  The emulator has been reaped on every return.
 *   B2  Only a guest that has printed nothing yet is started again: no figure is taken twice.
 *   B3  Lines of the guest are escaped before anything is made of them, for parts of them are
 *       printed.
 * Cost.  With on_trace, one line of text for each instruction of the guest: about a million a
 *   second. The log goes through a pipe and is never stored.
 * Tests.  tests/system/bench.t, tests/system/budgets.t.
 */
#include "bench/bench_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "base/paths.h"
#include "lib/printable.h"
#include "guest/qemu.h"
#include "guest/qemu_sandbox.h"
#include "base/report.h"
#include "base/say.h"
#include "base/signals.h"

enum { LINE_MAX_BYTES = 1024, TRACE_PIPE_BYTES = 1 << 20 };

enum outcome { RUNNING, DONE, ENDED, SILENT, SIGNALLED };

struct bench_run {
	const struct bench_guest *guest;
	struct qemu qemu;
	struct report report;
	enum outcome outcome;
	int signal;
	bool heard;	     /* on_line took a line */
	int64_t deadline_ns; /* for the next line */
	int trace_fd;	     /* our end; -1: none */
	size_t line_len;
	char line[LINE_MAX_BYTES];
};

static void build_command(struct qemu_command *c, const struct bench_guest *g, int trace_fd)
{
	const char *machine =
		g->machine == MACHINE_MICROVM ? QEMU_MICROVM : machine_names[g->machine];
	const char *const words[] = {paths_emulator(),
				     "-nodefaults",
				     "-no-user-config",
				     "-display",
				     "none",
				     "-no-reboot",
				     "-accel",
				     "tcg",
				     "-smp",
				     "1",
				     "-m",
				     "256M",
				     "-chardev",
				     "stdio,id=serial,signal=off",
				     "-serial",
				     "chardev:serial",
				     "-cpu",
				     g->cpu,
				     "-machine",
				     machine,
				     "-kernel",
				     g->kernel,
				     "-initrd",
				     g->initramfs,
				     "-append",
				     g->words};
	static const char *const icount[] = {"-icount", "shift=0,sleep=off",
					     "-seed",	"1",
					     "-rtc",	"base=2026-01-01T00:00:00,clock=vm"};

	*c = (struct qemu_command){0};
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		qemu_command_add(c, "%s", words[i]);
	if (qemu_sandbox_is_there(paths_emulator())) {
		qemu_command_add(c, "-sandbox");
		qemu_command_add(c, "%s", QEMU_SANDBOX);
	}
	if (g->machine != MACHINE_MICROVM) {
		qemu_command_add(c, "-vga");
		qemu_command_add(c, "none");
	}
	for (unsigned i = 0; g->icount && i < sizeof(icount) / sizeof(icount[0]); i++)
		qemu_command_add(c, "%s", icount[i]);
	if (trace_fd < 0)
		return;
	/* Translated blocks of one instruction, each entered by the loop that logs it. */
	qemu_command_add(c, "-singlestep");
	qemu_command_add(c, "-d");
	qemu_command_add(c, "exec,nochain");
	qemu_command_add(c, "-D");
	qemu_command_add(c, "/proc/self/fd/%d", trace_fd);
}

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
	heard = r->guest->on_line(r->guest->ctx, shown);
	if (heard == BENCH_NOT_OURS)
		return;
	r->heard = true;
	allow_seconds(r, r->guest->silence_seconds);
	if (heard == BENCH_DONE)
		r->outcome = DONE;
}

static void take_serial(struct bench_run *r, const char *bytes, size_t len)
{
	report_feed(&r->report, &r->report.guest, bytes, len);
	for (size_t i = 0; i < len && r->outcome == RUNNING; i++) {
		if (bytes[i] == '\n')
			take_line(r);
		else if (r->line_len < LINE_MAX_BYTES - 1)
			r->line[r->line_len++] = bytes[i];
	}
}

/* Read what there is of *fd; at its end close it. Returns: the bytes read. */
static size_t read_some(int *fd, char *bytes, size_t size)
{
	ssize_t n = read(*fd, bytes, size);

	if (n > 0)
		return (size_t)n;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	close(*fd);
	*fd = -1;
	return 0;
}

static void read_serial(struct bench_run *r)
{
	char bytes[4096];
	size_t n = read_some(&r->qemu.serial_fd, bytes, sizeof(bytes));

	take_serial(r, bytes, n);
	if (r->qemu.serial_fd < 0 && r->outcome == RUNNING)
		r->outcome = ENDED;
}

static void read_errors(struct bench_run *r)
{
	char bytes[4096];
	size_t n = read_some(&r->qemu.errors_fd, bytes, sizeof(bytes));

	report_feed(&r->report, &r->report.emulator, bytes, n);
}

static void read_trace(struct bench_run *r)
{
	static char bytes[1 << 18];
	size_t n = read_some(&r->trace_fd, bytes, sizeof(bytes));

	r->guest->on_trace(r->guest->ctx, bytes, n);
}

/* Stop and continue together with the guest; its time to answer starts again. */
static void suspend(struct bench_run *r)
{
	kill(r->qemu.pid, SIGSTOP);
	raise(SIGSTOP);
	kill(r->qemu.pid, SIGCONT);
	allow_seconds(r, r->heard ? r->guest->silence_seconds : r->guest->start_seconds);
}

static void take_signals(struct bench_run *r)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	unsigned set = signals_take();

	if (set & (1u << SIGTSTP))
		suspend(r);
	for (unsigned i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		if (!(set & (1u << ending[i])))
			continue;
		r->outcome = SIGNALLED;
		r->signal = ending[i];
		return;
	}
}

static void listen_once(struct bench_run *r)
{
	struct pollfd polled[] = {{.fd = signals_fd(), .events = POLLIN},
				  {.fd = r->qemu.serial_fd, .events = POLLIN},
				  {.fd = r->qemu.errors_fd, .events = POLLIN},
				  {.fd = r->trace_fd, .events = POLLIN}};
	int64_t left_ms = (r->deadline_ns - monotonic_ns()) / 1000000;

	if (left_ms <= 0) {
		r->outcome = SILENT;
		return;
	}
	if (poll(polled, 4, (int)left_ms) < 0)
		return; /* EINTR: the handler has written to signals_fd */
	if (polled[0].revents)
		take_signals(r);
	/*
	 * The log before the console: what the guest says comes after what it has executed, and so
	 * the log is complete up to the last line of the console when that is taken.
	 */
	if (polled[3].revents && r->outcome == RUNNING)
		read_trace(r);
	else if (polled[1].revents && r->outcome == RUNNING)
		read_serial(r);
	if (polled[2].revents)
		read_errors(r);
}

static int start(struct bench_run *r)
{
	const struct bench_guest *g = r->guest;
	struct qemu_command command;
	int pipe_fds[2] = {-1, -1};
	int err;

	if (g->on_trace && pipe2(pipe_fds, O_CLOEXEC) < 0) {
		say("no pipe can be made (%s): close some files and try again", strerror(errno));
		return -EMFILE;
	}
	if (g->on_trace)
		fcntl(pipe_fds[0], F_SETPIPE_SZ, TRACE_PIPE_BYTES); /* only faster */
	build_command(&command, g, pipe_fds[1]);
	if (g->verbose) {
		char *text = qemu_command_text(&command);

		say("%s", text);
		free(text);
	}
	err = qemu_start(&r->qemu, &command, pipe_fds[1], -1);
	qemu_command_fini(&command);
	if (g->on_trace)
		close(pipe_fds[1]);
	r->trace_fd = pipe_fds[0];
	if (err && g->on_trace)
		close(pipe_fds[0]);
	return err;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/*
 * One attempt. Returns: as bench_guest_run; *again: it printed nothing, and may be started again.
 */
static int attempt(struct bench_run *r, bool *again)
{
	int emulator_status;

	*again = false;
	if (start(r))
		return STATUS_FAILED;
	allow_seconds(r, r->guest->start_seconds);
	while (r->outcome == RUNNING)
		listen_once(r);
	if (r->outcome == ENDED && r->qemu.errors_fd >= 0)
		read_errors(r);
	if (r->outcome == ENDED && !r->heard)
		usleep(20000); /* the emulator closes its output shortly before it exits */
	emulator_status = qemu_stop(&r->qemu); /* B1 */
	close_fd(r->qemu.serial_fd);
	close_fd(r->qemu.errors_fd);
	close_fd(r->trace_fd);
	if (r->outcome == DONE)
		return 0;
	if (r->outcome == SIGNALLED)
		return STATUS_SIGNAL + r->signal;
	*again = r->outcome == SILENT && !r->heard; /* B2 */
	if (WIFEXITED(emulator_status) && WEXITSTATUS(emulator_status) != 0 && !r->heard)
		report_no_start(&r->report, WEXITSTATUS(emulator_status));
	return STATUS_FAILED;
}

static void say_failure(const struct bench_run *r)
{
	const struct bench_guest *g = r->guest;
	char *how;

	if (r->outcome == SILENT && !r->heard)
		how = must_format(
			"%s did not get as far as the measuring program within %u s, %u times",
			g->name, g->start_seconds, g->attempts);
	else if (r->outcome == SILENT)
		how = must_format("%s has been silent for %u s in the middle of measuring", g->name,
				  g->silence_seconds);
	else
		how = must_format("%s died before it had measured all", g->name);
	report_death(&r->report, how);
	free(how);
}

int bench_guest_run(const struct bench_guest *guest)
{
	struct bench_run *r = must_alloc(sizeof(*r));
	int status = STATUS_FAILED;
	bool again = true;

	for (unsigned i = 0; i < guest->attempts && again; i++) {
		memset(r, 0, sizeof(*r));
		r->guest = guest;
		r->report.verbose = guest->verbose;
		r->trace_fd = -1;
		if (i > 0)
			say("%s does not answer after %u s (its clock sometimes cannot be calibrated): starting "
			    "it again",
			    guest->name, guest->start_seconds);
		status = attempt(r, &again);
	}
	if (status == STATUS_FAILED && r->outcome != RUNNING)
		say_failure(r);
	free(r);
	return status;
}
