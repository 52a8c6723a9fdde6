/* SPDX-License-Identifier: MIT */
/*
 * tap.h -- what every guest test is written with: cases, checks, children, skips.
 *
 * A program is a list of TEST(name, "what holds") { … } blocks. Each case runs in a process and a
 * directory of its own, under a watchdog; the results come out as TAP. See tap.c.
 */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct tap_case {
	const char *title;
	void (*run)(void);
	long line;
};

#define TEST(id, what)                                                                             \
	static void case_##id(void);                                                               \
	static const struct tap_case id##_row                                                      \
		__attribute__((used, section("tap_cases"), aligned(8))) = {what, case_##id,        \
									   __LINE__};              \
	static void case_##id(void)

/* The program's own path (absolute) and arguments; `SELF --child ARG…` calls tap_child_main(). */
extern char tap_self[4096];
extern char **tap_argv;
int tap_child_main(int argc, char **argv);

/* Prints "# …" in one write. */
void tap_diag(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Counts a failure of the running case, from any of its processes; the case goes on. */
void tap_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the running case: failed, or skipped with a reason. */
void tap_abort(void) __attribute__((noreturn));
void tap_skip(const char *reason) __attribute__((noreturn));
/* Checks that failed in this process (a SPAWNed child starts from none). */
int tap_local_failures(void);
void tap_forget_failures(void);

bool tap_on_creance(void);
/* Waits for `pid`, however often interrupted. Returns its wait status, or -1. */
int tap_wait(pid_t pid);
/* Becomes user and group `id` for good, with no supplementary groups. */
void tap_become(unsigned id);
void tap_sleep_ms(long ms);
long long tap_now_ns(clockid_t clock);
/* State letter of /proc/PID/stat, or 0 when there is none. */
char tap_state(pid_t pid);
/* Waits until `pid` sleeps or is stopped (state S, D, T or t). */
void tap_wait_asleep(pid_t pid);
/*
 * Writes a GiB to `fd`, while a signal comes every 20 ms: the bytes written before one ended that.
 */
ssize_t tap_write_until_signal(int fd);
/* Creates `path` with this content. Returns an open O_RDWR descriptor. */
int tap_file(const char *path, const char *content);
const char *tap_errno_name(int error);

/* A pointer with this value, of which the compiler knows nothing. */
static inline void *wild(uintptr_t address)
{
	__asm__("" : "+r"(address));
	return (void *)address;
}

#include "tap_check.h"
