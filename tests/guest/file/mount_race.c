// SPDX-License-Identifier: MIT
/*
 * mount_race.c -- mounts that several processes attach, move and detach at the same time; options.
 */
#include "tap.h"
#include <sched.h>
#include <sys/mount.h>

#define ROUNDS 60

/* Mounts of our own: on Linux in a namespace of our own. */
static void own_mounts(void)
{
	if (tap_on_creance())
		return;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		SKIP("no mount namespace");
}

static void mount_at(const char *place)
{
	MUST(mount("none", place, "tmpfs", 0, NULL));
}

static bool is_mounted(const char *place)
{
	struct stat at, above;
	char parent[64];

	snprintf(parent, sizeof(parent), "%s/..", place);
	MUST(stat(place, &at));
	MUST(stat(parent, &above));
	return at.st_dev != above.st_dev;
}

/* What `fd` is open as, by a name that leads there wherever that is. */
static const char *through(int fd)
{
	static char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return name;
}

/* Mounts at "m" and detaches that; `place`, "m" or a new directory in it, is open all the time. */
static const char *detached(const char *place)
{
	int fd;

	MUST(mkdir("m", 0755));
	mount_at("m");
	if (strcmp(place, "m"))
		MUST(mkdir(place, 0755));
	fd = (int)MUST(open(place, O_RDONLY | O_DIRECTORY));
	CHECK_OK(umount2("m", MNT_DETACH));
	return through(fd);
}

TEST(detach_twice, "what is detached cannot be detached again, or moved")
{
	const char *place;

	own_mounts();
	MUST(mkdir("n", 0755));
	place = detached("m");
	CHECK_ERR(umount2(place, MNT_DETACH), EINVAL);
	CHECK_ERR(mount(place, "n", NULL, MS_MOVE, NULL), EINVAL);
	CHECK(!is_mounted("n"));
}

TEST(below_detached, "nothing is mounted below what is detached")
{
	const char *place;

	own_mounts();
	place = detached("m/d");
	CHECK(mount("none", place, "tmpfs", 0, NULL) == -1);
	CHECK(errno == EINVAL || errno == ENOENT); /* Linux versions differ */
}

TEST(bind_detached, "what is detached cannot be shown elsewhere")
{
	const char *place;

	own_mounts();
	MUST(mkdir("n", 0755));
	place = detached("m");
	CHECK_ERR(mount(place, "n", NULL, MS_BIND, NULL), EINVAL);
	CHECK(!is_mounted("n"));
}

TEST(bind_nameless, "neither can a file without a name")
{
	int fd = (int)MUST(syscall(SYS_memfd_create, "m", 0));

	own_mounts();
	close(tap_file("n", "x"));
	CHECK_ERR(mount(through(fd), "n", NULL, MS_BIND, NULL), EINVAL);
}

TEST(many, "there is a most of mounts; a detached tree of them goes at once")
{
	int made[2] = {0, 0};

	SKIP_IF(!tap_on_creance(), "Linux allows very many");
	for (int round = 0; round < 2; round++) {
		mkdir("m", 0755);
		mount_at("m");
		MUST(mkdir("m/d", 0755));
		while (made[round] < 100000 && !mount("none", "m/d", "tmpfs", 0, NULL))
			made[round]++;
		CHECK_EQ(errno, ENOSPC);
		CHECK_OK(umount2("m", MNT_DETACH));
		CHECK(!is_mounted("m"));
	}
	CHECK(made[0] > 1000);
	CHECK_EQ(made[0], made[1]);
}

TEST(owner_options, "a tmpfs has the owner that is asked for, if there can be one")
{
	static const char *const refused[] = {"uid=4294967295", "gid=4294967296", "uid=-1",
					      "gid=x"};
	struct stat st;

	own_mounts();
	MUST(mkdir("m", 0755));
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		errno = 0;
		if (mount("none", "m", "tmpfs", 0, refused[i]) != -1 || errno != EINVAL)
			FAIL("%s: %s, wanted EINVAL", refused[i], tap_errno_name(errno));
	}
	MUST(mount("none", "m", "tmpfs", 0, "uid=4294967294,gid=7"));
	MUST(stat("m", &st));
	CHECK_EQ(st.st_uid, 4294967294U);
	CHECK_EQ(st.st_gid, 7);
	MUST(umount("m"));
}

TEST(move_refused, "a move that cannot be leaves the mount where it is")
{
	own_mounts();
	MUST(mkdir("m", 0755));
	close(tap_file("file", "x"));
	mount_at("m");
	CHECK_ERR(mount("m", "file", NULL, MS_MOVE, NULL), EINVAL);
	MUST(mkdir("m/d", 0755));
	CHECK_ERR(mount("m", "m/d", NULL, MS_MOVE, NULL), ELOOP);
	CHECK(is_mounted("m"));
	CHECK_OK(umount("m"));
}

static void storm(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		mount("none", "m", "tmpfs", 0, NULL);
		mount("m", "n", NULL, MS_MOVE, NULL);
		mount("none", "m/d", "tmpfs", 0, NULL);
		umount2("n", MNT_DETACH);
		mkdir("m/d", 0755);
		umount2("m", MNT_DETACH);
		rmdir("d");
		mkdir("d", 0755);
		mount("none", "d", "tmpfs", 0, NULL);
		umount("d");
	}
}

/* Of each line of mountinfo, the mount and its parent are small numbers. */
static void read_mountinfo(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		FILE *f = fopen("/proc/self/mountinfo", "r");
		char line[4096];
		int id, parent;

		MUST(f ? 0 : -1);
		while (fgets(line, sizeof(line), f)) {
			CHECK_EQ(sscanf(line, "%d %d", &id, &parent), 2);
			CHECK(id > 0 && parent >= 0 && id < 1000000 && parent < 1000000);
		}
		fclose(f);
	}
}

TEST(storm, "several processes mount, move and detach at the same places")
{
	pid_t pids[5];

	own_mounts();
	MUST(mkdir("m", 0755));
	MUST(mkdir("n", 0755));
	MUST(mkdir("d", 0755));
	for (int i = 0; i < 4; i++)
		pids[i] = SPAWN(storm());
	pids[4] = SPAWN(read_mountinfo());
	for (int i = 0; i < 5; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	for (int i = 0; i < 4 * ROUNDS; i++) { /* whatever is left */
		umount2("m", MNT_DETACH);
		umount2("n", MNT_DETACH);
		umount2("d", MNT_DETACH);
	}
	CHECK(!is_mounted("m"));
	CHECK(!is_mounted("n"));
}
