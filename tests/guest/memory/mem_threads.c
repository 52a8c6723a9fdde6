// SPDX-License-Identifier: MIT
/*
 * mem_threads.c -- threads of one address space that fault, map and unmap at the same time.
 *
 * All see one and the same page at an address, whichever CPU they run on; and when a call has taken
 * a page or a right away, no thread has it any more.
 */
#include "tap.h"
#include "tap_thread.h"
#include <sys/mman.h>

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)
#define PAGES 64
#define THREADS 3
#define RACE_NS 300000000LL
#define LOOKS 20000 /* some thread comes back from the interrupt meanwhile */

static char *map(int nr_pages)
{
	char *m = mmap(NULL, (size_t)nr_pages * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (m == MAP_FAILED)
		tap_abort();
	return m;
}

/* ---- the same pages ---- */

static volatile char *pages;
static unsigned nr_ready;

/* Thread @arg writes a byte of its own in each page, beginning when all do. */
static int write_each(void *arg)
{
	long which = (long)arg;

	__atomic_add_fetch(&nr_ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&nr_ready, __ATOMIC_SEQ_CST) < THREADS)
		;
	for (int i = 0; i < PAGES; i++)
		pages[i * P + which] = (char)(which + 1);
	return 0;
}

static void write_together(void)
{
	struct tap_thread threads[THREADS];
	int nr_lost = 0;

	nr_ready = 0;
	for (long i = 1; i < THREADS; i++)
		MUST(tap_thread_start(&threads[i], write_each, (void *)i) > 0 ? 0 : -1);
	write_each((void *)0);
	for (int i = 1; i < THREADS; i++)
		tap_thread_join(&threads[i]);
	for (int i = 0; i < PAGES; i++)
		for (int which = 0; which < THREADS; which++)
			nr_lost += pages[i * P + which] != which + 1;
	CHECK_EQ(nr_lost, 0);
}

TEST(fresh, "threads that are the first to write to a page all write to the same")
{
	for (int round = 0; round < 40; round++) {
		pages = map(PAGES);
		write_together();
		munmap((void *)pages, (size_t)PAGES * P);
	}
}

TEST(read_before, "the same where the page has been read")
{
	for (int round = 0; round < 40; round++) {
		int sum = 0;

		pages = map(PAGES);
		for (int i = 0; i < PAGES; i++)
			sum += pages[i * P];
		CHECK_EQ(sum, 0);
		write_together();
		munmap((void *)pages, (size_t)PAGES * P);
	}
}

TEST(shared_by_fork, "the same for pages that a child has, which keeps what was there")
{
	for (int round = 0; round < 10; round++) {
		int ends[2];
		pid_t child;
		char c;

		MUST(pipe(ends));
		pages = map(PAGES);
		for (int i = 0; i < PAGES; i++)
			pages[i * P] = 'c';
		child = SPAWN(close(ends[1]); CHECK_EQ(read(ends[0], &c, 1), 0);
			      for (int i = 0; i < PAGES; i++) CHECK_EQ(pages[i * P], 'c'));
		write_together();
		close(ends[0]);
		close(ends[1]);
		CHECK_EXITED(tap_wait(child), 0);
		munmap((void *)pages, (size_t)PAGES * P);
	}
}

TEST(of_a_file, "the same in a private mapping of a file, which stays as it is")
{
	int fd = (int)MUST(syscall(SYS_memfd_create, "file", 0));
	char c = 1;

	MUST(ftruncate(fd, (off_t)PAGES * P));
	for (int round = 0; round < 20; round++) {
		pages = mmap(NULL, (size_t)PAGES * P, RW, MAP_PRIVATE, fd, 0);
		write_together();
		munmap((void *)pages, (size_t)PAGES * P);
	}
	MUST(pread(fd, &c, 1, 0));
	CHECK_EQ(c, 0);
}

/* ---- what was taken away ---- */

static bool is_over;

/* The write is tried again. */
static void retry(int signal)
{
	(void)signal;
}

/* Writes to the page of thread @arg as long as it can. */
static int write_always(void *arg)
{
	volatile unsigned long *word = (volatile unsigned long *)(pages + (long)arg * P);

	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE))
		++*word;
	return 0;
}

/* Takes the right to write away from the page of thread @arg, and looks whether that writes. */
static void take_right(long which, long *nr_wrong)
{
	volatile unsigned long *word = (volatile unsigned long *)(pages + which * P);
	unsigned long before;

	if (tap_raw(SYS_mprotect, (long)word, P, PROT_READ, 0, 0, 0))
		++*nr_wrong;
	before = *word;
	for (int i = 0; i < LOOKS; i++)
		*nr_wrong += *word != before;
	if (tap_raw(SYS_mprotect, (long)word, P, RW, 0, 0, 0))
		++*nr_wrong;
}

static int take_always(void *arg)
{
	long nr_wrong = 0;

	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE))
		take_right(1, &nr_wrong);
	*(long *)arg = nr_wrong;
	return 0;
}

/* @nr writers, each with a page and somebody who takes its right away. */
static void take_rights(int nr)
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	long nr_wrong = 0, nr_wrong_there = 0;
	struct tap_thread threads[3];

	MUST(signal(SIGSEGV, retry) == SIG_ERR ? -1 : 0);
	pages = map(2);
	is_over = false;
	for (long i = 0; i < nr; i++)
		MUST(tap_thread_start(&threads[i], write_always, (void *)i) > 0 ? 0 : -1);
	if (nr > 1)
		MUST(tap_thread_start(&threads[2], take_always, &nr_wrong_there) > 0 ? 0 : -1);
	while (tap_now_ns(CLOCK_MONOTONIC) < end)
		take_right(0, &nr_wrong);
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	for (int i = 0; i < (nr > 1 ? 3 : 1); i++)
		tap_thread_join(&threads[i]);
	CHECK_EQ(nr_wrong, 0);
	CHECK_EQ(nr_wrong_there, 0);
	munmap((void *)pages, 2 * P);
}

TEST(protected, "who cannot write to a page any more does not")
{
	take_rights(1);
}

TEST(protected_by_two, "the same where two threads ask the CPUs at once")
{
	take_rights(2);
}

static unsigned long published;

/* The page never shows what is older than what was published. */
static int read_always(void *arg)
{
	volatile unsigned long *word = (volatile unsigned long *)pages;
	long nr_wrong = 0;

	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		unsigned long least = __atomic_load_n(&published, __ATOMIC_ACQUIRE);

		nr_wrong += *word < least;
	}
	*(long *)arg = nr_wrong;
	return 0;
}

/*
 * Maps the other page of the file, with a number that was never there, at the address that all
 * read.
 */
static void replace(int fd, unsigned long *all, unsigned long n)
{
	long offset = (long)(n % 2) * P;

	all[offset / (long)sizeof(*all)] = n;
	if (mmap((void *)pages, P, RW, MAP_SHARED | MAP_FIXED, fd, offset) != pages)
		FAIL("mmap: %s", tap_errno_name(errno));
	if (*(volatile unsigned long *)pages != n)
		FAIL("another page");
	__atomic_store_n(&published, n, __ATOMIC_RELEASE);
}

TEST(replaced, "who reads a page that is replaced does not see the old one afterwards")
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	struct tap_thread reader;
	long nr_wrong = 0;
	unsigned long n = 0, *all;
	int fd = (int)MUST(syscall(SYS_memfd_create, "two", 0));

	MUST(ftruncate(fd, 2 * P));
	all = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, 0);
	pages = map(1);
	published = 0;
	is_over = false;
	MUST(tap_thread_start(&reader, read_always, &nr_wrong) > 0 ? 0 : -1);
	while (tap_now_ns(CLOCK_MONOTONIC) < end)
		replace(fd, all, ++n);
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	tap_thread_join(&reader);
	CHECK_EQ(nr_wrong, 0);
	munmap((void *)pages, P);
	munmap(all, 2 * P);
}
