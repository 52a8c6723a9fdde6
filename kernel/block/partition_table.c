// SPDX-License-Identifier: MIT
/*
 * partition_table.c -- finds the partitions of a disk in its tables.
 *
 * Idea.  The first block has the old table (MBR): four entries, of which one may lead to a chain of
 *   blocks with a table each (an extended partition with its logical ones). If one of the four says
 *   "GPT", that is the table that counts: a header in block 1 with check sums of itself and of an
 *   array of entries, and a second copy whose header is the last block. Nothing that a disk says is
 *   believed: an entry that leaves the disk, or overlaps one that was taken, is refused, and the
 *   others are used.
 * Invariants.
 *   P1  Each partition that was taken is on the disk, behind its first block, and overlaps no
 *       other.
 *   P2  A scan reads at most 2 + CHAIN_MAX + 2 * (1 + ENTRIES_BYTES_MAX / block_bytes) blocks.
 * Tests.  partition_table_test.c: tables of all kinds, each way in which one is wrong, and
 *   thousands that were changed by chance.
 * See also.  UEFI 2.10, chapter 5.
 */
#include "block/partition_table.h"

#include "lib/crc32.h"
#include "lib/little_endian.h"
#include "lib/string.h"

/* The old table: UEFI 2.10, 5.2.1. */
#define MBR_ENTRIES 446
#define MBR_ENTRY_BYTES 16
#define MBR_NR_ENTRIES 4
#define MBR_SIGNATURE 510
#define ENTRY_BOOT 0 /* 0x80: to be started from; else 0 */
#define ENTRY_TYPE 4
#define ENTRY_FIRST 8
#define ENTRY_COUNT 12
#define TYPE_EXTENDED 0x05
#define TYPE_EXTENDED_LBA 0x0f
#define TYPE_EXTENDED_LINUX 0x85
#define TYPE_GPT 0xee
#define FIRST_LOGICAL 5 /* the number of the first partition of the chain */
#define CHAIN_MAX 32	/* more links are a ring, or have numbers that are not used */

/* The header of a GPT, and an entry: 5.3.2 and 5.3.3. */
#define GPT_HEADER_BYTES 92
#define GPT_BYTES 12 /* the header's own length */
#define GPT_SUM 16
#define GPT_SELF 24
#define GPT_FIRST_USABLE 40
#define GPT_LAST_USABLE 48
#define GPT_ENTRIES 72
#define GPT_NR_ENTRIES 80
#define GPT_ENTRY_BYTES 84
#define GPT_ENTRIES_SUM 88
#define GPT_ENTRY_MIN 128
#define GPT_ENTRY_FIRST 32
#define GPT_ENTRY_LAST 40
#define GPT_TYPE_BYTES 16
#define ENTRIES_BYTES_MAX (128U << 10) /* of the array: 1024 entries of the usual size */

static void refuse(struct partition_scan *s, const char *why)
{
	s->nr_refused++;
	s->why_refused = why;
}

/* Take a partition, or say why not: P1. */
static void take(struct partition_scan *s, unsigned number, u64 first, u64 nr)
{
	if (number > PARTITIONS_MAX || s->nr == PARTITIONS_MAX) {
		refuse(s, "its number is too high");
		return;
	}
	if (!first || first >= s->nr_blocks || !nr || nr > s->nr_blocks - first) {
		refuse(s, "it is not on the disk");
		return;
	}
	for (unsigned i = 0; i < s->nr; i++) {
		const struct partition *p = &s->partitions[i];

		if (first < p->first_block + p->nr_blocks && p->first_block < first + nr) {
			refuse(s, "it overlaps another one");
			return;
		}
	}
	s->partitions[s->nr++] = (struct partition){number, first, nr};
}

/* ---- the table of GUIDs ---------------------------------------------------------------------- */

/* What a header says, when it is sound. */
struct gpt {
	u64 first_usable, last_usable, entries;
	u32 nr_entries, entry_bytes, sum;
};

/* Is the block that was read as block @at a header? NULL, or what is wrong. */
static const char *gpt_header(struct partition_scan *s, u64 at, struct gpt *out)
{
	u8 *h = s->block;
	u32 bytes = get_le32(h + GPT_BYTES), sum = get_le32(h + GPT_SUM);
	u64 array_blocks;

	if (memcmp(h, "EFI PART", 8) != 0)
		return "there is no header";
	if (bytes < GPT_HEADER_BYTES || bytes > s->block_bytes)
		return "the header has an impossible length";
	put_le32(h + GPT_SUM, 0); /* as it was when the sum was made */
	if (crc32(0, h, bytes) != sum)
		return "the header's check sum is wrong";
	if (get_le64(h + GPT_SELF) != at)
		return "the header belongs to another block";
	*out = (struct gpt){get_le64(h + GPT_FIRST_USABLE), get_le64(h + GPT_LAST_USABLE),
			    get_le64(h + GPT_ENTRIES),	    get_le32(h + GPT_NR_ENTRIES),
			    get_le32(h + GPT_ENTRY_BYTES),  get_le32(h + GPT_ENTRIES_SUM)};
	if (out->first_usable > out->last_usable || out->last_usable >= s->nr_blocks)
		return "its partitions would not be on the disk";
	/* 128 times a power of two. Larger ones than a block are allowed, and nobody has them. */
	if (out->entry_bytes < GPT_ENTRY_MIN || out->entry_bytes > s->block_bytes ||
	    (out->entry_bytes & (out->entry_bytes - 1)))
		return "its entries have an impossible length";
	if (!out->nr_entries || out->nr_entries > ENTRIES_BYTES_MAX / out->entry_bytes)
		return "it has too many entries, or none";
	array_blocks =
		((u64)out->nr_entries * out->entry_bytes + s->block_bytes - 1) / s->block_bytes;
	if (out->entries < 2 || out->entries >= s->nr_blocks ||
	    array_blocks > s->nr_blocks - out->entries)
		return "its entries are not on the disk";
	return NULL;
}

static void gpt_entry(struct partition_scan *s, const struct gpt *gpt, unsigned number, const u8 *e)
{
	static const u8 unused[GPT_TYPE_BYTES];
	u64 first = get_le64(e + GPT_ENTRY_FIRST), last = get_le64(e + GPT_ENTRY_LAST);

	if (memcmp(e, unused, sizeof(unused)) == 0)
		return;
	if (first < gpt->first_usable || last > gpt->last_usable || last < first)
		refuse(s, "it is outside of the blocks for partitions");
	else
		take(s, number, first, last - first + 1);
}

#define GPT_DAMAGED 1 /* beside 0 and errors */

/* Take the entries of the array. Whether they are sound is known at its end: 0, GPT_DAMAGED. */
static int gpt_entries(struct partition_scan *s, const struct gpt *gpt)
{
	u32 bytes_left = gpt->nr_entries * gpt->entry_bytes, sum = 0;
	unsigned number = 1;

	for (u64 block = gpt->entries; bytes_left; block++) {
		u32 here = bytes_left < s->block_bytes ? bytes_left : s->block_bytes;
		int err = s->read(s, block);

		if (err)
			return err;
		sum = crc32(sum, s->block, here);
		for (u32 at = 0; at < here; at += gpt->entry_bytes)
			gpt_entry(s, gpt, number++, s->block + at);
		bytes_left -= here;
	}
	return sum == gpt->sum ? 0 : GPT_DAMAGED;
}

static void forget(struct partition_scan *s)
{
	s->nr = s->nr_refused = 0;
	s->why_refused = NULL;
}

/* The copy whose header is block @at: 0, GPT_DAMAGED, or read's error. */
static int gpt_copy(struct partition_scan *s, u64 at)
{
	const char *wrong;
	struct gpt gpt;
	int err = s->read(s, at);

	if (err)
		return err;
	forget(s);
	wrong = gpt_header(s, at, &gpt);
	if (!wrong) {
		err = gpt_entries(s, &gpt);
		if (err != GPT_DAMAGED)
			return err;
		forget(s);
		wrong = "the check sum of its entries is wrong";
	}
	s->why_refused = wrong;
	return GPT_DAMAGED;
}

static int gpt_scan(struct partition_scan *s)
{
	int err;

	s->scheme = PARTITION_GPT;
	if (s->nr_blocks < 3) {
		s->why_refused = "the disk is too small";
		return 0;
	}
	err = gpt_copy(s, 1);
	/* A block that cannot be read is as bad as one with something else in it. */
	if (err) {
		err = gpt_copy(s, s->nr_blocks - 1);
		s->used_backup = !err;
	}
	return err == GPT_DAMAGED ? 0 : err;
}

/* ---- the old table --------------------------------------------------------------------------- */

struct mbr_entry {
	u8 type;
	u32 first, nr;
};

/* The table in the block that was read. False: it is none. */
static bool mbr_read(const struct partition_scan *s, struct mbr_entry entries[MBR_NR_ENTRIES])
{
	const u8 *e = s->block + MBR_ENTRIES;

	if (get_le16(s->block + MBR_SIGNATURE) != 0xaa55)
		return false;
	for (unsigned i = 0; i < MBR_NR_ENTRIES; i++, e += MBR_ENTRY_BYTES) {
		/* The boot block of a file system has the signature, too, and code here. */
		if (e[ENTRY_BOOT] & 0x7f)
			return false;
		entries[i] = (struct mbr_entry){e[ENTRY_TYPE], get_le32(e + ENTRY_FIRST),
						get_le32(e + ENTRY_COUNT)};
	}
	return true;
}

static bool is_extended(const struct mbr_entry *e)
{
	return e->type == TYPE_EXTENDED || e->type == TYPE_EXTENDED_LBA ||
	       e->type == TYPE_EXTENDED_LINUX;
}

/*
 * The chain of @extended: each link is a table of a logical partition, whose place is relative to
 * the link, and of the next link, whose place is relative to the first.
 */
static int mbr_chain(struct partition_scan *s, const struct mbr_entry *extended)
{
	struct mbr_entry entries[MBR_NR_ENTRIES];
	unsigned number = FIRST_LOGICAL;
	u64 end = (u64)extended->first + extended->nr, link = extended->first;

	if (!extended->first || end > s->nr_blocks) {
		refuse(s, "the extended partition is not on the disk");
		return 0;
	}
	for (unsigned n = 0; n < CHAIN_MAX; n++) {
		int err = s->read(s, link);

		if (err)
			return err;
		if (!mbr_read(s, entries)) {
			refuse(s, "the chain of logical partitions ends in another block");
			return 0;
		}
		if (entries[0].type && entries[0].nr) {
			if (link + entries[0].first + entries[0].nr > end || !entries[0].first)
				refuse(s, "it is outside of the extended partition");
			else
				take(s, number, link + entries[0].first, entries[0].nr);
			number++;
		}
		if (!is_extended(&entries[1]) || !entries[1].nr)
			return 0;
		link = (u64)extended->first + entries[1].first;
		if (link >= end || !entries[1].first) {
			refuse(s, "the chain of logical partitions leaves the extended one");
			return 0;
		}
	}
	refuse(s, "the chain of logical partitions does not end");
	return 0;
}

static int mbr_scan(struct partition_scan *s, const struct mbr_entry entries[MBR_NR_ENTRIES])
{
	const struct mbr_entry *extended = NULL;

	s->scheme = PARTITION_MBR;
	for (unsigned i = 0; i < MBR_NR_ENTRIES; i++) {
		if (!entries[i].type || !entries[i].nr)
			continue;
		if (!is_extended(&entries[i]))
			take(s, i + 1, entries[i].first, entries[i].nr);
		else if (!extended)
			extended = &entries[i];
		else
			refuse(s, "there is an extended partition already");
	}
	return extended ? mbr_chain(s, extended) : 0;
}

int partition_scan(struct partition_scan *s)
{
	struct mbr_entry entries[MBR_NR_ENTRIES];
	int err;

	if (!s->nr_blocks)
		return 0;
	err = s->read(s, 0);
	if (err || !mbr_read(s, entries))
		return err;
	for (unsigned i = 0; i < MBR_NR_ENTRIES; i++)
		if (entries[i].type == TYPE_GPT)
			return gpt_scan(s);
	return mbr_scan(s, entries);
}
