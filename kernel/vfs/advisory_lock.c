// SPDX-License-Identifier: MIT
/*
 * advisory_lock.c -- record locks (fcntl), open-file-description locks, flock.
 *
 * Idea.  One list of locks for each inode that ever had one. A lock is a range with an owner: a
 *   descriptor table (record locks), or an open file (the other two). flock is a lock of its own
 *   kind over the whole file: the kinds do not see each other, but OFD and record locks do.
 * Invariants.
 *   L1  Two locks of one owner and kind neither overlap nor touch with the same type: they are
 *       merged.
 *   L2  Two locks of different owners overlap only if both are shared.
 *   L3  A thread that waits for a record lock stands in `waiters`; following "waits for a lock of"
 *       from it never leads back to its own owner (else -EDEADLK).
 * Ownership.  The inode owns its context, the context its locks. A change prepares two spare locks
 *   first, so that it cannot fail half way.
 * Locks.  inode->state_lock; waiters_lock inside it.
 * Cost.  An inode without locks has no context: close tests one pointer.
 * Tests.  tests/guest/file/file_lock.c.
 */
#include "vfs/advisory_lock.h"

#include "core/errno.h"
#include "mm/kmalloc.h"
#include "vfs/fdtable.h"

#define RANGE_END (~0UL >> 1) /* the last offset there is */

enum lock_kind { LOCK_KIND_RECORD, LOCK_KIND_OFD, LOCK_KIND_FLOCK };

struct SHARED file_lock {
	struct list_node node; /* [state_lock] in the context, in no order */
	const void *owner;     /* [I] */
	u64 start, end;	       /* [state_lock] inclusive */
	short type;	       /* [state_lock] F_RDLCK, F_WRLCK */
	enum lock_kind kind;   /* [I] */
	pid_t pid;	       /* [I] -1 for OFD */
};

struct SHARED file_lock_context {
	struct list_node locks; /* [state_lock] */
	struct waitq released;	/* whoever waits for a lock on this inode */
};

/* A thread that waits for a record lock. */
struct lock_waiter {
	struct list_node node;
	const void *owner;     /* who waits */
	const void *waits_for; /* whose lock stands in the way */
};

static struct spinlock waiters_lock = SPINLOCK_INIT(leaf);
static struct list_node waiters = LIST_INIT(waiters); /* [waiters_lock] */

/* ---- the context ---- */

static int context_of(struct inode *inode, struct file_lock_context **out)
{
	struct file_lock_context *context = __atomic_load_n(&inode->locks, __ATOMIC_ACQUIRE),
				 *fresh;

	if (!context) {
		fresh = kmalloc(sizeof(*fresh), 0);
		if (!fresh)
			return -ENOLCK;
		list_init(&fresh->locks);
		waitq_init(&fresh->released);
		spin_lock(&inode->state_lock);
		context = inode->locks;
		if (!context) {
			/* Pairs with the load above: who sees the context sees it initialised. */
			__atomic_store_n(&inode->locks, fresh, __ATOMIC_RELEASE);
			context = fresh;
			fresh = NULL;
		}
		spin_unlock(&inode->state_lock);
		kfree(fresh);
	}
	*out = context;
	return 0;
}

void file_lock_context_free(struct inode *inode)
{
	struct file_lock *lock, *tmp;

	list_for_each_entry_safe(lock, tmp, &inode->locks->locks, node)
		kfree(lock);
	kfree(inode->locks);
	inode->locks = NULL;
}

/* ---- conflicts ---- */

static bool same_owner(const struct file_lock *a, const struct file_lock *b)
{
	return a->owner == b->owner && a->kind == b->kind;
}

static bool overlaps(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static bool conflicts(const struct file_lock *a, const struct file_lock *b)
{
	if ((a->kind == LOCK_KIND_FLOCK) != (b->kind == LOCK_KIND_FLOCK) || same_owner(a, b))
		return false;
	return (a->type == F_WRLCK || b->type == F_WRLCK) && overlaps(a, b);
}

/* What stands in @wanted's way. Locks: state_lock held. */
static struct file_lock *find_conflict(struct file_lock_context *context,
				       const struct file_lock *wanted)
{
	struct file_lock *lock;

	list_for_each_entry(lock, &context->locks, node)
		if (conflicts(lock, wanted))
			return lock;
	return NULL;
}

/* ---- changing the list ---- */

/*
 * @wanted (F_UNLCK: nothing) takes the place of what its owner has there. @spare: two locks'
 * memory, of which what is used becomes NULL. Locks: state_lock held. L1
 */
static void replace_range(struct file_lock_context *context, const struct file_lock *wanted,
			  struct file_lock *spare[2], struct list_node *freed)
{
	struct file_lock merged = *wanted, *lock, *tmp;

	list_for_each_entry_safe(lock, tmp, &context->locks, node) {
		if (!same_owner(lock, wanted))
			continue;
		if (lock->type == merged.type && lock->start <= merged.end + 1 &&
		    merged.start <= lock->end + 1) {
			merged.start = min(merged.start, lock->start);
			merged.end = max(merged.end, lock->end);
			list_remove(&lock->node);
			list_add_last(freed, &lock->node);
		} else if (!overlaps(lock, &merged)) {
			continue;
		} else if (lock->start < merged.start && lock->end > merged.end) {
			struct file_lock *tail = spare[0]; /* at most one lock is cut in two */

			spare[0] = NULL;
			*tail = *lock;
			tail->start = merged.end + 1;
			list_add_last(&context->locks, &tail->node);
			lock->end = merged.start - 1;
		} else if (lock->start < merged.start) {
			lock->end = merged.start - 1;
		} else if (lock->end > merged.end) {
			lock->start = merged.end + 1;
		} else {
			list_remove(&lock->node);
			list_add_last(freed, &lock->node);
		}
	}
	if (wanted->type != F_UNLCK) {
		*spare[1] = merged;
		list_add_last(&context->locks, &spare[1]->node);
		spare[1] = NULL;
	}
}

static void free_list(struct list_node *freed)
{
	struct list_node *node;

	while ((node = list_pop_first(freed)) != NULL)
		kfree(list_entry(node, struct file_lock, node));
}

/* ---- waiting ---- */

/* Would it go round in a circle if @owner waited for @blocker? Locks: waiters_lock held. L3 */
static bool would_deadlock(const void *owner, const void *blocker)
{
	for (unsigned steps = 0; steps < 256; steps++) {
		struct lock_waiter *waiter;
		const void *next = NULL;

		if (blocker == owner)
			return true;
		list_for_each_entry(waiter, &waiters, node)
			if (waiter->owner == blocker)
				next = waiter->waits_for;
		if (!next)
			return false;
		blocker = next;
	}
	return false;
}

/* Note that @me waits for @blocker now; false: that would be a deadlock. */
static bool waiter_enter(struct lock_waiter *me, const void *blocker)
{
	bool ok;

	spin_lock(&waiters_lock);
	ok = !would_deadlock(me->owner, blocker);
	if (ok) {
		me->waits_for = blocker;
		list_add_last(&waiters, &me->node);
	}
	spin_unlock(&waiters_lock);
	return ok;
}

static void waiter_leave(struct lock_waiter *me)
{
	spin_lock(&waiters_lock);
	list_remove(&me->node);
	spin_unlock(&waiters_lock);
}

/* Try once: 0, or -EAGAIN with the owner in the way. */
static int try_lock(struct inode *inode, struct file_lock_context *context,
		    const struct file_lock *wanted, struct file_lock *spare[2],
		    const void **blocker)
{
	struct file_lock *conflict = NULL;
	struct list_node freed;

	list_init(&freed);
	spin_lock(&inode->state_lock);
	if (wanted->type != F_UNLCK)
		conflict = find_conflict(context, wanted);
	if (conflict)
		*blocker = conflict->owner;
	else
		replace_range(context, wanted, spare, &freed);
	spin_unlock(&inode->state_lock);
	free_list(&freed);
	if (conflict)
		return -EAGAIN;
	waitq_wake_all(&context->released); /* part of it may be free now, or shared */
	return 0;
}

static int lock_or_wait(struct inode *inode, struct file_lock_context *context,
			const struct file_lock *wanted, struct file_lock *spare[2], bool waits)
{
	struct lock_waiter me = {.owner = wanted->owner};
	struct wait_entry entry;
	const void *blocker;
	int err = try_lock(inode, context, wanted, spare, &blocker);

	if (err != -EAGAIN || !waits)
		return err;
	wait_entry_init(&entry);
	for (;;) {
		waitq_prepare(&context->released, &entry, THREAD_SLEEPING);
		err = try_lock(inode, context, wanted, spare, &blocker);
		if (err != -EAGAIN)
			break;
		if (wanted->kind == LOCK_KIND_RECORD && !waiter_enter(&me, blocker)) {
			err = -EDEADLK;
			break;
		}
		err = sched_sleep(DEADLINE_NEVER);
		if (wanted->kind == LOCK_KIND_RECORD)
			waiter_leave(&me);
		if (err) {
			err = -ERESTARTSYS;
			break;
		}
	}
	waitq_finish(&context->released, &entry);
	return err;
}

static int lock_apply(struct inode *inode, const struct file_lock *wanted, bool waits)
{
	struct file_lock *spare[2] = {NULL, NULL};
	struct file_lock_context *context;
	int err;

	if (wanted->type == F_UNLCK && !inode->locks)
		return 0;
	err = context_of(inode, &context);
	if (err)
		return err;
	spare[0] = kmalloc(sizeof(*spare[0]), 0);
	spare[1] = kmalloc(sizeof(*spare[1]), 0);
	err = spare[0] && spare[1] ? lock_or_wait(inode, context, wanted, spare, waits) : -ENOLCK;
	kfree(spare[0]);
	kfree(spare[1]);
	return err;
}

/* ---- fcntl ---- */

/* The range that @lock describes from the position it names. */
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
	wanted->pid = is_ofd ? -1 : vfs_thread_current()->process_id;
	wanted->type = lock->l_type;
	return range_from_user(file, lock, wanted);
}

static void get_lock(struct inode *inode, const struct file_lock *wanted, struct flock *lock)
{
	struct file_lock *conflict = NULL;

	spin_lock(&inode->state_lock);
	if (inode->locks)
		conflict = find_conflict(inode->locks, wanted);
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

int file_lock_fcntl(struct file *file, unsigned cmd, struct flock *lock)
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
	return lock_apply(file->inode, &wanted, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}

/* ---- flock and the ends ---- */

int file_lock_flock(struct file *file, int operation)
{
	struct file_lock wanted = {.owner = file,
				   .end = RANGE_END,
				   .kind = LOCK_KIND_FLOCK,
				   .pid = vfs_thread_current()->process_id};

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
	return lock_apply(file->inode, &wanted, !(operation & LOCK_NB));
}

/* All locks of @owner of the kinds in the mask go. */
static void remove_all(struct inode *inode, const void *owner, unsigned kinds)
{
	struct file_lock_context *context =
		__atomic_load_n(&inode->locks, __ATOMIC_ACQUIRE); /* see context_of */
	struct file_lock *lock, *tmp;
	struct list_node freed;

	if (!context)
		return;
	list_init(&freed);
	spin_lock(&inode->state_lock);
	list_for_each_entry_safe(lock, tmp, &context->locks, node) {
		if (lock->owner != owner || !(kinds & BIT(lock->kind)))
			continue;
		list_remove(&lock->node);
		list_add_last(&freed, &lock->node);
	}
	spin_unlock(&inode->state_lock);
	if (list_is_empty(&freed))
		return;
	free_list(&freed);
	waitq_wake_all(&context->released);
}

void file_lock_close(struct file *file, const void *owner)
{
	remove_all(file->inode, owner, BIT(LOCK_KIND_RECORD));
}

void file_lock_release(struct file *file)
{
	remove_all(file->inode, file, BIT(LOCK_KIND_OFD) | BIT(LOCK_KIND_FLOCK));
}
