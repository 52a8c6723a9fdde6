/* SPDX-License-Identifier: MIT */
/* The functions of the vDSO, and what it knows of the kernel besides time/clock_page.h. */
#pragma once

#include "lib/compiler.h"

struct clock_page;
struct timespec;
struct timeval;
struct timezone;

/* A segment whose limit holds the CPU's number and, above it, the node's: cpu/gdt.c. */
#define SELECTOR_CPU_NUMBER 0x3b
#define CPU_NUMBER_BITS 12
#define CPU_NUMBER_MASK 0xfffU

/* The shared object as the kernel carries it: vdso_image.S. */
extern const u8 vdso_image_start[], vdso_image_end[];

/*
 * In the vDSO itself: the page before it, see vdso.lds.S. Not const, because its values change.
 */
extern struct clock_page vdso_clock_page __attribute__((visibility("hidden")));

/* Like the system calls of the same names; errors are negative. Context: user mode. */
int __vdso_clock_gettime(int number, struct timespec *tp);
int __vdso_clock_getres(int number, struct timespec *tp);
int __vdso_gettimeofday(struct timeval *tv, struct timezone *tz);
long __vdso_time(long *result);
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);
