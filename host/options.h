/* SPDX-License-Identifier: MIT */
/* The options that `run`, `shell` and `debug` share: one parser, one meaning. */
#pragma once

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

enum machine { MACHINE_MICROVM, MACHINE_PC, MACHINE_Q35 };
enum accel { ACCEL_AUTO, ACCEL_TCG, ACCEL_KVM };

#define MEMORY_MIN_BYTES (16ull << 20)
#define CPUS_LIMIT 32u
#define KERNEL_CPUS 1u /* CPUs that the kernel uses, however many the machine has */

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
	bool help;	  /* --help was given; nothing else counts */
	const char **env; /* K=V, or K to take the host's value */
	int nr_env;
	const char **files; /* HOST or HOST=GUEST, to be put into the guest */
	int nr_files;
	char **args; /* PROGRAM and its arguments */
	int nr_args;
};

/*
 * Read the options of `creance @command`, argv[0] being the command's name.
 * Returns: 0, or -EINVAL after having said what is wrong. @options points into @argv.
 */
int options_parse(struct guest_options *options, int argc, char **argv)
	__attribute__((warn_unused_result));

#define OPTIONS_EXTRA 0x1000 /* values above it are a command's own */

/* Options that one command has besides: what getopt_long needs of them, and who takes them. */
struct options_extra {
	/* ends with a row of zeros; values above OPTIONS_EXTRA, or letters */
	const struct option *list;
	const char *letters; /* as getopt's, for those that are letters */
	/* Returns: 0, or -EINVAL after having said what is wrong. */
	int (*take)(void *ctx, struct guest_options *options, int option, const char *value);
	void *ctx;
};
int options_parse_extra(struct guest_options *options, int argc, char **argv,
			const struct options_extra *extra) __attribute__((warn_unused_result));

/* Free what options_parse allocated. */
void options_fini(struct guest_options *options);

/* "16M", "1G", "512K": bytes. Returns: 0 or -EINVAL (no unit, no number, too large). */
int options_parse_size(const char *text, uint64_t *bytes) __attribute__((warn_unused_result));

/* The machine's name as the person and QEMU know it. */
const char *machine_name(enum machine machine);
