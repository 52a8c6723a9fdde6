// SPDX-License-Identifier: MIT
/*
 * abi_int80.c -- system calls by int 0x80.
 *
 * Here they take the 64-bit numbers and registers, and leave all registers but rax alone. On Linux
 * they are the 32-bit ABI, so the cases run on Creance only.
 */
#include "tap.h"

static long int80(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "memory");
	return result;
}

static void only_here(void)
{
	SKIP_IF(!tap_on_creance(), "int 0x80 is the 32-bit ABI on Linux");
}

TEST(same_numbers, "int 0x80 uses the numbers and registers of the syscall instruction")
{
	char text[4] = "";
	int fd;

	only_here();
	CHECK_EQ(int80(SYS_getpid, 0, 0, 0, 0, 0, 0), getpid());
	fd = (int)int80(SYS_open, (long)"f", O_RDWR | O_CREAT, 0600, 0, 0, 0);
	CHECK_GE(fd, 3);
	CHECK_EQ(int80(SYS_write, fd, (long)"abc", 3, 0, 0, 0), 3);
	CHECK_EQ(int80(SYS_pread64, fd, (long)text, 3, 0, 0, 0), 3);
	CHECK_STR(text, "abc");
}

TEST(six_arguments, "all six arguments arrive")
{
	long at;

	only_here();
	at = int80(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(at > 0);
	*(volatile char *)at = 1;
	CHECK_EQ(int80(SYS_munmap, at, 4096, 0, 0, 0, 0), 0);
}

TEST(errors, "errors come back as negative numbers, absent calls as ENOSYS")
{
	only_here();
	CHECK_EQ(int80(SYS_close, 99, 0, 0, 0, 0, 0), -EBADF);
	CHECK_EQ(int80(SYS_write, 1, 8, 10, 0, 0, 0), -EFAULT);
	CHECK_EQ(int80(5000, 0, 0, 0, 0, 0, 0), -ENOSYS);
	CHECK_EQ(int80(-1, 0, 0, 0, 0, 0, 0), -ENOSYS);
}

TEST(registers, "all registers but rax survive, rcx and r11 among them")
{
	long changed;

	only_here();
	__asm__ volatile(
		"mov $0x1111, %%rcx; mov $0x2222, %%r11; mov $0x3333, %%rdx; mov $0x4444, %%r10\n\t"
		"mov $0x5555, %%r8; mov $0x6666, %%r9; mov $0x7777, %%rdi; mov $0x8888, %%rsi\n\t"
		"mov $39, %%eax; int $0x80; xor %%eax, %%eax\n\t"
		"xor $0x1111, %%rcx; xor $0x2222, %%r11; xor $0x3333, %%rdx; xor $0x4444, %%r10\n\t"
		"xor $0x5555, %%r8; xor $0x6666, %%r9; xor $0x7777, %%rdi; xor $0x8888, %%rsi\n\t"
		"or %%rcx, %%rax; or %%r11, %%rax; or %%rdx, %%rax; or %%r10, %%rax\n\t"
		"or %%r8, %%rax; or %%r9, %%rax; or %%rdi, %%rax; or %%rsi, %%rax"
		: "=a"(changed)
		:
		: "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	CHECK_EQ(changed, 0);
}

static volatile int count;

static void on_signal(int sig)
{
	(void)sig;
	count++;
}

TEST(signals, "signals are delivered on the way back, fork and exit work")
{
	pid_t pid;

	only_here();
	signal(SIGUSR1, on_signal);
	CHECK_EQ(int80(SYS_kill, getpid(), SIGUSR1, 0, 0, 0, 0), 0);
	CHECK_EQ(count, 1);
	pid = (pid_t)int80(SYS_fork, 0, 0, 0, 0, 0, 0);
	if (pid == 0)
		int80(SYS_exit_group, 17, 0, 0, 0, 0, 0);
	CHECK_EXITED(tap_wait(pid), 17);
}
