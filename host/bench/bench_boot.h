/* SPDX-License-Identifier: MIT */
/* From the kernel's entry to the first program: when, how much memory, how large a kernel. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/bench_result.h"

#define BENCH_MARKS_MAX 32u

struct bench_mark {
	char name[BENCH_KEY_MAX];
	double value;
};

struct bench_booted {
	bool seen;
	unsigned nr_phases, nr_facts;
	struct bench_mark phases[BENCH_MARKS_MAX]; /* nanoseconds since the kernel's entry */
	struct bench_mark facts[BENCH_MARKS_MAX];  /* numbers of the booted system */
};

struct bench_boot {
	bool icount; /* a nanosecond is an instruction */
	struct bench_booted kernels[BENCH_KERNELS];
	struct bench_booted counted; /* without icount: ours again, in instructions */
	uint64_t text_bytes, data_bytes, bss_bytes; /* of our kernel */
};

/* Take a line of the boot report. Returns: true when it was one. */
bool bench_boot_add(struct bench_booted *booted, const struct bench_parsed *parsed);

/* The fact @name, or a negative number when the guest did not report it. */
double bench_boot_fact(const struct bench_booted *booted, const char *name);

void bench_boot_print(FILE *out, const struct bench_boot *boot);
