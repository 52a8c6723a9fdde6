/* SPDX-License-Identifier: MIT */
/* Ancillary data: descriptors and credentials that are sent with bytes. cmsg(3), unix(7). */
#pragma once

#include "ipc/socket.h"

struct unix_socket;
struct user_account;

/* Open files that a message carries: SCM_RIGHTS. */
struct SHARED unix_rights {
	struct unix_rights *next;  /* [o, leaf] discarded: the set to end after it */
	struct unix_rights *batch; /* [leaf] left to the collector: the first of the next batch */
	/* [I] referenced: the account that is charged; NULL: they are not in flight */
	struct user_account *sender;
	u32 nr_files;	      /* [I] */
	struct file *files[]; /* [o] referenced; NULL: moved to a descriptor */
};

/* The ancillary data of one packet, or of one page of a stream. All zero: none. */
struct unix_ancillary {
	struct unix_rights *rights; /* NULL: none */
	struct socket_credentials credentials;
	bool has_credentials;
};

/* Does @here, which may be NULL, have the credentials of @got, or neither any? */
static inline bool unix_same_credentials(const struct unix_ancillary *got,
					 const struct unix_ancillary *here)
{
	if (!here || !here->has_credentials)
		return !got->has_credentials;
	return got->has_credentials && here->credentials.pid == got->credentials.pid &&
	       here->credentials.uid == got->credentials.uid &&
	       here->credentials.gid == got->credentials.gid;
}

/*
 * Check and copy the ancillary data of a message that is sent. The caller queues it or calls
 * unix_ancillary_end. 0, -EINVAL, -EBADF, -EPERM, -ESRCH, -ETOOMANYREFS, -ENOBUFS, -ENOMEM,
 * -EFAULT.
 */
int unix_ancillary_build(const struct socket_message *message, struct unix_ancillary *out)
	__must_check;
/* Add the current thread's credentials, unless there are some. */
void unix_ancillary_add_credentials(struct unix_ancillary *ancillary);
/* Drop what was neither queued nor delivered. Context: task; may sleep; no socket lock held. */
static inline void unix_ancillary_end(struct unix_ancillary *ancillary);
/*
 * Write @ancillary to the receiver's control buffer and install its descriptors; @ancillary is
 * empty afterwards. What has no room is dropped, and MSG_CTRUNC is set. Context: task; no lock
 * held.
 */
void unix_ancillary_deliver(struct socket_message *message, struct unix_ancillary *ancillary,
			    bool wants_credentials);

/* ---- in flight: unix_flight.c, unix_collect.c ---- */

void unix_flight_init(void);
/* A set with room for @nr files, all NULL; NULL: no memory. */
struct unix_rights *unix_rights_alloc(u32 nr);
/* Count the files as in flight and charge the current user: 0, -ETOOMANYREFS. May sleep. */
int unix_rights_launch(struct unix_rights *rights) __must_check;
/* The files have left the queue: they are no longer in flight. May sleep; no socket lock held. */
void unix_rights_land(struct unix_rights *rights);
/*
 * Have the files landed and put, and the set freed: by unix_rights_flush, which the caller calls
 * once it holds no lock. May be called with socket locks held.
 */
void unix_rights_discard(struct unix_rights *rights);
/*
 * Land and put the files of all sets that the current thread has discarded; of many, some later.
 * Context: task; may sleep; no lock held.
 */
void unix_rights_flush(void);
/* A second set of the same files for a thread that peeks at the message; NULL: no memory. */
struct unix_rights *unix_rights_copy(const struct unix_rights *rights);
/* Before the files of such a set get descriptors. May sleep; no lock of a later rank held. */
void unix_rights_peeked(struct unix_rights *copy);
/* @u was taken from a backlog, and has no file yet. Context: task; may sleep; no lock held. */
void unix_flight_accepted(struct unix_socket *u);

static inline void unix_ancillary_end(struct unix_ancillary *ancillary)
{
	if (unlikely(ancillary->rights)) {
		unix_rights_discard(ancillary->rights);
		ancillary->rights = NULL;
		unix_rights_flush();
	}
}
