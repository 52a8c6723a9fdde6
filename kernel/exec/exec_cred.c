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

/*
 * The ids that the file's bits give: 0, or -EACCES: since the file was opened, a chmod has taken
 * the right to execute it away.
 */
static int read_file_ids(struct exec_request *request, const struct cred *old)
{
	struct inode_access access = inode_access_get(request->file->inode);

	request->euid = old->euid;
	request->egid = old->egid;
	if (!file_honours_set_id(request->file) ||
	    READ_ONCE(current_process()->attributes.no_new_privileges) ||
	    !(access.mode & (S_ISUID | S_ISGID)))
		return 0;
	if (inode_access_check(&access, MAY_EXEC, old))
		return -EACCES;
	if (access.mode & S_ISUID)
		request->euid = access.uid;
	if ((access.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		request->egid = access.gid;
	return 0;
}

/*
 * A process that others can change from outside (@shares_fs), or that has set no_new_privs, gets no
 * more rights than it had. (There is no ptrace, so none is traced.)
 */
static void limit_unsafe(struct cred *fresh, const struct cred *old, bool shares_fs)
{
	bool no_new = READ_ONCE(current_process()->attributes.no_new_privileges);
	bool gains = fresh->euid != old->euid || !cred_in_group(old, fresh->egid) ||
		     (fresh->cap_permitted & ~old->cap_permitted);

	if (!gains || (!shares_fs && !no_new))
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

static void transform_caps(struct cred *fresh, const struct cred *old, bool shares_fs)
{
	bool all_effective = permit_root(fresh, old);

	limit_unsafe(fresh, old, shares_fs);
	fresh->cap_ambient =
		fresh->euid != old->euid || fresh->egid != old->egid ? 0 : old->cap_ambient;
	fresh->cap_permitted |= fresh->cap_ambient;
	fresh->cap_effective = all_effective ? fresh->cap_permitted : fresh->cap_ambient;
}

/* Write the new program's ids and capabilities into @fresh, a copy of @old that no one else has. */
static void transform(struct exec_request *request, struct cred *fresh, const struct cred *old,
		      bool shares_fs)
{
	fresh->euid = request->euid;
	fresh->egid = request->egid;
	fresh->securebits = old->securebits & ~(u32)BIT(SECURE_KEEP_CAPS);
	transform_caps(fresh, old, shares_fs);
	fresh->suid = fresh->fsuid = fresh->euid;
	fresh->sgid = fresh->fsgid = fresh->egid;
	request->secure = fresh->euid != fresh->uid || fresh->egid != fresh->gid ||
			  (fresh->uid && (fresh->cap_permitted & ~fresh->cap_ambient));
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
	struct cred plan = *old;
	int err = read_file_ids(request, old);

	if (err)
		return err;
	transform(request, &plan, old, false);
	if (same(&plan, old))
		return 0;
	request->cred = cred_copy(old); /* exec_credentials_settle writes the new ids into it */
	return request->cred ? 0 : -ENOMEM;
}

void exec_credentials_settle(struct exec_request *request)
{
	struct fs_context *fs = current_thread()->fs;

	if (request->cred)
		transform(request, request->cred, cred_current(), fs_context_is_shared(fs));
}
