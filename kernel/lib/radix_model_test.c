// SPDX-License-Identifier: MIT
/*
 * radix_model_test.c -- lookups without a lock, in every order of the steps of two CPUs: one looks,
 * the other makes the tree higher and lower, and nodes leave it.
 */
#include "unit_test.h"

#include "interleave.h"

#include "lib/radix.c"

#define NR_NODES 6

struct item {
	_Alignas(RADIX_ALIGN) u64 index;
};

static _Alignas(RADIX_ALIGN) struct radix_node nodes[NR_NODES];
static struct item items[] = {{0}, {1}, {64}, {1}}; /* the last one takes the second's place */
static struct radix tree;
static unsigned nr_nodes, nr_freed;
static struct item *found;

static struct radix_node *node_alloc(void)
{
	return &nodes[nr_nodes++];
}

/* Its owner links it by the first bytes; the memory stays, as the lookup has not ended. */
static void node_free(struct radix_node *node)
{
	memset(node->unused, 0xff, sizeof(node->unused));
	nr_freed++;
}

static const struct radix_node_ops ops = {.alloc = node_alloc, .free = node_free};

static void put_in(unsigned nr)
{
	interleave_check(!radix_insert(&tree, items[nr].index, &items[nr]));
}

static void take_out(unsigned nr)
{
	interleave_check(radix_remove(&tree, items[nr].index) == &items[nr]);
}

static void reset(void)
{
	memset(nodes, 0xee, sizeof(nodes));
	radix_init(&tree, &ops);
	nr_nodes = nr_freed = 0;
	found = NULL;
}

static u64 hash(u64 h)
{
	h = interleave_mix(h, tree.root_and_shift);
	h = interleave_mix(h, nr_nodes << 8 | nr_freed);
	for (unsigned i = 0; i < nr_nodes; i++) {
		h = interleave_mix(h, (uintptr_t)nodes[i].parent ^ nodes[i].count);
		h = interleave_mix(h, (uintptr_t)nodes[i].slots[0] ^ (uintptr_t)nodes[i].slots[1]);
	}
	return interleave_mix(h, (uintptr_t)found);
}

static struct item *look(u64 index)
{
	struct item *item = radix_find(&tree, index);

	interleave_check(!item || item->index == index);
	return item;
}

/* What fault-around does: all slots of a leaf. */
static struct item *look_in_leaf(u64 index)
{
	unsigned nr = 0;
	u64 first = 0;
	void *only;
	void *const *slots = radix_leaf(&tree, index, &first, &nr, &only);
	struct item *item, *wanted = NULL;

	for (unsigned i = 0; slots && i < min(nr, 2U); i++) {
		item = radix_slot(&slots[i]);
		interleave_check(!item || item->index == first + i);
		if (first + i == index)
			wanted = item;
	}
	return wanted;
}

static void with_the_first(void)
{
	reset();
	put_in(0);
}

static void with_two_levels(void)
{
	reset();
	for (unsigned i = 0; i < 3; i++)
		put_in(i);
}

/* One item stays, while the tree gets two levels and loses them. */
static void change_the_height(void)
{
	put_in(1);
	put_in(2);
	take_out(2);
	take_out(1);
}

static void find_what_stays(unsigned cpu)
{
	if (cpu)
		change_the_height();
	else
		interleave_check(look(0) == &items[0]);
}

static void find_what_stays_in_its_leaf(unsigned cpu)
{
	if (cpu)
		change_the_height();
	else
		interleave_check(look_in_leaf(0) == &items[0]);
}

static void find_what_comes_and_goes(unsigned cpu)
{
	if (cpu)
		change_the_height();
	else
		found = look(64);
}

static void the_tree_is_small(void)
{
	interleave_check(tree.root_and_shift == (uintptr_t)&items[0] && nr_freed == nr_nodes);
	interleave_check(!found || found == &items[2]);
}

/* Another item gets the index; it is in a node of its own, as the first one has left. */
static void find_either(unsigned cpu)
{
	if (cpu) {
		for (unsigned i = 0; i < 3; i++)
			take_out(i);
		put_in(3);
	} else {
		found = look(1);
	}
}

static void the_other_is_there(void)
{
	interleave_check(radix_find(&tree, 1) == &items[3]);
	interleave_check(!found || found == &items[1] || found == &items[3]);
}

static void explore(void (*begin)(void), void (*run)(unsigned cpu), void (*check)(void))
{
	struct interleave model = {
		.nr_cpus = 2, .reset = begin, .run = run, .hash = hash, .check = check};

	interleave_explore(&model);
}

static void an_item_that_stays_is_found(void **state)
{
	explore(with_the_first, find_what_stays, the_tree_is_small);
	explore(with_the_first, find_what_stays_in_its_leaf, the_tree_is_small);
}

static void an_item_that_comes_is_found_whole_or_not(void **state)
{
	explore(with_the_first, find_what_comes_and_goes, the_tree_is_small);
}

static void an_index_leads_to_one_of_its_items(void **state)
{
	explore(with_two_levels, find_either, the_other_is_there);
}

UNIT_MAIN(cmocka_unit_test(an_item_that_stays_is_found),
	  cmocka_unit_test(an_item_that_comes_is_found_whole_or_not),
	  cmocka_unit_test(an_index_leads_to_one_of_its_items))
