// SPDX-License-Identifier: MIT
/*
 * mkinitramfs.c -- writes the initial file system as a cpio archive, from a manifest.
 *
 * usage: mkinitramfs -o ARCHIVE MANIFEST
 * A line of the manifest is one of
 *     dir  PATH MODE
 *     file PATH MODE SOURCE
 *     link PATH TARGET
 *     node PATH MODE c|b MAJOR MINOR
 * with paths from the root, modes in octal, no blanks in names. An entry that occurs twice is an
 * error.
 *
 * Idea. The archive is the portable "newc" form that Linux reads, uncompressed, with one addition
 * that every
 *   reader tolerates: the name of a regular file of at least a page is padded with NULs (namesize
 *   counts them) so that its data begins at a multiple of 4096. The kernel can then use the frames
 *   of the archive, as they are in memory, as the file's pages. The whole is padded to a multiple
 *   of 4096, so that another archive may be appended and keeps the alignment.
 * Invariants.  The same inputs give the same bytes: inode numbers count up, owners and times are 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, HEADER = 110, NAME_LIMIT = 2 * PAGE };

struct entry {
	const char *path;
	unsigned mode;
	const void *data;
	size_t size;
	unsigned major, minor;
};

static FILE *out;
static const char *out_path;
static size_t out_size;
static unsigned next_inode = 1;
static char **seen;
static size_t nr_seen;

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("mkinitramfs: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	if (out)
		unlink(out_path);
	exit(1);
}

static void put(const void *bytes, size_t size)
{
	if (size && fwrite(bytes, 1, size, out) != size)
		fail("%s: %s", out_path, strerror(errno));
	out_size += size;
}

static void pad_to(size_t multiple)
{
	static const char zeros[PAGE];

	put(zeros, (multiple - out_size % multiple) % multiple);
}

/* The size of the name field: padded so that the data of a large regular file starts on a page. */
static size_t name_field_size(const struct entry *e)
{
	size_t size = strlen(e->path) + 1;

	if (S_ISREG(e->mode) && e->size >= PAGE) {
		size_t end = out_size + HEADER + size;

		size += (PAGE - end % PAGE) % PAGE;
	}
	return size;
}

static void put_entry(const struct entry *e)
{
	char header[HEADER + 1], name[NAME_LIMIT] = {0};
	size_t name_size = name_field_size(e);

	if (name_size > sizeof(name))
		fail("%s: name too long", e->path);
	strcpy(name, e->path);
	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", next_inode++,
		 e->mode, 0u, 0u, S_ISDIR(e->mode) ? 2u : 1u, 0u, (unsigned)e->size, 0u, 0u,
		 e->major, e->minor, (unsigned)name_size, 0u);
	put(header, HEADER);
	put(name, name_size);
	pad_to(4);
	put(e->data, e->size);
	pad_to(4);
}

static void put_file(struct entry *e, const char *source)
{
	struct stat st;
	int fd = open(source, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		fail("%s: %s", source, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > 0x7fffffff)
		fail("%s: not a regular file under 2 GiB", source);
	e->size = (size_t)st.st_size;
	if (e->size) {
		void *map = mmap(NULL, e->size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (map == MAP_FAILED)
			fail("%s: %s", source, strerror(errno));
		e->data = map;
	}
	close(fd);
	put_entry(e);
	if (e->size)
		munmap((void *)e->data, e->size);
}

static void note_path(const char *path)
{
	for (size_t i = 0; i < nr_seen; i++) {
		if (!strcmp(seen[i], path))
			fail("%s stands twice in the manifest", path);
	}
	seen = realloc(seen, (nr_seen + 1) * sizeof(*seen));
	if (!seen)
		fail("no memory");
	seen[nr_seen] = strdup(path);
	if (!seen[nr_seen++])
		fail("no memory");
}

static void put_line(const char *line, unsigned nr)
{
	char kind[8], path[1024], rest[3][1024] = {{0}};
	unsigned major = 0, minor = 0;
	int n = sscanf(line, "%7s %1023s %1023s %1023s %u %u", kind, path, rest[0], rest[1], &major,
		       &minor);
	struct entry e = {.path = path + 1, .mode = (unsigned)strtoul(rest[0], NULL, 8)};

	if (n < 3 || path[0] != '/' || !path[1])
		fail("manifest line %u: cannot read it: %s", nr, line);
	note_path(path);
	if (!strcmp(kind, "dir") && n == 3) {
		e.mode |= S_IFDIR;
		put_entry(&e);
	} else if (!strcmp(kind, "link") && n == 3) {
		e.mode = S_IFLNK | 0777;
		e.data = rest[0];
		e.size = strlen(rest[0]);
		put_entry(&e);
	} else if (!strcmp(kind, "node") && n == 6) {
		e.mode |= rest[1][0] == 'b' ? S_IFBLK : S_IFCHR;
		e.major = major;
		e.minor = minor;
		put_entry(&e);
	} else if (!strcmp(kind, "file") && n == 4) {
		e.mode |= S_IFREG;
		put_file(&e, rest[1]);
	} else {
		fail("manifest line %u: cannot read it: %s", nr, line);
	}
}

int main(int argc, char **argv)
{
	char line[4096];
	unsigned nr = 0;
	FILE *manifest;

	if (argc != 4 || strcmp(argv[1], "-o")) {
		fputs("usage: mkinitramfs -o ARCHIVE MANIFEST\n", stderr);
		return 2;
	}
	out_path = argv[2];
	manifest = fopen(argv[3], "re");
	if (!manifest)
		fail("%s: %s", argv[3], strerror(errno));
	out = fopen(out_path, "we");
	if (!out)
		fail("%s: %s", out_path, strerror(errno));

	while (fgets(line, sizeof(line), manifest)) {
		nr++;
		if (line[0] != '#' && line[0] != '\n')
			put_line(line, nr);
	}
	put_entry(&(struct entry){.path = "TRAILER!!!"});
	pad_to(PAGE);
	fclose(manifest);
	if (fclose(out))
		fail("%s: %s", out_path, strerror(errno));
	return 0;
}
