// SPDX-License-Identifier: MIT
#include "unit_flight.h"

#include "mm/kmalloc.h"
#include "mm/user_account.h"
#include "vfs/vfs.h"

#define kzalloc(size, flags) calloc(1, size)
#define kfree free
#include "ipc/unix/unix_flight.c"

#define EXAMINE_STEP 1
#define mutex_is_wanted(m) true /* sched_yield() at the end of each step */
#include "ipc/unix/unix_collect.c"

struct node nodes[SOCKETS_MAX];
unsigned nr_nodes;
void (*collector)(void *);
unsigned carries[SOCKETS_MAX][SOCKETS_MAX];
unsigned long charged, charge_limit;
void (*step_hook)(void);
static void (*close_hook)(void);
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
	if (charge_limit && charged + n > charge_limit)
		return -EAGAIN;
	charged += n;
	user->counts[resource].present += n;
	return 0;
}

void user_uncharge(struct user_account *user, enum user_resource resource, u64 n)
{
	charged -= n;
	user->counts[resource].present -= n;
}

int thread_create_kernel(const char *name, void (*entry)(void *), void *arg, struct thread **out)
{
	collector = entry;
	return 0; /* the test calls it, or what it does */
}

void sched_yield(void)
{
	if (step_hook)
		step_hook();
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

		if (u != (node->accepts ? &node->connection : &node->socket))
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

void end_queue(struct node *node)
{
	for (unsigned n = 0; n < node->nr_queued; n++)
		if (node->queue[n].rights)
			unix_rights_discard(node->queue[n].rights);
	node->nr_queued = 0;
	memset(carries[node - nodes], 0, sizeof(carries[0]));
}

/* The last reference: the socket ends, and what its queue carries with it. */
void file_free(struct file *file)
{
	struct node *node = container_of(file, struct node, file);

	assert_false(node->ended);
	node->ended = true;
	if (!node->accepted)
		end_queue(node);
	unix_rights_flush(); /* which the thread does that puts the file */
}

void collect_now(void)
{
	while (is_wanted())
		collect_wanted();
}

void collect_anyway(void)
{
	unix_collect_want();
	collect_wanted();
}

/* ---- graphs ---------------------------------------------------------------------------------- */

int setup_flights(void **state)
{
	static struct user_account user;
	static const struct cred cred = {.user = &user};
	static struct thread me = {.cred = &cred};

	unit_current_thread = &me;
	unix_flight_init();
	return 0;
}

struct unix_rights *rights_for(unsigned first, const unsigned *which, unsigned nr)
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

static void fill_queue(struct node *node, const unsigned *which, enum shape shape)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < nr_nodes; i++)
		nr += which[i] != 0;
	if (shape == TOGETHER && nr) {
		node->queue[node->nr_queued++].rights = rights_for(0, which, nr);
		return;
	}
	for (unsigned i = 0; i < nr_nodes; i++)
		if (which[i])
			node->queue[node->nr_queued++].rights = rights_for(i, which, 1);
}

void make_graph(u64 bits, enum shape shape)
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
			node->socket.nr_backlog = 1;
			node->accepts = true;
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

/* What programs have, and what the connections carry that they have. */
static unsigned held(void)
{
	unsigned roots = 0;

	for (unsigned i = 0; i < nr_nodes; i++) {
		roots |= (unsigned)nodes[i].held << i;
		for (unsigned j = 0; j < nr_nodes && nodes[i].accepted; j++)
			roots |= (unsigned)(carries[i][j] != 0) << j;
	}
	return roots;
}

void check_alive(unsigned also)
{
	unsigned alive = reachable(held() | also);

	for (unsigned i = 0; i < nr_nodes; i++) {
		assert_false(nodes[i].ended && alive >> i & 1);
		for (unsigned n = 0; n < nodes[i].nr_queued; n++)
			assert_true(nodes[i].queue[n].rights ||
				    !(alive >> i & 1 || nodes[i].accepted));
	}
}

void check(unsigned also)
{
	unsigned alive = reachable(held() | also);

	check_alive(also);
	for (unsigned i = 0; i < nr_nodes; i++)
		assert_int_equal(!nodes[i].ended, alive >> i & 1);
}

void close_held(struct node *node)
{
	bool flown = node->file.mode & FILE_IN_FLIGHT;

	node->held = false;
	file_put(&node->file);
	unix_rights_flush();
	if (flown)
		close_hook();
}
