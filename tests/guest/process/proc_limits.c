// SPDX-License-Identifier: MIT
/* proc_limits.c -- resource limits: reading, setting, and what happens at them. */
#include "tap.h"
#include <sys/resource.h>
#include <sys/uio.h>

static void limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit value = {soft, hard};

	MUST(syscall(SYS_prlimit64, 0, which, &value, NULL));
}

static volatile int caught;

static void on_signal(int sig)
{
	caught = sig;
}

TEST(read_write, "getrlimit, setrlimit and prlimit64 agree")
{
	struct rlimit value, old;

	for (int which = 0; which < 16; which++) {
		CHECK_OK(syscall(SYS_getrlimit, which, &value));
		CHECK(value.rlim_cur <= value.rlim_max);
	}
	limit(RLIMIT_NOFILE, 50, 60);
	CHECK_OK(syscall(SYS_getrlimit, RLIMIT_NOFILE, &value));
	CHECK_EQ(value.rlim_cur, 50);
	CHECK_EQ(value.rlim_max, 60);
	value.rlim_cur = 40;
	CHECK_OK(syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, &value, &old));
	CHECK_EQ(old.rlim_cur, 50);
	CHECK_OK(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &old));
	CHECK_EQ(old.rlim_cur, 40);
}

TEST(errors, "EINVAL, EFAULT, ESRCH, EPERM of the limit calls")
{
	struct rlimit bad = {10, 5}, value;

	CHECK_ERR(syscall(SYS_getrlimit, 16, &value), EINVAL);
	CHECK_ERR(syscall(SYS_getrlimit, -1, &value), EINVAL);
	CHECK_ERR(syscall(SYS_setrlimit, RLIMIT_CORE, &bad), EINVAL);
	CHECK_ERR(syscall(SYS_getrlimit, RLIMIT_CORE, wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_setrlimit, RLIMIT_CORE, wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_prlimit64, 999999, RLIMIT_CORE, NULL, &value), ESRCH);
	CHECK_EXITED(
		IN_CHILD(limit(RLIMIT_NOFILE, 50, 60); tap_become(1000);
			 struct rlimit more = {50, 61}; struct rlimit less = {60, 60};
			 CHECK_ERR(syscall(SYS_setrlimit, RLIMIT_NOFILE, &more), EPERM);
			 CHECK_OK(syscall(SYS_setrlimit, RLIMIT_NOFILE, &less));
			 CHECK_ERR(syscall(SYS_prlimit64, 1, RLIMIT_NOFILE, NULL, &value), EPERM)),
		0);
}

TEST(nofile, "RLIMIT_NOFILE bounds every way to a descriptor")
{
	int top, pipefd[2], ends[2];

	CHECK_OK(pipe(ends));
	limit(RLIMIT_NOFILE, 20, 20);
	while ((top = dup(1)) >= 0)
		CHECK_LE(top, 19);
	CHECK_ERR(dup(1), EMFILE);
	CHECK_ERR(open("/dev/null", O_RDONLY), EMFILE);
	CHECK_ERR(pipe(pipefd), EMFILE);
	CHECK_ERR(fcntl(1, F_DUPFD, 0), EMFILE);
	CHECK_ERR(fcntl(1, F_DUPFD, 20), EINVAL);
	CHECK_ERR(dup2(1, 20), EBADF);
	CHECK_OK(dup2(1, 19));
	close(19);
	CHECK_ERR(pipe(pipefd), EMFILE);
	CHECK_EQ(open("/dev/null", O_RDONLY), 19);
}

TEST(nofile_lowered, "descriptors above a lowered limit stay usable")
{
	int fd = (int)MUST(fcntl(1, F_DUPFD, 40));

	limit(RLIMIT_NOFILE, 10, 100);
	CHECK_OK(fcntl(fd, F_GETFD));
	CHECK_EQ(write(fd, "", 0), 0);
	CHECK_ERR(dup2(1, fd), EBADF);
	CHECK_OK(close(fd));
}

TEST(fsize, "RLIMIT_FSIZE: SIGXFSZ, EFBIG, and a short write up to the limit")
{
	int fd = tap_file("f", "");
	char block[3000] = {0};

	CHECK_SIGNALED(IN_CHILD(limit(RLIMIT_FSIZE, 4096, 4096);
				CHECK_EQ(pwrite(fd, block, 3000, 0), 3000);
				CHECK_EQ(pwrite(fd, block, 3000, 3000), 1096);
				pwrite(fd, block, 1, 4096); _exit(1)),
		       SIGXFSZ);
	CHECK_EXITED(IN_CHILD(limit(RLIMIT_FSIZE, 4096, 4096); signal(SIGXFSZ, on_signal);
			      CHECK_ERR(pwrite(fd, block, 1, 4096), EFBIG);
			      CHECK_EQ(caught, SIGXFSZ); caught = 0;
			      CHECK_ERR(ftruncate(fd, 5000), EFBIG); CHECK_EQ(caught, SIGXFSZ);
			      signal(SIGXFSZ, SIG_IGN);
			      CHECK_ERR(pwrite(fd, block, 1, 9999), EFBIG);
			      CHECK_OK(ftruncate(fd, 10)); CHECK_OK(ftruncate(fd, 4096))),
		     0);
}

TEST(nproc, "RLIMIT_NPROC: fork fails with EAGAIN for a plain user")
{
	CHECK_EXITED(IN_CHILD(
			     tap_become(54399); limit(RLIMIT_NPROC, 4, 4); pid_t pids[8];
			     int made = 0; for (int i = 0; i < 8; i++) {
				     pid_t pid = fork();

				     if (pid == 0)
					     for (;;)
						     pause();
				     if (pid < 0) {
					     CHECK_EQ(errno, EAGAIN);
					     break;
				     }
				     pids[made++] = pid;
			     } CHECK_EQ(made, 3);
			     while (made) {
				     kill(pids[--made], SIGKILL);
				     tap_wait(pids[made]);
			     } CHECK_EXITED(IN_CHILD(_exit(0)), 0)),
		     0);
}

TEST(cpu, "RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one")
{
	pid_t soft = SPAWN(limit(RLIMIT_CPU, 1, 5); for (;;) __asm__ volatile(""));
	pid_t hard = SPAWN(limit(RLIMIT_CPU, 1, 1); signal(SIGXCPU, SIG_IGN);
			   for (;;) __asm__ volatile(""));

	CHECK_SIGNALED(tap_wait(soft), SIGXCPU);
	CHECK_SIGNALED(tap_wait(hard), SIGKILL);
}

TEST(cpu_of_other, "RLIMIT_CPU set by another process ends one that makes no calls")
{
	struct rlimit second = {1, 1};
	pid_t pid = SPAWN(for (;;) __asm__ volatile(""));

	usleep(200000); /* its CPU may have no ticks by now: option nohz=full */
	CHECK_OK(syscall(SYS_prlimit64, pid, RLIMIT_CPU, &second, NULL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

static int deep(int kilobytes)
{
	volatile char block[1024];

	block[0] = (char)kilobytes;
	return kilobytes ? deep(kilobytes - 1) + block[0] : 0;
}

TEST(stack, "RLIMIT_STACK bounds the growth of the stack")
{
	char *argv[] = {"x", "--child", "500", NULL};

	CHECK_EXITED(IN_CHILD(limit(RLIMIT_STACK, 1 << 20, RLIM_INFINITY);
			      execve(tap_self, argv, environ)),
		     0);
	argv[2] = "1100";
	CHECK_SIGNALED(IN_CHILD(limit(RLIMIT_STACK, 1 << 20, RLIM_INFINITY);
				execve(tap_self, argv, environ)),
		       SIGSEGV);
	argv[2] = "7000";
	CHECK_EXITED(IN_CHILD(limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
			      execve(tap_self, argv, environ)),
		     0);
}

TEST(address_space, "RLIMIT_AS: mmap and brk fail with ENOMEM, execve still works")
{
	CHECK_EXITED(IN_CHILD(limit(RLIMIT_AS, 16 << 20, RLIM_INFINITY);
			      CHECK_ERR(mmap(NULL, 32 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
					     -1, 0),
					ENOMEM);
			      void *map = mmap(NULL, 1 << 20, PROT_READ,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			      CHECK(map != MAP_FAILED);
			      CHECK(mremap(map, 1 << 20, 32 << 20, MREMAP_MAYMOVE) == MAP_FAILED);
			      CHECK_EQ(errno, ENOMEM); long end = syscall(SYS_brk, 0);
			      CHECK_EQ(syscall(SYS_brk, end + (32 << 20)), end)),
		     0);
}

TEST(data, "RLIMIT_DATA bounds brk and private writable mappings")
{
	CHECK_EXITED(IN_CHILD(limit(RLIMIT_DATA, 4 << 20, RLIM_INFINITY);
			      long end = syscall(SYS_brk, 0);
			      CHECK_EQ(syscall(SYS_brk, end + (8 << 20)), end)),
		     0);
}

TEST(kept, "limits stay through fork and execve")
{
	char *argv[] = {"x", "--child", "nofile", NULL};

	CHECK_EXITED(IN_CHILD(limit(RLIMIT_NOFILE, 33, 44); execve(tap_self, argv, environ)), 0);
}

int tap_child_main(int argc, char **argv)
{
	struct rlimit value;

	(void)argc;
	if (strcmp(argv[0], "nofile"))
		return deep(atoi(argv[0])) == 12345;
	return getrlimit(RLIMIT_NOFILE, &value) || value.rlim_cur != 33 || value.rlim_max != 44;
}
