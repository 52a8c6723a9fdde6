// SPDX-License-Identifier: MIT
/*
 * guest_files.c -- the archive that a guest starts with.
 *
 * Idea.  The base archive, then a second one in the same memory file: what init is to do
 *   (docs/hostlink.md), and the program's files. The kernel unpacks both, so nothing is changed in
 *   the base.
 * Invariants.
 *   F1  Files for init are root's alone, for arguments and variables may hold secrets; only the
 *       program's input is its user's.
 *   F2  After an error the memory file is closed, and a message has been printed.
 * Tests.  guest_files_test.c, tests/system/run.t, user.t.
 */
#include "guest/guest_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi/hostlink_wire.h"
#include "image/cpio_write.h"
#include "base/paths.h"
#include "base/say.h"
#include "base/streams.h"

int guest_files_open_base(struct file_map *base)
{
	char *path = paths_find(PART_INITRAMFS);
	int err;

	*base = (struct file_map){"", 0};
	if (!path)
		return STATUS_FAILED;
	err = file_map_need(base, path, ADVICE_TO_BUILD);
	if (!err && !cpio_find(base->data, base->len, "init").mode) {
		say("%s is no initramfs of Creance, for it has no /init: correct CREANCE_INITRAMFS, or run 'make' in Creance's source",
		    path);
		err = -EINVAL;
	}
	free(path);
	return err ? STATUS_FAILED : 0;
}

static void add_strings(struct cpio_writer *w, const char *name, const char *const *strings)
{
	size_t len = 0;
	char *all, *at;

	for (unsigned i = 0; strings[i]; i++)
		len += strlen(strings[i]) + 1;
	at = all = must_alloc(len);
	for (unsigned i = 0; strings[i]; i++)
		at = stpcpy(at, strings[i]) + 1;
	cpio_add_file(w, name, 0600, all, len); /* a variable may hold a secret */
	free(all);
}

static void add_user(struct cpio_writer *w, const struct guest_user *user)
{
	char uid[16], gid[16];
	const char *const list[] = {uid, gid, guest_user_folder(user), NULL};

	snprintf(uid, sizeof(uid), "%u", user->uid);
	snprintf(gid, sizeof(gid), "%u", user->gid);
	add_strings(w, &HOSTLINK_USER_FILE[1], list);
}

/* The program's streams that were closed here are closed there. */
static void add_closed(struct cpio_writer *w)
{
	static const char *const numbers[] = {"0", "1", "2"};
	const char *list[4];
	unsigned nr = 0;

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (streams_was_closed(fd))
			list[nr++] = numbers[fd];
	list[nr] = NULL;
	if (nr)
		add_strings(w, &HOSTLINK_CLOSED_FILE[1], list);
}

static void add_overlay(struct cpio_writer *w, const struct guest_files *files)
{
	const char *const mode[] = {files->mode, NULL};
	const char *const path[] = {files->path, NULL};

	cpio_add_folder(w, "creance", 0755);
	add_strings(w, &HOSTLINK_MODE_FILE[1], mode);
	add_strings(w, &HOSTLINK_PATH_FILE[1], path);
	add_strings(w, &HOSTLINK_ARGV_FILE[1], files->argv);
	add_strings(w, &HOSTLINK_ENVP_FILE[1], files->envp);
	if (!files->streams_open)
		add_closed(w);
	if (files->user)
		add_user(w, files->user);
	if (!files->input)
		return;
	if (files->user) { /* a program may open its standard input again */
		w->uid = files->user->uid;
		w->gid = files->user->gid;
	}
	cpio_add_file(w, &HOSTLINK_STDIN_FILE[1], 0600, files->input, files->input_bytes);
	w->uid = w->gid = 0;
}

int guest_files_build(const struct guest_files *files, int *fd, uint64_t *len)
{
	static const char zeros[CPIO_ALIGN];
	struct cpio_writer w;
	uint64_t padding = (CPIO_ALIGN - files->base->len % CPIO_ALIGN) % CPIO_ALIGN;
	bool said = false;
	int err;

	*fd = memfd_create("creance-initrd", MFD_CLOEXEC);
	if (*fd < 0) {
		err = -errno;
		say("no memory file can be made for the guest's files (%s): free some memory",
		    strerror(errno));
		return err;
	}
	err = write_fully(*fd, files->base->data, files->base->len);
	if (!err)
		err = write_fully(*fd, zeros, padding);
	cpio_begin(&w, *fd, files->base->len + padding);
	if (!err) {
		add_overlay(&w, files);
		err = files->tree ? file_tree_write(files->tree, &w) : 0;
		said = err != 0;
	}
	if (!err)
		err = cpio_end(&w);
	*len = w.offset;
	if (err && !said)
		say("the guest's files cannot be collected (%s): name less with --file",
		    strerror(-err));
	if (err)
		close(*fd);
	return err;
}

/* Put @setting into the list, in the place of one of the same name. */
static void set_variable(const char **list, unsigned *nr, const char *setting)
{
	size_t name = strcspn(setting, "=");

	for (unsigned i = 0; i < *nr; i++) {
		if (strncmp(list[i], setting, name + 1) == 0) {
			list[i] = setting;
			return;
		}
	}
	list[(*nr)++] = setting;
}

const char **guest_environment(const char *const *defaults, const char *const *given)
{
	unsigned max = 1, nr = 0;
	const char **list;

	for (unsigned i = 0; defaults[i]; i++)
		max++;
	for (unsigned i = 0; given[i]; i++)
		max++;
	list = must_alloc(max * sizeof(*list));
	for (unsigned i = 0; defaults[i]; i++)
		set_variable(list, &nr, defaults[i]);
	for (unsigned i = 0; given[i]; i++) {
		const char *value = strchr(given[i], '=') ? NULL : getenv(given[i]);

		if (value)
			set_variable(list, &nr, must_format("%s=%s", given[i], value));
		else if (strchr(given[i], '='))
			set_variable(list, &nr, given[i]);
	}
	return list;
}
