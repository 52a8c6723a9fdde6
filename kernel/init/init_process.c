// SPDX-License-Identifier: MIT
/*
 * init_process.c -- PID 1, the only process that is not made by fork.
 *
 * Idea.  It is a kernel thread with a process around it, which then calls exec and returns to user
 *   mode. The boot thread tells it which program to start and waits for the answer; if the program
 *   cannot be run, the thread is still there for another one.
 * Invariants.
 *   N1  `start` belongs to the boot thread, but from asked to answered to the first thread.
 *   N2  The first process has number 1. It is born in the group and session of number 0, in which
 *       no other can ever be.
 * Locks.  process_tree, then process->lock, to link it; before that nothing refers to it.
 * Tests.  Every boot; tests/system/user.t, run.t.
 */
#define LOG_SUBSYS "init"
#include "arch/arch_thread.h"
#include "core/assert.h"
#include "core/log.h"
#include "exec/exec.h"
#include "mm/account.h"
#include "proc/fork.h"
#include "proc/process_internal.h"
#include "proc/rlimit.h"
#include "proc/session.h"
#include "signal/signal_handlers.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/fs_context.h"

#include <linux/fcntl.h>

/* Number 0: the group and session that init is born in, as no other can be there before it. */
static struct pid boot_group = {.refs = REFCOUNT_INIT(1)};

/*
 * What the first thread is to start: it tries until one program can be run. [o] of boot while not
 * asked or answered, else of the first thread.
 */
static struct {
	struct waitq changed;
	bool asked, answered;
	const char *path;
	const char *const *argv, *const *envp;
	int result;
} start;

static void open_console(void)
{
	struct file *file;

	if (vfs_open(AT_FDCWD, "/dev/console", O_RDWR, 0, &file)) {
		log_warn("no /dev/console: init starts without standard descriptors");
		return;
	}
	for (int fd = 0; fd < 3; fd++) {
		file_get(file);
		ignore_result(fd_install(file, 0, false), "the first descriptors are free");
	}
	file_put(file);
}

static int try_exec(void)
{
	struct exec_arguments arguments;
	int err = exec_arguments_from_kernel(&arguments, start.argv, start.envp);

	if (!err)
		err = process_exec(AT_FDCWD, start.path, &arguments, 0);
	exec_arguments_fini(&arguments);
	return err;
}

static void init_thread(void *unused)
{
	int err;

	open_console();
	do {
		WAIT_EVENT_UNINTERRUPTIBLE(&start.changed, READ_ONCE(start.asked));
		start.asked = false;
		err = try_exec();
		start.result = err;
		WRITE_ONCE(start.answered, true);
		waitq_wake_all(&start.changed);
	} while (err);
	arch_thread_enter_user(arch_thread_user_frame(current_thread()));
}

/* What a thread needs besides memory. */
static int give_context(struct user_thread *t, struct process *process)
{
	int err = fs_context_copy(&fs_context_kernel, &t->thread.fs);

	if (!err)
		err = fdtable_create(&t->thread.files);
	if (!err)
		err = arch_thread_become_user(&t->thread);
	if (err)
		return err;
	err = user_thread_join(t, process, &cred_root, USER_NO_LIMIT);
	if (err)
		return err;
	t->tid_pid = process->pid;
	t->thread.tid = process_id(process);
	return 0;
}

static void link_first(struct process *process, struct user_thread *t)
{
	irq_state_t state;

	list_init(&boot_group.members[PID_GROUP]);
	list_init(&boot_group.members[PID_SESSION]);
	list_init(&boot_group.walks);
	process_tree_lock();
	session_join(process, &boot_group, &boot_group);
	state = spin_lock_irq_save(&process->lock);
	list_add_last(&process->threads.list, &t->process_node);
	process->threads.nr = process->threads.nr_live = 1;
	process->threads.leader = t;
	spin_unlock_irq_restore(&process->lock, state);
	pid_set_process(process->pid, process);
	pid_set_thread(process->pid, t);
	process_tree_unlock();
}

/* No memory at boot: the caller panics, so nothing is undone. */
static int create_init(void)
{
	struct process *process = process_alloc();
	struct user_thread *t = user_thread_alloc("init");
	int err;

	if (!process || !t)
		return -ENOMEM;
	process->signals.handlers = signal_handlers_alloc();
	if (!process->signals.handlers)
		return -ENOMEM;
	process->account = account_create(&box_root, &user_account_root, 1);
	if (!process->account)
		return -ENOMEM;
	process->account->privileged = true;
	err = pid_alloc(&process->pid);
	if (!err)
		err = give_context(t, process);
	if (err)
		return err;
	debug_assert(process_id(process) == 1);
	rlimit_init(process);
	cred_get(&cred_root);
	process->cred = &cred_root;
	process->tree.exit_signal = SIGCHLD;
	process->signals.unkillable = true;
	process->attributes.dumpable = true;
	link_first(process, t);
	init_process = process;
	waitq_init(&start.changed);
	arch_thread_init_kernel(&t->thread, init_thread, NULL);
	sched_start(&t->thread);
	return 0;
}

int process_start_init(const char *path, const char *const *argv, const char *const *envp)
{
	int err = init_process ? 0 : create_init();

	if (err)
		return err;
	start.path = path;
	start.argv = argv;
	start.envp = envp;
	start.answered = false;
	WRITE_ONCE(start.asked, true);
	waitq_wake_all(&start.changed);
	WAIT_EVENT_UNINTERRUPTIBLE(&start.changed, READ_ONCE(start.answered));
	return start.result;
}
