// SPDX-License-Identifier: MIT
/*
 * callfuzz_guard.c -- keeps a call within the test: the keeper, init, the machine and the log go
 * on.
 *
 * Only what a privileged worker may do by right is changed here: ending the machine, all processes
 * or the keeper. What a worker must not be able to do at all is not kept from trying.
 */
#include "callfuzz_worker.h"
#include "callfuzz_makers.h"
#include <linux/reboot.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

/* A pid that names init, the keeper, or everybody. */
static bool is_spared(int pid)
{
	return pid == 1 || pid == -1 || pid == fuzz_keeper_pid || pid == -fuzz_keeper_pid;
}

static void spare_pid(struct fuzz_thread *t, uint64_t *pid)
{
	if (is_spared((int)*pid))
		*pid = (uint64_t)fuzz_shared->pids[t->worker];
}

static bool names_a_process(const struct fuzz_call *call)
{
	static const char *const names[] = {"kill",	      "tkill",
					    "tgkill",	      "rt_sigqueueinfo",
					    "sched_setparam", "sched_setscheduler",
					    "sched_setattr",  "sched_setaffinity",
					    "prlimit64",      "setpgid"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], call->name) == 0)
			return true;
	return false;
}

/*
 * A privileged worker is in a root folder of its own, and would leave it by changing its root below
 * an open folder.
 */
static void tame_chroot(struct fuzz_thread *t, uint64_t *args)
{
	if (!fuzz_one_in(t, 3))
		args[0] = fuzz_place(t, fuzz_one_in(t, 2) ? "/" : "/no/such/folder", 16);
}

/* Mounts go to places of their own, so that the world around stays. */
static void tame_mount(struct fuzz_thread *t, const struct fuzz_call *call, uint64_t *args)
{
	static const char *const places[] = {"/m0", "/m1", "/m0/d", "/m2", "/m0/../m1", "/no"};
	bool target_first = call->number != SYS_mount;
	uint64_t place = fuzz_place(t, places[fuzz_below(t, 6)], 10);

	args[target_first ? 0 : 1] = place;
	if (!target_first && fuzz_one_in(t, 2))
		args[0] = fuzz_place(t, places[fuzz_below(t, 6)], 10);
}

bool fuzz_tame(struct fuzz_thread *t, const struct fuzz_call *call, uint64_t *args)
{
	for (unsigned i = 0; i < call->nr_args; i++)
		if (strstr(call->arg[i], "fd") && args[i] == FUZZ_LOG_FD)
			args[i] = FUZZ_LOG_FD + 1;
	if (names_a_process(call))
		for (unsigned i = 0; i < 2; i++)
			spare_pid(t, &args[i]);
	switch (call->number) {
	case SYS_reboot:
		args[2] = fuzz_one_in(t, 2) ? LINUX_REBOOT_CMD_CAD_OFF : 0x12345u;
		return true;
	case SYS_close_range:
		if (fuzz_options.log && (unsigned)args[0] <= FUZZ_LOG_FD)
			args[1] = FUZZ_LOG_FD - 1;
		return true;
	case SYS_chroot:
		tame_chroot(t, args);
		return true;
	case SYS_mount:
	case SYS_umount2:
		tame_mount(t, call, args);
		return true;
	case SYS_sched_setscheduler: /* nothing before the keeper */
		args[2] = make_sched_param(t, NULL);
		return true;
	case SYS_sched_setparam:
		args[1] = make_sched_param(t, NULL);
		return true;
	case SYS_sched_setattr:
		args[1] = make_sched_attr(t, NULL);
		return true;
	case SYS_setpriority: /* a user's: also the keeper's when that is root */
		return args[0] == 0 || fuzz_options.as_user;
	default:
		return true;
	}
}
