// SPDX-License-Identifier: MIT
// UNIT: lib/radix.c
#include "unit_test.h"

#include <errno.h>

#include "lib/radix.h"

#define MODEL_SIZE 6000

struct object {
	_Alignas(RADIX_ALIGN) char byte;
};

static int nodes_alive, fail_countdown = -1;

static struct radix_node *node_alloc(void)
{
	if (fail_countdown >= 0 && fail_countdown-- == 0) {
		fail_countdown = -1;
		return NULL;
	}
	nodes_alive++;
	return malloc(sizeof(struct radix_node));
}

static void node_free(struct radix_node *node)
{
	nodes_alive--;
	free(node);
}

static const struct radix_node_ops ops = {.alloc = node_alloc, .free = node_free};

/* Indices close together, far apart, and at the boundaries of levels. */
static u64 spread(size_t i)
{
	if (i < 5000)
		return i;
	return (i - 4000) * 0x123456789abUL & RADIX_INDEX_MAX;
}

static void compare_walk(const struct radix *tree, void *const *model, size_t limit)
{
	u64 index = 0;
	void *item;

	for (size_t i = 0; i < limit; i++) {
		if (!model[i])
			continue;
		item = radix_next(tree, &index);
		assert_ptr_equal(item, model[i]);
		assert_int_equal(index, i);
		index++;
	}
	assert_null(radix_next(tree, &index));
}

static void *find_in_leaf(const struct radix *tree, u64 index)
{
	unsigned nr = 0;
	u64 first = 0;
	void *only;
	void *const *slots = radix_leaf(tree, index, &first, &nr, &only);

	if (!slots)
		return NULL;
	assert_true(index - first < nr);
	return radix_slot(&slots[index - first]);
}

static void model_with_failures(void **state)
{
	static void *model[MODEL_SIZE];
	static struct object objects[MODEL_SIZE];
	struct radix tree;
	u64 seed = 17;

	radix_init(&tree, &ops);
	for (int round = 0; round < 200000; round++) {
		size_t i = unit_random(&seed) % (round % 3 ? MODEL_SIZE : 70);
		int error;

		fail_countdown = unit_random(&seed) % 8 ? -1 : (int)(unit_random(&seed) % 4);
		if (model[i] && unit_random(&seed) % 2) {
			assert_ptr_equal(radix_remove(&tree, spread(i)), model[i]);
			model[i] = NULL;
		} else {
			error = radix_insert(&tree, spread(i), &objects[i]);
			if (error == -EEXIST)
				assert_non_null(model[i]);
			else if (error)
				assert_int_equal(error, -ENOMEM);
			else
				model[i] = &objects[i];
		}
		fail_countdown = -1;
		i = unit_random(&seed) % MODEL_SIZE;
		assert_ptr_equal(radix_find(&tree, spread(i)), model[i]);
		assert_ptr_equal(find_in_leaf(&tree, spread(i)), model[i]);
	}
	for (size_t i = 0; i < MODEL_SIZE; i++)
		assert_ptr_equal(radix_remove(&tree, spread(i)), model[i]);
	assert_true(radix_is_empty(&tree));
	assert_int_equal(nodes_alive, 0);
	assert_int_equal(tree.root_and_shift, 0);
}

static void walks_in_order(void **state)
{
	static void *model[5000];
	static struct object objects[5000];
	struct radix tree;
	u64 seed = 23, indices[100];
	void *items[100];

	radix_init(&tree, &ops);
	for (int round = 0; round < 3000; round++) {
		size_t i = unit_random(&seed) % 5000;

		if (model[i])
			model[i] = (radix_remove(&tree, i), NULL);
		else if (!radix_insert(&tree, i, &objects[i]))
			model[i] = &objects[i];
		if (round % 50 == 0)
			compare_walk(&tree, model, 5000);
	}
	for (u64 from = 0; from < 5000; from += 37) {
		unsigned n = radix_gang_find(&tree, from, items, indices, 100);
		u64 at = from;

		for (unsigned k = 0; k < n; k++) {
			while (!model[at])
				at++;
			assert_int_equal(indices[k], at);
			assert_ptr_equal(items[k], model[at++]);
		}
	}
	for (u64 i = 0; i < 5000; i++)
		radix_remove(&tree, i);
	assert_int_equal(nodes_alive, 0);
}

static void small_trees_need_no_node(void **state)
{
	struct radix tree;
	struct object a, b;

	radix_init(&tree, &ops);
	assert_int_equal(radix_insert(&tree, 0, &a), 0);
	assert_int_equal(nodes_alive, 0);
	assert_ptr_equal(radix_find(&tree, 0), &a);
	assert_null(radix_find(&tree, 1));
	assert_ptr_equal(radix_replace(&tree, 0, &b), &a);
	assert_int_equal(radix_insert(&tree, 1, &a), 0);
	assert_int_equal(nodes_alive, 1);
	assert_ptr_equal(radix_replace(&tree, 1, &b), &a);
	assert_ptr_equal(radix_remove(&tree, 1), &b);
	assert_int_equal(nodes_alive, 0);
	assert_int_equal(radix_insert(&tree, RADIX_INDEX_MAX, &a), 0);
	assert_int_equal(radix_insert(&tree, RADIX_INDEX_MAX + 1, &a), -EFBIG);
	assert_ptr_equal(radix_find(&tree, RADIX_INDEX_MAX), &a);
	assert_null(radix_find(&tree, ~0UL));
	assert_ptr_equal(radix_remove(&tree, RADIX_INDEX_MAX), &a);
	assert_ptr_equal(radix_remove(&tree, 0), &b);
	assert_int_equal(nodes_alive, 0);
}

UNIT_MAIN(cmocka_unit_test(model_with_failures), cmocka_unit_test(walks_in_order),
	  cmocka_unit_test(small_trees_need_no_node))
