// SPDX-License-Identifier: MIT
// UNIT: lib/rbtree.c
#include "unit_test.h"

#include "lib/rbtree.h"

#define NR_ITEMS 300

struct item {
	struct rb_node node;
	int key;
	int id;
	int subtree; /* derived: the number of nodes in this subtree */
	bool in_tree;
};

static struct item *item_of(const struct rb_node *node)
{
	return container_of((struct rb_node *)node, struct item, node);
}

static int subtree_of(const struct rb_node *node)
{
	return node ? item_of(node)->subtree : 0;
}

static void update(struct rb_node *node)
{
	item_of(node)->subtree = 1 + subtree_of(node->left) + subtree_of(node->right);
}

static bool less(const struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static int compare(const void *key, const struct rb_node *node)
{
	return *(const int *)key - item_of(node)->key;
}

/* Returns the black height; checks R1, R2, R3 and the parent links. */
static int check_node(const struct rb_node *node, const struct rb_node *parent)
{
	bool black;
	int left, right;

	if (!node)
		return 1;
	black = node->parent_color & 1;
	assert_ptr_equal(rb_parent(node), parent);
	if (!black)
		assert_true(parent && (parent->parent_color & 1));
	left = check_node(node->left, node);
	right = check_node(node->right, node);
	assert_int_equal(left, right);
	assert_int_equal(item_of(node)->subtree,
			 1 + subtree_of(node->left) + subtree_of(node->right));
	return left + black;
}

static void check_tree(const struct rb_root *root, int count)
{
	struct rb_node *node, *last = NULL;
	int seen = 0;

	check_node(root->node, NULL);
	for (node = rb_first(root); node; node = rb_next(node)) {
		if (last)
			assert_true(item_of(last)->key <= item_of(node)->key);
		assert_ptr_equal(rb_prev(node), last);
		last = node;
		seen++;
	}
	assert_ptr_equal(rb_last(root), last);
	assert_int_equal(seen, count);
}

static void random_changes_keep_the_rules(void **state)
{
	static struct item items[NR_ITEMS];
	struct rb_root root = {0};
	u64 seed = 11;
	int count = 0;

	for (int round = 0; round < 20000; round++) {
		/* Growing and shrinking in turn, so that all sizes occur. */
		struct item *item = &items[unit_random(&seed) % NR_ITEMS];
		bool growing = round / 2000 % 2 == 0;

		if (item->in_tree && (!growing || unit_random(&seed) % 4 == 0)) {
			rb_erase_augmented(&root, &item->node, update);
			item->in_tree = false;
			count--;
		} else if (!item->in_tree && (growing || unit_random(&seed) % 4 == 0)) {
			item->key = (int)(unit_random(&seed) % 500);
			rb_insert_augmented(&root, &item->node, less, update);
			item->in_tree = true;
			count++;
		}
		if (round % 7 == 0)
			check_tree(&root, count);
	}
	for (int i = 0; i < NR_ITEMS; i++)
		if (items[i].in_tree)
			rb_erase_augmented(&root, &items[i].node, update);
	assert_true(rb_is_empty(&root));
}

static void finds_what_is_there(void **state)
{
	struct item items[50];
	struct rb_root root = {0};
	struct item twin;

	for (int i = 0; i < 50; i++) {
		items[i].key = i * 7 % 50 * 2;
		rb_insert(&root, &items[i].node, less);
	}
	for (int key = -1; key < 101; key++) {
		struct rb_node *node = rb_find(&root, &key, compare);

		assert_int_equal(node != NULL, key >= 0 && key < 100 && key % 2 == 0);
		if (node)
			assert_int_equal(item_of(node)->key, key);
	}
	twin = items[9];
	rb_replace(&root, &items[9].node, &twin.node);
	assert_ptr_equal(rb_find(&root, &twin.key, compare), &twin.node);
}

static void leftmost_is_cached(void **state)
{
	static struct item items[100];
	struct rb_root_cached tree = {0};
	u64 seed = 5;

	for (int round = 0; round < 5000; round++) {
		struct item *item = &items[unit_random(&seed) % 100];
		bool leftmost;

		if (item->in_tree) {
			rb_erase_cached(&tree, &item->node);
		} else {
			item->key = (int)(unit_random(&seed) % 50);
			leftmost = rb_insert_cached(&tree, &item->node, less);
			assert_true(leftmost == (rb_first(&tree.root) == &item->node));
		}
		item->in_tree = !item->in_tree;
		assert_ptr_equal(rb_first_cached(&tree), rb_first(&tree.root));
	}
}

static void equal_keys_keep_their_order(void **state)
{
	struct item items[20];
	struct rb_root root = {0};
	struct rb_node *node;
	int id = 0;

	for (int i = 0; i < 20; i++) {
		items[i].key = 1;
		items[i].id = i;
		rb_insert(&root, &items[i].node, less);
	}
	for (node = rb_first(&root); node; node = rb_next(node))
		assert_int_equal(item_of(node)->id, id++);
}

UNIT_MAIN(cmocka_unit_test(random_changes_keep_the_rules), cmocka_unit_test(finds_what_is_there),
	  cmocka_unit_test(leftmost_is_cached), cmocka_unit_test(equal_keys_keep_their_order))
