// SPDX-License-Identifier: MIT
#include "guest/qemu_sandbox.h"

#include <linux/close_range.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/file_map.h"
#include "image/elf_dynamic.h"
#include "image/program.h"
#include "guest/qemu.h"
#include "base/say.h"

static bool is_linked_with_seccomp(const char *path)
{
	struct elf_dynamic dynamic;
	struct file_map file;
	bool found = false;

	if (file_map_open(&file, path))
		return false;
	if (elf_is_loadable(&file) && elf_dynamic_read(&dynamic, &file) == 0) {
		for (unsigned i = 0; i < dynamic.nr_needed; i++)
			found |= strncmp(dynamic.needed[i], "libseccomp.so", 13) == 0;
		elf_dynamic_free(&dynamic);
	}
	file_map_close(&file);
	return found;
}

/* An emulator without it refuses the option before it comes to the next. */
static bool answers(const char *emulator)
{
	char text[256];

	return qemu_ask(emulator, "-sandbox " QEMU_SANDBOX, text, sizeof(text)) == 0;
}

bool qemu_sandbox_is_there(const char *emulator)
{
	static char *asked;
	static bool answer;
	struct stat st;
	char *path;

	if (asked && strcmp(asked, emulator) == 0)
		return answer;
	free(asked);
	asked = must_format("%s", emulator);
	path = strchr(emulator, '/') ? must_format("%s", emulator) : program_search_path(emulator);
	answer = path && stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0 &&
		 (is_linked_with_seccomp(path) || answers(emulator));
	free(path);
	return answer;
}

void qemu_sandbox_child(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	/* Whatever else was inherited by us, or opened without care; old kernels leave it. */
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
}
