/* SPDX-License-Identifier: MIT */
/* Numbers out of text: boot options, procfs writes, archive headers. */
#pragma once

#include "lib/compiler.h"

/*
 * The digits at the start of @s in @base (2..36; 0 lets 0x and a leading 0 decide). *end is set
 * to the first character that is no digit.
 * Returns: 0, -EINVAL when there is no digit, -ERANGE when the value needs more than 64 bits.
 */
int parse_u64_prefix(const char *s, unsigned base, u64 *value, const char **end) __must_check;

/* The same, and nothing may follow but one newline. Returns: 0, -EINVAL, -ERANGE. */
int parse_u64(const char *s, unsigned base, u64 *value) __must_check;

/* The same with an optional sign. Returns: 0, -EINVAL, -ERANGE. */
int parse_s64(const char *s, unsigned base, s64 *value) __must_check;

/* A size in bytes: a number and an optional k, m, g or t (either case). Returns: as above. */
int parse_size(const char *s, u64 *value) __must_check;

/* A duration in nanoseconds: a number and ns, us, ms or s (ms when absent). Returns: as above. */
int parse_duration_ns(const char *s, u64 *value) __must_check;
