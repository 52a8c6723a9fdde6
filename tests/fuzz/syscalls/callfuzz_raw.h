/* SPDX-License-Identifier: MIT */
/* callfuzz_raw.h -- the ways into the kernel, without errno and without a C library between. */
#pragma once

#include <stdint.h>

static inline long raw_call(long number, const uint64_t *a)
{
	register uint64_t r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4],
			      r9 __asm__("r9") = a[5];
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* By the interrupt gate. */
static inline long raw_call_int80(long number, const uint64_t *a)
{
	register uint64_t r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4],
			      r9 __asm__("r9") = a[5];
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/*
 * With these bits of RFLAGS set as well (direction, alignment check, nested task, identification).
 */
static inline long raw_call_flags(long number, const uint64_t *a, uint64_t flags)
{
	register uint64_t r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4],
			      r9 __asm__("r9") = a[5];
	long result;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "mov (%%rsp), %%rcx\n\t"
			 "or %[flags], %%rcx\n\t"
			 "push %%rcx\n\t"
			 "popfq\n\t"
			 "syscall\n\t"
			 "popfq\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "=a"(result)
			 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8),
			   "r"(r9), [flags] "r"(flags)
			 : "rcx", "r11", "memory", "cc");
	return result;
}

static inline long raw3(long number, uint64_t a0, uint64_t a1, uint64_t a2)
{
	return raw_call(number, (const uint64_t[6]){a0, a1, a2, 0, 0, 0});
}

struct fuzz_thread;

/*
 * A call that may return twice: the other return is to @child(@thread), on the stack that the call
 * gave it.
 */
long raw_fork_call(long number, const uint64_t *args, struct fuzz_thread *thread,
		   void (*child)(struct fuzz_thread *thread));

/* rt_sigreturn with the stack pointer at @context. Does not return, unless the frame leads back. */
void raw_sigreturn(void *context);
