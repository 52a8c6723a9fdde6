// SPDX-License-Identifier: MIT
/*
 * file_tree.c -- which path of the guest gets which file of the host.
 *
 * Idea.  A path is walked on the host as the guest's kernel will walk it, component by component: a
 *   symbolic link is recorded as a link, and its target is put in front of the remaining path. So
 *   each file is recorded once, under its real path, and every name that leads to it on the host
 *   leads to it in the guest. Where the base initramfs has a folder, the host may have a link
 *   (/bin -> usr/bin): then the folder stays a folder, and only the requested file is put into it.
 * Invariants.
 *   T1  An entry's folder precedes it in `all`, or is in the base.
 *   T2  No component of an entry's path, except the last, is a link of the tree.
 *   T3  No entry is in a place that the guest keeps for itself.
 *   T4  Nothing outside of a folder that was named comes along because of a link in it.
 *   T5  A file that others cannot read on the host is readable in the guest by its user alone.
 * Cost.  An lstat for each new component; contents are mapped one at a time, when written.
 * Tests.  file_tree_test.c, tests/system/dynamic.t.
 */
#include "image/file_tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/elf_check.h"
#include "base/say.h"
#include "base/signals.h"

enum { LINKS_MAX = 40 }; /* as the kernel follows */

struct walk {
	struct file_tree *tree;
	char at[PATH_MAX]; /* where we are: no links; "" is the root */
	char *left;	   /* what is still to be walked */
	unsigned nr_links;
	bool above_is_new; /* the folder we are in is not of the base */
	bool named;	   /* or needed by what was named: */
	enum tree_need need;
};

bool is_guests_own_place(const char *path)
{
	static const char *const places[] = {"/dev", "/proc", "/sys", "/creance", "/init"};

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t len = strlen(places[i]);

		if (strncmp(path, places[i], len) == 0 && (path[len] == '/' || path[len] == '\0'))
			return true;
	}
	return false;
}

void file_tree_init(struct file_tree *tree, const struct file_map *base)
{
	*tree = (struct file_tree){.base = base};
}

static void keep_entry(void *entry)
{
	(void)entry; /* `all` owns it */
}

void file_tree_fini(struct file_tree *tree)
{
	tdestroy(tree->index, keep_entry);
	for (unsigned i = 0; i < tree->nr; i++) {
		free(tree->all[i]->guest);
		free(tree->all[i]->host);
		free(tree->all[i]->target);
		free(tree->all[i]);
	}
	free(tree->all);
	*tree = (struct file_tree){0};
}

static int compare_paths(const void *a, const void *b)
{
	const struct tree_entry *left = a, *right = b;

	return strcmp(left->guest, right->guest);
}

struct tree_entry *file_tree_find(const struct file_tree *tree, const char *guest)
{
	const struct tree_entry key = {.guest = (char *)(uintptr_t)guest};
	void *const *node = tfind(&key, &tree->index, compare_paths);

	return node ? *node : NULL;
}

static struct tree_entry *note(struct file_tree *tree, const char *guest, mode_t mode)
{
	struct tree_entry *entry = must_alloc(sizeof(*entry));

	*entry = (struct tree_entry){.guest = must_format("%s", guest), .mode = mode};
	if (tree->nr == tree->max) {
		unsigned max = tree->max ? 2 * tree->max : 64;
		struct tree_entry **all = must_alloc(max * sizeof(struct tree_entry *));

		if (tree->nr)
			memcpy(all, tree->all, tree->nr * sizeof(struct tree_entry *));
		free(tree->all);
		tree->all = all;
		tree->max = max;
	}
	tree->all[tree->nr++] = entry;
	if (!tsearch(entry, &tree->index, compare_paths)) {
		say("this host has no memory for a list of files: free some");
		exit(STATUS_FAILED);
	}
	return entry;
}

/* Is it what the base has at this path already? Then nothing needs to be written. */
static bool is_same_as_base(const struct cpio_found *found, const struct tree_entry *entry)
{
	struct file_map map;
	bool same;

	if (found->mode != entry->mode || !S_ISREG(found->mode) || found->len != entry->bytes ||
	    file_map_open(&map, entry->host))
		return false;
	same = map.len == found->len && memcmp(map.data, found->data, map.len) == 0;
	file_map_close(&map);
	return same;
}

/* Count the file among those to be written, or no longer (@sign is -1). */
static void count(struct file_tree *tree, const struct tree_entry *entry, int sign)
{
	if (!S_ISREG(entry->mode) || entry->in_base)
		return;
	tree->bytes += (uint64_t)sign * entry->bytes;
	if (entry->bytes % CPIO_ALIGN)
		tree->copied_bytes += (uint64_t)(sign * (int64_t)CPIO_ALIGN);
}

/* The regular file @host, at @guest. */
static struct tree_entry *note_file(struct file_tree *tree, const char *host, const char *guest,
				    const struct stat *st, const struct cpio_found *in_base)
{
	struct tree_entry *entry = file_tree_find(tree, guest);

	if (!entry)
		entry = note(tree, guest, 0);
	else
		count(tree, entry, -1);
	free(entry->host);
	entry->host = must_format("%s", host);
	entry->mode = S_IFREG | (st->st_mode & 07777);
	entry->bytes = (uint64_t)st->st_size;
	entry->mtime = (uint32_t)st->st_mtime;
	entry->in_base = is_same_as_base(in_base, entry);
	count(tree, entry, 1);
	return entry;
}

static struct tree_entry *note_folder(struct file_tree *tree, const char *guest, mode_t permissions,
				      const struct cpio_found *in_base)
{
	struct tree_entry *entry = note(tree, guest, S_IFDIR | permissions);

	entry->in_base = S_ISDIR(in_base->mode);
	entry->closed = entry->in_base && !(in_base->mode & 0001);
	if (entry->closed)
		entry->mode = in_base->mode;
	return entry;
}

static struct cpio_found find_in_base(const struct file_tree *tree, const char *path)
{
	return cpio_find(tree->base->data, tree->base->len, path + 1);
}

/* Continue at @target instead of at the link w->at. */
static int follow(struct walk *w, const char *target)
{
	char *left = must_format("%s/%s", target, w->left);

	if (++w->nr_links > LINKS_MAX || strlen(left) >= PATH_MAX) {
		free(left);
		return -ELOOP;
	}
	if (*target == '/')
		*w->at = '\0';
	else
		*strrchr(w->at, '/') = '\0';
	w->above_is_new = false;
	/* w->left points into a buffer of the walk's, which is as long as any path. */
	memmove(w->left, left, strlen(left) + 1);
	free(left);
	return 0;
}

/* May we execute the file at @path, and is it what the kernel executes? */
static bool is_program(const char *path)
{
	struct elf_verdict verdict;
	struct file_map file;

	if (access(path, X_OK) < 0 || file_map_open(&file, path))
		return false;
	elf_check(file.data, file.len, &verdict);
	file_map_close(&file);
	return verdict.kind == ELF_STATIC || verdict.kind == ELF_DYNAMIC ||
	       verdict.kind == ELF_SCRIPT;
}

/*
 * What is at w->at was not noted before: note it. Returns: -EEXIST when what the guest has there is
 * to stay.
 */
static int note_next(struct walk *w, struct tree_entry **entry)
{
	struct cpio_found in_base = {0};
	char target[PATH_MAX];
	struct stat st;

	if (!w->above_is_new)
		in_base = find_in_base(w->tree, w->at);
	if (!w->named && in_base.mode && !S_ISDIR(in_base.mode))
		return -EEXIST;
	if (lstat(w->at, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && !S_ISDIR(in_base.mode)) {
		ssize_t len = readlink(w->at, target, sizeof(target) - 1);

		if (len < 0)
			return -errno;
		target[len] = '\0';
		*entry = note(w->tree, w->at, S_IFLNK | 0777);
		(*entry)->target = must_format("%s", target);
		(*entry)->mtime = (uint32_t)st.st_mtime;
	} else if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode)) {
		*entry = note_folder(w->tree, w->at, st.st_mode & 07777, &in_base);
		(*entry)->mtime = (uint32_t)st.st_mtime;
	} else if (S_ISREG(st.st_mode)) {
		if (!w->named && w->need == NEEDED_PROGRAM && !is_program(w->at))
			return -EACCES;
		*entry = note_file(w->tree, w->at, w->at, &st, &in_base);
	} else {
		return -EINVAL;
	}
	return 0;
}

/* Take the next component off w->left, and go there. */
static int step(struct walk *w, struct tree_entry **entry)
{
	size_t len = strcspn(w->left, "/"), at = strlen(w->at);
	int err;

	if (len == 2 && memcmp(w->left, "..", 2) == 0) {
		if (at)
			*strrchr(w->at, '/') = '\0';
		w->above_is_new = false;
		*entry = NULL;
		w->left += len;
		return 0;
	}
	if (at + 1 + len >= sizeof(w->at))
		return -ENAMETOOLONG;
	snprintf(w->at + at, sizeof(w->at) - at, "/%.*s", (int)len, w->left);
	w->left += len;
	if (is_guests_own_place(w->at)) /* T3 */
		return -EPERM;
	*entry = file_tree_find(w->tree, w->at);
	if (!*entry) {
		err = note_next(w, entry);
		if (err)
			return err;
	}
	if (S_ISLNK((*entry)->mode))
		return 0;
	w->above_is_new = !(*entry)->in_base;
	return S_ISREG((*entry)->mode) && w->left[strspn(w->left, "/")] ? -ENOTDIR : 0;
}

/* Walk along @path, an absolute one. Returns: as file_tree_add_needed. */
static int walk(struct walk *w, const char *path, struct tree_entry **result)
{
	struct tree_entry *entry = NULL;
	/* follow() writes at `left`, which may be anywhere in the first half. */
	char buffer[2 * PATH_MAX];
	int err = 0;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(buffer, path);
	w->left = buffer;
	while (!err) {
		w->left += strspn(w->left, "/");
		while (w->left[0] == '.' && (w->left[1] == '/' || w->left[1] == '\0'))
			w->left += 1 + strspn(w->left + 1, "/");
		if (!*w->left)
			break;
		err = step(w, &entry);
		if (!err && entry && S_ISLNK(entry->mode)) {
			char *target = entry->target;

			memmove(buffer, w->left, strlen(w->left) + 1);
			w->left = buffer;
			err = follow(w, target);
		}
	}
	if (err == -EEXIST || (err == -EPERM && w->nr_links)) { /* the guest has its own */
		entry = NULL;
		err = 0;
	} else if (!err && !entry && *w->at) { /* ended in ".." */
		entry = file_tree_find(w->tree, w->at);
	}
	if (result)
		*result = entry;
	return err;
}

int file_tree_add(struct file_tree *tree, const char *path, struct tree_entry **entry)
{
	struct walk w = {.tree = tree, .named = true};

	return walk(&w, path, entry);
}

int file_tree_add_needed(struct file_tree *tree, const char *path, enum tree_need need,
			 struct tree_entry **entry)
{
	struct walk w = {.tree = tree, .need = need};
	struct tree_entry *end;
	int err = walk(&w, path, &end);

	if (!err && end && need == NEEDED_PROGRAM && !S_ISREG(end->mode))
		err = -EACCES; /* a folder */
	if (entry)
		*entry = end;
	return err;
}

/* The folders on the way to @guest. */
static void note_parents(struct file_tree *tree, const char *guest)
{
	char *path = must_format("%s", guest);

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!file_tree_find(tree, path)) {
			struct cpio_found in_base = find_in_base(tree, path);

			note_folder(tree, path, 0755, &in_base);
		}
		*slash = '/';
	}
	free(path);
}

int file_tree_add_as(struct file_tree *tree, const char *host, const char *guest,
		     struct tree_entry **result)
{
	struct cpio_found in_base;
	struct tree_entry *entry;
	struct stat st;

	if (stat(host, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -EINVAL;
	note_parents(tree, guest);
	in_base = find_in_base(tree, guest);
	entry = file_tree_find(tree, guest);
	if (S_ISREG(st.st_mode))
		entry = note_file(tree, host, guest, &st, &in_base);
	else if (!entry)
		entry = note_folder(tree, guest, st.st_mode & 07777, &in_base);
	if (result)
		*result = entry;
	return 0;
}

/* A symbolic link in a folder: as it is. */
static int copy_link(struct file_tree *tree, const char *host, const char *guest,
		     const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t len = readlink(host, target, sizeof(target) - 1);

	if (len < 0)
		return -errno;
	target[len] = '\0';
	if (!file_tree_find(tree, guest) && !S_ISDIR(find_in_base(tree, guest).mode)) {
		struct tree_entry *entry = note(tree, guest, S_IFLNK | 0777);

		entry->target = must_format("%s", target);
		entry->mtime = (uint32_t)st->st_mtime;
	}
	return 0;
}

/* Does @path lead to something below @top, which has no links on the way? */
static bool leads_below(const char *path, const char *top)
{
	size_t len = strlen(top);
	char real[PATH_MAX];

	return realpath(path, real) && strncmp(real, top, len) == 0 && real[len] == '/';
}

static int add_below(struct file_tree *tree, const char *host, const char *guest, const char *top);

static int add_child(struct file_tree *tree, const char *host, const char *guest, const char *top)
{
	bool same = strcmp(host, guest) == 0;
	struct stat st;
	int err;

	if (is_guests_own_place(guest)) /* T3 */
		return 0;
	if (lstat(host, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode)) {
		err = copy_link(tree, host, guest, &st);
		if (err || !same || !leads_below(host, top)) /* T4 */
			return err;
		/* links on its way */
		err = file_tree_add_needed(tree, guest, NEEDED_LIBRARY, NULL);
	} else if (same) {
		err = file_tree_add(tree, guest, NULL);
	} else {
		err = file_tree_add_as(tree, host, guest, NULL);
	}
	/* A link that leads nowhere does so in the guest, too. */
	if (S_ISLNK(st.st_mode) || err == -EPERM || err == -EINVAL)
		return 0;
	if (!err && S_ISDIR(st.st_mode))
		err = add_below(tree, host, guest, top);
	return err;
}

static int is_no_dot(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* As file_tree_add_below; the folder that was named is @top, without links on the way. */
static int add_below(struct file_tree *tree, const char *host, const char *guest, const char *top)
{
	struct tree_entry *folder = file_tree_find(tree, guest);
	struct dirent **names;
	int nr, err = 0;

	if (folder && folder->listed)
		return 0;
	if (folder)
		folder->listed = true;
	nr = scandir(host, &names, is_no_dot, alphasort);
	if (nr < 0) {
		err = -errno;
		say("the folder %s cannot be read (%s): give it read permission", host,
		    strerror(-err));
		return err;
	}
	for (int i = 0; i < nr; i++) {
		char *from = must_format("%s/%s", host, names[i]->d_name);
		char *to = must_format("%s/%s", strcmp(guest, "/") == 0 ? "" : guest,
				       names[i]->d_name);

		if (!err && signals_noted_ending())
			err = -EINTR;
		if (!err)
			err = add_child(tree, strcmp(host, guest) == 0 ? to : from, to, top);
		free(from);
		free(to);
		free(names[i]);
	}
	free(names);
	return err;
}

int file_tree_add_below(struct file_tree *tree, const char *host, const char *guest)
{
	char top[PATH_MAX];

	if (!realpath(host, top))
		return -errno;
	return add_below(tree, host, guest, top);
}

void file_tree_give(struct file_tree *tree, const char *guest)
{
	size_t len = strlen(guest);

	for (unsigned i = 0; i < tree->nr; i++) {
		const char *path = tree->all[i]->guest;

		if (strncmp(path, guest, len) == 0 && (path[len] == '\0' || path[len] == '/'))
			tree->all[i]->is_users = true;
	}
}

/*
 * Files were put into such a folder because the guest's user needs them: the user may pass through
 * it, and list it if the folder itself was named. It still belongs to root.
 */
static void open_folder(const struct tree_entry *entry, struct cpio_writer *writer)
{
	mode_t opened = entry->is_users ? 0555 : 0111;

	cpio_add_folder(writer, entry->guest + 1, (entry->mode & 01777) | opened);
}

/* It was not named, and others may not read it on the host. */
static bool is_private(const struct tree_entry *entry)
{
	return !entry->is_users && S_ISREG(entry->mode) && !(entry->mode & 0004);
}

/*
 * The command's user could read it, and so enter the folder or execute the program: so can the
 * guest's user. What belongs to that user stays as closed to others as it was.
 */
static mode_t permissions_of(const struct tree_entry *entry)
{
	mode_t mode = entry->mode & 01777, to = entry->is_users ? 0700 : 0777;

	if (is_private(entry)) /* T5 */
		return 0400 | (mode & 0111 ? 0100 : 0);

	if (S_ISDIR(entry->mode))
		return mode | (0555 & to);
	return mode | (0444 & to) | (mode & 0111 ? 0111 & to : 0);
}

static int write_file(const struct tree_entry *entry, struct cpio_writer *writer)
{
	struct file_map map;
	int err = file_map_need(&map, entry->host, ADVICE_FOR_GUEST);

	if (err)
		return err;
	cpio_add_file(writer, entry->guest + 1, permissions_of(entry), map.data, map.len);
	file_map_close(&map);
	return 0;
}

int file_tree_write(const struct file_tree *tree, struct cpio_writer *writer)
{
	int err = 0;

	for (unsigned i = 0; i < tree->nr && !err; i++) {
		const struct tree_entry *entry = tree->all[i];
		bool to_user = entry->is_users || is_private(entry);

		if (signals_noted_ending()) {
			err = -EINTR;
			break;
		}
		writer->mtime = entry->mtime;
		if (entry->closed && tree->user.uid) {
			writer->uid = writer->gid = 0;
			open_folder(entry, writer);
		}
		if (entry->in_base)
			continue;
		writer->uid = to_user ? tree->user.uid : 0;
		writer->gid = to_user ? tree->user.gid : 0;
		if (S_ISDIR(entry->mode))
			cpio_add_folder(writer, entry->guest + 1, permissions_of(entry));
		else if (S_ISLNK(entry->mode))
			cpio_add_link(writer, entry->guest + 1, entry->target);
		else
			err = write_file(entry, writer);
	}
	writer->mtime = writer->uid = writer->gid = 0;
	return err;
}
