/* SPDX-License-Identifier: MIT */
/* Locks say what they guard, in the form that clang's -Wthread-safety checks. Empty under gcc. */
#pragma once

#if defined(__clang__)
#define LOCK_CAPABILITY(name) __attribute__((capability(name)))
#define ACQUIRES(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define ACQUIRES_TRY(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define RELEASES(...) __attribute__((release_capability(__VA_ARGS__)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define NO_LOCK_ANALYSIS __attribute__((no_thread_safety_analysis))
#else
#define LOCK_CAPABILITY(name)
#define ACQUIRES(...)
#define ACQUIRES_TRY(...)
#define RELEASES(...)
#define REQUIRES(...)
#define NO_LOCK_ANALYSIS
#endif
