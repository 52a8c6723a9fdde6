/* SPDX-License-Identifier: MIT */
/*
 * Changing the current thread's credentials: the rules of setuid(2) and its family,
 * capabilities(7).
 */
#pragma once

#include "vfs/cred.h"

struct process;

#define CRED_KEEP ((u32)-1) /* "unchanged" of setresuid and others */

/* Put @cred (handed over) in place of the current thread's. */
void cred_commit(struct cred *cred);
/* setuid(2) and so on: 0, -EPERM, -EINVAL, -ENOMEM. */
long cred_set_uid(uid_t uid);
long cred_set_gid(gid_t gid);
long cred_set_re_uid(uid_t ruid, uid_t euid);
long cred_set_re_gid(gid_t rgid, gid_t egid);
long cred_set_res_uid(uid_t ruid, uid_t euid, uid_t suid);
long cred_set_res_gid(gid_t rgid, gid_t egid, gid_t sgid);
/* The old one, changed or not. */
uid_t cred_set_fs_uid(uid_t uid);
gid_t cred_set_fs_gid(gid_t gid);
/* @groups is sorted here. */
long cred_set_groups(gid_t *groups, u32 count);
long cred_set_caps(u64 effective, u64 permitted, u64 inheritable);
/* May the current thread send @signal to @target (kill(2))? */
bool cred_may_signal(struct process *target, int signal);
