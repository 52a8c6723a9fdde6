/* SPDX-License-Identifier: MIT */
/* The options that `run`, `shell` and `debug` share: one parser, one meaning. */
#pragma once

#include <getopt.h>
#include <stdint.h>

#include "base/guest_options.h"

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
