// SPDX-License-Identifier: MIT
/*
 * name_race.c -- names that are looked up while other processes rename, exchange, make, remove,
 * mount and forget them: what must be found is always found.
 */
#include "tap.h"
#include "tap_check.h"
#include "tap_thread.h"

#include <linux/fs.h>
#include <sched.h>
#include <sys/mount.h>

#define ROUNDS 50   /* at least */
#define RACE_MS 700 /* at least: so that all CPUs take part */
#define WATCHERS 2
#define LONG_NAME "a name that is too long to be stored in the entry of the cache of names itself"
#define MIDDLE_NAME "a name of some words"

static volatile int *done; /* shared by all processes of a case */

static void race_begin(void)
{
	done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(done == MAP_FAILED ? -1 : 0);
}

static bool race_goes_on(int round, long long begun_ns)
{
	return round < ROUNDS || tap_now_ns(CLOCK_MONOTONIC) - begun_ns < RACE_MS * 1000000LL;
}

/* Runs `watch` in WATCHERS processes, again and again while `change` runs. */
static void race(void (*watch)(void), void (*change)(int round))
{
	long long begun_ns = tap_now_ns(CLOCK_MONOTONIC);
	pid_t pids[WATCHERS];

	race_begin();
	for (int i = 0; i < WATCHERS; i++)
		pids[i] = SPAWN(do watch(); while (!*done && !tap_local_failures()));
	for (int i = 0; race_goes_on(i, begun_ns); i++)
		change(i);
	*done = 1;
	for (int i = 0; i < WATCHERS; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
}

/* The size of the file `name`, found by its name and by an open file; -1: not there. */
static long long size_by_name(const char *name)
{
	struct stat st;

	if (stat(name, &st)) {
		CHECK_EQ(errno, ENOENT);
		return -1;
	}
	return st.st_size;
}

static long long size_by_open(const char *name)
{
	int fd = open(name, O_RDONLY);
	struct stat st;

	if (fd < 0) {
		CHECK_EQ(errno, ENOENT);
		return -1;
	}
	MUST(fstat(fd, &st));
	MUST(close(fd));
	return st.st_size;
}

static void make(const char *name, size_t size)
{
	int fd = (int)MUST(open(name, O_WRONLY | O_CREAT | O_EXCL, 0666));

	CHECK_EQ(write(fd, "xxxxxxxx", size), size);
	MUST(close(fd));
}

static void is_there(const char *name, long long least, long long most)
{
	long long size = size_by_name(name);

	if (size < least || size > most)
		FAIL("stat %s: %lld", name, size);
	size = size_by_open(name);
	if (size < least || size > most)
		FAIL("open %s: %lld", name, size);
}

/* ---- replaced ---- */

static const char *const replaced[] = {"f", "d/e/f", MIDDLE_NAME, LONG_NAME, "d/" LONG_NAME};
#define NR_REPLACED (sizeof(replaced) / sizeof(*replaced))

static void watch_replaced(void)
{
	for (size_t i = 0; i < NR_REPLACED; i++)
		is_there(replaced[i], 1, 2);
}

static void replace(int round)
{
	for (size_t i = 0; i < NR_REPLACED; i++) {
		make("new", 1 + (size_t)round % 2);
		MUST(rename("new", replaced[i]));
	}
}

TEST(replaced, "a name that is replaced again and again is never missing")
{
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	for (size_t i = 0; i < NR_REPLACED; i++)
		make(replaced[i], 1);
	race(watch_replaced, replace);
}

/* ---- exchanged ---- */

static const char *const exchanged[][2] = {{"a", "b"}, {"a", LONG_NAME}, {"d", "e/" MIDDLE_NAME}};

static void watch_exchanged(void)
{
	is_there("a", 1, 3);
	is_there("b", 1, 3);
	is_there(LONG_NAME, 1, 3);
	is_there("d/x", 4, 5);
	is_there("e/" MIDDLE_NAME "/x", 4, 5);
}

static void exchange(int round)
{
	const char *const *names = exchanged[round % 3];

	MUST(syscall(SYS_renameat2, AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE));
}

TEST(exchanged, "of two names that are exchanged neither is ever missing, nor what is below them")
{
	make("a", 1);
	make("b", 2);
	make(LONG_NAME, 3);
	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	MUST(mkdir("e/" MIDDLE_NAME, 0755));
	make("d/x", 4);
	make("e/" MIDDLE_NAME "/x", 5);
	race(watch_exchanged, exchange);
}

/* ---- moved ---- */

/* It is the directory that moves, so what is below `.` stays. */
static void watch_moved(void)
{
	is_there("e/f", 3, 3);
	is_there("../../p/other", 1, 1);
	is_there("../../p/d/e/f", -1, 3);
	is_there("../../" LONG_NAME "/d/e/f", -1, 3);
}

static void move(int round)
{
	if (round % 2)
		MUST(rename("../../" LONG_NAME "/d", "../../p/d"));
	else
		MUST(rename("../../p/d", "../../" LONG_NAME "/d"));
}

TEST(moved, "below a directory that is moved to and fro everything stays")
{
	MUST(mkdir("p", 0755));
	MUST(mkdir(LONG_NAME, 0755));
	MUST(mkdir("p/d", 0755));
	MUST(mkdir("p/d/e", 0755));
	make("p/other", 1);
	make("p/d/e/f", 3);
	MUST(chdir("p/d"));
	race(watch_moved, move);
}

/* ---- moved away, and only then changed ---- */

static void change_places(const char *a, const char *b)
{
	MUST(syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE));
}

static void watch_elsewhere(void)
{
	is_there("p/d/x", 1, 1);
	is_there("p/d/" MIDDLE_NAME, 1, 1);
}

/*
 * Whatever directory is q/d has larger files for a while. All names always exist and stay in the
 * cache: otherwise each walk that asks the file system stops halfway, which takes time.
 */
static void change_elsewhere(int round)
{
	(void)round;
	change_places("q/d/x", "large");
	change_places("q/d/" MIDDLE_NAME, "larger");
	change_places("q/d/x", "large");
	change_places("q/d/" MIDDLE_NAME, "larger");
	change_places("p/d", "q/d");
}

TEST(elsewhere, "what a directory never had at one place is not found there")
{
	static const char *const places[] = {"p", "q"};

	make("large", 2);
	make("larger", 3);
	for (int i = 0; i < 2; i++) {
		MUST(mkdir(places[i], 0755));
		MUST(chdir(places[i]));
		MUST(mkdir("d", 0755));
		make("d/x", 1);
		make("d/" MIDDLE_NAME, 1);
		for (int times = 0; times < 2; times++) {
			is_there("d/x", 1, 1);
			is_there("d/" MIDDLE_NAME, 1, 1);
		}
		MUST(chdir(".."));
	}
	race(watch_elsewhere, change_elsewhere);
}

/* ---- made and removed ---- */

static void watch_made(void)
{
	is_there("f", -1, 2);
	is_there("d/f", -1, 2);
	is_there("stays", 1, 1);
}

static void make_and_remove(int round)
{
	(void)round;
	make("f", 2);
	MUST(mkdir("d", 0755));
	make("d/f", 2);
	MUST(unlink("f"));
	MUST(unlink("d/f"));
	MUST(rmdir("d"));
}

TEST(made, "a name that is made and removed again and again is there or not")
{
	make("stays", 1);
	race(watch_made, make_and_remove);
}

/* ---- forgotten ---- */

static void watch_forgotten(void)
{
	is_there("d/e/f", 1, 1);
	is_there("d/" LONG_NAME, 2, 2);
	CHECK_EQ(size_by_name("d/absent"), -1);
}

static void forget(int round)
{
	char text[4096];
	int fd;

	if (round % 4)
		return;
	fd = (int)MUST(open("/proc/creance/counts", O_RDONLY)); /* all names that are unused */
	MUST(read(fd, text, sizeof(text)));
	MUST(close(fd));
}

TEST(forgotten, "names that the cache forgets are found all the same")
{
	SKIP_IF(!tap_on_creance(), "the cache cannot be asked to");
	MUST(mkdir("d", 0755));
	MUST(mkdir("d/e", 0755));
	make("d/e/f", 1);
	make("d/" LONG_NAME, 2);
	race(watch_forgotten, forget);
}

/* ---- mounted ---- */

static void watch_mounted(void)
{
	struct stat st;
	int fd;

	CHECK_OK(stat("m", &st));
	is_there("m/below", -1, 1);
	is_there("n/below", -1, 2);
	is_there("n/beside", 2, 2);
	fd = open("m", O_RDONLY | O_DIRECTORY);
	CHECK_OK(fd);
	close(fd);
}

static void mount_and_umount(int round)
{
	MUST(mount("none", "m", "tmpfs", 0, NULL));
	make("m/below", 0);
	if (round % 3 == 0) {
		MUST(mount("m", "n/d", NULL, MS_MOVE, NULL));
		MUST(umount2("n/d", MNT_DETACH));
		return;
	}
	while (umount("m")) /* a watcher may be there */
		if (errno != EBUSY)
			FAIL("umount: %s", tap_errno_name(errno));
}

TEST(mounted, "a name on which something is mounted leads below that or above")
{
	if (!tap_on_creance() &&
	    (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)))
		SKIP("no mount namespace");
	MUST(mkdir("m", 0755));
	MUST(mkdir("n", 0755));
	MUST(mkdir("n/d", 0755));
	make("m/below", 1);
	make("n/below", 2);
	make("n/beside", 2);
	race(watch_mounted, mount_and_umount);
}

/* ---- a working directory that another thread changes ---- */

static char shared_places[2][4096];

static int change_directory(void *arg)
{
	long long begun_ns = *(long long *)arg;

	for (int i = 0; race_goes_on(i, begun_ns); i++)
		if (tap_raw(SYS_chdir, (long)shared_places[i % 2], 0, 0, 0, 0, 0))
			return 1;
	*done = 1;
	return 0;
}

TEST(shared, "a relative name is found while another thread goes from one directory to another")
{
	long long begun_ns = tap_now_ns(CLOCK_MONOTONIC);
	struct tap_thread thread;

	MUST(getcwd(shared_places[0], sizeof(shared_places[0]) - 2) ? 0 : -1);
	strcpy(shared_places[1], shared_places[0]);
	strcat(shared_places[0], "/a");
	strcat(shared_places[1], "/b");
	for (int i = 0; i < 2; i++) {
		MUST(mkdir(shared_places[i], 0755));
		MUST(chdir(shared_places[i]));
		make("f", 1);
	}
	race_begin();
	tap_thread_start(&thread, change_directory, &begun_ns);
	while (!*done && !tap_local_failures()) {
		is_there("f", 1, 1);
		is_there("../a/f", 1, 1);
	}
	tap_thread_join(&thread);
	CHECK(*done);
}

static int roots[2]; /* open directories, the second in the first */

static int change_root(void *arg)
{
	long long begun_ns = *(long long *)arg;

	for (int i = 0; race_goes_on(i, begun_ns); i++)
		if (tap_raw(SYS_fchdir, roots[i % 2], 0, 0, 0, 0, 0) ||
		    tap_raw(SYS_chroot, (long)".", 0, 0, 0, 0, 0))
			return 1;
	*done = 1;
	return 0;
}

TEST(shared_root, "no name leads out of the root while another thread changes that")
{
	long long begun_ns = tap_now_ns(CLOCK_MONOTONIC);
	struct tap_thread thread;
	struct stat st;

	make("outside", 1);
	MUST(mkdir("r", 0755));
	MUST(mkdir("r/s", 0755));
	roots[0] = (int)MUST(open("r", O_RDONLY | O_DIRECTORY));
	roots[1] = (int)MUST(open("r/s", O_RDONLY | O_DIRECTORY));
	MUST(chroot("r"));
	race_begin();
	tap_thread_start(&thread, change_root, &begun_ns);
	while (!*done && !tap_local_failures()) {
		CHECK_ERR(stat("/../outside", &st), ENOENT);
		CHECK_ERR(stat("/../../outside", &st), ENOENT);
	}
	tap_thread_join(&thread);
	CHECK(*done);
}
