/* SPDX-License-Identifier: MIT */
/*
 * interleave.h -- every way in which a few CPUs can step through a piece of code, for models of
 * protocols that have lock-free parts.
 *
 * Idea. A test includes this header first, then the kernel's .c files that it looks at. Their
 *   atomic accesses, fences, READ_ONCE and WRITE_ONCE become steps: before each of them any other
 *   CPU may run. Plain accesses are part of the step before them, so what they touch must be
 *   guarded by a lock (whose own accesses are steps).
 *   Memory is as on x86: a store waits in its CPU's buffer until some later moment; the CPU itself
 *   sees it at once; fences, sequentially consistent stores and atomic read-modify-write operations
 *   empty the buffer. So a forgotten fence is an interleaving that goes wrong.
 *   The search is exhaustive: it runs the case again for each choice, and stops where it has been
 *   before: the same memory, and each CPU has read the same values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERLEAVE_CPUS_MAX 4

struct interleave {
	unsigned nr_cpus;
	bool looks_into_spinlocks;    /* otherwise the wait for one is one step           */
	void (*reset)(void);	      /* before each run: all memory as it is at the start */
	void (*run)(unsigned cpu);    /* what each CPU does                                */
	uint64_t (*hash)(uint64_t h); /* adds what plain accesses change to @h             */
	void (*check)(void);	      /* after each run, when all CPUs have ended          */
};

/*
 * Explore all of it, and print how many states there are; a failure ends the test and shows the
 * order of the CPUs. Of more than two CPUs there are too many orders: then another one goes on
 * where this one could at most twice, which need not find all.
 */
void interleave_explore(const struct interleave *model);
/* In a CPU or in check(): the case has failed. Does not return in a CPU. */
void interleave_fail(const char *why);
#define interleave_check(x)                                                                        \
	do {                                                                                       \
		if (!(x))                                                                          \
			interleave_fail(#x);                                                       \
	} while (0)
/* This CPU is at the place @mark of its code, and it does not matter any more how it came there: it
 * has no variables but those that hash() adds. */
void interleave_here(uint64_t mark);
/* This CPU does nothing until it is asked to choose a thread again (unit_need_resched). */
void interleave_wait_resched(void);
/* Ask @cpu to. */
void interleave_send_resched(unsigned cpu);
/* In reset(): @cpu begins as this thread. */
struct thread;
void interleave_begin_as(unsigned cpu, struct thread *t);
/* A second stack for @cpu, where @entry begins when coroutine_switch() first goes there. */
void interleave_stack(void **stack_pointer, unsigned cpu, void (*entry)(void));
uint64_t interleave_mix(uint64_t h, uint64_t value);

/* The steps. */
uint64_t interleave_load(const volatile void *at, size_t size);
void interleave_store(volatile void *at, size_t size, uint64_t value, bool ordered);
enum interleave_op { INTERLEAVE_SET, INTERLEAVE_OR, INTERLEAVE_AND, INTERLEAVE_ADD };
uint64_t interleave_modify(volatile void *at, size_t size, enum interleave_op op, uint64_t value);
bool interleave_compare_exchange(volatile void *at, size_t size, void *expected, uint64_t value);
void interleave_fence(void);

#define INTERLEAVE_TYPE(at) __typeof__(*(at) + 0)
#define __atomic_load_n(at, order) ((INTERLEAVE_TYPE(at))interleave_load(at, sizeof(*(at))))
#define __atomic_store_n(at, value, order)                                                         \
	interleave_store(at, sizeof(*(at)), (uint64_t)(value), (order) == __ATOMIC_SEQ_CST)
#define INTERLEAVE_MODIFY(at, op, value)                                                           \
	({                                                                                         \
		INTERLEAVE_TYPE(at)                                                                \
		interleave_old = (INTERLEAVE_TYPE(at))interleave_modify(at, sizeof(*(at)), op,     \
									(uint64_t)(value));        \
		interleave_old;                                                                    \
	})
#define __atomic_exchange_n(at, value, order) INTERLEAVE_MODIFY(at, INTERLEAVE_SET, value)
#define __atomic_fetch_or(at, value, order) INTERLEAVE_MODIFY(at, INTERLEAVE_OR, value)
#define __atomic_fetch_and(at, value, order) INTERLEAVE_MODIFY(at, INTERLEAVE_AND, value)
#define __atomic_fetch_add(at, value, order) INTERLEAVE_MODIFY(at, INTERLEAVE_ADD, value)
#define __atomic_fetch_sub(at, value, order)                                                       \
	INTERLEAVE_MODIFY(at, INTERLEAVE_ADD, -(INTERLEAVE_TYPE(at))(value))
#define __atomic_add_fetch(at, value, order)                                                       \
	((INTERLEAVE_TYPE(at))(__atomic_fetch_add(at, value, order) + (value)))
#define __atomic_compare_exchange_n(at, expected, value, weak, good, bad)                          \
	interleave_compare_exchange(at, sizeof(*(at)), expected, (uint64_t)(value))
#define __atomic_thread_fence(order) interleave_fence()

#include "lib/compiler.h"

#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x) ((__typeof__((x) + 0))interleave_load(&(x), sizeof(x)))
#define WRITE_ONCE(x, value) interleave_store(&(x), sizeof(x), (uint64_t)(value), false)
