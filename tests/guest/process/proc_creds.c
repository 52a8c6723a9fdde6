// SPDX-License-Identifier: MIT
/* proc_creds.c -- user and group ids, who may change them, and what execve does with them. */
#include "tap.h"
#include "tap_thread.h"
#include <sys/auxv.h>
#include <sys/resource.h>

#define RAW(...) syscall(__VA_ARGS__)

static void check_uids(long r, long e, long s, const char *file, int line)
{
	unsigned real, effective, saved;

	CHECK_OK(RAW(SYS_getresuid, &real, &effective, &saved));
	if (real != r || effective != e || saved != s)
		tap_fail(file, line, "uids are %u %u %u, wanted %ld %ld %ld", real, effective,
			 saved, r, e, s);
}

static void check_gids(long r, long e, long s, const char *file, int line)
{
	unsigned real, effective, saved;

	CHECK_OK(RAW(SYS_getresgid, &real, &effective, &saved));
	if (real != r || effective != e || saved != s)
		tap_fail(file, line, "gids are %u %u %u, wanted %ld %ld %ld", real, effective,
			 saved, r, e, s);
}

#define UIDS(r, e, s) check_uids(r, e, s, __FILE__, __LINE__)
#define GIDS(r, e, s) check_gids(r, e, s, __FILE__, __LINE__)

static void need_root(void)
{
	SKIP_IF(geteuid() != 0, "not root");
}

TEST(start, "the four uid calls agree")
{
	need_root();
	CHECK_EQ(getuid(), 0);
	CHECK_EQ(geteuid(), 0);
	CHECK_EQ(getgid(), 0);
	CHECK_EQ(getegid(), 0);
	UIDS(0, 0, 0);
	GIDS(0, 0, 0);
}

TEST(setuid_root, "setuid by root changes all three, for good")
{
	need_root();
	MUST(RAW(SYS_setuid, 1000));
	UIDS(1000, 1000, 1000);
	CHECK_ERR(RAW(SYS_setuid, 0), EPERM);
	CHECK_ERR(RAW(SYS_setuid, 1001), EPERM);
	CHECK_OK(RAW(SYS_setuid, 1000));
	CHECK_ERR(RAW(SYS_setgid, 5), EPERM);
	CHECK_ERR(RAW(SYS_setgroups, 0, NULL), EPERM);
	CHECK_ERR(RAW(SYS_setresuid, -1, 0, -1), EPERM);
	CHECK_OK(RAW(SYS_setresuid, -1, -1, -1));
}

TEST(seteuid_back, "the saved id lets a process switch back and forth")
{
	need_root();
	MUST(RAW(SYS_setresuid, -1, 1000, -1));
	UIDS(0, 1000, 0);
	CHECK_OK(RAW(SYS_setresuid, -1, 0, -1));
	UIDS(0, 0, 0);
	MUST(RAW(SYS_setresuid, 1000, 2000, 3000));
	UIDS(1000, 2000, 3000);
	CHECK_OK(RAW(SYS_setresuid, -1, 3000, -1));
	UIDS(1000, 3000, 3000);
	CHECK_ERR(RAW(SYS_setresuid, -1, 2000, -1), EPERM);
	CHECK_OK(RAW(SYS_setuid, 1000));
	UIDS(1000, 1000, 3000);
	CHECK_ERR(RAW(SYS_setresuid, 4000, -1, -1), EPERM);
	CHECK_OK(RAW(SYS_setresuid, 3000, 1000, 1000));
	UIDS(3000, 1000, 1000);
}

TEST(setreuid_saved, "setreuid sets the saved id when it changes the real one")
{
	need_root();
	MUST(RAW(SYS_setreuid, -1, 1000));
	UIDS(0, 1000, 1000);
	CHECK_OK(RAW(SYS_setreuid, 1000, 0));
	UIDS(1000, 0, 0);
	CHECK_OK(RAW(SYS_setreuid, 500, 600));
	UIDS(500, 600, 600);
	CHECK_ERR(RAW(SYS_setreuid, 700, -1), EPERM);
	CHECK_OK(RAW(SYS_setreuid, 600, 500));
	UIDS(600, 500, 500);
}

TEST(gids, "the group calls follow the same rules")
{
	need_root();
	MUST(RAW(SYS_setresgid, 10, 20, 30));
	GIDS(10, 20, 30);
	MUST(RAW(SYS_setuid, 1000));
	CHECK_OK(RAW(SYS_setgid, 30));
	GIDS(10, 30, 30);
	CHECK_OK(RAW(SYS_setregid, -1, 10));
	GIDS(10, 10, 30);
	CHECK_ERR(RAW(SYS_setregid, 40, -1), EPERM);
	CHECK_ERR(RAW(SYS_setresgid, -1, -1, 40), EPERM);
}

TEST(bad_ids, "-1 is no id; wild pointers give EFAULT")
{
	need_root();
	CHECK_ERR(RAW(SYS_setuid, -1), EINVAL);
	CHECK_ERR(RAW(SYS_setgid, -1), EINVAL);
	CHECK_ERR(RAW(SYS_getresuid, wild(8), wild(8), wild(8)), EFAULT);
	CHECK_OK(RAW(SYS_setuid, 0xfffffffe));
	CHECK_EQ(RAW(SYS_getuid), 0xfffffffe);
}

TEST(groups, "setgroups and getgroups")
{
	gid_t list[40], some[3] = {5, 6, 7};

	need_root();
	MUST(RAW(SYS_setgroups, 3, some));
	CHECK_EQ(RAW(SYS_getgroups, 0, NULL), 3);
	CHECK_EQ(RAW(SYS_getgroups, 40, list), 3);
	for (int i = 0; i < 3; i++)
		CHECK(list[i] == 5 || list[i] == 6 || list[i] == 7);
	CHECK_ERR(RAW(SYS_getgroups, 2, list), EINVAL);
	CHECK_ERR(RAW(SYS_getgroups, -1, list), EINVAL);
	CHECK_ERR(RAW(SYS_setgroups, 65537, list), EINVAL);
	CHECK_ERR(RAW(SYS_setgroups, 2, wild(8)), EFAULT);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(RAW(SYS_getgroups, 40, list), 3)), 0);
	CHECK_OK(RAW(SYS_setgroups, 0, NULL));
	CHECK_EQ(RAW(SYS_getgroups, 40, list), 0);
}

TEST(group_access, "a supplementary group gives access to its files")
{
	gid_t group = 4321;

	need_root();
	close(tap_file("f", "x"));
	MUST(chmod("f", 0040));
	MUST(chown("f", 0, 4321));
	CHECK_EXITED(IN_CHILD(MUST(RAW(SYS_setgroups, 1, &group)); MUST(RAW(SYS_setgid, 1000));
			      MUST(RAW(SYS_setuid, 1000)); CHECK_OK(open("f", O_RDONLY))),
		     0);
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(open("f", O_RDONLY), EACCES)), 0);
}

TEST(fsuid, "setfsuid gives the old value and follows the effective id")
{
	need_root();
	CHECK_EQ(RAW(SYS_setfsuid, 1000), 0);
	CHECK_EQ(RAW(SYS_setfsuid, -1), 1000);
	MUST(RAW(SYS_setresuid, 5, 6, 7));
	CHECK_EQ(RAW(SYS_setfsuid, -1), 6);
	CHECK_EQ(RAW(SYS_setfsuid, 999), 6);
	CHECK_EQ(RAW(SYS_setfsuid, -1), 6);
}

static void copy_self(const char *name, mode_t mode)
{
	char block[4096];
	int in = (int)MUST(open(tap_self, O_RDONLY)), out;
	ssize_t got;

	out = (int)MUST(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755));
	while ((got = read(in, block, sizeof(block))) > 0)
		CHECK_EQ(write(out, block, (size_t)got), got);
	close(in);
	close(out);
	MUST(chmod(name, mode));
}

TEST(setuid_program, "a set-user-id program runs as its owner, with AT_SECURE")
{
	need_root();
	copy_self("suid", 04755);
	CHECK_EXITED(IN_CHILD(tap_become(1000);
			      execl("./suid", "x", "--child", "1000", "0", "0", NULL)),
		     0);
	MUST(chown("suid", 2000, 3000));
	MUST(chmod("suid", 06755));
	CHECK_EXITED(IN_CHILD(tap_become(1000);
			      execl("./suid", "x", "--child", "1000", "2000", "3000", NULL)),
		     0);
}

TEST(plain_program, "a program without the bits keeps the ids; the saved id follows")
{
	need_root();
	copy_self("plain", 0755);
	CHECK_EXITED(IN_CHILD(RAW(SYS_setresgid, 1000, 1000, 1000);
			      RAW(SYS_setresuid, 1000, 2000, 3000);
			      execl("./plain", "x", "--child", "1000", "2000", "1000", NULL)),
		     0);
}

TEST(kill_permission, "kill needs a matching real or saved id; EPERM otherwise")
{
	pid_t root, same, victim;

	need_root();
	root = SPAWN(for (;;) pause());
	CHECK_EXITED(IN_CHILD(tap_become(1000); CHECK_ERR(kill(root, 0), EPERM);
			      CHECK_ERR(kill(root, SIGTERM), EPERM);
			      CHECK_ERR(kill(1, SIGTERM), EPERM)),
		     0);
	same = SPAWN(tap_become(1000); for (;;) pause());
	victim = SPAWN(RAW(SYS_setresuid, 2000, 1000, 2000); raise(SIGSTOP); for (;;) pause());
	CHECK_EQ(waitpid(victim, NULL, WUNTRACED), victim);
	CHECK_EXITED(IN_CHILD(tap_become(1000); WAIT_UNTIL(kill(same, 0) == 0);
			      CHECK_ERR(kill(victim, SIGTERM), EPERM);
			      CHECK_OK(kill(victim, SIGCONT))), /* same session */
		     0);
	CHECK_EXITED(IN_CHILD(RAW(SYS_setresuid, 1000, 2000, 1000); CHECK_OK(kill(victim, 0));
			      CHECK_OK(kill(same, SIGKILL)); CHECK_OK(kill(victim, SIGKILL))),
		     0);
	CHECK_SIGNALED(tap_wait(same), SIGKILL);
	CHECK_SIGNALED(tap_wait(victim), SIGKILL);
	kill(root, SIGKILL);
	tap_wait(root);
}

static bool status_has(const char *line)
{
	char text[4096] = "";
	int fd = (int)MUST(open("/proc/self/status", O_RDONLY));

	CHECK_GE(read(fd, text, sizeof(text) - 1), 1);
	close(fd);
	return strstr(text, line);
}

TEST(proc_status, "/proc/self/status shows the ids")
{
	const gid_t groups[] = {5, 7};

	need_root();
	SKIP_IF(access("/proc/self/status", R_OK), "no /proc/self/status");
	MUST(RAW(SYS_setgroups, 2, groups));
	CHECK(status_has("\nGroups:\t5 7 \n"));
	MUST(RAW(SYS_setgroups, 0, NULL));
	CHECK(status_has("\nGroups:\t \n"));
	MUST(RAW(SYS_setresgid, 10, 20, 30));
	MUST(RAW(SYS_setresuid, 100, 200, 300));
	CHECK(status_has("\nUid:\t100\t200\t300\t200\n"));
	CHECK(status_has("\nGid:\t10\t20\t30\t20\n"));
}

int tap_child_main(int argc, char **argv)
{
	unsigned real = 0, effective = 0, saved = 0, gid;

	RAW(SYS_getresuid, &real, &effective, &saved);
	gid = (unsigned)RAW(SYS_getegid);
	if (argc == 1 && !strcmp(argv[0], "ready")) {
		MUST(write(1, "x", 1));
		pause();
	}
	if (argc != 3)
		return 2;
	CHECK_EQ(real, atoi(argv[0]));
	CHECK_EQ(effective, atoi(argv[1]));
	CHECK_EQ(saved, atoi(argv[1]));
	if (atoi(argv[2]))
		CHECK_EQ(gid, atoi(argv[2]));
	CHECK_EQ(getauxval(AT_SECURE), real != effective || gid != (unsigned)RAW(SYS_getgid));
	CHECK_EQ(getauxval(AT_EUID), effective);
	return tap_local_failures() ? 1 : 0;
}

/* Takes the ids of an ordinary user, for this thread alone. */
static int act_for_user(void *unused)
{
	(void)unused;
	tap_raw(SYS_setgroups, 0, 0, 0, 0, 0, 0);
	tap_raw(SYS_setresgid, 1000, 1000, 1000, 0, 0, 0);
	tap_raw(SYS_setresuid, 1000, 1000, 1000, 0, 0, 0);
	return 0;
}

static int opens(const char *format, pid_t pid)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), format, (int)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	close(fd);
	return 1;
}

/* What an ordinary user can do to @pid. */
static void is_closed(pid_t pid)
{
	struct rlimit none = {0, 0};

	tap_become(1000);
	CHECK(!opens("/proc/%d/environ", pid));
	CHECK(!opens("/proc/%d/fd/0", pid));
	CHECK_ERR(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, &none, NULL), EPERM);
	CHECK_ERR(kill(pid, SIGKILL), EPERM);
}

TEST(thread_ids, "a thread that acts for another user does not open the process to him")
{
	for (int then_exec = 0; then_exec < 2; then_exec++) {
		struct tap_thread thread;
		int ready[2];
		char c;

		MUST(pipe(ready));
		pid_t pid = SPAWN(MUST(tap_thread_start(&thread, act_for_user, NULL));
				  tap_thread_join(&thread);
				  dup2(ready[1], 1);
				  if (then_exec)
					  execl(tap_self, tap_self, "--child", "ready", NULL);
				  MUST(write(1, "x", 1)); pause());

		CHECK_EQ(MUST(read(ready[0], &c, 1)), 1);
		CHECK_EXITED(IN_CHILD(is_closed(pid)), 0);
		MUST(kill(pid, SIGKILL));
		tap_wait(pid);
		close(ready[0]);
		close(ready[1]);
	}
}
