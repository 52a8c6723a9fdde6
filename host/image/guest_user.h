/* SPDX-License-Identifier: MIT */
/* The user that the guest's program runs as. */
#pragma once

#include <stdint.h>

#include "image/file_map.h"

struct guest_user {
	uint32_t uid, gid;
};

#define GUEST_USER_NOBODY 65534u

/*
 * The user unless --user names one: the calling user's numbers, with the numbers of nobody in place
 * of root's.
 */
struct guest_user guest_user_default(void);

/*
 * Read @text: NAME of the guest's /etc/passwd, or UID, or UID:GID, numbers in decimal. A UID alone
 * has the group of its line there, or one of the same number.
 * Returns: 0, or -EINVAL after a message.
 */
int guest_user_parse(const char *text, const struct file_map *base, struct guest_user *user)
	__attribute__((warn_unused_result));

/* The folder in which the program begins: one that it may write to. */
const char *guest_user_folder(const struct guest_user *user);
