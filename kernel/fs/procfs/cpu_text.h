/* SPDX-License-Identifier: MIT */
/* Sets of CPUs as text, as Linux writes and reads them. Bit N of a set is CPU N. */
#pragma once

#include "fs/procfs/text_buffer.h"

/* In hexadecimal, with the digits of @nr_cpus bits, a comma between 32 of them: "3,ffffffff". */
void text_cpu_mask(struct text_buffer *out, u64 set, unsigned nr_cpus);
/* By numbers: "0-3,5". */
void text_cpu_list(struct text_buffer *out, u64 set);
/* The same as a whole file, with the digits of all CPUs that are up. 0. */
int show_cpu_mask(struct text_buffer *out, u64 set);
int show_cpu_list(struct text_buffer *out, u64 set);
/*
 * Read such a text, which may end with a newline. CPUs from 64 on are left out. 0, or -EINVAL: it
 * is none, or empty.
 */
int cpu_mask_parse(const char *text, u64 *set) __must_check;
int cpu_list_parse(const char *text, u64 *set) __must_check;
