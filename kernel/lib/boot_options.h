/* SPDX-License-Identifier: MIT */
/*
 * The options of the kernel's command line (uapi/boot_options.tbl.h). Plain C: the host command
 * uses it too.
 */
#pragma once

#include "lib/compiler.h"

enum boot_option_kind {
	BOOT_OPTION_FLAG,
	BOOT_OPTION_CHOICE,
	BOOT_OPTION_NUMBER,
	BOOT_OPTION_SIZE,
	BOOT_OPTION_TIME,
	BOOT_OPTION_SEED,
	BOOT_OPTION_TEXT
};

struct boot_option {
	const char *name;
	enum boot_option_kind kind;
	const char *values; /* CHOICE: separated by '|'; else the form */
	u64 least, most;
	const char *what; /* help text */
};

extern const struct boot_option boot_options[];
extern const unsigned nr_boot_options;

/* The option whose name is the @len bytes at @name, or NULL. */
const struct boot_option *boot_option_find(const char *name, size_t len);

/* Is @value allowed for the option? NULL means the name alone, without '='. */
bool boot_option_allows(const struct boot_option *option, const char *value);
