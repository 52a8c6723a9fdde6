// SPDX-License-Identifier: MIT
/*
 * unix_collect.c -- the collection of sockets that no program can receive any more.
 *
 * Idea.  Sockets in flight can keep each other alive: two sockets in each other's queues, of which
 *   no program has a descriptor, would stay for ever. A socket in flight to which only messages
 *   refer is doubted: only a receiver of one of the messages can reach it. From each doubted
 *   socket's count of messages the collection subtracts those that are in queues of doubted
 *   sockets. One with a count above 0 can be reached from elsewhere, and so can the sockets in its
 *   queue, and those in theirs. The others are lost, and the rights in their queues are discarded.
 *   A thread of the kernel does this, in short steps, with no lock held between them. Whatever
 *   happens meanwhile to a message that carries a doubted socket makes that socket reached.
 * Invariants.
 *   C1  A socket is doubted first, and its queue is looked at later. So what was in its queue then
 *       stays there as long as the socket is doubted: a receiver needs a reference to it, and gets
 *       none but from a message that carries it, which ends the doubt (unix_flight.c F2).
 *   C2  So at the moment when no reached socket is left to look at, all that is still doubted is
 *       lost: nothing but messages referred to any of these sockets when it was first looked at,
 *       and the first one to become reachable since would no longer be doubted. What is lost stays
 *       so, and is stripped after that moment, however long it takes.
 *   C3  A connection in a backlog has no file. What it carries belongs to the listener, until it is
 *       accepted; then the sockets that it carries are reached.
 *   C4  A reference that is held for a moment (by a call that another thread's close overtakes)
 *       makes a lost socket look reachable, and no close tells when it ends. So there is another
 *       collection after LOOK_AGAIN_NS as long as anything is in flight.
 * Ownership.  A socket is in one list at a time: in flight (unix_flying), unseen in this
 *   collection, doubted, explained (its queue has been looked at), reached, or lost. The list of
 *   reached ones owns references, as they may have left flight by the time they are looked at.
 * Locks.  As unix_flight.c. socket_flight is held for EXAMINE_STEP sockets or for one queue.
 * Cost.  Linear in the sockets in flight and in their queues. All of it is the thread's: a close
 *   asks for a collection, which is one addition and perhaps a wake-up. The thread has a CPU for
 *   one part in REST_FACTOR + 1 at most, and shares that with others as any thread does. A user
 *   with many files in flight waits for it (unix_flight.c).
 * Tests.  unix_flight_test.c, unix_collect_test.c; tests/guest/socket/socket_rights.c,
 *   socket_flight.c; tests/system/others_hoard.t.
 */
#include "core/assert.h"
#include "core/errno.h"
#include "core/panic.h"
#include "ipc/unix/unix_flight.h"
#include "time/clock.h"

#ifndef EXAMINE_STEP /* else a test has other steps */
#define EXAMINE_STEP 64
#endif
#define REST_FACTOR 4U /* the thread rests so many times as long as it has collected */
#define REST_MIN_NS NS_PER_MS
#define LOOK_AGAIN_NS (10 * NS_PER_SECOND)

/* [socket_flight] lists of sockets, by flight_node */
static struct list_node unseen, doubted, explained, reached, lost;
static bool sifting; /* [socket_flight] it is not yet known what is lost; also read without */

static struct waitq work, waiters; /* [I] of the thread; for it */
static u64 nr_wanted;		   /* [a] how often a collection was asked for */
static u64 nr_begun, nr_done;	   /* [a] nr_wanted at the start of the last one; of that ended */

/* ---- steps ---- */

void unix_collect_touch(struct unix_socket *u)
{
	assert_mutex_held(&unix_flights);
	if (likely(!u->doubted || !sifting))
		return;
	u->doubted = false;
	u->reached = true;
	unix_get(u); /* it may leave flight, and end */
	list_remove(&u->flight_node);
	list_add_last(&reached, &u->flight_node);
}

/* End a step. A thread that waits for the lock gets it before the next step. */
static void step_end(void) RELEASES(unix_flights)
{
	bool wanted = mutex_is_wanted(&unix_flights);

	mutex_unlock(&unix_flights);
	if (wanted)
		sched_yield();
}

static struct unix_socket *pop(struct list_node *from) REQUIRES(unix_flights)
{
	struct list_node *node = list_pop_first(from);

	return node ? list_entry(node, struct unix_socket, flight_node) : NULL;
}

/* Move the first socket of one list to another: a reference to it; NULL: there is none. */
static struct unix_socket *take_next(struct list_node *from, struct list_node *to)
{
	struct unix_socket *u;

	mutex_lock(&unix_flights);
	u = pop(from);
	if (u) {
		list_add_last(to, &u->flight_node);
		u->doubted = to != &unix_flying;
		unix_get(u);
	}
	step_end();
	return u;
}

typedef void (*visit_t)(struct unix_ancillary *ancillary);

static void visit_queue(struct unix_socket *u, visit_t visit)
{
	bool wanted;

	mutex_lock(&u->lock);
	mutex_lock(&unix_flights);
	if (u->socket.type == SOCK_STREAM)
		unix_stream_visit(u, visit);
	else
		unix_packet_visit(u, visit);
	wanted = mutex_is_wanted(&unix_flights);
	mutex_unlock(&unix_flights);
	mutex_unlock(&u->lock);
	if (wanted)
		sched_yield();
}

/*
 * The connection after @c (NULL: the first) in the backlog, with a reference; NULL: none. When @c
 * has been accepted, so have those before it.
 */
static struct unix_socket *next_in_backlog(struct unix_socket *listener, struct unix_socket *c)
{
	struct list_node *node;

	spin_lock(&unix_names);
	node = c && list_is_linked(&c->backlog_node) ? c->backlog_node.next
						     : listener->backlog.next;
	c = node == &listener->backlog ? NULL : list_entry(node, struct unix_socket, backlog_node);
	if (c)
		unix_get(c);
	spin_unlock(&unix_names);
	return c;
}

/*
 * Visit all rights that only a thread with a descriptor of @u can receive, also those in
 * connections that it would have to accept: C3. What comes in meanwhile is touched.
 */
static void visit_rights(struct unix_socket *u, visit_t visit)
{
	struct unix_socket *c = NULL, *next;
	u32 left = READ_ONCE(u->nr_backlog);

	visit_queue(u, visit);
	if (READ_ONCE(u->state) != UNIX_LISTENING)
		return;
	while (left-- && (next = next_in_backlog(u, c))) {
		if (c)
			unix_put(c);
		c = next;
		visit_queue(c, visit);
	}
	if (c)
		unix_put(c);
}

/* ---- a collection ---- */

static void begin(void)
{
	mutex_lock(&unix_flights);
	debug_assert(!sifting && list_is_empty(&unseen) && list_is_empty(&reached));
	list_splice_last(&unseen, &unix_flying);
	WRITE_ONCE(sifting, true);
	step_end();
}

/* Doubt those of a few sockets to which only messages refer. False: all have been seen. */
static bool examine_some(void)
{
	struct unix_socket *u = NULL;

	mutex_lock(&unix_flights);
	for (unsigned i = 0; i < EXAMINE_STEP && (u = pop(&unseen)); i++) {
		u->nr_unexplained = u->nr_flights;
		u->doubted = unix_only_in_flight(u);
		list_add_last(u->doubted ? &doubted : &unix_flying, &u->flight_node);
	}
	step_end();
	return u;
}

/* Subtract the messages of a doubted socket's queue from the counts of what they carry. */
static void explain(struct unix_ancillary *ancillary)
{
	struct unix_rights *rights = ancillary->rights;

	assert_mutex_held(&unix_flights);
	for (u32 i = 0; rights && i < rights->nr_files; i++) {
		struct unix_socket *u = unix_of_file(rights->files[i]);

		if (u && u->nr_unexplained)
			u->nr_unexplained--;
	}
}

/* Some messages of a few doubted sockets are elsewhere: these are reached. False: no more. */
static bool sift_some(void)
{
	struct unix_socket *u = NULL;

	mutex_lock(&unix_flights);
	for (unsigned i = 0; i < EXAMINE_STEP && (u = pop(&explained)); i++) {
		list_add_last(&lost, &u->flight_node);
		if (u->nr_unexplained)
			unix_collect_touch(u);
	}
	step_end();
	return u;
}

/* The sockets that @ancillary carries are reached. */
static void reach(struct unix_ancillary *ancillary) NO_LOCK_ANALYSIS /* visit_queue holds it */
{
	struct unix_rights *rights = ancillary->rights;

	for (u32 i = 0; rights && i < rights->nr_files; i++) {
		struct unix_socket *u = unix_of_file(rights->files[i]);

		if (u && u->nr_flights)
			unix_collect_touch(u);
	}
}

/* The next reached socket, with a reference; NULL: none, so that it is known what is lost: C2. */
static struct unix_socket *next_reached(void)
{
	struct unix_socket *u;

	mutex_lock(&unix_flights);
	u = pop(&reached);
	if (u) {
		u->reached = false;
		if (u->nr_flights)
			list_add_last(&unix_flying, &u->flight_node);
	} else {
		WRITE_ONCE(sifting, false);
	}
	step_end();
	return u;
}

/* Discard the rights of a lost socket's queue. */
static void strip(struct unix_ancillary *ancillary)
{
	if (ancillary->rights) {
		unix_rights_discard(ancillary->rights);
		ancillary->rights = NULL;
	}
}

/* Discard the rights in the queues of sockets that no program can reach. */
static void collect(void)
{
	struct unix_socket *u;

	begin();
	while (examine_some())
		;
	while ((u = take_next(&doubted, &explained))) {
		visit_rights(u, explain);
		unix_put(u);
	}
	while (sift_some())
		;
	while ((u = next_reached())) {
		visit_rights(u, reach);
		unix_put(u);
	}
	while ((u = take_next(&lost, &unix_flying))) {
		visit_rights(u, strip);
		unix_put(u);
		unix_rights_flush();
	}
}

void unix_flight_accepted(struct unix_socket *u)
{
	/* If the collection has seen @u in the backlog, this thread, which took it from there, sees
	 * that the collection goes on. */
	if (unlikely(READ_ONCE(sifting)))
		visit_queue(u, reach);
}

/* ---- when ---- */

static bool is_wanted(void)
{
	return __atomic_load_n(&nr_wanted, __ATOMIC_ACQUIRE) != READ_ONCE(nr_begun);
}

void unix_collect_want(void)
{
	u64 before = __atomic_fetch_add(&nr_wanted, 1, __ATOMIC_RELEASE);

	if (before == READ_ONCE(nr_begun)) /* else it is awake, or will be */
		waitq_wake_all(&work);
}

void unix_collect_leave(void)
{
	waitq_wake_all(&work);
}

void unix_collect_wait(void)
{
	u64 wanted = __atomic_load_n(&nr_wanted, __ATOMIC_RELAXED);

	ignore_result(WAIT_EVENT_KILLABLE(&waiters, READ_ONCE(nr_done) >= wanted),
		      "a thread that is killed need not wait");
}

/* Run a collection for all that has been asked for: how long it took. */
static u64 collect_wanted(void)
{
	u64 began_ns = clock_monotonic_ns();

	WRITE_ONCE(nr_begun, __atomic_load_n(&nr_wanted, __ATOMIC_ACQUIRE));
	if (READ_ONCE(unix_nr_flying))
		collect();
	__atomic_store_n(&nr_done, nr_begun, __ATOMIC_RELEASE);
	waitq_wake_all(&waiters);
	return clock_monotonic_ns() - began_ns;
}

static void collector_thread(void *unused)
{
	u64 earliest_ns = 0, latest_ns = DEADLINE_NEVER; /* of the next collection */

	for (;;) {
		bool wanted = is_wanted();
		u64 took_ns;

		ignore_result(
			WAIT_EVENT_STATE(&work, unix_rights_are_left() || is_wanted() != wanted,
					 THREAD_UNINTERRUPTIBLE, wanted ? earliest_ns : latest_ns),
			"the time is looked at below");
		unix_rights_flush_left();
		if (clock_monotonic_ns() < (is_wanted() ? earliest_ns : latest_ns))
			continue;
		took_ns = collect_wanted();
		earliest_ns = clock_monotonic_ns() + max(REST_FACTOR * took_ns, REST_MIN_NS);
		latest_ns =
			READ_ONCE(unix_nr_flying) ? earliest_ns + LOOK_AGAIN_NS : DEADLINE_NEVER;
	}
}

void unix_collect_init(void)
{
	struct thread *t;

	list_init(&unseen);
	list_init(&doubted);
	list_init(&explained);
	list_init(&reached);
	list_init(&lost);
	waitq_init(&work);
	waitq_init(&waiters);
	if (thread_create_kernel("collector", collector_thread, NULL, &t))
		panic("no memory for the thread that collects sockets in flight");
}
