// SPDX-License-Identifier: MIT
/*
 * process.c -- the objects: processes and their threads, how they are found and how long they live.
 *
 * Idea. A process holds what its threads share; a user_thread is a schedulable thread that belongs
 *   to a process.
 * Invariants.
 *   P1  A process is in the tree (pid->process, parent's children, group, session) until it is
 *       reaped; the tree holds one reference, each user_thread another.
 *   P2  The vm, files and fs of a live thread are replaced under process->lock, so that others
 *       may take references on them (process_get_vm and others) at any time.
 *   P3  process->cred is never NULL: the leader's, or its last ones if it has ended; signal
 *       permissions, /proc and SIGCHLD's si_uid use it.
 *   P4  Processes, threads and numbers are found without a lock, in a read section of epoch.h; so
 *       their memory is freed by epoch_call, and a reference is taken only if there is one.
 * Ownership. The last reference frees: of a user_thread that is usually the scheduler's, after the
 *   switch away from it.
 * Locks. process_tree for the tree, then process->lock.
 * Cost. fork takes one object each of process, user_thread, signals and pid.
 */
#include "proc/process_internal.h"
#include "core/assert.h"
#include "lib/refcount.h"
#include "lib/string.h"
#include "mm/account.h"
#include "mm/page_alloc.h"
#include "proc/exit.h"
#include "proc/futex.h"
#include "signal/signal_altstack.h"
#include "signal/signal_handlers.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/name/fs_context.h"

#define NUMBERS_AT_ONCE 64

struct process *init_process; /* [I] after boot */

static struct slab_cache process_cache, user_thread_cache;
static unsigned nr_processes; /* [a] */
static unsigned thread_limit; /* [a] */

void process_init(void)
{
	struct page_counts counts;

	pid_init();
	signal_queue_init_cache();
	futex_init();
	slab_cache_init(&process_cache, "process", sizeof(struct process), 64);
	slab_cache_init(&user_thread_cache, "user_thread", sizeof(struct user_thread), 64);
	signal_handlers_init();
	/* Their stacks and tables together may take about an eighth of memory. */
	page_alloc_counts(&counts);
	thread_limit = (unsigned)max(counts.total / 32, 64UL);
	thread_limit = min(thread_limit, PID_MAX - 1U);
}

unsigned process_count(void)
{
	return __atomic_load_n(&nr_processes, __ATOMIC_RELAXED);
}

unsigned process_thread_limit(void)
{
	return READ_ONCE(thread_limit);
}

void process_set_thread_limit(unsigned limit)
{
	WRITE_ONCE(thread_limit, limit);
}

struct process *process_alloc(void)
{
	struct process *p = slab_alloc(&process_cache, PAGE_ZERO);

	if (!p)
		return NULL;
	refcount_init(&p->refs, 1);
	spin_lock_init(&p->lock, signal);
	signal_queue_init(&p->signals.pending);
	list_init(&p->signals.dropped);
	list_init(&p->tree.children);
	list_init(&p->threads.list);
	list_init(&p->timers.posix.cpu_queues);
	list_init(&p->timers.posix.asleep);
	waitq_init(&p->tree.child_exit);
	waitq_init(&p->stop.end);
	signal_takers_init(p);
	p->stop.round = 1;
	itimer_init(p);
	p->timers.cpu_limit_ns = ~0UL;
	p->start_ns = clock_monotonic_ns();
	__atomic_fetch_add(&nr_processes, 1, __ATOMIC_RELAXED);
	return p;
}

void process_get(struct process *process)
{
	refcount_get(&process->refs);
}

static void process_free(struct epoch_item *item)
{
	slab_free(&process_cache, container_of(item, struct process, epoch));
}

void process_put(struct process *process)
{
	if (!refcount_put(&process->refs))
		return;
	debug_assert(!process->signals.nr_queued);
	if (process->signals.handlers)
		signal_handlers_put(process->signals.handlers);
	if (process->cred)
		cred_put(process->cred);
	if (process->account)
		account_put(process->account);
	if (process->job.group) {
		pid_put(process->job.group);
		pid_put(process->job.session);
	}
	if (process->pid)
		pid_put(process->pid);
	epoch_call(&process->epoch, process_free); /* P4 */
	__atomic_fetch_sub(&nr_processes, 1, __ATOMIC_RELAXED);
}

int user_thread_join(struct user_thread *t, struct process *process, const struct cred *cred,
		     u64 user_limit)
{
	int err = user_charge(cred->user, USER_TASKS, 1, user_limit);

	if (err)
		return err;
	err = box_charge(account_box(process->account), BOX_TASKS, 1);
	if (err)
		goto out_user;
	err = account_charge(process->account, KERNEL_STACK_SIZE);
	if (err)
		goto out_box;
	__atomic_fetch_add(&process->account->nr_stacks, 1, __ATOMIC_RELAXED);
	t->is_task = true;
	process_get(process);
	t->thread.process = process;
	t->thread.account = process->account;
	t->thread.totals = &process->usage.cpu;
	t->thread.limits = &process->limits.vfs;
	t->thread.process_id = process_id(process);
	cred_get(cred);
	t->thread.cred = cred;
	return 0;

out_box:
	box_uncharge(account_box(process->account), BOX_TASKS, 1);
out_user:
	user_uncharge(cred->user, USER_TASKS, 1);
	return err;
}

static void uncharge_task(struct process *process, struct user_account *user)
{
	user_uncharge(user, USER_TASKS, 1);
	box_uncharge(account_box(process->account), BOX_TASKS, 1);
}

void user_thread_end_task(struct user_thread *t, bool is_last)
{
	struct user_account *user = t->thread.cred->user;

	t->is_task = false;
	if (is_last) {
		user_account_get(user);
		t->thread.process->tree.zombie_user = user;
	} else {
		uncharge_task(t->thread.process, user);
	}
}

void process_end_task(struct process *process)
{
	uncharge_task(process, process->tree.zombie_user);
	user_account_put(process->tree.zombie_user);
	process->tree.zombie_user = NULL;
}

/* Undo user_thread_join(). */
static void user_thread_part(struct user_thread *t)
{
	struct process *process = t->thread.process;

	if (t->is_task)
		uncharge_task(process, t->thread.cred->user);
	__atomic_fetch_sub(&process->account->nr_stacks, 1, __ATOMIC_RELAXED);
	account_uncharge(process->account, KERNEL_STACK_SIZE);
	cred_put(t->thread.cred);
	process_put(process);
}

static void user_thread_free(struct thread *thread)
{
	user_thread_put(user_thread_of(thread));
}

struct user_thread *user_thread_alloc(const char *name)
{
	struct user_thread *t = slab_alloc(&user_thread_cache, PAGE_ZERO);

	if (!t)
		return NULL;
	refcount_init(&t->refs, 1);
	if (thread_init(&t->thread, name)) {
		slab_free(&user_thread_cache, t);
		return NULL;
	}
	t->thread.destroy = user_thread_free;
	signal_queue_init(&t->signals.pending);
	signal_altstack_clear(&t->altstack);
	t->timer_slack_ns = 50000;
	return t;
}

static void user_thread_free_memory(struct epoch_item *item)
{
	slab_free(&user_thread_cache, container_of(item, struct user_thread, epoch));
}

void user_thread_put(struct user_thread *t)
{
	if (!refcount_put(&t->refs))
		return;
	thread_fini(&t->thread);
	if (t->owns_tid_pid)
		pid_put(t->tid_pid);
	if (t->thread.process)
		user_thread_part(t);
	epoch_call(&t->epoch, user_thread_free_memory); /* P4 */
}

struct process *process_find(pid_t number)
{
	struct process *process = NULL;
	struct pid *pid;

	epoch_read_begin();
	pid = pid_find_in_epoch(number);
	if (pid)
		process = __atomic_load_n(&pid->process, __ATOMIC_ACQUIRE);
	if (process && !refcount_get_unless_zero(&process->refs)) /* P4 */
		process = NULL;
	epoch_read_end();
	return process;
}

struct user_thread *user_thread_find(pid_t tid)
{
	struct user_thread *t = NULL;
	struct pid *pid;

	epoch_read_begin();
	pid = pid_find_in_epoch(tid);
	if (pid)
		t = __atomic_load_n(&pid->thread, __ATOMIC_ACQUIRE);
	if (t && !refcount_get_unless_zero(&t->refs)) /* P4 */
		t = NULL;
	epoch_read_end();
	return t;
}

/*
 * The process with the lowest number >= @from, referenced; NULL. Most numbers may be those of
 * threads, so the lock is released after some.
 */
static struct process *process_at_or_after(pid_t from)
{
	struct process *process = NULL;

	while (!process && from) {
		process_tree_lock();
		for (unsigned n = 0; n < NUMBERS_AT_ONCE && !process; n++) {
			from = pid_next(from);
			if (!from)
				break;
			process = pid_find(from)->process;
			from++;
		}
		if (process)
			process_get(process);
		process_tree_unlock();
	}
	return process;
}

void process_for_each(bool (*visit)(struct process *process, void *data), void *data)
{
	struct process *process;
	pid_t number = 1;
	bool more = true;

	while (more && (process = process_at_or_after(number))) {
		number = process_id(process) + 1;
		more = visit(process, data);
		process_put(process);
	}
}

struct user_thread *process_first_thread(struct process *process)
{
	struct user_thread *t = NULL;

	process_tree_lock();
	if (!list_is_empty(&process->threads.list)) {
		t = list_first_entry(&process->threads.list, struct user_thread, process_node);
		user_thread_get(t);
	}
	process_tree_unlock();
	return t;
}

/*
 * Look for process_next_thread() in the list of threads, which has no order, if there are few: then
 * true and *@out.
 */
static bool next_of_few(struct process *process, pid_t from, struct user_thread **out)
{
	struct user_thread *t;
	unsigned nr = 0;

	*out = NULL;
	process_tree_lock();
	list_for_each_entry(t, &process->threads.list, process_node) {
		if (++nr > NUMBERS_AT_ONCE)
			break;
		if (t->tid_pid->number >= from &&
		    (!*out || t->tid_pid->number < (*out)->tid_pid->number))
			*out = t;
	}
	if (nr <= NUMBERS_AT_ONCE && *out)
		user_thread_get(*out);
	process_tree_unlock();
	return nr <= NUMBERS_AT_ONCE;
}

/* A process may have thousands of threads: then by number, some in one hold of the lock. */
struct user_thread *process_next_thread(struct process *process, pid_t from)
{
	struct user_thread *t;

	if (next_of_few(process, from, &t))
		return t;
	t = NULL;
	while (!t && from) {
		process_tree_lock();
		for (unsigned n = 0; n < NUMBERS_AT_ONCE && !t; n++) {
			from = pid_next(from);
			if (!from)
				break;
			t = pid_find(from)->thread;
			if (t && t->thread.process != process)
				t = NULL;
			from++;
		}
		if (t)
			user_thread_get(t);
		process_tree_unlock();
	}
	return t;
}

/* Any thread that still has what @field names; P2. Locks: process->lock held. */
static struct user_thread *thread_with(struct process *process, bool (*has)(struct user_thread *))
{
	struct user_thread *t;

	list_for_each_entry(t, &process->threads.list, process_node)
		if (has(t))
			return t;
	return NULL;
}

static bool has_vm(struct user_thread *t)
{
	return t->thread.vm;
}

static bool has_files(struct user_thread *t)
{
	return t->thread.files;
}

static bool has_fs(struct user_thread *t)
{
	return t->thread.fs;
}

struct vm_map *process_get_vm(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct user_thread *t = thread_with(process, has_vm);
	struct vm_map *map = NULL;

	if (t) {
		map = t->thread.vm;
		vm_map_get(map);
	}
	spin_unlock_irq_restore(&process->lock, state);
	return map;
}

const struct vm_map *process_peek_vm(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct user_thread *t = thread_with(process, has_vm);
	const struct vm_map *map = t ? t->thread.vm : NULL;

	spin_unlock_irq_restore(&process->lock, state);
	return map;
}

u64 process_resident_file_pages(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct user_thread *t = thread_with(process, has_vm);
	u64 nr = t ? READ_ONCE(t->thread.vm->resident_file_pages) : 0;

	spin_unlock_irq_restore(&process->lock, state);
	return nr;
}

struct fdtable *process_get_files(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct user_thread *t = thread_with(process, has_files);
	struct fdtable *files = NULL;

	if (t) {
		files = t->thread.files;
		fdtable_get(files);
	}
	spin_unlock_irq_restore(&process->lock, state);
	return files;
}

struct fs_context *process_get_fs(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct user_thread *t = thread_with(process, has_fs);
	struct fs_context *fs = NULL;

	if (t) {
		fs = t->thread.fs;
		fs_context_get(fs);
	}
	spin_unlock_irq_restore(&process->lock, state);
	return fs;
}

const struct cred *process_get_cred(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	const struct cred *cred = process->cred;

	cred_get(cred);
	spin_unlock_irq_restore(&process->lock, state);
	return cred;
}

void process_name_get(struct process *process, char name[THREAD_NAME_SIZE])
{
	irq_state_t state = spin_lock_irq_save(&process->lock);

	memcpy(name, process->executable_name, THREAD_NAME_SIZE);
	spin_unlock_irq_restore(&process->lock, state);
}

uid_t process_uid(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	uid_t uid = process->cred->uid;

	spin_unlock_irq_restore(&process->lock, state);
	return uid;
}

bool process_allocations_may_fail(void)
{
	const struct process *process = current_process();

	return process && process != init_process &&
	       READ_ONCE(process->tree.parent) != init_process &&
	       READ_ONCE(process->attributes.oom_score_adjust) != -1000;
}

/* Ids alone are not enough: who may do more than I do shows me nothing. */
static bool has_rights_of(const struct cred *mine, const struct cred *theirs)
{
	return !(theirs->cap_permitted & ~mine->cap_effective) && mine->fsuid == theirs->uid &&
	       mine->fsuid == theirs->euid && mine->fsuid == theirs->suid &&
	       mine->fsgid == theirs->gid && mine->fsgid == theirs->egid &&
	       mine->fsgid == theirs->sgid;
}

bool process_may_access(struct process *process)
{
	irq_state_t state;
	bool may;

	if (process == current_process() || capable(CAP_SYS_PTRACE))
		return true;
	state = spin_lock_irq_save(&process->lock);
	may = has_rights_of(cred_current(), process->cred) &&
	      READ_ONCE(process->attributes.dumpable);
	spin_unlock_irq_restore(&process->lock, state);
	return may;
}

bool process_matches_cred(struct process *process, const struct cred *cred)
{
	irq_state_t state;
	bool matches;

	if (cred_has_cap(cred, CAP_SYS_PTRACE))
		return true;
	state = spin_lock_irq_save(&process->lock);
	matches = process->cred == cred || has_rights_of(cred, process->cred);
	spin_unlock_irq_restore(&process->lock, state);
	return matches;
}

char user_thread_state_letter(struct user_thread *t)
{
	switch ((enum thread_state)READ_ONCE(t->thread.state)) {
	case THREAD_SLEEPING:
		return 'S';
	case THREAD_UNINTERRUPTIBLE:
	case THREAD_KILLABLE:
		return 'D';
	case THREAD_STOPPED:
		return 'T';
	case THREAD_DEAD:
		return 'X';
	default:
		/* The parent may learn of the stop before the thread has gone to sleep. */
		if (user_thread_is_stopped(t))
			return 'T';
		return READ_ONCE(t->exiting) ? 'Z' : 'R';
	}
}
