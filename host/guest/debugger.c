// SPDX-License-Identifier: MIT
#include "guest/debugger.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/say.h"
#include "base/signals.h"

#define SOCKET_LOOKS 12000 /* a minute or more */

static char *folder_to_remove, *socket_to_remove;

static void remove_folder(void)
{
	if (socket_to_remove)
		unlink(socket_to_remove);
	if (folder_to_remove)
		rmdir(folder_to_remove);
	socket_to_remove = NULL;
	folder_to_remove = NULL;
}

int debugger_init(struct debugger *d)
{
	const char *parent = getenv("XDG_RUNTIME_DIR");

	*d = (struct debugger){0};
	if (!parent || access(parent, W_OK) < 0)
		parent = "/tmp";
	/*
	 * A folder that only this user can enter: a process that reaches the stub controls the
	 * emulator.
	 */
	d->folder = must_format("%s/creance-XXXXXX", parent);
	if (!mkdtemp(d->folder)) {
		int err = errno;

		say("no folder for the debugger's socket can be made in %s (%s): free some space there",
		    parent, strerror(err));
		free(d->folder);
		d->folder = NULL;
		return -err;
	}
	d->socket = must_format("%s/gdb", d->folder);
	folder_to_remove = d->folder;
	socket_to_remove = d->socket;
	atexit(remove_folder);
	d->script = paths_find(PART_GDB_SCRIPT);
	return 0;
}

static bool emulator_has_ended(void)
{
	siginfo_t info = {0};

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0;
}

/*
 * QEMU makes the socket early in its start. A busy host may take long to get there, and gdb tries
 * to connect only once.
 */
static void wait_for_socket(const struct debugger *d)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	struct stat st;

	for (int i = 0; i < SOCKET_LOOKS && stat(d->socket, &st) < 0 && !emulator_has_ended(); i++)
		nanosleep(&pause, NULL);
}

int debugger_start(struct debugger *d, const char *kernel, bool on_terminal)
{
	char *connect = must_format("target remote %s", d->socket);
	char *source = d->script ? must_format("source %s", d->script) : must_format("echo");
	int err = 0;

	if (!on_terminal) {
		say("the guest waits for a debugger: gdb %s -ex '%s' -ex '%s'", kernel, source,
		    connect);
		goto out;
	}
	wait_for_socket(d);
	d->pid = fork();
	if (d->pid == 0) {
		signals_reset();
		execlp("gdb", "gdb", "-q", kernel, "-ex", source, "-ex", connect, (char *)NULL);
		say("gdb cannot be started (%s): install it (Debian: apt-get install gdb), or use --no-gdb",
		    strerror(errno));
		_exit(STATUS_FAILED);
	}
	if (d->pid < 0) {
		err = -errno;
		d->pid = 0;
		say("no process can be made for gdb (%s): end other programs", strerror(-err));
	}
out:
	free(connect);
	free(source);
	return err;
}

int debugger_fini(struct debugger *d)
{
	int status = 0;

	if (d->pid > 0) {
		while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	remove_folder();
	free(d->folder);
	free(d->socket);
	free(d->script);
	*d = (struct debugger){0};
	return status;
}
