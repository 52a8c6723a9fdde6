// SPDX-License-Identifier: MIT
#include "base/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"

static const struct {
	const char *what;
	const char *variable;
	const char *beside[2]; /* relative to the executable's folder: as built, as installed */
} parts[] = {
	[PART_KERNEL_RELEASE] = {"the kernel image",
				 "CREANCE_KERNEL",
				 {"kernel/release/creance.elf", "../share/creance/creance.elf"}},
	[PART_KERNEL_DEBUG] = {"the debug kernel image",
			       "CREANCE_KERNEL",
			       {"kernel/debug/creance.elf", "../share/creance/creance-debug.elf"}},
	[PART_INITRAMFS] = {"the initramfs",
			    "CREANCE_INITRAMFS",
			    {"initramfs.cpio", "../share/creance/initramfs.cpio"}},
	[PART_GDB_SCRIPT] = {"the gdb script",
			     "CREANCE_GDB_SCRIPT",
			     {"../tools/gdb/creance.py", "../share/creance/gdb/creance.py"}},
	[PART_KERNEL_LATENCY] = {"the kernel that measures latencies",
				 "CREANCE_KERNEL",
				 {"kernel/latency/creance.elf",
				  "../share/creance/creance-latency.elf"}},
	[PART_BENCH_INITRAMFS] = {"the benchmark's initramfs",
				  "CREANCE_BENCH_INITRAMFS",
				  {"bench/initramfs.cpio",
				   "../share/creance/bench/initramfs.cpio"}},
	[PART_BENCH_TOOLS] = {"the initramfs of the benchmark's tools",
			      "CREANCE_BENCH_TOOLS",
			      {"bench/tools.cpio", "../share/creance/bench/tools.cpio"}},
	[PART_BENCH_LATENCY] = {"the initramfs with hackbench",
				"CREANCE_BENCH_LATENCY",
				{"bench/latency.cpio", "../share/creance/bench/latency.cpio"}},
	[PART_BENCH_COST] = {"the measuring program",
			     "CREANCE_BENCH_COST",
			     {"bench/guest/cost", "../share/creance/bench/cost"}},
	[PART_BENCH_PHASES] = {"the table of phases",
			       "CREANCE_BENCH_PHASES",
			       {"bench/phases", "../share/creance/bench/phases"}},
	[PART_LINUX_FETCH] = {"the script that fetches Linux",
			      "CREANCE_LINUX_FETCH",
			      {"bench/fetch_linux.sh", "../share/creance/bench/fetch_linux.sh"}},
};

/* The folder of our executable, with a slash at its end. */
static void own_folder(char *folder, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", folder, size - 1);
	char *slash;

	folder[n > 0 ? n : 0] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		slash[1] = '\0';
	else
		strcpy(folder, "./");
}

char *paths_find(enum part part)
{
	const char *given = getenv(parts[part].variable);
	char folder[PATH_MAX];
	char *first = NULL;

	if (given && *given) {
		if (access(given, R_OK) == 0)
			return must_format("%s", given);
		say("%s %s, which %s names, cannot be read (%s): correct the variable or unset it",
		    parts[part].what, given, parts[part].variable, strerror(errno));
		return NULL;
	}
	own_folder(folder, sizeof(folder));
	for (unsigned i = 0; i < 2; i++) {
		char *path = must_format("%s%s", folder, parts[part].beside[i]);

		if (access(path, R_OK) == 0) {
			free(first);
			return path;
		}
		if (first)
			free(path);
		else
			first = path;
	}
	say("%s is not at %s: run 'make' in Creance's source, or set %s", parts[part].what, first,
	    parts[part].variable);
	free(first);
	return NULL;
}

char *paths_beside(const char *name)
{
	char folder[PATH_MAX];

	own_folder(folder, sizeof(folder));
	return must_format("%s%s", folder, name);
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
