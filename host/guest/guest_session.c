// SPDX-License-Identifier: MIT
/*
 * guest_session.c -- one guest, from its files to its end.
 *
 * Idea.  Build the initrd, start QEMU with one end of a socket pair, relay bytes until the program
 *   has ended, end QEMU, and turn the result into an exit status and, if necessary, a message.
 * Invariants.
 *   S1  On every return the emulator has been reaped and the terminal has its former settings.
 *   S2  Without -v and a debugger, a run in which nothing was lost or refused prints nothing.
 * Tests.  tests/system; its parts have unit tests.
 */
#include "guest/guest_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/say.h"
#include "base/signals.h"
#include "guest/guest_files.h"
#include "image/program_files.h"
#include "link/terminal.h"

/* What the kernel and init need besides the initrd. */
#define KERNEL_NEEDS_BYTES (4ull << 20)
/* How often a watchdog restarts a guest that has no terminal. */
#define RESTARTS_MAX 3
/* Of a guest whose own end is of interest; a moment, but on a busy host that may be long. */
#define POWEROFF_WAIT_MS 30000
#define SHELL_PATH "/bin/sh"

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

/* Returns: 0 and *@initrd_fd, which the caller closes; or an exit status. */
static int build_files(const struct session *s, int *initrd_fd)
{
	const char *host_term = getenv("TERM");
	char *term = must_format("TERM=%s", host_term && *host_term ? host_term : "dumb");
	const char *const defaults[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		s->user.uid == 0 ? "HOME=/root" : "HOME=/tmp", term, NULL};
	const char **environment = guest_environment(defaults, s->options->env.items);
	struct file_tree tree;
	struct guest_files files = {
		.base = &s->base,
		.tree = &tree,
		.mode = s->console ? HOSTLINK_MODE_SHELL : HOSTLINK_MODE_RUN,
		.path = s->path,
		.argv = (const char *const *)s->argv,
		.envp = environment,
		.user = &s->user,
		.input = s->input,
		.input_bytes = s->input_bytes,
		.streams_open = s->streams_open,
	};
	uint64_t len = 0;

	file_tree_init(&tree, &s->base);
	tree.user = s->user;
	int status = program_files_collect(&tree, s->shell ? NULL : &s->program, s->options);

	/*
	 * Check before copying, because there may be very many. The guest's file system uses at
	 * most half of the memory for pages that are not taken from the archive.
	 */
	if (!status)
		status = check_memory(s, s->base.len + tree.bytes + 2 * tree.copied_bytes);
	if (!status && guest_files_build(&files, initrd_fd, &len))
		status = STATUS_FAILED;
	if (!status) {
		status = check_memory(s, len);
		if (status)
			close(*initrd_fd);
	}
	file_tree_fini(&tree);
	free(environment);
	free(term);
	/* After success the relay takes the signal. */
	if (status && signals_noted_ending())
		status = STATUS_SIGNAL + signals_noted_ending();
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

	/*
	 * While a counted machine is idle, QEMU's clock jumps to the next timer: by ticks if there
	 * are some, else at once to the end of a timeout, though the host has just begun to answer.
	 */
	const char *tick = o->icount ? " nohz=off" : "";

	return must_format("console=%s%s%s%s%s%s%s%s", s->console ? "hvc0" : "ttyS0",
			   o->verbose ? "" : " quiet", on_panic, chance, tick,
			   s->listens_only ? " hostlink_oneway" : "", o->append ? " " : "",
			   o->append ? o->append : "");
}

static int start_guest(struct session *s)
{
	bool watched = s->options->watchdog_s > 0;
	struct qemu_setup setup = {
		.options = s->options,
		.kernel = s->kernel,
		.memory_fd = s->memory_fd,
		.may_reboot = s->console || watched,
		.gdb_socket = s->debugger.socket,
	};
	int status = build_files(s, &setup.initrd_fd);

	if (status)
		return status;
	char *words = kernel_options(s);
	setup.kernel_options = words;
	status = guest_start(&s->guest, &setup,
			     watched ? GUEST_HAS_LINK | GUEST_HAS_MONITOR : GUEST_HAS_LINK);
	free(words);
	return status;
}

/* ---- while it runs ---- */

static void suspend(void *ctx)
{
	const struct guest *guest = ctx;

	guests_suspend(&guest, 1);
}

static void relay_guest(struct session *s)
{
	bool gdb_has_terminal = s->debugger.pid > 0;
	struct relay_setup setup = {
		.end = &s->guest.end,
		.in_fd = gdb_has_terminal ? -1 : STDIN_FILENO,
		.out_fd = s->out_fd ? s->out_fd : STDOUT_FILENO,
		.err_fd = STDERR_FILENO,
		.console = s->console,
		.listens_only = s->listens_only,
		/* With -v or the debug kernel the guest's own shutdown is of interest, too. */
		.poweroff_wait_ms =
			s->wait_for_poweroff || s->options->verbose || s->options->debug_kernel
				? POWEROFF_WAIT_MS
				: 0,
		/* Who debugs wants the machine's end; at a terminal keys are the program's. */
		.passes_signals = !s->console && !s->listens_only && !s->debug,
		.waits = s->debug,
		.debugger_pid = s->debugger.pid,
		.watchdog = s->options->watchdog_s ? &s->watchdog : NULL,
		/* At a terminal the user decides when to give up. */
		.restarts_max = s->console ? 0 : RESTARTS_MAX,
		.started_ns = s->guest.started_ns,
		.suspend = suspend,
		.suspend_ctx = &s->guest,
	};

	if (setup.passes_signals)
		signals_install_user();
	if (setup.watchdog)
		watchdog_start(&s->watchdog, s->options->watchdog_s, s->guest.qemu.pid,
			       s->guest.monitor_fd);
	relay_run(&setup, &s->result);
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
	static const struct {
		int err;
		const char *what;
	} reasons[] = {
		{ENOENT,
		 ", or the interpreter it names, is not in the guest: check its first line"},
		{ENOEXEC, " has a form that the guest cannot execute: name an x86-64 program"},
		{ENOMEM, " does not fit into the guest's memory: give more with --memory"},
		{E2BIG, "'s arguments and environment are too long for the guest: shorten them"},
	};
	const char *what = NULL;

	for (unsigned i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].err == err)
			what = reasons[i].what;
	if (what)
		say("%s%s", s->path, what);
	else
		say("%s cannot be executed in the guest (%s): check the file", s->path,
		    strerror(err));
	return err == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

static int status_of_death(const struct session *s, int emulator_status)
{
	bool crashed = WIFSIGNALED(emulator_status);

	if ((!s->result.hello || s->guest.end.stopped) &&
	    guest_was_refused(&s->guest, emulator_status))
		return STATUS_FAILED;
	if (s->result.switched_off == HOSTLINK_POWER_OFF && s->shell)
		return 0;
	if (s->result.switched_off)
		say("the guest was %s from inside, before its program had ended",
		    s->result.switched_off == HOSTLINK_RESTART ? "restarted" : "switched off");
	else if (crashed && WTERMSIG(emulator_status) == SIGKILL)
		say("the emulator was killed: perhaps this host is out of memory; give the guest less with --memory, or end other programs");
	else if (crashed)
		report_death(&s->guest.end.report,
			     "the emulator crashed: try another --machine or --cpu");
	else
		report_death(&s->guest.end.report,
			     !s->result.hello	? "the guest died while its kernel started"
			     : !s->result.ready ? "the guest died before its init ran"
						: "the guest stopped before its program ended "
						  "(crash, reset or power-off)");
	return STATUS_FAILED;
}

/* gdb's "kill", which is also its "quit", ends the emulator. */
static bool was_ended_by_debugger(const struct session *s)
{
	const struct report_log *log = &s->guest.end.report.emulator;

	return s->debug && memmem(log->text, log->len, "GDBstub", strlen("GDBstub"));
}

static int status_of_protocol(const struct session *s)
{
	if (s->result.value)
		say("the kernel image speaks version %d of the host link and this command version %u: build both "
		    "again with 'make'",
		    s->result.value, HOSTLINK_VERSION);
	else
		report_death(&s->guest.end.report,
			     "the guest sent an invalid frame on the host link, and was ended");
	return STATUS_FAILED;
}

static int status_of_result(struct session *s, int emulator_status)
{
	switch (s->result.outcome) {
	case RELAY_EXITED:
		/* The program cannot have seen the loss of what it wrote last. */
		return s->result.value == 0 && (s->result.out_error || s->result.err_error)
			       ? STATUS_FAILED
			       : status_of_wait(s->result.value);
	case RELAY_FAILED:
		return status_of_exec(s, s->result.value);
	case RELAY_DIED:
		if (was_ended_by_debugger(s))
			return 0;
		return status_of_death(s, emulator_status);
	case RELAY_SIGNALLED:
		if (s->result.insisted)
			say("the guest was ended at the third signal within a second");
		return STATUS_SIGNAL + s->result.value;
	case RELAY_ESCAPED:
		say("the guest was ended, as you asked by Ctrl-] three times");
		return STATUS_FAILED;
	case RELAY_DEBUGGER_ENDED:
		return 0;
	case RELAY_HUNG:
		say("the guest stopped answering after each of %d restarts, and was ended: -v shows its log",
		    s->result.value);
		return STATUS_FAILED;
	case RELAY_PROTOCOL:
		return status_of_protocol(s);
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
static void say_out_of_memory(const struct session *s)
{
	const struct hostlink_out_of_memory *o = &s->result.out_of_memory;
	uint64_t megabytes = s->options->memory_bytes >> 20;

	if (!o->victims)
		return;
	say("the guest ran out of memory (%llu MiB) and ended %s[%d]%s: give it more with --memory %lluM",
	    (unsigned long long)megabytes, o->last_name, o->last_pid,
	    o->victims > 1 ? " and others before it" : "", 2 * (unsigned long long)megabytes);
}

/* The same for what else there was no more of. */
static void say_shortage(const struct session *s)
{
	const struct hostlink_shortage *short_of = &s->result.shortage;
	unsigned long long twice = 2 * (s->options->memory_bytes >> 20);

	if (short_of->disk)
		say("the guest's disk was full: it is a part of the memory, so give more with --memory %lluM",
		    twice);
	if (short_of->threads)
		say("the guest had reached a limit of processes and threads, and refused %u: raise 'ulimit -u' in it, or give more with --memory %lluM",
		    short_of->threads, twice);
}

/* gdb's words are only of a connection that is closed. */
static void say_debugged_end(const struct session *s)
{
	int status = s->result.value;

	if (!s->debug || s->result.outcome != RELAY_EXITED)
		return;
	if (WIFSIGNALED(status))
		say("signal %d ended the program (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		say("the program ended with exit status %d", WEXITSTATUS(status));
}

static int conclude(struct session *s)
{
	int emulator_status;

	say_debugged_end(s);
	emulator_status = guest_stop(&s->guest);
	terminal_restore();
	if (s->debug) /* gdb has the terminal until its end */
		debugger_fini(&s->debugger);
	if (s->options->verbose)
		say_times(&s->result);
	say_out_of_memory(s);
	say_shortage(s);
	if (s->result.out_error)
		say("standard output took no more (%s): free space where it goes",
		    strerror(s->result.out_error));
	if (s->result.err_error)
		say("standard error took no more (%s): free space where it goes",
		    strerror(s->result.err_error));
	return status_of_result(s, emulator_status);
}

int session_run(struct session *s)
{
	bool gdb_on_terminal = s->debug && !s->options->no_gdb && isatty(STDIN_FILENO);
	int status;

	if (s->debug && debugger_init(&s->debugger))
		return STATUS_FAILED;
	signals_install(gdb_on_terminal);
	status = start_guest(s);
	if (status)
		return status;
	if (s->debug && debugger_start(&s->debugger, s->kernel, gdb_on_terminal))
		return STATUS_FAILED;
	if (s->console && terminal_raw(STDIN_FILENO)) {
		say("the terminal cannot be made raw: give the script on standard input instead");
		return STATUS_FAILED;
	}
	relay_guest(s);
	return conclude(s);
}

/* ---- its parts ---- */

static int choose_user(struct session *s)
{
	if (s->options->user)
		return guest_user_parse(s->options->user, &s->base, &s->user) ? STATUS_FAILED : 0;
	s->user = s->shell ? (struct guest_user){0, 0} : guest_user_default();
	return 0;
}

/* Returns: an exit status. */
static int choose_program(struct session *s)
{
	const struct guest_options *o = s->options;
	unsigned nr = 0;
	int status;

	s->argv = must_alloc(sizeof(*s->argv) * ((size_t)o->nr_args + 3));
	if (s->shell) {
		/*
		 * The shell gets our terminal, if we have one: standard input and output both. With
		 * gdb on it there is none left.
		 */
		s->console =
			isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && (!s->debug || o->no_gdb);
		s->path = SHELL_PATH;
		s->argv[nr++] = s->console ? SHELL_PATH : "sh";
		if (s->console && o->nr_args == 0)
			s->argv[nr++] = "-l";
	} else {
		status = program_find(&s->program, o->args[0], &s->base);
		if (status)
			return status;
		s->path = s->program.guest_path;
	}
	for (int i = 0; i < o->nr_args; i++)
		s->argv[nr++] = o->args[i];
	return 0;
}

int session_open(struct session *s)
{
	bool debug_kernel = s->options->debug_kernel || (s->debug && !s->options->release_kernel);
	const char *given = getenv("CREANCE_KERNEL");
	int status = guest_files_open_base(&s->base);

	if (!status)
		status = choose_program(s);
	if (!status)
		status = choose_user(s);
	if (status)
		return status;
	s->kernel = paths_find(debug_kernel ? PART_KERNEL_DEBUG : PART_KERNEL_RELEASE);
	if (s->kernel && s->options->debug_kernel && strcmp(s->kernel, given ? given : "") == 0)
		say("--debug-kernel changes nothing, because CREANCE_KERNEL names the kernel: unset one of them");
	return s->kernel ? 0 : STATUS_FAILED;
}

void session_close(struct session *s)
{
	guest_stop(&s->guest); /* S1 */
	terminal_restore();
	if (s->debug)
		debugger_fini(&s->debugger);
	program_fini(&s->program);
	file_map_close(&s->base);
	free(s->argv);
	free(s->kernel);
}
