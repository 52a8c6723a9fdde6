// SPDX-License-Identifier: MIT
/* proc_auxv.c -- the stack a program starts with, and the auxiliary vector on it. */
#include "tap.h"
#include <elf.h>
#include <sys/auxv.h>

static const Elf64_auxv_t *find(unsigned long type)
{
	char **after = environ;

	while (*after)
		after++;
	for (const Elf64_auxv_t *aux = (const Elf64_auxv_t *)(after + 1); aux->a_type != AT_NULL;
	     aux++)
		if (aux->a_type == type)
			return aux;
	return NULL;
}

TEST(present, "the entries every libc needs are there")
{
	static const unsigned long need[] = {AT_PHDR,	AT_PHENT,   AT_PHNUM,  AT_PAGESZ, AT_ENTRY,
					     AT_UID,	AT_EUID,    AT_GID,    AT_EGID,	  AT_SECURE,
					     AT_RANDOM, AT_EXECFN,  AT_CLKTCK, AT_BASE,	  AT_FLAGS,
					     AT_HWCAP,	AT_PLATFORM};

	for (size_t i = 0; i < sizeof(need) / sizeof(need[0]); i++)
		if (!find(need[i]))
			FAIL("no auxv entry of type %lu", need[i]);
}

TEST(values, "page size, clock tick, ids, secure flag and platform have the right values")
{
	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK_EQ(getauxval(AT_CLKTCK), 100);
	CHECK_EQ(getauxval(AT_UID), getuid());
	CHECK_EQ(getauxval(AT_EUID), geteuid());
	CHECK_EQ(getauxval(AT_GID), getgid());
	CHECK_EQ(getauxval(AT_EGID), getegid());
	CHECK_EQ(getauxval(AT_SECURE), 0);
	CHECK_EQ(getauxval(AT_BASE), 0);
	CHECK_EQ(getauxval(AT_FLAGS), 0);
	CHECK_STR((const char *)getauxval(AT_PLATFORM), "x86_64");
}

TEST(headers, "AT_PHDR and AT_ENTRY describe the loaded image")
{
	const Elf64_Phdr *phdr = (const Elf64_Phdr *)getauxval(AT_PHDR);
	unsigned long entry = getauxval(AT_ENTRY), count = getauxval(AT_PHNUM);
	bool covered = false;

	CHECK_EQ(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
	CHECK_GE(count, 1);
	for (unsigned long i = 0; i < count; i++)
		if (phdr[i].p_type == PT_LOAD && (phdr[i].p_flags & PF_X) &&
		    entry >= phdr[i].p_vaddr && entry < phdr[i].p_vaddr + phdr[i].p_memsz)
			covered = true;
	CHECK(covered);
}

TEST(execfn, "AT_EXECFN is the path that was given to execve")
{
	CHECK_EXITED(IN_CHILD(MUST(symlink(tap_self, "some-link"));
			      execl("./some-link", "other name", "--child", "execfn", NULL)),
		     0);
}

TEST(randomness, "AT_RANDOM points to 16 bytes that differ from run to run")
{
	unsigned char bytes[2][16];
	int pipefd[2];

	MUST(pipe(pipefd));
	for (int i = 0; i < 2; i++) {
		CHECK_EXITED(IN_CHILD(dup2(pipefd[1], 1);
				      execl(tap_self, "x", "--child", "random", NULL)),
			     0);
		CHECK_EQ(read(pipefd[0], bytes[i], 16), 16);
	}
	CHECK(memcmp(bytes[0], bytes[1], 16) != 0);
}

TEST(stack, "the stack pointer starts 16-byte aligned, argc below argv below envp below auxv")
{
	const long *argc = (const long *)(void *)tap_argv - 1;

	CHECK_EQ((uintptr_t)argc & 15, 0);
	CHECK_EQ(*argc, environ - tap_argv - 1);
	CHECK(tap_argv[*argc] == NULL);
	CHECK(environ == tap_argv + *argc + 1);
}

TEST(proc_auxv, "/proc/self/auxv shows the same vector")
{
	Elf64_auxv_t got[64];
	int fd = open("/proc/self/auxv", O_RDONLY);
	ssize_t size;
	const Elf64_auxv_t *mine = find(AT_PHDR);

	SKIP_IF(fd < 0, "no /proc/self/auxv");
	size = read(fd, got, sizeof(got));
	CHECK_GE(size, 10 * (long)sizeof(got[0]));
	for (size_t i = 0; i < (size_t)size / sizeof(got[0]); i++)
		if (got[i].a_type == AT_PHDR)
			CHECK_EQ(got[i].a_un.a_val, mine->a_un.a_val);
}

TEST(fresh_fpu, "floating point control starts in its default state")
{
	CHECK_EXITED(IN_CHILD(unsigned mxcsr = 0x7f80; unsigned short control = 0x0c7f;
			      __asm__ volatile("ldmxcsr %0; fldcw %1"
					       :
					       : "m"(mxcsr), "m"(control));
			      execl(tap_self, "x", "--child", "fpu", NULL)),
		     0);
}

int tap_child_main(int argc, char **argv)
{
	(void)argc;
	if (!strcmp(argv[0], "execfn"))
		return strcmp((const char *)getauxval(AT_EXECFN), "./some-link");
	if (!strcmp(argv[0], "random"))
		return write(1, (const void *)getauxval(AT_RANDOM), 16) != 16;
	if (!strcmp(argv[0], "fpu")) {
		unsigned mxcsr;
		unsigned short control;

		__asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(control));
		CHECK_EQ(mxcsr, 0x1f80);
		CHECK_EQ(control, 0x37f);
		return tap_local_failures();
	}
	return 1;
}
