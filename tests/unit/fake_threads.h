/* SPDX-License-Identifier: MIT */
/*
 * Threads that really sleep, for tests on one CPU: each is a coroutine, and the test says which one
 * runs next. The sleeps and wake-ups of sched.h are here; a test that brings sched.c along gets
 * that file's. Time stands still until the test lets it pass.
 */
#pragma once

#include "sched/sched.h"

#define FAKE_THREADS_MAX 16

extern u64 fake_now_ns; /* clock_monotonic_ns() */

/* No threads; the time is 0. */
void fake_threads_init(void);
/* Begin @t at @entry when it is run first; it ends when that returns. */
void fake_thread_start(struct thread *t, void (*entry)(void));
/* Is it ready: neither ended nor in a sleep that goes on? */
bool fake_thread_can_run(const struct thread *t);
bool fake_thread_has_ended(const struct thread *t);
/* Let @t run until it sleeps, pauses or ends. It can run. Called by the test, not by a thread. */
void fake_thread_run(struct thread *t);
/* Run what can run, until all threads sleep, have paused for ever or have ended. */
void fake_threads_settle(void);
/* In a thread: the test's turn. */
void fake_thread_pause(void);
_Noreturn void fake_thread_exit(void);
