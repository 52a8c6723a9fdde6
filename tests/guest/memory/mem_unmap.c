// SPDX-License-Identifier: MIT
/* mem_unmap.c -- munmap and mprotect of any part of any mapping. */
#include "tap.h"
#include <sched.h>

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)

static char *pages(int count)
{
	char *m = mmap(NULL, (size_t)count * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < count; i++)
		m[i * P] = (char)(i + 1);
	return m;
}

/* One letter per page: '.' nothing there, '-' no access, 'r' readable, 'w' writable. */
static const char *picture(char *m, int count)
{
	static char text[64];
	static int ends[2] = {-1, -1};
	unsigned char core;

	if (ends[0] < 0)
		MUST(pipe(ends));
	for (int i = 0; i < count; i++) {
		char *at = m + i * P, kept;

		if (mincore(at, P, &core) < 0 && errno == ENOMEM) {
			text[i] = '.';
			continue;
		}
		/*
		 * write(2) reads the page, read(2) writes it; both say EFAULT instead of faulting.
		 */
		if (write(ends[1], at, 1) != 1) {
			text[i] = '-';
			continue;
		}
		text[i] = read(ends[0], at, 1) == 1 ? 'w' : 'r';
		if (text[i] == 'r')
			(void)!read(ends[0], &kept, 1);
	}
	text[count] = '\0';
	return text;
}

static void check_values(char *m, int count, const char *want)
{
	for (int i = 0; i < count; i++)
		if (want[i] != '.' && want[i] != '-' && m[i * P] != (char)(i + 1))
			FAIL("page %d holds %d", i, m[i * P]);
}

#define LOOKS(m, want)                                                                             \
	({                                                                                         \
		CHECK_STR(picture(m, (int)strlen(want)), want);                                    \
		check_values(m, (int)strlen(want), want);                                          \
	})

TEST(parts, "the head, the tail, the middle, and everything")
{
	char *m = pages(8);

	LOOKS(m, "wwwwwwww");
	MUST(munmap(m, P));
	LOOKS(m, ".wwwwwww");
	MUST(munmap(m + 7 * P, P));
	LOOKS(m, ".wwwwww.");
	MUST(munmap(m + 3 * P, 2 * P));
	LOOKS(m, ".ww..ww.");
	MUST(munmap(m, 8 * P));
	LOOKS(m, "........");
	MUST(munmap(m, 8 * P));
}

TEST(across, "one call over several mappings and the holes between them")
{
	char *m = pages(10);

	MUST(munmap(m + 2 * P, P));
	MUST(munmap(m + 5 * P, P));
	MUST(mprotect(m + 7 * P, P, PROT_READ));
	LOOKS(m, "ww.ww.wrww");
	MUST(munmap(m + P, 7 * P));
	LOOKS(m, "w.......ww");
}

TEST(lengths, "lengths round up to pages; addresses must be aligned")
{
	char *m = pages(4);

	CHECK_ERR(munmap(m + 1, P), EINVAL);
	CHECK_ERR(munmap(m, 0), EINVAL);
	CHECK_ERR(syscall(SYS_munmap, m, -1UL), EINVAL);
	CHECK_ERR(syscall(SYS_munmap, 0xffff800000000000, P), EINVAL);
	CHECK_ERR(syscall(SYS_munmap, 0x7ffffffff000, P), EINVAL);
	LOOKS(m, "wwww");
	MUST(munmap(m, 1));
	LOOKS(m, ".www");
	MUST(munmap(m + P, P + 1));
	LOOKS(m, "...w");
}

TEST(protect_parts, "mprotect splits mappings and keeps their content")
{
	char *m = pages(8);

	MUST(mprotect(m + 2 * P, 2 * P, PROT_READ));
	LOOKS(m, "wwrrwwww");
	MUST(mprotect(m + 3 * P, 3 * P, PROT_NONE));
	LOOKS(m, "wwr---ww");
	MUST(mprotect(m, 8 * P, PROT_READ));
	LOOKS(m, "rrrrrrrr");
	MUST(mprotect(m, 8 * P, RW));
	LOOKS(m, "wwwwwwww");
}

TEST(protect_errors, "EINVAL, ENOMEM and EACCES of mprotect")
{
	char *m = pages(6), *file;
	int fd = tap_file("f", "x"), ro = (int)MUST(open("f", O_RDONLY));

	CHECK_ERR(syscall(SYS_mprotect, m + 1, P, PROT_READ), EINVAL);
	CHECK_ERR(syscall(SYS_mprotect, m, P, 0x100), EINVAL);
	CHECK_OK(syscall(SYS_mprotect, m, 0, PROT_READ));
	LOOKS(m, "wwwwww");
	MUST(munmap(m + 3 * P, P));
	CHECK_ERR(mprotect(m + P, 4 * P, PROT_READ), ENOMEM);
	CHECK_ERR(mprotect(m + 3 * P, P, PROT_READ), ENOMEM);
	CHECK_ERR(syscall(SYS_mprotect, m, -4096UL, PROT_READ), ENOMEM);
	LOOKS(m + 4 * P - 4 * P, "wrr.ww");
	file = mmap(NULL, P, PROT_READ, MAP_SHARED, ro, 0);
	CHECK_ERR(mprotect(file, P, RW), EACCES);
	file = mmap(NULL, P, PROT_READ, MAP_PRIVATE, ro, 0);
	CHECK_OK(mprotect(file, P, RW));
	file[0] = 'y';
	close(fd);
}

TEST(read_only_effect, "taking away write access works at once, giving it back too")
{
	volatile char *m = pages(1);

	for (int i = 0; i < 20; i++) {
		MUST(mprotect((void *)m, P, PROT_READ));
		CHECK_EQ(m[0], (char)(i ? i + 1 : 1));
		CHECK_SIGNALED(IN_CHILD(m[0] = 99), SIGSEGV);
		MUST(mprotect((void *)m, P, RW));
		m[0] = (char)(i + 2);
	}
}

TEST(protect_shared, "mprotect keeps a shared mapping shared")
{
	volatile char *m = mmap(NULL, 3 * P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	MUST(mprotect((void *)m, 3 * P, PROT_NONE));
	MUST(mprotect((void *)(m + P), P, RW));
	CHECK_EXITED(IN_CHILD(m[P] = 5), 0);
	CHECK_EQ(m[P], 5);
	CHECK_SIGNALED(IN_CHILD(m[0] = 5), SIGSEGV);
}

TEST(code, "PROT_EXEC makes memory executable, its absence does not")
{
	unsigned char *m = (unsigned char *)pages(1);
	int (*volatile call)(void) = (int (*)(void))(void *)m;

	memcpy(m, "\xb8\x2a\0\0\0\xc3", 6);
	CHECK_SIGNALED(IN_CHILD(call()), SIGSEGV);
	MUST(mprotect(m, P, PROT_READ | PROT_EXEC));
	CHECK_EQ(call(), 42);
	CHECK_SIGNALED(IN_CHILD(m[1] = 43), SIGSEGV);
	MUST(mprotect(m, P, RW));
	m[1] = 43;
	CHECK_SIGNALED(IN_CHILD(call()), SIGSEGV);
	MUST(mprotect(m, P, PROT_READ | PROT_EXEC));
	CHECK_EQ(call(), 43);
}

TEST(own_code, "the program's own text is read-only, its constants too")
{
	static const char constant[64] = "constant";

	CHECK_SIGNALED(IN_CHILD(*(volatile char *)wild((uintptr_t)&picture) = 1), SIGSEGV);
	CHECK_SIGNALED(IN_CHILD(*(volatile char *)wild((uintptr_t)constant) = 1), SIGSEGV);
	CHECK_SIGNALED(IN_CHILD(((void (*volatile)(void))wild((uintptr_t)constant))()), SIGSEGV);
}

TEST(random_against_model, "a thousand random maps, unmaps and protections agree with a model")
{
	enum { N = 32 };
	char *m = pages(N), model[N + 1], spare = 0;
	unsigned seed = 12345;

	memset(model, 'w', N);
	model[N] = '\0';
	for (int round = 0; round < 1000; round++) {
		int from, length, what;

		seed = seed * 1103515245 + 12345;
		from = (int)(seed >> 16) % N;
		length = 1 + (int)(seed >> 24) % 8;
		if (from + length > N)
			length = N - from;
		what = (int)(seed >> 9) & 3;
		if (what == 0) {
			MUST(munmap(m + from * P, (size_t)length * P));
			memset(model + from, '.', (size_t)length);
		} else if (what == 1) {
			CHECK(mmap(m + from * P, (size_t)length * P, RW,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == m + from * P);
			for (int i = from; i < from + length; i++)
				m[i * P] = (char)(i + 1);
			memset(model + from, 'w', (size_t)length);
		} else {
			int prot = what == 2 ? PROT_READ : RW;
			char letter = what == 2 ? 'r' : 'w';
			int i = from;

			spare = (char)mprotect(m + from * P, (size_t)length * P, prot);
			while (i < from + length && model[i] != '.')
				model[i++] = letter;
			CHECK_EQ(spare, i == from + length ? 0 : -1);
		}
		if (round % 10 == 0 && !CHECK(!strcmp(picture(m, N), model))) {
			tap_diag("round %d: is %s wanted %s", round, picture(m, N), model);
			break;
		}
	}
	LOOKS(m, model);
}

static bool may_use_cpus_0_and_1(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_ISSET(0, &set) &&
	       CPU_ISSET(1, &set);
}

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	MUST(sched_setaffinity(0, sizeof(set), &set));
}

/* How often CPU 1 has been asked to forget translations. */
static long asked_of_cpu_1(void)
{
	FILE *in = fopen("/proc/interrupts", "r");
	char line[512];
	long of[2] = {-1, -1};

	while (in && fgets(line, sizeof(line), in))
		sscanf(line, " TLB: %ld %ld", &of[0], &of[1]);
	if (in)
		fclose(in);
	return of[1];
}

TEST(an_idle_cpu_forgets_once, "what was unmapped is no business of an idle CPU that ran us before")
{
	enum { PAGES = 500, TRIES = 20 };
	long asked = PAGES;

	SKIP_IF(!may_use_cpus_0_and_1(), "needs CPUs 0 and 1");
	SKIP_IF(asked_of_cpu_1() < 0, "/proc/interrupts does not tell");
	/* On a busy Linux others ask, too, but not always. */
	for (int i = 0; i < TRIES && asked > PAGES / 10; i++) {
		bind_to(1);
		pages(1);
		bind_to(0);
		asked = asked_of_cpu_1();
		for (int page = 0; page < PAGES; page++)
			MUST(munmap(pages(1), P));
		asked = asked_of_cpu_1() - asked;
	}
	CHECK_LE(asked, PAGES / 10);
}
