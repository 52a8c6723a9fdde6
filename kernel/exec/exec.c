// SPDX-License-Identifier: MIT
/*
 * exec.c -- execve: the current process becomes another program.
 *
 * Idea. Everything that can fail for a reason that the caller is to see is done first, beside the
 *   old program: open and check the file, build the whole new address space, allocate. Then comes
 *   the point of no return: the other threads end, the new address space replaces the old one;
 *   handlers, signal stack, timers and close-on-exec descriptors go. After that only the first
 *   stack pages are to be written.
 * Invariants.
 *   E1  Before the point of no return the process is untouched, after it the new program runs or
 *       the process dies.
 *   E2  A program that runs cannot be written to: the open file denies it, and the address space
 *       holds the file.
 *   E3  Handlers that another process shares are copied when this thread is alone: until then any
 *       thread could begin to share them.
 * Locks. One at a time; process->lock to replace what other threads may read.
 * Cost. See elf_load.c and exec_stack.c; one page read from the cache for the head.
 */
#include "exec/exec.h"
#include "arch/arch_thread.h"
#include "core/cmdline.h"
#include "core/errno.h"
#include "core/random.h"
#include "lib/string.h"
#include "proc/cred_change.h"
#include "proc/exit.h"
#include "proc/process_internal.h"
#include "proc/rlimit.h"
#include "ptimer/posix_timer.h"
#include "signal/signal_altstack.h"
#include "signal/signal_handlers.h"
#include "trace/trace.h"
#include "vfs/file/fdtable.h"
#include "vm/vm_vdso.h"

#include <linux/personality.h>

#define STACK_RANDOM_PAGES BIT(22)
#define MMAP_RANDOM_PAGES BIT(28)
#define STACK_GAP_MIN MIB(128)
#define STACK_HEADROOM KIB(128) /* mapped below the first frame; the rest grows */

int exec_open(struct exec_request *request, int dirfd, const char *path, int flags)
{
	int err = vfs_open_exec(dirfd, path, flags, &request->file);
	ssize_t got;

	if (err)
		return err;
	got = file_read_kernel(request->file, request->head, sizeof(request->head), 0);
	request->head_len = got < 0 ? 0 : (u32)got;
	return got < 0 ? (int)got : 0;
}

static bool wants_randomisation(void)
{
	static s8 disabled = -1; /* the command line does not change */

	if (disabled < 0)
		disabled = cmdline_has("norandmaps");
	return !disabled &&
	       !(READ_ONCE(current_process()->attributes.personality) & ADDR_NO_RANDOMIZE);
}

/* An empty address space with the places of stack and mmap chosen. */
static int create_map(struct exec_request *request)
{
	u64 stack_limit = rlimit_soft(current_process(), RLIMIT_STACK), gap;
	vaddr_t stack_top = USER_TOP, mmap_top;
	int err = vm_map_create(&request->map);

	if (err)
		return err;
	gap = min(max(stack_limit, STACK_GAP_MIN), align_down(USER_TOP / 6 * 5, PAGE_SIZE));
	mmap_top = USER_TOP - align_up(gap, PAGE_SIZE) - MIB(1);
	if (request->randomise) {
		u64 stack_pages = random_below(STACK_RANDOM_PAGES);

		stack_top -= stack_pages << PAGE_SHIFT;
		mmap_top -= (STACK_RANDOM_PAGES + random_below(MMAP_RANDOM_PAGES)) << PAGE_SHIFT;
	}
	vm_map_set_layout(request->map, mmap_top, stack_top, stack_limit);
	rlimit_apply_to_map(current_process(), request->map);
	return 0;
}

static int map_stack(struct exec_request *request)
{
	u64 size = align_up(exec_stack_size(request) + STACK_HEADROOM, PAGE_SIZE);
	struct vm_map_request area = {
		.hint = request->map->stack_top - size,
		.len_bytes = size,
		.protection = PROTECT_READ | PROTECT_WRITE |
			      (request->executable_stack ? PROTECT_EXEC : 0),
		.area_flags = VM_STACK | VM_MAYWRITE,
		.flags = VM_MAP_NOREPLACE,
	};
	vaddr_t at;
	int err = vm_map_add(request->map, &area, &at);

	return err == -EEXIST ? -ENOMEM : err;
}

static void describe_map(struct exec_request *request)
{
	struct vm_map *map = request->map;
	const struct elf_image *image = &request->image;

	rwlock_write_lock(&map->lock);
	map->code_start = image->code_start;
	map->code_end = image->code_end;
	map->data_start = image->data_start;
	map->data_end = image->data_end;
	map->brk_start = map->brk_end = image->brk;
	map->executable = &request->file->backing; /* E2 */
	map->executable->get(map->executable);
	rwlock_write_unlock(&map->lock);
}

/*
 * Take memory for what other threads share, before the point of no return because it can fail. The
 * handlers are counted by process, and until this thread is alone another one may begin to share
 * them with a new process: E3.
 */
static int unshare(struct exec_request *request)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	int err;

	if (!refcount_is_one(&t->thread.files->refs)) {
		err = fdtable_copy(t->thread.files, &request->files);
		if (err)
			return err;
	}
	if (refcount_read(&process->signals.handlers->refs) > 1 ||
	    READ_ONCE(process->threads.nr) > 1) {
		request->handlers = signal_handlers_alloc();
		if (!request->handlers)
			return -ENOMEM;
	}
	return 0;
}

/* Open the program; as long as it is a script, open its interpreter instead. */
static int open_program(struct exec_request *request, int dirfd, int flags)
{
	unsigned depth = 0;
	int err = exec_open(request, dirfd, request->path, flags);

	if (err)
		return err;
	do
		err = exec_script(request, depth++);
	while (err > 0);
	return err;
}

static int prepare(struct exec_request *request, int dirfd, int flags)
{
	int err = open_program(request, dirfd, flags);

	if (!err)
		err = exec_credentials(request);
	if (request->secure)
		request->randomise = !cmdline_has("norandmaps");
	if (!err)
		err = create_map(request);
	if (!err)
		err = elf_load(request);
	if (!err)
		err = map_stack(request);
	if (!err)
		err = vm_vdso_add(request->map, &request->vdso);
	if (!err)
		err = unshare(request);
	return err;
}

static void switch_memory(struct exec_request *request)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	struct vm_map *old = t->thread.vm;
	irq_state_t state;

	user_thread_leave_memory(t);
	if (old && !process->borrows_memory)
		usage_collect_map(process, old);
	process->borrows_memory = false;
	vm_map_get(request->map); /* the request's own goes with it */
	state = spin_lock_irq_save(&process->lock);
	vm_map_activate(request->map);
	spin_unlock_irq_restore(&process->lock, state);
	if (old)
		vm_map_put(old);
}

static void switch_files(struct exec_request *request)
{
	struct user_thread *t = current_user_thread();
	struct fdtable *old = t->thread.files;
	irq_state_t state;

	if (request->files) {
		state = spin_lock_irq_save(&t->thread.process->lock);
		t->thread.files = request->files;
		spin_unlock_irq_restore(&t->thread.process->lock, state);
		request->files = NULL;
		fdtable_put(old);
	}
	fdtable_close_on_exec(t->thread.files);
}

/* E3 */
static void reset_signals(struct exec_request *request)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	struct signal_handlers *old = NULL;
	irq_state_t state = spin_lock_irq_save(&process->lock);

	if (refcount_read(&process->signals.handlers->refs) > 1) {
		old = process->signals.handlers;
		spin_lock(&old->lock);
		signal_handlers_copy(request->handlers, old);
		spin_unlock(&old->lock);
		process->signals.handlers = request->handlers;
		request->handlers = NULL;
	}
	spin_lock(&process->signals.handlers->lock);
	signal_handlers_reset(process->signals.handlers);
	spin_unlock(&process->signals.handlers->lock);
	spin_unlock_irq_restore(&process->lock, state);
	if (old)
		signal_handlers_put(old);
	signal_altstack_clear(&t->altstack);
	t->restart.call = NULL;
	t->set_child_tid = NULL;
}

/* comm: the last component of the path. */
static void exec_set_name(const char *path)
{
	struct user_thread *t = current_user_thread();
	const char *slash = strrchr(path, '/');
	irq_state_t state;

	slash = slash ? slash + 1 : path;
	thread_rename(&t->thread, slash);
	state = spin_lock_irq_save(&t->thread.process->lock);
	strscpy(t->thread.process->executable_name, slash,
		sizeof(t->thread.process->executable_name));
	spin_unlock_irq_restore(&t->thread.process->lock, state);
}

static void become_program(struct exec_request *request)
{
	struct process *process = current_process();
	bool readable = !inode_permission(request->file->inode, MAY_READ);

	exec_credentials_settle(request);
	exec_set_name(request->path);
	/*
	 * Until memory and credentials are both new, no process may look into one by the rights
	 * of the other: it is checked again with a reference on the memory (procfs_file.c).
	 */
	WRITE_ONCE(process->attributes.dumpable, false);
	switch_memory(request);
	reset_signals(request);
	posix_timer_delete_all(process);
	if (request->secure) {
		WRITE_ONCE(process->attributes.personality,
			   process->attributes.personality & ~(u32)PER_CLEAR_ON_SETID);
		WRITE_ONCE(process->attributes.parent_death_signal, 0);
	}
	/* Before the new credentials: from here on a child's end sends SIGCHLD. */
	process_tree_lock();
	process->job.has_execed = true;
	process->tree.exit_signal = SIGCHLD;
	process->tree.nr_execs++;
	process_tree_unlock();
	if (request->cred) {
		cred_commit(request->cred);
		request->cred = NULL;
	} else {
		cred_show_process(); /* another thread may have been the leader */
	}
	WRITE_ONCE(process->attributes.dumpable, readable && !request->secure);
	switch_files(request);
}

static void kill_self(void)
{
	struct process *process = current_process();
	irq_state_t state = spin_lock_irq_save(&process->lock);

	process_kill_locked(process, SIGKILL);
	spin_unlock_irq_restore(&process->lock, state);
}

static void exec_request_fini(struct exec_request *request)
{
	if (request->map)
		vm_map_put(request->map);
	if (request->file)
		file_put(request->file);
	if (request->cred)
		cred_put(request->cred);
	if (request->files)
		fdtable_put(request->files);
	if (request->handlers)
		signal_handlers_put(request->handlers);
}

int process_exec(int dirfd, const char *path, struct exec_arguments *arguments, int flags)
{
	struct exec_request request;
	vaddr_t sp;
	int err;

	memset(&request, 0, offsetof(struct exec_request, head));
	request.arguments = arguments;
	request.path = path;
	request.randomise = wants_randomisation();
	err = prepare(&request, dirfd, flags);
	if (!err)
		err = process_become_single();
	if (!err) {
		/* POINT OF NO RETURN: E1 */
		describe_map(&request);
		become_program(&request);
		err = exec_stack_build(&request, &sp);
		if (err)
			kill_self();
		else
			arch_thread_start_user(current_thread(), request.image.start, sp);
	}
	exec_request_fini(&request);
	return err;
}
