// SPDX-License-Identifier: MIT
/*
 * library_search.c -- find what ld.so will load.
 *
 * Idea.  Breadth first from the program. The DT_NEEDED names of each object are searched for where
 *   ld.so searches: a name with a slash is a path; otherwise DT_RPATH of the object and of those
 *   that loaded it (unless it has a DT_RUNPATH), LD_LIBRARY_PATH, DT_RUNPATH, ld.so's cache, its
 *   default folders. A name that has been found is not searched for again for this program. musl's
 *   linker has a path file instead of the cache, and is the C library itself.
 * Invariants.
 *   L1  A library is added under the path that the guest's linker will use; the tree adds the links
 *       on that path.
 *   L2  A file that is not an x86-64 library is skipped, as ld.so does, and reported if nothing
 *       else is found.
 * Tests.  library_search_test.c, tests/system/dynamic.t.
 */
#include "image/library_search.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/elf_dynamic.h"
#include "image/ld_cache.h"
#include "base/say.h"
#include "base/signals.h"

#define MUSL_PATH_FILE "/etc/ld-musl-x86_64.path"

struct object {
	struct object *next;
	const struct object *loader; /* NULL: the program */
	char *name;		     /* by which another needs it */
	char *path;
	char *origin; /* its folder, as $ORIGIN means it */
	struct file_map file;
	struct elf_dynamic dynamic;
};

/* One program with its libraries. */
struct closure {
	struct library_search *search;
	struct object *first, **end;
	bool musl;
	bool may_lack;
};

/* One name that is looked for. */
struct quest {
	const struct object *object; /* that needs it */
	const char *name;
	char *found;
	char *unfit;	   /* a file of that name that is no x86-64 library */
	char looked[1500]; /* the folders that were searched, for the message */
};

void library_search_init(struct library_search *s, struct file_tree *tree, const char *library_path)
{
	*s = (struct library_search){.tree = tree, .library_path = library_path};
	if (file_map_open(&s->cache, LD_CACHE_PATH))
		s->cache = (struct file_map){"", 0};
}

void library_search_fini(struct library_search *s)
{
	file_map_close(&s->cache);
}

/* ---- one name ---- */

static int try_path(void *ctx, const char *path)
{
	struct quest *q = ctx;
	struct file_map file;

	if (file_map_open(&file, path))
		return 0;
	if (elf_is_loadable(&file))
		q->found = must_format("%s", path);
	else if (!q->unfit)
		q->unfit = must_format("%s", path);
	file_map_close(&file);
	return q->found ? 1 : 0;
}

/*
 * @text with $ORIGIN, $LIB and $PLATFORM replaced, once: a value is not searched for tokens,
 * because a folder may be called $ORIGIN. Returns: NULL if it is longer than any path.
 */
static char *expand(const char *text, size_t len, const char *origin)
{
	const struct {
		const char *token, *value;
	} tokens[] = {
		{"$ORIGIN", origin},
		{"${ORIGIN}", origin},
		{"$LIB", "lib/x86_64-linux-gnu"},
		{"${LIB}", "lib/x86_64-linux-gnu"},
		{"$PLATFORM", "x86_64"},
		{"${PLATFORM}", "x86_64"},
	};
	char out[PATH_MAX];
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		const char *piece = text + at;
		size_t taken = 1, given = 1;

		for (unsigned i = 0; *piece == '$' && i < sizeof(tokens) / sizeof(tokens[0]); i++) {
			size_t token_len = strlen(tokens[i].token);

			if (token_len > len - at ||
			    memcmp(text + at, tokens[i].token, token_len) != 0)
				continue;
			piece = tokens[i].value;
			taken = token_len;
			given = strlen(piece);
			break;
		}
		if (given >= sizeof(out) - used)
			return NULL;
		memcpy(out + used, piece, given);
		used += given;
		at += taken;
	}
	return must_format("%.*s", (int)used, out);
}

/* Look into the folders of @list, which colons or semicolons divide. */
static bool try_list(struct quest *q, const char *list, const char *origin)
{
	while (list && *list && !q->found && !signals_noted_ending()) {
		size_t len = strcspn(list, ":;\n");
		char *folder = expand(list, len, origin);

		if (folder && *folder == '/') {
			char *path = must_format("%s/%s", folder, q->name);
			size_t used = strlen(q->looked);

			if (!strstr(q->looked, folder))
				snprintf(q->looked + used, sizeof(q->looked) - used, "%s%s",
					 used ? ", " : "", folder);
			try_path(q, path);
			free(path);
		}
		free(folder);
		list += len + (list[len] != '\0');
	}
	return q->found != NULL;
}

static bool try_rpaths(struct quest *q)
{
	if (q->object->dynamic.runpath)
		return false;
	for (const struct object *o = q->object; o; o = o->loader)
		if (!o->dynamic.runpath && try_list(q, o->dynamic.rpath, o->origin))
			return true;
	return false;
}

static void look_for(const struct closure *c, struct quest *q)
{
	const char *origin = q->object->origin;

	if (strchr(q->name, '/')) {
		char *path = expand(q->name, strlen(q->name), origin);

		if (path)
			try_path(q, path);
		free(path);
		return;
	}
	if (try_rpaths(q) || try_list(q, c->search->library_path, origin) ||
	    try_list(q, q->object->dynamic.runpath, origin))
		return;
	if (c->musl) {
		struct file_map file;

		if (file_map_open(&file, MUSL_PATH_FILE)) {
			try_list(q, "/lib:/usr/local/lib:/usr/lib", "");
			return;
		}
		char *list = must_format("%.*s", (int)file.len, (const char *)file.data);
		try_list(q, list, "");
		free(list);
		file_map_close(&file);
		return;
	}
	if (!ld_cache_find(&c->search->cache, q->name, try_path, q))
		try_list(
			q,
			"/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib",
			"");
}

/* musl's dynamic linker takes these names for its own. */
static bool is_musl_itself(const char *name)
{
	static const char *const parts[] = {"c", "pthread", "rt", "m", "dl", "util", "xnet"};

	if (strncmp(name, "lib", 3) != 0)
		return false;
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t len = strlen(parts[i]);

		if (strncmp(name + 3, parts[i], len) == 0 && name[3 + len] == '.')
			return true;
	}
	return false;
}

/* ---- the closure ---- */

static void free_object(struct object *o)
{
	elf_dynamic_free(&o->dynamic);
	file_map_close(&o->file);
	free(o->name);
	free(o->path);
	free(o->origin);
	free(o);
}

/* Put @path at the end of the list, and into the tree. */
static int add_object(struct closure *c, const char *name, const char *path,
		      const struct object *loader)
{
	struct object *o = must_alloc(sizeof(*o));
	const char *slash = strrchr(path, '/');
	int err = file_map_need(&o->file, path, ADVICE_FOR_GUEST);

	o->name = must_format("%s", name);
	o->path = must_format("%s", path);
	o->origin = must_format("%.*s", slash == path ? 1 : (int)(slash - path), path);
	o->loader = loader;
	if (!err) {
		err = elf_dynamic_read(&o->dynamic, &o->file);
		if (err)
			say("%s is damaged (its dynamic section points outside of the file): build or copy it again",
			    path);
	}
	if (!err && loader) {
		err = file_tree_add_needed(c->search->tree, path, NEEDED_LIBRARY, NULL);
		if (err)
			say("the library %s cannot be put into the guest (%s): move it to another folder",
			    path, strerror(-err));
	}
	if (err) {
		free_object(o);
		return err;
	}
	*c->end = o;
	c->end = &o->next;
	return 0;
}

static bool is_there(const struct closure *c, const char *name)
{
	for (const struct object *o = c->first; o; o = o->next)
		if (strcmp(o->name, name) == 0 ||
		    (o->dynamic.soname && strcmp(o->dynamic.soname, name) == 0))
			return true;
	return false;
}

static void say_not_found(const struct closure *c, const struct quest *q)
{
	const char *program = c->first->path, *who = q->object->path;
	const char *hint =
		getenv("LD_LIBRARY_PATH") && !c->search->library_path
			? "pass the host's folders on with --env LD_LIBRARY_PATH"
			: "install it, or name its folder with --env LD_LIBRARY_PATH=FOLDER";

	if (q->unfit)
		say("%s needs the library %s, and %s is none for x86-64: %s", who, q->name,
		    q->unfit, hint);
	else if (q->object == c->first)
		say("%s needs the library %s, which is in none of ld.so's places (its cache, %s): %s",
		    who, q->name, q->looked, hint);
	else
		say("%s, which %s needs, needs the library %s, which is in none of ld.so's places (its cache, %s): %s",
		    who, program, q->name, q->looked, hint);
}

static int add_needed(struct closure *c, const struct object *o, const char *name)
{
	struct quest q = {.object = o, .name = name};
	int err = 0;

	if (is_there(c, name) || (c->musl && is_musl_itself(name)))
		return 0;
	look_for(c, &q);
	if (signals_noted_ending()) {
		err = -EINTR;
	} else if (q.found) {
		err = add_object(c, name, q.found, o);
	} else if (!c->may_lack) {
		say_not_found(c, &q);
		err = -ENOENT;
	}
	free(q.found);
	free(q.unfit);
	return err;
}

static int add_interpreter(struct closure *c, const char *program, const char *interpreter)
{
	struct file_tree *tree = c->search->tree;
	int err = file_tree_add_needed(tree, interpreter, NEEDED_PROGRAM, NULL);

	c->musl = strstr(interpreter, "/ld-musl-") != NULL;
	if (err == -EACCES && !c->may_lack)
		say("%s needs the dynamic linker %s, which is no program that you may execute: build it for the usual linker, or with -static",
		    program, interpreter);
	else if (err && !c->may_lack)
		say("%s needs the dynamic linker %s, which cannot be found (%s): install it, or link the program with -static",
		    program, interpreter, strerror(-err));
	else if (!err && !c->musl &&
		 file_tree_add_needed(tree, LD_CACHE_PATH, NEEDED_LIBRARY, NULL))
		return 0; /* ld.so manages without */
	return err;
}

int library_search_add(struct library_search *s, const char *path, const char *interpreter,
		       bool may_lack)
{
	struct closure c = {.search = s, .may_lack = may_lack};
	int err;

	c.end = &c.first;
	err = add_object(&c, "", path, NULL);
	if (!err && interpreter) {
		err = add_interpreter(&c, path, interpreter);
		if (err && may_lack) { /* nothing will load it */
			free_object(c.first);
			return 0;
		}
	}
	for (struct object *o = c.first; o && !err; o = o->next)
		for (unsigned i = 0; i < o->dynamic.nr_needed && !err; i++)
			err = add_needed(&c, o, o->dynamic.needed[i]);
	while (c.first) {
		struct object *o = c.first;

		c.first = o->next;
		free_object(o);
	}
	return err;
}
