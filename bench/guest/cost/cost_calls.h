/* SPDX-License-Identifier: MIT */
/*
 * System calls without libc. The result is what the kernel returns: a negative errno for an error.
 */
#pragma once
#include <stddef.h>
#include <sys/syscall.h>

static inline __attribute__((always_inline)) long cost_call4(long nr, long a, long b, long c,
							     long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static inline __attribute__((always_inline)) long cost_call6(long nr, long a, long b, long c,
							     long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline __attribute__((always_inline)) long cost_call3(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static inline __attribute__((always_inline)) long cost_call0(long nr)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(nr) : "rcx", "r11", "memory");
	return result;
}

static inline long cost_read(int fd, void *buf, size_t size)
{
	return cost_call3(SYS_read, fd, (long)buf, (long)size);
}

static inline long cost_write(int fd, const void *buf, size_t size)
{
	return cost_call3(SYS_write, fd, (long)buf, (long)size);
}
