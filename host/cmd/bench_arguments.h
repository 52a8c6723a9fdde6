/* SPDX-License-Identifier: MIT */
/* The options and rows that `creance bench` is given. */
#pragma once

#include "bench/bench_options.h"
#include "cmd/option_table.h"

extern const struct option_group bench_option_group;

/*
 * Read the arguments of `creance bench`; argv[0] is the command's name.
 * Returns: 0, or -EINVAL after a message. @options points into @argv.
 */
int bench_options_parse(struct bench_options *options, int argc, char **argv)
	__attribute__((warn_unused_result));
void bench_options_fini(struct bench_options *options);
