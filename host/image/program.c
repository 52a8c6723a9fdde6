// SPDX-License-Identifier: MIT
/*
 * program.c -- from a word on the command line to a file that the guest can execute.
 *
 * Idea.  Every reason for which the guest's execve would refuse the program is checked here first:
 *   this is cheaper than a boot, and a message says more than an errno.
 * Invariants.
 *   G1  The guest path is absolute, and outside the places that init mounts or the link needs
 *       (/dev, /proc, /sys, /init, /creance); a program from such a place becomes /creance/program.
 * Tests.  program_test.c, tests/system.
 */
#include "image/program.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "image/elf_check.h"
#include "image/file_tree.h"
#include "base/say.h"

#define ELSEWHERE "/creance/program"

void path_tidy(char *path)
{
	char *out = path;

	for (const char *in = path; *in;) {
		if (in[0] == '/' && in[1] == '/') {
			in++;
		} else if (in[0] == '/' && in[1] == '.' && (in[2] == '/' || in[2] == '\0')) {
			in += 2;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
}

static bool has_dot_dot(const char *path)
{
	for (const char *at = strstr(path, ".."); at; at = strstr(at + 1, ".."))
		if ((at == path || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
			return true;
	return false;
}

char *program_guest_path(const char *host_path)
{
	char real[PATH_MAX];
	char *path;

	/* With "..", only the file system knows which folder is meant. */
	if (has_dot_dot(host_path) && realpath(host_path, real))
		path = must_format("%s", real);
	else
		path = must_format("%s", host_path);
	path_tidy(path);
	if (is_guests_own_place(path)) {
		free(path);
		path = must_format("%s", ELSEWHERE);
	}
	return path;
}

static bool is_executable_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *program_search_path(const char *name)
{
	const char *folders = getenv("PATH");

	if (!folders)
		folders = "/usr/local/bin:/usr/bin:/bin";
	while (*folders) {
		size_t len = strcspn(folders, ":");
		char *path = must_format("%.*s/%s", len ? (int)len : 1, len ? folders : ".", name);

		if (is_executable_file(path))
			return path;
		free(path);
		folders += len + (folders[len] == ':');
	}
	return NULL;
}

/* Can the guest find the absolute @path? Behind a symbolic link we cannot look, and trust it. */
static bool guest_has(const struct file_map *base, const char *path)
{
	char prefix[PATH_MAX];

	for (const char *end = strchr(path + 1, '/');; end = strchr(end + 1, '/')) {
		size_t len = end ? (size_t)(end - path - 1) : strlen(path + 1);

		if (len >= sizeof(prefix))
			return false;
		memcpy(prefix, path + 1, len);
		prefix[len] = '\0';
		unsigned mode = cpio_find(base->data, base->len, prefix).mode;
		if (!end || S_ISLNK(mode) || !mode)
			return mode != 0;
	}
}

/* The guest's own program of that name: its path, or NULL. */
static char *search_guest(const char *name, const struct file_map *base)
{
	static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};

	if (strchr(name, '/'))
		return name[0] == '/' && guest_has(base, name) ? must_format("%s", name) : NULL;
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char *path = must_format("%s/%s", folders[i], name);

		if (cpio_find(base->data, base->len, path + 1).mode)
			return path;
		free(path);
	}
	return NULL;
}

bool program_guest_has_command(const char *name, const struct file_map *base)
{
	char *path = search_guest(name, base);

	free(path);
	return path != NULL;
}

static int judge(const struct program *p, const struct file_map *base)
{
	struct elf_verdict v;

	elf_check(p->file.data, p->file.len, &v);
	switch (v.kind) {
	case ELF_STATIC:
	case ELF_DYNAMIC:
		return 0;
	case ELF_FOREIGN:
		say("%s is a program for %s, and the guest is x86-64: build it for x86-64",
		    p->host_path, v.detail);
		break;
	case ELF_NO_PROGRAM:
		say("%s is an object or core file, not a program: name a linked program",
		    p->host_path);
		break;
	case ELF_DAMAGED:
		say("%s is damaged (its ELF headers point outside of the file): build or copy it again",
		    p->host_path);
		break;
	case ELF_SCRIPT:
		if (v.detail[0] == '/' &&
		    (guest_has(base, v.detail) || is_executable_file(v.detail)))
			return 0;
		say("%s is a script for %s, which neither the guest nor this host has: install it, or use a "
		    "script for /bin/sh",
		    p->host_path, v.detail);
		break;
	case ELF_UNKNOWN:
		say("%s is neither an ELF program nor a script that begins with #!: name a program",
		    p->host_path);
		break;
	}
	return STATUS_NOT_EXECUTABLE;
}

static int check_file(const char *path, unsigned *permissions)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		int err = errno;

		say("%s cannot be found (%s): check the path", path, strerror(err));
		return err == ENOENT || err == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	}
	if (S_ISDIR(st.st_mode)) {
		say("%s is a folder: name a program", path);
		return STATUS_NOT_EXECUTABLE;
	}
	if (!S_ISREG(st.st_mode) || access(path, X_OK) < 0) {
		say("%s is not executable: give it the permission with chmod +x, if it is a program",
		    path);
		return STATUS_NOT_EXECUTABLE;
	}
	*permissions = st.st_mode & 07777;
	return 0;
}

static int not_found(struct program *p, const char *name, const struct file_map *base)
{
	p->guest_path = search_guest(name, base);
	if (p->guest_path)
		return 0;
	if (*name == '\0')
		say("the program's name is empty: name a program");
	else if (strchr(name, '/'))
		say("%s does not exist: check the path", name);
	else
		say("%s is not found on PATH: check the name, or give the program's path", name);
	return STATUS_NOT_FOUND;
}

int program_find(struct program *p, const char *name, const struct file_map *base)
{
	char cwd[PATH_MAX];
	char *absolute;
	int status;

	*p = (struct program){.file = {"", 0}};
	if (!strchr(name, '/'))
		p->host_path = *name ? program_search_path(name) : NULL;
	else if (access(name, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR))
		p->host_path = must_format("%s", name);
	if (!p->host_path)
		return not_found(p, name, base);
	status = check_file(p->host_path, &p->permissions);
	if (status)
		return status;
	if (file_map_need(&p->file, p->host_path, ADVICE_FOR_GUEST))
		return STATUS_NOT_EXECUTABLE;
	if (p->host_path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		absolute = must_format("%s", p->host_path);
	else
		absolute = must_format("%s/%s", cwd, p->host_path);
	p->guest_path = program_guest_path(absolute);
	free(absolute);
	return judge(p, base);
}

void program_fini(struct program *p)
{
	file_map_close(&p->file);
	free(p->host_path);
	free(p->guest_path);
	*p = (struct program){.file = {"", 0}};
}
