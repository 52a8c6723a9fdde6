/* SPDX-License-Identifier: MIT */
/* Sockets of AF_UNIX: unix(7). */
#pragma once

#include "ipc/socket.h"

/* Set up the cache, the table of names, and the hook of the descriptor tables. Boot. */
void unix_init(void);
void unix_name_init(void);
/*
 * A new socket of @type (SOCK_STREAM, _DGRAM, _SEQPACKET), or two that are connected. @flags:
 * O_NONBLOCK or 0. Returns: 0, -ENFILE, -ENOMEM.
 */
int unix_create(int type, int flags, struct file **out) __must_check;
int unix_create_pair(int type, int flags, struct file *out[2]) __must_check;
