/* SPDX-License-Identifier: MIT */
/*
 * Credentials: the user and the rights of a thread. An object does not change once a second holder
 * can see it; a thread that changes its credentials copies them, edits the copy, and replaces its
 * own.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/refcount.h"
#include "sched/thread.h"

#include <linux/capability.h>

struct user_account;

#define CRED_GROUPS_MAX 65536U

/* The ids of users and those of groups change by the same rules. */
enum cred_kind { CRED_USER, CRED_GROUP };
struct cred_ids {
	u32 real, effective, saved, fs;
};

struct SHARED cred {
	struct refcount refs; /* [a] */
	union {
		struct {
			uid_t uid, euid, suid, fsuid; /* [I] */
			gid_t gid, egid, sgid, fsgid; /* [I] */
		};
		struct cred_ids ids[2]; /* [I] the same, by enum cred_kind */
	};
	u64 cap_effective;	   /* [I] bit CAP_x; the ones in force */
	u64 cap_permitted;	   /* [I] */
	u64 cap_inheritable;	   /* [I] */
	u64 cap_bounding;	   /* [I] */
	u64 cap_ambient;	   /* [I] */
	u32 securebits;		   /* [I] prctl(PR_SET_SECUREBITS) */
	u32 nr_groups;		   /* [I] */
	struct user_account *user; /* [I] referenced: of uid, see cred_set_user() */
	gid_t groups[];		   /* [I] supplementary, ascending */
};
#define CRED_CAP_ALL ((1UL << (CAP_LAST_CAP + 1)) - 1)

/*
 * Root with all capabilities and no groups: for the first process and kernel threads. Never freed.
 */
extern const struct cred cred_root;

/*
 * The credentials of the current thread, without a reference: valid until this thread changes them.
 */
static __always_inline const struct cred *cred_current(void)
{
	return current_thread()->cred;
}
/* Take / put a reference; the last put frees. Context: any task. */
void cred_get(const struct cred *cred);
void cred_put(const struct cred *cred);
/* A copy of @from to edit, with one reference. NULL: no memory. */
struct cred *cred_copy(const struct cred *from);
/* The same with room for @nr_groups groups, which the caller fills in. NULL: no memory. */
struct cred *cred_copy_with_groups(const struct cred *from, u32 nr_groups);
/*
 * Find the account of @cred, whose uid has been changed and which no other holder has seen yet. 0,
 * -ENOMEM. Context: task.
 */
int cred_set_user(struct cred *cred) __must_check;
/* Is @gid the file-system group or a supplementary group? */
bool cred_in_group(const struct cred *cred, gid_t gid);
static inline bool cred_has_cap(const struct cred *cred, unsigned cap)
{
	return cred->cap_effective >> cap & 1;
}
/* May the current thread use capability @cap (CAP_*)? */
bool capable(unsigned cap);
