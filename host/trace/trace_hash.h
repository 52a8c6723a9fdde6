/* SPDX-License-Identifier: MIT */
/*
 * Hashes of what the guest chooses, by a key that it does not know: so it cannot choose numbers or
 * texts that fall into one place of a table and make every look there a walk through all of them.
 */
#pragma once

#include <stdint.h>

/* A hash of a thread's number, of a number that tells equal ones apart, or both. */
uint64_t trace_hash_number(uint64_t number);
/* A hash of @text. */
uint64_t trace_hash_text(const char *text);
