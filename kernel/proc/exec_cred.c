// SPDX-License-Identifier: MIT
/*
 * What a change of program does to credentials: set-user-ID and set-group-ID bits, and
 * capabilities(7), "Transformation of capabilities during execve()", for files without capabilities
 * of their own.
 */
#include "core/errno.h"
#include "proc/exec.h"
#include "proc/process.h"
#include "vfs/cred.h"
#include "vfs/file.h"

#include <linux/securebits.h>

static void apply_file_ids(struct cred *new, const struct file *file)
{
	const struct inode *inode = file->inode;
	mode_t mode = READ_ONCE(inode->mode);

	if (!file_honours_set_id(file) || READ_ONCE(current_process()->no_new_privileges))
		return;
	if (mode & S_ISUID)
		new->euid = inode->uid;
	if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		new->egid = inode->gid;
}

static void transform_caps(struct cred *new, const struct cred *old)
{
	bool gained_root = !new->euid && old->euid, is_root = !new->euid || !new->uid;
	u64 ambient = new->euid != old->euid || new->egid != old->egid ? 0 : old->cap_ambient;

	new->cap_ambient = ambient;
	if (is_root && !(new->securebits &BIT(SECURE_NOROOT))) {
		new->cap_permitted = (old->cap_inheritable | old->cap_bounding) & CRED_CAP_ALL;
		if (READ_ONCE(current_process()->no_new_privileges) && !gained_root)
			new->cap_permitted &= old->cap_permitted;
		new->cap_effective = new->euid ? ambient : new->cap_permitted;
	} else {
		new->cap_permitted = new->cap_effective = ambient;
	}
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

	apply_file_ids(&plan, request->file);
	plan.suid = plan.fsuid = plan.euid;
	plan.sgid = plan.fsgid = plan.egid;
	transform_caps(&plan, old);
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
