// SPDX-License-Identifier: MIT
/*
 * callfuzz_outside.c -- the file system around the workers' own.
 *
 * A worker with privileges may leave its root folder, by right: through a folder that it keeps open
 * while its root changes. What it makes outside is no leak of the kernel, but would be counted as
 * one. So the names that are there before the first round are remembered with their sizes; after
 * each round the others are removed, and files that have grown are cut.
 */
#include "callfuzz.h"
#include "callfuzz_outside.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 4096
#define DEPTH_MAX 32

struct name {
	char *path;
	off_t size;
};

static struct name names[NAMES_MAX];
static unsigned nr_names;

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->path, ((const struct name *)b)->path);
}

static int remember(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)type;
	(void)where;
	if (nr_names == NAMES_MAX) {
		printf("callfuzz: too many names around the workers\n");
		return 1;
	}
	names[nr_names++] = (struct name){strdup(path), st->st_size};
	return 0;
}

void fuzz_remember_outside(void)
{
	nftw("/", remember, DEPTH_MAX, FTW_MOUNT | FTW_PHYS);
	qsort(names, nr_names, sizeof(names[0]), by_path);
}

/* Folders come after what is in them. */
static int restore(const char *path, const struct stat *st, int type, struct FTW *where)
{
	const struct name *known;
	struct name key = {.path = (char *)path};

	(void)type;
	(void)where;
	known = bsearch(&key, names, nr_names, sizeof(names[0]), by_path);
	if (known && S_ISREG(st->st_mode) && st->st_size > known->size &&
	    truncate(path, known->size) < 0)
		printf("callfuzz: %s cannot be cut\n", path);
	if (!known && remove(path) < 0 && (umount2(path, MNT_DETACH) < 0 || remove(path) < 0))
		printf("callfuzz: %s cannot be removed\n", path);
	return 0;
}

void fuzz_restore_outside(void)
{
	nftw("/", restore, DEPTH_MAX, FTW_MOUNT | FTW_PHYS | FTW_DEPTH);
}
