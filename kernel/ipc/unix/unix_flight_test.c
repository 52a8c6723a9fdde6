// SPDX-License-Identifier: MIT
/*
 * unix_flight_test.c -- which sockets in flight are lost, for every way in which a few can hold
 * each other.
 *
 * Idea. A socket here is a queue of messages and an open file; what a program holds is a reference
 *   of the test. Every graph of "the queue of I carries J" is made, the program's references are
 *   dropped one by one in every order, and after each of them exactly those sockets must have ended
 *   which no held one leads to. In a second model one message is under way (launched and not yet
 *   queued; out of the queue and not yet landed; landed) while others are closed: what it carries,
 *   and what that leads to, must live.
 */
#include "unit_test.h"

#include "ipc/unix/unix_socket.h"
#include "mm/kmalloc.h"
#include "mm/user_account.h"
#include "vfs/vfs.h"

#define kzalloc(size, flags) calloc(1, size)
#define kfree free
#include "ipc/unix/unix_flight.c"

#define SOCKETS_MAX 4

/* How the sockets carry each other. */
enum shape {
	ONE_EACH, /* a message for each file */
	TOGETHER, /* one message with all files */
	BACKLOG,  /* in the queues of connections that the socket has not accepted */
	NR_SHAPES,
};

struct node {
	struct unix_socket socket, connection; /* connection: in the backlog of socket */
	struct file file;
	struct unix_ancillary queue[SOCKETS_MAX]; /* of socket, or of connection */
	unsigned nr_queued;
	bool held, ended;
};

static struct node nodes[SOCKETS_MAX];
static unsigned nr_nodes;
static bool carries[SOCKETS_MAX][SOCKETS_MAX];
static void (*close_hook)(void);
static unsigned long charged;
struct spinlock unix_names;

/* ---- what the collector asks of the rest ----------------------------------------------------- */

void fdtable_set_flight_hook(void (*hook)(void))
{
	close_hook = hook;
}

bool capable(unsigned cap)
{
	return true;
}

int user_charge(struct user_account *user, enum user_resource resource, u64 n, u64 limit)
{
	charged += n;
	return 0;
}

void user_uncharge(struct user_account *user, enum user_resource resource, u64 n)
{
	charged -= n;
}

void user_account_get(struct user_account *user)
{
}

void user_account_put(struct user_account *user)
{
}

void unix_put(struct unix_socket *u)
{
	assert_false(refcount_put(&u->socket.refs)); /* the test has one more */
}

struct unix_socket *unix_of_file(const struct file *file)
{
	return &container_of(file, struct node, file)->socket;
}

static void visit(struct unix_socket *u, void (*visit_one)(struct unix_ancillary *ancillary))
{
	for (unsigned i = 0; i < nr_nodes; i++) {
		struct node *node = &nodes[i];
		bool in_backlog = !list_is_empty(&node->socket.backlog);

		if (u != (in_backlog ? &node->connection : &node->socket))
			continue;
		for (unsigned n = 0; n < node->nr_queued; n++)
			visit_one(&node->queue[n]);
	}
}

void unix_packet_visit(struct unix_socket *u, void (*visit_one)(struct unix_ancillary *ancillary))
{
	visit(u, visit_one);
}

void unix_stream_visit(struct unix_socket *u, void (*visit_one)(struct unix_ancillary *ancillary))
{
	visit(u, visit_one);
}

/* The last reference: the socket ends, and what its queue carries with it. */
void file_free(struct file *file)
{
	struct node *node = container_of(file, struct node, file);

	assert_false(node->ended);
	node->ended = true;
	for (unsigned n = 0; n < node->nr_queued; n++)
		if (node->queue[n].rights)
			unix_rights_discard(node->queue[n].rights);
	node->nr_queued = 0;
}

/* ---- graphs ---------------------------------------------------------------------------------- */

static int setup(void **state)
{
	static struct user_account user;
	static const struct cred cred = {.user = &user};
	static struct thread me = {.cred = &cred};

	unit_current_thread = &me;
	unix_flight_init();
	return 0;
}

static struct unix_rights *rights_for(unsigned first, const bool *which, unsigned nr)
{
	struct unix_rights *rights = unix_rights_alloc(nr);

	for (unsigned i = 0, n = first; i < nr; n++)
		if (which[n]) {
			rights->files[i++] = &nodes[n].file;
			file_get(&nodes[n].file);
		}
	assert_int_equal(unix_rights_launch(rights), 0);
	return rights;
}

static void fill_queue(struct node *node, const bool *which, enum shape shape)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < nr_nodes; i++)
		nr += which[i];
	if (shape == TOGETHER && nr) {
		node->queue[node->nr_queued++].rights = rights_for(0, which, nr);
		return;
	}
	for (unsigned i = 0; i < nr_nodes; i++)
		if (which[i])
			node->queue[node->nr_queued++].rights = rights_for(i, which, 1);
}

/* @bits: which of the nr_nodes^2 arrows there are. All sockets are held. */
static void make_graph(u64 bits, enum shape shape)
{
	memset(nodes, 0, sizeof(nodes));
	for (unsigned i = 0; i < nr_nodes; i++) {
		struct node *node = &nodes[i];

		node->socket.socket.file = &node->file;
		node->socket.socket.type = i % 2 ? SOCK_STREAM : SOCK_DGRAM;
		node->connection.socket.type = SOCK_STREAM;
		refcount_init(&node->socket.socket.refs, 1);
		refcount_init(&node->connection.socket.refs, 1);
		list_init(&node->socket.backlog);
		refcount_init(&node->file.refs, 1);
		node->held = true;
		if (shape == BACKLOG) {
			node->socket.state = UNIX_LISTENING;
			list_add_last(&node->socket.backlog, &node->connection.backlog_node);
		}
		for (unsigned j = 0; j < nr_nodes; j++)
			carries[i][j] = bits >> (i * nr_nodes + j) & 1;
	}
	for (unsigned i = 0; i < nr_nodes; i++)
		fill_queue(&nodes[i], carries[i], shape);
}

/* Bits of the sockets that those of @roots lead to, themselves among them. */
static unsigned reachable(unsigned roots)
{
	unsigned before;

	do {
		before = roots;
		for (unsigned i = 0; i < nr_nodes; i++)
			for (unsigned j = 0; j < nr_nodes; j++)
				if (roots >> i & 1 && carries[i][j])
					roots |= 1U << j;
	} while (roots != before);
	return roots;
}

static unsigned held(void)
{
	unsigned roots = 0;

	for (unsigned i = 0; i < nr_nodes; i++)
		roots |= (unsigned)nodes[i].held << i;
	return roots;
}

static void check(unsigned also)
{
	unsigned alive = reachable(held() | also);

	for (unsigned i = 0; i < nr_nodes; i++) {
		assert_int_equal(!nodes[i].ended, alive >> i & 1);
		for (unsigned n = 0; n < nodes[i].nr_queued; n++)
			assert_non_null(nodes[i].queue[n].rights);
	}
}

/* close(2) of what the program holds of @node. */
static void close_held(struct node *node)
{
	bool flown = node->file.mode & FILE_IN_FLIGHT;

	node->held = false;
	file_put(&node->file);
	unix_rights_flush();
	if (flown)
		close_hook();
}

/* Close all in every order that begins with those closed already. */
static void close_in_order(unsigned order)
{
	for (unsigned i = 0; i < nr_nodes; i++) {
		unsigned left = nr_nodes - i, pick = order % left;

		order /= left;
		for (unsigned n = 0;; n++)
			if (nodes[n].held && !pick--) {
				close_held(&nodes[n]);
				break;
			}
		check(0);
	}
	assert_int_equal(charged, 0);
}

static void explore(unsigned nr, bool loops, enum shape shape)
{
	unsigned orders = nr == 3 ? 6 : 24;
	u64 own = 0;

	nr_nodes = nr;
	for (unsigned i = 0; i < nr; i++)
		own |= 1UL << (i * nr + i);
	for (u64 bits = 0; bits < 1UL << (nr * nr); bits++) {
		if (!loops && bits & own)
			continue;
		for (unsigned order = 0; order < orders; order++) {
			make_graph(bits, shape);
			close_in_order(order);
		}
	}
}

static void three_sockets_in_every_way(void **state)
{
	for (enum shape shape = 0; shape < NR_SHAPES; shape++)
		explore(3, true, shape);
}

static void four_sockets_that_do_not_carry_themselves(void **state)
{
	explore(4, false, ONE_EACH);
}

/* ---- a message under way --------------------------------------------------------------------- */

enum moment { IN_FLIGHT, LANDED, NR_MOMENTS }; /* in flight: before it is queued, and after */

/* A message with socket @which is on its way; the others, and its own descriptor, are closed. */
static void under_way(u64 bits, unsigned which, enum moment moment, unsigned order)
{
	bool alone[SOCKETS_MAX] = {false};
	struct unix_rights *rights;

	make_graph(bits, ONE_EACH);
	alone[which] = true;
	rights = rights_for(which, alone, 1);
	if (moment == LANDED)
		unix_rights_land(rights);
	for (unsigned i = 0; i < nr_nodes; i++) {
		close_held(&nodes[(i + order) % nr_nodes]);
		close_hook();
		check(1U << which);
	}
	unix_rights_discard(rights);
	unix_rights_flush();
	close_hook();
	check(0);
	assert_int_equal(charged, 0);
}

static void what_is_under_way_lives(void **state)
{
	nr_nodes = 3;
	for (u64 bits = 0; bits < 1UL << 9; bits++)
		for (unsigned which = 0; which < 3; which++)
			for (enum moment moment = 0; moment < NR_MOMENTS; moment++)
				for (unsigned order = 0; order < 3; order++)
					under_way(bits, which, moment, order);
}

UNIT_MAIN(cmocka_unit_test_setup(three_sockets_in_every_way, setup),
	  cmocka_unit_test_setup(four_sockets_that_do_not_carry_themselves, setup),
	  cmocka_unit_test_setup(what_is_under_way_lives, setup))
