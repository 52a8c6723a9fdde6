/* SPDX-License-Identifier: MIT */
/*
 * Numbers and structures of the socket calls that are in no header of <linux/...>: the C library
 * has them. Sources: man 2 socket, send, recv, shutdown; man 3 cmsg; man 7 unix.
 */
#pragma once

#include "lib/compiler.h"

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_MAX 46 /* families from here on do not exist */

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_SEQPACKET 5
#define SOCK_MAX 11
#define SOCK_TYPE_MASK 0xf
#define SOCK_CLOEXEC 02000000 /* O_CLOEXEC */
#define SOCK_NONBLOCK 04000   /* O_NONBLOCK */

#define MSG_OOB 0x1U
#define MSG_PEEK 0x2U
#define MSG_CTRUNC 0x8U
#define MSG_TRUNC 0x20U
#define MSG_DONTWAIT 0x40U
#define MSG_EOR 0x80U
#define MSG_WAITALL 0x100U
#define MSG_NOSIGNAL 0x4000U
#define MSG_WAITFORONE 0x10000U
#define MSG_CMSG_CLOEXEC 0x40000000U

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define SCM_RIGHTS_MAX 253U /* descriptors of one message */
#define SOMAXCONN 4096

struct socket_msghdr { /* struct msghdr */
	u64 name;
	s32 name_len;
	u32 pad1;
	u64 iov;
	u64 nr_iov;
	u64 control;
	u64 control_len;
	u32 flags;
	u32 pad2;
};
static_assert(sizeof(struct socket_msghdr) == 56 && offsetof(struct socket_msghdr, control) == 32 &&
		      offsetof(struct socket_msghdr, flags) == 48,
	      "the kernel's ABI");

struct socket_mmsghdr { /* struct mmsghdr */
	struct socket_msghdr header;
	u32 len;
	u32 pad;
};
static_assert(sizeof(struct socket_mmsghdr) == 64, "the kernel's ABI");

struct control_header { /* struct cmsghdr; its data follow, the next one at a multiple of 8 */
	u64 len;
	s32 level;
	s32 type;
};
static_assert(sizeof(struct control_header) == 16, "the kernel's ABI");

struct socket_credentials { /* struct ucred */
	pid_t pid;
	uid_t uid;
	gid_t gid;
};
static_assert(sizeof(struct socket_credentials) == 12, "the kernel's ABI");
