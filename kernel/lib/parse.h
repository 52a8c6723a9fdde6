/* SPDX-License-Identifier: MIT */
/* Parsing numbers: boot options, procfs writes, archive headers. */
#pragma once

#include "lib/compiler.h"

/*
 * Parse the digits at the start of @s in @base (2..36; with 0, a prefix 0x or 0 decides). *end is
 * set to the first character that is not a digit. Returns: 0, -EINVAL when there is no digit,
 * -ERANGE when the value does not fit into 64 bits.
 */
int parse_u64_prefix(const char *s, unsigned base, u64 *value, const char **end) __must_check;

/* The same, followed by nothing but at most one newline. Returns: 0, -EINVAL, -ERANGE. */
int parse_u64(const char *s, unsigned base, u64 *value) __must_check;

/* The same with an optional sign. Returns: 0, -EINVAL, -ERANGE. */
int parse_s64(const char *s, unsigned base, s64 *value) __must_check;

/* A size in bytes: a number and an optional k, m, g or t (either case). Returns: as above. */
int parse_size(const char *s, u64 *value) __must_check;

/* A duration in nanoseconds: a number and ns, us, ms or s (ms when absent). Returns: as above. */
int parse_duration_ns(const char *s, u64 *value) __must_check;
