// SPDX-License-Identifier: MIT
/* mem_cow.c -- copy on write after fork. */
#include "tap.h"
#include <sched.h>

enum { P = 4096, N = 64 };
#define RW (PROT_READ | PROT_WRITE)

static volatile char *area(int flags)
{
	volatile char *m = mmap(NULL, N * P, RW, flags | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < N; i++)
		m[i * P + i] = (char)i;
	return m;
}

static int wrong(volatile char *m, int add)
{
	int bad = 0;

	for (int i = 0; i < N; i++)
		bad += m[i * P + i] != (char)(i + add);
	return bad;
}

static void write_all(volatile char *m, int add)
{
	for (int i = 0; i < N; i++)
		m[i * P + i] = (char)(i + add);
}

TEST(child_writes, "the child's writes stay in the child")
{
	volatile char *m = area(MAP_PRIVATE);

	CHECK_EXITED(IN_CHILD(CHECK_EQ(wrong(m, 0), 0); write_all(m, 5); CHECK_EQ(wrong(m, 5), 0)),
		     0);
	CHECK_EQ(wrong(m, 0), 0);
}

TEST(parent_writes, "the parent's writes after fork do not reach the child")
{
	volatile char *m = area(MAP_PRIVATE);
	int gate[2];
	pid_t pid;

	MUST(pipe(gate));
	pid = SPAWN(char c; close(gate[1]); (void)!read(gate[0], &c, 1); CHECK_EQ(wrong(m, 0), 0));
	write_all(m, 9);
	close(gate[1]);
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(wrong(m, 9), 0);
}

TEST(generations, "each of five generations keeps its own copy")
{
	volatile char *m = area(MAP_PRIVATE);

	CHECK_EXITED(IN_CHILD(write_all(m, 1);
			      CHECK_EXITED(IN_CHILD(write_all(m, 2);
						    CHECK_EXITED(IN_CHILD(CHECK_EQ(wrong(m, 2), 0);
									  write_all(m, 3)),
								 0);
						    CHECK_EQ(wrong(m, 2), 0)),
					   0);
			      CHECK_EQ(wrong(m, 1), 0)),
		     0);
	CHECK_EQ(wrong(m, 0), 0);
}

TEST(many_children, "twenty children write to the same pages, each sees its own")
{
	volatile char *m = area(MAP_PRIVATE);
	pid_t pids[20];

	for (int i = 0; i < 20; i++)
		pids[i] = SPAWN(write_all(m, i + 1); sched_yield(); CHECK_EQ(wrong(m, i + 1), 0));
	for (int i = 0; i < 20; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	CHECK_EQ(wrong(m, 0), 0);
}

TEST(shared_stays, "shared anonymous memory is not copied")
{
	volatile char *m = area(MAP_SHARED);

	CHECK_EXITED(IN_CHILD(write_all(m, 4)), 0);
	CHECK_EQ(wrong(m, 4), 0);
	write_all(m, 6);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(wrong(m, 6), 0)), 0);
}

TEST(untouched, "pages that nobody touched before the fork are private afterwards")
{
	volatile char *m = mmap(NULL, N * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK_EXITED(IN_CHILD(write_all(m, 1)), 0);
	for (int i = 0; i < N; i++)
		if (m[i * P + i])
			FAIL("page %d leaked from the child", i);
}

TEST(zero_page, "a page that was only read is private when it is written")
{
	volatile char *m = mmap(NULL, N * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char *other = mmap(NULL, N * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int sum = 0;

	for (int i = 0; i < N; i++)
		sum += m[i * P] + other[i * P];
	CHECK_EQ(sum, 0);
	for (int i = 0; i < N; i++)
		m[i * P] = 1;
	for (int i = 0; i < N; i++)
		sum += other[i * P];
	CHECK_EQ(sum, 0);
}

TEST(private_file, "a private file page that is written is copied, in parent and child")
{
	int fd = tap_file("f", "original");
	char *m = mmap(NULL, P, RW, MAP_PRIVATE, fd, 0), text[9] = "";

	CHECK_EXITED(IN_CHILD(m[0] = 'C'; CHECK_EQ(m[1], 'r')), 0);
	CHECK_EQ(m[0], 'o');
	m[1] = 'P';
	CHECK_EXITED(IN_CHILD(CHECK_EQ(m[1], 'P')), 0);
	CHECK_EQ(pread(fd, text, 8, 0), 8);
	CHECK_STR(text, "original");
}

TEST(by_the_kernel, "a read system call into a shared page copies it first")
{
	volatile char *m = area(MAP_PRIVATE);
	int fd = tap_file("f", "kernel");

	CHECK_EXITED(IN_CHILD(CHECK_EQ(pread(fd, (void *)m, 6, 0), 6); CHECK_EQ(m[0], 'k')), 0);
	CHECK_EQ(wrong(m, 0), 0);
	CHECK_EQ(m[1], 0);
}

TEST(after_exit, "when the other has gone, a page is still what it was, and writable")
{
	volatile char *m = area(MAP_PRIVATE);

	for (int round = 0; round < 20; round++) {
		CHECK_EXITED(IN_CHILD(write_all(m, 100)), 0);
		CHECK_EQ(wrong(m, round), 0);
		write_all(m, round + 1);
	}
}

TEST(protected_pages, "read-only pages stay read-only after fork, and may be made writable apart")
{
	volatile char *m = area(MAP_PRIVATE);

	MUST(mprotect((void *)m, N * P, PROT_READ));
	CHECK_SIGNALED(IN_CHILD(m[0] = 1), SIGSEGV);
	CHECK_EXITED(IN_CHILD(mprotect((void *)m, N * P, RW); write_all(m, 7)), 0);
	CHECK_EQ(wrong(m, 0), 0);
	MUST(mprotect((void *)m, N * P, RW));
	write_all(m, 2);
	CHECK_EQ(wrong(m, 2), 0);
}

TEST(writes_from_pages, "data written out of a page before it changes is the old data")
{
	volatile char *m = area(MAP_PRIVATE);
	int ends[2];
	char out[16];

	MUST(pipe(ends));
	memset((void *)m, 'a', 16);
	CHECK_EQ(write(ends[1], (void *)m, 16), 16);
	memset((void *)m, 'b', 16);
	CHECK_EQ(read(ends[0], out, 16), 16);
	CHECK_EQ(out[0], 'a');
	CHECK_EQ(out[15], 'a');
}

TEST(dontfork, "MADV_DONTFORK keeps a range out of the child, MADV_WIPEONFORK empties it")
{
	volatile char *m = area(MAP_PRIVATE);

	SKIP_IF(madvise((void *)m, P, MADV_DONTFORK) < 0, "no MADV_DONTFORK");
	CHECK_SIGNALED(IN_CHILD((void)m[0]), SIGSEGV);
	CHECK_EXITED(IN_CHILD((void)m[P]), 0);
	MUST(madvise((void *)m, P, MADV_DOFORK));
	CHECK_EXITED(IN_CHILD((void)m[0]), 0);
	if (madvise((void *)(m + P), P, 18) == 0)
		CHECK_EXITED(IN_CHILD(CHECK_EQ(m[P + 1], 0)), 0);
	CHECK_EQ(m[P + 1], 1);
}
