// SPDX-License-Identifier: MIT
/*
 * procfs_sys.c -- /proc/sys: settings.
 *
 * Idea.  Some settings can be changed. The others show a constant and accept any write without
 *   effect, because programs write to them as a matter of course.
 * Tests.  tests/guest/file/file_protected.c, tests/guest/pipe/pipe_limits.c.
 */
#include "fs/procfs/procfs_internal.h"

#include "core/errno.h"
#include "core/host_name.h"
#include "core/log.h"
#include "core/random.h"
#include "dev/tty/tty.h"
#include "ipc/pipe.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "proc/process.h"
#include "sched/policy_realtime.h"
#include "vfs/cred.h"
#include "vfs/file/file.h"
#include "vfs/name/protected_names.h"

/* A store hook that accepts anything. */
static int store_ignored(const struct procfs_subject *s, char *text, size_t len)
{
	return 0;
}

/* A constant that may be written to. */
#define SETTING(setting_name, setting_text)                                                        \
	{                                                                                          \
		.name = setting_name, .mode = S_IFREG | 0644, .text = setting_text,                \
		.store = store_ignored                                                             \
	}

static void chomp(char *text, size_t *len)
{
	if (*len && text[*len - 1] == '\n')
		text[--*len] = '\0';
}

static int show_hostname(struct text_buffer *out, const struct procfs_subject *s)
{
	char name[HOST_NAME_MAX + 1];

	host_name_get(name);
	text_printf(out, "%s\n", name);
	return 0;
}

static int store_hostname(const struct procfs_subject *s, char *text, size_t len)
{
	chomp(text, &len);
	if (len > HOST_NAME_MAX)
		return -EINVAL;
	host_name_set(text, len);
	return 0;
}

static int show_domainname(struct text_buffer *out, const struct procfs_subject *s)
{
	char name[HOST_NAME_MAX + 1];

	domain_name_get(name);
	text_printf(out, "%s\n", name);
	return 0;
}

static int store_domainname(const struct procfs_subject *s, char *text, size_t len)
{
	chomp(text, &len);
	if (len > HOST_NAME_MAX)
		return -EINVAL;
	domain_name_set(text, len);
	return 0;
}

static int show_threads_max(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", process_thread_limit());
	return 0;
}

static int store_threads_max(const struct procfs_subject *s, char *text, size_t len)
{
	u64 limit;
	int err = parse_u64(text, 0, &limit);

	if (err)
		return err;
	if (!limit || limit > PID_MAX)
		return -EINVAL;
	process_set_thread_limit((unsigned)limit);
	return 0;
}

static int show_pid_max(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%d\n", PID_MAX);
	return 0;
}

static int show_rt_period(struct text_buffer *out, const struct procfs_subject *s)
{
	struct realtime_share share;

	realtime_share_get(&share);
	text_printf(out, "%ld\n", (long)share.period_us);
	return 0;
}

static int show_rt_runtime(struct text_buffer *out, const struct procfs_subject *s)
{
	struct realtime_share share;

	realtime_share_get(&share);
	text_printf(out, "%ld\n", (long)share.runtime_us);
	return 0;
}

/* Change one of the two numbers, which are one word: again if the other has changed meanwhile. */
static int store_rt_number(const char *text, bool is_period)
{
	struct realtime_share before, fresh;
	s64 number_us;
	int err = parse_s64(text, 10, &number_us);

	if (err)
		return err;
	do {
		realtime_share_get(&before);
		fresh = before;
		*(is_period ? &fresh.period_us : &fresh.runtime_us) = number_us;
		err = realtime_share_change(&before, &fresh);
	} while (err == -EAGAIN);
	return err;
}

static int store_rt_period(const struct procfs_subject *s, char *text, size_t len)
{
	return store_rt_number(text, true);
}

static int store_rt_runtime(const struct procfs_subject *s, char *text, size_t len)
{
	return store_rt_number(text, false);
}

static void put_uuid(struct text_buffer *out, u8 b[16])
{
	b[6] = (b[6] & 0x0f) | 0x40; /* RFC 4122, 4.4: version 4 */
	b[8] = (b[8] & 0x3f) | 0x80;
	for (unsigned i = 0; i < 16; i++)
		text_printf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", b[i]);
	text_puts(out, "\n");
}

static int show_uuid(struct text_buffer *out, const struct procfs_subject *s)
{
	u8 bytes[16];

	random_bytes(bytes, sizeof(bytes));
	put_uuid(out, bytes);
	return 0;
}

static u8 boot_id[16]; /* [I] after boot */

static int show_boot_id(struct text_buffer *out, const struct procfs_subject *s)
{
	u8 copy[sizeof(boot_id)];

	memcpy(copy, boot_id, sizeof(copy));
	put_uuid(out, copy);
	return 0;
}

void procfs_sys_init(void)
{
	random_bytes(boot_id, sizeof(boot_id));
}

static int show_file_nr(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\t0\t%u\n", file_count(), FILE_COUNT_MAX);
	return 0;
}

static int show_file_max(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", FILE_COUNT_MAX);
	return 0;
}

static int show_inode_nr(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\t0\n", inode_count());
	return 0;
}

static int show_dentry_state(struct text_buffer *out, const struct procfs_subject *s)
{
	unsigned total, unused;

	dentry_counts(&total, &unused);
	text_printf(out, "%u\t%u\t45\t0\t0\t0\n", total, unused);
	return 0;
}

static int show_legacy_tiocsti(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", READ_ONCE(tty_insertion_allowed));
	return 0;
}

static int store_legacy_tiocsti(const struct procfs_subject *s, char *text, size_t len)
{
	u64 value;
	int err;

	chomp(text, &len);
	err = parse_u64(text, 0, &value);
	if (err)
		return err;
	if (value > 1)
		return -EINVAL;
	WRITE_ONCE(tty_insertion_allowed, value);
	return 0;
}

static const struct procfs_entry tty_entries[] = {
	PROCFS_STORED("legacy_tiocsti", show_legacy_tiocsti, store_legacy_tiocsti),
	PROCFS_END,
};

static const struct procfs_entry dev_entries[] = {
	PROCFS_DIR("tty", tty_entries),
	PROCFS_END,
};

/* ------------------------------------------------------------------ numbers in a range */

static int store_number(u32 *number, const char *text, u32 maximum)
{
	u64 value;
	int err = parse_u64(text, 10, &value);

	if (err)
		return err;
	if (value > maximum)
		return -EINVAL;
	WRITE_ONCE(*number, (u32)value);
	return 0;
}

/* show_NAME and store_NAME of @variable, 0 to @maximum. */
#define NUMBER_FUNCTIONS(name, variable, maximum)                                                  \
	static int show_##name(struct text_buffer *out, const struct procfs_subject *s)            \
	{                                                                                          \
		text_printf(out, "%u\n", READ_ONCE(variable));                                     \
		return 0;                                                                          \
	}                                                                                          \
	static int store_##name(const struct procfs_subject *s, char *text, size_t len)            \
	{                                                                                          \
		chomp(text, &len);                                                                 \
		return store_number(&(variable), text, maximum);                                   \
	}
#define NUMBER(file_name)                                                                          \
	{                                                                                          \
		.name = #file_name, .mode = S_IFREG | 0644, .show = show_##file_name,              \
		.store = store_##file_name                                                         \
	}

NUMBER_FUNCTIONS(protected_fifos, protected_names.fifos, 2)
NUMBER_FUNCTIONS(protected_hardlinks, protected_names.hardlinks, 1)
NUMBER_FUNCTIONS(protected_regular, protected_names.regular, 2)
NUMBER_FUNCTIONS(protected_symlinks, protected_names.symlinks, 1)

static int show_dmesg_restrict(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%u\n", READ_ONCE(log_reading_restricted));
	return 0;
}

static int store_dmesg_restrict(const struct procfs_subject *s, char *text, size_t len)
{
	chomp(text, &len);
	return capable(CAP_SYS_ADMIN) ? store_number(&log_reading_restricted, text, 1) : -EPERM;
}

static int show_pipe_user_pages(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%lu\n", (unsigned long)pipe_user_pages_max());
	return 0;
}

static const struct procfs_entry random_entries[] = {
	PROCFS_FILE("boot_id", show_boot_id),
	PROCFS_TEXT("entropy_avail", "256\n"),
	PROCFS_TEXT("poolsize", "256\n"),
	PROCFS_FILE("uuid", show_uuid),
	PROCFS_END,
};

static const struct procfs_entry kernel_entries[] = {
	PROCFS_TEXT("cap_last_cap", "40\n"),
	SETTING("core_pattern", "core\n"),
	NUMBER(dmesg_restrict),
	PROCFS_STORED("domainname", show_domainname, store_domainname),
	PROCFS_STORED("hostname", show_hostname, store_hostname),
	PROCFS_TEXT("ngroups_max", "65536\n"),
	PROCFS_TEXT("osrelease", SYSTEM_RELEASE "\n"),
	PROCFS_TEXT("ostype", SYSTEM_NAME "\n"),
	SETTING("overflowgid", "65534\n"),
	SETTING("overflowuid", "65534\n"),
	SETTING("panic", "0\n"),
	PROCFS_FILE("pid_max", show_pid_max),
	SETTING("printk", "4\t4\t1\t7\n"),
	PROCFS_DIR("random", random_entries),
	SETTING("randomize_va_space", "2\n"),
	PROCFS_STORED("sched_rt_period_us", show_rt_period, store_rt_period),
	PROCFS_STORED("sched_rt_runtime_us", show_rt_runtime, store_rt_runtime),
	PROCFS_STORED("threads-max", show_threads_max, store_threads_max),
	PROCFS_TEXT("tainted", "0\n"),
	PROCFS_TEXT("version", SYSTEM_VERSION "\n"),
	PROCFS_END,
};

static const struct procfs_entry vm_entries[] = {
	SETTING("drop_caches", "0\n"),	      SETTING("max_map_count", "65530\n"),
	SETTING("min_free_kbytes", "1024\n"), SETTING("mmap_min_addr", "65536\n"),
	SETTING("overcommit_memory", "0\n"),  SETTING("overcommit_ratio", "50\n"),
	SETTING("swappiness", "60\n"),	      PROCFS_END,
};

static const struct procfs_entry fs_entries[] = {
	PROCFS_FILE("dentry-state", show_dentry_state),
	PROCFS_FILE("file-max", show_file_max),
	PROCFS_FILE("file-nr", show_file_nr),
	PROCFS_FILE("inode-nr", show_inode_nr),
	SETTING("nr_open", "1048576\n"),
	SETTING("overflowgid", "65534\n"),
	SETTING("overflowuid", "65534\n"),
	SETTING("pipe-max-size", "1048576\n"),
	NUMBER(protected_fifos),
	NUMBER(protected_hardlinks),
	NUMBER(protected_regular),
	NUMBER(protected_symlinks),
	PROCFS_TEXT("pipe-user-pages-hard", "0\n"),
	PROCFS_FILE("pipe-user-pages-soft", show_pipe_user_pages),
	PROCFS_END,
};

const struct procfs_entry procfs_sys_entries[] = {
	PROCFS_DIR("dev", dev_entries),
	PROCFS_DIR("fs", fs_entries),
	PROCFS_DIR("kernel", kernel_entries),
	PROCFS_DIR("vm", vm_entries),
	PROCFS_END,
};
