// SPDX-License-Identifier: MIT
/* The system as a whole: its names, its state, its log, turning it off; and prctl's small settings. */
#include "arch/arch_cpu.h"
#include "arch/arch_thread.h"
#include "core/errno.h"
#include "core/random.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "proc/cred_change.h"
#include "proc/host_name.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vfs/mount.h"
#include "vm/user_copy.h"
#define LOG_SUBSYS "system"
#include "core/log.h"

#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>

long sys_uname(void __user *user_name)
{
	struct new_utsname name;
	char buffer[HOST_NAME_MAX + 1];

	memset(&name, 0, sizeof(name));
	(void)strscpy(name.sysname, SYSTEM_NAME, sizeof(name.sysname));
	host_name_get(buffer);
	(void)strscpy(name.nodename, buffer, sizeof(name.nodename));
	(void)strscpy(name.release, SYSTEM_RELEASE, sizeof(name.release));
	(void)strscpy(name.version, SYSTEM_VERSION, sizeof(name.version));
	(void)strscpy(name.machine, "x86_64", sizeof(name.machine));
	domain_name_get(buffer);
	(void)strscpy(name.domainname, buffer, sizeof(name.domainname));
	return copy_to_user(user_name, &name, sizeof(name));
}

static long set_name(const char __user *user_name, int len, void (*set)(const char *name, size_t len))
{
	char name[HOST_NAME_MAX];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > HOST_NAME_MAX)
		return -EINVAL;
	if (copy_from_user(name, user_name, (size_t)len))
		return -EFAULT;
	set(name, (size_t)len);
	return 0;
}

long sys_sethostname(const char __user *name, int len)
{
	return set_name(name, len, host_name_set);
}

long sys_setdomainname(const char __user *name, int len)
{
	return set_name(name, len, domain_name_set);
}

long sys_sysinfo(void __user *user_info)
{
	struct sched_statistics statistics;
	struct page_counts pages;
	struct sysinfo info;

	sched_statistics_get(&statistics);
	page_alloc_counts(&pages);
	memset(&info, 0, sizeof(info));
	info.uptime = (long)(clock_monotonic_ns() / NS_PER_SECOND);
	for (unsigned i = 0; i < 3; i++)
		info.loads[i] = statistics.load_average[i] << (SI_LOAD_SHIFT - 11);
	info.totalram = pages.total * PAGE_SIZE;
	info.freeram = pages.free * PAGE_SIZE;
	info.bufferram = 0;
	info.procs = (u16)process_count();
	info.mem_unit = 1;
	return copy_to_user(user_info, &info, sizeof(info));
}

long sys_reboot(unsigned magic1, unsigned magic2, unsigned cmd, void __user *arg)
{
	(void)arg;
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0; /* there is no keyboard whose Ctrl-Alt-Del could be caught */
	case LINUX_REBOOT_CMD_RESTART:
		log_info("restarting");
		arch_machine_reboot();
	case LINUX_REBOOT_CMD_HALT:
		log_info("halted");
		arch_machine_poweroff();
	case LINUX_REBOOT_CMD_POWER_OFF:
		log_info("power off");
		arch_machine_poweroff();
	default:
		return -EINVAL;
	}
}

/* syslog(2)'s commands. */
#define SYSLOG_CLOSE 0
#define SYSLOG_OPEN 1
#define SYSLOG_READ 2
#define SYSLOG_READ_ALL 3
#define SYSLOG_READ_CLEAR 4
#define SYSLOG_CLEAR 5
#define SYSLOG_CONSOLE_OFF 6
#define SYSLOG_CONSOLE_ON 7
#define SYSLOG_CONSOLE_LEVEL 8
#define SYSLOG_SIZE_UNREAD 9
#define SYSLOG_SIZE_BUFFER 10
#define LOG_BUFFER_SIZE KIB(64)

static long read_log(char __user *user_buffer, int len)
{
	char *buffer;
	size_t size;
	long result;

	if (!user_buffer || len < 0)
		return -EINVAL;
	size = min((size_t)len, (size_t)LOG_BUFFER_SIZE);
	buffer = kmalloc(max(size, (size_t)1), 0);
	if (!buffer)
		return -ENOMEM;
	size = log_ring_read(buffer, size);
	result = copy_to_user(user_buffer, buffer, size) ? -EFAULT : (long)size;
	kfree(buffer);
	return result;
}

long sys_syslog(int type, char __user *buf, int len)
{
	if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER && !capable(CAP_SYSLOG))
		return -EPERM;
	switch (type) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
	case SYSLOG_CLEAR:
		return 0;
	case SYSLOG_READ:
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		return read_log(buf, len);
	case SYSLOG_CONSOLE_OFF:
		log_set_console_level(LOG_ERR);
		return 0;
	case SYSLOG_CONSOLE_ON:
		log_set_console_level(LOG_INFO);
		return 0;
	case SYSLOG_CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		log_set_console_level((enum log_level)(len - 1));
		return 0;
	case SYSLOG_SIZE_UNREAD:
		return 0;
	case SYSLOG_SIZE_BUFFER:
		return (long)LOG_BUFFER_SIZE;
	default:
		return -EINVAL;
	}
}

#define RANDOM_CHUNK 256

long sys_getrandom(void __user *buf, size_t count, unsigned flags)
{
	u8 chunk[RANDOM_CHUNK];
	size_t done = 0;

	if (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	count = min(count, (size_t)0x1ffffff);
	while (done < count) {
		size_t len = min(count - done, sizeof(chunk));

		random_bytes(chunk, len);
		if (copy_to_user((u8 __user *)buf + done, chunk, len))
			return done ? (long)done : -EFAULT;
		done += len;
		if (thread_signal_pending(current_thread()))
			break;
	}
	return (long)done;
}

long sys_personality(unsigned persona)
{
	struct process *process = current_process();
	u32 old = READ_ONCE(process->personality);

	if (persona != 0xffffffffU)
		WRITE_ONCE(process->personality, persona);
	return old;
}

long sys_arch_prctl(int code, u64 address)
{
	return arch_prctl(code, address);
}

static long prctl_name(u64 address, bool set)
{
	struct thread *t = current_thread();
	char name[sizeof(t->name)] = { 0 };
	ssize_t len;

	if (!set)
		return copy_to_user((void __user *)address, t->name, sizeof(t->name));
	len = arch_copy_string_from_user(name, (const char __user *)address, sizeof(name) - 1);
	if (len < 0)
		return len;
	name[sizeof(name) - 1] = '\0';
	memcpy(t->name, name, sizeof(name));
	return 0;
}

static long prctl_flag(bool *flag, u64 value)
{
	if (value > 1)
		return -EINVAL;
	WRITE_ONCE(*flag, value);
	return 0;
}

long sys_prctl(int option, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct process *process = current_process();
	struct user_thread *t = current_user_thread();

	switch (option) {
	case PR_SET_NAME:
		return prctl_name(a2, true);
	case PR_GET_NAME:
		return prctl_name(a2, false);
	case PR_SET_PDEATHSIG:
		if (a2 > 64)
			return -EINVAL;
		WRITE_ONCE(process->parent_death_signal, (int)a2);
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user_u32((u32)process->parent_death_signal, (u32 __user *)a2);
	case PR_GET_DUMPABLE:
		return process->dumpable;
	case PR_SET_DUMPABLE:
		return prctl_flag(&process->dumpable, a2);
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		WRITE_ONCE(process->no_new_privileges, true);
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return a2 || a3 || a4 || a5 ? -EINVAL : process->no_new_privileges;
	case PR_SET_CHILD_SUBREAPER:
		WRITE_ONCE(process->child_subreaper, a2 != 0);
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user_u32(process->child_subreaper, (u32 __user *)a2);
	case PR_CAPBSET_READ:
		return a2 > CAP_LAST_CAP ? -EINVAL : (long)(cred_current()->cap_bounding >> a2 & 1);
	case PR_GET_KEEPCAPS:
		return (cred_current()->securebits >> 4) & 1;
	case PR_GET_SECUREBITS:
		return cred_current()->securebits;
	case PR_SET_TIMERSLACK:
		WRITE_ONCE(t->timer_slack_ns, a2 ? a2 : 50000);
		return 0;
	case PR_GET_TIMERSLACK:
		return (long)t->timer_slack_ns;
	case PR_SET_THP_DISABLE:
	case PR_GET_THP_DISABLE:
		return 0;
	default:
		return -EINVAL;
	}
}
