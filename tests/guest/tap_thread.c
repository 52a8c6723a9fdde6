// SPDX-License-Identifier: MIT
#include "tap_thread.h"
#include "tap.h"
#include <linux/futex.h>
#include <sched.h>

enum { STACK_SIZE = 65536 };

long tap_raw(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/* The child comes back on its new stack, where function and argument wait to be popped. */
static long clone_on(void *stack, unsigned long flags, int (*fn)(void *), void *arg,
		     int *parent_tid, int *child_tid, void *tls)
{
	register int *r10 __asm__("r10") = child_tid;
	register void *r8 __asm__("r8") = tls;
	uintptr_t *top = (uintptr_t *)((char *)stack + STACK_SIZE);
	long result;

	*--top = (uintptr_t)arg;
	*--top = (uintptr_t)fn;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "pop %%rax\n\t"
			 "pop %%rdi\n\t"
			 "call *%%rax\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov $60, %%eax\n\t"
			 "syscall\n\t"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone), "D"(flags), "S"(top), "d"(parent_tid), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static void *new_stack(void)
{
	void *stack =
		mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return stack == MAP_FAILED ? NULL : stack;
}

long tap_clone(unsigned long flags, int (*fn)(void *), void *arg, int *parent_tid, int *child_tid,
	       void *tls)
{
	void *stack = new_stack();

	return stack ? clone_on(stack, flags, fn, arg, parent_tid, child_tid, tls) : -ENOMEM;
}

long tap_thread_start(struct tap_thread *thread, int (*fn)(void *), void *arg)
{
	unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			      CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	thread->stack = new_stack();
	if (!thread->stack)
		return -ENOMEM;
	return clone_on(thread->stack, flags, fn, arg, &thread->tid, &thread->tid, NULL);
}

void tap_thread_join(struct tap_thread *thread)
{
	int tid;

	while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE)) != 0)
		if (tap_raw(SYS_futex, (long)&thread->tid, FUTEX_WAIT, tid, 0, 0, 0) == -ENOSYS)
			tap_sleep_ms(1);
	munmap(thread->stack, STACK_SIZE);
}

long tap_clone_sleeper(long flags, long call)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = call;
	long result;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 2f\n\tmov $-1, %%rdi\n"
			 "1:\tmov %%r9, %%rax\n\tsyscall\n\tjmp 1b\n2:"
			 : "=a"(result)
			 : "0"((long)SYS_clone), "D"(flags), "S"(0L), "d"(0L), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
