/* SPDX-License-Identifier: MIT */
/* What goes along with bytes: descriptors and credentials. cmsg(3), unix(7). */
#pragma once

#include "ipc/socket.h"
#include "lib/list.h"

struct unix_socket;
struct user_account;

/* Open files on their way. */
struct SHARED unix_rights {
	struct list_node node; /* [leaf] among those to be put */
	/* [I] referenced: they are charged to it; NULL: they are not in flight */
	struct user_account *sender;
	u32 nr_files;	      /* [I] */
	struct file *files[]; /* [o] referenced; NULL: handed on */
};

/* Of one packet, or of one page of a stream. All zero: nothing. */
struct unix_ancillary {
	struct unix_rights *rights; /* NULL: none */
	struct socket_credentials credentials;
	bool has_credentials;
};

/* What the message of a send brings along, checked; later unix_ancillary_end or handed on. 0,
 * -EINVAL, -EBADF, -EPERM, -ETOOMANYREFS, -ENOBUFS, -ENOMEM, -EFAULT. */
int unix_ancillary_build(const struct socket_message *message, struct unix_ancillary *out)
	__must_check;
/* The current thread's credentials, where nothing else is said. */
void unix_ancillary_add_credentials(struct unix_ancillary *ancillary);
/* Give up what was not handed on. May sleep; no socket lock held. */
static inline void unix_ancillary_end(struct unix_ancillary *ancillary);
/*
 * Tell the receiver of @message: descriptors are installed, @ancillary is empty then. What has no
 * room is dropped, and MSG_CTRUNC set.
 */
void unix_ancillary_deliver(struct socket_message *message, struct unix_ancillary *ancillary,
			    bool wants_credentials);

/* ---- in flight: unix_flight.c ---- */

void unix_flight_init(void);
/* Room for @nr files, none yet; NULL: no memory. */
struct unix_rights *unix_rights_alloc(u32 nr);
/* From now on they are in flight. -ETOOMANYREFS, -ENOMEM. */
int unix_rights_launch(struct unix_rights *rights) __must_check;
/* They have been taken out of the queue: no longer in flight. */
void unix_rights_land(struct unix_rights *rights);
/* Put the files and the rest, landing them first. May be called with socket locks held; the files
 * end later then (unix_rights_flush), or soon. */
void unix_rights_discard(struct unix_rights *rights);
/* End what was discarded. No lock held. */
void unix_rights_flush(void);
/* Until the collection that runs now is over. No socket lock held. */
void unix_flight_wait(void);
/* Another set of the same files, which stay in flight. For who can receive them now. */
struct unix_rights *unix_rights_copy(const struct unix_rights *rights);

static inline void unix_ancillary_end(struct unix_ancillary *ancillary)
{
	if (unlikely(ancillary->rights)) {
		unix_rights_discard(ancillary->rights);
		ancillary->rights = NULL;
		unix_rights_flush();
	}
}
