// SPDX-License-Identifier: MIT
/* proc_clone.c -- clone with every sharing flag, threads, and thread ids. */
#include "tap.h"
#include "tap_thread.h"
#include <asm/prctl.h>
#include <dirent.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/resource.h>

static volatile int shared_value;
static volatile int seen_pid, seen_tid, seen_ppid;

static int set_value(void *arg)
{
	shared_value = (int)(intptr_t)arg;
	seen_pid = (int)tap_raw(SYS_getpid, 0, 0, 0, 0, 0, 0);
	seen_tid = (int)tap_raw(SYS_gettid, 0, 0, 0, 0, 0, 0);
	seen_ppid = (int)tap_raw(SYS_getppid, 0, 0, 0, 0, 0, 0);
	return 17;
}

TEST(plain, "clone with SIGCHLD alone is fork")
{
	long pid = tap_clone(SIGCHLD, set_value, (void *)5, NULL, NULL, NULL);

	CHECK_GE(pid, 1);
	CHECK_EXITED(tap_wait((pid_t)pid), 17);
	CHECK_EQ(shared_value, 0);
}

TEST(vm, "CLONE_VM shares memory between two processes")
{
	long pid = tap_clone(CLONE_VM | SIGCHLD, set_value, (void *)6, NULL, NULL, NULL);

	CHECK_GE(pid, 1);
	CHECK_EXITED(tap_wait((pid_t)pid), 17);
	CHECK_EQ(shared_value, 6);
	CHECK_EQ(seen_pid, pid);
	CHECK_EQ(seen_tid, pid);
	CHECK_EQ(seen_ppid, getpid());
}

TEST(thread, "a thread shares pid and memory and has a tid of its own")
{
	struct tap_thread thread;
	long tid = tap_thread_start(&thread, set_value, (void *)7);

	CHECK_GE(tid, 1);
	tap_thread_join(&thread);
	CHECK_EQ(shared_value, 7);
	CHECK_EQ(seen_pid, getpid());
	CHECK_EQ(seen_tid, tid);
	CHECK_EQ(seen_ppid, getppid());
	CHECK_NE(tid, getpid());
	CHECK_ERR(waitpid((pid_t)tid, NULL, __WALL), ECHILD);
}

TEST(no_exit_signal, "a child without exit signal is waited for with __WALL or __WCLONE only")
{
	int status;
	long pid = tap_clone(0, set_value, NULL, NULL, NULL, NULL);

	CHECK_GE(pid, 1);
	CHECK_ERR(waitpid((pid_t)pid, &status, 0), ECHILD);
	CHECK_EQ(waitpid((pid_t)pid, &status, __WCLONE), pid);
	CHECK_EXITED(status, 17);
	signal(SIGUSR1, SIG_IGN);
	pid = tap_clone(SIGUSR1, set_value, NULL, NULL, NULL, NULL);
	CHECK_EQ(waitpid((pid_t)pid, &status, __WALL), pid);
}

/* A child with @exit_signal that ends when its parent has executed another program. */
static void leave_child_and_exec(int exit_signal)
{
	int ends[2];
	char c;

	MUST(pipe2(ends, O_CLOEXEC));
	if (MUST(syscall(SYS_clone, exit_signal, 0, 0, 0, 0)) == 0) {
		close(ends[1]);
		_exit(read(ends[0], &c, 1) == 0 ? 5 : 6);
	}
	execl(tap_self, tap_self, "--child", "wait", NULL);
	_exit(99);
}

TEST(exit_signal_ends, "a program gets SIGCHLD from children that the one before it made")
{
	CHECK_EXITED(IN_CHILD(leave_child_and_exec(SIGUSR1)), 5);
	CHECK_EXITED(IN_CHILD(leave_child_and_exec(SIGKILL)), 5);
	CHECK_EXITED(IN_CHILD(leave_child_and_exec(SIGCHLD)), 5);
}

TEST(flag_errors, "EINVAL for flags that need each other or contradict")
{
	CHECK_EQ(tap_clone(CLONE_THREAD, set_value, NULL, NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(tap_clone(CLONE_SIGHAND | SIGCHLD, set_value, NULL, NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(tap_clone(CLONE_VM | CLONE_THREAD, set_value, NULL, NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(tap_clone(CLONE_FS | CLONE_NEWNS | SIGCHLD, set_value, NULL, NULL, NULL, NULL),
		 -EINVAL);
}

static int child_tid_word, parent_tid_word;

static int compare_tid(void *arg)
{
	(void)arg;
	return child_tid_word == tap_raw(SYS_gettid, 0, 0, 0, 0, 0, 0) ? 0 : 1;
}

TEST(tid_words, "PARENT_SETTID and CHILD_SETTID write the tid where they should")
{
	long pid = tap_clone(CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, compare_tid, NULL,
			     &parent_tid_word, &child_tid_word, NULL);

	CHECK_EQ(parent_tid_word, pid);
	CHECK_EXITED(tap_wait((pid_t)pid), 0);
	CHECK_EQ(child_tid_word, 0);
}

TEST(cleartid, "CHILD_CLEARTID clears the word at the thread's end and wakes a futex")
{
	int word = -1;
	long pid = tap_clone(CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
			     set_value, NULL, &word, &word, NULL);

	CHECK_GE(pid, 1);
	while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == pid) {
		long r = tap_raw(SYS_futex, (long)&word, FUTEX_WAIT, pid, 0, 0, 0);

		if (r != 0 && r != -EAGAIN && r != -EINTR) {
			CHECK_EQ(r, 0);
			break;
		}
	}
	CHECK_EQ(word, 0);
	CHECK_EXITED(tap_wait((pid_t)pid), 17);
}

TEST(set_tid_address, "set_tid_address gives the caller's tid")
{
	int word;

	CHECK_EXITED(IN_CHILD(CHECK_EQ(tap_raw(SYS_set_tid_address, (long)&word, 0, 0, 0, 0, 0),
				       getpid())),
		     0);
	CHECK_EXITED(IN_CHILD(CHECK_EQ(tap_raw(SYS_set_tid_address, 8, 0, 0, 0, 0, 0), getpid())),
		     0);
}

static unsigned long tls_block[8];

static int read_fs(void *arg)
{
	unsigned long value;

	(void)arg;
	__asm__ volatile("mov %%fs:8, %0" : "=r"(value));
	return value == 0x1234 ? 0 : 1;
}

TEST(tls, "CLONE_SETTLS gives the child its own FS base; arch_prctl reads and sets it")
{
	unsigned long base = 0;
	long pid;

	tls_block[1] = 0x1234;
	pid = tap_clone(CLONE_SETTLS | SIGCHLD, read_fs, NULL, NULL, NULL, tls_block);
	CHECK_EXITED(tap_wait((pid_t)pid), 0);
	CHECK_EQ(tap_raw(SYS_arch_prctl, ARCH_GET_FS, (long)&base, 0, 0, 0, 0), 0);
	CHECK(base != 0 && base != (unsigned long)tls_block);
	CHECK_EQ(*(unsigned long *)base, base);
	CHECK_EQ(tap_raw(SYS_arch_prctl, ARCH_SET_FS, (long)0xffff800000000000, 0, 0, 0, 0),
		 -EPERM);
	CHECK_EQ(tap_raw(SYS_arch_prctl, ARCH_GET_FS, 8, 0, 0, 0, 0), -EFAULT);
	CHECK_EQ(tap_raw(SYS_arch_prctl, 0x999, 0, 0, 0, 0, 0), -EINVAL);
	CHECK_EQ(tap_raw(SYS_arch_prctl, ARCH_SET_GS, 0x5000, 0, 0, 0, 0), 0);
	CHECK_EQ(tap_raw(SYS_arch_prctl, ARCH_GET_GS, (long)&base, 0, 0, 0, 0), 0);
	CHECK_EQ(base, 0x5000);
}

TEST(gs_survives, "the GS base survives system calls, fork and other threads")
{
	unsigned long base = 0;

	MUST(tap_raw(SYS_arch_prctl, ARCH_SET_GS, (long)tls_block, 0, 0, 0, 0));
	tls_block[2] = 77;
	CHECK_EXITED(IN_CHILD(unsigned long value; sched_yield(); __asm__ volatile("mov %%gs:16, %0"
										   : "=r"(value));
			      CHECK_EQ(value, 77);
			      tap_raw(SYS_arch_prctl, ARCH_SET_GS, 0x1000, 0, 0, 0, 0)),
		     0);
	for (int i = 0; i < 50; i++)
		sched_yield();
	CHECK_EQ(tap_raw(SYS_arch_prctl, ARCH_GET_GS, (long)&base, 0, 0, 0, 0), 0);
	CHECK_EQ(base, (unsigned long)tls_block);
}

static int open_and_chdir(void *arg)
{
	long fd = tap_raw(SYS_open, (long)"/dev/null", O_RDONLY, 0, 0, 0, 0);

	(void)arg;
	tap_raw(SYS_chdir, (long)"/", 0, 0, 0, 0, 0);
	tap_raw(SYS_umask, 0111, 0, 0, 0, 0, 0);
	return (int)fd;
}

TEST(files_and_fs, "CLONE_FILES shares descriptors, CLONE_FS directory and umask; without, neither")
{
	char where[256];
	int status;

	getcwd(where, sizeof(where));
	umask(022);
	status = tap_wait((pid_t)tap_clone(SIGCHLD, open_and_chdir, NULL, NULL, NULL, NULL));
	CHECK(WIFEXITED(status));
	CHECK_ERR(fcntl(WEXITSTATUS(status), F_GETFD), EBADF);
	CHECK_EQ(umask(022), 022);
	status = tap_wait(
		(pid_t)tap_clone(CLONE_FILES | SIGCHLD, open_and_chdir, NULL, NULL, NULL, NULL));
	CHECK_OK(fcntl(WEXITSTATUS(status), F_GETFD));
	CHECK_EQ(umask(022), 022);
	status = tap_wait(
		(pid_t)tap_clone(CLONE_FS | SIGCHLD, open_and_chdir, NULL, NULL, NULL, NULL));
	CHECK_ERR(fcntl(WEXITSTATUS(status) + 1, F_GETFD), EBADF);
	CHECK_EQ(umask(022), 0111);
	getcwd(where, sizeof(where));
	CHECK_STR(where, "/");
}

TEST(parent_flag, "CLONE_PARENT makes a sibling")
{
	int status, pipefd[2];
	long sibling = 0;

	MUST(pipe(pipefd));
	CHECK_EXITED(
		IN_CHILD(sibling = tap_clone(CLONE_PARENT | SIGCHLD, set_value, NULL, NULL, NULL,
					     NULL);
			 CHECK_EQ(write(pipefd[1], &sibling, sizeof(sibling)), sizeof(sibling))),
		0);
	CHECK_EQ(read(pipefd[0], &sibling, sizeof(sibling)), sizeof(sibling));
	CHECK_EQ(waitpid((pid_t)sibling, &status, 0), sibling);
	CHECK_EXITED(status, 17);
}

static volatile int spin_go;

static int spin(void *arg)
{
	(void)arg;
	while (!spin_go)
		tap_raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
	return 0;
}

static int exit_all(void *arg)
{
	return (int)tap_raw(SYS_exit_group, (long)arg, 0, 0, 0, 0, 0);
}

TEST(exit_group, "exit_group in a thread ends the whole process")
{
	struct tap_thread thread, other;

	CHECK_EXITED(IN_CHILD(tap_thread_start(&other, spin, NULL);
			      tap_thread_start(&thread, exit_all, (void *)9); for (;;) pause()),
		     9);
}

static int sleep_then_exit(void *arg)
{
	tap_sleep_ms(20);
	return (int)(intptr_t)arg;
}

TEST(leader_exits, "a process whose leader exited lives until its last thread ends")
{
	struct tap_thread thread;
	long long start = tap_now_ns(CLOCK_MONOTONIC);

	int status = IN_CHILD(tap_thread_start(&thread, sleep_then_exit, (void *)4);
			      tap_raw(SYS_exit, 3, 0, 0, 0, 0, 0));

	/* The leader's code, or (Linux since 6.0) that of the last thread. */
	CHECK(status == 0x300 || status == 0x400);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 19000000);
}

static int kill_self(void *arg)
{
	(void)arg;
	*(volatile int *)wild(16) = 1;
	return 0;
}

TEST(fault_in_thread, "a fault in one thread ends the whole process")
{
	struct tap_thread thread;

	CHECK_SIGNALED(IN_CHILD(tap_thread_start(&thread, kill_self, NULL); for (;;) pause()),
		       SIGSEGV);
}

static int exec_self(void *arg)
{
	char *argv[] = {"x", "--child", NULL};

	(void)arg;
	return (int)tap_raw(SYS_execve, (long)tap_self, (long)argv, (long)environ, 0, 0, 0);
}

TEST(exec_in_thread, "execve in a thread ends the others and keeps the pid")
{
	struct tap_thread thread, other;
	pid_t pid = SPAWN(tap_thread_start(&other, spin, NULL);
			  tap_thread_start(&thread, exec_self, NULL); for (;;) pause());

	CHECK_EXITED(tap_wait(pid), 61);
}

TEST(many_threads, "fifty threads at once, all joined")
{
	static struct tap_thread threads[50];

	for (int i = 0; i < 50; i++)
		CHECK_GE(tap_thread_start(&threads[i], spin, NULL), 1);
	spin_go = 1;
	for (int i = 0; i < 50; i++)
		tap_thread_join(&threads[i]);
}

TEST(fork_in_thread, "fork in a thread copies that thread alone")
{
	struct tap_thread thread;

	spin_go = 0;
	MUST(tap_thread_start(&thread, spin, NULL));
	CHECK_EXITED(IN_CHILD(CHECK_EQ(tap_raw(SYS_gettid, 0, 0, 0, 0, 0, 0), getpid())), 0);
	spin_go = 1;
	tap_thread_join(&thread);
}

enum { LISTED = 70 };

static int wait_for_end(void *fd)
{
	char c;

	return (int)tap_raw(SYS_read, (long)fd, (long)&c, 1, 0, 0, 0);
}

TEST(listed, "/proc/self/task lists each thread once; setpriority reaches all of a group's")
{
	static struct tap_thread threads[LISTED];
	int ends[2], nr = 0, last = 0;
	struct dirent *entry;
	DIR *dir;

	setpgid(0, 0);
	MUST(pipe(ends));
	for (int i = 0; i < LISTED; i++)
		MUST(tap_thread_start(&threads[i], wait_for_end, (void *)(long)ends[0]));
	dir = opendir("/proc/self/task");
	CHECK(dir != NULL);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		CHECK(atoi(entry->d_name) != last);
		last = atoi(entry->d_name);
		nr++;
	}
	CHECK_EQ(nr, LISTED + 1);
	if (dir)
		closedir(dir);
	CHECK_OK(setpriority(PRIO_PGRP, 0, 19));
	for (int i = 0; i < LISTED; i++)
		CHECK_EQ(getpriority(PRIO_PROCESS, (id_t)threads[i].tid), 19);
	CHECK_EQ(getpriority(PRIO_PGRP, (id_t)getpgrp()), 19);
	close(ends[1]);
	for (int i = 0; i < LISTED; i++)
		tap_thread_join(&threads[i]);
}

TEST(listed_beyond, "a position behind all numbers of threads is the end of /proc/self/task")
{
	int fd = (int)MUST(open("/proc/self/task", O_RDONLY | O_DIRECTORY));
	char entries[512];

	for (int bit = 31; bit < 63; bit++) /* Linux refuses such positions */
		if (lseek(fd, (1L << bit) + (1L << 20), SEEK_SET) >= 0)
			CHECK_EQ(syscall(SYS_getdents64, fd, entries, sizeof(entries)), 0);
}

TEST(clone3, "clone3 takes its arguments from a structure of a given size")
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(33);
	SKIP_IF(pid < 0 && errno == ENOSYS, "no clone3");
	CHECK_EXITED(tap_wait((pid_t)pid), 33);
	CHECK_ERR(syscall(SYS_clone3, &args, 8), EINVAL);
	CHECK_ERR(syscall(SYS_clone3, wild(8), sizeof(args)), EFAULT);
	CHECK_ERR(syscall(SYS_clone3, &args, 100000), E2BIG);
	args.exit_signal = 300;
	CHECK_ERR(syscall(SYS_clone3, &args, sizeof(args)), EINVAL);
}

int tap_child_main(int argc, char **argv)
{
	if (argc && !strcmp(argv[0], "wait")) {
		int status;

		MUST(waitpid(-1, &status, __WALL));
		return WEXITSTATUS(status);
	}
	return getpid() == tap_raw(SYS_gettid, 0, 0, 0, 0, 0, 0) ? 61 : 62;
}
