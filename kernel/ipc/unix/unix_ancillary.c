// SPDX-License-Identifier: MIT
/*
 * unix_ancillary.c -- control messages: from the sender's buffer to the ancillary data of a
 * message, and from there to the receiver's buffer.
 *
 * Idea.  A sender's buffer is copied once and parsed from the copy, so that nothing changes between
 *   check and use. What comes out is references to files, and credentials that the sender may
 *   claim. A receiver gets as many descriptors as there is room and limit for.
 * Invariants.
 *   A1  unix_ancillary_build leaves nothing behind when it fails: the files that it had got are
 *       put.
 *   A2  A descriptor's number is in the receiver's memory before the descriptor can be used
 *       (fd_reserve, then the copy, then fd_fill). If the copy fails, that descriptor is not made.
 *   A3  rights->files has NULL in the place of each installed file, so each reference has one
 *       owner.
 *   A4  Files are landed before they get descriptors: F2 of unix_flight.c.
 * Locks.  None held. Both directions copy from and to programs, and may sleep.
 * Cost.  A message without a control buffer: one test. A buffer is at most CONTROL_MAX bytes, and a
 *   message carries at most SCM_RIGHTS_MAX files.
 * Tests.  tests/guest/socket/socket_rights.c, socket_creds.c, socket_no_memory.c.
 */
#include "ipc/unix/unix_ancillary.h"

#include "core/assert.h"
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "proc/pid.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vm/user_copy.h"

#include <asm/socket.h>

#define CONTROL_MAX 20480U /* Linux's net.core.optmem_max */

/* ---- sending ---- */

static int add_rights(struct unix_ancillary *ancillary, const int *fds, size_t len)
{
	u32 nr = (u32)(len / sizeof(int)), have;
	struct unix_rights *rights, *old = ancillary->rights;

	if (!nr)
		return 0;
	have = old ? old->nr_files : 0;
	if (nr > SCM_RIGHTS_MAX || have + nr > SCM_RIGHTS_MAX)
		return -EINVAL;
	rights = unix_rights_alloc(have + nr);
	if (!rights)
		return -ENOMEM;
	for (u32 i = 0; i < have; i++)
		rights->files[i] = old->files[i];
	if (old)
		kfree(old);
	ancillary->rights = rights;
	for (u32 i = have; i < rights->nr_files; i++) {
		rights->files[i] = fd_get_any(fds[i - have]);
		if (!rights->files[i])
			return -EBADF;
	}
	return 0;
}

static bool is_own_uid(const struct cred *cred, uid_t uid)
{
	return uid == cred->uid || uid == cred->euid || uid == cred->suid;
}

static bool is_own_gid(const struct cred *cred, gid_t gid)
{
	return gid == cred->gid || gid == cred->egid || gid == cred->sgid;
}

static int process_exists(pid_t number)
{
	struct pid *pid;
	bool exists;

	process_tree_lock();
	pid = pid_find(number);
	exists = pid && (pid->process || pid->thread);
	process_tree_unlock();
	return exists ? 0 : -ESRCH;
}

/* Add claimed credentials if the thread may claim them; root may claim any process that exists. */
static int add_claimed_credentials(struct unix_ancillary *ancillary,
				   const struct socket_credentials *claim)
{
	const struct cred *cred = cred_current();
	bool own_pid = claim->pid == current_thread()->process_id;
	int err;

	if ((!own_pid && !capable(CAP_SYS_ADMIN)) ||
	    (!is_own_uid(cred, claim->uid) && !capable(CAP_SETUID)) ||
	    (!is_own_gid(cred, claim->gid) && !capable(CAP_SETGID)))
		return -EPERM;
	if (claim->uid == (uid_t)-1 || claim->gid == (gid_t)-1)
		return -EINVAL;
	err = own_pid ? 0 : process_exists(claim->pid);
	if (err)
		return err;
	ancillary->credentials = *claim;
	ancillary->has_credentials = true;
	return 0;
}

static int add_one(struct unix_ancillary *ancillary, const struct control_header *header)
{
	size_t len = header->len - sizeof(*header);

	if (header->level != SOL_SOCKET)
		return 0;
	if (header->type == SCM_RIGHTS)
		return add_rights(ancillary, (const int *)(header + 1), len);
	if (header->type == SCM_CREDENTIALS && len == sizeof(struct socket_credentials))
		return add_claimed_credentials(ancillary,
					       (const struct socket_credentials *)(header + 1));
	return -EINVAL;
}

static int parse_control(struct unix_ancillary *ancillary, const u8 *control, size_t len)
{
	size_t at = 0;
	int err = 0;

	while (!err && at + sizeof(struct control_header) <= len) {
		const struct control_header *header = (const void *)(control + at);

		if (header->len < sizeof(*header) || header->len > len - at)
			return -EINVAL;
		err = add_one(ancillary, header);
		at += align_up(header->len, sizeof(u64));
	}
	return err;
}

int unix_ancillary_build(const struct socket_message *message, struct unix_ancillary *out)
{
	size_t len = message->control_len;
	u8 *copy;
	int err;

	*out = (struct unix_ancillary){.rights = NULL};
	if (likely(!message->control || !len))
		return 0;
	if (len > CONTROL_MAX)
		return -ENOBUFS;
	copy = kmalloc(len, 0);
	if (!copy)
		return -ENOMEM;
	err = copy_from_user(copy, message->control, len);
	if (!err)
		err = parse_control(out, copy, len);
	kfree(copy);
	if (!err && out->rights)
		err = unix_rights_launch(out->rights);
	if (err)
		unix_ancillary_end(out);
	return err;
}

void unix_ancillary_add_credentials(struct unix_ancillary *ancillary)
{
	const struct cred *cred = cred_current();

	if (ancillary->has_credentials)
		return;
	ancillary->has_credentials = true;
	ancillary->credentials.pid = current_thread()->process_id;
	ancillary->credentials.uid = cred->uid;
	ancillary->credentials.gid = cred->gid;
}

/* ---- receiving ---- */

/* Advance past a control message with @len bytes of data. */
static void control_advance(struct socket_message *message, size_t len)
{
	size_t used = min(align_up(sizeof(struct control_header) + len, sizeof(u64)),
			  message->control_len);

	message->control = (u8 __user *)message->control + used;
	message->control_len -= used;
}

static void put_control(struct socket_message *message, int type, const void *data, size_t len)
{
	struct control_header header = {
		.len = sizeof(header) + len, .level = SOL_SOCKET, .type = type};

	if (!message->control || message->control_len < sizeof(header)) {
		message->flags_out |= MSG_CTRUNC;
		return;
	}
	if (message->control_len < header.len) {
		message->flags_out |= MSG_CTRUNC;
		header.len = message->control_len;
		len = header.len - sizeof(header);
	}
	if (copy_to_user(message->control, &header, sizeof(header)) ||
	    copy_to_user((u8 __user *)message->control + sizeof(header), data, len)) {
		message->flags_out |= MSG_CTRUNC;
		return;
	}
	control_advance(message, len);
}

/* Install as many files as there is room for: their number. The others stay in @rights. */
static u32 install_rights(struct socket_message *message, struct unix_rights *rights)
{
	bool close_on_exec = message->flags & MSG_CMSG_CLOEXEC;
	int __user *place =
		(int __user *)((u8 __user *)message->control + sizeof(struct control_header));
	size_t room = (message->control_len - sizeof(struct control_header)) / sizeof(int);
	u32 done;

	debug_assert(!rights->sender); /* landed: unix_flight.c F2 */
	for (done = 0; done < rights->nr_files && done < room; done++) {
		int fd = fd_reserve(0, close_on_exec);

		if (fd < 0)
			break;
		if (put_user_u32((u32)fd, (u32 __user *)(place + done))) {
			fd_unreserve(fd);
			break;
		}
		fd_fill(fd, rights->files[done]);
		rights->files[done] = NULL;
	}
	return done;
}

static void deliver_rights(struct socket_message *message, struct unix_rights *rights)
{
	struct control_header header = {.level = SOL_SOCKET, .type = SCM_RIGHTS};
	u32 done = 0;

	if (message->control && message->control_len > sizeof(header))
		done = install_rights(message, rights);
	if (done < rights->nr_files)
		message->flags_out |= MSG_CTRUNC;
	if (!done)
		return;
	header.len = sizeof(header) + done * sizeof(int);
	if (copy_to_user(message->control, &header, sizeof(header)))
		message->flags_out |= MSG_CTRUNC; /* the descriptors are installed nevertheless */
	else
		control_advance(message, done * sizeof(int));
}

void unix_ancillary_deliver(struct socket_message *message, struct unix_ancillary *ancillary,
			    bool wants_credentials)
{
	/* For a message without credentials: the overflow ids. */
	static const struct socket_credentials overflow = {.pid = 0, .uid = 65534, .gid = 65534};

	if (wants_credentials)
		put_control(message, SCM_CREDENTIALS,
			    ancillary->has_credentials ? &ancillary->credentials : &overflow,
			    sizeof(overflow));
	if (ancillary->rights) {
		deliver_rights(message, ancillary->rights);
		unix_ancillary_end(ancillary);
	}
}
