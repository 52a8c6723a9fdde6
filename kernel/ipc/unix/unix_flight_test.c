// SPDX-License-Identifier: MIT
/*
 * unix_flight_test.c -- which sockets in flight are lost, for every way in which a few can hold
 * each other.
 *
 * Idea. A socket here is a queue of messages and an open file; what a program holds is a reference
 *   of the test. Every graph of "the queue of I carries J" is made, the program's references are
 *   dropped one by one in every order, and after each of them and a collection exactly those
 *   sockets must have ended which no held one leads to. In a second model one message is under way
 *   (launched and not yet queued; out of the queue and not yet landed; landed) while others are
 *   closed: what it carries, and what that leads to, must live.
 */
#include "unit_flight.h"

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
		collect_now();
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
	unsigned alone[SOCKETS_MAX] = {0};
	struct unix_rights *rights;

	make_graph(bits, ONE_EACH);
	alone[which] = 1;
	rights = rights_for(which, alone, 1);
	if (moment == LANDED)
		unix_rights_land(rights);
	for (unsigned i = 0; i < nr_nodes; i++) {
		close_held(&nodes[(i + order) % nr_nodes]);
		collect_anyway();
		check(1U << which);
	}
	unix_rights_discard(rights);
	unix_rights_flush();
	collect_now();
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

UNIT_MAIN(cmocka_unit_test_setup(three_sockets_in_every_way, setup_flights),
	  cmocka_unit_test_setup(four_sockets_that_do_not_carry_themselves, setup_flights),
	  cmocka_unit_test_setup(what_is_under_way_lives, setup_flights))
