/* SPDX-License-Identifier: MIT */
/*
 * Which fast paths are on. A fast path is code that does in fewer instructions what the code after
 * it does as well, in common cases; each has a row in uapi/fast_paths.tbl.h and begins with
 * fast_path_is_on(). Option nofast=NAME turns one off, nofast=all every one.
 */
#pragma once

#include "lib/compiler.h"

enum fast_path {
#define FAST_PATH(name, what) FAST_PATH_##name,
#include "uapi/fast_paths.tbl.h"
#undef FAST_PATH
	NR_FAST_PATHS
};

/* A bit for each that is off, so that all are on until the option is read. */
extern u32 fast_paths_off; /* [I] after boot */

/* May @path be taken? Two instructions. Context: any. */
static __always_inline bool fast_path_is_on(enum fast_path path)
{
	return likely(!(fast_paths_off & 1U << path));
}

/* The path's row of the table: for /proc/creance/fast_paths. */
struct fast_path_row {
	const char *name, *what;
};
const struct fast_path_row *fast_path_row(enum fast_path path);

/* Read option nofast=. Boot, after cmdline_init. */
void fast_path_init(void);
