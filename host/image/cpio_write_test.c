// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "base/unit.h"

/* Write an archive with @fill, and return it in memory. */
static char *archive_of(void (*fill)(struct cpio_writer *), int *fd, size_t *len)
{
	struct cpio_writer w;

	*fd = memfd_create("archive", 0);
	assert_true(*fd >= 0);
	cpio_begin(&w, *fd, 0);
	fill(&w);
	assert_int_equal(cpio_end(&w), 0);
	*len = w.offset;
	assert_int_equal(*len % CPIO_ALIGN, 0);
	char *map = mmap(NULL, *len, PROT_READ, MAP_SHARED, *fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	return map;
}

static char pattern[300000];

static void fill_sample(struct cpio_writer *w)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i * 31 + i / 256);
	cpio_add_folder(w, "creance", 0755);
	cpio_add_file(w, "creance/argv", 0644, "a\0b", 4);
	cpio_add_file(w, "bin/prog", 04755, pattern, sizeof(pattern));
	cpio_add_file(w, "empty", 0600, "", 0);
	cpio_add_file(w, "odd", 0600, pattern, 4099);
	cpio_add_file(w, "page", 0600, pattern, 4096);
}

static void test_found_again(void **state)
{
	size_t len;
	int fd;
	char *map = archive_of(fill_sample, &fd, &len);
	struct cpio_found f;

	(void)state;
	f = cpio_find(map, len, "creance");
	assert_int_equal(f.mode, S_IFDIR | 0755);
	f = cpio_find(map, len, "creance/argv");
	assert_int_equal(f.len, 4);
	assert_memory_equal(f.data, "a\0b", 4);
	f = cpio_find(map, len, "bin/prog");
	assert_int_equal(f.mode, S_IFREG | 04755);
	assert_int_equal(f.len, sizeof(pattern));
	assert_memory_equal(f.data, pattern, sizeof(pattern));
	assert_int_equal(((const char *)f.data - map) % CPIO_ALIGN, 0);
	f = cpio_find(map, len, "page");
	assert_int_equal(((const char *)f.data - map) % CPIO_ALIGN, 0);
	assert_int_equal(cpio_find(map, len, "nothing").mode, 0);
	assert_int_equal(cpio_find(map, len, "TRAILER!!").mode, 0);
	munmap(map, len);
	close(fd);
}

/* The judge is cpio(1) itself. */
static void test_cpio_reads_it(void **state)
{
	size_t len;
	int fd;
	char *map = archive_of(fill_sample, &fd, &len);
	char command[200], out[4096] = "";

	(void)state;
	if (system("command -v cpio >/dev/null 2>&1") != 0)
		skip();
	snprintf(
		command, sizeof(command),
		"cpio -t --quiet </proc/%d/fd/%d 2>&1; cpio -i --quiet --to-stdout bin/prog </proc/%d/fd/%d | cksum",
		getpid(), fd, getpid(), fd);
	FILE *from = popen(command, "r");
	size_t n = fread(out, 1, sizeof(out) - 1, from);
	assert_true(n > 0);
	assert_int_equal(pclose(from), 0);
	char *sum = strstr(out, "page\n");
	assert_non_null(sum);
	*sum = '\0';
	sum += 5;
	assert_string_equal(out, "creance\ncreance/argv\nbin/prog\nempty\nodd\n");
	assert_non_null(strstr(sum, " 300000"));
	munmap(map, len);
	close(fd);
}

static char long_name[4200];

static void fill_long_names(struct cpio_writer *w)
{
	/* Each length shifts the next entry, so that all distances to the next page come up. */
	for (unsigned i = 1; i < 3900; i += 37) {
		memset(long_name, 'n', i);
		long_name[i] = '\0';
		cpio_add_file(w, long_name, 0644, pattern, 4096 + i % 5);
	}
}

static void test_long_names_stay_aligned(void **state)
{
	size_t len;
	int fd;
	char *map = archive_of(fill_long_names, &fd, &len);

	(void)state;
	for (unsigned i = 1; i < 3900; i += 37) {
		memset(long_name, 'n', i);
		long_name[i] = '\0';
		struct cpio_found f = cpio_find(map, len, long_name);
		assert_int_equal(f.len, 4096 + i % 5);
		assert_int_equal(((const char *)f.data - map) % CPIO_ALIGN, 0);
	}
	munmap(map, len);
	close(fd);
}

static void test_errors_stick(void **state)
{
	struct cpio_writer w;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	cpio_begin(&w, fd, 0);
	cpio_add_file(&w, "x", 0644, pattern, 10);
	cpio_add_file(&w, "y", 0644, pattern, 10);
	assert_int_equal(cpio_end(&w), -ENOSPC);
	close(fd);
	cpio_begin(&w, -1, 0);
	assert_int_equal(cpio_end(&w), -EBADF);
	fd = memfd_create("x", 0);
	cpio_begin(&w, fd, 0);
	memset(long_name, 'n', 4150);
	long_name[4150] = '\0';
	cpio_add_file(&w, long_name, 0644, pattern, 10);
	assert_int_equal(cpio_end(&w), -ENAMETOOLONG);
	close(fd);
}

/*
 * Cut or spoilt anywhere, an archive is searched without stepping outside (the sanitizers watch).
 */
static void test_damaged(void **state)
{
	size_t len;
	int fd;
	char *map = archive_of(fill_sample, &fd, &len);

	(void)state;
	for (size_t cut = 0; cut < 9000; cut += 13) {
		char *copy = malloc(cut + 1);

		memcpy(copy, map, cut);
		cpio_find(copy, cut, "page");
		free(copy);
	}
	char *copy = malloc(len);
	for (size_t i = 0; i < 600; i++) {
		memcpy(copy, map, len);
		copy[i] = (char)0xff;
		cpio_find(copy, len, "page");
	}
	free(copy);
	munmap(map, len);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_again),
		cmocka_unit_test(test_cpio_reads_it),
		cmocka_unit_test(test_long_names_stay_aligned),
		cmocka_unit_test(test_errors_stick),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
