// SPDX-License-Identifier: MIT
/* System call: prctl, settings of a thread or process. man 2 prctl. */
#include "core/errno.h"
#include "lib/string.h"
#include "proc/cred_change.h"
#include "proc/process.h"
#include "syscall/syscalls.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <linux/prctl.h>
#include <linux/securebits.h>

#define DEFAULT_SLACK_NS 50000

static long set_name(const char __user *from)
{
	char name[THREAD_NAME_SIZE];
	ssize_t len = arch_copy_string_from_user(name, from, sizeof(name) - 1);

	if (len < 0)
		return len;
	name[len] = 0;
	thread_rename(current_thread(), name);
	return 0;
}

static long get_name(char __user *to)
{
	char name[THREAD_NAME_SIZE];

	thread_name_get(current_thread(), name);
	return copy_to_user(to, name, sizeof(name));
}

static long set_flag(bool *flag, u64 value)
{
	WRITE_ONCE(*flag, value != 0);
	return 0;
}

/* LONG: one row per option */
long sys_prctl(int option, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct user_thread *t = current_user_thread();
	struct process *process = t->thread.process;

	switch (option) {
	case PR_SET_NAME:
		return set_name((const char __user *)a2);
	case PR_GET_NAME:
		return get_name((char __user *)a2);
	case PR_SET_PDEATHSIG:
		if (a2 > SIGNAL_MAX)
			return -EINVAL;
		WRITE_ONCE(process->attributes.parent_death_signal, (int)a2);
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user_u32((u32)process->attributes.parent_death_signal, (u32 __user *)a2);
	case PR_GET_DUMPABLE:
		return process->attributes.dumpable;
	case PR_SET_DUMPABLE:
		return a2 > 1 ? -EINVAL : set_flag(&process->attributes.dumpable, a2);
	case PR_GET_KEEPCAPS:
		return !!(cred_current()->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return cred_set_keep_caps(a2);
	case PR_GET_SECUREBITS:
		return cred_current()->securebits;
	case PR_SET_SECUREBITS:
		return cred_set_securebits(a2);
	case PR_CAPBSET_READ:
		return a2 > CAP_LAST_CAP ? -EINVAL : (long)(cred_current()->cap_bounding >> a2 & 1);
	case PR_CAPBSET_DROP:
		return cred_drop_bounding(a2);
	case PR_CAP_AMBIENT:
		return a4 || a5 ? -EINVAL : cred_ambient(a2, a3);
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		return set_flag(&process->attributes.no_new_privileges, 1);
	case PR_GET_NO_NEW_PRIVS:
		return a2 || a3 || a4 || a5 ? -EINVAL : process->attributes.no_new_privileges;
	case PR_SET_CHILD_SUBREAPER:
		return set_flag(&process->attributes.child_subreaper, a2);
	case PR_GET_CHILD_SUBREAPER:
		return put_user_u32(process->attributes.child_subreaper, (u32 __user *)a2);
	case PR_GET_TIMERSLACK:
		return (long)t->timer_slack_ns;
	case PR_SET_TIMERSLACK:
		t->timer_slack_ns = a2 ? a2 : DEFAULT_SLACK_NS;
		return 0;
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_SET_TIMING:
		return a2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TID_ADDRESS:
		return put_user_u64((u64)t->clear_child_tid, (u64 __user *)a2);
	default:
		return -EINVAL;
	}
}
