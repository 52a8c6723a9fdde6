// SPDX-License-Identifier: MIT
/*
 * cred_change.c -- the rules by which a thread changes its user, its groups and its capabilities.
 *
 * Idea. Copy the credentials, edit the copy, put it in place (cred_commit). Root is a thread with
 *   capabilities: CAP_SETUID and CAP_SETGID decide here, and a change of user ids takes
 *   capabilities away or gives them back: capabilities(7), "Effect of user ID changes on
 *   capabilities".
 * Ownership. A thread holds one reference, its process one on the same object (process.c: P3).
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
static void move_task(struct user_thread *t, struct user_account *from, struct user_account *to)
{
	if (from == to)
		return;
	ignore_result(user_charge(to, USER_TASKS, 1, USER_NO_LIMIT), "without a limit");
	user_uncharge(from, USER_TASKS, 1);
	account_set_user(t->thread.process->account, to);
}

void process_update_privilege(struct process *process, const struct cred *cred)
{
	WRITE_ONCE(process->account->privileged, !cred->euid ||
							 cred_has_cap(cred, CAP_SYS_RESOURCE) ||
							 cred_has_cap(cred, CAP_SYS_ADMIN));
}

void cred_commit(struct cred *cred)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;
	const struct cred *old = t->thread.cred, *old_shared;
	irq_state_t state;

	if (cred->euid != old->euid || cred->egid != old->egid || cred->fsuid != old->fsuid ||
	    cred->fsgid != old->fsgid || (cred->cap_permitted & ~old->cap_permitted)) {
		WRITE_ONCE(process->attributes.dumpable, false);
		WRITE_ONCE(process->attributes.parent_death_signal, 0);
	}
	cred_get(cred);
	move_task(t, old->user, cred->user);
	t->thread.cred = cred;
	process_update_privilege(process, cred);
	state = spin_lock_irq_save(&process->lock);
	old_shared = process->cred;
	process->cred = cred;
	spin_unlock_irq_restore(&process->lock, state);
	cred_put(old_shared);
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

static long commit_ids(struct cred *fresh)
{
	int err = cred_set_user(fresh);

	if (err) {
		cred_put(fresh);
		return err;
	}
	fresh->fsuid = fresh->euid;
	adjust_caps(fresh, cred_current());
	cred_commit(fresh);
	return 0;
}

static long commit_gids(struct cred *fresh)
{
	fresh->fsgid = fresh->egid;
	cred_commit(fresh);
	return 0;
}

/* A copy to edit, and the original. */
static struct cred *cred_begin(const struct cred **old)
{
	*old = cred_current();
	return cred_copy(*old);
}

long cred_set_uid(uid_t uid)
{
	const struct cred *old;
	struct cred *fresh;

	if (uid == CRED_KEEP)
		return -EINVAL;
	fresh = cred_begin(&old);
	if (!fresh)
		return -ENOMEM;
	if (capable(CAP_SETUID)) {
		fresh->uid = fresh->suid = uid;
	} else if (uid != old->uid && uid != old->suid) {
		cred_put(fresh);
		return -EPERM;
	}
	fresh->euid = uid;
	return commit_ids(fresh);
}

long cred_set_gid(gid_t gid)
{
	const struct cred *old;
	struct cred *fresh;

	if (gid == CRED_KEEP)
		return -EINVAL;
	fresh = cred_begin(&old);
	if (!fresh)
		return -ENOMEM;
	if (capable(CAP_SETGID)) {
		fresh->gid = fresh->sgid = gid;
	} else if (gid != old->gid && gid != old->sgid) {
		cred_put(fresh);
		return -EPERM;
	}
	fresh->egid = gid;
	return commit_gids(fresh);
}

/* May a thread without CAP_SETUID or CAP_SETGID that has the other ids take @id? */
static bool is_one_of(u32 id, u32 a, u32 b, u32 c)
{
	return id == CRED_KEEP || id == a || id == b || id == c;
}

long cred_set_re_uid(uid_t ruid, uid_t euid)
{
	const struct cred *old;
	struct cred *fresh = cred_begin(&old);

	if (!fresh)
		return -ENOMEM;
	if (!capable(CAP_SETUID) && (!is_one_of(ruid, old->uid, old->euid, old->uid) ||
				     !is_one_of(euid, old->uid, old->euid, old->suid))) {
		cred_put(fresh);
		return -EPERM;
	}
	if (ruid != CRED_KEEP)
		fresh->uid = ruid;
	if (euid != CRED_KEEP)
		fresh->euid = euid;
	if (ruid != CRED_KEEP || (euid != CRED_KEEP && euid != old->uid))
		fresh->suid = fresh->euid;
	return commit_ids(fresh);
}

long cred_set_re_gid(gid_t rgid, gid_t egid)
{
	const struct cred *old;
	struct cred *fresh = cred_begin(&old);

	if (!fresh)
		return -ENOMEM;
	if (!capable(CAP_SETGID) && (!is_one_of(rgid, old->gid, old->egid, old->gid) ||
				     !is_one_of(egid, old->gid, old->egid, old->sgid))) {
		cred_put(fresh);
		return -EPERM;
	}
	if (rgid != CRED_KEEP)
		fresh->gid = rgid;
	if (egid != CRED_KEEP)
		fresh->egid = egid;
	if (rgid != CRED_KEEP || (egid != CRED_KEEP && egid != old->gid))
		fresh->sgid = fresh->egid;
	return commit_gids(fresh);
}

long cred_set_res_uid(uid_t ruid, uid_t euid, uid_t suid)
{
	const struct cred *old;
	struct cred *fresh = cred_begin(&old);

	if (!fresh)
		return -ENOMEM;
	if (!capable(CAP_SETUID) && (!is_one_of(ruid, old->uid, old->euid, old->suid) ||
				     !is_one_of(euid, old->uid, old->euid, old->suid) ||
				     !is_one_of(suid, old->uid, old->euid, old->suid))) {
		cred_put(fresh);
		return -EPERM;
	}
	if (ruid != CRED_KEEP)
		fresh->uid = ruid;
	if (euid != CRED_KEEP)
		fresh->euid = euid;
	if (suid != CRED_KEEP)
		fresh->suid = suid;
	return commit_ids(fresh);
}

long cred_set_res_gid(gid_t rgid, gid_t egid, gid_t sgid)
{
	const struct cred *old;
	struct cred *fresh = cred_begin(&old);

	if (!fresh)
		return -ENOMEM;
	if (!capable(CAP_SETGID) && (!is_one_of(rgid, old->gid, old->egid, old->sgid) ||
				     !is_one_of(egid, old->gid, old->egid, old->sgid) ||
				     !is_one_of(sgid, old->gid, old->egid, old->sgid))) {
		cred_put(fresh);
		return -EPERM;
	}
	if (rgid != CRED_KEEP)
		fresh->gid = rgid;
	if (egid != CRED_KEEP)
		fresh->egid = egid;
	if (sgid != CRED_KEEP)
		fresh->sgid = sgid;
	return commit_gids(fresh);
}

uid_t cred_set_fs_uid(uid_t uid)
{
	const struct cred *old;
	struct cred *fresh = cred_begin(&old);
	uid_t before;

	before = old->fsuid;
	if (!fresh)
		return before;
	if (uid == CRED_KEEP || (!is_one_of(uid, old->uid, old->euid, old->suid) &&
				 uid != old->fsuid && !capable(CAP_SETUID))) {
		cred_put(fresh);
		return before;
	}
	fresh->fsuid = uid;
	if (!(fresh->securebits & BIT(SECURE_NO_SETUID_FIXUP))) {
		if (!before && uid)
			fresh->cap_effective &= ~CAPS_OF_FILE_SYSTEM;
		if (before && !uid)
			fresh->cap_effective |= fresh->cap_permitted & CAPS_OF_FILE_SYSTEM;
	}
	cred_commit(fresh);
	return before;
}

gid_t cred_set_fs_gid(gid_t gid)
{
	const struct cred *old;
	struct cred *fresh = cred_begin(&old);
	gid_t before;

	before = old->fsgid;
	if (!fresh)
		return before;
	if (gid == CRED_KEEP || (!is_one_of(gid, old->gid, old->egid, old->sgid) &&
				 gid != old->fsgid && !capable(CAP_SETGID))) {
		cred_put(fresh);
		return before;
	}
	fresh->fsgid = gid;
	cred_commit(fresh);
	return before;
}

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

long cred_set_groups(gid_t *groups, u32 count)
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

long cred_set_caps(u64 effective, u64 permitted, u64 inheritable)
{
	const struct cred *old;
	struct cred *fresh;

	effective &= CRED_CAP_ALL;
	permitted &= CRED_CAP_ALL;
	inheritable &= CRED_CAP_ALL;
	fresh = cred_begin(&old);
	if (!fresh)
		return -ENOMEM;
	if ((permitted & ~old->cap_permitted) || (effective & ~permitted) ||
	    (inheritable & ~(old->cap_inheritable | old->cap_bounding)) ||
	    (!capable(CAP_SETPCAP) &&
	     (inheritable & ~(old->cap_inheritable | old->cap_permitted)))) {
		cred_put(fresh);
		return -EPERM;
	}
	fresh->cap_effective = effective;
	fresh->cap_permitted = permitted;
	fresh->cap_inheritable = inheritable;
	fresh->cap_ambient &= permitted & inheritable;
	cred_commit(fresh);
	return 0;
}

bool cred_may_signal(struct process *target, int signal)
{
	const struct cred *mine = cred_current(), *theirs;
	bool same;

	if (target == current_process() || capable(CAP_KILL))
		return true;
	if (signal == SIGCONT && target->job.session == current_process()->job.session)
		return true;
	theirs = process_get_cred(target);
	same = mine->euid == theirs->suid || mine->euid == theirs->uid ||
	       mine->uid == theirs->suid || mine->uid == theirs->uid;
	cred_put(theirs);
	return same;
}
