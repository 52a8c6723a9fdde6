// SPDX-License-Identifier: MIT
/*
 * unix_flight.c -- open files in flight, that is, in messages between sockets.
 *
 * Idea.  A message that carries descriptors holds references to their files. Each socket counts the
 *   messages that carry it, so that the collector (unix_collect.c) can tell which sockets only
 *   messages refer to. Files that a message does not deliver are discarded: put on a list of the
 *   thread, which puts them once it holds no lock, without recursion. Sockets may be nested in
 *   queues of sockets without bound.
 * Invariants.
 *   F1  A message's files are counted before it is queued and until it has left the queue. So a
 *       count may be too high for a moment but never too low. In doubt a socket is reachable.
 *   F2  A receiver's files are touched (landed, or peeked at) before they get descriptors, and
 *       before the receiver gives back its reference to the socket that it received them from.
 * Ownership.  A message owns its rights, then the receiver does, then the thread that discards
 *   them. That thread puts UNIX_PUT_MAX files itself and leaves more to the collector's thread:
 *   what one user has put into a queue costs another one, which closes it, no more than that.
 * Locks.  A socket's lock, then socket_flight, for short.
 * Tests.  unix_flight_test.c, tests/guest/socket/socket_rights.c, socket_flight.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "ipc/unix/unix_flight.h"
#include "mm/kmalloc.h"
#include "mm/user_account.h"
#include "sched/mutex.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/vfs.h"

#define MANY_FLIGHTS 2048U /* files in flight of one user: more wait for the collector */

struct mutex unix_flights;
struct list_node unix_flying; /* [socket_flight] */
u32 unix_nr_flying;	      /* [socket_flight] also read without the lock */

static struct spinlock left_lock;
static struct unix_rights *left; /* [leaf] for the collector's thread; by ->batch, then ->next */

struct unix_rights *unix_rights_alloc(u32 nr)
{
	struct unix_rights *rights = kzalloc(sizeof(*rights) + nr * sizeof(struct file *), 0);

	if (rights)
		rights->nr_files = nr;
	return rights;
}

/* ---- counting ---- */

/* The files in flight above which the current thread gets ETOOMANYREFS: unix(7). */
static u64 limit_in_flight(void)
{
	return capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN) ? USER_NO_LIMIT
								   : vfs_limit_nofile();
}

/* The limit is for what was in flight before, so this message is added. */
static int charge_user(struct user_account *user, u32 nr)
{
	u64 limit = limit_in_flight();

	limit = limit > USER_NO_LIMIT - nr ? USER_NO_LIMIT : limit + nr;
	return user_charge(user, USER_FILES_IN_FLIGHT, nr, limit) ? -ETOOMANYREFS : 0;
}

/*
 * Charge the current user. What is lost and not yet found counts, too: a user with many files in
 * flight waits for the collector, and is refused only what is above the limit after that.
 */
static int charge_sender(struct unix_rights *rights)
{
	struct user_account *user = cred_current()->user;
	int err;

	if (unlikely(user_present(user, USER_FILES_IN_FLIGHT) > MANY_FLIGHTS))
		unix_collect_wait();
	err = charge_user(user, rights->nr_files);
	if (err) {
		unix_collect_wait();
		err = charge_user(user, rights->nr_files);
	}
	if (err)
		return err;
	user_account_get(user);
	rights->sender = user;
	return 0;
}

bool unix_only_in_flight(const struct unix_socket *u)
{
	const struct file *file = __atomic_load_n(&u->socket.file, __ATOMIC_ACQUIRE);

	assert_mutex_held(&unix_flights);
	debug_assert(u->nr_flights);
	return file && refcount_read(&file->refs) == u->nr_flights;
}

static void enter_flight(struct file *file, struct unix_socket *u) REQUIRES(unix_flights)
{
	if (!u->reached)
		list_add_last(&unix_flying, &u->flight_node);
	WRITE_ONCE(unix_nr_flying, unix_nr_flying + 1);
	__atomic_fetch_or(&file->mode, FILE_IN_FLIGHT, __ATOMIC_RELAXED);
}

static void leave_flight(struct file *file, struct unix_socket *u) REQUIRES(unix_flights)
{
	if (!u->reached) /* else the collector has yet to look at its queue */
		list_remove(&u->flight_node);
	u->doubted = false;
	WRITE_ONCE(unix_nr_flying, unix_nr_flying - 1);
	__atomic_fetch_and(&file->mode, ~FILE_IN_FLIGHT, __ATOMIC_RELAXED);
}

/*
 * One message more carries @file. True: it is a socket, and its last descriptor was closed while
 * the message was made, so that no close will tell of it.
 */
static bool count_launch(struct file *file) REQUIRES(unix_flights)
{
	struct unix_socket *u = unix_of_file(file);

	if (!u)
		return false;
	if (!u->nr_flights)
		enter_flight(file, u);
	debug_assert(!u->doubted); /* the sender has a reference to it */
	u->nr_flights++;
	/* The mode (enter_flight) before the count: pairs with fd_find.c:put_stale. */
	atomic_fence();
	return unix_only_in_flight(u);
}

static void count_landing(struct file *file) REQUIRES(unix_flights)
{
	struct unix_socket *u = unix_of_file(file);

	if (!u)
		return;
	debug_assert(u->nr_flights && unix_nr_flying); /* F1 */
	unix_collect_touch(u);
	u->nr_flights--;
	if (!u->nr_flights)
		leave_flight(file, u);
}

int unix_rights_launch(struct unix_rights *rights)
{
	bool closed = false;
	int err;

	debug_assert(!rights->sender);
	err = charge_sender(rights);
	if (err)
		return err;
	mutex_lock(&unix_flights);
	for (u32 i = 0; i < rights->nr_files; i++)
		closed |= count_launch(rights->files[i]);
	mutex_unlock(&unix_flights);
	if (unlikely(closed))
		unix_collect_want();
	return 0;
}

void unix_rights_land(struct unix_rights *rights)
{
	if (!rights->sender)
		return;
	mutex_lock(&unix_flights);
	for (u32 i = 0; i < rights->nr_files; i++)
		count_landing(rights->files[i]);
	mutex_unlock(&unix_flights);
	user_uncharge(rights->sender, USER_FILES_IN_FLIGHT, rights->nr_files);
	user_account_put(rights->sender);
	rights->sender = NULL;
}

void unix_rights_peeked(struct unix_rights *copy)
{
	mutex_lock(&unix_flights);
	for (u32 i = 0; i < copy->nr_files; i++) {
		struct unix_socket *u = unix_of_file(copy->files[i]);

		if (u && u->nr_flights)
			unix_collect_touch(u);
	}
	mutex_unlock(&unix_flights);
}

struct unix_rights *unix_rights_copy(const struct unix_rights *rights)
{
	struct unix_rights *copy = unix_rights_alloc(rights->nr_files);

	for (u32 i = 0; copy && i < copy->nr_files; i++) {
		copy->files[i] = rights->files[i];
		file_get(copy->files[i]);
	}
	return copy;
}

/* ---- ending ---- */

void unix_rights_discard(struct unix_rights *rights)
{
	struct thread *me = current_thread();

	rights->next = me->discarded;
	me->discarded = rights;
}

/* Land and put the files of @rights. True: a socket among them stays in flight. */
static bool rights_end(struct unix_rights *rights)
{
	bool flies = false;

	unix_rights_land(rights);
	for (u32 i = 0; i < rights->nr_files; i++) {
		if (!rights->files[i])
			continue;
		flies |= (rights->files[i]->mode & FILE_IN_FLIGHT) != 0;
		file_put(rights->files[i]); /* which may discard more */
	}
	kfree(rights);
	return flies;
}

/* Leave all that the thread has discarded to the collector's. */
static void leave_discarded(struct thread *me)
{
	struct unix_rights *first = me->discarded;

	me->discarded = NULL;
	spin_lock(&left_lock);
	first->batch = left;
	WRITE_ONCE(left, first);
	spin_unlock(&left_lock);
	unix_collect_leave();
}

void unix_rights_flush(void)
{
	struct thread *me = current_thread();
	struct unix_rights *rights;
	bool flies = false;
	u32 nr_put = 0;

	if (me->puts_discarded)
		return; /* called by a file that ends: the caller's caller goes on */
	me->puts_discarded = true;
	while ((rights = me->discarded)) {
		if (nr_put >= UNIX_PUT_MAX && thread_is_user(me)) {
			leave_discarded(me);
			break;
		}
		me->discarded = rights->next;
		nr_put += rights->nr_files;
		flies |= rights_end(rights);
	}
	me->puts_discarded = false;
	if (flies)
		unix_collect_want();
}

bool unix_rights_are_left(void)
{
	return READ_ONCE(left);
}

void unix_rights_flush_left(void)
{
	struct thread *me = current_thread();

	debug_assert(!me->discarded);
	spin_lock(&left_lock);
	me->discarded = left;
	if (left)
		WRITE_ONCE(left, left->batch);
	spin_unlock(&left_lock);
	unix_rights_flush();
}

void unix_flight_init(void)
{
	mutex_init(&unix_flights, socket_flight);
	list_init(&unix_flying);
	spin_lock_init(&left_lock, leaf);
	fdtable_set_flight_hook(unix_collect_want);
	unix_collect_init();
}
