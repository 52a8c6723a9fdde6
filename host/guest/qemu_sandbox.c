// SPDX-License-Identifier: MIT
#include "guest/qemu_sandbox.h"

#include <linux/close_range.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/file_map.h"
#include "image/elf_dynamic.h"
#include "image/program.h"
#include "guest/qemu.h"
#include "base/say.h"

enum { ANSWER_MS = 5000 };

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
	struct qemu_command c;
	struct pollfd polled = {.events = POLLIN};
	struct qemu q;
	char text[256];
	int status;
	bool in_time = true;

	qemu_command_begin(&c, emulator);
	qemu_command_add(&c, "-sandbox " QEMU_SANDBOX);
	qemu_command_add(&c, "--version");
	if (qemu_start(&q, &c)) {
		qemu_command_fini(&c);
		return false;
	}
	polled.fd = q.serial_fd;
	while (in_time) {
		in_time = poll(&polled, 1, ANSWER_MS) > 0;
		if (in_time && read(q.serial_fd, text, sizeof(text)) <= 0)
			break;
	}
	close(q.serial_fd);
	close(q.errors_fd);
	/* It has closed its output, and so is about to end; else it is ended. */
	if (in_time)
		waitpid(q.pid, &status, 0), q.pid = 0;
	else
		status = qemu_stop(&q);
	qemu_command_fini(&c);
	return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool qemu_sandbox_is_there(const char *emulator)
{
	static char *asked;
	static bool answer;
	char *path;

	if (asked && strcmp(asked, emulator) == 0)
		return answer;
	free(asked);
	asked = must_format("%s", emulator);
	path = strchr(emulator, '/') ? must_format("%s", emulator) : program_search_path(emulator);
	answer = path && access(path, X_OK) == 0 &&
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
