/* SPDX-License-Identifier: MIT */
/*
 * Checks of our own invariants. Never of input: what a user or a disk image can cause is an errno.
 *
 * assert() is always on. debug_assert() exists in debug builds; in release it type-checks its
 * argument without evaluating it. panic() says what broke, where, and stops the machine.
 */
#pragma once

#include "lib/compiler.h"

#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)
#define assert(x)                                                                                  \
	do {                                                                                       \
		if (unlikely(!(x)))                                                                \
			panic("assertion failed: %s", #x);                                         \
	} while (0)

#ifdef DEBUG
#define debug_assert(x) assert(x)
#else
#define debug_assert(x) ((void)sizeof(!(x)))
#endif

/* Print the message, the held locks and a backtrace on the console, then halt or reboot
 * (option panic=halt|reboot|poweroff). Context: any. Does not return. */
__cold _Noreturn void panic_at(const char *file, int line, const char *fmt, ...) __printf(3, 4);
