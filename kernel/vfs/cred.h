/* SPDX-License-Identifier: MIT */
/*
 * Credentials: who a thread acts as. An object is immutable once a second holder can see it; to
 * change something a thread makes a copy, edits it, and puts it in place of its own.
 */
#pragma once

#include "lib/compiler.h"

#include <linux/capability.h>

struct user_account;

#define CRED_GROUPS_MAX 65536U

struct SHARED cred {
	u32 refs;		      /* [a] */
	uid_t uid, euid, suid, fsuid; /* [I] */
	gid_t gid, egid, sgid, fsgid; /* [I] */
	u64 cap_effective;	      /* [I] bit CAP_x; what may be done now */
	u64 cap_permitted;	      /* [I] */
	u64 cap_inheritable;	      /* [I] */
	u64 cap_bounding;	      /* [I] */
	u64 cap_ambient;	      /* [I] */
	u32 securebits;		      /* [I] prctl(PR_SET_SECUREBITS) */
	u32 nr_groups;		      /* [I] */
	struct user_account *user;    /* [I] referenced: that of uid, see cred_set_user() */
	gid_t groups[];		      /* [I] supplementary, ascending */
};
#define CRED_CAP_ALL ((1UL << (CAP_LAST_CAP + 1)) - 1)

/* Root with all capabilities and no groups: of the first process and of kernel threads. Never
 * freed. */
extern const struct cred cred_root;

/* The credentials of the current thread, without a reference: valid as long as this thread does not
 * change them. */
const struct cred *cred_current(void);
/* One more / one less holder; the last put frees. Context: any task. */
void cred_get(const struct cred *cred);
void cred_put(const struct cred *cred);
/* A private copy of @from to edit, one reference. NULL: no memory. */
struct cred *cred_copy(const struct cred *from);
/* The same with room for @nr_groups groups, none filled in yet. NULL: no memory. */
struct cred *cred_copy_with_groups(const struct cred *from, u32 nr_groups);
/* @cred, which nobody else has yet, got another uid: find its account. 0, -ENOMEM. Context:
 * task. */
int cred_set_user(struct cred *cred) __must_check;
/* Is @gid the file-system group or one of the supplementary groups? */
bool cred_in_group(const struct cred *cred, gid_t gid);
static inline bool cred_has_cap(const struct cred *cred, unsigned cap)
{
	return cred->cap_effective >> cap & 1;
}
/* May the current thread use capability @cap (CAP_*)? */
bool capable(unsigned cap);
