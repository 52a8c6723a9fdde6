/* SPDX-License-Identifier: MIT */
/*
 * Hashes of values that the guest chooses, with a key that it does not know. So it cannot choose
 * numbers or texts that all collide, which would make every look-up a walk through all of them.
 */
#pragma once

#include <stdint.h>

/* A hash of a number, such as a thread's; of equal numbers, the upper half may differ. */
uint64_t trace_hash_number(uint64_t number);
/* A hash of @text. */
uint64_t trace_hash_text(const char *text);
