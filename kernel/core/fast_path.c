// SPDX-License-Identifier: MIT
#include "core/fast_path.h"

#include "core/cmdline.h"

u32 fast_paths_off; /* [I] after boot */

static const struct fast_path_row rows[NR_FAST_PATHS] = {
#define FAST_PATH(name, what) [FAST_PATH_##name] = {#name, what},
#include "uapi/fast_paths.tbl.h"
#undef FAST_PATH
};

const struct fast_path_row *fast_path_row(enum fast_path path)
{
	return &rows[path];
}

void fast_path_init(void)
{
	bool all = cmdline_lists("nofast", "all");

	static_assert(NR_FAST_PATHS <= 32, "each has a bit");
	for (unsigned i = 0; i < NR_FAST_PATHS; i++)
		if (all || cmdline_lists("nofast", rows[i].name))
			fast_paths_off |= 1U << i;
}
