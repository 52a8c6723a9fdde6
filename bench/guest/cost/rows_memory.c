// SPDX-License-Identifier: MIT
/*
 * Rows: page faults, and what mapping and unmapping cost.
 *
 * Idea. All faults of a row fall into one page table (2 MiB, aligned) whose first page was touched
 *   before the clock starts: a row is the fault alone, not the tables above it. Huge pages are
 *   declined, so every page is a fault on each kernel.
 * fault_anonymous  first write to fresh private pages
 * fault_file       read of a page that is in the page cache. Every second page of the mapping is
 *                  taken out, so that a kernel that maps the neighbours as well (Linux: 16 pages,
 *                  whatever madvise says) finds none, and each page is one fault
 * fault_cow        write to pages that a child, at rest, shares since its fork
 * munmap_page      munmap of written pages, divided by their number
 * mmap_munmap      a private page mapped and unmapped again, untouched
 */
#include "cost.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TABLE = 2 << 20 };

static char *area; /* TABLE bytes of address space, aligned; unused between rounds */
static int file;

static int setup_area(long arg)
{
	char *space = mmap(NULL, 2 * TABLE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (space == MAP_FAILED)
		return -errno;
	area = (char *)(((uintptr_t)space + TABLE - 1) & ~(uintptr_t)(TABLE - 1));
	return munmap(space, 2 * TABLE) < 0 ? -errno : 0;
}

/* Maps @pages fresh pages at the area and touches the first, which builds the table. */
static int map_fresh(long pages)
{
	char *p = mmap(area, (size_t)pages * COST_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	madvise(area, (size_t)pages * COST_PAGE, MADV_NOHUGEPAGE);
	*(volatile char *)area = 1;
	return 0;
}

static void write_pages(char *from, long pages)
{
	for (volatile char *p = from, *end = from + pages * COST_PAGE; p < end; p += COST_PAGE)
		*p = 1;
}

static int64_t round_anonymous(long ops, long arg)
{
	int error = map_fresh(ops + 1);
	uint64_t begin;
	int64_t ticks;

	if (error)
		return error;
	begin = cost_begin();
	write_pages(area + COST_PAGE, ops);
	ticks = cost_end(begin);
	munmap(area, (size_t)(ops + 1) * COST_PAGE);
	return ticks;
}

static int setup_file(long arg)
{
	static char page[COST_PAGE] = {1};

	file = open("/tmp/cost_mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0)
		return -errno;
	unlink("/tmp/cost_mapped");
	for (long i = 0; i < TABLE / COST_PAGE; i++)
		if (write(file, page, sizeof(page)) != sizeof(page))
			return -errno;
	return setup_area(arg);
}

static int64_t round_file(long ops, long arg)
{
	char *p = mmap(area, TABLE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0);
	uint64_t begin;
	int64_t ticks;

	if (p == MAP_FAILED)
		return -errno;
	for (long i = 1; i < TABLE / COST_PAGE; i += 2)
		munmap(area + i * COST_PAGE, COST_PAGE);
	(void)*(volatile char *)area;
	begin = cost_begin();
	for (long i = 1; i <= ops; i++)
		(void)*(volatile char *)(area + 2 * i * COST_PAGE);
	ticks = cost_end(begin);
	munmap(area, TABLE);
	return ticks;
}

static void rest(int in, int out)
{
	char byte = 0;

	if (write(out, &byte, 1) == 1)
		while (read(in, &byte, 1) > 0)
			;
}

static int64_t round_cow(long ops, long arg)
{
	struct cost_peer child;
	uint64_t begin;
	int64_t ticks;
	char byte;
	int error = map_fresh(ops + 1);

	if (error)
		return error;
	write_pages(area, ops + 1);
	error = cost_peer_start(&child, COST_PEER_PIPE, rest);
	if (error)
		return error;
	if (read(child.in, &byte, 1) != 1)
		return -EIO;
	*(volatile char *)area = 2;
	begin = cost_begin();
	write_pages(area + COST_PAGE, ops);
	ticks = cost_end(begin);
	cost_peer_stop(&child);
	munmap(area, (size_t)(ops + 1) * COST_PAGE);
	return ticks;
}

static int64_t round_munmap(long ops, long arg)
{
	int error = map_fresh(ops);
	uint64_t begin;
	long result;
	int64_t ticks;

	if (error)
		return error;
	write_pages(area, ops);
	begin = cost_begin();
	result = cost_call3(SYS_munmap, (long)area, ops * COST_PAGE, 0);
	ticks = cost_end(begin);
	return result ? result : ticks;
}

static int64_t round_mmap(long ops, long arg)
{
	long failed = 0;
	uint64_t begin = cost_begin();

	for (long i = 0; i < ops; i++) {
		long page = cost_map_page();

		failed |= cost_call3(SYS_munmap, page, COST_PAGE, 0);
	}
	return failed ? -EIO : cost_end(begin);
}

const struct cost_row cost_rows_memory[] = {
	{.key = "fault_anonymous", .ops = 256, .setup = setup_area, .round = round_anonymous},
	{.key = "fault_file", .ops = 255, .setup = setup_file, .round = round_file},
	{.key = "fault_cow", .ops = 256, .setup = setup_area, .round = round_cow},
	{.key = "munmap_page", .ops = 256, .setup = setup_area, .round = round_munmap},
	{.key = "mmap_munmap", .ops = 200, .round = round_mmap},
	{},
};
