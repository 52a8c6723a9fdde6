// SPDX-License-Identifier: MIT
/* procfs_pid.c -- /proc/PID and /proc/PID/task/TID: their tables, and the small files. proc(5). */
#include "fs/procfs/procfs.h"

#include "core/errno.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/out_of_memory.h"
#include "proc/process.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"
#include "vfs/path_walk.h"
#include "vm/vm_fault.h"

#include <linux/limits.h>

/* ------------------------------------------------------------------ pids and tasks as names */

static int parse_number(const char *name, pid_t *out)
{
	u64 number;

	if (name[0] < '1' || name[0] > '9' || parse_u64(name, 10, &number) || number > PID_MAX)
		return -ENOENT;
	*out = (pid_t)number;
	return 0;
}

static int pids_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	pid_t number;
	struct pid *pid;
	int err = parse_number(name, &number);

	if (err)
		return err;
	process_tree_lock();
	pid = pid_find(number);
	/* A thread's number leads to its process, though it is not listed. */
	if (pid && !pid->process && pid->thread)
		pid = pid->thread->process->pid;
	if (pid && (!pid->process || pid->process->state == PROCESS_REAPED))
		pid = NULL;
	if (pid)
		pid_get(pid);
	process_tree_unlock();
	if (!pid)
		return -ENOENT;
	out->entry = &procfs_pid_directory;
	out->pid = pid;
	return 0;
}

static bool pids_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	struct pid *pid = NULL;
	pid_t number = (pid_t)*cursor;

	process_tree_lock();
	while ((number = pid_next(number))) {
		pid = pid_find(number);
		if (pid && pid->process && pid->process->state != PROCESS_REAPED)
			break;
		number++;
	}
	if (number)
		pid_get(pid);
	process_tree_unlock();
	if (!number)
		return false;
	*cursor = (u64)number;
	out->entry = &procfs_pid_directory;
	out->pid = pid;
	ksnprintf(out->name, sizeof(out->name), "%d", number);
	return true;
}

static bool task_child(struct user_thread *t, struct procfs_child *out)
{
	process_tree_lock();
	out->pid = t->tid_pid;
	if (out->pid)
		pid_get(out->pid);
	process_tree_unlock();
	out->entry = &procfs_task_directory;
	return out->pid;
}

static int tasks_lookup(const struct procfs_subject *s, const char *name, struct procfs_child *out)
{
	struct user_thread *t;
	pid_t number;
	int err = parse_number(name, &number);

	if (err)
		return err;
	t = user_thread_find(number);
	if (!t)
		return -ENOENT;
	err = t->process == s->process && task_child(t, out) ? 0 : -ENOENT;
	user_thread_put(t);
	return err;
}

static bool tasks_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	struct user_thread *t = process_next_thread(s->process, (pid_t)*cursor);
	bool found;

	if (!t)
		return false;
	*cursor = (u64)t->vfs.thread.tid;
	ksnprintf(out->name, sizeof(out->name), "%d", t->vfs.thread.tid);
	found = task_child(t, out);
	user_thread_put(t);
	return found;
}

const struct procfs_children procfs_pids = {.lookup = pids_lookup, .next = pids_next};
const struct procfs_children procfs_tasks = {.lookup = tasks_lookup, .next = tasks_next};

/* ------------------------------------------------------------------ memory */

/* [start, end) of the process's memory as it is. */
static int show_memory(struct text_buffer *out, struct vm_map *map, vaddr_t start, vaddr_t end)
{
	ssize_t n;
	char *to;

	while (start < end && !out->overflow) {
		size_t part = min(end - start, PAGE_SIZE - (start & (PAGE_SIZE - 1)));

		to = text_reserve(out, part);
		if (!to)
			break;
		n = vm_map_access(map, start, to, part, false);
		if (n <= 0)
			break;
		text_added(out, (size_t)n);
		start += (u64)n;
	}
	return 0;
}

static int show_cmdline(struct text_buffer *out, const struct procfs_subject *s)
{
	struct vm_map *map = process_get_vm(s->process);

	if (!map)
		return 0;
	show_memory(out, map, READ_ONCE(map->arg_start), READ_ONCE(map->arg_end));
	vm_map_put(map);
	return 0;
}

static int show_environ(struct text_buffer *out, const struct procfs_subject *s)
{
	struct vm_map *map;

	if (!process_may_access(s->process))
		return -EACCES;
	map = process_get_vm(s->process);
	if (!map)
		return 0;
	show_memory(out, map, READ_ONCE(map->env_start), READ_ONCE(map->env_end));
	vm_map_put(map);
	return 0;
}

static int show_auxv(struct text_buffer *out, const struct procfs_subject *s)
{
	struct vm_map *map;
	unsigned n = 0;

	if (!process_may_access(s->process))
		return -EACCES;
	map = process_get_vm(s->process);
	if (!map)
		return 0;
	mutex_lock(&map->lock);
	while (n + 2 < ARRAY_SIZE(map->auxv) && map->auxv[n])
		n += 2;
	text_put(out, map->auxv, (n + 2) * sizeof(u64)); /* with the closing AT_NULL */
	mutex_unlock(&map->lock);
	vm_map_put(map);
	return 0;
}

/* ------------------------------------------------------------------ links */

static int follow_cwd(const struct procfs_subject *s, struct path *out)
{
	struct fs_context *fs;

	if (!process_may_access(s->process))
		return -EACCES;
	fs = process_get_fs(s->process);
	if (!fs)
		return -ENOENT;
	fs_context_get_cwd(fs, out);
	fs_context_put(fs);
	return 0;
}

static int follow_root(const struct procfs_subject *s, struct path *out)
{
	struct fs_context *fs;

	if (!process_may_access(s->process))
		return -EACCES;
	fs = process_get_fs(s->process);
	if (!fs)
		return -ENOENT;
	fs_context_get_root(fs, out);
	fs_context_put(fs);
	return 0;
}

static int follow_exe(const struct procfs_subject *s, struct path *out)
{
	struct vm_map *map;
	int err = -ENOENT;

	if (!process_may_access(s->process))
		return -EACCES;
	map = process_get_vm(s->process);
	if (!map)
		return -ENOENT;
	mutex_lock(&map->lock);
	if (map->executable) { /* a program is always an open file */
		struct file *file = container_of(map->executable, struct file, backing);

		*out = file->path;
		if (out->dentry) {
			path_get(out);
			err = 0;
		}
	}
	mutex_unlock(&map->lock);
	vm_map_put(map);
	return err;
}

/* ------------------------------------------------------------------ small files */

static int show_comm(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%s\n", procfs_comm(s));
	return 0;
}

static int store_comm(const struct procfs_subject *s, char *text, size_t len)
{
	if (s->process != current_process())
		return -EINVAL;
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (s->thread)
		strscpy(s->thread->vfs.thread.name, text, sizeof(s->thread->vfs.thread.name));
	return 0;
}

static int show_oom_score(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%ld\n", process_memory_score(s->process));
	return 0;
}

static int show_oom_adjust(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%d\n", READ_ONCE(s->process->oom_score_adjust));
	return 0;
}

static int store_oom_adjust(const struct procfs_subject *s, char *text, size_t len)
{
	s64 value;
	int err = parse_s64(text, 10, &value);

	if (err)
		return err;
	if (value < -1000 || value > 1000)
		return -EINVAL;
	if (value < READ_ONCE(s->process->oom_score_adjust) && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	WRITE_ONCE(s->process->oom_score_adjust, (int)value);
	return 0;
}

static const struct {
	const char *name, *unit;
	unsigned resource;
} limit_rows[] = {
	{"Max cpu time", "seconds", RLIMIT_CPU},
	{"Max file size", "bytes", RLIMIT_FSIZE},
	{"Max data size", "bytes", RLIMIT_DATA},
	{"Max stack size", "bytes", RLIMIT_STACK},
	{"Max core file size", "bytes", RLIMIT_CORE},
	{"Max resident set", "bytes", RLIMIT_RSS},
	{"Max processes", "processes", RLIMIT_NPROC},
	{"Max open files", "files", RLIMIT_NOFILE},
	{"Max locked memory", "bytes", RLIMIT_MEMLOCK},
	{"Max address space", "bytes", RLIMIT_AS},
	{"Max file locks", "locks", RLIMIT_LOCKS},
	{"Max pending signals", "signals", RLIMIT_SIGPENDING},
	{"Max msgqueue size", "bytes", RLIMIT_MSGQUEUE},
	{"Max nice priority", "", RLIMIT_NICE},
	{"Max realtime priority", "", RLIMIT_RTPRIO},
	{"Max realtime timeout", "us", RLIMIT_RTTIME},
};

static void put_limit(struct text_buffer *out, u64 value)
{
	if (value == (u64)RLIM_INFINITY)
		text_printf(out, "%-20s ", "unlimited");
	else
		text_printf(out, "%-20lu ", value);
}

static int show_limits(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned i = 0; i < ARRAY_SIZE(limit_rows); i++) {
		const struct rlimit *l = &s->process->limits[limit_rows[i].resource];

		text_printf(out, "%-25s ", limit_rows[i].name);
		put_limit(out, l->rlim_cur);
		put_limit(out, l->rlim_max);
		text_printf(out, "%-10s\n", limit_rows[i].unit);
	}
	return 0;
}

#define COMM_ROW                                                                                   \
	{                                                                                          \
		.name = "comm", .mode = S_IFREG | 0644, .show = show_comm, .store = store_comm     \
	}
#define NO_IO                                                                                      \
	"rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n"

/* A link's text is the name of the place that it leads to. */
static int show_place(struct text_buffer *out, const struct procfs_subject *s,
		      int (*follow)(const struct procfs_subject *s, struct path *out))
{
	char *buffer = kmalloc(PATH_MAX, 0);
	const char *name;
	struct path path;
	int err;

	if (!buffer)
		return -ENOMEM;
	err = follow(s, &path);
	if (!err) {
		err = path_name(&path, true, buffer, PATH_MAX, &name);
		path_put(&path);
	}
	if (!err)
		text_puts(out, name);
	kfree(buffer);
	return err;
}

static int show_cwd(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_place(out, s, follow_cwd);
}

static int show_root(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_place(out, s, follow_root);
}

static int show_exe(struct text_buffer *out, const struct procfs_subject *s)
{
	return show_place(out, s, follow_exe);
}

const struct procfs_entry procfs_task_entries[] = {
	PROCFS_PRIVATE("auxv", show_auxv),
	PROCFS_TEXT("cgroup", "0::/\n"),
	PROCFS_FILE("cmdline", show_cmdline),
	COMM_ROW,
	{.name = "cwd", .mode = S_IFLNK | 0777, .show = show_cwd, .follow = follow_cwd},
	PROCFS_PRIVATE("environ", show_environ),
	{.name = "exe", .mode = S_IFLNK | 0777, .show = show_exe, .follow = follow_exe},
	{.name = "fd", .mode = S_IFDIR | 0500, .dynamic = &procfs_fds},
	{.name = "fdinfo", .mode = S_IFDIR | 0500, .dynamic = &procfs_fdinfos},
	PROCFS_TEXT("io", NO_IO),
	PROCFS_FILE("limits", show_limits),
	PROCFS_FILE("maps", procfs_show_maps),
	PROCFS_FILE("mountinfo", procfs_show_mountinfo),
	PROCFS_FILE("mounts", procfs_show_mounts),
	PROCFS_FILE("oom_score", show_oom_score),
	{.name = "oom_score_adj",
	 .mode = S_IFREG | 0644,
	 .show = show_oom_adjust,
	 .store = store_oom_adjust},
	{.name = "root", .mode = S_IFLNK | 0777, .show = show_root, .follow = follow_root},
	PROCFS_FILE("smaps", procfs_show_smaps),
	PROCFS_FILE("smaps_rollup", procfs_show_smaps_rollup),
	PROCFS_FILE("stat", procfs_show_stat),
	PROCFS_FILE("statm", procfs_show_statm),
	PROCFS_FILE("status", procfs_show_status),
	PROCFS_TEXT("wchan", "0"),
	PROCFS_END,
};

/* A process has the same and its tasks. */
static const struct procfs_entry task_list = {
	.name = "task", .mode = S_IFDIR | 0555, .dynamic = &procfs_tasks};

static int pid_extra_lookup(const struct procfs_subject *s, const char *name,
			    struct procfs_child *out)
{
	if (strcmp(name, task_list.name) != 0)
		return -ENOENT;
	out->entry = &task_list;
	return 0;
}

static bool pid_extra_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	if (*cursor)
		return false;
	out->entry = &task_list;
	strscpy(out->name, task_list.name, sizeof(out->name));
	return true;
}

static const struct procfs_children pid_extra = {.lookup = pid_extra_lookup,
						 .next = pid_extra_next};

const struct procfs_entry procfs_pid_directory = {.name = "pid",
						  .mode = S_IFDIR | 0555,
						  .children = procfs_task_entries,
						  .dynamic = &pid_extra};
const struct procfs_entry procfs_task_directory = {
	.name = "tid", .mode = S_IFDIR | 0555, .children = procfs_task_entries};
