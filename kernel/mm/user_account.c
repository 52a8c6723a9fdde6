// SPDX-License-Identifier: MIT
/*
 * user_account.c -- what each user has.
 *
 * Idea.  A hash table from real user ids to their counts. Credentials hold a reference
 *   (vfs/cred.h), so an entry exists as long as any thread acts for the user, or anything records a
 *   charge to it. A charge is one compare-and-exchange: it checks the limit and counts in one step.
 * Invariants.
 *   U1  At most one live entry exists for a uid.
 *   U2  An entry whose reference count has reached 0 is not found any more, and is never revived.
 * Locks.  users.lock (leaf) for the table; the counts are atomic.
 * Cost.  Charge and uncharge: about 10 instructions. Lookup: a short chain, when ids change.
 * Tests.  account_test.c.
 */
#include "mm/user_account.h"

#include <linux/errno.h>

#include "core/assert.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "sync/spinlock.h"

#define HASH_BITS 6
#define HASH_SIZE (1U << HASH_BITS)

static struct {
	struct spinlock lock;
	struct list_node chains[HASH_SIZE]; /* [lock] */
} users = {.lock = SPINLOCK_INIT(leaf)};

struct user_account user_account_root = {.refs = REFCOUNT_INIT(1)};

static unsigned hash(uid_t uid)
{
	return uid * 0x9e3779b1U >> (32 - HASH_BITS);
}

void user_account_init(void)
{
	for (unsigned i = 0; i < HASH_SIZE; i++)
		list_init(&users.chains[i]);
	list_add_last(&users.chains[hash(0)], &user_account_root.node);
}

static struct user_account *find_get(uid_t uid) REQUIRES(users.lock)
{
	struct user_account *user;

	list_for_each_entry(user, &users.chains[hash(uid)], node)
		if (user->uid == uid && refcount_get_unless_zero(&user->refs))
			return user;
	return NULL;
}

struct user_account *user_account_lookup(uid_t uid)
{
	struct user_account *user, *fresh;

	spin_lock(&users.lock);
	user = find_get(uid);
	spin_unlock(&users.lock);
	if (user)
		return user;
	fresh = kzalloc(sizeof(*fresh), PAGE_UNCHARGED);
	if (!fresh)
		return NULL;
	fresh->uid = uid;
	refcount_init(&fresh->refs, 1);
	spin_lock(&users.lock);
	user = find_get(uid);
	if (!user)
		list_add_first(&users.chains[hash(uid)], &fresh->node); /* U1 */
	spin_unlock(&users.lock);
	if (!user)
		return fresh;
	kfree(fresh);
	return user;
}

void user_account_get(struct user_account *user)
{
	refcount_get(&user->refs);
}

void user_account_put(struct user_account *user)
{
	if (!refcount_put(&user->refs))
		return;
	for (unsigned i = 0; i < USER_NR_RESOURCES; i++)
		debug_assert(!user->counts[i].present);
	spin_lock(&users.lock);
	list_remove(&user->node);
	spin_unlock(&users.lock);
	kfree(user);
}

int user_charge(struct user_account *user, enum user_resource resource, u64 n, u64 limit)
{
	struct user_count *count = &user->counts[resource];
	u64 present = __atomic_load_n(&count->present, __ATOMIC_RELAXED), peak;

	do {
		if (n > limit || present > limit - n) {
			__atomic_fetch_add(&count->refusals, 1, __ATOMIC_RELAXED);
			return -EAGAIN;
		}
	} while (!__atomic_compare_exchange_n(&count->present, &present, present + n, false,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	peak = __atomic_load_n(&count->peak, __ATOMIC_RELAXED);
	while (present + n > peak &&
	       !__atomic_compare_exchange_n(&count->peak, &peak, present + n, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return 0;
}

void user_uncharge(struct user_account *user, enum user_resource resource, u64 n)
{
	u64 before = __atomic_fetch_sub(&user->counts[resource].present, n, __ATOMIC_RELAXED);

	debug_assert(before >= n);
	(void)before;
}

/*
 * The first entry after @user, which is referenced (NULL: the first of all), referenced; NULL:
 * there is none.
 */
static struct user_account *next_user(struct user_account *user)
{
	unsigned chain = user ? hash(user->uid) : 0;
	struct user_account *next = NULL;
	struct list_node *node;

	spin_lock(&users.lock);
	node = user ? user->node.next : users.chains[0].next;
	while (!next && chain < HASH_SIZE) {
		if (node == &users.chains[chain]) {
			if (++chain < HASH_SIZE)
				node = users.chains[chain].next;
		} else {
			next = list_entry(node, struct user_account, node);
			node = node->next;
			if (!refcount_get_unless_zero(&next->refs))
				next = NULL;
		}
	}
	spin_unlock(&users.lock);
	return next;
}

void user_account_for_each(void (*visit)(struct user_account *user, void *data), void *data)
{
	struct user_account *user = next_user(NULL), *next;

	while (user) {
		visit(user, data);
		next = next_user(user);
		user_account_put(user);
		user = next;
	}
}
