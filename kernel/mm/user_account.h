/* SPDX-License-Identifier: MIT */
/*
 * What one user has, over all processes: counts of resources that are limited for each user. A user
 * is a real user id. The limit comes with each charge, since it is the charging process's own
 * (RLIMIT_*); the count is the user's.
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

enum user_resource {
	USER_TASKS,	      /* threads: RLIMIT_NPROC                       */
	USER_SIGNALS,	      /* queued signals: RLIMIT_SIGPENDING           */
	USER_PIPE_PAGES,      /* frames that pipes may hold                  */
	USER_FILES_IN_FLIGHT, /* descriptors on their way through sockets    */
	USER_NR_RESOURCES
};

#define USER_NO_LIMIT (~0UL)

struct SHARED user_count {
	u64 present;  /* [a] */
	u64 peak;     /* [a] the most at a time */
	u64 refusals; /* [a] charges that a limit refused */
};

struct SHARED user_account {
	struct list_node node;			     /* [leaf] in its chain of the hash table */
	u32 refs;				     /* [a] */
	uid_t uid;				     /* [I] */
	struct user_count counts[USER_NR_RESOURCES]; /* [a] */
};

/* That of uid 0: always there, needs no reference. */
extern struct user_account user_account_root;

/* Boot, after slab_init(). */
void user_account_init(void);

/* The account of @uid with a reference, made when there is none. NULL: no memory. Context: task. */
struct user_account *user_account_lookup(uid_t uid);
void user_account_get(struct user_account *user);
/* Context: any task. The last reference frees; nothing is charged to the user then. */
void user_account_put(struct user_account *user);

/*
 * Charge @n of @resource to @user unless that would make more than @limit: check and charge are one
 * step. What is charged holds no reference by itself: who remembers the charge has one.
 * Returns: 0, -EAGAIN. Context: any, also interrupts.
 */
int user_charge(struct user_account *user, enum user_resource resource, u64 n, u64 limit)
	__must_check;
void user_uncharge(struct user_account *user, enum user_resource resource, u64 n);

static inline u64 user_present(const struct user_account *user, enum user_resource resource)
{
	return __atomic_load_n(&user->counts[resource].present, __ATOMIC_RELAXED);
}

/* Visit all users, each referenced during the call. @visit may sleep. */
void user_account_for_each(void (*visit)(struct user_account *user, void *data), void *data);
