// SPDX-License-Identifier: MIT
/*
 * unix_collect_test.c -- what programs do between the steps of a collection, and what is much.
 *
 * Idea. With every graph of three sockets (unit_flight.h), a program receives, peeks, accepts,
 *   sends or closes at one step of a collection; and with graphs of four at random, at all of them.
 *   After each step what programs reach must be whole, and in the end nothing may be left.
 */
#include "unit_flight.h"

#include "core/errno.h"
#include "proc/process.h"
#include "time/clock.h"

/* ---- what programs do meanwhile -------------------------------------------------------------- */

enum act { RECEIVE, PEEK, ACCEPT, SEND, CLOSE, RECEIVE_CLOSE, PEEK_CLOSE, ACCEPT_CLOSE, NR_ACTS };

/* A program gets a descriptor of what a message carries: its reference. */
static void install(struct unix_rights *rights)
{
	for (u32 i = 0; i < rights->nr_files; i++) {
		struct node *node = container_of(rights->files[i], struct node, file);

		assert_false(node->ended);
		if (!node->held)
			rights->files[i] = NULL;
		node->held = true;
	}
	unix_rights_discard(rights);
	unix_rights_flush();
}

static void take_first(struct node *node, bool peeks)
{
	unsigned from = (unsigned)(node - nodes);
	struct unix_rights *rights;

	if (!node->nr_queued || (node->accepts ? !node->accepted : !node->held))
		return;
	rights = node->queue[0].rights;
	assert_non_null(rights);
	if (peeks) {
		rights = unix_rights_copy(rights);
		unix_rights_peeked(rights);
		install(rights);
		return;
	}
	for (u32 i = 0; i < rights->nr_files; i++)
		carries[from][container_of(rights->files[i], struct node, file) - nodes]--;
	for (unsigned n = 1; n < node->nr_queued; n++)
		node->queue[n - 1] = node->queue[n];
	node->nr_queued--;
	unix_rights_land(rights);
	install(rights);
}

static void accept_connection(struct node *node)
{
	if (!node->held || !node->accepts || node->accepted)
		return;
	list_remove_init(&node->connection.backlog_node);
	node->socket.nr_backlog--;
	node->accepted = true;
	unix_flight_accepted(&node->connection);
}

/* A peer that stays sends a message to @node, which may be lost. */
static void send_to(struct node *node, unsigned what)
{
	unsigned alone[SOCKETS_MAX] = {0};

	if (!nodes[what].held || (node->ended && !node->accepted) || node->nr_queued == QUEUE_MAX)
		return;
	alone[what] = 1;
	node->queue[node->nr_queued].rights = rights_for(what, alone, 1);
	node->nr_queued++;
	carries[node - nodes][what]++;
}

static void do_act(enum act act, struct node *node, unsigned what)
{
	if (act == RECEIVE || act == RECEIVE_CLOSE)
		take_first(node, false);
	if (act == PEEK || act == PEEK_CLOSE)
		take_first(node, true);
	if (act == ACCEPT || act == ACCEPT_CLOSE)
		accept_connection(node);
	if (act == SEND)
		send_to(node, what);
	if (act >= CLOSE && node->held)
		close_held(node);
}

/* All descriptors are closed, and all that is accepted: nothing may be left. */
static void end_all(void)
{
	step_hook = NULL;
	for (unsigned i = 0; i < nr_nodes; i++) {
		if (nodes[i].held)
			close_held(&nodes[i]);
		if (nodes[i].accepted)
			end_queue(&nodes[i]);
		nodes[i].accepted = false;
		unix_rights_flush();
	}
	collect_now();
	check(0);
	assert_int_equal(charged, 0);
	assert_int_equal(unix_nr_flying, 0);
}

static unsigned nr_steps, act_step, act_what;
static enum act act_now;
static struct node *act_node;

static void act_once(void)
{
	if (nr_steps++ == act_step)
		do_act(act_now, act_node, act_what);
	check_alive(0);
}

/* One act at one step; the program has only @root before. True: there was such a step. */
static bool meanwhile(u64 bits, enum shape shape, unsigned root, enum act act, unsigned step)
{
	make_graph(bits, shape);
	for (unsigned i = 0; i < nr_nodes; i++)
		if (i != root)
			close_held(&nodes[i]);
	nr_steps = 0;
	act_step = step;
	act_now = act;
	act_node = &nodes[root];
	act_what = root;
	step_hook = act_once;
	collect_anyway();
	step_hook = NULL;
	collect_anyway(); /* it comes after a while: C4 */
	collect_now();
	check(0);
	end_all();
	return step < nr_steps;
}

static void an_act_at_every_step(void **state)
{
	nr_nodes = 3;
	for (enum shape shape = 0; shape < NR_SHAPES; shape++)
		for (u64 bits = 0; bits < 1UL << 9; bits++)
			for (unsigned root = 0; root < 3; root++)
				for (enum act act = 0; act < NR_ACTS; act++)
					for (unsigned step = 0;
					     meanwhile(bits, shape, root, act, step); step++)
						;
}

static u64 seed = 1;

static void act_at_random(void)
{
	u64 random = unit_random(&seed);

	if (random % 4 < 3)
		do_act((random >> 8) % NR_ACTS, &nodes[(random >> 16) % nr_nodes],
		       (random >> 24) % nr_nodes);
	check_alive(0);
}

static void many_acts_at_random(void **state)
{
	nr_nodes = 4;
	for (int run = 0; run < 20000; run++) {
		u64 random = unit_random(&seed);

		make_graph(random & random >> 16 & 0xffff, (random >> 40) % NR_SHAPES);
		for (unsigned i = 0; i < nr_nodes; i++)
			if (random >> (50 + i) & 1)
				close_held(&nodes[i]);
		step_hook = act_at_random;
		collect_anyway();
		step_hook = NULL;
		collect_anyway();
		collect_now();
		check(0);
		end_all();
	}
}

/* The last descriptor is closed while a message with it is made: the launch tells of it. */
static void a_close_before_the_launch(void **state)
{
	struct unix_rights *rights = unix_rights_alloc(1);

	nr_nodes = 1;
	make_graph(0, ONE_EACH);
	rights->files[0] = &nodes[0].file;
	file_get(&nodes[0].file);
	close_held(&nodes[0]);
	assert_int_equal(unix_rights_launch(rights), 0);
	nodes[0].queue[nodes[0].nr_queued++].rights = rights;
	collect_now();
	check(0);
	end_all();
}

/* ---- much ------------------------------------------------------------------------------------ */

/* A thread of a program puts some of what it discards, and the collector's thread the rest. */
static void much_is_left_to_the_collector(void **state)
{
	static struct process program;
	const unsigned alone[SOCKETS_MAX] = {1};

	nr_nodes = 1;
	make_graph(0, ONE_EACH);
	for (unsigned i = 0; i < 3 * UNIX_PUT_MAX; i++)
		unix_rights_discard(rights_for(0, alone, 1));
	current_thread()->process = &program;
	unix_rights_flush();
	current_thread()->process = NULL;
	assert_int_equal(refcount_read(&nodes[0].file.refs), 1 + 2 * UNIX_PUT_MAX);
	assert_true(unix_rights_are_left());
	unix_rights_flush_left();
	assert_false(unix_rights_are_left());
	assert_int_equal(refcount_read(&nodes[0].file.refs), 1);
	end_all();
}

static int collector_runs(u64 deadline_ns)
{
	collect_now();
	return 0;
}

/* What is lost and not yet found is no reason to refuse a message. */
static void a_sender_waits_for_the_collector(void **state)
{
	unsigned alone[SOCKETS_MAX] = {1};
	struct unix_rights *rights;

	nr_nodes = 2;
	make_graph(1, ONE_EACH); /* the first is in its own queue */
	close_held(&nodes[0]);
	charge_limit = 1;
	unit_asleep = collector_runs;
	alone[0] = 0;
	alone[1] = 1;
	rights = rights_for(1, alone, 1);
	assert_true(nodes[0].ended);
	assert_int_equal(unit_nr_sleeps, 1);
	nodes[1].queue[0].rights = unix_rights_alloc(1);
	nodes[1].queue[0].rights->files[0] = &nodes[1].file;
	assert_int_equal(unix_rights_launch(nodes[1].queue[0].rights), -ETOOMANYREFS);
	assert_int_equal(unit_nr_sleeps, 1);
	free(nodes[1].queue[0].rights); /* kfree() of unit_flight.c */
	charge_limit = 0;
	unix_rights_discard(rights);
	end_all();
}

/* ---- when ------------------------------------------------------------------------------------ */

#define START_NS (100 * NS_PER_MS)

static jmp_buf enough;
static unsigned nr_slept;
static u64 began_ns;

static void a_step_takes_a_millisecond(void)
{
	unit_now_ns += NS_PER_MS;
}

static int time_passes(u64 until_ns)
{
	began_ns = unit_now_ns = until_ns;
	return -ETIMEDOUT;
}

static int collector_sleeps(u64 deadline_ns)
{
	u64 took_ns = unit_now_ns - began_ns;

	switch (nr_slept++) {
	case 0: /* the first collection is due as soon as it is asked for */
		assert_int_equal(deadline_ns, DEADLINE_NEVER);
		close_held(&nodes[0]);
		ignore_result(time_passes(START_NS), "it is woken");
		return 0;
	case 1: /* another one is asked for while the thread rests */
		assert_true(took_ns > 0);
		assert_int_equal(deadline_ns, unit_now_ns + 4 * took_ns + 10 * NS_PER_SECOND);
		unix_collect_want();
		return 0;
	case 2:
		assert_int_equal(deadline_ns, unit_now_ns + 4 * took_ns);
		return time_passes(deadline_ns);
	case 3: /* and one that is not asked for: C4 */
		assert_int_equal(deadline_ns, unit_now_ns + 4 * took_ns + 10 * NS_PER_SECOND);
		close_held(&nodes[1]);
		return time_passes(deadline_ns);
	default: /* nothing is in flight */
		assert_int_equal(deadline_ns, DEADLINE_NEVER);
		longjmp(enough, 1);
	}
}

static void the_thread_rests(void **state)
{
	nr_nodes = 2;
	make_graph(BIT(2), ONE_EACH); /* the second carries the first */
	unit_now_ns = 0;
	unit_asleep = collector_sleeps;
	step_hook = a_step_takes_a_millisecond;
	if (!setjmp(enough))
		collector(NULL);
	assert_int_equal(nr_slept, 5);
	end_all();
}

UNIT_MAIN(cmocka_unit_test_setup(an_act_at_every_step, setup_flights),
	  cmocka_unit_test_setup(many_acts_at_random, setup_flights),
	  cmocka_unit_test_setup(a_close_before_the_launch, setup_flights),
	  cmocka_unit_test_setup(much_is_left_to_the_collector, setup_flights),
	  cmocka_unit_test_setup(a_sender_waits_for_the_collector, setup_flights),
	  cmocka_unit_test_setup(the_thread_rests, setup_flights))
