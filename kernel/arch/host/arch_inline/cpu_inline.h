/* SPDX-License-Identifier: MIT */
/*
 * The host as an architecture: what a CPU has in registers and per-CPU data are variables here
 * (tests/unit/host_arch.c), and tests read and set them. One CPU, until a test sets another number.
 */
#pragma once

#include "lib/compiler.h"

struct spinlock;
struct thread;

extern unsigned unit_current_cpu;
extern struct thread *unit_current_thread;
extern u32 unit_preempt_count; /* without the bit that says whether a reschedule is wanted */
extern bool unit_need_resched;

static inline struct thread *current_thread(void)
{
	return unit_current_thread;
}

static inline unsigned arch_cpu_id(void)
{
	return unit_current_cpu;
}

static inline void arch_cpu_relax(void)
{
}

void spin_wait(struct spinlock *l, u64 ticket);
static inline void arch_spin_wait(struct spinlock *l, u64 ticket)
{
	spin_wait(l, ticket);
}

static inline bool arch_bytes_are_equal(u16 pair)
{
	return (u8)pair == pair >> 8;
}

static inline void arch_increment_release(u8 *byte)
{
	__atomic_store_n(byte, (u8)(*byte + 1), __ATOMIC_RELEASE);
}

static inline u32 arch_preempt_count(void)
{
	return unit_preempt_count | (unit_need_resched ? 0 : 0x80000000U);
}

static inline void arch_preempt_count_inc(void)
{
	unit_preempt_count++;
}

/* Never zero, so nothing preempts: a test itself does what the end of an interrupt does. */
static inline bool arch_preempt_count_dec_is_zero(void)
{
	unit_preempt_count--;
	return false;
}

static inline void arch_preempt_count_add(int n)
{
	unit_preempt_count += (u32)n;
}

static inline void arch_need_resched_set(void)
{
	unit_need_resched = true;
}

static inline void arch_need_resched_clear(void)
{
	unit_need_resched = false;
}

static inline bool arch_need_resched_test(void)
{
	return unit_need_resched;
}
