// SPDX-License-Identifier: MIT
/*
 * race_hooks.c -- what the compiler calls in the races build (-fsanitize=thread).
 *
 * Idea.  Before each access to memory there is a call whose name says size and kind. An access to
 *   a volatile is a marked one. Atomic operations are replaced by calls: so they are made here, by
 *   the same builtins, in code that is not instrumented. They are always sequentially consistent,
 *   which is no weaker than what was asked for.
 * Tests.  tests/system/race_detector.t.
 */
#include "lib/race_hooks.h"
#include "trace/race_detector.h"

#if RACES_BUILD

/* The prototypes are the compiler's. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define HOOK(name, size, kind)                                                                     \
	void __tsan_##name(void *p)                                                                \
	{                                                                                          \
		race_check(p, size, kind, RACE_CALLER);                                            \
	}
#define HOOKS(size)                                                                                \
	HOOK(read##size, size, 0)                                                                  \
	HOOK(write##size, size, RACE_WRITE)                                                        \
	HOOK(volatile_read##size, size, RACE_MARKED)                                               \
	HOOK(volatile_write##size, size, RACE_MARKED | RACE_WRITE)
#define UNALIGNED_HOOKS(size)                                                                      \
	HOOK(unaligned_read##size, size, 0)                                                        \
	HOOK(unaligned_write##size, size, RACE_WRITE)                                              \
	HOOK(unaligned_volatile_read##size, size, RACE_MARKED)                                     \
	HOOK(unaligned_volatile_write##size, size, RACE_MARKED | RACE_WRITE)
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
UNALIGNED_HOOKS(2)
UNALIGNED_HOOKS(4)
UNALIGNED_HOOKS(8)
UNALIGNED_HOOKS(16)

void __tsan_read_range(void *p, u64 size)
{
	race_check(p, size, 0, RACE_CALLER);
}

void __tsan_write_range(void *p, u64 size)
{
	race_check(p, size, RACE_WRITE, RACE_CALLER);
}

/* Each file has a constructor that calls it; the linker script discards them. */
void __tsan_init(void)
{
}

#define ATOMIC_CHANGE(bits, name)                                                                  \
	u##bits __tsan_atomic##bits##_##name(volatile u##bits *p, u##bits value, int order)        \
	{                                                                                          \
		race_check(p, sizeof(*p), RACE_MARKED | RACE_WRITE, RACE_CALLER);                  \
		return __atomic_##name(p, value, __ATOMIC_SEQ_CST);                                \
	}
/* Strong, also where weak was asked for. */
#define ATOMIC_COMPARE(bits, strength)                                                             \
	int __tsan_atomic##bits##_compare_exchange_##strength(                                     \
		volatile u##bits *p, u##bits *expected, u##bits value, int order, int if_not)      \
	{                                                                                          \
		race_check(p, sizeof(*p), RACE_MARKED | RACE_WRITE, RACE_CALLER);                  \
		return __atomic_compare_exchange_n(p, expected, value, false, __ATOMIC_SEQ_CST,    \
						   __ATOMIC_SEQ_CST);                              \
	}
#define __atomic_exchange __atomic_exchange_n
#define ATOMICS(bits)                                                                              \
	u##bits __tsan_atomic##bits##_load(const volatile u##bits *p, int order)                   \
	{                                                                                          \
		race_check(p, sizeof(*p), RACE_MARKED, RACE_CALLER);                               \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                       \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile u##bits *p, u##bits value, int order)            \
	{                                                                                          \
		race_check(p, sizeof(*p), RACE_MARKED | RACE_WRITE, RACE_CALLER);                  \
		__atomic_store_n(p, value, __ATOMIC_SEQ_CST);                                      \
	}                                                                                          \
	ATOMIC_CHANGE(bits, exchange)                                                              \
	ATOMIC_CHANGE(bits, fetch_add)                                                             \
	ATOMIC_CHANGE(bits, fetch_sub)                                                             \
	ATOMIC_CHANGE(bits, fetch_and)                                                             \
	ATOMIC_CHANGE(bits, fetch_or)                                                              \
	ATOMIC_CHANGE(bits, fetch_xor)                                                             \
	ATOMIC_COMPARE(bits, strong)                                                               \
	ATOMIC_COMPARE(bits, weak)
ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

void __tsan_atomic_thread_fence(int order)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with what the caller's comment says */
}

void __tsan_atomic_signal_fence(int order)
{
	compiler_barrier();
}

#endif
