// SPDX-License-Identifier: MIT
/* mem_wx.c -- limits of the address space: kernel addresses, the last user page, no-execute. */
#include "tap.h"
#include <setjmp.h>

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)

static const uintptr_t kernel_addresses[] = {
	0x7ffffffff000,	    0x800000000000,	0x8000000000000000,	     0xffff7ffffffff000,
	0xffff800000000000, 0xffff888000000000, 0xffffc90000000000,	     0xffffffff80000000,
	0xffffffff80100000, 0xffffffff81000000, 0xffffffffff600000 + 0x2000, 0xfffffffffffff000,
};

#define EACH(i) for (size_t i = 0; i < sizeof(kernel_addresses) / sizeof(kernel_addresses[0]); i++)

TEST(read_kernel, "reading outside user space is SIGSEGV (SIGBUS is allowed for non-canonical)")
{
	EACH(i)
	{
		int status = IN_CHILD((void)*(volatile char *)wild(kernel_addresses[i]));

		if (!WIFSIGNALED(status) ||
		    (WTERMSIG(status) != SIGSEGV && WTERMSIG(status) != SIGBUS))
			FAIL("%#lx: status %#x", kernel_addresses[i], status);
	}
}

TEST(write_kernel, "writing outside user space is SIGSEGV")
{
	EACH(i)
	{
		int status = IN_CHILD(*(volatile char *)wild(kernel_addresses[i]) = 1);

		if (!WIFSIGNALED(status) ||
		    (WTERMSIG(status) != SIGSEGV && WTERMSIG(status) != SIGBUS))
			FAIL("%#lx: status %#x", kernel_addresses[i], status);
	}
}

TEST(jump_kernel, "jumping outside user space is SIGSEGV")
{
	EACH(i)
	{
		int status = IN_CHILD(((void (*volatile)(void))wild(kernel_addresses[i]))());

		if (!WIFSIGNALED(status) ||
		    (WTERMSIG(status) != SIGSEGV && WTERMSIG(status) != SIGBUS))
			FAIL("%#lx: status %#x", kernel_addresses[i], status);
	}
}

TEST(kernel_buffers, "system calls refuse buffers outside user space with EFAULT")
{
	int ends[2], fd = tap_file("f", "hello");

	MUST(pipe(ends));
	MUST(write(ends[1], "some data", 9));
	EACH(i)
	{
		void *at = wild(kernel_addresses[i]);

		CHECK_ERR(pread(fd, at, 5, 0), EFAULT);
		CHECK_ERR(read(ends[0], at, 5), EFAULT);
		CHECK_ERR(write(ends[1], at, 5), EFAULT);
		CHECK_ERR(syscall(SYS_open, at, O_RDONLY), EFAULT);
	}
}

TEST(straddling, "a buffer that runs from user space across its end is refused")
{
	int ends[2];

	MUST(pipe(ends));
	CHECK_ERR(write(ends[1], wild(0x7ffffffff000 - 8), 16), EFAULT);
	CHECK_ERR(syscall(SYS_write, ends[1], 0x7fffffffe000, -1UL), EFAULT);
	CHECK_ERR(syscall(SYS_write, ends[1], wild(0xffffffffffffff00), 0x200), EFAULT);
}

TEST(syscall_at_the_end, "a syscall instruction in the last bytes of user space does no harm")
{
	unsigned char *page = mmap((void *)0x7fffffffe000, P, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	int status;

	SKIP_IF(page != (void *)0x7fffffffe000, "the last page cannot be mapped");
	page[4094] = 0x0f;
	page[4095] = 0x05;
	status = IN_CHILD(__asm__ volatile("mov $39, %%eax; jmp *%0"
					   :
					   : "r"(page + 4094)
					   : "rax", "rcx", "r11", "memory"));
	CHECK(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS));
}

TEST(no_execute, "no-execute holds for every kind of writable mapping")
{
	int fd = tap_file("f", "\xc3");
	void *maps[] = {
		mmap(NULL, P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		mmap(NULL, P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
		mmap(NULL, P, RW, MAP_PRIVATE, fd, 0),
		mmap(NULL, P, RW, MAP_SHARED, fd, 0),
		mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 0),
	};

	for (int i = 0; i < 5; i++) {
		if (i < 2)
			*(volatile unsigned char *)maps[i] = 0xc3;
		CHECK_SIGNALED(IN_CHILD(((void (*volatile)(void))maps[i])()), SIGSEGV);
	}
	CHECK_EXITED(IN_CHILD(mprotect(maps[4], P, PROT_READ | PROT_EXEC);
			      ((void (*volatile)(void))maps[4])()),
		     0);
}

TEST(split_execution,
     "an instruction across an executable and a non-executable page faults at the second")
{
	unsigned char *m = mmap(NULL, 2 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(m + P - 2, "\xb8\x01\0\0\0\xc3", 6);
	MUST(mprotect(m, P, PROT_READ | PROT_EXEC));
	CHECK_SIGNALED(IN_CHILD(((void (*volatile)(void))(void *)(m + P - 2))()), SIGSEGV);
	MUST(mprotect(m, 2 * P, PROT_READ | PROT_EXEC));
	CHECK_EXITED(IN_CHILD(((void (*volatile)(void))(void *)(m + P - 2))()), 0);
}
