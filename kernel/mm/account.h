/* SPDX-License-Identifier: MIT */
/*
 * An account: the memory that one process has caused, no matter which process uses it now. Pages,
 * objects, page tables and stacks that a thread of the process makes the kernel allocate are
 * charged to it, and uncharged when any thread frees them. So the account lives as long as anything
 * is charged to it, which may be longer than its process.
 */
#pragma once

#include "mm/box.h"
#include "mm/page.h"
#include "mm/user_account.h"
#include "sched/thread.h"

struct SHARED account {
	u64 held;		       /* [a] bytes charged, ACCOUNT_HOLD for each reference */
	u64 peak;		       /* [a] the highest value so far */
	struct box *box;	       /* [I] referenced; NULL: box_root */
	u32 pages[PAGE_KIND_RESERVED]; /* [a] of held: whole pages, by enum page_kind */
	u32 nr_stacks;		       /* [a] of held: kernel stacks */
	pid_t process_id;	       /* [a] the process it was made for */
	u32 cpu_share;		       /* [a] the share that its threads run in: by user */
	bool privileged;	       /* [a] by effective user and capabilities */
	struct user_account *user;     /* [leaf] referenced: the process's real user */
	struct list_node node;	       /* [leaf] in the list of all accounts */
};

/* A reference is counted in bytes as well, so that one word tells when nothing refers to an
 * account. */
#define ACCOUNT_HOLD 8UL

/* Root has share 0 to itself; other users are spread over the rest by user id. */
#define CPU_SHARES 32

/* Boot, after slab_init(). */
void account_init(void);

/* Create the account of a new process with number @process_id (0: set later), of @user, in @box.
 * Returns it with one reference, or NULL: no memory. Context: task. */
struct account *account_create(struct box *box, struct user_account *user, pid_t process_id);
/* Free @account: its last charge or its last reference is gone. For the inline functions below. */
void account_destroy(struct account *account);

/* Change the account's user to @user. Context: task. */
void account_set_user(struct account *account, struct user_account *user);
/* The id of the account's user. */
uid_t account_uid(struct account *account);

/* The box that the account is counted in. */
static inline struct box *account_box(const struct account *account)
{
	return account->box ? account->box : &box_root;
}

/*
 * Charge @bytes, a multiple of 8, to @account and its boxes. Returns: 0; -ENOMEM: the limit of a
 * box. Cost: 7 instructions in the root box. Context: any task; the caller keeps the account alive.
 */
static __always_inline int account_charge(struct account *account, u64 bytes)
{
	u64 now;
	int err;

	if (unlikely(account->box)) {
		err = box_charge(account->box, BOX_MEMORY, bytes);
		if (err)
			return err;
	}
	now = __atomic_add_fetch(&account->held, bytes, __ATOMIC_RELAXED);
	if (now > READ_ONCE(account->peak))
		WRITE_ONCE(account->peak, now);
	return 0;
}

/* Like account_charge(), but when a box has reached its limit, and @flags (PAGE_NOWAIT) and the
 * context allow it, the out-of-memory handler ends a process of the box and the charge is tried
 * again. In memory_wait.c. */
int account_charge_waiting(struct account *account, u64 bytes, unsigned flags) __must_check;

/* Charge without regard to limits: for memory that exists already. */
static inline void account_charge_forced(struct account *account, u64 bytes)
{
	u64 now;

	if (unlikely(account->box))
		box_charge_forced(account->box, BOX_MEMORY, bytes);
	now = __atomic_add_fetch(&account->held, bytes, __ATOMIC_RELAXED);
	if (now > READ_ONCE(account->peak))
		WRITE_ONCE(account->peak, now);
}

/* Release a charge of @bytes. Cost: 4 instructions in the root box. Context: any task. */
static __always_inline void account_uncharge(struct account *account, u64 bytes)
{
	if (unlikely(account->box))
		box_uncharge(account->box, BOX_MEMORY, bytes);
	if (unlikely(!__atomic_sub_fetch(&account->held, bytes, __ATOMIC_ACQ_REL)))
		account_destroy(account);
}

/* Take and release a reference. */
static inline void account_get(struct account *account)
{
	account_charge_forced(account, ACCOUNT_HOLD);
}
static inline void account_put(struct account *account)
{
	account_uncharge(account, ACCOUNT_HOLD);
}

/*
 * The account that the current thread's allocations are charged to; NULL: none (the kernel's own).
 */
static __always_inline struct account *account_current(void)
{
	return current_thread()->account;
}

/* Charge the current thread's allocations to @account (NULL: to none) until account_leave(), which
 * takes this function's result. For what is made for another process, like its first thread. The
 * caller holds a reference to @account. */
static inline struct account *account_enter(struct account *account)
{
	struct account *before = current_thread()->account;

	current_thread()->account = account;
	return before;
}
static inline void account_leave(struct account *before)
{
	current_thread()->account = before;
}

/* Bytes charged to @account now. */
static inline u64 account_bytes(const struct account *account)
{
	return __atomic_load_n(&account->held, __ATOMIC_RELAXED);
}

/* Bytes charged to all accounts together, and the number of accounts. */
u64 account_sum_bytes(void);
unsigned account_count(void);

/* Call @visit for every account, which is referenced during the call. @visit may sleep. */
void account_for_each(void (*visit)(struct account *account, void *data), void *data);
