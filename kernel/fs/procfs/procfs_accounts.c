// SPDX-License-Identifier: MIT
/*
 * procfs_accounts.c -- /proc/creance/accounts: what programs have caused, by box, user and account.
 *
 * Each row is a list of words that begins with its kind; an unlimited limit is "-":
 *
 * 	box NAME RESOURCE PRESENT PEAK LIMIT REFUSALS		bytes (memory) or a count
 * 	user UID RESOURCE PRESENT PEAK REFUSALS
 * 	account PID UID BYTES PEAK user N file N table N kernel N stack N	pages; stacks
 *
 * An account whose process has ended has a row as long as anything is charged to it.
 */
#include "fs/procfs/procfs_internal.h"

#include "mm/account.h"

static const char *const box_resources[BOX_NR_RESOURCES] = {
	[BOX_MEMORY] = "memory",
	[BOX_TASKS] = "tasks",
};

static const char *const user_resources[USER_NR_RESOURCES] = {
	[USER_TASKS] = "tasks",
	[USER_SIGNALS] = "signals",
	[USER_PIPE_PAGES] = "pipe_pages",
	[USER_FILES_IN_FLIGHT] = "files_in_flight",
};

static void show_box(struct box *box, void *data)
{
	struct text_buffer *out = data;
	struct box_count count;

	for (unsigned i = 0; i < BOX_NR_RESOURCES; i++) {
		box_read(box, i, &count);
		text_printf(out, "box %s %s %lu %lu ", box->name, box_resources[i], count.present,
			    count.peak);
		if (count.limit == BOX_NO_LIMIT)
			text_puts(out, "-");
		else
			text_printf(out, "%lu", count.limit);
		text_printf(out, " %lu\n", count.refusals);
	}
}

static void show_user(struct user_account *user, void *data)
{
	struct text_buffer *out = data;

	for (unsigned i = 0; i < USER_NR_RESOURCES; i++)
		text_printf(out, "user %u %s %lu %lu %lu\n", user->uid, user_resources[i],
			    user_present(user, i), READ_ONCE(user->counts[i].peak),
			    READ_ONCE(user->counts[i].refusals));
}

static void show_account(struct account *account, void *data)
{
	struct text_buffer *out = data;

	text_printf(out, "account %d %u %lu %lu user %u file %u table %u kernel %u stack %u\n",
		    READ_ONCE(account->process_id), account_uid(account), account_bytes(account),
		    READ_ONCE(account->peak), READ_ONCE(account->pages[PAGE_KIND_USER]),
		    READ_ONCE(account->pages[PAGE_KIND_FILE]),
		    READ_ONCE(account->pages[PAGE_KIND_TABLE]),
		    READ_ONCE(account->pages[PAGE_KIND_KERNEL]), READ_ONCE(account->nr_stacks));
}

static int show_accounts(struct text_buffer *out, const struct procfs_subject *s)
{
	box_for_each(show_box, out);
	user_account_for_each(show_user, out);
	account_for_each(show_account, out);
	return 0;
}

void procfs_accounts_init(void)
{
	static const struct procfs_entry entry = PROCFS_PRIVATE("accounts", show_accounts);

	procfs_add_creance(&entry);
}
