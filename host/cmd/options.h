/* SPDX-License-Identifier: MIT */
/* The options of the guest, which `run`, `shell`, `debug` and `trace` share. */
#pragma once

#include "base/guest_options.h"
#include "cmd/option_table.h"

extern const struct option_group guest_option_group; /* of struct guest_options */
extern const struct option_group debug_option_group; /* of `debug` alone; same structure */

/*
 * As command.check, for struct guest_options: the rows have checked each option alone, this checks
 * them together.
 */
int guest_options_check(void *options, int nr, char **operands) __attribute__((warn_unused_result));
