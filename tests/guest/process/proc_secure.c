// SPDX-License-Identifier: MIT
/* proc_secure.c -- when set-id bits give no rights, and what of others is hidden. */
#include "tap.h"
#include "tap_thread.h"
#include <dirent.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#define USER 1000

static void copy_self(const char *to, unsigned mode)
{
	int in = (int)MUST(open(tap_self, O_RDONLY));
	int out = (int)MUST(open(to, O_WRONLY | O_CREAT | O_EXCL, 0755));
	char buffer[4096];
	ssize_t n;

	while ((n = MUST(read(in, buffer, sizeof(buffer)))) > 0)
		CHECK_EQ(write(out, buffer, (size_t)n), n);
	close(in);
	close(out);
	MUST(chmod(to, mode));
}

/* The program that is executed: its exit status tells its effective ids, and whether it can read
 * from the descriptor that it is given. */
int tap_child_main(int argc, char **argv)
{
	char c;
	int status = (geteuid() == 0 ? 1 : 0) | (getegid() == 0 ? 2 : 0);

	if (argc && read(atoi(argv[0]), &c, 1) > 0)
		status |= 4;
	return status;
}

static void become_program(const char *path)
{
	char *arguments[] = {(char *)path, "--child", NULL};

	execv(path, arguments);
	_exit(99);
}

static int status_of(const char *path)
{
	pid_t pid = (pid_t)MUST(fork());

	if (!pid)
		become_program(path);
	return WEXITSTATUS(tap_wait(pid));
}

/* Run @path in a process that shares umask and working directory with this one. */
static int status_shared(const char *path)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		become_program(path);
	return WEXITSTATUS(tap_wait(pid));
}

/* A copy of this program with the mode; skips where the file system ignores set-id bits. */
static void make_program(unsigned mode)
{
	copy_self("p", mode);
	CHECK_EXITED(IN_CHILD(tap_become(USER); _exit(status_of("p"))), mode & 02000 ? 3 : 1);
}

TEST(shared_fs, "no rights are gained while another process shares umask and directory")
{
	make_program(06755);
	CHECK_EXITED(IN_CHILD(tap_become(USER); CHECK_EQ(status_shared("p"), 0);
			      CHECK_EQ(status_of("p"), 3)),
		     0);
	CHECK_EQ(status_shared("p"), 3); /* of root's there are none to gain */
}

static int idle(void *argument)
{
	(void)argument;
	for (;;)
		tap_raw(SYS_pause, 0, 0, 0, 0, 0, 0);
	return 0;
}

TEST(own_threads, "threads of the process itself do not count, as they end")
{
	struct tap_thread thread;

	make_program(04755);
	CHECK_EXITED(IN_CHILD(tap_become(USER); tap_thread_start(&thread, idle, NULL);
			      become_program("p")),
		     1);
}

TEST(promise, "no rights are gained with PR_SET_NO_NEW_PRIVS")
{
	make_program(06755);
	CHECK_EXITED(IN_CHILD(tap_become(USER); CHECK_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
			      CHECK_EQ(status_of("p"), 0)),
		     0);
}

static void own_mounts(void)
{
	if (tap_on_creance())
		return;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		SKIP("no mount namespace");
}

TEST(nosuid, "no rights are gained from a file system mounted nosuid")
{
	own_mounts();
	MUST(mkdir("m", 0755));
	MUST(mount("none", "m", "tmpfs", MS_NOSUID, "mode=755"));
	copy_self("m/p", 06755);
	CHECK_EXITED(IN_CHILD(tap_become(USER); CHECK_EQ(status_of("m/p"), 0)), 0);
	CHECK_OK(umount2("m", MNT_DETACH));
}

TEST(noexec, "nothing on a file system mounted noexec is executed, mapped for it, or made so later")
{
	const int prot[] = {PROT_READ, PROT_READ | PROT_WRITE}, RX = PROT_READ | PROT_EXEC;
	const int type[] = {MAP_PRIVATE, MAP_SHARED};
	int fd;

	own_mounts();
	MUST(mkdir("m", 0755));
	MUST(mount("none", "m", "tmpfs", MS_NOEXEC, NULL));
	copy_self("m/p", 0755);
	CHECK_ERR(execl("m/p", "p", NULL), EACCES);
	fd = (int)MUST(open("m/p", O_RDWR));
	CHECK(mmap(NULL, 4096, RX, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EPERM);
	for (int i = 0; i < 4; i++) {
		char *map = mmap(NULL, 8192, prot[i / 2], type[i % 2], fd, 0);

		CHECK_ERR(mprotect(map, 8192, RX), EACCES);
		CHECK_ERR(mprotect(map + 4096, 4096, PROT_EXEC), EACCES);
		CHECK_OK(mprotect(map, 4096, PROT_READ));
		CHECK_OK(munmap(map, 8192));
	}
	close(fd);
	CHECK_OK(umount2("m", MNT_DETACH));
}

TEST(group_bit, "set-group-ID without execution goes with a change by those not in the group")
{
	struct stat st;

	SKIP_IF(geteuid() != 0, "not root");
	close(tap_file("f", "x"));
	MUST(chown("f", USER, 0));
	MUST(chmod("f", 02666));
	CHECK_EXITED(IN_CHILD(tap_become(USER); int fd = (int)MUST(open("f", O_WRONLY));
			      CHECK_EQ(write(fd, "y", 1), 1)),
		     0);
	MUST(stat("f", &st));
	CHECK_EQ(st.st_mode & 07777, 0666);
	MUST(chmod("f", 02666));
	MUST(chown("f", USER, 0));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_mode & 07777, 02666);
}

TEST(log, "the kernel's log is for those with CAP_SYSLOG, if dmesg_restrict says so")
{
	char on = '0', text[64];
	int fd = open("/proc/sys/kernel/dmesg_restrict", O_RDONLY);

	SKIP_IF(fd < 0 || read(fd, &on, 1) != 1 || on != '1', "the log is open to all");
	CHECK_EXITED(IN_CHILD(tap_become(USER);
			      CHECK_ERR(syscall(SYS_syslog, 3, text, sizeof(text)), EPERM)),
		     0);
}

/* ---- /proc ---- */

static bool lists(const char *directory, const char *name)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	bool found = false;

	while (dir && (entry = readdir(dir)))
		found |= !strcmp(entry->d_name, name);
	if (dir)
		closedir(dir);
	return found;
}

static void mount_proc(const char *options)
{
	own_mounts();
	MUST(mkdir("proc", 0755));
	if (mount("proc", "proc", "proc", 0, options))
		SKIP("no /proc can be mounted here");
}

TEST(hidepid_off, "hidepid=0: everybody sees all processes")
{
	mount_proc("hidepid=0");
	CHECK_EXITED(IN_CHILD(tap_become(USER); CHECK_OK(open("proc/1/status", O_RDONLY));
			      CHECK(lists("proc", "1"))),
		     0);
	CHECK_OK(umount2("proc", MNT_DETACH));
}

TEST(hidepid_no_access, "hidepid=1: what others' directories hold is closed")
{
	mount_proc("hidepid=1");
	CHECK_EXITED(IN_CHILD(tap_become(USER); CHECK_ERR(open("proc/1/status", O_RDONLY), EPERM);
			      CHECK(lists("proc", "1"));
			      CHECK_OK(open("proc/self/status", O_RDONLY))),
		     0);
	CHECK_OK(open("proc/1/status", O_RDONLY));
	CHECK_OK(umount2("proc", MNT_DETACH));
}

TEST(hidepid_invisible, "hidepid=2: others are not there, but for the group that is named")
{
	struct stat st;

	mount_proc("hidepid=invisible,gid=3000");
	CHECK_EXITED(IN_CHILD(tap_become(USER); CHECK_ERR(stat("proc/1", &st), ENOENT);
			      CHECK(!lists("proc", "1"));
			      CHECK_OK(open("proc/self/status", O_RDONLY))),
		     0);
	CHECK_EXITED(IN_CHILD(MUST(setgid(3000)); MUST(syscall(SYS_setuid, USER));
			      CHECK_OK(open("proc/1/status", O_RDONLY)); CHECK(lists("proc", "1"))),
		     0);
	CHECK_OK(mount("proc", "proc", "proc", MS_REMOUNT, "hidepid=0"));
	CHECK_EXITED(IN_CHILD(tap_become(USER); CHECK_OK(stat("proc/1", &st))), 0);
	CHECK_ERR(mount("proc", "proc", "proc", MS_REMOUNT, "hidepid=7"), EINVAL);
	CHECK_OK(umount2("proc", MNT_DETACH));
}

/* Opened as the plain user that this is, read by the program with more rights. */
static void hand_over(void)
{
	char number[12];
	char *arguments[] = {"p", "--child", number, NULL};

	tap_become(USER);
	MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); /* as after an exec */
	snprintf(number, sizeof(number), "%d", (int)MUST(open("/proc/self/environ", O_RDONLY)));
	execv("p", arguments);
}

TEST(handed_over, "a file of /proc/PID shows a program with more rights no more than its opener")
{
	make_program(04755);
	CHECK_EXITED(IN_CHILD(hand_over()), 1);
	CHECK_EXITED(IN_CHILD(tap_become(USER);
			      CHECK_ERR(open("/proc/1/environ", O_RDONLY), EACCES);
			      CHECK_ERR(readlink("/proc/1/exe", (char[9]){0}, 9), EACCES)),
		     0);
}

/* Of an ordinary user, but for the capabilities in @set (low word). */
static void become_with(unsigned set)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{set, set, 0}, {0, 0, 0}};

	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	tap_become(USER);
	MUST(syscall(SYS_capset, &header, data));
	MUST(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static bool opens_environ_of(pid_t pid)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	fd = open(path, O_RDONLY);
	close(fd);
	return fd >= 0;
}

TEST(capabilities, "a process is closed to those of the same user who have fewer capabilities")
{
	const unsigned some = 1U << CAP_KILL | 1U << CAP_SETUID, more = some | 1U << CAP_CHOWN;
	char *ready = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t target;

	target = SPAWN(become_with(some); *(volatile char *)ready = 1; pause());
	WAIT_UNTIL(*(volatile char *)ready);
	CHECK_EXITED(IN_CHILD(become_with(0); _exit(opens_environ_of(target))), 0);
	CHECK_EXITED(IN_CHILD(become_with(1U << CAP_KILL); _exit(opens_environ_of(target))), 0);
	CHECK_EXITED(IN_CHILD(become_with(some); _exit(opens_environ_of(target))), 1);
	CHECK_EXITED(IN_CHILD(become_with(more); _exit(opens_environ_of(target))), 1);
	MUST(kill(target, SIGKILL));
	tap_wait(target);
}
