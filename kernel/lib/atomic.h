/* SPDX-License-Identifier: MIT */
/*
 * Atomic counters and words, with the memory order spelled out in each name. A bare name
 * (atomic_add, atomic_cmpxchg) is sequentially consistent. The macros take struct atomic_u32,
 * struct atomic_u64 or struct atomic_ptr and yield the type of its value.
 */
#pragma once

#include "lib/compiler.h"

struct atomic_u32 {
	u32 value;
};

struct atomic_u64 {
	u64 value;
};

struct atomic_ptr {
	void *value;
};

#define ATOMIC_INIT(x)                                                                             \
	{                                                                                          \
		.value = (x)                                                                       \
	}

#define atomic_load_relaxed(a) __atomic_load_n(&(a)->value, __ATOMIC_RELAXED)
#define atomic_load_acquire(a) __atomic_load_n(&(a)->value, __ATOMIC_ACQUIRE)
#define atomic_load(a) __atomic_load_n(&(a)->value, __ATOMIC_SEQ_CST)
#define atomic_store_relaxed(a, x) __atomic_store_n(&(a)->value, x, __ATOMIC_RELAXED)
#define atomic_store_release(a, x) __atomic_store_n(&(a)->value, x, __ATOMIC_RELEASE)
#define atomic_store(a, x) __atomic_store_n(&(a)->value, x, __ATOMIC_SEQ_CST)

/* These return the old value. */
#define atomic_fetch_add_relaxed(a, x) __atomic_fetch_add(&(a)->value, x, __ATOMIC_RELAXED)
#define atomic_fetch_add(a, x) __atomic_fetch_add(&(a)->value, x, __ATOMIC_SEQ_CST)
#define atomic_fetch_sub_relaxed(a, x) __atomic_fetch_sub(&(a)->value, x, __ATOMIC_RELAXED)
#define atomic_fetch_sub_release(a, x) __atomic_fetch_sub(&(a)->value, x, __ATOMIC_RELEASE)
#define atomic_fetch_sub_acq_rel(a, x) __atomic_fetch_sub(&(a)->value, x, __ATOMIC_ACQ_REL)
#define atomic_fetch_sub(a, x) __atomic_fetch_sub(&(a)->value, x, __ATOMIC_SEQ_CST)
#define atomic_fetch_or_relaxed(a, x) __atomic_fetch_or(&(a)->value, x, __ATOMIC_RELAXED)
#define atomic_fetch_or(a, x) __atomic_fetch_or(&(a)->value, x, __ATOMIC_SEQ_CST)
#define atomic_fetch_or_release(a, x) __atomic_fetch_or(&(a)->value, x, __ATOMIC_RELEASE)
#define atomic_fetch_and_relaxed(a, x) __atomic_fetch_and(&(a)->value, x, __ATOMIC_RELAXED)
#define atomic_fetch_and(a, x) __atomic_fetch_and(&(a)->value, x, __ATOMIC_SEQ_CST)
#define atomic_exchange_relaxed(a, x) __atomic_exchange_n(&(a)->value, x, __ATOMIC_RELAXED)
#define atomic_exchange_acquire(a, x) __atomic_exchange_n(&(a)->value, x, __ATOMIC_ACQUIRE)
#define atomic_exchange_acq_rel(a, x) __atomic_exchange_n(&(a)->value, x, __ATOMIC_ACQ_REL)
#define atomic_exchange(a, x) __atomic_exchange_n(&(a)->value, x, __ATOMIC_SEQ_CST)

/* These return nothing. */
#define atomic_add_relaxed(a, x) ((void)atomic_fetch_add_relaxed(a, x))
#define atomic_add(a, x) ((void)atomic_fetch_add(a, x))
#define atomic_sub_relaxed(a, x) ((void)atomic_fetch_sub_relaxed(a, x))
#define atomic_sub(a, x) ((void)atomic_fetch_sub(a, x))
#define atomic_inc_relaxed(a) atomic_add_relaxed(a, 1)
#define atomic_dec_relaxed(a) atomic_sub_relaxed(a, 1)
#define atomic_or(a, x) ((void)atomic_fetch_or(a, x))
#define atomic_and(a, x) ((void)atomic_fetch_and(a, x))

/* True if *a was *expected and is now @desired; otherwise *expected is set to the value found. */
#define atomic_cmpxchg_relaxed(a, expected, desired)                                               \
	__atomic_compare_exchange_n(&(a)->value, expected, desired, false, __ATOMIC_RELAXED,       \
				    __ATOMIC_RELAXED)
#define atomic_cmpxchg_acquire(a, expected, desired)                                               \
	__atomic_compare_exchange_n(&(a)->value, expected, desired, false, __ATOMIC_ACQUIRE,       \
				    __ATOMIC_RELAXED)
#define atomic_cmpxchg_release(a, expected, desired)                                               \
	__atomic_compare_exchange_n(&(a)->value, expected, desired, false, __ATOMIC_RELEASE,       \
				    __ATOMIC_RELAXED)
#define atomic_cmpxchg(a, expected, desired)                                                       \
	__atomic_compare_exchange_n(&(a)->value, expected, desired, false, __ATOMIC_SEQ_CST,       \
				    __ATOMIC_SEQ_CST)

/* Fences. Each use names its counterpart in a comment. */
#define atomic_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define atomic_fence_acquire() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define atomic_fence_release() __atomic_thread_fence(__ATOMIC_RELEASE)
