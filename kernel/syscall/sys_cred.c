// SPDX-License-Identifier: MIT
/*
 * sys_cred.c -- calls on user and group ids, and on capabilities.
 *
 * Parts.  A call for each id, or set of ids, that is read or set; the rules are in
 *   proc/cred_change.c. Reading takes no lock: a thread's credentials never change, only its
 *   pointer to them.
 * Tests.  tests/guest/process/proc_creds.c.
 */
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "proc/cred_change.h"
#include "proc/process.h"
#include "syscall/syscalls.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

long sys_getuid(void)
{
	return cred_current()->uid;
}

long sys_getgid(void)
{
	return cred_current()->gid;
}

long sys_geteuid(void)
{
	return cred_current()->euid;
}

long sys_getegid(void)
{
	return cred_current()->egid;
}

long sys_setuid(uid_t uid)
{
	return cred_set_id(CRED_USER, uid);
}

long sys_setgid(gid_t gid)
{
	return cred_set_id(CRED_GROUP, gid);
}

long sys_setreuid(uid_t ruid, uid_t euid)
{
	return cred_set_real_effective(CRED_USER, ruid, euid);
}

long sys_setregid(gid_t rgid, gid_t egid)
{
	return cred_set_real_effective(CRED_GROUP, rgid, egid);
}

long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	return cred_set_all_ids(CRED_USER, ruid, euid, suid);
}

long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	return cred_set_all_ids(CRED_GROUP, rgid, egid, sgid);
}

static long put_ids(const struct cred_ids *ids, u32 __user *real, u32 __user *effective,
		    u32 __user *saved)
{
	return put_user_u32(ids->real, real) || put_user_u32(ids->effective, effective) ||
			       put_user_u32(ids->saved, saved)
		       ? -EFAULT
		       : 0;
}

long sys_getresuid(uid_t __user *ruid, uid_t __user *euid, uid_t __user *suid)
{
	return put_ids(&cred_current()->ids[CRED_USER], ruid, euid, suid);
}

long sys_getresgid(gid_t __user *rgid, gid_t __user *egid, gid_t __user *sgid)
{
	return put_ids(&cred_current()->ids[CRED_GROUP], rgid, egid, sgid);
}

long sys_setfsuid(uid_t uid)
{
	return cred_set_fs_id(CRED_USER, uid);
}

long sys_setfsgid(gid_t gid)
{
	return cred_set_fs_id(CRED_GROUP, gid);
}

long sys_getgroups(int size, gid_t __user *list)
{
	const struct cred *cred = cred_current();

	if (size < 0)
		return -EINVAL;
	if (size && (u32)size < cred->nr_groups)
		return -EINVAL;
	if (size && copy_to_user(list, cred->groups, cred->nr_groups * sizeof(gid_t)))
		return -EFAULT;
	return cred->nr_groups;
}

long sys_setgroups(int size, const gid_t __user *list)
{
	gid_t *groups;
	long err;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if ((unsigned)size > CRED_GROUPS_MAX)
		return -EINVAL;
	groups = kmalloc_array((size_t)size, sizeof(gid_t), 0);
	if (!groups)
		return -ENOMEM;
	if (copy_from_user(groups, list, (size_t)size * sizeof(gid_t)))
		err = -EFAULT;
	else
		err = cred_set_groups(groups, (u32)size);
	kfree(groups);
	return err;
}

/*
 * The number of data words for the header's version; for an unknown version -EINVAL, with the
 * preferred version written back.
 */
static int check_header(struct __user_cap_header_struct __user *to,
			struct __user_cap_header_struct *header)
{
	if (copy_from_user(header, to, sizeof(*header)))
		return -EFAULT;
	switch (header->version) {
	case _LINUX_CAPABILITY_VERSION_1:
		return _LINUX_CAPABILITY_U32S_1;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		return _LINUX_CAPABILITY_U32S_3;
	default:
		return put_user_u32(_LINUX_CAPABILITY_VERSION_3, &to->version) ? -EFAULT : -EINVAL;
	}
}

long sys_capget(struct __user_cap_header_struct __user *user_header,
		struct __user_cap_data_struct __user *data)
{
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct header;
	const struct cred *cred;
	struct process *process;
	int count = check_header(user_header, &header);

	if (count < 0)
		return count == -EINVAL && !data ? 0 : count;
	if (header.pid < 0)
		return -EINVAL;
	process = process_find(header.pid ? header.pid : process_id(current_process()));
	if (!process)
		return -ESRCH;
	cred = process_get_cred(process);
	process_put(process);
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		words[i].effective = (u32)(cred->cap_effective >> (32 * i));
		words[i].permitted = (u32)(cred->cap_permitted >> (32 * i));
		words[i].inheritable = (u32)(cred->cap_inheritable >> (32 * i));
	}
	cred_put(cred);
	return data ? copy_to_user(data, words, (size_t)count * sizeof(words[0])) : 0;
}

long sys_capset(struct __user_cap_header_struct __user *user_header,
		const struct __user_cap_data_struct __user *data)
{
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = {0};
	struct __user_cap_header_struct header;
	int count = check_header(user_header, &header);

	if (count < 0)
		return count;
	if (header.pid && header.pid != current_thread()->tid)
		return -EPERM;
	if (copy_from_user(words, data, (size_t)count * sizeof(words[0])))
		return -EFAULT;
	return cred_set_caps(words[0].effective | (u64)words[1].effective << 32,
			     words[0].permitted | (u64)words[1].permitted << 32,
			     words[0].inheritable | (u64)words[1].inheritable << 32);
}
