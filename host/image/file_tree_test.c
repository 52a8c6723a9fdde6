// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio_write.h"
#include "image/file_tree.h"
#include "base/signals.h"
#include "base/unit.h"

static char folder[] = "/tmp/creance-tree-XXXXXX";
static struct file_map base;
static int base_fd;
static char path_text[2][300];

/* The path of @name in our folder. */
static const char *in(const char *name)
{
	static unsigned turn;

	turn ^= 1;
	snprintf(path_text[turn], sizeof(path_text[turn]), "%s/%s", folder, name);
	return path_text[turn];
}

static void make_file(const char *name, const char *text)
{
	int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	struct cpio_writer w;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mkdir(in("real"), 0755), 0);
	assert_int_equal(mkdir(in("real/below"), 0700), 0);
	make_file("real/file", "contents");
	make_file("real/below/deep", "deep");
	make_file("same", "as in the base");
	assert_int_equal(symlink("real", in("short")), 0);
	assert_int_equal(symlink("../short/file", in("real/name")), 0);
	assert_int_equal(symlink("nowhere", in("real/dangling")), 0);
	assert_int_equal(symlink("/dev/null", in("real/masked")), 0);
	assert_int_equal(symlink("loop", in("loop")), 0);
	assert_int_equal(symlink("real", in("folder")), 0);
	assert_int_equal(mkdir(in("closed"), 0700), 0);
	make_file("closed/file", "in a folder of the base's");
	assert_int_equal(mkfifo(in("real/fifo"), 0600), 0);
	base_fd = memfd_create("base", 0);
	cpio_begin(&w, base_fd, 0);
	cpio_add_folder(&w, "tmp", 01777);
	cpio_add_folder(&w, folder + 1, 0755);
	cpio_add_folder(&w, in("folder") + 1, 0755);
	cpio_add_folder(&w, in("closed") + 1, 0700);
	cpio_add_file(&w, in("same") + 1, 0644, "as in the base", 14);
	assert_int_equal(cpio_end(&w), 0);
	base.len = w.offset;
	base.data = mmap(NULL, base.len, PROT_READ, MAP_SHARED, base_fd, 0);
	return 0;
}

static int tear_down(void **state)
{
	char command[100];

	(void)state;
	munmap((void *)(uintptr_t)base.data, base.len);
	close(base_fd);
	snprintf(command, sizeof(command), "/bin/rm -rf %s", folder);
	return system(command);
}

static void test_links_stay_links(void **state)
{
	struct file_tree tree;
	struct tree_entry *entry;

	(void)state;
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add(&tree, in("short/./name"), &entry), 0);
	assert_string_equal(entry->guest, in("real/file"));
	assert_int_equal(entry->bytes, 8);
	assert_string_equal(file_tree_find(&tree, in("short"))->target, "real");
	assert_string_equal(file_tree_find(&tree, in("real/name"))->target, "../short/file");
	assert_true(S_ISDIR(file_tree_find(&tree, in("real"))->mode));
	assert_null(file_tree_find(&tree, in("short/name")));
	unsigned nr = tree.nr;
	assert_int_equal(file_tree_add(&tree, in("real/file"), &entry), 0);
	assert_int_equal(tree.nr, nr); /* noted once */
	assert_int_equal(tree.bytes, 8);
	assert_int_equal(tree.copied_bytes, CPIO_ALIGN);
	assert_int_equal(file_tree_add_as(&tree, in("same"), in("real/file"), NULL), 0);
	assert_int_equal(tree.bytes, 14);
	assert_int_equal(tree.copied_bytes, CPIO_ALIGN);
	file_tree_fini(&tree);
}

static void test_the_base_stays(void **state)
{
	struct file_tree tree;
	struct tree_entry *entry;

	(void)state;
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add(&tree, in("folder/file"), &entry), 0);
	assert_string_equal(entry->guest, in("folder/file")); /* the base's folder, our link */
	assert_true(file_tree_find(&tree, in("folder"))->in_base);
	assert_int_equal(file_tree_add(&tree, in("same"), &entry), 0);
	assert_true(entry->in_base);
	assert_int_equal(tree.bytes, 8);
	file_tree_fini(&tree);
}

static void test_errors(void **state)
{
	struct file_tree tree;

	(void)state;
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add(&tree, in("none"), NULL), -ENOENT);
	assert_int_equal(file_tree_add(&tree, in("loop"), NULL), -ELOOP);
	assert_int_equal(file_tree_add(&tree, in("real/fifo"), NULL), -EINVAL);
	assert_int_equal(file_tree_add(&tree, in("real/file/x"), NULL), -ENOTDIR);
	assert_int_equal(file_tree_add(&tree, "/dev/null", NULL), -EPERM);
	assert_int_equal(file_tree_add(&tree, in("real/masked"), NULL), 0); /* it is the guest's */
	assert_int_equal(file_tree_add_as(&tree, in("none"), "/x", NULL), -ENOENT);
	assert_int_equal(file_tree_add_as(&tree, in("real/fifo"), "/x", NULL), -EINVAL);
	file_tree_fini(&tree);
}

static void test_folders(void **state)
{
	struct file_tree tree;
	struct tree_entry *entry;

	(void)state;
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add(&tree, in("real"), &entry), 0);
	assert_null(file_tree_find(&tree, in("real/file")));
	assert_int_equal(file_tree_add_below(&tree, entry->guest, entry->guest), 0);
	assert_non_null(file_tree_find(&tree, in("real/file")));
	assert_non_null(file_tree_find(&tree, in("real/below/deep")));
	assert_string_equal(file_tree_find(&tree, in("real/dangling"))->target, "nowhere");
	assert_null(file_tree_find(&tree, in("real/fifo")));
	assert_int_equal(file_tree_add_as(&tree, in("real"), "/other/place", &entry), 0);
	assert_int_equal(file_tree_add_below(&tree, in("real"), "/other/place"), 0);
	assert_true(S_ISDIR(file_tree_find(&tree, "/other")->mode));
	assert_string_equal(file_tree_find(&tree, "/other/place/below/deep")->host,
			    in("real/below/deep"));
	assert_string_equal(file_tree_find(&tree, "/other/place/name")->target, "../short/file");
	file_tree_fini(&tree);
}

static void test_links_out_of_a_folder(void **state)
{
	struct file_tree tree;
	struct tree_entry *entry;

	(void)state;
	assert_int_equal(symlink("../outside", in("real/out")), 0);
	make_file("outside", "not in the folder");
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add(&tree, in("real"), NULL), 0);
	assert_int_equal(file_tree_add_below(&tree, in("real"), in("real")), 0);
	assert_string_equal(file_tree_find(&tree, in("real/out"))->target, "../outside");
	assert_null(file_tree_find(&tree, in("outside")));
	/* A link that leads into the folder brings the links on its way. */
	assert_string_equal(file_tree_find(&tree, in("short"))->target, "real");
	/* The link itself is named. */
	assert_int_equal(file_tree_add(&tree, in("real/out"), &entry), 0);
	assert_string_equal(entry->guest, in("outside"));
	file_tree_fini(&tree);
	assert_int_equal(unlink(in("real/out")), 0);
}

static void test_what_is_needed(void **state)
{
	struct file_tree tree;
	struct tree_entry *entry;

	(void)state;
	make_file("same", "another than the base's");
	make_file("program", "#!/bin/sh\n");
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add_needed(&tree, in("real/../same"), NEEDED_LIBRARY, &entry),
			 0);
	assert_null(entry); /* the guest's own stays */
	assert_null(file_tree_find(&tree, in("same")));
	assert_int_equal(file_tree_add_needed(&tree, in("program"), NEEDED_PROGRAM, &entry),
			 -EACCES);
	assert_int_equal(chmod(in("program"), 0755), 0);
	assert_int_equal(chmod(in("real/file"), 0755), 0);
	assert_int_equal(file_tree_add_needed(&tree, in("real/file"), NEEDED_PROGRAM, &entry),
			 -EACCES);
	assert_null(file_tree_find(&tree, in("program")));
	assert_null(file_tree_find(&tree, in("real/file")));
	assert_int_equal(file_tree_add_needed(&tree, in("program"), NEEDED_PROGRAM, &entry), 0);
	assert_string_equal(entry->guest, in("program"));
	assert_int_equal(file_tree_add(&tree, in("same"), &entry), 0); /* it is named */
	assert_false(entry->in_base);
	file_tree_fini(&tree);
	make_file("same", "as in the base");
	assert_int_equal(chmod(in("real/file"), 0644), 0);
}

/* The mode that @name, of @mode on the host, is written with when it was not named. */
static unsigned mode_as_written(const char *name, mode_t mode)
{
	struct file_tree tree;
	struct cpio_writer w;
	int fd = memfd_create("tree", 0);

	assert_int_equal(chmod(in(name), mode), 0);
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add(&tree, in(name), NULL), 0);
	cpio_begin(&w, fd, 0);
	assert_int_equal(file_tree_write(&tree, &w), 0);
	assert_int_equal(cpio_end(&w), 0);
	char *map = mmap(NULL, w.offset, PROT_READ, MAP_SHARED, fd, 0);
	unsigned written = cpio_find(map, w.offset, in(name) + 1).mode;
	munmap(map, w.offset);
	close(fd);
	file_tree_fini(&tree);
	return written;
}

static void test_private_files_stay_private(void **state)
{
	(void)state;
	assert_int_equal(mode_as_written("real/file", 0600), S_IFREG | 0400);
	assert_int_equal(mode_as_written("real/file", 0640), S_IFREG | 0400);
	assert_int_equal(mode_as_written("real/file", 04711), S_IFREG | 0500);
	assert_int_equal(mode_as_written("real/file", 0755), S_IFREG | 0755);
	assert_int_equal(mode_as_written("real/file", 0644), S_IFREG | 0644);
}

static void test_a_signal_ends_it(void **state)
{
	struct file_tree tree;
	struct cpio_writer w;
	int fd = memfd_create("tree", 0);

	(void)state;
	file_tree_init(&tree, &base);
	signal(SIGTERM, SIG_DFL); /* a starter may ignore it */
	signals_install(false);
	raise(SIGTERM);
	assert_int_equal(signals_noted_ending(), SIGTERM);
	assert_int_equal(file_tree_add(&tree, in("real"), NULL), 0);
	assert_int_equal(file_tree_add_below(&tree, in("real"), in("real")), -EINTR);
	cpio_begin(&w, fd, 0);
	assert_int_equal(file_tree_write(&tree, &w), -EINTR);
	/* It was only looked at. */
	assert_int_equal(signals_ending(signals_take()), SIGTERM);
	assert_int_equal(signals_noted_ending(), 0);
	signals_reset();
	close(fd);
	file_tree_fini(&tree);
}

static void test_written(void **state)
{
	struct file_tree tree;
	struct cpio_writer w;
	int fd = memfd_create("tree", 0);

	(void)state;
	file_tree_init(&tree, &base);
	assert_int_equal(file_tree_add(&tree, in("short/file"), NULL), 0);
	cpio_begin(&w, fd, 0);
	assert_int_equal(file_tree_write(&tree, &w), 0);
	assert_int_equal(cpio_end(&w), 0);
	char *map = mmap(NULL, w.offset, PROT_READ, MAP_SHARED, fd, 0);
	struct cpio_found link = cpio_find(map, w.offset, in("short") + 1);
	assert_true(S_ISLNK(link.mode));
	assert_memory_equal(link.data, "real", 4);
	assert_int_equal(link.len, 4);
	assert_memory_equal(cpio_find(map, w.offset, in("real/file") + 1).data, "contents", 8);
	assert_int_equal(cpio_find(map, w.offset, folder + 1).mode, 0); /* the base's */
	munmap(map, w.offset);
	close(fd);
	file_tree_fini(&tree);
}

/* The mode that the folder "closed" is written with; 0 when it is not written. */
static unsigned mode_of_closed(uint32_t uid, bool named)
{
	struct file_tree tree;
	struct cpio_writer w;
	int fd = memfd_create("tree", 0);

	file_tree_init(&tree, &base);
	tree.user = (struct guest_user){uid, uid};
	assert_int_equal(file_tree_add(&tree, in("closed/file"), NULL), 0);
	if (named)
		file_tree_give(&tree, in("closed"));
	cpio_begin(&w, fd, 0);
	assert_int_equal(file_tree_write(&tree, &w), 0);
	assert_int_equal(cpio_end(&w), 0);
	char *map = mmap(NULL, w.offset, PROT_READ, MAP_SHARED, fd, 0);
	unsigned mode = cpio_find(map, w.offset, in("closed") + 1).mode;
	munmap(map, w.offset);
	close(fd);
	file_tree_fini(&tree);
	return mode;
}

static void test_closed_folder_of_the_base(void **state)
{
	(void)state;
	assert_int_equal(mode_of_closed(1000, false), S_IFDIR | 0711);
	assert_int_equal(mode_of_closed(1000, true), S_IFDIR | 0755);
	assert_int_equal(mode_of_closed(0, false), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_stay_links),
		cmocka_unit_test(test_the_base_stays),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_links_out_of_a_folder),
		cmocka_unit_test(test_what_is_needed),
		cmocka_unit_test(test_private_files_stay_private),
		cmocka_unit_test(test_a_signal_ends_it),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_closed_folder_of_the_base),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
