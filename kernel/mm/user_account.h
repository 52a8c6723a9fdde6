/* SPDX-License-Identifier: MIT */
/*
 * What one user has, over all processes: counts of resources that are limited per user. A user is a
 * real user id. The limit is passed with each charge, because it is the charging process's own
 * (RLIMIT_*); the count is the user's.
 */
#pragma once

#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"

enum user_resource {
	USER_TASKS,	      /* threads: RLIMIT_NPROC */
	USER_SIGNALS,	      /* queued signals: RLIMIT_SIGPENDING */
	USER_PIPE_PAGES,      /* pages that pipes may hold */
	USER_FILES_IN_FLIGHT, /* descriptors in flight through sockets */
	USER_NR_RESOURCES
};

#define USER_NO_LIMIT (~0UL)

struct SHARED user_count {
	u64 present;  /* [a] */
	u64 peak;     /* [a] the highest value so far */
	u64 refusals; /* [a] charges that a limit refused */
};

struct SHARED user_account {
	struct list_node node;			     /* [leaf] in its chain of the hash table */
	struct refcount refs;			     /* [a] */
	uid_t uid;				     /* [I] */
	struct user_count counts[USER_NR_RESOURCES]; /* [a] */
};

/* The entry of uid 0: always present, needs no reference. */
extern struct user_account user_account_root;

/* Boot, after slab_init(). */
void user_account_init(void);

/* Find or create the entry of @uid and take a reference. NULL: no memory. Context: task. */
struct user_account *user_account_lookup(uid_t uid);
void user_account_get(struct user_account *user);
/* Context: any task. The last reference frees the entry; by then nothing is charged to it. */
void user_account_put(struct user_account *user);

/*
 * Charge @n of @resource to @user unless the total would exceed @limit: check and charge are one
 * step. A charge does not hold a reference: whatever records the charge must hold one. Returns: 0,
 * -EAGAIN. Context: any, also interrupts.
 */
int user_charge(struct user_account *user, enum user_resource resource, u64 n, u64 limit)
	__must_check;
void user_uncharge(struct user_account *user, enum user_resource resource, u64 n);

static inline u64 user_present(const struct user_account *user, enum user_resource resource)
{
	return __atomic_load_n(&user->counts[resource].present, __ATOMIC_RELAXED);
}

/* Call @visit for every user, who is referenced during the call. @visit may sleep. */
void user_account_for_each(void (*visit)(struct user_account *user, void *data), void *data);
