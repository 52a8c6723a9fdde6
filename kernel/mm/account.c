// SPDX-License-Identifier: MIT
/*
 * account.c -- which process memory is charged to.
 *
 * Idea.  Whatever a program's thread makes the kernel allocate is charged to that thread's account.
 *   This is the default; an allocation that must not be charged says so (PAGE_UNCHARGED). The
 *   allocators record the account beside the memory (page_alloc.c: one word for each page; slab.c:
 *   one word beside each object), so freeing needs no knowledge of who caused the allocation. A
 *   process has one account, which its threads share; what fork makes for the child is charged to
 *   the child (account_enter). The thread that touches a page of a file is charged, not the owner
 *   of the file: otherwise a program could evade its limits by writing to other users' files.
 * What is not charged.  Pages of slabs (their objects are charged), magazines and other caches of
 *   the allocators, kernel mappings, and everything that boot, kernel threads and idle threads
 *   allocate. What is cached for the next user (stacks, roots of page tables) is charged to each of
 *   its users in turn.
 * Invariants.
 *   A1  held is the sum of what is charged plus ACCOUNT_HOLD for each reference. When it reaches 0,
 *       only the list of all accounts still refers to the account; the thread that brought it to 0
 *       frees it.
 *   A2  What is charged to an account is charged to its box and to all boxes above it. box is NULL
 *       for the root: memory that is in no other box updates no count but the account's own.
 *   A3  peak may miss charges that several CPUs made at the same instant.
 * Ownership.  A process holds a reference to its account; a thread holds its process.
 * Locks.  accounts.lock (leaf) for the list and for account->user.
 * Cost.  A charge and its release: about 11 instructions together, besides finding the account's
 *   word. Shared lines: the account's, shared by the threads of one process.
 * Tests.  account_test.c, tests/system/hoard.t.
 */
#include "mm/account.h"

#include "core/assert.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sync/spinlock.h"

static struct {
	struct spinlock lock;
	struct list_node list; /* [lock] of account->node */
	unsigned nr;	       /* [lock] */
} accounts = {.lock = SPINLOCK_INIT(leaf)};

static struct slab_cache account_cache; /* [I] */

void account_init(void)
{
	list_init(&accounts.list);
	slab_cache_init(&account_cache, "account", sizeof(struct account), 64);
	box_init();
	user_account_init();
}

static u32 share_of_user(const struct user_account *user)
{
	return user->uid ? 1 + user->uid % (CPU_SHARES - 1) : 0;
}

struct account *account_create(struct box *box, struct user_account *user, pid_t process_id)
{
	struct account *account = slab_alloc(&account_cache, PAGE_ZERO | PAGE_UNCHARGED);

	if (!account)
		return NULL;
	if (box != &box_root) { /* A2 */
		box_get(box);
		account->box = box;
	}
	user_account_get(user);
	account->user = user;
	account->cpu_share = share_of_user(user);
	account->process_id = process_id;
	account_get(account);
	spin_lock(&accounts.lock);
	list_add_last(&accounts.list, &account->node);
	accounts.nr++;
	spin_unlock(&accounts.lock);
	return account;
}

void account_destroy(struct account *account)
{
	spin_lock(&accounts.lock);
	list_remove(&account->node);
	accounts.nr--;
	spin_unlock(&accounts.lock);
	for (unsigned kind = 0; kind < ARRAY_SIZE(account->pages); kind++)
		debug_assert(!account->pages[kind]);
	debug_assert(!account->nr_stacks);
	user_account_put(account->user);
	if (account->box)
		box_put(account->box);
	slab_free(&account_cache, account);
}

void account_set_user(struct account *account, struct user_account *user)
{
	struct user_account *before;

	user_account_get(user);
	spin_lock(&accounts.lock);
	before = account->user;
	account->user = user;
	WRITE_ONCE(account->cpu_share, share_of_user(user));
	spin_unlock(&accounts.lock);
	user_account_put(before);
}

uid_t account_uid(struct account *account)
{
	uid_t uid;

	spin_lock(&accounts.lock);
	uid = account->user->uid;
	spin_unlock(&accounts.lock);
	return uid;
}

/* Take a reference unless the account is being freed (A1). */
static bool get_try(struct account *account)
{
	u64 held = account_bytes(account);

	while (held)
		if (__atomic_compare_exchange_n(&account->held, &held, held + ACCOUNT_HOLD, false,
						__ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			if (account->box)
				box_charge_forced(account->box, BOX_MEMORY, ACCOUNT_HOLD);
			return true;
		}
	return false;
}

/* The first account after @account (NULL: the first of all), referenced; NULL: there is none. */
static struct account *next_account(struct account *account)
{
	struct account *next = NULL;
	struct list_node *node;

	spin_lock(&accounts.lock);
	for (node = account ? account->node.next : accounts.list.next;
	     node != &accounts.list && !next; node = node->next)
		if (get_try(list_entry(node, struct account, node)))
			next = list_entry(node, struct account, node);
	spin_unlock(&accounts.lock);
	return next;
}

void account_for_each(void (*visit)(struct account *account, void *data), void *data)
{
	struct account *account = next_account(NULL), *next;

	while (account) {
		visit(account, data);
		next = next_account(account);
		account_put(account);
		account = next;
	}
}

static void add_bytes(struct account *account, void *data)
{
	/* minus the reference held during the visit */
	*(u64 *)data += account_bytes(account) - ACCOUNT_HOLD;
}

u64 account_sum_bytes(void)
{
	u64 sum = 0;

	account_for_each(add_bytes, &sum);
	return sum;
}

unsigned account_count(void)
{
	return READ_ONCE(accounts.nr);
}
