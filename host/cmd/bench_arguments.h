/* SPDX-License-Identifier: MIT */
/* The options and rows that `creance bench` is given. */
#pragma once

#include "bench/bench_options.h"
#include "cmd/option_table.h"

extern const struct option_group bench_option_group;

/* As command.init, command.check and command.fini, for struct bench_options. */
void bench_options_init(void *options);
int bench_options_check(void *options, int nr, char **operands) __attribute__((warn_unused_result));
void bench_options_fini(void *options);
