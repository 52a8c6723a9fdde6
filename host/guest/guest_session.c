// SPDX-License-Identifier: MIT
/*
 * guest_session.c -- one guest, from its files to its end.
 *
 * Idea.  Build the initrd, start QEMU with one end of a socket pair, relay bytes until the program
 *   has ended, end QEMU, and turn the result into an exit status and, if necessary, a message.
 * Invariants.
 *   S1  On every return the emulator has been reaped and the terminal has its former settings.
 *   S2  A successful run without -v prints nothing.
 * Tests.  tests/system; its parts have unit tests.
 */
#include "guest/guest_session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "guest/debugger.h"
#include "image/program_files.h"
#include "guest/guest_files.h"
#include "image/guest_user.h"
#include "base/monotonic.h"
#include "base/paths.h"
#include "link/relay.h"
#include "guest/qemu.h"
#include "guest/qemu_sandbox.h"
#include "base/say.h"
#include "base/signals.h"
#include "link/terminal.h"
#include "link/watchdog.h"

/* What the kernel and init need besides the initrd. */
#define KERNEL_NEEDS_BYTES (4ull << 20)
/* How often a watchdog restarts a guest that has no terminal. */
#define RESTARTS_MAX 3

struct run_state {
	const struct session *session;
	struct report *report;
	struct qemu qemu;
	struct debugger debugger;
	char *kernel;
	struct guest_user user;
	int initrd_fd;
	int link_fds[2];    /* ours, the guest's */
	int monitor_fds[2]; /* ours, the emulator's; only with a watchdog */
	struct watchdog watchdog;
	struct relay_result result;
};

int session_open_base(struct file_map *base)
{
	char *path = paths_find(PART_INITRAMFS);
	int err;

	*base = (struct file_map){"", 0};
	if (!path)
		return STATUS_FAILED;
	err = file_map_open(base, path);
	if (err)
		say("the initramfs %s cannot be read (%s): run 'make' in Creance's source", path,
		    strerror(-err));
	free(path);
	return err ? STATUS_FAILED : 0;
}

bool session_has_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* ---- before the start ---- */

/* Do @len bytes of files fit into the guest's memory? */
static int check_memory(const struct session *s, uint64_t len)
{
	if (len + KERNEL_NEEDS_BYTES <= s->options->memory_bytes)
		return 0;
	say("the guest's files need %llu MiB, which does not fit into --memory %lluM: give it %lluM or more",
	    (unsigned long long)(len >> 20), (unsigned long long)(s->options->memory_bytes >> 20),
	    (unsigned long long)((2 * len + KERNEL_NEEDS_BYTES) >> 20));
	return STATUS_FAILED;
}

static int build_files(struct run_state *r)
{
	const struct session *s = r->session;
	const char *host_term = getenv("TERM");
	char *term = must_format("TERM=%s", host_term && *host_term ? host_term : "dumb");
	const char *const defaults[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		r->user.uid == 0 ? "HOME=/root" : "HOME=/tmp", term, NULL};
	const char **environment = guest_environment(defaults, s->options->env);
	struct file_tree tree;
	struct guest_files files = {
		.base = s->base,
		.tree = &tree,
		.mode = s->console ? HOSTLINK_MODE_SHELL : HOSTLINK_MODE_RUN,
		.path = s->path,
		.argv = s->argv,
		.envp = environment,
		.user = &r->user,
		.input = s->input,
		.input_bytes = s->input_bytes,
	};
	uint64_t len = 0;

	file_tree_init(&tree, s->base);
	tree.user = r->user;
	int status = program_files_collect(&tree, s->program, s->options);

	/*
	 * Check before copying, because there may be very many. The guest's file system uses at
	 * most half of the memory for pages that are not taken from the archive.
	 */
	if (!status)
		status = check_memory(s, s->base->len + tree.bytes + 2 * tree.copied_bytes);
	if (!status && guest_files_build(&files, &r->initrd_fd, &len))
		status = STATUS_FAILED;
	if (!status)
		status = check_memory(s, len);
	file_tree_fini(&tree);
	free(environment);
	free(term);
	return status;
}

static char *kernel_options(const struct session *s)
{
	const struct guest_options *o = s->options;

	/*
	 * A kernel that panics must switch the machine off, so that the end is reported; a debugger
	 * needs the machine as the panic left it.
	 */
	const char *on_panic = o->watchdog_s ? " " WATCHDOG_KERNEL_OPTIONS
			       : s->debug    ? ""
					     : " panic=poweroff";

	/* Counted runs must be identical; a debugger expects the addresses of the link. */
	const char *chance = o->icount ? " norandmaps nokaslr" : s->debug ? " nokaslr" : "";

	return must_format("console=%s%s%s%s%s%s%s", s->console ? "hvc0" : "ttyS0",
			   o->verbose ? "" : " quiet", on_panic, chance,
			   s->listens_only ? " hostlink_oneway" : "", o->append ? " " : "",
			   o->append ? o->append : "");
}

static int choose_accel(const struct guest_options *o, bool *kvm)
{
	*kvm = false;
	if (o->accel == ACCEL_KVM) {
		*kvm = true;
		if (access("/dev/kvm", R_OK | W_OK) == 0)
			return 0;
		if (errno == ENOENT)
			say("this host has no /dev/kvm: load the kvm module, or leave out --accel kvm");
		else
			say("/dev/kvm may not be used (%s): join the group kvm, or leave out --accel kvm",
			    strerror(errno));
		return STATUS_FAILED;
	}
	if (o->accel == ACCEL_AUTO && !o->icount)
		*kvm = qemu_kvm_is_usable();
	return 0;
}

static int start_emulator(struct run_state *r)
{
	const struct session *s = r->session;
	struct qemu_command command;
	struct qemu_setup setup = {
		.options = s->options,
		.emulator = paths_emulator(),
		.kernel = r->kernel,
		.initrd_fd = r->initrd_fd,
		.link_fd = r->link_fds[1],
		.memory_fd = s->memory_fd,
		.sandbox = qemu_sandbox_is_there(paths_emulator()),
		.may_reboot = s->console || s->options->watchdog_s,
		.monitor_fd = r->monitor_fds[1],
		.gdb_socket = r->debugger.socket,
	};
	int status = choose_accel(s->options, &setup.kvm);

	if (status)
		return status;
	char *options = kernel_options(s);
	setup.kernel_options = options;
	qemu_command_build(&command, &setup);
	if (s->options->verbose) {
		char *text = qemu_command_text(&command);

		say("%s", text);
		free(text);
	}
	status = qemu_start(&r->qemu, &command, r->link_fds[1], r->initrd_fd) ? STATUS_FAILED : 0;
	qemu_command_fini(&command);
	free(options);
	/* Now only the emulator has the guest's end open: when it exits, the link ends. */
	close(r->link_fds[1]);
	close(r->initrd_fd);
	if (r->monitor_fds[1])
		close(r->monitor_fds[1]);
	r->link_fds[1] = -1;
	r->initrd_fd = -1;
	return status;
}

/* ---- while it runs ---- */

/* SIGTSTP: the guest stops and continues together with this process. */
static void suspend_both(void *ctx)
{
	struct run_state *r = ctx;
	bool raw = terminal_is_raw();

	kill(r->qemu.pid, SIGSTOP);
	terminal_restore();
	raise(SIGSTOP);
	if (raw && terminal_raw(STDIN_FILENO))
		say("the terminal cannot be made raw again: type 'exit' to end the guest's shell");
	kill(r->qemu.pid, SIGCONT);
}

static void relay_guest(struct run_state *r, int64_t started_ns)
{
	const struct session *s = r->session;
	bool gdb_has_terminal = r->debugger.pid > 0;
	struct relay_setup setup = {
		.link_fd = r->link_fds[0],
		.serial_fd = r->qemu.serial_fd,
		.errors_fd = r->qemu.errors_fd,
		.in_fd = gdb_has_terminal ? -1 : STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.err_fd = STDERR_FILENO,
		.console = s->console,
		.listens_only = s->listens_only,
		/* With -v or the debug kernel the guest's own shutdown is of interest, too. */
		.wait_for_poweroff =
			s->wait_for_poweroff || s->options->verbose || s->options->debug_kernel,
		.waits = s->debug,
		.debugger_pid = r->debugger.pid,
		.watchdog = s->options->watchdog_s ? &r->watchdog : NULL,
		/* At a terminal the person decides when to give up. */
		.restarts_max = s->console ? 0 : RESTARTS_MAX,
		.started_ns = started_ns,
		.report = r->report,
		.suspend = suspend_both,
		.suspend_ctx = r,
	};

	if (setup.watchdog)
		watchdog_start(&r->watchdog, s->options->watchdog_s, r->qemu.pid,
			       r->monitor_fds[0]);
	relay_run(&setup, &r->result);
}

/* ---- afterwards ---- */

static int status_of_wait(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return STATUS_SIGNAL + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

static int status_of_exec(const struct session *s, int err)
{
	switch (err) {
	case ENOENT:
		say("%s, or the interpreter it names, is not in the guest: check its first line",
		    s->path);
		return STATUS_NOT_FOUND;
	case ENOEXEC:
		say("%s has a form that the guest cannot execute: name an x86-64 program", s->path);
		break;
	case ENOMEM:
		say("%s does not fit into the guest's memory: give more with --memory", s->path);
		break;
	case E2BIG:
		say("the arguments and environment of %s are too long for the guest: shorten them",
		    s->path);
		break;
	default:
		say("%s cannot be executed in the guest (%s): check the file", s->path,
		    strerror(err));
	}
	return STATUS_NOT_EXECUTABLE;
}

static int status_of_death(const struct run_state *r, int emulator_status)
{
	if (WIFSIGNALED(emulator_status)) {
		say("the emulator was killed by signal %d (%s): perhaps this host is out of memory",
		    WTERMSIG(emulator_status), strsignal(WTERMSIG(emulator_status)));
	} else if (WEXITSTATUS(emulator_status) != 0 && !r->result.hello) {
		if (qemu_version_is_enough(paths_emulator()))
			report_no_start(r->report, WEXITSTATUS(emulator_status));
	} else if (!r->result.hello) {
		report_death(r->report, "the guest died while its kernel started");
	} else if (!r->result.ready) {
		report_death(r->report, "the guest died before its init ran");
	} else {
		report_death(
			r->report,
			"the guest stopped before its program ended (crash, reset or power-off)");
	}
	return STATUS_FAILED;
}

/* gdb's "kill", which is also its "quit", ends the emulator. */
static bool was_ended_by_debugger(const struct run_state *r)
{
	const struct report_log *log = &r->report->emulator;

	return r->session->debug && memmem(log->text, log->len, "GDBstub", strlen("GDBstub"));
}

static int status_of_protocol(const struct run_state *r)
{
	if (r->result.value)
		say("the kernel image speaks version %d of the host link and this command version %u: build both "
		    "again with 'make'",
		    r->result.value, HOSTLINK_VERSION);
	else
		report_death(r->report,
			     "the guest sent an invalid frame on the host link, and was ended");
	return STATUS_FAILED;
}

static int status_of_result(struct run_state *r, int emulator_status)
{
	switch (r->result.outcome) {
	case RELAY_EXITED:
		return status_of_wait(r->result.value);
	case RELAY_FAILED:
		return status_of_exec(r->session, r->result.value);
	case RELAY_DIED:
		if (was_ended_by_debugger(r))
			return 0;
		return status_of_death(r, emulator_status);
	case RELAY_SIGNALLED:
		return STATUS_SIGNAL + r->result.value;
	case RELAY_ESCAPED:
		say("the guest was ended, as you asked by Ctrl-] three times");
		return STATUS_FAILED;
	case RELAY_DEBUGGER_ENDED:
		return 0;
	case RELAY_HUNG:
		say("the guest stopped answering after each of %d restarts: it was ended",
		    r->result.value);
		return STATUS_FAILED;
	case RELAY_PROTOCOL:
		return status_of_protocol(r);
	}
	return STATUS_FAILED;
}

static void say_times(const struct relay_result *result)
{
	say("after QEMU's start: kernel's driver %.1f ms, init %.1f ms, end %.1f ms",
	    (double)result->hello_ns / 1e6, (double)result->ready_ns / 1e6,
	    (double)result->exit_ns / 1e6);
}

/* Also without -v: a program that ended for this reason usually cannot report it. */
static void say_out_of_memory(const struct run_state *r)
{
	const struct hostlink_out_of_memory *o = &r->result.out_of_memory;
	uint64_t megabytes = r->session->options->memory_bytes >> 20;

	if (!o->victims)
		return;
	say("the guest ran out of memory (%llu MiB) and ended %s[%d]%s: give it more with --memory %lluM",
	    (unsigned long long)megabytes, o->last_name, o->last_pid,
	    o->victims > 1 ? " and others before it" : "", 2 * (unsigned long long)megabytes);
}

static int conclude(struct run_state *r)
{
	int emulator_status = qemu_stop(&r->qemu);

	terminal_restore();
	if (r->session->debug) /* gdb has the terminal until its end */
		debugger_fini(&r->debugger);
	if (r->session->options->verbose)
		say_times(&r->result);
	say_out_of_memory(r);
	if (r->result.out_error)
		say("standard output took no more (%s): free space where it goes",
		    strerror(r->result.out_error));
	if (r->result.err_error)
		say("standard error took no more (%s): free space where it goes",
		    strerror(r->result.err_error));
	return status_of_result(r, emulator_status);
}

static enum part kernel_part(const struct session *s)
{
	bool debug = s->options->debug_kernel || (s->debug && !s->options->release_kernel);

	return debug ? PART_KERNEL_DEBUG : PART_KERNEL_RELEASE;
}

char *session_kernel(const struct session *session)
{
	return paths_find(kernel_part(session));
}

static int choose_user(struct run_state *r)
{
	const struct session *s = r->session;

	if (s->options->user)
		return guest_user_parse(s->options->user, s->base, &r->user) ? STATUS_FAILED : 0;
	r->user = s->as_root ? (struct guest_user){0, 0} : guest_user_default();
	return 0;
}

static int prepare(struct run_state *r)
{
	int status = choose_user(r);

	if (status)
		return status;
	r->kernel = session_kernel(r->session);
	if (!r->kernel)
		return STATUS_FAILED;
	status = build_files(r);
	if (status)
		return status;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, r->link_fds) < 0) {
		say("no socket can be made (%s): close some files and try again", strerror(errno));
		return STATUS_FAILED;
	}
	if (r->session->options->watchdog_s &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, r->monitor_fds) <
		    0) {
		say("no socket can be made (%s): close some files and try again", strerror(errno));
		return STATUS_FAILED;
	}
	if (r->session->debug && debugger_init(&r->debugger))
		return STATUS_FAILED;
	return 0;
}

static int run_prepared(struct run_state *r)
{
	const struct session *s = r->session;
	bool gdb_on_terminal = s->debug && !s->options->no_gdb && isatty(STDIN_FILENO);
	int64_t started_ns = monotonic_ns();
	int status;

	signals_install(gdb_on_terminal);
	status = start_emulator(r);
	if (status)
		return status;
	if (s->debug && debugger_start(&r->debugger, r->kernel, gdb_on_terminal)) {
		qemu_stop(&r->qemu);
		return STATUS_FAILED;
	}
	if (s->console && terminal_raw(STDIN_FILENO)) {
		qemu_stop(&r->qemu);
		say("the terminal cannot be made raw: give the script on standard input instead");
		return STATUS_FAILED;
	}
	relay_guest(r, started_ns);
	return conclude(r);
}

int session_run(const struct session *session)
{
	struct run_state r = {.session = session, .initrd_fd = -1, .link_fds = {-1, -1}};
	int status;

	r.report = must_alloc(sizeof(*r.report));
	r.report->verbose = session->options->verbose;
	status = prepare(&r);
	if (!status)
		status = run_prepared(&r);
	if (session->result)
		*session->result = r.result;
	free(r.kernel);
	free(r.report);
	return status;
}
