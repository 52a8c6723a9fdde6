// SPDX-License-Identifier: MIT
#include "bench/bench_linux.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/say.h"
#include "base/signals.h"

/* Make @path and the folders above it. */
static bool make_folder(const char *path)
{
	char *copy = must_format("%s", path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0777); /* it may exist; access() decides below */
		*slash = '/';
	}
	mkdir(copy, 0777);
	bool good = access(copy, W_OK | X_OK) == 0;
	free(copy);
	return good;
}

static char *cache_folder(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache == '/')
		return must_format("%s/creance/linux", cache);
	return must_format("%s/.cache/creance/linux", home && *home == '/' ? home : "/tmp");
}

static char *kernel_in(const char *folder)
{
	char *path = must_format("%s/vmlinuz", folder);

	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Run the script; its output goes to standard error. */
static bool fetch(const char *script, const char *folder)
{
	int status = -1;
	pid_t pid;

	say("fetching Debian's cloud kernel to %s (14 MB; it is not installed)", folder);
	pid = fork();
	if (pid == 0) {
		signals_reset();
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl("/bin/sh", "sh", script, folder, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static char *fetch_to_first(char *const *folders, unsigned nr)
{
	char *script = paths_find(PART_LINUX_FETCH);
	char *kernel = NULL;
	unsigned i = 0;

	if (!script)
		return NULL;
	while (i < nr && !make_folder(folders[i]))
		i++;
	if (i == nr)
		say("no folder for Linux can be written to: set CREANCE_LINUX_KERNEL to a bzImage");
	else if (fetch(script, folders[i]))
		kernel = kernel_in(folders[i]);
	if (i < nr && !kernel)
		say("there is no Linux to compare with: leave out --against, or set CREANCE_LINUX_KERNEL to a "
		    "bzImage");
	free(script);
	return kernel;
}

char *bench_linux_find(void)
{
	const char *given = getenv("CREANCE_LINUX_KERNEL");
	char *folders[2], *kernel = NULL;

	if (given && *given) {
		if (access(given, R_OK) == 0)
			return must_format("%s", given);
		say("the kernel %s, which CREANCE_LINUX_KERNEL names, cannot be read (%s): correct the variable or "
		    "unset it",
		    given, strerror(errno));
		return NULL;
	}
	folders[0] = paths_beside("linux");
	folders[1] = cache_folder();
	for (unsigned i = 0; i < 2 && !kernel; i++)
		kernel = kernel_in(folders[i]);
	if (!kernel && paths_is_build())
		kernel = fetch_to_first(folders, 2);
	else if (!kernel)
		kernel = fetch_to_first(folders + 1, 1);
	free(folders[0]);
	free(folders[1]);
	return kernel;
}
