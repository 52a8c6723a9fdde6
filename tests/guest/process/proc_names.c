// SPDX-License-Identifier: MIT
// proc_names.c -- a thread's name is read as a whole while others change it.
#include "tap.h"
#include "tap_thread.h"

#include <sys/prctl.h>

#define SHORT "a"
#define LONG "bbbbbbbbbbbbbbb"
#define NR_READS 3000

static volatile int over;
static char comm_path[64]; /* of the thread whose name changes */

static void put_name(int fd, const char *name)
{
	tap_raw(SYS_write, fd, (long)name, (long)strlen(name), 0, 0, 0);
}

static int rename_another(void *arg)
{
	int fd = *(int *)arg;

	while (!over) {
		put_name(fd, LONG);
		put_name(fd, SHORT);
	}
	return 0;
}

static int rename_itself(void *arg)
{
	(void)arg;
	while (!over) {
		tap_raw(SYS_prctl, PR_SET_NAME, (long)LONG, 0, 0, 0, 0);
		tap_raw(SYS_prctl, PR_SET_NAME, (long)SHORT, 0, 0, 0, 0);
	}
	return 0;
}

/* Linux may mix two names, but never has one without an end. */
static int is_name(const char *text, size_t len)
{
	if (tap_on_creance())
		return (len == strlen(SHORT) && !memcmp(text, SHORT, len)) ||
		       (len == strlen(LONG) && !memcmp(text, LONG, len));
	for (size_t i = 0; i < len; i++)
		if (text[i] != 'a' && text[i] != 'b')
			return 0;
	return len <= strlen(LONG);
}

/* Is what the text of @path has between @before and @after a name, if it has that? */
static int has_name(const char *path, const char *before, const char *after)
{
	char text[4096], *from;
	ssize_t len;
	int fd = (int)MUST(open(path, O_RDONLY | O_CLOEXEC));

	len = MUST(read(fd, text, sizeof(text) - 1));
	close(fd);
	text[len] = '\0';
	from = strstr(text, before);
	return !from || is_name(from + strlen(before), strcspn(from + strlen(before), after));
}

static int is_whole(int tid)
{
	char path[64], running[64];
	int good = has_name(comm_path, "", "\n");

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	good &= has_name(path, " (", ")");
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	good &= has_name(path, "Name:\t", "\n");
	snprintf(running, sizeof(running), "current %d (", tid);
	if (tap_on_creance())
		good &= has_name("/proc/creance/sched", running, ")");
	return good;
}

TEST(whole, "a name is read as a whole while its thread and another change it")
{
	struct tap_thread other, owner;
	int nr_bad = 0, fd;

	CHECK(tap_thread_start(&owner, rename_itself, NULL) > 0);
	snprintf(comm_path, sizeof(comm_path), "/proc/self/task/%d/comm", owner.tid);
	fd = (int)MUST(open(comm_path, O_WRONLY | O_CLOEXEC));
	put_name(fd, SHORT);
	CHECK(tap_thread_start(&other, rename_another, &fd) > 0);
	for (int i = 0; i < NR_READS; i++)
		nr_bad += !is_whole(owner.tid);
	over = 1;
	tap_thread_join(&other);
	tap_thread_join(&owner);
	close(fd);
	CHECK_EQ(nr_bad, 0);
}

TEST(rest, "PR_GET_NAME gives the name and zeros, nothing of a longer name before")
{
	char name[16];

	CHECK_OK(prctl(PR_SET_NAME, LONG));
	CHECK_OK(prctl(PR_SET_NAME, SHORT));
	memset(name, 'x', sizeof(name));
	CHECK_OK(prctl(PR_GET_NAME, name));
	for (size_t i = 0; i < sizeof(name); i++)
		CHECK_EQ(name[i], i ? 0 : SHORT[0]);
}
