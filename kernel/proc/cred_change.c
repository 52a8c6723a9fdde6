// SPDX-License-Identifier: MIT
/*
 * cred_change.c -- the rules by which a thread changes its user, its groups and its capabilities.
 *
 * Idea. Copy the credentials, edit the copy, put it in place (cred_commit). Root is a thread with
 *   capabilities: CAP_SETUID and CAP_SETGID decide here, and a change of user ids takes
 *   capabilities away or gives them back: capabilities(7), "Effect of user ID changes on
 *   capabilities".
 *   Others judge a process by the credentials of its leader (process.c: P3): a thread may take
 *   those of another user for a while without opening the process to him.
 * Ownership. A thread holds one reference, its process one on the leader's object.
 * Locks. process->lock for the process's copy; the thread's own pointer is its own.
 */
#include "proc/cred_change.h"
#include "core/errno.h"
#include "mm/account.h"
#include "proc/process_internal.h"
#include "vfs/cred.h"

#include <linux/prctl.h>
#include <linux/securebits.h>

#define CAPS_OF_FILE_SYSTEM                                                                        \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) |     \
	 BIT(CAP_FSETID) | BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_MKNOD) | BIT(CAP_MAC_OVERRIDE))

/*
 * The thread acts for another user now, and counts as one of its tasks. If these are too many then,
 * the next fork or exec fails.
 */
static void move_task(struct user_account *from, struct user_account *to)
{
	if (from == to)
		return;
	ignore_result(user_charge(to, USER_TASKS, 1, USER_NO_LIMIT), "without a limit");
	user_uncharge(from, USER_TASKS, 1);
}

bool cred_may_use_reserve(const struct cred *cred)
{
	return !cred->euid || cred_has_cap(cred, CAP_SYS_RESOURCE) ||
	       cred_has_cap(cred, CAP_SYS_ADMIN);
}

void cred_show_process(void)
{
	struct process *process = current_process();
	const struct cred *cred = cred_current(), *old;
	irq_state_t state;

	debug_assert(process->threads.leader == current_user_thread());
	cred_get(cred);
	if (process->cred->user != cred->user)
		account_set_user(process->account, cred->user);
	WRITE_ONCE(process->account->privileged, cred_may_use_reserve(cred));
	state = spin_lock_irq_save(&process->lock);
	old = process->cred;
	process->cred = cred;
	spin_unlock_irq_restore(&process->lock, state);
	cred_put(old);
}

void cred_commit(struct cred *cred)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	const struct cred *old = t->thread.cred;

	if (cred->euid != old->euid || cred->egid != old->egid || cred->fsuid != old->fsuid ||
	    cred->fsgid != old->fsgid || (cred->cap_permitted & ~old->cap_permitted)) {
		WRITE_ONCE(process->attributes.dumpable, false);
		WRITE_ONCE(process->attributes.parent_death_signal, 0);
	}
	move_task(old->user, cred->user);
	t->thread.cred = cred;
	if (READ_ONCE(process->threads.leader) == t) /* it is or is not, until this thread ends */
		cred_show_process();
	cred_put(old);
}

/* capabilities(7): what the new user ids mean for the capabilities. */
static void adjust_caps(struct cred *fresh, const struct cred *old)
{
	bool had_root = !old->uid || !old->euid || !old->suid;
	bool has_root = !fresh->uid || !fresh->euid || !fresh->suid;

	if (fresh->securebits & BIT(SECURE_NO_SETUID_FIXUP))
		return;
	if (had_root && !has_root) {
		if (!(fresh->securebits & BIT(SECURE_KEEP_CAPS)))
			fresh->cap_permitted = fresh->cap_effective = 0;
		fresh->cap_ambient = 0;
	}
	if (!old->euid && fresh->euid)
		fresh->cap_effective = 0;
	if (old->euid && !fresh->euid)
		fresh->cap_effective = fresh->cap_permitted;
}

/* What it takes to change the ids of a kind at will. */
static const unsigned capability_of[] = {[CRED_USER] = CAP_SETUID, [CRED_GROUP] = CAP_SETGID};

static const struct cred_ids *ids_now(enum cred_kind kind)
{
	return &cred_current()->ids[kind];
}

/* Put @ids in place; the file-system id follows the effective one. */
static int commit_ids(enum cred_kind kind, const struct cred_ids *ids)
{
	struct cred *fresh = cred_copy(cred_current());
	int err;

	if (!fresh)
		return -ENOMEM;
	fresh->ids[kind] = *ids;
	fresh->ids[kind].fs = ids->effective;
	if (kind == CRED_USER) {
		err = cred_set_user(fresh);
		if (err) {
			cred_put(fresh);
			return err;
		}
		adjust_caps(fresh, cred_current());
	}
	cred_commit(fresh);
	return 0;
}

int cred_set_id(enum cred_kind kind, u32 id)
{
	struct cred_ids ids = *ids_now(kind);
	bool at_will = capable(capability_of[kind]);

	if (id == CRED_KEEP)
		return -EINVAL;
	if (!at_will && id != ids.real && id != ids.saved)
		return -EPERM;
	if (at_will)
		ids.real = ids.saved = id;
	ids.effective = id;
	return commit_ids(kind, &ids);
}

/* Does a thread with @ids need no capability to take @id? */
static bool is_own(const struct cred_ids *ids, u32 id)
{
	return id == CRED_KEEP || id == ids->real || id == ids->effective || id == ids->saved;
}

int cred_set_real_effective(enum cred_kind kind, u32 real, u32 effective)
{
	const struct cred_ids *old = ids_now(kind);
	struct cred_ids ids = *old;

	if (!capable(capability_of[kind]) &&
	    ((real != CRED_KEEP && real != old->real && real != old->effective) ||
	     !is_own(old, effective)))
		return -EPERM;
	if (real != CRED_KEEP)
		ids.real = real;
	if (effective != CRED_KEEP)
		ids.effective = effective;
	if (real != CRED_KEEP || (effective != CRED_KEEP && effective != old->real))
		ids.saved = ids.effective;
	return commit_ids(kind, &ids);
}

int cred_set_all_ids(enum cred_kind kind, u32 real, u32 effective, u32 saved)
{
	struct cred_ids ids = *ids_now(kind);

	if (!capable(capability_of[kind]) &&
	    (!is_own(&ids, real) || !is_own(&ids, effective) || !is_own(&ids, saved)))
		return -EPERM;
	if (real != CRED_KEEP)
		ids.real = real;
	if (effective != CRED_KEEP)
		ids.effective = effective;
	if (saved != CRED_KEEP)
		ids.saved = saved;
	return commit_ids(kind, &ids);
}

u32 cred_set_fs_id(enum cred_kind kind, u32 id)
{
	const struct cred_ids *old = ids_now(kind);
	u32 before = old->fs;
	struct cred *fresh;

	if (id == CRED_KEEP || (!is_own(old, id) && id != before && !capable(capability_of[kind])))
		return before;
	fresh = cred_copy(cred_current());
	if (!fresh)
		return before;
	fresh->ids[kind].fs = id;
	if (kind == CRED_USER && !(fresh->securebits & BIT(SECURE_NO_SETUID_FIXUP))) {
		if (!before && id)
			fresh->cap_effective &= ~CAPS_OF_FILE_SYSTEM;
		if (before && !id)
			fresh->cap_effective |= fresh->cap_permitted & CAPS_OF_FILE_SYSTEM;
	}
	cred_commit(fresh);
	return before;
}

/* ---- groups ---- */

/* A heap sort: in place, no recursion, and never worse than n log n. */
static void sort_groups(gid_t *groups, u32 count)
{
	for (u32 start = count / 2, end = count; end > 1;) {
		u32 root, child;
		gid_t value;

		if (start) {
			value = groups[--start];
		} else {
			value = groups[--end];
			groups[end] = groups[0];
		}
		root = start;
		while ((child = 2 * root + 1) < end) {
			if (child + 1 < end && groups[child + 1] > groups[child])
				child++;
			if (groups[child] <= value)
				break;
			groups[root] = groups[child];
			root = child;
		}
		groups[root] = value;
	}
}

int cred_set_groups(gid_t *groups, u32 count)
{
	struct cred *fresh;

	if (!capable(CAP_SETGID))
		return -EPERM;
	fresh = cred_copy_with_groups(cred_current(), count);
	if (!fresh)
		return -ENOMEM;
	sort_groups(groups, count);
	for (u32 i = 0; i < count; i++)
		fresh->groups[i] = groups[i];
	cred_commit(fresh);
	return 0;
}

/* ---- capabilities ---- */

int cred_set_caps(u64 effective, u64 permitted, u64 inheritable)
{
	const struct cred *old = cred_current();
	struct cred *fresh;

	effective &= CRED_CAP_ALL;
	permitted &= CRED_CAP_ALL;
	inheritable &= CRED_CAP_ALL;
	if ((permitted & ~old->cap_permitted) || (effective & ~permitted) ||
	    (inheritable & ~(old->cap_inheritable | old->cap_bounding)) ||
	    (!capable(CAP_SETPCAP) && (inheritable & ~(old->cap_inheritable | old->cap_permitted))))
		return -EPERM;
	fresh = cred_copy(old);
	if (!fresh)
		return -ENOMEM;
	fresh->cap_effective = effective;
	fresh->cap_permitted = permitted;
	fresh->cap_inheritable = inheritable;
	fresh->cap_ambient &= permitted & inheritable;
	cred_commit(fresh);
	return 0;
}

/* Put others in place of the securebits, the bounding set and the ambient set. */
static int commit_limits(u32 securebits, u64 bounding, u64 ambient)
{
	struct cred *fresh = cred_copy(cred_current());

	if (!fresh)
		return -ENOMEM;
	fresh->securebits = securebits;
	fresh->cap_bounding = bounding;
	fresh->cap_ambient = ambient;
	cred_commit(fresh);
	return 0;
}

int cred_set_keep_caps(u64 on)
{
	const struct cred *old = cred_current();

	if (on > 1)
		return -EINVAL;
	if (old->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	return commit_limits((old->securebits & ~(u32)SECBIT_KEEP_CAPS) |
				     (on ? SECBIT_KEEP_CAPS : 0),
			     old->cap_bounding, old->cap_ambient);
}

int cred_set_securebits(u64 bits)
{
	const struct cred *old = cred_current();
	u64 locked = (old->securebits & SECURE_ALL_LOCKS) >> 1;

	if (!capable(CAP_SETPCAP) || (bits & ~(u64)(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) ||
	    ((old->securebits ^ bits) & locked) || (old->securebits & SECURE_ALL_LOCKS & ~bits))
		return -EPERM;
	return commit_limits((u32)bits, old->cap_bounding, old->cap_ambient);
}

int cred_drop_bounding(u64 cap)
{
	const struct cred *old = cred_current();

	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	if (!capable(CAP_SETPCAP))
		return -EPERM;
	return commit_limits(old->securebits, old->cap_bounding & ~BIT(cap), old->cap_ambient);
}

int cred_ambient(u64 what, u64 cap)
{
	const struct cred *old = cred_current();
	u64 set = old->cap_ambient;

	if (cap > CAP_LAST_CAP || (what == PR_CAP_AMBIENT_CLEAR_ALL && cap))
		return -EINVAL;
	switch (what) {
	case PR_CAP_AMBIENT_IS_SET:
		return set >> cap & 1;
	case PR_CAP_AMBIENT_CLEAR_ALL:
		set = 0;
		break;
	case PR_CAP_AMBIENT_LOWER:
		set &= ~BIT(cap);
		break;
	case PR_CAP_AMBIENT_RAISE:
		if (!(old->cap_permitted & old->cap_inheritable & BIT(cap)) ||
		    (old->securebits & SECBIT_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
		set |= BIT(cap);
		break;
	default:
		return -EINVAL;
	}
	return commit_limits(old->securebits, old->cap_bounding, set);
}

static bool is_in_my_session(const struct process *target)
{
	bool is;

	process_tree_lock();
	is = target->job.session == current_process()->job.session;
	process_tree_unlock();
	return is;
}

bool cred_may_signal(struct process *target, int signal)
{
	const struct cred *mine = cred_current(), *theirs;
	bool same;

	if (target == current_process() || capable(CAP_KILL))
		return true;
	if (signal == SIGCONT && is_in_my_session(target))
		return true;
	theirs = process_get_cred(target);
	same = mine->euid == theirs->suid || mine->euid == theirs->uid ||
	       mine->uid == theirs->suid || mine->uid == theirs->uid;
	cred_put(theirs);
	return same;
}
