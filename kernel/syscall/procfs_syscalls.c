// SPDX-License-Identifier: MIT
/*
 * procfs_syscalls.c -- /proc/creance/syscalls (the calls that exist) and absent_calls (calls that
 * programs made and that do not exist: number, how often, name).
 */
#include "syscall/procfs_syscalls.h"

#include "fs/procfs/procfs.h"
#include "syscall/dispatch.h"

static int show_syscalls(struct text_buffer *out, const struct procfs_subject *s)
{
	for (u64 nr = 0; nr < SYSCALL_TABLE_SIZE; nr++)
		if (syscall_exists(nr))
			text_printf(out, "%3lu %s\n", nr, syscall_name(nr));
	return 0;
}

static int show_absent_calls(struct text_buffer *out, const struct procfs_subject *s)
{
	for (u64 nr = 0; nr < SYSCALL_TABLE_SIZE; nr++)
		if (syscall_absent_count(nr))
			text_printf(out, "%3lu %lu %s\n", nr, syscall_absent_count(nr),
				    syscall_name(nr) ?: "?");
	if (syscall_absent_beyond())
		text_printf(out, ">=%d %lu\n", SYSCALL_TABLE_SIZE, syscall_absent_beyond());
	return 0;
}

void procfs_syscalls_init(void)
{
	static const struct procfs_entry rows[] = {
		PROCFS_FILE("syscalls", show_syscalls),
		PROCFS_FILE("absent_calls", show_absent_calls),
	};

	procfs_add_creance(&rows[0]);
	procfs_add_creance(&rows[1]);
}
