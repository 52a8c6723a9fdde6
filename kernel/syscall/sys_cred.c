// SPDX-License-Identifier: MIT
/* Who a program acts as: user, group and capability calls. */
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "proc/cred_change.h"
#include "proc/process.h"
#include "syscall/syscalls.h"
#include "vm/user_copy.h"

#include <linux/capability.h>

long sys_getuid(void)
{
	return cred_current()->uid;
}

long sys_geteuid(void)
{
	return cred_current()->euid;
}

long sys_getgid(void)
{
	return cred_current()->gid;
}

long sys_getegid(void)
{
	return cred_current()->egid;
}

long sys_setuid(uid_t uid)
{
	return cred_set_uid(uid);
}

long sys_setgid(gid_t gid)
{
	return cred_set_gid(gid);
}

long sys_setreuid(uid_t ruid, uid_t euid)
{
	return cred_set_re_uid(ruid, euid);
}

long sys_setregid(gid_t rgid, gid_t egid)
{
	return cred_set_re_gid(rgid, egid);
}

long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	return cred_set_res_uid(ruid, euid, suid);
}

long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	return cred_set_res_gid(rgid, egid, sgid);
}

long sys_setfsuid(uid_t uid)
{
	return cred_set_fs_uid(uid);
}

long sys_setfsgid(gid_t gid)
{
	return cred_set_fs_gid(gid);
}

static long put_three(const u32 values[3], u32 __user *a, u32 __user *b, u32 __user *c)
{
	return put_user_u32(values[0], a) || put_user_u32(values[1], b) || put_user_u32(values[2], c) ? -EFAULT :
												       0;
}

long sys_getresuid(uid_t __user *ruid, uid_t __user *euid, uid_t __user *suid)
{
	const struct cred *cred = cred_current();

	return put_three((u32[]){ cred->uid, cred->euid, cred->suid }, ruid, euid, suid);
}

long sys_getresgid(gid_t __user *rgid, gid_t __user *egid, gid_t __user *sgid)
{
	const struct cred *cred = cred_current();

	return put_three((u32[]){ cred->gid, cred->egid, cred->sgid }, rgid, egid, sgid);
}

long sys_getgroups(int size, gid_t __user *list)
{
	const struct cred *cred = cred_current();

	if (size < 0)
		return -EINVAL;
	if (size == 0)
		return cred->nr_groups;
	if ((u32)size < cred->nr_groups)
		return -EINVAL;
	if (copy_to_user(list, cred->groups, cred->nr_groups * sizeof(gid_t)))
		return -EFAULT;
	return cred->nr_groups;
}

long sys_setgroups(int size, const gid_t __user *list)
{
	gid_t *groups;
	long result;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (size < 0 || (u32)size > CRED_GROUPS_MAX)
		return -EINVAL;
	groups = kmalloc(max((size_t)size, (size_t)1) * sizeof(gid_t), 0);
	if (!groups)
		return -ENOMEM;
	if (copy_from_user(groups, list, (size_t)size * sizeof(gid_t)))
		result = -EFAULT;
	else
		result = cred_set_groups(groups, (u32)size);
	kfree(groups);
	return result;
}

/* Versions 1 (32 capabilities) and 2, 3 (64) of capget(2); a wrong version is answered with the one we like. */
static long read_cap_header(void __user *user, struct __user_cap_header_struct *header, unsigned *words)
{
	if (copy_from_user(header, user, sizeof(*header)))
		return -EFAULT;
	switch (header->version) {
	case _LINUX_CAPABILITY_VERSION_1:
		*words = _LINUX_CAPABILITY_U32S_1;
		return 0;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		*words = _LINUX_CAPABILITY_U32S_3;
		return 0;
	default:
		return put_user_u32(_LINUX_CAPABILITY_VERSION_3, (u32 __user *)user) ? -EFAULT : -EINVAL;
	}
}

long sys_capget(void __user *user_header, void __user *user_data)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const struct cred *cred;
	struct process *process;
	unsigned words;
	long err = read_cap_header(user_header, &header, &words);

	if (err)
		return err == -EINVAL && !user_data ? 0 : err;
	if (header.pid < 0)
		return -EINVAL;
	process = header.pid ? process_find(header.pid) : NULL;
	if (header.pid && !process)
		return -ESRCH;
	cred = process && process != current_process() ? process->cred : cred_current();
	for (unsigned i = 0; i < words; i++) {
		data[i].effective = (u32)(cred->cap_effective >> (32 * i));
		data[i].permitted = (u32)(cred->cap_permitted >> (32 * i));
		data[i].inheritable = (u32)(cred->cap_inheritable >> (32 * i));
	}
	if (process)
		process_put(process);
	return user_data ? copy_to_user(user_data, data, words * sizeof(data[0])) : 0;
}

long sys_capset(void __user *user_header, const void __user *user_data)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	unsigned words;
	long err = read_cap_header(user_header, &header, &words);

	if (err)
		return err;
	if (header.pid && header.pid != process_id(current_process()))
		return -EPERM;
	if (copy_from_user(data, user_data, words * sizeof(data[0])))
		return -EFAULT;
	return cred_set_caps(data[0].effective | (u64)data[1].effective << 32,
			     data[0].permitted | (u64)data[1].permitted << 32,
			     data[0].inheritable | (u64)data[1].inheritable << 32);
}
