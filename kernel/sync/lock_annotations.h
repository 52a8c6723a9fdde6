/* SPDX-License-Identifier: MIT */
/* Locks say what they guard, in the form that clang's -Wthread-safety checks. Empty under gcc. */
#pragma once

#if defined(__clang__)
#define LOCK_CAPABILITY(name) __attribute__((capability(name)))
#define ACQUIRES(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define ACQUIRES_TRY(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define ACQUIRES_SHARED(...) __attribute__((acquire_shared_capability(__VA_ARGS__)))
#define ACQUIRES_SHARED_TRY(...) __attribute__((try_acquire_shared_capability(__VA_ARGS__)))
#define RELEASES(...) __attribute__((release_capability(__VA_ARGS__)))
#define RELEASES_SHARED(...) __attribute__((release_shared_capability(__VA_ARGS__)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define REQUIRES_SHARED(...) __attribute__((requires_shared_capability(__VA_ARGS__)))
/* The lock is held from here on, for the analysis: what took it cannot say which it took. */
#define ASSERTS(...) __attribute__((assert_capability(__VA_ARGS__)))
#define NO_LOCK_ANALYSIS __attribute__((no_thread_safety_analysis))
#else
#define LOCK_CAPABILITY(name)
#define ACQUIRES(...)
#define ACQUIRES_TRY(...)
#define ACQUIRES_SHARED(...)
#define ACQUIRES_SHARED_TRY(...)
#define RELEASES(...)
#define RELEASES_SHARED(...)
#define REQUIRES(...)
#define REQUIRES_SHARED(...)
#define ASSERTS(...)
#define NO_LOCK_ANALYSIS
#endif
