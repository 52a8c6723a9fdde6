// SPDX-License-Identifier: MIT
/*
 * The credentials of a new program: set-user-ID and set-group-ID bits, and capabilities(7),
 * "Transformation of capabilities during execve()", for files without capabilities of their own.
 */
#include "core/errno.h"
#include "exec/exec.h"
#include "proc/process.h"
#include "vfs/cred.h"
#include "vfs/file/file.h"
#include "vfs/name/fs_context.h"

#include <linux/securebits.h>

/* 0, or -EACCES: since the file was opened, a chmod has taken the right to execute it away. */
static int apply_file_ids(struct cred *fresh, const struct file *file)
{
	struct inode_access access = inode_access_get(file->inode);

	if (!file_honours_set_id(file) ||
	    READ_ONCE(current_process()->attributes.no_new_privileges) ||
	    !(access.mode & (S_ISUID | S_ISGID)))
		return 0;
	if (inode_access_check(&access, MAY_EXEC, cred_current()))
		return -EACCES;
	if (access.mode & S_ISUID)
		fresh->euid = access.uid;
	if ((access.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		fresh->egid = access.gid;
	return 0;
}

/*
 * Do other processes share working directory, root and umask with this one, so that they could
 * change them under the new program? If not, none will until exec_credentials_end.
 */
static bool shares_fs(struct exec_request *request)
{
	struct user_thread *me = current_user_thread(), *t;
	struct process *process = me->thread.process;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	u32 nr_own = 0;
	bool shared;

	list_for_each_entry(t, &process->threads.list, process_node)
		nr_own += t->thread.fs == me->thread.fs;
	shared = fs_context_exec_begin(me->thread.fs, nr_own);
	spin_unlock_irq_restore(&process->lock, state);
	request->fs = shared ? NULL : me->thread.fs;
	return shared;
}

void exec_credentials_end(struct exec_request *request)
{
	if (request->fs)
		fs_context_exec_end(request->fs);
	request->fs = NULL;
}

/*
 * A process that others can change from outside, or that has set no_new_privs, gets no more rights
 * than it had. (There is no ptrace, so none is traced.)
 */
static void limit_unsafe(struct exec_request *request, struct cred *fresh, const struct cred *old)
{
	bool no_new = READ_ONCE(current_process()->attributes.no_new_privileges);
	bool gains = fresh->euid != old->euid || !cred_in_group(old, fresh->egid) ||
		     (fresh->cap_permitted & ~old->cap_permitted);

	if (!gains || (!shares_fs(request) && !no_new))
		return;
	if (no_new || !cred_has_cap(old, CAP_SETUID)) {
		fresh->euid = old->euid;
		fresh->egid = old->egid;
	}
	fresh->cap_permitted &= old->cap_permitted;
}

/* The permitted set by the user ids, before limits; true: all of it is effective. */
static bool permit_root(struct cred *fresh, const struct cred *old)
{
	if ((fresh->euid && fresh->uid) || (fresh->securebits & BIT(SECURE_NOROOT))) {
		fresh->cap_permitted = 0;
		return false;
	}
	fresh->cap_permitted = (old->cap_inheritable | old->cap_bounding) & CRED_CAP_ALL;
	return !fresh->euid;
}

static void transform_caps(struct exec_request *request, struct cred *fresh, const struct cred *old)
{
	bool all_effective = permit_root(fresh, old);

	limit_unsafe(request, fresh, old);
	fresh->cap_ambient =
		fresh->euid != old->euid || fresh->egid != old->egid ? 0 : old->cap_ambient;
	fresh->cap_permitted |= fresh->cap_ambient;
	fresh->cap_effective = all_effective ? fresh->cap_permitted : fresh->cap_ambient;
}

static bool same(const struct cred *a, const struct cred *b)
{
	return a->euid == b->euid && a->suid == b->suid && a->fsuid == b->fsuid &&
	       a->egid == b->egid && a->sgid == b->sgid && a->fsgid == b->fsgid &&
	       a->cap_effective == b->cap_effective && a->cap_permitted == b->cap_permitted &&
	       a->cap_ambient == b->cap_ambient && a->securebits == b->securebits;
}

int exec_credentials(struct exec_request *request)
{
	const struct cred *old = cred_current();
	struct cred plan = {.uid = old->uid,
			    .gid = old->gid,
			    .euid = old->euid,
			    .egid = old->egid,
			    .securebits = old->securebits & ~(u32)BIT(SECURE_KEEP_CAPS)};
	int err;

	err = apply_file_ids(&plan, request->file);
	if (err)
		return err;
	transform_caps(request, &plan, old);
	plan.suid = plan.fsuid = plan.euid;
	plan.sgid = plan.fsgid = plan.egid;
	request->secure = plan.euid != plan.uid || plan.egid != plan.gid ||
			  (plan.uid && (plan.cap_permitted & ~plan.cap_ambient));
	if (same(&plan, old))
		return 0;
	request->cred = cred_copy(old);
	if (!request->cred)
		return -ENOMEM;
	request->cred->euid = plan.euid;
	request->cred->suid = plan.suid;
	request->cred->fsuid = plan.fsuid;
	request->cred->egid = plan.egid;
	request->cred->sgid = plan.sgid;
	request->cred->fsgid = plan.fsgid;
	request->cred->cap_effective = plan.cap_effective;
	request->cred->cap_permitted = plan.cap_permitted;
	request->cred->cap_ambient = plan.cap_ambient;
	request->cred->securebits = plan.securebits;
	return 0;
}
