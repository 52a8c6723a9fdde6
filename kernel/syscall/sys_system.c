// SPDX-License-Identifier: MIT
/*
 * sys_system.c -- calls on the system as a whole: its name, state and shutdown, its log; random
 * numbers.
 *
 * Parts.  Calls that have no room of their own. None takes a lock here. getrandom goes in parts of
 *   256 bytes and ends at a signal.
 * Tests.  tests/guest/time/time_system.c, tests/guest/process/proc_secure.c,
 *   tests/guest/file/file_special.c, tests/system/reboot.t.
 */
#include "arch/arch_cpu.h"
#include "arch/arch_platform.h"
#include "arch/arch_thread.h"
#include "core/errno.h"
#include "core/host_name.h"
#include "core/log.h"
#include "core/random.h"
#include "dev/virtio/hostlink.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "syscall/syscalls.h"
#include "time/clock.h"
#include "vfs/cred.h"
#include "vfs/name/mount.h"
#include "vm/user_copy.h"

#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>

#define LOG_SIZE_MAX KIB(256)
#define LOAD_SHIFT_SCHED 11

long sys_uname(struct new_utsname __user *to)
{
	struct new_utsname name;
	struct arch_program_hints hints;

	memset(&name, 0, sizeof(name));
	arch_program_hints(&hints);
	strscpy(name.sysname, SYSTEM_NAME, sizeof(name.sysname));
	host_name_get(name.nodename);
	strscpy(name.release, SYSTEM_RELEASE, sizeof(name.release));
	strscpy(name.version, SYSTEM_VERSION, sizeof(name.version));
	strscpy(name.machine, hints.platform, sizeof(name.machine));
	domain_name_get(name.domainname);
	return copy_to_user(to, &name, sizeof(name));
}

static long set_name(const char __user *from, int len, void (*set)(const char *, size_t))
{
	char name[HOST_NAME_MAX];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > HOST_NAME_MAX)
		return -EINVAL;
	if (copy_from_user(name, from, (size_t)len))
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

long sys_sysinfo(struct sysinfo __user *to)
{
	struct sched_statistics statistics;
	struct page_counts pages;
	struct sysinfo info;

	memset(&info, 0, sizeof(info));
	page_alloc_counts(&pages);
	sched_statistics_get(&statistics);
	info.uptime = (long)(clock_monotonic_ns() / NS_PER_SECOND);
	for (int i = 0; i < 3; i++)
		info.loads[i] = statistics.load_average[i] << (SI_LOAD_SHIFT - LOAD_SHIFT_SCHED);
	info.totalram = pages.total * PAGE_SIZE;
	info.freeram = pages.free * PAGE_SIZE;
	info.bufferram = 0;
	info.procs = (u16)min(thread_count(), 0xffffU);
	info.mem_unit = 1;
	return copy_to_user(to, &info, sizeof(info));
}

long sys_reboot(unsigned magic1, unsigned magic2, unsigned cmd, void __user *arg)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		vfs_sync_all();
		hostlink_tell_end(HOSTLINK_RESTART);
		arch_machine_reboot();
	case LINUX_REBOOT_CMD_HALT: /* a halted virtual machine is of no use */
	case LINUX_REBOOT_CMD_POWER_OFF:
		vfs_sync_all();
		hostlink_tell_end(HOSTLINK_POWER_OFF);
		arch_machine_poweroff();
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0; /* a serial line has no such key */
	default:
		return -EINVAL;
	}
}

/* syslog(2)'s commands have no names in the ABI's headers. */
enum {
	LOG_READ = 2,
	LOG_READ_ALL = 3,
	LOG_READ_CLEAR = 4,
	LOG_CLEAR = 5,
	LOG_CONSOLE_OFF = 6,
	LOG_CONSOLE_ON = 7,
	LOG_CONSOLE_LEVEL = 8,
	LOG_SIZE_UNREAD = 9,
	LOG_SIZE_BUFFER = 10
};

static long read_log(char __user *to, int len)
{
	size_t size;
	char *text;
	long err;

	if (!to || len < 0)
		return -EINVAL;
	size = min((size_t)len, (size_t)LOG_SIZE_MAX);
	if (!size)
		return 0;
	text = kmalloc(size, 0);
	if (!text)
		return -ENOMEM;
	size = log_ring_read(text, size);
	err = copy_to_user(to, text, size);
	kfree(text);
	return err ? err : (long)size;
}

long sys_syslog(int type, char __user *buf, int len)
{
	if (type < 0 || type > LOG_SIZE_BUFFER)
		return -EINVAL;
	if ((READ_ONCE(log_reading_restricted) ||
	     (type != LOG_READ_ALL && type != LOG_SIZE_BUFFER)) &&
	    !capable(CAP_SYSLOG) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (type) {
	case LOG_READ:
	case LOG_READ_ALL:
	case LOG_READ_CLEAR: /* the ring overwrites the oldest lines anyway */
		return read_log(buf, len);
	case LOG_CONSOLE_OFF:
		log_set_console_level(0);
		return 0;
	case LOG_CONSOLE_ON:
		log_set_console_level(LOG_INFO);
		return 0;
	case LOG_CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		log_set_console_level((enum log_level)(len - 1));
		return 0;
	case LOG_SIZE_BUFFER:
		return (long)LOG_SIZE_MAX;
	default:
		return 0;
	}
}

long sys_getrandom(void __user *buf, size_t count, unsigned flags)
{
	u8 bytes[256];
	size_t done = 0, len;
	long err = 0;

	if ((flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	count = min(count, 0x7ffff000UL);
	while (done < count) {
		len = min(count - done, sizeof(bytes));
		random_bytes(bytes, len);
		err = copy_to_user((u8 __user *)buf + done, bytes, len);
		if (err)
			break;
		done += len;
		if (thread_signal_pending(current_thread()) && done < count)
			break;
	}
	memzero_explicit(bytes, sizeof(bytes));
	return done ? (long)done : err;
}

long sys_personality(unsigned persona)
{
	struct process *process = current_process();
	u32 old = READ_ONCE(process->attributes.personality);

	if (persona != 0xffffffff)
		WRITE_ONCE(process->attributes.personality, persona);
	return old;
}
