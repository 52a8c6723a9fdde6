/* SPDX-License-Identifier: MIT */
/*
 * What every unit test includes: cmocka, a repeatable source of numbers, expected panics, main().
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * cmocka tells of failures by longjmp, so its assertions may be used anywhere in a test. The
 * kernel's assert() (core/assert.h) has another name for a reason: panic_at() below.
 */
extern jmp_buf *unit_panic_jump; /* where a panic goes instead of ending the test program */
extern char unit_panic_text[256];

/* Pass only if @statement panics. */
#define assert_panics(statement)                                                                   \
	do {                                                                                       \
		jmp_buf unit_jump;                                                                 \
		unit_panic_jump = &unit_jump;                                                      \
		if (!setjmp(unit_jump)) {                                                          \
			statement;                                                                 \
			unit_panic_jump = NULL;                                                    \
			fail_msg("no panic by: %s", #statement);                                   \
		}                                                                                  \
		unit_panic_jump = NULL;                                                            \
	} while (0)

/* xorshift64*: the same numbers in every run. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dUL;
}

#define UNIT_MAIN(...) UNIT_MAIN_AFTER(NULL, __VA_ARGS__)

/* The tests are run after @setup. */
#define UNIT_MAIN_AFTER(setup, ...)                                                                \
	int main(void)                                                                             \
	{                                                                                          \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                                   \
		cmocka_set_message_output(CM_OUTPUT_TAP);                                          \
		return cmocka_run_group_tests(tests, setup, NULL);                                 \
	}
