// SPDX-License-Identifier: MIT
/*
 * unix_flight.c -- open files on their way through sockets, and the collection of those that nobody
 * can receive any more.
 *
 * Idea.  A message that carries descriptors holds references on their files. So sockets can keep
 *   each other alive: two in each other's queues, closed by everyone, would stay for ever. Each
 *   socket counts the messages that carry it. When that count is all its file's references, the
 *   socket is a candidate: only a receiver could reach it. Subtract from each candidate's count
 *   the messages in queues of candidates; who has some left is reachable from elsewhere, and so is
 *   what its queue carries, and so on. The other candidates are lost: their queues are emptied of
 *   rights.
 * Invariants.
 *   F1  A file's message is counted before it stands in a queue, and until after it was taken out.
 *       So a count may be too high for a moment, never too low, and what is in doubt counts as
 *       reachable.
 *   F2  No candidate becomes visible during a collection: a receiver must land the message first
 *       (who peeks takes references, and then waits for the collection), and that waits for
 *       socket_flight.
 * Ownership.  Rights belong to the message, then to the receiver, then to the list of what is
 *   discarded. That list is worked off by one thread at a time and without recursion: sockets in
 *   queues of sockets may be nested without bound.
 * Locks.  socket_flight, then one socket's lock at a time, then socket_names.
 * Cost.  Nothing while no socket is in flight; else, linear in their number at each close of one
 *   that has been in flight.
 * Tests.  tests/guest/socket/socket_rights.c.
 */
#include "core/errno.h"
#include "ipc/unix/unix_socket.h"
#include "mm/kmalloc.h"
#include "mm/user_account.h"
#include "sched/mutex.h"
#include "vfs/fdtable.h"

static struct mutex flight_lock;
static struct list_node flying; /* [socket_flight] sockets, by flight_node */
static u32 nr_flying;		/* [socket_flight] also read without */

static struct spinlock discard_lock;
static struct list_node discarded; /* [leaf] struct unix_rights */
static bool flushing;		   /* [leaf] somebody works the list off */

struct unix_rights *unix_rights_alloc(u32 nr)
{
	struct unix_rights *rights = kzalloc(sizeof(*rights) + nr * sizeof(struct file *), 0);

	if (rights)
		rights->nr_files = nr;
	return rights;
}

/* ---- counting ---- */

/* How many may be in flight before this thread is refused more: unix(7), ETOOMANYREFS. */
static u64 limit_in_flight(void)
{
	return capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN)
		       ? USER_NO_LIMIT
		       : READ_ONCE(vfs_thread_current()->limits->nofile);
}

/* Charge @nr to the current user: what was in flight before is limited, not this message. */
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

static void count_file(struct file *file, int by)
{
	struct unix_socket *u = unix_of_file(file);

	if (!u)
		return;
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
	int err = charge_user(rights);

	if (err)
		return err;
	mutex_lock(&flight_lock);
	for (u32 i = 0; i < rights->nr_files; i++)
		count_file(rights->files[i], 1);
	mutex_unlock(&flight_lock);
	return 0;
}

void unix_rights_land(struct unix_rights *rights)
{
	if (!rights->sender)
		return;
	mutex_lock(&flight_lock);
	for (u32 i = 0; i < rights->nr_files; i++)
		count_file(rights->files[i], -1);
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

/* The next one to end; NULL: none, and this thread is done. */
static struct unix_rights *next_discarded(void)
{
	struct list_node *node;

	spin_lock(&discard_lock);
	node = list_pop_first(&discarded);
	if (!node)
		flushing = false;
	spin_unlock(&discard_lock);
	return node ? list_entry(node, struct unix_rights, node) : NULL;
}

/* Is there something to end, and nobody who does it? Then it is the caller. */
static bool begin_flush(void)
{
	bool mine;

	spin_lock(&discard_lock);
	mine = !flushing && !list_is_empty(&discarded);
	if (mine)
		flushing = true;
	spin_unlock(&discard_lock);
	return mine;
}

static void collect(void);

void unix_rights_flush(void)
{
	struct unix_rights *rights;
	bool sockets;

	while (begin_flush()) {
		sockets = false;
		while ((rights = next_discarded())) {
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
			collect(); /* which may discard more */
	}
}

/* ---- collecting ---- */

static bool is_candidate(const struct unix_socket *u)
{
	const struct file *file = __atomic_load_n(&u->socket.file, __ATOMIC_ACQUIRE);

	return file && __atomic_load_n(&file->refs, __ATOMIC_RELAXED) == u->nr_flights;
}

typedef void (*visit_t)(struct unix_ancillary *ancillary);

static void visit_queue(struct unix_socket *u, visit_t visit)
{
	mutex_lock(&u->lock);
	if (u->socket.type == SOCK_STREAM)
		unix_stream_visit(u, visit);
	else
		unix_packet_visit(u, visit);
	mutex_unlock(&u->lock);
}

/* The connection behind @u (NULL: the first) in the backlog, referenced. */
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
 * All rights that only a holder of @u can receive: also those sent to connections it would have to
 * accept. Only such a holder takes them out of the backlog, and there is none now.
 */
static void visit_rights(struct unix_socket *u, visit_t visit)
{
	struct unix_socket *c = NULL, *next;

	visit_queue(u, visit);
	if (READ_ONCE(u->state) != UNIX_LISTENING)
		return;
	while ((next = next_in_backlog(u, c))) {
		if (c)
			unix_put(c);
		c = next;
		visit_queue(c, visit);
	}
	if (c)
		unix_put(c);
}

static void explain(struct unix_ancillary *ancillary)
{
	struct unix_rights *rights = ancillary->rights;

	for (u32 i = 0; rights && i < rights->nr_files; i++) {
		struct unix_socket *u = unix_of_file(rights->files[i]);

		if (u && u->nr_unexplained)
			u->nr_unexplained--;
	}
}

/* Move to the front of the list, where the search goes on: all before the cursor are done. */
static struct list_node *reach_cursor;
static void reach(struct unix_ancillary *ancillary)
{
	struct unix_rights *rights = ancillary->rights;

	for (u32 i = 0; rights && i < rights->nr_files; i++) {
		struct unix_socket *u = unix_of_file(rights->files[i]);

		if (!u || u->reached || !u->nr_flights)
			continue;
		u->reached = true;
		list_remove(&u->flight_node);
		list_add_after(reach_cursor, &u->flight_node);
	}
}

static void strip(struct unix_ancillary *ancillary)
{
	if (ancillary->rights) {
		unix_rights_discard(ancillary->rights);
		ancillary->rights = NULL;
	}
}

/* Sort the sockets in flight: those that are reached first, in the order of the search. */
static void find_reached(void)
{
	struct unix_socket *u, *next;
	struct list_node *last = &flying;

	list_for_each_entry(u, &flying, flight_node) {
		u->nr_unexplained = u->nr_flights;
		u->candidate = is_candidate(u);
		u->reached = false;
	}
	list_for_each_entry(u, &flying, flight_node)
		if (u->candidate)
			visit_rights(u, explain);
	list_for_each_entry_safe(u, next, &flying, flight_node) {
		if (u->candidate && !u->nr_unexplained)
			continue;
		u->reached = true;
		list_remove(&u->flight_node);
		list_add_after(last, &u->flight_node);
		last = &u->flight_node;
	}
	/* What the others carry is not explained by candidates, so it is there already. */
	for (reach_cursor = flying.next; reach_cursor != &flying;
	     reach_cursor = reach_cursor->next) {
		u = list_entry(reach_cursor, struct unix_socket, flight_node);
		if (!u->reached)
			break;
		if (u->candidate)
			visit_rights(u, reach);
	}
}

static void collect(void)
{
	struct unix_socket *u;

	if (!READ_ONCE(nr_flying))
		return;
	mutex_lock(&flight_lock);
	find_reached();
	list_for_each_entry(u, &flying, flight_node)
		if (!u->reached)
			visit_rights(u, strip);
	mutex_unlock(&flight_lock);
}

/* A descriptor of a file that has been in flight was closed. */
static void closed_after_flight(void)
{
	collect();
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
