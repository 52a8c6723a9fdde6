// SPDX-License-Identifier: MIT
// UNIT: fs/initramfs.c
/*
 * Archives: that what comes out is what went in, that aligned data is not copied, that every frame
 * of the archive ends up with a file or with the allocator, and that damage of every kind is an
 * error and nothing worse.
 */
#include "unit_memory.h"
#include "unit_test.h"
#include "unit_vfs.h"

#include "core/boot_info.h"
#include "core/errno.h"
#include "core/log.h"
#include "fs/initramfs.h"
#include "mm/page_alloc.h"
#include "vfs/inode/device_number.h"
#include "vfs/name/name_ops.h"

#define AREA_PAGES 64
#define AREA_BASE (UNIT_MEMORY_BASE + MIB(8))
#define BIG_BYTES (5 * PAGE_SIZE + 100)

static u64 at, ino, area_base = AREA_BASE;
static unsigned nr_logged;
static struct boot_info bi;

void log_write(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	nr_logged += level == LOG_ERR;
}

static char *area(u64 offset)
{
	return (char *)area_base + offset;
}

/* @pad: of the name, so that the data begins at a page. */
static void add(const char *name, u32 mode, const void *data, u32 size, u32 links, bool pad)
{
	u32 name_size = (u32)strlen(name) + 1;

	at = (at + 3) & ~3UL;
	if (pad)
		name_size = (u32)(((at + 110 + name_size + PAGE_SIZE - 1) & PAGE_MASK) - at - 110);
	sprintf(area(at), "070701%08X%08x%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		links > 1 ? 77 : (u32)++ino + 100, mode, 3, 4, links, 1234567, size, 0, 0, 1, 3,
		name_size, 0);
	memset(area(at + 110), 0, name_size);
	memcpy(area(at + 110), name, strlen(name));
	at = (at + 110 + name_size + 3) & ~3UL;
	memcpy(area(at), data, size);
	at += size;
}

static void build(const char *big)
{
	at = 0;
	memset(area(0), 0, AREA_PAGES * PAGE_SIZE);
	add(".", S_IFDIR | 0711, "", 0, 2, false);
	add("dir", S_IFDIR | 0750, "", 0, 2, false);
	add("dir/small", S_IFREG | 0640, "hello", 5, 1, false);
	add("./dir/big", S_IFREG | 04755, big, BIG_BYTES, 1, true);
	add("dir/odd", S_IFREG | 0600, big, BIG_BYTES, 1, false);
	add("/link", S_IFLNK | 0777, "dir/big", 7, 1, false);
	add("dir/null", S_IFCHR | 0666, "", 0, 1, false);
	add("dir/one", S_IFREG | 0644, "", 0, 2, false);
	add("dir/two", S_IFREG | 0644, "both", 4, 2, false);
	add("TRAILER!!!", 0, "", 0, 1, false);
	at = (at + PAGE_SIZE - 1) & PAGE_MASK;
	add("dir/small", S_IFREG | 0604, "later", 5, 1, false); /* a second archive */
	add("dir/null", S_IFREG | 0600, "file", 4, 1, false);
	add("TRAILER!!!", 0, "", 0, 1, false);
	bi.initramfs_base = area_base;
	bi.initramfs_len_bytes = at;
}

static struct inode *get(const char *name)
{
	struct inode *inode;

	assert_int_equal(path_lookup_inode(AT_FDCWD, name, 0, &inode), 0);
	return inode;
}

static void check_file(const char *name, mode_t mode, const void *data, size_t size)
{
	static char back[BIG_BYTES + 1];
	struct inode *inode = get(name);
	struct file *file;

	assert_int_equal(inode->mode, S_IFREG | mode);
	assert_int_equal(inode->uid, 3);
	assert_int_equal(inode->gid, 4);
	assert_int_equal(inode->mtime_ns, 1234567000000000L);
	inode_put(inode);
	assert_int_equal(vfs_open(AT_FDCWD, name, O_RDONLY, 0, &file), 0);
	assert_int_equal(file_read_kernel(file, back, sizeof(back), 0), size);
	assert_memory_equal(back, data, size);
	file_put(file);
}

static void what_goes_in_comes_out_and_no_frame_is_lost(void **state)
{
	static char big[BIG_BYTES];
	struct page_counts before, after;
	struct inode *inode;
	char text[16];
	struct path path;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 256);
	unit_vfs_init(MIB(32), AREA_BASE, AREA_PAGES * PAGE_SIZE);
	page_alloc_counts(&before);
	build(big);
	bi.initramfs_len_bytes = AREA_PAGES * PAGE_SIZE; /* zeros to the end */
	assert_int_equal(initramfs_unpack(&bi), 0);
	assert_int_equal(nr_logged, 0);
	page_alloc_counts(&after);
	assert_int_equal(after.total, before.total + AREA_PAGES);

	check_file("/dir/small", 0604, "later", 5);
	check_file("/dir/big", 04755, big, sizeof(big));
	check_file("/dir/odd", 0600, big, sizeof(big));
	check_file("/dir/null", 0600, "file", 4);
	check_file("/dir/one", 0644, "both", 4);
	inode = get("/dir/one");
	assert_int_equal(inode->nr_links, 2);
	inode_put(inode);
	inode = get("/");
	assert_int_equal(inode->mode, S_IFDIR | 0711);
	inode_put(inode);
	assert_int_equal(path_lookup(AT_FDCWD, "/link", 0, &path), 0);
	assert_int_equal(vfs_readlink(&path, text, sizeof(text)), 7);
	assert_memory_equal(text, "dir/big", 7);
	path_put(&path);

	/* The big file's whole pages are the archive's frames. */
	inode = get("/dir/big");
	for (u64 i = 0; i < BIG_BYTES / PAGE_SIZE; i++) {
		struct page *page = vm_object_find_page(inode->object, i);

		assert_in_range((u64)page_to_virt(page), AREA_BASE,
				AREA_BASE + AREA_PAGES * PAGE_SIZE - 1);
		page_put(page);
	}
	inode_put(inode);
	assert_int_equal(vfs_unlink(AT_FDCWD, "/dir/big", false), 0); /* and can be freed */
}

static void damage_is_an_error_and_nothing_worse(void **state)
{
	static char big[BIG_BYTES], good[AREA_PAGES * PAGE_SIZE];
	struct page *page;
	u64 seed = 3;

	(void)state;
	/* Frames that are not set aside: nothing is adopted, all is copied, none given back. */
	assert_int_equal(page_alloc(6, PAGE_KERNEL, &page), 0);
	area_base = page_to_phys(page);
	build(big);
	memcpy(good, area(0), sizeof(good));
	for (unsigned round = 0; round < 3000; round++) {
		u64 len = at;

		memcpy(area(0), good, sizeof(good));
		if (round % 3 == 0)
			len = unit_random(&seed) % at;
		else
			for (unsigned i = 0; i <= round % 7; i++)
				*area(unit_random(&seed) % (round % 3 == 1 ? 600 : at)) =
					(char)unit_random(&seed);
		bi.initramfs_len_bytes = len;
		assert_in_range(-initramfs_unpack(&bi), 0, EINVAL);
	}
}

UNIT_MAIN(cmocka_unit_test(what_goes_in_comes_out_and_no_frame_is_lost),
	  cmocka_unit_test(damage_is_an_error_and_nothing_worse))
