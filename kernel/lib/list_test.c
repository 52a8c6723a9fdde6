// SPDX-License-Identifier: MIT
// UNIT:
#include "unit_test.h"

#include "lib/bitmap.h"
#include "lib/hash.h"
#include "lib/hlist.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/ringbuf.h"

struct item {
	int value;
	struct list_node node;
	struct hlist_node hash_node;
};

static void lists_keep_order(void **state)
{
	struct list_node head = LIST_INIT(head), other = LIST_INIT(other);
	struct item items[5], *pos, *tmp;
	int sum = 0;

	for (int i = 0; i < 5; i++) {
		items[i].value = i;
		list_add_last(i < 3 ? &head : &other, &items[i].node);
	}
	list_splice_last(&head, &other);
	assert_true(list_is_empty(&other));
	assert_int_equal(list_count(&head), 5);
	list_for_each_entry(pos, &head, node) {
		assert_int_equal(pos->value, sum);
		sum++;
	}
	list_for_each_entry_safe(pos, tmp, &head, node)
		if (pos->value % 2)
			list_remove_init(&pos->node);
	assert_false(list_is_linked(&items[1].node));
	assert_int_equal(list_count(&head), 3);
	list_for_each_entry_reverse(pos, &head, node)
		sum -= pos->value;
	assert_int_equal(sum, 5 - 6);
	assert_ptr_equal(list_pop_first(&head), &items[0].node);
	list_add_before(&items[4].node, &items[1].node);
	list_add_first(&head, &items[3].node);
	assert_int_equal(list_last_entry(&head, struct item, node)->value, 4);
	assert_int_equal(list_prev_entry(&items[4], node)->value, 1);
	while (list_pop_first(&head))
		sum++;
	assert_int_equal(sum, 3);
}

static void hash_lists_remove_without_head(void **state)
{
	struct hlist head = {0};
	struct item items[4] = {0}, *pos;
	struct hlist_node *tmp;
	int seen = 0;

	for (int i = 0; i < 4; i++)
		hlist_add_first(&head, &items[i].hash_node);
	hlist_remove(&items[3].hash_node);
	hlist_remove(&items[1].hash_node);
	hlist_remove(&items[1].hash_node);
	hlist_for_each_entry(pos, &head, hash_node)
		seen += pos == &items[2] ? 1 : pos == &items[0] ? 10 : 100;
	assert_int_equal(seen, 11);
	hlist_for_each_entry_safe(pos, tmp, &head, hash_node)
		hlist_remove(&pos->hash_node);
	assert_true(hlist_is_empty(&head));
}

static void bitmaps_find_runs(void **state)
{
	u64 map[BITMAP_WORDS(200)] = {0}, seed = 3;

	assert_int_equal(bitmap_next_set(map, 200, 0), 200);
	bitmap_set_run(map, 0, 130);
	assert_int_equal(bitmap_next_clear(map, 200, 5), 130);
	assert_int_equal(bitmap_find_clear_run(map, 200, 0, 70), 130);
	assert_int_equal(bitmap_find_clear_run(map, 200, 0, 71), 200);
	bitmap_clear_run(map, 63, 3);
	assert_int_equal(bitmap_find_clear_run(map, 200, 0, 3), 63);
	assert_int_equal(bitmap_count(map, 200), 127);
	for (int round = 0; round < 2000; round++) {
		size_t from = unit_random(&seed) % 200, expected = from;

		if (unit_random(&seed) % 2)
			bitmap_set(map, from);
		else
			bitmap_clear(map, from);
		while (expected < 200 && !bitmap_test(map, expected))
			expected++;
		assert_int_equal(bitmap_next_set(map, 200, from), expected);
	}
}

static void rings_wrap(void **state)
{
	u8 storage[16], in[64], out[64];
	struct ringbuf rb;
	u64 seed = 7;
	u8 next_in = 0, next_out = 0;

	ringbuf_init(&rb, storage, sizeof(storage));
	rb.head = rb.tail = 0xfffffff0; /* the counters wrap too */
	for (int round = 0; round < 5000; round++) {
		u32 len = unit_random(&seed) % 20, done;

		for (u32 i = 0; i < len; i++)
			in[i] = (u8)(next_in + i);
		done = ringbuf_write(&rb, in, len);
		next_in += (u8)done;
		assert_true(done == len || ringbuf_is_full(&rb));
		done = ringbuf_read(&rb, out, unit_random(&seed) % 20);
		for (u32 i = 0; i < done; i++)
			assert_int_equal(out[i], next_out++);
	}
	while (ringbuf_get(&rb) >= 0)
		next_out++;
	assert_int_equal(next_in, next_out);
	assert_true(ringbuf_put(&rb, 5));
	assert_int_equal(ringbuf_unput(&rb), 5);
	assert_int_equal(ringbuf_unput(&rb), -1);
}

static void hashes_spread(void **state)
{
	unsigned used[256] = {0}, full = 0;
	char text[32];

	for (unsigned i = 0; i < 2560; i++) {
		int len = snprintf(text, sizeof(text), "file%u", i);

		used[hash_bytes(text, (size_t)len, 0) & 255]++;
	}
	for (unsigned i = 0; i < 256; i++)
		full += used[i] > 0 && used[i] < 30;
	assert_in_range(full, 250, 256);
	assert_true(hash_bytes("a", 1, 0) != hash_bytes("aa", 2, 0));
	assert_true(hash_str("ab") != hash_str("ba"));
}

static void refcounts_stick(void **state)
{
	struct refcount ref = REFCOUNT_INIT(REFCOUNT_MAX);
	struct refcount two = REFCOUNT_INIT(2);

	refcount_get(&ref);
	assert_true(refcount_is_saturated(refcount_read(&ref)));
	for (int i = 0; i < 3; i++)
		assert_false(refcount_put(&ref));
	assert_true(refcount_get_unless_zero(&ref));
	assert_true(refcount_put_unless_last(&ref));
	assert_true(refcount_read(&ref) == REFCOUNT_SATURATED);
	assert_true(refcount_put_unless_last(&two));
	assert_false(refcount_put_unless_last(&two));
	assert_true(refcount_put(&two));
	/* one put too many: what may have been freed already is not freed again */
	assert_false(refcount_put(&two));
	assert_true(refcount_is_saturated(refcount_read(&two)));
}

static void refcounts_end_at_zero(void **state)
{
	struct refcount ref = REFCOUNT_INIT(1);

	refcount_get(&ref);
	assert_true(refcount_get_unless_zero(&ref));
	assert_false(refcount_put(&ref));
	assert_false(refcount_put(&ref));
	assert_true(refcount_put(&ref));
	assert_false(refcount_get_unless_zero(&ref));
}

UNIT_MAIN(cmocka_unit_test(lists_keep_order), cmocka_unit_test(hash_lists_remove_without_head),
	  cmocka_unit_test(bitmaps_find_runs), cmocka_unit_test(rings_wrap),
	  cmocka_unit_test(hashes_spread), cmocka_unit_test(refcounts_end_at_zero),
	  cmocka_unit_test(refcounts_stick))
