/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU data of the architecture, at %gs:0 in the kernel. The entry code uses some fields,
 * through asm_offsets.h.
 */
#pragma once

#include "lib/compiler.h"

struct spinlock;
struct thread;

struct percpu {
	struct percpu *self;	/* [I] its own address, for one load           */
	struct thread *current; /* [p] the running thread                      */
	u64 offset;		/* [I] of its other variables: arch_percpu.h   */
	u64 kernel_stack_top;	/* [p] of the current thread; also in the TSS  */
	u64 scratch_user_sp;	/* [p] between SYSCALL and the stack switch    */
	u32 preempt_count;	/* [p] sync/preempt.h                          */
	u32 cpu_id;		/* [I]                                         */
	struct tss *tss;	/* [I]                                         */
	/* How often translations were to be forgotten, and have been (smp/smp_calls.c). */
	u64 flush_asked;    /* [a] by other CPUs     */
	u64 flush_answered; /* [a] by the CPU itself */
	u32 apic_id;	    /* [I] once it is up     */
};

#define PERCPU_READ(field)                                                                         \
	({                                                                                         \
		__typeof__(((struct percpu *)0)->field) percpu_value;                              \
		__asm__ volatile("mov %%gs:%c1, %0"                                                \
				 : "=r"(percpu_value)                                              \
				 : "i"(offsetof(struct percpu, field)));                           \
		percpu_value;                                                                      \
	})

static __always_inline struct percpu *arch_percpu(void)
{
	return PERCPU_READ(self);
}

/* Not volatile: within one thread's code its own pointer never changes, so loads may be merged. */
static __always_inline struct thread *current_thread(void)
{
	struct thread *t;

	__asm__("mov %%gs:%c1, %0" : "=r"(t) : "i"(offsetof(struct percpu, current)));
	return t;
}

static __always_inline unsigned arch_cpu_id(void)
{
	return PERCPU_READ(cpu_id);
}

/*
 * Others may wait for this CPU while it waits: C1 of smp/smp_calls.c. smp_answer_saving is
 * smp_answer() for a caller that keeps all its registers: so a function with such a loop, which is
 * hardly ever gone through, costs no more than one without.
 */
static __always_inline void arch_cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
	if (unlikely(PERCPU_READ(flush_asked) != PERCPU_READ(flush_answered)))
		__asm__ volatile("call smp_answer_saving" ::: "memory", "cc");
}

/*
 * spin_wait() for a caller that keeps all its registers, for the same reason. The arguments are on
 * the stack, from whatever registers they are in; the callee removes them.
 */
static __always_inline void arch_spin_wait(struct spinlock *l, u64 ticket)
{
	__asm__ volatile("push %0\n\tpush %1\n\tcall spin_wait_saving" ::"r"(l), "r"(ticket)
			 : "memory", "cc");
}

/* The two bytes of @pair, by one instruction, which compilers do not find. */
static __always_inline bool arch_bytes_are_equal(u16 pair)
{
	bool equal;

	__asm__("cmpb %h1, %b1" : "=@cce"(equal) : "Q"(pair));
	return equal;
}

/* A store of x86 is a release, and no other CPU writes the byte. */
static __always_inline void arch_increment_release(u8 *byte)
{
	__asm__ volatile("incb %0" : "+m"(*byte)::"memory", "cc");
}

static __always_inline u32 arch_preempt_count(void)
{
	return PERCPU_READ(preempt_count);
}

static __always_inline void arch_preempt_count_inc(void)
{
	__asm__ volatile("incl %%gs:%c0" ::"i"(offsetof(struct percpu, preempt_count))
			 : "memory", "cc");
}

static __always_inline bool arch_preempt_count_dec_is_zero(void)
{
	bool zero;

	__asm__ volatile("decl %%gs:%c1"
			 : "=@ccz"(zero)
			 : "i"(offsetof(struct percpu, preempt_count))
			 : "memory");
	return zero;
}

static __always_inline void arch_preempt_count_add(int n)
{
	__asm__ volatile("addl %0, %%gs:%c1" ::"ri"(n), "i"(offsetof(struct percpu, preempt_count))
			 : "memory", "cc");
}

/* Bit 31 of the count, inverted: see sync/preempt.h. Only this CPU writes its count. */
static __always_inline void arch_need_resched_set(void)
{
	__asm__ volatile("andl $0x7fffffff, %%gs:%c0" ::"i"(offsetof(struct percpu, preempt_count))
			 : "memory", "cc");
}

static __always_inline void arch_need_resched_clear(void)
{
	__asm__ volatile("orl $0x80000000, %%gs:%c0" ::"i"(offsetof(struct percpu, preempt_count))
			 : "memory", "cc");
}

static __always_inline bool arch_need_resched_test(void)
{
	return !(arch_preempt_count() & 0x80000000U);
}
