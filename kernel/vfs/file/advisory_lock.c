// SPDX-License-Identifier: MIT
/*
 * advisory_lock.c -- record locks (fcntl), open-file-description locks, flock.
 *
 * Idea.  A lock is a range with an owner: a descriptor table (record locks) or an open file (the
 *   other two). An inode with locks has two indexes of them (lock_index.c): record and OFD locks
 *   see each other, while a flock covers the whole file and sees only other flocks.
 * Invariants.
 *   L1  Two locks of one owner in one index neither overlap nor, if of the same type, touch: they
 *       are merged.
 *   L2  Two locks of different owners overlap only if both are shared.
 *   L3  A thread that waits for a record lock is in `waiters`; following "waits for a lock of" from
 *       it never leads back to its own owner (else -EDEADLK).
 *   L4  A record lock belongs to a descriptor that is open. Closing clears the slot, then drops the
 *       locks; a new lock is inserted, then the slot is looked at: so whichever comes last sees the
 *       other.
 *   L5  An inode has a context while it has a lock, or a thread uses the context: one that changes
 *       locks, waits for one, or wakes others. The last user of a context without locks frees it.
 *       So an inode that ends has none: locks need an open file.
 * Ownership.  The inode owns its context, the context its locks. A change allocates two spare locks
 *   first, so that it cannot fail half way.
 * Locks.  inode->state_lock; waiters_lock inside it. A change that replaces many locks of its owner
 *   releases the lock now and then; from the first time on others see the new lock as a whole
 *   (`reserved`). The count of users and the pointer to the context change under state_lock too,
 *   so that no thread finds a context whose last user has left. A caller that tests the pointer
 *   without the lock may read a context that is being freed, or miss one that is being made: by
 *   then it has no lock of its own there, or L4 leaves the lock to the thread that sets it.
 * Cost.  An inode without locks has no context: close tests one pointer. A change is logarithmic in
 *   the number of locks, times those of its owner that it replaces.
 * Tests.  advisory_lock_test.c, lock_index_test.c, tests/guest/file/file_lock.c.
 */
#include "vfs/file/advisory_lock.h"

#include "core/assert.h"
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/lock_index.h"

#define RANGE_END (~0UL >> 1) /* the last offset there is */
#define LOCK_BATCH 32	      /* locks replaced or dropped before state_lock is released */
#define DEADLOCK_STEPS 10     /* as far as Linux follows a chain of waiters */

struct SHARED file_lock_context {
	struct lock_index records; /* [state_lock] record and OFD locks */
	struct lock_index flocks;  /* [state_lock] */
	struct waitq released;	   /* threads that wait for a lock on this inode */
	unsigned users;		   /* [state_lock] threads that use it. L5 */
};

/* A thread that waits for a record lock. */
struct lock_waiter {
	struct rb_node node;
	const void *owner;     /* the owner for which it waits */
	const void *waits_for; /* the owner of the lock in the way */
};

static struct spinlock waiters_lock = SPINLOCK_INIT(leaf);
static struct rb_root waiters; /* [waiters_lock] by owner */

/* ---- the context ---- */

/* Become a user of the inode's context, or of @fresh (may be NULL) if there is none. */
static struct file_lock_context *context_use(struct inode *inode, struct file_lock_context *fresh)
{
	struct file_lock_context *context;

	spin_lock(&inode->state_lock);
	if (!inode->locks)
		inode->locks = fresh;
	context = inode->locks;
	if (context)
		context->users++;
	spin_unlock(&inode->state_lock);
	return context;
}

/* The same with a new context if need be. NULL: no memory. */
static struct file_lock_context *context_make(struct inode *inode)
{
	struct file_lock_context *context = context_use(inode, NULL), *fresh;

	if (context)
		return context;
	fresh = kzalloc(sizeof(*fresh), 0);
	if (!fresh)
		return NULL;
	waitq_init(&fresh->released);
	context = context_use(inode, fresh);
	if (context != fresh)
		kfree(fresh);
	return context;
}

/* End using it: the last user frees a context without locks. L5 */
static void context_leave(struct inode *inode, struct file_lock_context *context)
{
	bool last;

	spin_lock(&inode->state_lock);
	debug_assert(context == inode->locks && context->users);
	last = --context->users == 0 && lock_index_is_empty(&context->records) &&
	       lock_index_is_empty(&context->flocks);
	if (last)
		inode->locks = NULL;
	spin_unlock(&inode->state_lock);
	if (last)
		kfree(context);
}

static struct lock_index *index_of(struct file_lock_context *context, enum file_lock_kind kind)
{
	return kind == LOCK_KIND_FLOCK ? &context->flocks : &context->records;
}

/* ---- one change ---- */

/* A change of the locks of one owner, in progress. */
struct lock_change {
	struct inode *inode;
	struct file_lock_context *context;
	struct lock_index *index;
	struct file_lock wanted; /* F_UNLCK: nothing */
	struct file_lock *tail;	 /* memory for the end of a lock that is cut in two */
	struct file_lock *lock;	 /* memory for the lock itself */
	bool reserved;		 /* @lock excludes others, but is not in its owner's tree yet */
	struct file_lock *freed[LOCK_BATCH];
	unsigned nr_freed;
};

/* Cut the wanted range out of @old, which overlaps it. L1. Locks: state_lock held. */
static void cut(struct lock_change *change, struct file_lock *old)
	REQUIRES(change->inode->state_lock)
{
	u64 start = change->wanted.start, end = change->wanted.end, old_end = old->end;

	assert_spin_held(&change->inode->state_lock);
	if (old->start < start) {
		lock_index_resize(change->index, old, old->start, start - 1);
		if (old_end > end) { /* at most one lock reaches beyond both ends */
			struct file_lock *tail = change->tail;

			debug_assert(tail);
			change->tail = NULL;
			*tail = *old;
			tail->start = end + 1;
			tail->end = old_end;
			lock_index_add(change->index, tail);
		}
	} else if (old_end > end) {
		lock_index_resize(change->index, old, end + 1, old_end);
	} else {
		lock_index_remove(change->index, old);
		change->freed[change->nr_freed++] = old;
	}
}

/* Remove the owner's locks from the range; false: there are more. Locks: state_lock held. */
static bool clear_range(struct lock_change *change) REQUIRES(change->inode->state_lock)
{
	const struct file_lock *wanted = &change->wanted;
	struct file_lock *old;

	assert_spin_held(&change->inode->state_lock);
	for (unsigned i = 0; i < LOCK_BATCH - 2; i++) { /* put_in frees up to two more */
		old = lock_index_own_from(change->index, wanted->owner, wanted->start);
		if (!old || old->start > wanted->end)
			return true;
		cut(change, old);
	}
	return false;
}

/*
 * Merge @old (may be NULL) into the new lock, if it touches it and has its type. Locks: state_lock
 * held.
 */
static void merge(struct lock_change *change, struct file_lock *old)
	REQUIRES(change->inode->state_lock)
{
	struct file_lock *lock = change->lock;

	assert_spin_held(&change->inode->state_lock);
	if (!old || old->type != lock->type || old->start > lock->end + 1 ||
	    lock->start > old->end + 1)
		return;
	lock->start = min(lock->start, old->start);
	lock->end = max(lock->end, old->end);
	lock_index_remove(change->index, old);
	change->freed[change->nr_freed++] = old;
}

/* The range is clear: insert the new lock, merged with its neighbours. Locks: state_lock held. */
static void put_in(struct lock_change *change) REQUIRES(change->inode->state_lock)
{
	struct file_lock *lock = change->lock;

	assert_spin_held(&change->inode->state_lock);
	if (change->reserved)
		lock_index_remove_range(change->index, lock);
	*lock = change->wanted;
	if (lock->start)
		merge(change, lock_index_own_from(change->index, lock->owner, lock->start - 1));
	merge(change, lock_index_own_from(change->index, lock->owner, lock->end));
	lock_index_add(change->index, lock);
	change->lock = NULL;
}

/*
 * Make the new lock exclude others from now on, though more of the range is to be cleared. Locks:
 * state_lock held.
 */
static void reserve(struct lock_change *change) REQUIRES(change->inode->state_lock)
{
	assert_spin_held(&change->inode->state_lock);
	if (change->reserved || change->wanted.type == F_UNLCK)
		return;
	*change->lock = change->wanted;
	lock_index_add_range(change->index, change->lock);
	change->reserved = true;
}

static void free_freed(struct lock_change *change)
{
	while (change->nr_freed)
		kfree(change->freed[--change->nr_freed]);
}

/* ---- waiting ---- */

static int compare_waiter(const void *owner, const struct rb_node *node)
{
	const struct lock_waiter *waiter = rb_entry(node, struct lock_waiter, node);

	if (waiter->owner == owner)
		return 0;
	return (uintptr_t)owner < (uintptr_t)waiter->owner ? -1 : 1;
}

static bool waiter_before(const struct rb_node *a, const struct rb_node *b)
{
	return compare_waiter(rb_entry(a, struct lock_waiter, node)->owner, b) < 0;
}

/* Would there be a cycle of waiters if @owner waited for @blocker? Locks: waiters_lock held. L3 */
static bool would_deadlock(const void *owner, const void *blocker) REQUIRES(waiters_lock)
{
	assert_spin_held(&waiters_lock);
	for (unsigned steps = 0; steps < DEADLOCK_STEPS; steps++) {
		struct rb_node *node;

		if (blocker == owner)
			return true;
		node = rb_find(&waiters, blocker, compare_waiter);
		if (!node)
			return false;
		blocker = rb_entry(node, struct lock_waiter, node)->waits_for;
	}
	return false;
}

/* Record that @me waits for @blocker; false: that would be a deadlock. */
static bool waiter_enter(struct lock_waiter *me, const void *blocker)
{
	bool ok;

	spin_lock(&waiters_lock);
	ok = !would_deadlock(me->owner, blocker);
	if (ok) {
		me->waits_for = blocker;
		rb_insert(&waiters, &me->node, waiter_before);
	}
	spin_unlock(&waiters_lock);
	return ok;
}

static void waiter_leave(struct lock_waiter *me)
{
	spin_lock(&waiters_lock);
	rb_erase(&waiters, &me->node);
	spin_unlock(&waiters_lock);
}

/*
 * Do as much of the change as one critical section may: 0 done, -EINPROGRESS, or -EAGAIN with the
 * owner that is in the way.
 */
static int change_step(struct lock_change *change, const void **blocker)
{
	const struct file_lock *conflict = NULL;
	int err = 0;

	spin_lock(&change->inode->state_lock);
	if (change->wanted.type != F_UNLCK && !change->reserved)
		conflict = lock_index_conflict(change->index, &change->wanted);
	if (conflict) {
		*blocker = conflict->owner;
		err = -EAGAIN;
	} else if (!clear_range(change)) {
		reserve(change);
		err = -EINPROGRESS;
	} else if (change->wanted.type != F_UNLCK) {
		put_in(change);
	}
	spin_unlock(&change->inode->state_lock);
	free_freed(change);
	return err;
}

/* Try once: 0, or -EAGAIN with the owner that is in the way. */
static int try_lock(struct lock_change *change, const void **blocker)
{
	int err;

	do
		err = change_step(change, blocker);
	while (err == -EINPROGRESS);
	/* The range may be free now, or shared. */
	if (!err && change->wanted.type != F_WRLCK)
		waitq_wake_all(&change->context->released);
	return err;
}

static int lock_or_wait(struct lock_change *change, bool waits)
{
	struct lock_waiter me = {.owner = change->wanted.owner};
	bool is_record = change->wanted.kind == LOCK_KIND_RECORD;
	struct waitq *released = &change->context->released;
	struct wait_entry entry;
	const void *blocker;
	int err = try_lock(change, &blocker);

	if (err != -EAGAIN || !waits)
		return err;
	wait_entry_init(&entry);
	for (;;) {
		waitq_prepare(released, &entry, THREAD_SLEEPING);
		err = try_lock(change, &blocker);
		if (err != -EAGAIN)
			break;
		if (is_record && !waiter_enter(&me, blocker)) {
			err = -EDEADLK;
			break;
		}
		err = sched_sleep(DEADLINE_NEVER);
		if (is_record)
			waiter_leave(&me);
		if (err) {
			err = -ERESTARTSYS;
			break;
		}
	}
	waitq_finish(released, &entry);
	return err;
}

static int lock_apply(struct inode *inode, const struct file_lock *wanted, bool waits)
{
	struct lock_change change = {.inode = inode, .wanted = *wanted};
	int err;

	change.context = wanted->type == F_UNLCK ? context_use(inode, NULL) : context_make(inode);
	if (!change.context)
		return wanted->type == F_UNLCK ? 0 : -ENOLCK;
	change.index = index_of(change.context, wanted->kind);
	change.tail = kmalloc(sizeof(*change.tail), 0);
	change.lock = kmalloc(sizeof(*change.lock), 0);
	err = change.tail && change.lock ? lock_or_wait(&change, waits) : -ENOLCK;
	kfree(change.tail);
	kfree(change.lock);
	context_leave(inode, change.context);
	return err;
}

/* ---- fcntl ---- */

/* The range that @lock describes, whatever it is relative to. */
static int range_from_user(struct file *file, const struct flock *lock, struct file_lock *out)
{
	s64 start, end;

	switch (lock->l_whence) {
	case 0:
		start = 0;
		break;
	case 1:
		start = (s64)file->pos;
		break;
	case 2:
		start = (s64)file->inode->size_bytes;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(start, lock->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	if (lock->l_len > 0) {
		if (__builtin_add_overflow(start, lock->l_len - 1, &end))
			return -EOVERFLOW;
	} else if (lock->l_len < 0) {
		end = start - 1;
		start += lock->l_len;
		if (start < 0)
			return -EINVAL;
	} else {
		end = RANGE_END;
	}
	out->start = (u64)start;
	out->end = (u64)end;
	return 0;
}

static int wanted_from_user(struct file *file, unsigned cmd, const struct flock *lock,
			    struct file_lock *wanted)
{
	bool is_ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;

	if (lock->l_type != F_RDLCK && lock->l_type != F_WRLCK && lock->l_type != F_UNLCK)
		return -EINVAL;
	if (is_ofd && lock->l_pid != 0)
		return -EINVAL;
	wanted->owner = is_ofd ? (const void *)file : (const void *)fdtable_current();
	wanted->kind = is_ofd ? LOCK_KIND_OFD : LOCK_KIND_RECORD;
	wanted->pid = is_ofd ? -1 : current_thread()->process_id;
	wanted->type = lock->l_type;
	return range_from_user(file, lock, wanted);
}

static void get_lock(struct inode *inode, const struct file_lock *wanted, struct flock *lock)
{
	struct file_lock *conflict = NULL;

	spin_lock(&inode->state_lock);
	if (inode->locks)
		conflict = lock_index_conflict(&inode->locks->records, wanted);
	if (conflict) {
		lock->l_type = conflict->type;
		lock->l_whence = 0;
		lock->l_start = (s64)conflict->start;
		lock->l_len =
			conflict->end == RANGE_END ? 0 : (s64)(conflict->end - conflict->start + 1);
		lock->l_pid = conflict->pid;
	} else {
		lock->l_type = F_UNLCK;
	}
	spin_unlock(&inode->state_lock);
}

/* L4: the descriptor may have been closed before the lock was there. */
static int keep_if_open(struct file *file, int fd, struct file_lock *lock)
{
	if (lock->kind != LOCK_KIND_RECORD || lock->type == F_UNLCK || fd_is_open_as(fd, file))
		return 0;
	lock->type = F_UNLCK;
	/* If there is no memory to cut one, drop all of the owner's. */
	if (lock_apply(file->inode, lock, false))
		file_lock_close(file, lock->owner);
	return -EBADF;
}

int file_lock_fcntl(struct file *file, int fd, unsigned cmd, struct flock *lock)
{
	struct file_lock wanted;
	int err = wanted_from_user(file, cmd, lock, &wanted);

	if (err)
		return err;
	if (cmd == F_GETLK || cmd == F_OFD_GETLK) {
		if (lock->l_type == F_UNLCK)
			return -EINVAL;
		get_lock(file->inode, &wanted, lock);
		return 0;
	}
	if (lock->l_type == F_RDLCK && !(file->mode & FILE_READ))
		return -EBADF;
	if (lock->l_type == F_WRLCK && !(file->mode & FILE_WRITE))
		return -EBADF;
	err = lock_apply(file->inode, &wanted, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
	return err ? err : keep_if_open(file, fd, &wanted);
}

/* ---- flock and the ends ---- */

/*
 * Give up the flock of another type that @file has: a conversion does so first, flock(2). If it
 * kept a shared lock while it waits, two that want an exclusive one would wait for each other.
 */
static void give_up_other_type(struct file *file, short type)
{
	struct inode *inode = file->inode;
	struct file_lock_context *context = context_use(inode, NULL);
	struct file_lock *old;

	if (!context)
		return;
	spin_lock(&inode->state_lock);
	old = lock_index_own_from(&context->flocks, file, 0);
	if (old && old->type == type)
		old = NULL;
	if (old)
		lock_index_remove(&context->flocks, old);
	spin_unlock(&inode->state_lock);
	if (old) {
		kfree(old);
		waitq_wake_all(&context->released);
	}
	context_leave(inode, context);
}

int file_lock_flock(struct file *file, int operation)
{
	struct file_lock wanted = {.owner = file,
				   .end = RANGE_END,
				   .kind = LOCK_KIND_FLOCK,
				   .pid = current_thread()->process_id};

	switch (operation & ~LOCK_NB) {
	case LOCK_SH:
		wanted.type = F_RDLCK;
		break;
	case LOCK_EX:
		wanted.type = F_WRLCK;
		break;
	case LOCK_UN:
		wanted.type = F_UNLCK;
		break;
	default:
		return -EINVAL;
	}
	if (wanted.type != F_UNLCK)
		give_up_other_type(file, wanted.type);
	return lock_apply(file->inode, &wanted, !(operation & LOCK_NB));
}

/* Remove some of the locks of @owner; false: there were none. */
static bool remove_some(struct lock_change *change, const void *owner)
{
	struct file_lock *lock;

	spin_lock(&change->inode->state_lock);
	while (change->nr_freed < LOCK_BATCH) {
		lock = lock_index_own_from(change->index, owner, 0);
		if (!lock)
			break;
		lock_index_remove(change->index, lock);
		change->freed[change->nr_freed++] = lock;
	}
	spin_unlock(&change->inode->state_lock);
	if (!change->nr_freed)
		return false;
	free_freed(change);
	return true;
}

/* Remove all locks of @owner in the index of @kind. */
static void remove_all(struct inode *inode, const void *owner, enum file_lock_kind kind)
{
	struct lock_change change = {.inode = inode};
	bool any = false;

	change.context = context_use(inode, NULL);
	if (!change.context)
		return;
	change.index = index_of(change.context, kind);
	while (remove_some(&change, owner))
		any = true;
	if (any)
		waitq_wake_all(&change.context->released);
	context_leave(inode, change.context);
}

void file_lock_close(struct file *file, const void *owner)
{
	remove_all(file->inode, owner, LOCK_KIND_RECORD);
}

void file_lock_release(struct file *file)
{
	remove_all(file->inode, file, LOCK_KIND_OFD);
	remove_all(file->inode, file, LOCK_KIND_FLOCK);
}
