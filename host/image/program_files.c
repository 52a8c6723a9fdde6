// SPDX-License-Identifier: MIT
/*
 * program_files.c -- which of the host's files a run needs in its guest.
 *
 * Idea.  A program needs its interpreter: ld.so with all libraries, or, for a script, the program
 *   that its first line names, which needs its own in turn; "env NAME" needs NAME. --file adds a
 *   file or a folder, and for each program or library in it the same.
 * Invariants.
 *   F1  A file that the guest has is replaced only if it is named: a script for /bin/sh runs with
 *       the guest's /bin/sh.
 *   F2  Everything that a named program needs must be found; what a program in a folder needs may
 *       be missing.
 *   F3  Files of --file belong to the guest's user, so that the program may change them; all others
 *       belong to root, unless they are private (file_tree.c, T5).
 *   F4  The files are hostile to us: what one names as its interpreter comes along only if it is a
 *       program that we may execute.
 * Tests.  program_files_test.c, tests/system/dynamic.t, tests/system/user.t.
 */
#include "image/program_files.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/elf_check.h"
#include "image/elf_dynamic.h"
#include "image/library_search.h"
#include "base/say.h"
#include "base/signals.h"

enum { SCRIPTS_MAX = 5 }; /* interpreters that are scripts themselves, as deep as the kernel goes */

struct collection {
	struct file_tree *tree;
	struct library_search search;
	unsigned depth;
};

static int add_needs(struct collection *c, const char *path, bool may_lack);

/* The interpreter of a script, with what it needs. */
static int add_interpreter(struct collection *c, const char *script, const char *path,
			   bool may_lack)
{
	struct tree_entry *entry;
	int err = file_tree_add_needed(c->tree, path, NEEDED_PROGRAM, &entry);

	if (err) {
		if (may_lack)
			return 0;
		say("%s is a script for %s, which neither the guest nor this host has (%s): install it",
		    script, path, strerror(-err));
		return err;
	}
	return entry ? add_needs(c, path, may_lack) : 0; /* NULL: F1 */
}

/* Is the argument of env's option @word, such as -u, the next word? */
static bool has_argument(const char *word)
{
	if (word[0] == '-' && word[1] == '-')
		return strcmp(word, "--unset") == 0 || strcmp(word, "--chdir") == 0;
	return word[0] == '-' && word[1] && strchr("uC", word[strlen(word) - 1]);
}

/* "#!/usr/bin/env NAME": the program that env will look for. */
static int add_word_of_env(struct collection *c, const char *script, const struct file_map *file,
			   bool may_lack)
{
	char line[PATH_MAX], *at = line;
	size_t len = file->len < sizeof(line) - 1 ? file->len : sizeof(line) - 1;
	const char *word;

	memcpy(line, file->data, len);
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	strsep(&at, " \t"); /* "#!/usr/bin/env", or "#!" and then the path */
	if (strcmp(line, "#!") == 0)
		strsep(&at, " \t");
	/* Options and settings of variables precede the name. */
	bool is_argument = false;
	while ((word = strsep(&at, " \t\r"))) {
		if (*word && *word != '-' && !strchr(word, '=') && !is_argument)
			break;
		if (*word)
			is_argument = !is_argument && has_argument(word);
	}
	if (!word || (*word != '/' && strchr(word, '/')) || /* the last: from where it starts */
	    program_guest_has_command(word, c->tree->base))
		return 0;
	char *path = *word == '/' ? must_format("%s", word) : program_search_path(word);
	if (path && *path != '/') { /* found from a relative folder, which is another one there */
		free(path);
		path = NULL;
	}
	if (!path && may_lack)
		return 0;
	if (!path) {
		say("%s is a script for %s, which neither the guest nor this host's PATH has: install it",
		    script, word);
		return -ENOENT;
	}
	int err = add_interpreter(c, script, path, may_lack);
	free(path);
	return err;
}

static int add_for_script(struct collection *c, const char *path, const struct file_map *file,
			  const char *interpreter, bool may_lack)
{
	const char *slash = strrchr(interpreter, '/');
	int err;

	if (*interpreter != '/' || c->depth >= SCRIPTS_MAX)
		return 0; /* the guest's execve will report it */
	c->depth++;
	err = add_interpreter(c, path, interpreter, may_lack);
	if (!err && strcmp(slash, "/env") == 0)
		err = add_word_of_env(c, path, file, may_lack);
	c->depth--;
	return err;
}

/* What the file at @path needs beside itself to be executed or loaded. */
static int add_needs(struct collection *c, const char *path, bool may_lack)
{
	struct elf_verdict verdict;
	struct file_map file;
	int err = file_map_need(&file, path, ADVICE_FOR_GUEST);

	if (err)
		return err;
	elf_check(file.data, file.len, &verdict);
	if (verdict.kind == ELF_DYNAMIC)
		err = library_search_add(&c->search, path, verdict.detail, may_lack);
	else if (verdict.kind == ELF_SCRIPT)
		err = add_for_script(c, path, &file, verdict.detail, may_lack);
	else if (verdict.kind == ELF_STATIC && elf_is_loadable(&file))
		err = library_search_add(&c->search, path, NULL, may_lack);
	file_map_close(&file);
	return err;
}

static int add_program(struct collection *c, const struct program *p)
{
	char *at_host = realpath(p->host_path, NULL);
	int err;

	if (is_guests_own_place(p->guest_path))
		err = file_tree_add_as(c->tree, p->host_path, p->guest_path, NULL);
	else
		err = file_tree_add(c->tree, p->guest_path, NULL);
	if (err)
		say("%s cannot be put into the guest (%s): copy it to another folder", p->host_path,
		    strerror(-err));
	else
		/* $ORIGIN is the folder of the program itself, not of a link to it. */
		err = add_needs(c, at_host ? at_host : p->guest_path, false);
	free(at_host);
	return err;
}

/* ---- --file ---- */

/* Where "=GUEST" of HOST=GUEST begins; NULL: the whole is a file's name. */
static const char *guest_part(const char *text)
{
	return access(text, F_OK) == 0 ? NULL : strchr(text, '=');
}

char *program_files_source(const char *text)
{
	const char *equals = guest_part(text);

	return equals ? must_format("%.*s", (int)(equals - text), text) : must_format("%s", text);
}

/* @text of --file as the two absolute paths; the caller frees both. */
static void split(const char *text, char **host, char **guest)
{
	const char *equals = guest_part(text);
	char cwd[PATH_MAX];

	*host = program_files_source(text);
	if ((*host)[0] != '/' && getcwd(cwd, sizeof(cwd))) {
		char *absolute = must_format("%s/%s", cwd, *host);

		free(*host);
		*host = absolute;
	}
	path_tidy(*host);
	*guest = equals ? must_format("%s", equals + 1) : must_format("%s", *host);
	path_tidy(*guest);
}

static int add_mapped(struct collection *c, const char *host, const char *guest)
{
	struct tree_entry *entry = NULL;
	int err;

	if (is_guests_own_place(guest))
		err = -EPERM;
	else if (strcmp(host, guest) == 0)
		err = file_tree_add(c->tree, host, &entry);
	else
		err = file_tree_add_as(c->tree, host, guest, &entry);
	if (err == -EPERM) {
		say("--file %s is in a place that the guest keeps for itself: choose another path with --file %s=/PATH",
		    host, host);
	} else if (err == -EINVAL) {
		say("--file %s is neither a file nor a folder: name one", host);
	} else if (err) {
		say("--file %s cannot be found (%s): check the path", host, strerror(-err));
	} else if (entry && S_ISDIR(entry->mode)) {
		bool same = strcmp(host, guest) == 0;

		err = file_tree_add_below(c->tree, same ? entry->guest : host, entry->guest);
	}
	if (!err && entry)
		file_tree_give(c->tree, entry->guest); /* F3 */
	return err;
}

/* The type of what the guest has at the path already; 0: nothing, or a link of this host's. */
static mode_t type_in_guest(const struct collection *c, const char *guest)
{
	const struct tree_entry *entry = file_tree_find(c->tree, guest);

	if (strcmp(guest, "/") == 0)
		return S_IFDIR;
	if (entry)
		return S_ISLNK(entry->mode) ? 0 : entry->mode & S_IFMT;
	return cpio_find(c->tree->base->data, c->tree->base->len, guest + 1).mode & S_IFMT;
}

/* Can the paths be what --file wants? Returns: 0, or -EINVAL after a message. */
static int check_paths(const struct collection *c, const char *text, const char *host,
		       const char *guest)
{
	mode_t type = *guest == '/' ? type_in_guest(c, guest) : 0;
	struct stat st = {.st_mode = type};

	if (*guest != '/')
		say("--file %s names no absolute path of the guest: write HOST=/GUEST", text);
	else if (strcmp(host, "/") == 0)
		say("--file %s names all of this host: name the files that the program needs",
		    text);
	else if (type && stat(host, &st) == 0 && S_ISDIR(st.st_mode) != S_ISDIR(type))
		say("--file %s: %s is %s and the guest's %s is %s: write %s=/PATH with another path",
		    text, host, S_ISDIR(st.st_mode) ? "a folder" : "a file", guest,
		    S_ISDIR(type) ? "a folder" : "not a folder", host);
	else
		return 0;
	return -EINVAL;
}

static int add_file(struct collection *c, const char *text)
{
	unsigned before = c->tree->nr;
	char *host, *guest;
	int err;

	split(text, &host, &guest);
	err = check_paths(c, text, host, guest);
	if (!err)
		err = add_mapped(c, host, guest);
	/* What came with it, up to here: libraries are added behind. */
	for (unsigned i = before, end = c->tree->nr; i < end && !err; i++) {
		struct tree_entry *entry = c->tree->all[i];
		bool named = strcmp(entry->guest, guest) == 0;

		if (signals_noted_ending())
			err = -EINTR;
		else if (S_ISREG(entry->mode))
			err = add_needs(c, entry->host, !named);
	}
	free(host);
	free(guest);
	return err;
}

/* LD_LIBRARY_PATH as the guest's program gets it. The caller frees it. */
static char *library_path_of(const struct guest_options *o)
{
	static const char name[] = "LD_LIBRARY_PATH";
	const char *value = NULL;

	for (int i = 0; i < o->env.nr; i++) {
		if (strncmp(o->env.items[i], name, strlen(name)) != 0)
			continue;
		const char *end = o->env.items[i] + strlen(name);
		if (*end == '=')
			value = end + 1;
		else if (*end == '\0')
			value = getenv(name);
	}
	return value ? must_format("%s", value) : NULL;
}

int program_files_collect(struct file_tree *tree, const struct program *program,
			  const struct guest_options *options)
{
	char *library_path = library_path_of(options);
	struct collection c = {.tree = tree};
	int err = 0, status = STATUS_NOT_EXECUTABLE;

	library_search_init(&c.search, tree, library_path);
	if (program && program->host_path)
		err = add_program(&c, program);
	for (int i = 0; i < options->files.nr && !err; i++) {
		status = STATUS_FAILED;
		err = add_file(&c, options->files.items[i]);
	}
	library_search_fini(&c.search);
	free(library_path);
	return err ? status : 0;
}
