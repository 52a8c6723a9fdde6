// SPDX-License-Identifier: MIT
#include "base/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"

/* Where the parts are, from the executable's folder: as built, and as installed. */
#define SHARE "../share/creance/"

static const struct {
	const char *what, *variable, *built, *installed;
	const char *goal; /* that makes it; NULL: make alone */
} parts[] = {
	[PART_KERNEL_RELEASE] = {"the kernel image", "CREANCE_KERNEL", "kernel/release/creance.elf",
				 SHARE "creance.elf", NULL},
	[PART_KERNEL_DEBUG] = {"the debug kernel image", "CREANCE_KERNEL",
			       "kernel/debug/creance.elf", SHARE "creance-debug.elf", "debug"},
	[PART_INITRAMFS] = {"the initramfs", "CREANCE_INITRAMFS", "initramfs.cpio",
			    SHARE "initramfs.cpio", NULL},
	[PART_GDB_SCRIPT] = {"the gdb script", "CREANCE_GDB_SCRIPT", "../tools/gdb/creance.py",
			     SHARE "gdb/creance.py", NULL},
	[PART_KERNEL_LATENCY] = {"the kernel that measures latencies", "CREANCE_KERNEL",
				 "kernel/latency/creance.elf", SHARE "creance-latency.elf",
				 "latency"},
	[PART_BENCH_INITRAMFS] = {"the benchmark's initramfs", "CREANCE_BENCH_INITRAMFS",
				  "bench/initramfs.cpio", SHARE "bench/initramfs.cpio",
				  "bench-files"},
	[PART_BENCH_TOOLS] = {"the initramfs of the benchmark's tools", "CREANCE_BENCH_TOOLS",
			      "bench/tools.cpio", SHARE "bench/tools.cpio", "bench-files"},
	[PART_BENCH_LATENCY] = {"the initramfs with hackbench", "CREANCE_BENCH_LATENCY",
				"bench/latency.cpio", SHARE "bench/latency.cpio", "bench-files"},
	[PART_BENCH_COST] = {"the measuring program", "CREANCE_BENCH_COST", "bench/guest/cost",
			     SHARE "bench/cost", "bench-files"},
	[PART_BENCH_PHASES] = {"the table of phases", "CREANCE_BENCH_PHASES", "bench/phases",
			       SHARE "bench/phases", "bench-files"},
	[PART_LINUX_FETCH] = {"the script that fetches Linux", "CREANCE_LINUX_FETCH",
			      "bench/fetch_linux.sh", SHARE "bench/fetch_linux.sh", "bench-files"},
};

char *paths_beside(const char *name)
{
	char own[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	const char *slash;

	own[n > 0 ? n : 0] = '\0';
	slash = strrchr(own, '/');
	return must_format("%.*s/%s", slash ? (int)(slash - own) : 1, slash ? own : ".", name);
}

char *paths_find(enum part part)
{
	const char *given = getenv(parts[part].variable);
	char *built, *installed;

	if (given && *given) {
		if (access(given, R_OK) == 0)
			return must_format("%s", given);
		say("%s %s, which %s names, cannot be read (%s): correct the variable or unset it",
		    parts[part].what, given, parts[part].variable, strerror(errno));
		return NULL;
	}
	built = paths_beside(parts[part].built);
	if (access(built, R_OK) == 0)
		return built;
	installed = paths_beside(parts[part].installed);
	if (access(installed, R_OK) == 0) {
		free(built);
		return installed;
	}
	say("%s is not at %s: run 'make%s%s' in Creance's source, or set %s", parts[part].what,
	    built, parts[part].goal ? " " : "", parts[part].goal ? parts[part].goal : "",
	    parts[part].variable);
	free(built);
	free(installed);
	return NULL;
}

bool paths_is_build(void)
{
	char *kernels = paths_beside("kernel");
	char *own = paths_beside("");
	bool is = access(kernels, X_OK) == 0 && access(own, W_OK) == 0;

	free(kernels);
	free(own);
	return is;
}

const char *paths_emulator(void)
{
	const char *given = getenv("CREANCE_QEMU");

	return given && *given ? given : "qemu-system-x86_64";
}
