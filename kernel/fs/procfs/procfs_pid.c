// SPDX-License-Identifier: MIT
/*
 * procfs_pid.c -- /proc/PID and /proc/PID/task/TID: their tables, and the small files. proc(5).
 *
 * Idea.  Both directories have the same files; what a file shows depends on whether its subject is
 *   a task. Processes and tasks are dynamic children, found by number.
 * Locks.  process_tree, briefly, from a number to its pid; vm_map to read an address space.
 * Tests.  tests/guest/process/proc_clone.c, proc_auxv.c, proc_secure.c.
 * See also.  procfs_status.c, procfs_maps.c, procfs_fd.c.
 */
#include "fs/procfs/procfs.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/fmt.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "proc/out_of_memory.h"
#include "proc/process.h"
#include "proc/rlimit.h"
#include "proc/usage.h"
#include "vfs/cred.h"
#include "vfs/file/file.h"
#include "vfs/name/fs_context.h"
#include "vfs/name/path_walk.h"
#include "vm/vm_fault.h"

#include <linux/limits.h>

#define PID_BATCH 128 /* examined before the tree of processes is unlocked */

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
	/* A thread's number leads to its process, though only processes are listed. */
	if (pid && !pid->process && pid->thread)
		pid = pid->thread->thread.process->pid;
	if (pid && (!pid->process || pid->process->tree.state == PROCESS_REAPED))
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

static bool is_process(const struct pid *pid, const struct process *unused)
{
	assert_process_tree_held();
	return pid->process && pid->process->tree.state != PROCESS_REAPED;
}

static bool is_child_of(const struct pid *pid, const struct process *parent)
{
	return is_process(pid, NULL) && pid->process->tree.parent == parent;
}

/*
 * The lowest pid from @number on for which @is holds (with @process), referenced; NULL: none. There
 * may be very many, so the tree is unlocked now and then.
 */
static struct pid *find_pid(pid_t number, const struct process *process,
			    bool (*is)(const struct pid *pid, const struct process *process))
{
	struct pid *pid = NULL;

	process_tree_lock();
	for (unsigned looked = 1; (number = pid_next(number)) != 0; looked++, number++) {
		pid = pid_find(number);
		if (pid && is(pid, process))
			break;
		pid = NULL;
		if (looked % PID_BATCH == 0) {
			process_tree_unlock();
			process_tree_lock();
		}
	}
	if (pid)
		pid_get(pid);
	process_tree_unlock();
	return pid;
}

/* The number from which a listing at @cursor goes on; programs may seek anywhere. */
static pid_t number_of(u64 cursor)
{
	return cursor < PID_MAX ? (pid_t)cursor : PID_MAX;
}

static bool pids_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	struct pid *pid = find_pid(number_of(*cursor), NULL, is_process);

	if (!pid)
		return false;
	*cursor = (u64)pid->number;
	out->entry = &procfs_pid_directory;
	out->pid = pid;
	ksnprintf(out->name, sizeof(out->name), "%d", pid->number);
	return true;
}

/* The pid under which @t is known, referenced; NULL when it is gone. */
static struct pid *task_pid(struct user_thread *t)
{
	struct pid *pid;

	process_tree_lock();
	pid = t->tid_pid;
	if (pid && pid->thread != t)
		pid = NULL;
	if (pid)
		pid_get(pid);
	process_tree_unlock();
	return pid;
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
	if (t->thread.process == s->process)
		out->pid = task_pid(t);
	user_thread_put(t);
	out->entry = &procfs_task_directory;
	return out->pid ? 0 : -ENOENT;
}

static bool tasks_next(const struct procfs_subject *s, u64 *cursor, struct procfs_child *out)
{
	struct user_thread *t;

	while (!out->pid && (t = process_next_thread(s->process, max(number_of(*cursor), 1)))) {
		*cursor = (u64)t->thread.tid;
		out->pid = task_pid(t);
		user_thread_put(t);
		if (!out->pid)
			++*cursor; /* it left while we looked */
	}
	if (!out->pid)
		return false;
	*cursor = (u64)out->pid->number;
	out->entry = &procfs_task_directory;
	ksnprintf(out->name, sizeof(out->name), "%d", out->pid->number);
	return true;
}

const struct procfs_children procfs_pids = {.lookup = pids_lookup, .next = pids_next};
const struct procfs_children procfs_tasks = {.lookup = tasks_lookup, .next = tasks_next};

/* ------------------------------------------------------------------ memory */

/* Write [start, end) of the process's memory as it is. */
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

	map = process_get_vm(s->process);
	if (!map)
		return 0;
	rwlock_read_lock(&map->lock);
	while (n + 2 < ARRAY_SIZE(map->auxv) && map->auxv[n])
		n += 2;
	text_put(out, map->auxv, (n + 2) * sizeof(u64)); /* including the AT_NULL at the end */
	rwlock_read_unlock(&map->lock);
	vm_map_put(map);
	return 0;
}

/* ------------------------------------------------------------------ links */

/*
 * Check access again: @err and, if that is 0, the place *out were found, but while they were the
 * process may have changed. Returns @err or -EACCES. procfs_file.c, T2
 */
static int still_open(const struct procfs_subject *s, struct path *out, int err)
{
	if (!err && !process_may_access(s->process)) {
		path_put(out);
		err = -EACCES;
	}
	return err;
}

/* A place of the process's context, which @get gets. */
static int follow_context(const struct procfs_subject *s, struct path *out,
			  void (*get)(struct fs_context *fs, struct path *out))
{
	struct fs_context *fs;

	if (!process_may_access(s->process))
		return -EACCES;
	fs = process_get_fs(s->process);
	if (!fs)
		return -ENOENT;
	get(fs, out);
	fs_context_put(fs);
	return still_open(s, out, 0);
}

static int follow_cwd(const struct procfs_subject *s, struct path *out)
{
	return follow_context(s, out, fs_context_get_cwd);
}

static int follow_root(const struct procfs_subject *s, struct path *out)
{
	return follow_context(s, out, fs_context_get_root);
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
	rwlock_read_lock(&map->lock);
	if (map->executable) { /* an executable is always an open file */
		struct file *file = container_of(map->executable, struct file, backing);

		*out = file->path;
		if (out->dentry) {
			path_get(out);
			err = 0;
		}
	}
	rwlock_read_unlock(&map->lock);
	vm_map_put(map);
	return still_open(s, out, err);
}

/* ------------------------------------------------------------------ small files */

static int show_comm(struct text_buffer *out, const struct procfs_subject *s)
{
	char name[THREAD_NAME_SIZE];

	procfs_comm(s, name);
	text_printf(out, "%s\n", name);
	return 0;
}

static int store_comm(const struct procfs_subject *s, char *text, size_t len)
{
	if (s->process != current_process())
		return -EINVAL;
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (s->thread)
		thread_rename(&s->thread->thread, text);
	return 0;
}

static int show_oom_score(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%ld\n", process_memory_score(s->process));
	return 0;
}

static int show_oom_adjust(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%d\n", READ_ONCE(s->process->attributes.oom_score_adjust));
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
	if (value < READ_ONCE(s->process->attributes.oom_score_adjust) &&
	    !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	WRITE_ONCE(s->process->attributes.oom_score_adjust, (int)value);
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
		struct rlimit limit;
		int err = rlimit_change(s->process, limit_rows[i].resource, NULL, &limit);

		if (err)
			return err;
		text_printf(out, "%-25s ", limit_rows[i].name);
		put_limit(out, limit.rlim_cur);
		put_limit(out, limit.rlim_max);
		text_printf(out, "%-10s\n", limit_rows[i].unit);
	}
	return 0;
}

/* Show the numbers of the children, all of them in the file of the process's own task. */
static int show_children(struct text_buffer *out, const struct procfs_subject *s)
{
	struct pid *pid = NULL;
	pid_t number = 1;

	if (s->pid != s->process->pid)
		return 0;
	while (!out->overflow && (pid = find_pid(number, s->process, is_child_of)) != NULL) {
		text_printf(out, "%d ", pid->number);
		number = pid->number + 1;
		pid_put(pid);
		if (thread_kill_pending(current_thread()))
			return -EINTR;
	}
	return 0;
}

static int show_schedstat(struct text_buffer *out, const struct procfs_subject *s)
{
	struct process_usage usage;

	if (s->is_task)
		user_thread_usage_get(s->thread, &usage);
	else
		process_usage_get(s->process, &usage);
	text_printf(out, "%lu 0 %lu\n", usage.user_ns + usage.system_ns,
		    usage.switches_voluntary + usage.switches_forced);
	return 0;
}

static int show_personality(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "%08x\n", READ_ONCE(s->process->attributes.personality));
	return 0;
}

static int show_io(struct text_buffer *out, const struct procfs_subject *s)
{
	text_puts(out, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\n"
		       "cancelled_write_bytes: 0\n");
	return 0;
}

/* Show the text of a link: the name of the place to which it leads. */
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

#define JUMP(link_name, link_show, link_follow)                                                    \
	{                                                                                          \
		.name = link_name, .mode = S_IFLNK | 0777, .show = link_show,                      \
		.follow = link_follow                                                              \
	}
#define ALL_IDS "         0          0 4294967295\n"

const struct procfs_entry procfs_task_entries[] = {
	PROCFS_GUARDED("auxv", 0400, show_auxv),
	PROCFS_TEXT("cgroup", "0::/\n"),
	PROCFS_FILE("children", show_children),
	PROCFS_FILE("cmdline", show_cmdline),
	PROCFS_STORED("comm", show_comm, store_comm),
	JUMP("cwd", show_cwd, follow_cwd),
	PROCFS_GUARDED("environ", 0400, show_environ),
	JUMP("exe", show_exe, follow_exe),
	{.name = "fd", .mode = S_IFDIR | 0500, .dynamic = &procfs_fds},
	{.name = "fdinfo", .mode = S_IFDIR | 0500, .dynamic = &procfs_fdinfos},
	PROCFS_TEXT("gid_map", ALL_IDS),
	PROCFS_GUARDED("io", 0400, show_io),
	PROCFS_FILE("limits", show_limits),
	PROCFS_TEXT("loginuid", "4294967295"),
	PROCFS_GUARDED("maps", 0444, procfs_show_maps),
	PROCFS_FILE("mountinfo", procfs_show_mountinfo),
	PROCFS_FILE("mounts", procfs_show_mounts),
	PROCFS_DIR("net", procfs_net_entries),
	PROCFS_FILE("oom_score", show_oom_score),
	PROCFS_STORED("oom_score_adj", show_oom_adjust, store_oom_adjust),
	PROCFS_GUARDED("personality", 0400, show_personality),
	JUMP("root", show_root, follow_root),
	PROCFS_FILE("schedstat", show_schedstat),
	PROCFS_TEXT("sessionid", "4294967295"),
	PROCFS_GUARDED("smaps", 0444, procfs_show_smaps),
	PROCFS_GUARDED("smaps_rollup", 0444, procfs_show_smaps_rollup),
	PROCFS_FILE("stat", procfs_show_stat),
	PROCFS_FILE("statm", procfs_show_statm),
	PROCFS_FILE("status", procfs_show_status),
	PROCFS_TEXT("uid_map", ALL_IDS),
	PROCFS_TEXT("wchan", "0"),
	PROCFS_END,
};

/* A process has the same entries, and its tasks. */
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
