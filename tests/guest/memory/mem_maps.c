// SPDX-License-Identifier: MIT
/* mem_maps.c -- /proc/self/maps agrees with what was mapped. */
#include "tap.h"

enum { P = 4096 };
#define RW (PROT_READ | PROT_WRITE)

struct row {
	unsigned long start, end, offset, inode;
	char perms[8], path[256];
};

static struct row rows[512];
static int row_count;

static void read_maps(void)
{
	static char text[131072];
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t used = 0;
	ssize_t got;

	SKIP_IF(fd < 0, "no /proc/self/maps");
	while ((got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	close(fd);
	text[used] = '\0';
	row_count = 0;
	for (char *line = strtok(text, "\n"); line && row_count < 512; line = strtok(NULL, "\n")) {
		struct row *row = &rows[row_count++];
		unsigned major, minor;

		row->path[0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %255[^\n]", &row->start, &row->end,
			   row->perms, &row->offset, &major, &minor, &row->inode, row->path) < 7)
			FAIL("unreadable line: %s", line);
	}
}

static const struct row *row_at(const volatile void *at)
{
	for (int i = 0; i < row_count; i++)
		if ((uintptr_t)at >= rows[i].start && (uintptr_t)at < rows[i].end)
			return &rows[i];
	return NULL;
}

static const char *perms_at(const volatile void *at)
{
	const struct row *row = row_at(at);

	return row ? row->perms : "none";
}

TEST(sorted, "rows are sorted, page aligned, not empty, and do not overlap")
{
	read_maps();
	CHECK_GE(row_count, 3);
	for (int i = 0; i < row_count; i++) {
		CHECK_EQ((rows[i].start | rows[i].end) & 4095, 0);
		CHECK(rows[i].start < rows[i].end);
		CHECK(i == 0 || rows[i - 1].end <= rows[i].start);
	}
}

TEST(own_image, "text, data, heap and stack show with their permissions and names")
{
	static int data = 1;
	const struct row *row;
	int on_stack;
	char *heap = (char *)syscall(SYS_brk, 0);

	MUST(syscall(SYS_brk, heap + 8192));
	heap[0] = (char)data;
	read_maps();
	CHECK_STR(perms_at(wild((uintptr_t)&read_maps)), "r-xp");
	CHECK_STR(perms_at(&data), "rw-p");
	row = row_at(wild((uintptr_t)&read_maps));
	if (strcmp(tap_self, "/proc/self/exe"))
		CHECK_STR(row ? row->path : "", tap_self);
	CHECK(row && row->inode != 0);
	row = row_at(&on_stack);
	CHECK(row && strcmp(row->path, "[stack]") == 0);
	row = row_at(heap);
	CHECK(row && strcmp(row->path, "[heap]") == 0);
}

TEST(kinds, "each kind of mapping shows its letters, offset and file")
{
	int fd = tap_file("f", "x");
	char want[600], cwd[256];
	const struct row *row;
	void *none = mmap(NULL, P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *shared = mmap(NULL, P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	void *exec = mmap(NULL, P, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *file = mmap(NULL, P, PROT_READ, MAP_SHARED, fd, P);
	struct stat st;

	getcwd(cwd, sizeof(cwd));
	snprintf(want, sizeof(want), "%s/f", cwd);
	fstat(fd, &st);
	read_maps();
	CHECK_STR(perms_at(none), "---p");
	CHECK_STR(perms_at(shared), "rw-s");
	CHECK_STR(perms_at(exec), "r-xp");
	CHECK_STR(perms_at(file), "r--s");
	row = row_at(file);
	if (CHECK(row != NULL)) {
		CHECK_EQ(row->offset, P);
		CHECK_EQ(row->inode, st.st_ino);
		CHECK_STR(row->path, want);
	}
}

TEST(splits, "unmapping and protecting parts shows, down to the page")
{
	char *m = mmap((void *)0x620000000000, 9 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(munmap(m + 2 * P, P));
	MUST(mprotect(m + 5 * P, 2 * P, PROT_READ));
	read_maps();
	for (int i = 0; i < 9; i++) {
		const char *want = i == 2 ? "none" : i == 5 || i == 6 ? "r--p" : "rw-p";

		CHECK_STR(perms_at(m + i * P), want);
	}
	CHECK(row_at(m)->end == (uintptr_t)m + 2 * P);
	CHECK(row_at(m + 5 * P)->start == (uintptr_t)m + 5 * P);
	CHECK(row_at(m + 5 * P)->end == (uintptr_t)m + 7 * P);
}

TEST(file_offset_split, "the second half of a split file mapping shows its own offset")
{
	int fd = tap_file("f", "");
	char *m;

	MUST(ftruncate(fd, 8 * P));
	m = mmap(NULL, 6 * P, PROT_READ, MAP_PRIVATE, fd, 2 * P);
	MUST(munmap(m + 2 * P, P));
	read_maps();
	CHECK_EQ(row_at(m)->offset, 2 * P);
	CHECK_EQ(row_at(m + 3 * P)->offset, 5 * P);
	CHECK(row_at(m + 2 * P) == NULL);
}

TEST(seek_and_small_reads, "small reads and seeks give the same text as one large read")
{
	static char whole[65536], pieces[65536];
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t length = 0, used = 0;
	ssize_t got;

	SKIP_IF(fd < 0, "no /proc/self/maps");
	while ((got = read(fd, whole + length, sizeof(whole) - 1 - length)) > 0)
		length += (size_t)got;
	MUST(lseek(fd, 0, SEEK_SET));
	while (used < sizeof(pieces) - 8 && (got = read(fd, pieces + used, 7)) > 0)
		used += (size_t)got;
	CHECK_EQ(used, length);
	CHECK_EQ(memcmp(whole, pieces, length), 0);
}

TEST(statm, "/proc/self/statm and status count mapped and resident pages")
{
	char text[256] = "", *m;
	long size[2], resident[2];

	for (int i = 0; i < 2; i++) {
		int fd = open("/proc/self/statm", O_RDONLY);

		SKIP_IF(fd < 0, "no /proc/self/statm");
		CHECK_GE(read(fd, text, sizeof(text) - 1), 5);
		close(fd);
		CHECK_EQ(sscanf(text, "%ld %ld", &size[i], &resident[i]), 2);
		if (i == 0) {
			m = mmap(NULL, 400 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			for (int j = 0; j < 300; j++)
				m[j * P] = 1;
		}
	}
	CHECK_GE(size[1] - size[0], 400);
	/* Linux may lag behind by a batch of pages per CPU. */
	CHECK_GE(resident[1] - resident[0], 100);
}
