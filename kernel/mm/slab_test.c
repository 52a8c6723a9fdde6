// SPDX-License-Identifier: MIT
// UNIT: lib/string.c mm/boot_alloc.c mm/buddy.c mm/page_alloc.c mm/fail_alloc.c
// UNIT: mm/slab.c mm/slab_check.c mm/slab_debug.c mm/kmalloc.c
// UNIT: mm/account.c mm/memory_wait.c mm/box.c mm/user_account.c
#include "unit_test.h"
#include "unit_memory.h"

#include "mm/fail_alloc.h"
#include "mm/kmalloc.h"

#define NR_OBJECTS 3000

static int setup(void **state)
{
	unit_memory_init(MIB(32));
	slab_init(0x5ec2e7a11f00d5UL);
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
	/* What remains: the magazines of the caches in use. */
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

/* ---- lasting objects ---- */

#define NR_LASTING 200

static struct page *ended[NR_LASTING];
static unsigned nr_ended;

static void end_later(struct page *slab)
{
	ended[nr_ended++] = slab;
}

static void lasting_objects_keep_their_bytes(void **state)
{
	static struct slab_cache cache;
	static u64 *objects[NR_LASTING];
	u64 free_at_start;

	(void)state;
	slab_cache_init_lasting(&cache, "lasting", 300, 8, end_later);
	for (int i = 0; i < NR_LASTING; i++) {
		objects[i] = slab_alloc(&cache, 0);
		assert_non_null(objects[i]);
		memset(objects[i], i, 300);
	}
	for (int i = 0; i < NR_LASTING; i++)
		slab_free(&cache, objects[i]);
	free_at_start = page_alloc_nr_free();
	assert_true(slab_reclaim());
	assert_true(nr_ended > 1);
	assert_int_equal(page_alloc_nr_free(), free_at_start);
	for (int i = 0; i < NR_LASTING; i++)
		for (int at = 8; at < 300; at++)
			assert_int_equal(((u8 *)objects[i])[at], (u8)i);
	for (unsigned i = 0; i < nr_ended; i++)
		page_free(ended[i]);
	assert_true(page_alloc_nr_free() > free_at_start);
	assert_int_equal(slab_nr_in_use(), 0);
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

/* --- What every build detects --- */

#define NR_CHECKED 100

static struct slab_cache *fresh_cache(size_t size)
{
	static struct slab_cache caches[24];
	static unsigned nr;

	slab_cache_init(&caches[nr], "checked", size, 0);
	return &caches[nr++];
}

static __noinline void assert_free_panics(struct slab_cache *cache, void *object)
{
	assert_panics(slab_free(cache, object));
}

static __noinline void assert_alloc_panics(struct slab_cache *cache)
{
	assert_panics(slab_alloc(cache, 0));
}

static void a_second_free_is_seen(void **state)
{
	static const size_t sizes[] = {8, 64, 832, 5000};
	void *objects[NR_CHECKED];

	for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
		struct slab_cache *cache = fresh_cache(sizes[s]);

		for (int i = 0; i < NR_CHECKED; i++)
			objects[i] = slab_alloc(cache, 0);
		slab_free(cache, objects[0]);
		assert_free_panics(cache, objects[0]); /* in the magazine */
		for (int i = 1; i < NR_CHECKED; i++)
			slab_free(cache, objects[i]);
		slab_reclaim();
		assert_free_panics(cache, objects[0]); /* its slab has been freed */
	}
}

static void a_second_free_after_others_is_seen(void **state)
{
	struct slab_cache *cache = fresh_cache(64);
	void *objects[NR_CHECKED];

	for (int i = 0; i < NR_CHECKED; i++)
		objects[i] = slab_alloc(cache, 0);
	for (int i = 0; i < NR_CHECKED; i++) /* one object is kept, so that its slab is too */
		if (i != NR_CHECKED / 2)
			slab_free(cache, objects[i]);
	for (int i = 0; i < NR_CHECKED; i++)
		if (virt_to_page(objects[i]) == virt_to_page(objects[NR_CHECKED / 2]) &&
		    i != NR_CHECKED / 2)
			assert_free_panics(cache, objects[i]);
	slab_free(cache, objects[NR_CHECKED / 2]);
}

static void what_is_no_object_is_not_freed(void **state)
{
	static const size_t sizes[] = {8, 64, 832, 5000};
	struct slab_cache *other = fresh_cache(64);

	for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
		struct slab_cache *cache = fresh_cache(sizes[s]);
		u8 *objects[8];

		for (int i = 0; i < 8; i++)
			objects[i] = slab_alloc(cache, 0);
		for (int i = 0; i < 8; i++) {
			for (size_t at = 1; at < sizes[s]; at += 1 + at / 3)
				assert_free_panics(cache, objects[i] + at);
			assert_free_panics(other, objects[i]);
			slab_free(cache, objects[i]);
		}
	}
}

static void an_overwritten_free_object_is_seen(void **state)
{
	struct slab_cache *cache = fresh_cache(64);
	u64 *objects[NR_CHECKED];

	for (int i = 0; i < NR_CHECKED; i++)
		objects[i] = slab_alloc(cache, 0);
	slab_free(cache, objects[0]);
	*objects[0] ^= 1UL << 40;
	assert_alloc_panics(cache);
	for (int i = 1; i < NR_CHECKED; i++)
		slab_free(cache, objects[i]);
}

/* The link of an object in a slab points out of the slab, or is no link. */
static void an_overwritten_link_is_seen(void **state)
{
	static const u64 changes[] = {1, 0x8000, 1UL << 20, 1UL << 61, ~0UL};

	for (unsigned c = 0; c < ARRAY_SIZE(changes); c++) {
		struct slab_cache *cache = fresh_cache(2000);
		u64 *kept = slab_alloc(cache, 0), *freed = slab_alloc(cache, 0);

		slab_free(cache, freed);
		slab_reclaim(); /* out of the magazine, into the slab that @kept is in */
		*freed ^= changes[c];
		assert_alloc_panics(cache);
		spin_lock_init(&cache->lock, slab);
		*freed ^= changes[c];
		slab_free(cache, kept);
	}
}

static unsigned nr_asked;

static bool count_pressure(void)
{
	nr_asked++;
	return false;
}

/* No two free pages are buddies: a cache whose slabs are larger takes a page by itself. */
static void slabs_are_smaller_in_scattered_memory(void **state)
{
	struct page *page, *kept = NULL, *given = NULL;
	struct slab_cache *cache;
	void *object;

	page_alloc_add_pressure_handler(count_pressure);
	cache = fresh_cache(1500);
	assert_true(cache->order > 0 && !cache->min_order);
	object = slab_alloc(cache, 0); /* and with it a magazine */
	slab_free(cache, object);
	slab_reclaim();
	while ((page = page_alloc_one(PAGE_KERNEL | PAGE_NOWAIT))) {
		struct page **list = page_to_pfn(page) % 2 ? &kept : &given;

		page->link = *list;
		*list = page;
	}
	while ((page = given)) {
		given = page->link;
		page_put(page);
	}
	nr_asked = 0;
	object = slab_alloc(cache, 0);
	assert_non_null(object);
	assert_int_equal(nr_asked, 0);
	slab_free(cache, object);
	while ((page = kept)) {
		kept = page->link;
		page_put(page);
	}
}

static void any_first_word_may_be_freed(void **state)
{
	struct slab_cache *cache = fresh_cache(64);
	u64 *object = slab_alloc(cache, 0), as_free;

	slab_free(cache, object);
	as_free = *object;
	assert_ptr_equal(slab_alloc(cache, 0), object);
	*object = as_free;
	slab_free(cache, object);
	assert_ptr_equal(slab_alloc(cache, 0), object);
	slab_free(cache, object);
}

/* CPUs fill and empty their magazines in turns, so that the slabs' lists are used. */
static void each_cpu_takes_what_it_has_freed(void **state)
{
	enum { NR = 300, TURN = 50 };
	static struct slab_cache cache;
	static void *objects[2][NR], *again[2][NR];
	struct slab_statistics before, after;
	unsigned nr_foreign = 0;

	slab_cache_init(&cache, "two CPUs", 640, 64);
	for (unsigned i = 0; i < 2 * NR; i++) {
		unit_current_cpu = i / TURN % 2;
		objects[unit_current_cpu][i / (2 * TURN) * TURN + i % TURN] = slab_alloc(&cache, 0);
	}
	for (unsigned i = 0; i < 2 * NR; i++) {
		unit_current_cpu = i / TURN % 2;
		if (i % 5) /* the others keep their slabs, which hold six */
			slab_free(&cache,
				  objects[unit_current_cpu][i / (2 * TURN) * TURN + i % TURN]);
	}
	slab_cache_statistics(&cache, &before);
	for (unsigned i = 0; i < 2 * NR / 2; i++) {
		unit_current_cpu = i / TURN % 2;
		again[unit_current_cpu][i / (2 * TURN) * TURN + i % TURN] = slab_alloc(&cache, 0);
	}
	for (unsigned cpu = 0; cpu < 2; cpu++)
		for (unsigned i = 0; i < NR / 2; i++)
			for (unsigned k = 0; k < NR; k++)
				nr_foreign += again[cpu][i] == objects[!cpu][k];
	/* The rest of a slab goes to another CPU before the cache grows. */
	assert_in_range(nr_foreign, 0, NR / 10);
	/* So does all that another CPU has. */
	unit_current_cpu = 0;
	for (unsigned i = NR / 2; i < NR / 2 + 80; i++)
		again[0][i] = slab_alloc(&cache, 0);
	slab_cache_statistics(&cache, &after);
	assert_int_equal(after.nr_slabs, before.nr_slabs);
	for (unsigned i = 0; i < NR / 2 + 80; i++)
		slab_free(&cache, again[0][i]);
	for (unsigned i = 0; i < NR / 2; i++)
		slab_free(&cache, again[1][i]);
	for (unsigned i = 0; i < NR; i += 5) {
		slab_free(&cache, objects[0][i]);
		slab_free(&cache, objects[1][i]);
	}
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		unit_current_cpu = cpu;
		slab_reclaim();
	}
	unit_current_cpu = 0;
	slab_cache_statistics(&cache, &after);
	assert_int_equal(after.nr_in_use + after.nr_slabs, 0);
}

#define test(f) cmocka_unit_test_setup(f, setup)
UNIT_MAIN(test(random_sizes_keep_their_bytes), test(constant_sizes_choose_their_cache),
	  test(caches_of_their_own_are_aligned), test(exhaustion_is_an_answer),
	  test(lasting_objects_keep_their_bytes), test(misuse_is_seen), test(a_second_free_is_seen),
	  test(a_second_free_after_others_is_seen), test(what_is_no_object_is_not_freed),
	  test(an_overwritten_free_object_is_seen), test(an_overwritten_link_is_seen),
	  test(any_first_word_may_be_freed), test(each_cpu_takes_what_it_has_freed),
	  test(slabs_are_smaller_in_scattered_memory))
