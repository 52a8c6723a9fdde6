// SPDX-License-Identifier: MIT
/*
 * unix_flight.c -- open files in flight, that is, in messages between sockets, and the collection
 * of sockets that no program can receive any more.
 *
 * Idea.  A message that carries descriptors holds references to their files. So sockets can keep
 *   each other alive: two sockets in each other's queues, of which no program has a descriptor,
 *   would stay for ever. Each socket counts the messages that carry it. When that count equals the
 *   references to its file, the socket is a candidate: only a receiver of one of the messages can
 *   reach it. From each candidate's count the collection subtracts the messages that are in queues
 *   of candidates. A candidate with a count above 0 is reachable from elsewhere, and so are the
 *   sockets in its queue, and those in theirs. The other candidates are lost, and the rights in
 *   their queues are discarded.
 * Invariants.
 *   F1  A message's files are counted before it is queued and until it has left the queue. So a
 *       count may be too high for a moment but never too low. In doubt a socket is reachable.
 *   F2  No candidate gets a descriptor during a collection: a receiver must land the message first
 *       (a thread that peeks takes references and then waits for the collection), which takes
 *       socket_flight.
 * Ownership.  A message owns its rights, then the receiver does, then the list of discarded ones.
 *   One thread at a time empties that list, without recursion: sockets may be nested in queues of
 *   sockets without bound.
 * Locks.  socket_flight, then one socket's lock at a time, then socket_names.
 * Cost.  Nothing while no socket is in flight. Else each close of a socket that has been in flight
 *   is linear in the number of sockets in flight and in their queues.
 * Tests.  unix_flight_test.c, tests/guest/socket/socket_rights.c, socket_flight.c.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "ipc/unix/unix_socket.h"
#include "mm/kmalloc.h"
#include "mm/user_account.h"
#include "sched/mutex.h"
#include "vfs/cred.h"
#include "vfs/file/fdtable.h"
#include "vfs/vfs.h"

static struct mutex flight_lock;
static struct list_node flying; /* [socket_flight] sockets, by flight_node */
static u32 nr_flying;		/* [socket_flight] also read without the lock */

static struct spinlock discard_lock;
static struct list_node discarded; /* [leaf] struct unix_rights */
static bool flushing;		   /* [leaf] a thread is emptying the list */

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

/* Charge the current user. The limit is for what was in flight before, so this message is added. */
static int charge_user(struct unix_rights *rights)
{
	struct user_account *user = cred_current()->user;
	u64 limit = limit_in_flight();

	limit = limit > USER_NO_LIMIT - rights->nr_files ? USER_NO_LIMIT : limit + rights->nr_files;
	if (user_charge(user, USER_FILES_IN_FLIGHT, rights->nr_files, limit))
		return -ETOOMANYREFS;
	user_account_get(user);
	rights->sender = user;
	return 0;
}

/* Add @by (1 or -1) to the messages that carry @file, if it is a socket. */
static void flight_count_file(struct file *file, int by) REQUIRES(flight_lock)
{
	struct unix_socket *u = unix_of_file(file);

	assert_mutex_held(&flight_lock);
	if (!u)
		return;
	debug_assert(by == 1 || (u->nr_flights && nr_flying)); /* F1 */
	if (!u->nr_flights) {
		list_add_last(&flying, &u->flight_node);
		WRITE_ONCE(nr_flying, nr_flying + 1);
		__atomic_fetch_or(&file->mode, FILE_IN_FLIGHT, __ATOMIC_RELAXED);
	}
	u->nr_flights += (u32)by;
	if (!u->nr_flights) {
		list_remove(&u->flight_node);
		WRITE_ONCE(nr_flying, nr_flying - 1);
	}
}

int unix_rights_launch(struct unix_rights *rights)
{
	int err;

	debug_assert(!rights->sender);
	err = charge_user(rights);
	if (err)
		return err;
	mutex_lock(&flight_lock);
	for (u32 i = 0; i < rights->nr_files; i++)
		flight_count_file(rights->files[i], 1);
	mutex_unlock(&flight_lock);
	return 0;
}

void unix_rights_land(struct unix_rights *rights)
{
	if (!rights->sender)
		return;
	mutex_lock(&flight_lock);
	for (u32 i = 0; i < rights->nr_files; i++)
		flight_count_file(rights->files[i], -1);
	mutex_unlock(&flight_lock);
	user_uncharge(rights->sender, USER_FILES_IN_FLIGHT, rights->nr_files);
	user_account_put(rights->sender);
	rights->sender = NULL;
}

void unix_flight_wait(void)
{
	mutex_lock(&flight_lock);
	mutex_unlock(&flight_lock);
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
	spin_lock(&discard_lock);
	list_add_last(&discarded, &rights->node);
	spin_unlock(&discard_lock);
}

/* Take the next discarded set; NULL: there is none, and this thread no longer flushes. */
static struct unix_rights *flight_next_discarded(void)
{
	struct list_node *node;

	spin_lock(&discard_lock);
	node = list_pop_first(&discarded);
	if (!node)
		flushing = false;
	spin_unlock(&discard_lock);
	return node ? list_entry(node, struct unix_rights, node) : NULL;
}

/* True: sets are discarded and no thread flushes; the caller does from now on. */
static bool flight_begin_flush(void)
{
	bool mine;

	spin_lock(&discard_lock);
	mine = !flushing && !list_is_empty(&discarded);
	if (mine)
		flushing = true;
	spin_unlock(&discard_lock);
	return mine;
}

static void flight_collect(void);

void unix_rights_flush(void)
{
	struct unix_rights *rights;
	bool sockets;

	while (flight_begin_flush()) {
		sockets = false;
		while ((rights = flight_next_discarded())) {
			unix_rights_land(rights);
			for (u32 i = 0; i < rights->nr_files; i++) {
				if (!rights->files[i])
					continue;
				sockets |= unix_of_file(rights->files[i]) != NULL;
				file_put(rights->files[i]);
			}
			kfree(rights);
		}
		if (sockets)
			flight_collect(); /* it may discard more */
	}
}

/* ---- collecting ---- */

static bool flight_is_candidate(const struct unix_socket *u) REQUIRES(flight_lock)
{
	const struct file *file = __atomic_load_n(&u->socket.file, __ATOMIC_ACQUIRE);

	debug_assert(u->nr_flights);
	return file && refcount_read(&file->refs) == u->nr_flights;
}

typedef void (*visit_t)(struct unix_ancillary *ancillary);

static void flight_visit_queue(struct unix_socket *u, visit_t visit)
{
	mutex_lock(&u->lock);
	if (u->socket.type == SOCK_STREAM)
		unix_stream_visit(u, visit);
	else
		unix_packet_visit(u, visit);
	mutex_unlock(&u->lock);
}

/* The connection after @u (NULL: the first) in the backlog, with a reference; NULL: none. */
static struct unix_socket *next_in_backlog(struct unix_socket *listener, struct unix_socket *u)
{
	struct list_node *node;

	spin_lock(&unix_names);
	node = u ? u->backlog_node.next : listener->backlog.next;
	u = node == &listener->backlog ? NULL : list_entry(node, struct unix_socket, backlog_node);
	if (u)
		unix_get(u);
	spin_unlock(&unix_names);
	return u;
}

/*
 * Visit all rights that only a thread with a descriptor of @u can receive, also those in
 * connections that it would have to accept. No thread takes a connection from the backlog
 * meanwhile: it would need such a descriptor.
 */
static void flight_visit_rights(struct unix_socket *u, visit_t visit)
{
	struct unix_socket *c = NULL, *next;

	flight_visit_queue(u, visit);
	if (READ_ONCE(u->state) != UNIX_LISTENING)
		return;
	while ((next = next_in_backlog(u, c))) {
		if (c)
			unix_put(c);
		c = next;
		flight_visit_queue(c, visit);
	}
	if (c)
		unix_put(c);
}

/* Subtract the messages of a candidate's queue from the counts of what they carry. */
static void flight_explain(struct unix_ancillary *ancillary)
{
	struct unix_rights *rights = ancillary->rights;

	assert_mutex_held(&flight_lock);
	for (u32 i = 0; rights && i < rights->nr_files; i++) {
		struct unix_socket *u = unix_of_file(rights->files[i]);

		if (u && u->nr_unexplained)
			u->nr_unexplained--;
	}
}

/* The reached socket whose queue is visited now. Those before it in the list are done. */
static struct list_node *reach_cursor; /* [socket_flight] */
/* The sockets that @ancillary carries are reached: move them behind the cursor. */
static void flight_reach(struct unix_ancillary *ancillary)
{
	struct unix_rights *rights = ancillary->rights;

	assert_mutex_held(&flight_lock);
	for (u32 i = 0; rights && i < rights->nr_files; i++) {
		struct unix_socket *u = unix_of_file(rights->files[i]);

		if (!u || u->reached || !u->nr_flights)
			continue;
		u->reached = true;
		list_remove(&u->flight_node);
		list_add_after(reach_cursor, &u->flight_node);
	}
}

/* Discard the rights of a lost socket's queue. */
static void flight_strip(struct unix_ancillary *ancillary)
{
	assert_mutex_held(&flight_lock);
	if (ancillary->rights) {
		unix_rights_discard(ancillary->rights);
		ancillary->rights = NULL;
	}
}

/* Find the reachable sockets in flight and move them to the front of the list. */
static void flight_find_reached(void) REQUIRES(flight_lock)
{
	struct unix_socket *u, *next;
	struct list_node *last = &flying;

	list_for_each_entry(u, &flying, flight_node) {
		u->nr_unexplained = u->nr_flights;
		u->candidate = flight_is_candidate(u);
		u->reached = false;
	}
	list_for_each_entry(u, &flying, flight_node)
		if (u->candidate)
			flight_visit_rights(u, flight_explain);
	list_for_each_entry_safe(u, next, &flying, flight_node) {
		if (u->candidate && !u->nr_unexplained)
			continue;
		u->reached = true;
		list_remove(&u->flight_node);
		list_add_after(last, &u->flight_node);
		last = &u->flight_node;
	}
	/* What sockets carry that are no candidates has counts left, so it is in front already. */
	for (reach_cursor = flying.next; reach_cursor != &flying;
	     reach_cursor = reach_cursor->next) {
		u = list_entry(reach_cursor, struct unix_socket, flight_node);
		if (!u->reached)
			break;
		if (u->candidate)
			flight_visit_rights(u, flight_reach);
	}
}

/* Discard the rights in the queues of sockets that no program can reach. */
static void flight_collect(void)
{
	struct unix_socket *u;

	if (!READ_ONCE(nr_flying))
		return;
	mutex_lock(&flight_lock);
	flight_find_reached();
	list_for_each_entry(u, &flying, flight_node)
		if (!u->reached)
			flight_visit_rights(u, flight_strip);
	mutex_unlock(&flight_lock);
}

/* The hook for the close of a descriptor whose file has been in flight. */
static void closed_after_flight(void)
{
	flight_collect();
	unix_rights_flush();
}

void unix_flight_init(void)
{
	mutex_init(&flight_lock, socket_flight);
	list_init(&flying);
	spin_lock_init(&discard_lock, leaf);
	list_init(&discarded);
	fdtable_set_flight_hook(closed_after_flight);
}
