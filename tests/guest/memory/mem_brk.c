// SPDX-License-Identifier: MIT
/* mem_brk.c -- the program break. */
#include "tap.h"
#include "tap_thread.h"

static long set_break(long address)
{
	return tap_raw(SYS_brk, address, 0, 0, 0, 0, 0);
}

TEST(query, "brk(0) gives the break; a refused request gives it too")
{
	long end = set_break(0);

	CHECK_GE(end, 4096);
	CHECK_EQ(set_break(0), end);
	CHECK_EQ(set_break(1), end);
	CHECK_EQ(set_break(-1), end);
	CHECK_EQ(set_break((long)0xffff800000000000), end);
	CHECK_EQ(set_break(0), end);
}

TEST(grow, "a grown break is readable, writable and zero")
{
	long end = set_break(0);
	volatile char *start = (volatile char *)end;
	int sum = 0;

	CHECK_EQ(set_break(end + 100000), end + 100000);
	for (int i = 0; i < 100000; i++)
		sum += start[i];
	CHECK_EQ(sum, 0);
	start[99999] = 7;
	CHECK_EQ(start[99999], 7);
}

TEST(byte_exact, "the break is kept to the byte")
{
	long end = set_break(0);

	for (int i = 1; i < 10; i++)
		CHECK_EQ(set_break(end + i * 1000), end + i * 1000);
	CHECK_EQ(set_break(0), end + 9000);
	CHECK_EQ(set_break(end), end);
}

TEST(shrink, "a shrunk break is unmapped, and zero when grown again")
{
	long end = (set_break(0) + 4095) & ~4095L;
	volatile char *start = (volatile char *)end;

	CHECK_EQ(set_break(end + 16384), end + 16384);
	memset((void *)start, 0xee, 16384);
	CHECK_EQ(set_break(end), end);
	CHECK_SIGNALED(IN_CHILD(start[0] = 1), SIGSEGV);
	CHECK_EQ(set_break(end + 16384), end + 16384);
	CHECK_EQ(start[0], 0);
	CHECK_EQ(start[16383], 0);
}

TEST(collision, "the break does not grow over a mapping")
{
	long end = (set_break(0) + 4095) & ~4095L;
	void *wall;

	CHECK_EQ(set_break(end), end);
	wall = mmap((void *)(end + 65536), 4096, PROT_READ,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	SKIP_IF(wall == MAP_FAILED, "address taken");
	CHECK_EQ(set_break(end + 131072), end);
	CHECK_EQ(set_break(end + 32768), end + 32768);
}

TEST(forked, "the break is inherited by fork and private to each process")
{
	long end = set_break(0);

	CHECK_EQ(set_break(end + 8192), end + 8192);
	*(volatile char *)(end + 5000) = 3;
	CHECK_EXITED(IN_CHILD(CHECK_EQ(set_break(0), end + 8192);
			      CHECK_EQ(*(char *)(end + 5000), 3);
			      *(volatile char *)(end + 5000) = 4; CHECK_EQ(set_break(end), end)),
		     0);
	CHECK_EQ(set_break(0), end + 8192);
	CHECK_EQ(*(volatile char *)(end + 5000), 3);
}

TEST(not_executable, "the heap is not executable")
{
	long end = set_break(0);

	CHECK_EQ(set_break(end + 4096), end + 4096);
	*(volatile unsigned char *)end = 0xc3;
	CHECK_SIGNALED(IN_CHILD(((void (*volatile)(void))end)()), SIGSEGV);
}

TEST(in_calls, "the kernel may write to fresh heap pages")
{
	long end = set_break(0);
	int fd = tap_file("f", "hello");

	CHECK_EQ(set_break(end + 65536), end + 65536);
	CHECK_EQ(pread(fd, (void *)(end + 30000), 5, 0), 5);
	CHECK_EQ(memcmp((void *)(end + 30000), "hello", 5), 0);
}
