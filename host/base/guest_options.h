/* SPDX-License-Identifier: MIT */
/* What a guest is to be: the machine, the kernel, the program and what it is given. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum machine { MACHINE_MICROVM, MACHINE_PC, MACHINE_Q35 };
enum accel { ACCEL_AUTO, ACCEL_TCG, ACCEL_KVM };

#define MEMORY_MIN_BYTES (16ull << 20)
#define MEMORY_MAX_BYTES (64ull << 30) /* the kernel uses none above (mm/buddy.c) */
#define CPUS_LIMIT 64u		       /* the kernel's CPUS_MAX */

struct option_list {
	const char **items; /* ends with NULL */
	int nr;
};

struct guest_options {
	unsigned cpus;
	uint64_t memory_bytes;
	enum machine machine;
	enum accel accel;
	const char *cpu_model; /* QEMU's name */
	const char *append;    /* further kernel options, or NULL */
	const char *user;      /* NAME, UID or UID:GID; NULL: the command's usual one */
	bool icount;
	bool debug_kernel;
	bool release_kernel; /* for debug, whose default is the debug kernel */
	bool no_gdb;
	unsigned watchdog_s; /* 0: none */
	bool verbose;
	struct option_list env;	  /* K=V, or K to take the host's value */
	struct option_list disks; /* IMAGE or IMAGE:ro, to be the guest's disks */
	struct option_list files; /* HOST or HOST=GUEST, to be put into the guest */
	char **args;		  /* PROGRAM and its arguments; ends with NULL */
	int nr_args;
};

/* The machines' names, for people and for QEMU, by enum machine; ends with NULL. */
extern const char *const machine_names[];
