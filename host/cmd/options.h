/* SPDX-License-Identifier: MIT */
/* The options of the guest, which `run`, `shell`, `debug` and `trace` share. */
#pragma once

#include "base/guest_options.h"
#include "cmd/option_table.h"

extern const struct option_group guest_option_group;
extern const struct option_group debug_option_group; /* of `debug` alone; same structure */

/*
 * Read the options of `creance @argv[0]`: those of the guest, and those of @extra, which go to
 * @extra_to; NULL: there are no others.
 * Returns: 0, or -EINVAL after a message. @options points into @argv; options_fini is due either
 * way.
 */
int options_parse(struct guest_options *options, int argc, char **argv,
		  const struct option_group *extra, void *extra_to)
	__attribute__((warn_unused_result));

/* Free what options_parse allocated. */
void options_fini(struct guest_options *options);
