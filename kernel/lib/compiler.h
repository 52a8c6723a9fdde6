/* SPDX-License-Identifier: MIT */
/* Compiler attributes and builtins, and the arithmetic that every file needs. */
#pragma once

#include "lib/types.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define __must_check __attribute__((warn_unused_result))
#define __printf(fmt, first) __attribute__((format(printf, fmt, first)))
#define __cold __attribute__((cold))
#define __noinline __attribute__((noinline))
#undef __always_inline /* the C library defines it too */
#define __always_inline inline __attribute__((always_inline))
#define __aligned(n) __attribute__((aligned(n)))
#define __packed __attribute__((packed))
#define __used __attribute__((used))
#define __section(name) __attribute__((section(name)))
/*
 * For short functions on the hottest paths: the locals whose address they pass on are scalars or
 * structures of scalars. With no array on the stack there is nothing to overflow, and no need for a
 * stack protector.
 */
#define __no_stack_array __attribute__((no_stack_protector))
#define __cacheline_aligned __attribute__((aligned(64)))

/* A pointer into the current process's memory: only the user-copy functions may dereference it. */
#if defined(__clang__) && defined(CHECK_USER_POINTERS)
#define __user __attribute__((noderef))
#else
#define __user
#endif

/* A structure that more than one thread can reach: each of its fields has a tag. */
#define SHARED

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define BIT(n) (1UL << (n))
#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)
#define GIB(n) ((u64)(n) << 30)

#define min(a, b)                                                                                  \
	({                                                                                         \
		__auto_type min_a = (a);                                                           \
		__auto_type min_b = (b);                                                           \
		min_a < min_b ? min_a : min_b;                                                     \
	})
#define max(a, b)                                                                                  \
	({                                                                                         \
		__auto_type max_a = (a);                                                           \
		__auto_type max_b = (b);                                                           \
		max_a > max_b ? max_a : max_b;                                                     \
	})

/* @align is a power of two. */
#define align_down(x, align) ((x) & ~((__typeof__(x))(align)-1))
#define align_up(x, align) align_down((x) + (__typeof__(x))(align)-1, align)
#define is_aligned(x, align) (((x) & ((__typeof__(x))(align)-1)) == 0)
#define div_round_up(n, d) (((n) + (d)-1) / (d))

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
/* Before a loop with a constant count. clang cannot unroll a body with an asm goto, and warns. */
#ifdef __clang__
#define UNROLL(times)
#else
#define UNROLL_PRAGMA(text) _Pragma(#text)
#define UNROLL(times) UNROLL_PRAGMA(GCC unroll times)
#endif
#define compiler_barrier() __asm__ volatile("" ::: "memory")
/*
 * The value of @x, with its origin hidden from the compiler: it stays in a register where gcc would
 * otherwise recompute the address of an array element for each field.
 */
#define hide_origin(x)                                                                             \
	({                                                                                         \
		__auto_type opaque_value = (x);                                                    \
		__asm__("" : "+r"(opaque_value));                                                  \
		opaque_value;                                                                      \
	})

/*
 * The value of @expr, whose plain accesses may race with others on purpose; @why is for the reader.
 * It must not sleep. Only in the races build (trace/race_detector.h) this is more than @expr.
 */
#define data_race(expr, why)                                                                       \
	({                                                                                         \
		static_assert(sizeof(why) > 1, "say why");                                         \
		race_pause();                                                                      \
		__auto_type racy_value = (expr);                                                   \
		race_resume();                                                                     \
		racy_value;                                                                        \
	})
#ifdef RACES
/* What this CPU accesses in between is neither watched nor a race. Preemption is off meanwhile. */
void race_pause(void);
void race_resume(void);
#else
static __always_inline void race_pause(void)
{
}
static __always_inline void race_resume(void)
{
}
#endif

/* Ignore a __must_check result on purpose; @why is for the reader. */
#define ignore_result(call, why)                                                                   \
	do {                                                                                       \
		static_assert(sizeof(why) > 1, "say why");                                         \
		if (call) {                                                                        \
		}                                                                                  \
	} while (0)
#ifndef static_assert
#define static_assert _Static_assert
#endif
