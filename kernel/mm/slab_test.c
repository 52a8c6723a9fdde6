// SPDX-License-Identifier: MIT
// UNIT: lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/fail_alloc.c
// UNIT: mm/slab.c mm/slab_debug.c mm/kmalloc.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
#include "unit_test.h"
#include "unit_memory.h"

#include "mm/fail_alloc.h"
#include "mm/kmalloc.h"

#define NR_OBJECTS 3000

static int setup(void **state)
{
	unit_memory_init(MIB(32));
	slab_init();
	return 0;
}

struct object {
	u8 *bytes;
	size_t size;
	u8 mark;
};

static void random_sizes_keep_their_bytes(void **state)
{
	static struct object objects[NR_OBJECTS];
	u64 seed = 41, free_at_start;

	slab_reclaim();
	free_at_start = page_alloc_nr_free();
	for (int round = 0; round < 100000; round++) {
		struct object *object = &objects[unit_random(&seed) % NR_OBJECTS];
		bool zeroed = unit_random(&seed) % 3 == 0;

		if (object->bytes) {
			for (size_t i = 0; i < object->size; i += 1 + object->size / 16)
				assert_int_equal(object->bytes[i], object->mark);
			kfree(object->bytes);
			object->bytes = NULL;
			continue;
		}
		object->size = unit_random(&seed) % (round % 50 ? 700 : 20000);
		object->bytes = kmalloc(object->size, zeroed ? PAGE_ZERO : 0);
		if (!object->bytes)
			continue;
		assert_true(((uintptr_t)object->bytes & 7) == 0);
		assert_true(kmalloc_usable_size(object->bytes) >= object->size);
		if (zeroed)
			for (size_t i = 0; i < object->size; i++)
				assert_int_equal(object->bytes[i], 0);
		object->mark = (u8)unit_random(&seed);
		memset(object->bytes, object->mark, object->size);
	}
	for (int i = 0; i < NR_OBJECTS; i++)
		kfree(objects[i].bytes);
	assert_int_equal(slab_nr_in_use(), 0);
	assert_true(slab_reclaim());
	/* What stays: the magazines of the caches in use. */
	assert_in_range(free_at_start - page_alloc_nr_free(), 0, 4);
}

static void constant_sizes_choose_their_cache(void **state)
{
	void *p = kmalloc(100, 0), *q = kzalloc(9000, 0);

	assert_int_equal(kmalloc_usable_size(p), 128);
	assert_int_equal(kmalloc_usable_size(q), 16384);
	assert_ptr_equal(kmalloc_sized(MIB(4) + 1, 0), NULL);
	assert_ptr_equal(kmalloc_array(1UL << 62, 8, 0), NULL);
	kfree(p);
	kfree(q);
	kfree(NULL);
	for (size_t size = 1; size <= KMALLOC_CACHED_MAX; size++) {
		assert_true(kmalloc_caches[kmalloc_index(size)].size >= size);
		if (size > 8)
			assert_true(kmalloc_caches[kmalloc_index(size) - 1].size < size);
	}
	p = kstrdup("hello", 0);
	q = kstrndup("hello", 2, 0);
	assert_string_equal(p, "hello");
	assert_string_equal(q, "he");
	kfree(p);
	kfree(q);
}

static void caches_of_their_own_are_aligned(void **state)
{
	static struct slab_cache cache;
	static void *objects[500];
	struct slab_statistics s;

	slab_cache_init(&cache, "test", 832, 64);
	for (int i = 0; i < 500; i++) {
		objects[i] = slab_alloc(&cache, 0);
		assert_non_null(objects[i]);
		assert_int_equal((uintptr_t)objects[i] % 64, 0);
		memset(objects[i], i, 832);
	}
	slab_cache_statistics(&cache, &s);
	assert_int_equal(s.nr_in_use, 500);
	for (int i = 0; i < 500; i++)
		slab_free(&cache, objects[i]);
	slab_cache_statistics(&cache, &s);
	assert_int_equal(s.nr_in_use, 0);
	assert_in_range(s.nr_slabs, 1, 4);
}

static void exhaustion_is_an_answer(void **state)
{
	void **list = NULL, **p;
	u64 free_at_start;

	slab_reclaim();
	free_at_start = page_alloc_nr_free();
	while ((p = kmalloc(2000, 0))) {
		*p = list;
		list = p;
	}
	assert_null(kmalloc(5000, 0));
	assert_null(kmalloc(100000, 0));
	while ((p = list)) {
		list = *p;
		kfree(p);
	}
	slab_reclaim();
	assert_in_range(free_at_start - page_alloc_nr_free(), 0, 4);
	kfree(kmalloc(64, 0));
	mm_fail_alloc_set(2);
	p = kmalloc(64, 0);
	assert_non_null(p);
	assert_null(kmalloc(64, 0));
	kfree(p);
}

static void misuse_is_seen(void **state)
{
	u8 *p = kmalloc(64, 0);

	p[64] ^= 1;
	assert_panics(kfree(p));
	p = kmalloc(64, 0);
	kfree(p);
	assert_panics(kfree(p));
	p[30] = 1;
	assert_panics(kmalloc(64, 0));
	p[30] = 0x6b;
	p = kmalloc(64, 0);
	assert_panics(kfree(p + 8));
}

#define test(f) cmocka_unit_test_setup(f, setup)
UNIT_MAIN(test(random_sizes_keep_their_bytes), test(constant_sizes_choose_their_cache),
	  test(caches_of_their_own_are_aligned), test(exhaustion_is_an_answer),
	  test(misuse_is_seen))
