// SPDX-License-Identifier: MIT
/*
 * guest.c -- a guest, from its start to its end.
 *
 * Idea.  Each connection is a pair of descriptors; the emulator inherits one end, and ours is
 *   closed here once it has started. So ours end when it does, however it does.
 * Invariants.
 *   G1  Whatever guest_start returns, the emulator's ends and the initrd are closed in this
 *       process.
 *   G2  After a failed start, or a stop, there is nothing left to stop: guest_stop may be called
 *       again.
 * Tests.  guest_test.c, hostile_guest_test.c, tests/system.
 */
#include "guest/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "base/paths.h"
#include "base/say.h"
#include "guest/qemu_sandbox.h"
#include "guest/qemu_words.h"
#include "link/terminal.h"

enum { LOG_PIPE_BYTES = 1 << 20 };

/* Should KVM run the guest? Returns: 0, or an exit status after a message. */
static int choose_accel(const struct guest_options *o, bool *kvm)
{
	*kvm = o->accel == ACCEL_KVM ||
	       (o->accel == ACCEL_AUTO && !o->icount && qemu_kvm_is_usable());
	if (o->accel != ACCEL_KVM || access("/dev/kvm", R_OK | W_OK) == 0)
		return 0;
	if (errno == ENOENT)
		say("this host has no /dev/kvm: load the kvm module, or leave out --accel kvm");
	else
		say("/dev/kvm may not be used (%s): join the group kvm, or leave out --accel kvm",
		    strerror(errno));
	return STATUS_FAILED;
}

static int make_ends(int *ours, int *theirs, bool is_pipe)
{
	int ends[2];
	int err = is_pipe ? pipe2(ends, O_CLOEXEC)
			  : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);

	if (err < 0) {
		say("no %s can be made (%s): close some files and try again",
		    is_pipe ? "pipe" : "socket", strerror(errno));
		return STATUS_FAILED;
	}
	*ours = ends[0];
	*theirs = ends[1];
	return 0;
}

/* Make what connects us to the emulator. */
static int make_connections(struct guest *g, struct qemu_setup *setup, unsigned has)
{
	int status = 0;

	if (has & GUEST_HAS_LINK)
		status = make_ends(&g->end.link_fd, &setup->link_fd, false);
	if (!status && has & GUEST_HAS_MONITOR) {
		status = make_ends(&g->monitor_fd, &setup->monitor_fd, false);
		if (!status) /* a watchdog must not wait for the emulator */
			fcntl(g->monitor_fd, F_SETFL, O_NONBLOCK);
	}
	if (!status && has & GUEST_HAS_LOG) {
		status = make_ends(&g->end.log_fd, &setup->log_fd, true);
		if (!status)
			fcntl(g->end.log_fd, F_SETPIPE_SZ, LOG_PIPE_BYTES); /* only faster */
	}
	return status;
}

static int start_emulator(struct guest *g, const struct qemu_setup *setup)
{
	struct qemu_command command;
	int err;

	qemu_command_build(&command, setup);
	if (setup->options->verbose) {
		char *text = qemu_command_text(&command);

		say("%s", text);
		free(text);
	}
	err = qemu_start(&g->qemu, &command);
	qemu_command_fini(&command);
	if (err)
		return STATUS_FAILED;
	g->end.serial_fd = g->qemu.serial_fd;
	g->end.errors_fd = g->qemu.errors_fd;
	return 0;
}

static void close_fd(int fd)
{
	if (fd > 0)
		close(fd);
}

int guest_start(struct guest *g, const struct qemu_setup *wanted, unsigned has)
{
	struct qemu_setup setup = *wanted;
	int status;

	*g = (struct guest){.options = wanted->options, .kernel = wanted->kernel};
	link_end_init(&g->end);
	g->end.report.verbose = setup.options->verbose;
	setup.emulator = paths_emulator();
	setup.sandbox = qemu_sandbox_is_there(setup.emulator);
	status = choose_accel(setup.options, &setup.kvm);
	if (!status)
		status = make_connections(g, &setup, has);
	g->started_ns = monotonic_ns();
	if (!status)
		status = start_emulator(g, &setup);
	/* Now only the emulator has its ends open: when it exits, ours end. */
	close_fd(setup.initrd_fd);
	close_fd(setup.link_fd);
	close_fd(setup.monitor_fd);
	close_fd(setup.log_fd);
	if (status)
		guest_stop(g);
	return status;
}

void guests_suspend(const struct guest *const *guests, unsigned nr)
{
	bool raw = terminal_is_raw();

	for (unsigned i = 0; i < nr; i++)
		kill(guests[i]->qemu.pid, SIGSTOP);
	terminal_restore();
	raise(SIGSTOP);
	if (raw && terminal_raw(STDIN_FILENO))
		say("the terminal cannot be made raw again: type 'exit' to end the guest's shell");
	for (unsigned i = 0; i < nr; i++)
		kill(guests[i]->qemu.pid, SIGCONT);
}

int guest_stop(struct guest *g)
{
	int status = qemu_stop(&g->qemu);

	if (!g->started_ns)
		return 0;
	link_end_close(&g->end);
	close_fd(g->monitor_fd);
	g->monitor_fd = 0;
	return status;
}

bool guest_was_refused(const struct guest *g, int emulator_status)
{
	const struct report_log *log = &g->end.report.emulator;
	bool crashed = WIFSIGNALED(emulator_status);
	char *words;

	/*
	 * What was killed was not refused: by a host that has no memory left, or by us, unless it
	 * had stopped the guest before.
	 */
	if (!g->end.stopped &&
	    (emulator_status == 0 || (crashed && WTERMSIG(emulator_status) == SIGKILL)))
		return false;
	words = qemu_words(log->text, log->len, g->options, g->kernel);
	if (crashed && !words)
		return false;
	if (words)
		say("%s", words);
	else if (qemu_version_is_enough(paths_emulator()))
		report_no_start(&g->end.report, WEXITSTATUS(emulator_status));
	free(words);
	return true;
}
