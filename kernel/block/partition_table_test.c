// SPDX-License-Identifier: MIT
// UNIT: block/partition_table.c lib/crc32.c lib/string.c
/* Tables of partitions in memory: good ones, each way to be wrong, and any bytes at all. */
#include "unit_test.h"

#include <errno.h>

#include "block/partition_table.h"
#include "lib/crc32.h"
#include "lib/little_endian.h"

#define DISK_BYTES (1 << 20)
#define READS_MAX (2 + 33 + 2 * (1 + 256))

static u8 disk[DISK_BYTES];
static struct partition_scan scan;
static unsigned nr_reads;
static u64 bad_block; /* cannot be read; 0: all can */

static int read_block(struct partition_scan *s, u64 block)
{
	nr_reads++;
	assert_true(block < s->nr_blocks);
	if (bad_block && block == bad_block)
		return -EIO;
	memcpy(s->block, disk + block * s->block_bytes, s->block_bytes);
	return 0;
}

/* What must hold of any disk. */
static void check_result(void)
{
	assert_in_range(nr_reads, 0, READS_MAX);
	assert_in_range(scan.nr, 0, PARTITIONS_MAX);
	for (unsigned i = 0; i < scan.nr; i++) {
		const struct partition *p = &scan.partitions[i];

		assert_in_range(p->number, i ? p[-1].number + 1 : 1, PARTITIONS_MAX);
		assert_true(p->first_block && p->nr_blocks);
		assert_true(p->first_block + p->nr_blocks > p->first_block);
		assert_true(p->first_block + p->nr_blocks <= scan.nr_blocks);
		for (unsigned j = 0; j < i; j++) {
			const struct partition *q = &scan.partitions[j];

			assert_true(p->first_block >= q->first_block + q->nr_blocks ||
				    q->first_block >= p->first_block + p->nr_blocks);
		}
	}
	assert_true(!scan.nr_refused || scan.why_refused);
}

static int look(u32 block_bytes)
{
	int err;

	memset(&scan, 0xa5, sizeof(scan));
	memset(&scan, 0, offsetof(struct partition_scan, block));
	scan.read = read_block;
	scan.block_bytes = block_bytes;
	scan.nr_blocks = DISK_BYTES / block_bytes;
	nr_reads = 0;
	err = partition_scan(&scan);
	if (!err)
		check_result();
	return err;
}

/* ---- the old table ---- */

static void put_mbr_entry(u64 sector, unsigned i, u8 type, u32 first, u32 nr)
{
	u8 *block = disk + sector * 512, *e = block + 446 + i * 16;

	put_le16(block + 510, 0xaa55);
	e[4] = type;
	put_le32(e + 8, first);
	put_le32(e + 12, nr);
}

static void expect(unsigned i, unsigned number, u64 first, u64 nr)
{
	assert_in_range(i, 0, scan.nr - 1);
	assert_int_equal(scan.partitions[i].number, number);
	assert_int_equal(scan.partitions[i].first_block, first);
	assert_int_equal(scan.partitions[i].nr_blocks, nr);
}

static void make_mbr(void)
{
	memset(disk, 0, sizeof(disk));
	put_mbr_entry(0, 0, 0x83, 100, 200);
	put_mbr_entry(0, 2, 0x82, 300, 50);
	put_mbr_entry(0, 3, 0x05, 400, 600);
	put_mbr_entry(400, 0, 0x83, 10, 90); /* 410..500 */
	put_mbr_entry(400, 1, 0x05, 100, 100);
	put_mbr_entry(500, 0, 0x83, 1, 99); /* 501..600 */
	put_mbr_entry(500, 1, 0x05, 300, 300);
	put_mbr_entry(700, 0, 0x07, 5, 295); /* 705..1000 */
}

static void a_disk_without_a_table_has_no_partitions(void **state)
{
	memset(disk, 0, sizeof(disk));
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.scheme, PARTITION_NONE);
	assert_int_equal(scan.nr + scan.nr_refused, 0);
	assert_int_equal(nr_reads, 1);

	make_mbr();
	disk[446] = 0x3f; /* code: the boot block of a file system */
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.scheme, PARTITION_NONE);
	assert_int_equal(scan.nr, 0);
	make_mbr();
	disk[510] = 0;
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 0);
}

static void the_old_table_has_primary_and_logical_ones(void **state)
{
	make_mbr();
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.scheme, PARTITION_MBR);
	assert_int_equal(scan.nr, 5);
	assert_int_equal(scan.nr_refused, 0);
	expect(0, 1, 100, 200);
	expect(1, 3, 300, 50);
	expect(2, 5, 410, 90);
	expect(3, 6, 501, 99);
	expect(4, 7, 705, 295);
}

static void its_numbers_are_of_logical_blocks(void **state)
{
	memset(disk, 0, sizeof(disk));
	put_mbr_entry(0, 1, 0x83, 8, 100);
	assert_int_equal(look(4096), 0);
	expect(0, 2, 8, 100);
	put_mbr_entry(0, 1, 0x83, 8, DISK_BYTES / 512 - 8); /* on the disk only in sectors */
	assert_int_equal(look(4096), 0);
	assert_int_equal(scan.nr, 0);
}

static void wrong_entries_are_refused_one_by_one(void **state)
{
	static const struct {
		u32 first, nr;
	} wrong[] = {
		{0, 10},  {2048, 1}, {2047, 2},	 {~0U, 1},  {1, ~0U},	{~0U, ~0U},
		{299, 1}, {50, 51},  {349, 100}, {120, 20}, {100, 200}, {50, 1000},
	};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		make_mbr();
		put_mbr_entry(0, 1, 0x83, 300, 50);
		put_mbr_entry(0, 2, 0x83, wrong[i].first, wrong[i].nr);
		assert_int_equal(look(512), 0);
		assert_int_equal(scan.nr, 5);
		assert_int_equal(scan.nr_refused, 1);
		expect(1, 2, 300, 50);
		expect(2, 5, 410, 90);
	}
}

static void a_chain_is_followed_only_inside_of_its_partition(void **state)
{
	make_mbr();
	put_mbr_entry(500, 1, 0x05, 0, 100); /* back to the first link: a ring */
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 4);
	assert_int_equal(scan.nr_refused, 1);

	make_mbr();
	put_mbr_entry(700, 1, 0x0f, 100, 100); /* a ring whose first link is not the first */
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 5);
	assert_true(scan.nr_refused);

	make_mbr();
	put_mbr_entry(500, 1, 0x85, 600, 10); /* behind the end */
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 4);
	assert_int_equal(scan.nr_refused, 1);

	make_mbr();
	put_mbr_entry(700, 0, 0x07, 5, 296); /* a partition that leaves it */
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 4);
	assert_int_equal(scan.nr_refused, 1);

	make_mbr();
	disk[700 * 512 + 510] = 0;
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 4);
	assert_int_equal(scan.nr_refused, 1);

	make_mbr();
	put_mbr_entry(0, 3, 0x05, 400, 2048); /* the whole of it leaves the disk */
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 2);
	assert_int_equal(scan.nr_refused, 1);
}

static void errors_of_the_disk_are_told(void **state)
{
	make_mbr();
	bad_block = 500;
	assert_int_equal(look(512), -EIO);
	bad_block = 0;
}

/* ---- the table of GUIDs ---- */

static void put_sums(u32 block_bytes, u64 header)
{
	u8 *h = disk + header * block_bytes;

	put_le32(h + 88, crc32(0, disk + get_le64(h + 72) * block_bytes,
			       (size_t)get_le32(h + 80) * get_le32(h + 84)));
	put_le32(h + 16, 0);
	put_le32(h + 16, crc32(0, h, get_le32(h + 12)));
}

static void put_gpt_entry(u32 block_bytes, unsigned i, u64 first, u64 last)
{
	u64 blocks = DISK_BYTES / block_bytes, array_blocks = 128 * 128 / block_bytes;
	const u64 arrays[] = {2, blocks - 1 - array_blocks};

	for (unsigned copy = 0; copy < 2; copy++) {
		u8 *e = disk + arrays[copy] * block_bytes + i * 128;

		memset(e, 0x11, 32);
		put_le64(e + 32, first);
		put_le64(e + 40, last);
	}
	put_sums(block_bytes, 1);
	put_sums(block_bytes, blocks - 1);
}

static void make_gpt(u32 block_bytes)
{
	u64 blocks = DISK_BYTES / block_bytes, array_blocks = 128 * 128 / block_bytes;
	const u64 headers[] = {1, blocks - 1}, arrays[] = {2, blocks - 1 - array_blocks};

	memset(disk, 0, sizeof(disk));
	put_mbr_entry(0, 0, 0xee, 1, ~0U);
	for (unsigned copy = 0; copy < 2; copy++) {
		u8 *h = disk + headers[copy] * block_bytes;

		memcpy(h, "EFI PART", 8);
		put_le32(h + 8, 0x10000);
		put_le32(h + 12, 92);
		put_le64(h + 24, headers[copy]);
		put_le64(h + 32, headers[!copy]);
		put_le64(h + 40, 2 + array_blocks);
		put_le64(h + 48, blocks - 2 - array_blocks);
		put_le64(h + 72, arrays[copy]);
		put_le32(h + 80, 128);
		put_le32(h + 84, 128);
	}
	put_gpt_entry(block_bytes, 0, 40, 99);
	put_gpt_entry(block_bytes, 2, 100, 100);
	put_gpt_entry(block_bytes, 14, 120, 150);
}

static void expect_gpt(void)
{
	assert_int_equal(scan.scheme, PARTITION_GPT);
	assert_int_equal(scan.nr, 3);
	assert_int_equal(scan.nr_refused, 0);
	expect(0, 1, 40, 60);
	expect(1, 3, 100, 1);
	expect(2, 15, 120, 31);
}

static void the_new_table_is_read(void **state)
{
	for (u32 block_bytes = 512; block_bytes <= 4096; block_bytes *= 2) {
		make_gpt(block_bytes);
		assert_int_equal(look(block_bytes), 0);
		expect_gpt();
		assert_false(scan.used_backup);
	}
}

static void the_backup_stands_in_for_a_damaged_first_table(void **state)
{
	/* Each byte of the header that is in the sum, and some of the entries. */
	for (unsigned byte = 0; byte < 92 + 20; byte++) {
		make_gpt(512);
		disk[byte < 92 ? 512 + byte : 1024 + (byte - 92) * 100] ^= 0x20;
		assert_int_equal(look(512), 0);
		expect_gpt();
		assert_true(scan.used_backup);
	}
	make_gpt(512);
	bad_block = 1;
	assert_int_equal(look(512), 0);
	expect_gpt();
	bad_block = 10; /* of the entries */
	assert_int_equal(look(512), 0);
	expect_gpt();
	assert_true(scan.used_backup);
	bad_block = 0;
}

static void two_damaged_tables_are_none(void **state)
{
	make_gpt(512);
	disk[512 + 60] ^= 1;
	disk[DISK_BYTES - 512 + 60] ^= 1;
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.scheme, PARTITION_GPT);
	assert_int_equal(scan.nr, 0);
	assert_non_null(scan.why_refused);

	make_gpt(512);
	bad_block = DISK_BYTES / 512 - 1;
	disk[512] = 0;
	assert_int_equal(look(512), -EIO);
	bad_block = 0;
}

/* Headers whose sums are right, and whose numbers are not. */
static void impossible_headers_are_refused(void **state)
{
	static const struct {
		unsigned at, bytes;
		u64 value;
	} wrong[] = {
		{12, 4, 91},	   {12, 4, 513},  {24, 8, 2},	{40, 8, 2015}, {48, 8, 2048},
		{48, 8, ~0UL},	   {48, 8, 30},	  {72, 8, 0},	{72, 8, 1},    {72, 8, 2048},
		{72, 8, ~0UL},	   {72, 8, 2047}, {80, 4, 0},	{80, 4, 1025}, {80, 4, ~0U},
		{84, 4, 0},	   {84, 4, 64},	  {84, 4, 129}, {84, 4, 1024}, {84, 4, ~0U},
		{84, 4, 1U << 31},
	};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		u8 *h = disk + 512;

		make_gpt(512);
		if (wrong[i].bytes == 4)
			put_le32(h + wrong[i].at, (u32)wrong[i].value);
		else
			put_le64(h + wrong[i].at, wrong[i].value);
		put_le32(h + 16, 0);
		put_le32(h + 16, crc32(0, h, wrong[i].at == 12 ? 92 : get_le32(h + 12)));
		assert_int_equal(look(512), 0);
		expect_gpt();
		assert_true(scan.used_backup);
	}
}

static void wrong_entries_of_the_new_table_are_refused(void **state)
{
	static const u64 wrong[][2] = {
		{0, 10},	 {33, 38},
		{101, 100},	 {2014, 2015},
		{2015, 2015},	 {~0UL, ~0UL},
		{50, ~0UL},	 {40, 99},
		{0, ~0UL},	 {90, 101},
		{99, 99},	 {60, 61},
		{35, 1UL << 63}, {1UL << 63, 1UL << 63},
	};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		make_gpt(512);
		put_gpt_entry(512, 5, wrong[i][0], wrong[i][1]);
		assert_int_equal(look(512), 0);
		assert_int_equal(scan.nr, 3);
		assert_int_equal(scan.nr_refused, 1);
		assert_false(scan.used_backup);
	}
	make_gpt(512);
	put_gpt_entry(512, 15, 200, 201); /* number 16 */
	assert_int_equal(look(512), 0);
	assert_int_equal(scan.nr, 3);
	assert_int_equal(scan.nr_refused, 1);
}

/* ---- any bytes ---- */

static u64 seed = 42;

static void change_a_byte(u32 bytes)
{
	static const u8 likely[] = {0, 1, 0x7f, 0x80, 0xff, 0x05, 0xee, 0x55, 0xaa};
	u64 chance = unit_random(&seed);
	u8 *at = disk + unit_random(&seed) % bytes;

	*at = chance & 1 ? (u8)(chance >> 8) : likely[(chance >> 8) % sizeof(likely)];
}

static void changed_tables_harm_nothing(void **state)
{
	unsigned nr_found = 0;

	for (unsigned round = 0; round < 6000; round++) {
		unsigned nr = 1 + unit_random(&seed) % 8;

		if (round % 2) {
			make_mbr();
			/* Make it likely that the bytes of the tables are hit. */
			for (unsigned i = 0; i < nr; i++) {
				static const u16 links[] = {0, 400, 500, 700};
				u64 chance = unit_random(&seed);

				disk[links[chance % 4] * 512 + 446 + (chance >> 8) % 66] =
					(u8)(chance >> 32);
			}
		} else {
			make_gpt(512);
			for (unsigned i = 0; i < nr; i++)
				change_a_byte(unit_random(&seed) % 2 ? 1024 + 2048 : 1024);
			/* Mostly the sums are right again, so that the numbers are looked at. */
			if (unit_random(&seed) % 4 && get_le64(disk + 512 + 72) < 1000 &&
			    get_le32(disk + 512 + 80) <= 256 && get_le32(disk + 512 + 84) <= 512 &&
			    get_le32(disk + 512 + 12) <= 512)
				put_sums(512, 1);
		}
		assert_int_equal(look(512), 0);
		nr_found += scan.nr;
	}
	assert_true(nr_found > 6000); /* the changes leave something to be found */
}

static void any_bytes_harm_nothing(void **state)
{
	for (unsigned round = 0; round < 1000; round++) {
		for (unsigned i = 0; i < 4096; i += 8)
			put_le64(disk + i, unit_random(&seed));
		put_le16(disk + 510, 0xaa55);
		for (unsigned i = 0; i < 4; i++)
			disk[446 + 16 * i] = 0;
		assert_int_equal(look(512), 0);
	}
	for (u64 blocks = 0; blocks < 4; blocks++) {
		make_gpt(512);
		memset(&scan, 0, sizeof(scan));
		scan.read = read_block;
		scan.block_bytes = 512;
		scan.nr_blocks = blocks;
		assert_int_equal(partition_scan(&scan), 0);
		assert_int_equal(scan.nr, 0);
	}
}

UNIT_MAIN(cmocka_unit_test(a_disk_without_a_table_has_no_partitions),
	  cmocka_unit_test(the_old_table_has_primary_and_logical_ones),
	  cmocka_unit_test(its_numbers_are_of_logical_blocks),
	  cmocka_unit_test(wrong_entries_are_refused_one_by_one),
	  cmocka_unit_test(a_chain_is_followed_only_inside_of_its_partition),
	  cmocka_unit_test(errors_of_the_disk_are_told), cmocka_unit_test(the_new_table_is_read),
	  cmocka_unit_test(the_backup_stands_in_for_a_damaged_first_table),
	  cmocka_unit_test(two_damaged_tables_are_none),
	  cmocka_unit_test(impossible_headers_are_refused),
	  cmocka_unit_test(wrong_entries_of_the_new_table_are_refused),
	  cmocka_unit_test(changed_tables_harm_nothing), cmocka_unit_test(any_bytes_harm_nothing))
