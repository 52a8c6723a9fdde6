/* SPDX-License-Identifier: MIT */
/*
 * Changing the current thread's credentials: the rules of setuid(2) and its family,
 * capabilities(7).
 */
#pragma once

#include "vfs/cred.h"

struct process;

#define CRED_KEEP ((u32)-1) /* "unchanged" of setresuid and others */

/*
 * Put @cred (handed over) in place of the current thread's; of the leader's, also for others to
 * see.
 */
void cred_commit(struct cred *cred);
/* Exec's, when the current thread is the leader: its credentials are those of the process. */
void cred_show_process(void);
/* setuid(2), setreuid(2), setresuid(2) and those of groups: 0, -EPERM, -EINVAL, -ENOMEM. */
int cred_set_id(enum cred_kind kind, u32 id) __must_check;
int cred_set_real_effective(enum cred_kind kind, u32 real, u32 effective) __must_check;
int cred_set_all_ids(enum cred_kind kind, u32 real, u32 effective, u32 saved) __must_check;
/* setfsuid(2), setfsgid(2): the old one, changed or not. */
u32 cred_set_fs_id(enum cred_kind kind, u32 id);
/* @groups is sorted here. */
int cred_set_groups(gid_t *groups, u32 count) __must_check;
int cred_set_caps(u64 effective, u64 permitted, u64 inheritable) __must_check;
/* prctl(2): PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAPBSET_DROP, PR_CAP_AMBIENT. */
int cred_set_keep_caps(u64 on) __must_check;
int cred_set_securebits(u64 bits) __must_check;
int cred_drop_bounding(u64 cap) __must_check;
int cred_ambient(u64 what, u64 cap) __must_check;
/* May the current thread send @signal to @target (kill(2))? No locks held. */
bool cred_may_signal(struct process *target, int signal);
