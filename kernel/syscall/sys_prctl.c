// SPDX-License-Identifier: MIT
/* System call: prctl, settings of a thread or process. man 2 prctl. */
#include "core/errno.h"
#include "lib/string.h"
#include "proc/cred_change.h"
#include "proc/process.h"
#include "syscall/syscalls.h"
#include "trace/trace.h"
#include "vfs/cred.h"
#include "vm/user_copy.h"

#include <linux/prctl.h>
#include <linux/securebits.h>

#define DEFAULT_SLACK_NS 50000

static long set_name(const char __user *from)
{
	char name[16];
	ssize_t len = arch_copy_string_from_user(name, from, sizeof(name) - 1);
	struct thread *t = current_thread();

	if (len < 0)
		return len;
	memset(name + len, 0, sizeof(name) - (size_t)len);
	memcpy(t->name, name, sizeof(name));
	TRACE(thread_name, 0, (u64)t->tid, (u64)process_id(current_process()),
	      trace_text(t->name, 0), trace_text(t->name, 1));
	return 0;
}

static long get_name(char __user *to)
{
	char name[16] = {0};

	strscpy(name, current_thread()->name, sizeof(name));
	return copy_to_user(to, name, sizeof(name));
}

/* Commit credentials with other securebits, bounding set or ambient set: @change edits a copy. */
static long change_cred(int (*change)(struct cred *cred, u64 arg, u64 arg2), u64 arg, u64 arg2)
{
	struct cred *new = cred_copy(cred_current());
	int err;

	if (!new)
		return -ENOMEM;
	err = change(new, arg, arg2);
	if (err) {
		cred_put(new);
		return err;
	}
	cred_commit(new);
	return 0;
}

static int set_keep_caps(struct cred *cred, u64 on, u64 unused)
{
	if (on > 1)
		return -EINVAL;
	if (cred->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	cred->securebits =
		(cred->securebits & ~(u32)SECBIT_KEEP_CAPS) | (on ? SECBIT_KEEP_CAPS : 0);
	return 0;
}

static int set_securebits(struct cred *cred, u64 bits, u64 unused)
{
	u64 locked = (cred->securebits & SECURE_ALL_LOCKS) >> 1;

	if (!capable(CAP_SETPCAP) || (bits & ~(u64)(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) ||
	    ((cred->securebits ^ bits) & locked) || (cred->securebits & SECURE_ALL_LOCKS & ~bits))
		return -EPERM;
	cred->securebits = (u32)bits;
	return 0;
}

static int drop_bounding(struct cred *cred, u64 cap, u64 unused)
{
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	if (!capable(CAP_SETPCAP))
		return -EPERM;
	cred->cap_bounding &= ~BIT(cap);
	return 0;
}

static int change_ambient(struct cred *cred, u64 what, u64 cap)
{
	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		cred->cap_ambient = 0;
		return cap ? -EINVAL : 0;
	}
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	if (what == PR_CAP_AMBIENT_LOWER) {
		cred->cap_ambient &= ~BIT(cap);
		return 0;
	}
	if (what != PR_CAP_AMBIENT_RAISE)
		return -EINVAL;
	if (!(cred->cap_permitted & cred->cap_inheritable & BIT(cap)) ||
	    (cred->securebits & SECBIT_NO_CAP_AMBIENT_RAISE))
		return -EPERM;
	cred->cap_ambient |= BIT(cap);
	return 0;
}

static long ambient(u64 what, u64 cap, u64 a4, u64 a5)
{
	if (a4 || a5)
		return -EINVAL;
	if (what == PR_CAP_AMBIENT_IS_SET)
		return cap > CAP_LAST_CAP ? -EINVAL
					  : (long)(cred_current()->cap_ambient >> cap & 1);
	return change_cred(change_ambient, what, cap);
}

static long set_flag(bool *flag, u64 value)
{
	WRITE_ONCE(*flag, value != 0);
	return 0;
}

static long set_no_new_privileges(u64 a2, u64 a3, u64 a4, u64 a5)
{
	if (a2 != 1 || a3 || a4 || a5)
		return -EINVAL;
	return set_flag(&current_process()->attributes.no_new_privileges, 1);
}

static long set_death_signal(u64 signal)
{
	if (signal > SIGNAL_MAX)
		return -EINVAL;
	WRITE_ONCE(current_process()->attributes.parent_death_signal, (int)signal);
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
		return set_death_signal(a2);
	case PR_GET_PDEATHSIG:
		return put_user_u32((u32)process->attributes.parent_death_signal, (u32 __user *)a2);
	case PR_GET_DUMPABLE:
		return process->attributes.dumpable;
	case PR_SET_DUMPABLE:
		return a2 > 1 ? -EINVAL : set_flag(&process->attributes.dumpable, a2);
	case PR_GET_KEEPCAPS:
		return !!(cred_current()->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return change_cred(set_keep_caps, a2, 0);
	case PR_GET_SECUREBITS:
		return cred_current()->securebits;
	case PR_SET_SECUREBITS:
		return change_cred(set_securebits, a2, 0);
	case PR_CAPBSET_READ:
		return a2 > CAP_LAST_CAP ? -EINVAL : (long)(cred_current()->cap_bounding >> a2 & 1);
	case PR_CAPBSET_DROP:
		return change_cred(drop_bounding, a2, 0);
	case PR_CAP_AMBIENT:
		return ambient(a2, a3, a4, a5);
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privileges(a2, a3, a4, a5);
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
