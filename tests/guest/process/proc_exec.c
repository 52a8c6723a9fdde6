// SPDX-License-Identifier: MIT
/* proc_exec.c -- execve: errors, arguments, what stays and what is reset. */
#include "tap.h"
#include "tap_thread.h"
#include <elf.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static int exec_error(const char *path, char *const argv[], char *const envp[])
{
	int status = IN_CHILD(execve(path, argv, envp); _exit(errno));

	return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static char *const plain[] = {"x", NULL};

static void self_child(char *const argv[])
{
	execve(tap_self, argv, environ);
	_exit(120);
}

TEST(missing, "ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG for paths")
{
	char longname[300];

	memset(longname, 'a', sizeof(longname) - 1);
	longname[sizeof(longname) - 1] = '\0';
	close(tap_file("plain", "x"));
	MUST(symlink("loop", "loop"));
	MUST(symlink("nowhere", "dangling"));
	CHECK_EQ(exec_error("nothing", plain, environ), ENOENT);
	CHECK_EQ(exec_error("", plain, environ), ENOENT);
	CHECK_EQ(exec_error("dangling", plain, environ), ENOENT);
	CHECK_EQ(exec_error("plain/x", plain, environ), ENOTDIR);
	CHECK_EQ(exec_error(".", plain, environ), EACCES);
	CHECK_EQ(exec_error("/dev/null", plain, environ), EACCES);
	CHECK_EQ(exec_error("loop", plain, environ), ELOOP);
	CHECK_EQ(exec_error(longname, plain, environ), ENAMETOOLONG);
}

TEST(permission, "EACCES without an execute bit, even for root; with one for the right class")
{
	close(tap_file("noexec", "#!/bin/sh\n"));
	CHECK_EQ(exec_error("noexec", plain, environ), EACCES);
	MUST(chmod("noexec", 0700));
	CHECK_EXITED(IN_CHILD(tap_become(1000); execve("noexec", plain, environ); _exit(errno)),
		     EACCES);
	MUST(mkdir("closed", 0700));
	CHECK_EXITED(IN_CHILD(tap_become(1000); execve("closed/x", plain, environ); _exit(errno)),
		     EACCES);
}

TEST(bad_pointers, "EFAULT for wild paths, arguments and environments")
{
	char *bad[] = {"a", wild(8), NULL};

	CHECK_EQ(exec_error(wild(8), plain, environ), EFAULT);
	CHECK_EQ(exec_error(tap_self, wild(8), environ), EFAULT);
	CHECK_EQ(exec_error(tap_self, plain, wild(8)), EFAULT);
	CHECK_EQ(exec_error(tap_self, bad, environ), EFAULT);
	CHECK_EQ(exec_error(tap_self, wild(0xffff800000000000), environ), EFAULT);
}

static void spoiled(const char *name, size_t offset, const void *bytes, size_t length)
{
	char head[4096];
	int in = (int)MUST(open(tap_self, O_RDONLY)), out;
	ssize_t got;

	out = (int)MUST(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755));
	while ((got = read(in, head, sizeof(head))) > 0)
		CHECK_EQ(write(out, head, (size_t)got), got);
	CHECK_EQ(pwrite(out, bytes, length, (off_t)offset), length);
	close(in);
	close(out);
}

TEST(formats, "ENOEXEC for empty, short, foreign and damaged files")
{
	uint16_t foreign = EM_AARCH64, phentsize = 1, relocatable = ET_REL, none = 0;
	int fd;

	close(tap_file("empty", ""));
	close(tap_file("text", "hello world, this is not a program at all\n"));
	close(tap_file("short", "\177ELF\2\1\1"));
	spoiled("foreign", offsetof(Elf64_Ehdr, e_machine), &foreign, 2);
	spoiled("phent", offsetof(Elf64_Ehdr, e_phentsize), &phentsize, 2);
	spoiled("rel", offsetof(Elf64_Ehdr, e_type), &relocatable, 2);
	spoiled("nophdr", offsetof(Elf64_Ehdr, e_phnum), &none, 2);
	spoiled("magic", 0, "\177ELG", 4);
	for (const char *const *name =
		     (const char *const[]){"empty", "text", "short", "foreign", "phent", "rel",
					   "nophdr", "magic", NULL};
	     *name; name++) {
		MUST(chmod(*name, 0755));
		if (exec_error(*name, plain, environ) != ENOEXEC)
			FAIL("%s: %s", *name, tap_errno_name(exec_error(*name, plain, environ)));
	}
	spoiled("good", 0, "\177ELF", 4);
	fd = (int)MUST(open("good", O_WRONLY));
	CHECK_EQ(exec_error("good", plain, environ), ETXTBSY);
	close(fd);
}

TEST(text_busy, "a running program cannot be opened for writing")
{
	char *argv[] = {"good", "--child", "block", NULL};
	int gate[2];
	pid_t pid;

	spoiled("good", 0, "\177ELF", 4);
	MUST(pipe2(gate, O_CLOEXEC));
	pid = vfork();
	if (pid == 0) {
		dup2(gate[0], 0);
		execve("good", argv, environ);
		_exit(1);
	}
	CHECK_ERR(open("good", O_WRONLY), ETXTBSY);
	CHECK_ERR(truncate("good", 0), ETXTBSY);
	CHECK_OK(unlink("good"));
	close(gate[1]);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(too_big, "E2BIG for one argument over 128 KiB and for too many in all")
{
	size_t length = 200000;
	char *big = malloc(length + 1), *argv[] = {"x", big, NULL};
	char **many = calloc(400001, sizeof(char *));

	memset(big, 'a', length);
	big[length] = '\0';
	CHECK_EQ(exec_error(tap_self, argv, environ), E2BIG);
	big[131072] = '\0';
	CHECK_EQ(exec_error(tap_self, argv, environ), E2BIG);
	for (int i = 0; i < 400000; i++)
		many[i] = "aaaaaaaaaaaaaaaaaaaa";
	CHECK_EQ(exec_error(tap_self, many, environ), E2BIG);
	free(many);
	free(big);
}

TEST(big_arguments, "100000 bytes in one argument and 2000 arguments arrive")
{
	char *big = malloc(100001), *one[] = {tap_self, "--child", "length", big, "100000", NULL};
	char **many = calloc(2010, sizeof(char *));

	memset(big, 'a', 100000);
	big[100000] = '\0';
	CHECK_EXITED(IN_CHILD(self_child(one)), 0);
	many[0] = tap_self;
	many[1] = "--child";
	many[2] = "count";
	many[3] = "2004";
	for (int i = 4; i < 2006; i++)
		many[i] = "argument";
	CHECK_EXITED(IN_CHILD(self_child(many)), 0);
	free(many);
	free(big);
}

TEST(arguments, "argv and envp arrive exactly, empty strings too")
{
	char *argv[] = {"", "--child", "args", "", "two words", "\377\1", NULL};
	char *envp[] = {"A=1", "", "B=", "=", "A=2", NULL};

	CHECK_EXITED(IN_CHILD(execve(tap_self, argv, envp); _exit(121)), 0);
	CHECK_EXITED(IN_CHILD(execve(tap_self, (char *[]){"x", "--child", "noenv", NULL}, NULL);
			      _exit(121)),
		     0);
}

TEST(identity, "pid, parent, group, directory, umask and limits stay; the name changes")
{
	char pid[24], *argv[] = {"x", "--child", "identity", pid, NULL};

	CHECK_EXITED(IN_CHILD(snprintf(pid, sizeof(pid), "%d", getpid()); umask(0123);
			      prctl(PR_SET_NAME, "oldname"); self_child(argv)),
		     0);
}

TEST(descriptors, "close-on-exec descriptors close, others stay with their offset")
{
	char keep[8], gone[8], *argv[] = {"x", "--child", "fds", keep, gone, NULL};
	int fd = tap_file("f", "abc"), other = (int)MUST(open("f", O_RDONLY | O_CLOEXEC));

	snprintf(keep, sizeof(keep), "%d", fd);
	snprintf(gone, sizeof(gone), "%d", other);
	MUST(lseek(fd, 1, SEEK_SET));
	CHECK_EXITED(IN_CHILD(self_child(argv)), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 2);
	CHECK_OK(fcntl(other, F_GETFD));
	CHECK_EXITED(IN_CHILD(execve("nothing", argv, environ); CHECK_OK(fcntl(other, F_GETFD))),
		     0);
}

static void on_signal(int sig)
{
	(void)sig;
}

TEST(signals, "handlers are reset, ignored stays ignored, mask and pending stay")
{
	sigset_t set;
	stack_t alt = {.ss_sp = malloc(SIGSTKSZ * 2), .ss_size = SIGSTKSZ * 2};

	CHECK_EXITED(IN_CHILD(signal(SIGUSR1, on_signal); signal(SIGUSR2, SIG_IGN);
			      sigaltstack(&alt, NULL); sigemptyset(&set); sigaddset(&set, SIGHUP);
			      sigprocmask(SIG_BLOCK, &set, NULL); raise(SIGHUP);
			      self_child((char *[]){"x", "--child", "signals", NULL})),
		     0);
}

TEST(alarm_stays, "an alarm survives execve")
{
	CHECK_EXITED(IN_CHILD(alarm(500); self_child((char *[]){"x", "--child", "alarm", NULL})),
		     0);
}

TEST(mappings, "mappings and threads of the old image are gone")
{
	char address[32], *argv[] = {"x", "--child", "unmapped", address, NULL};
	void *map = mmap((void *)0x700000000000, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	SKIP_IF(map != (void *)0x700000000000, "address taken");
	snprintf(address, sizeof(address), "%p", map);
	CHECK_EXITED(IN_CHILD(self_child(argv)), 0);
}

TEST(execveat_call, "execveat: by descriptor, relative, AT_EMPTY_PATH, no follow")
{
	int fd = (int)MUST(open(tap_self, O_RDONLY | O_CLOEXEC)), dir;
	char *argv[] = {"x", "--child", "zero", NULL};
	int st = IN_CHILD(syscall(SYS_execveat, fd, "", argv, environ, 0x1000); _exit(errno));

	SKIP_IF(WIFEXITED(st) && WEXITSTATUS(st) == ENOSYS, "no execveat");
	CHECK_EXITED(st, 0);
	MUST(symlink(tap_self, "link"));
	dir = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	CHECK_EXITED(IN_CHILD(syscall(SYS_execveat, dir, "link", argv, environ, 0)), 0);
	CHECK_EXITED(
		IN_CHILD(syscall(SYS_execveat, dir, "link", argv, environ, AT_SYMLINK_NOFOLLOW);
			 _exit(errno)),
		ELOOP);
	CHECK_EXITED(IN_CHILD(syscall(SYS_execveat, dir, "", argv, environ, 0); _exit(errno)),
		     ENOENT);
	CHECK_EXITED(IN_CHILD(syscall(SYS_execveat, dir, "link", argv, environ, 0x40);
			      _exit(errno)),
		     EINVAL);
}

TEST(empty_argv, "a program started without arguments gets one empty one")
{
	int st = IN_CHILD(char *none[] = {NULL}; char *env[] = {"TAP_ONLY=no such case", NULL};
			  dup2(open("/dev/null", O_WRONLY), 1); execve(tap_self, none, env);
			  _exit(99));

	CHECK_EXITED(st, 0);
}

static int child_fds(char **argv)
{
	char c = 0;

	CHECK_EQ(read(atoi(argv[1]), &c, 1), 1);
	CHECK_EQ(c, 'b');
	CHECK_ERR(fcntl(atoi(argv[2]), F_GETFD), EBADF);
	return tap_local_failures();
}

static int child_signals(void)
{
	struct sigaction action;
	sigset_t set;
	stack_t alt;

	sigaction(SIGUSR1, NULL, &action);
	CHECK(action.sa_handler == SIG_DFL);
	sigaction(SIGUSR2, NULL, &action);
	CHECK(action.sa_handler == SIG_IGN);
	sigprocmask(SIG_SETMASK, NULL, &set);
	CHECK_EQ(sigismember(&set, SIGHUP), 1);
	sigpending(&set);
	CHECK_EQ(sigismember(&set, SIGHUP), 1);
	sigaltstack(NULL, &alt);
	CHECK_EQ(alt.ss_flags, SS_DISABLE);
	return tap_local_failures();
}

static int child_args(int argc, char **argv)
{
	CHECK_EQ(argc, 4);
	CHECK_STR(tap_argv[0], "");
	CHECK_STR(argv[1], "");
	CHECK_STR(argv[2], "two words");
	CHECK_STR(argv[3], "\377\1");
	CHECK(argv[4] == NULL);
	CHECK_STR(environ[0], "A=1");
	CHECK_STR(environ[1], "");
	CHECK_STR(environ[2], "B=");
	CHECK_STR(environ[3], "=");
	CHECK_STR(environ[4], "A=2");
	CHECK(environ[5] == NULL);
	return tap_local_failures();
}

static int child_identity(const char *pid)
{
	char name[17] = {0};

	CHECK_EQ(getpid(), atoi(pid));
	CHECK_EQ(umask(0), 0123);
	CHECK_OK(prctl(PR_GET_NAME, name));
	CHECK(strncmp(name, "oldname", 7) != 0);
	return tap_local_failures();
}

static struct meddling {
	volatile long long start_ns; /* set by the thread */
	volatile int made;	     /* the other process came to be */
} *meddling;			     /* shared memory */

/* A process with the handlers of the one that executes, if the kernel leaves it any. */
static int meddle(void *unused)
{
	struct timespec pause = {0, 3000000};
	/* As the kernel has it: handler, flags, restorer, mask. */
	unsigned long action[4] = {0x10000, SA_NODEFER, 0, 0};

	(void)unused;
	meddling->made = 1;
	tap_raw(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
	tap_raw(SYS_rt_sigaction, SIGUSR1, (long)action, 0, 8, 0, 0);
	return 0;
}

static int share_handlers(void *delay_ns)
{
	/* A thread loses the CPU to one that wakes when it has had it for a while. */
	long long start = tap_now_ns(CLOCK_MONOTONIC) + 2000000, at = start + *(long long *)delay_ns;
	struct timespec until = {at / 1000000000, at % 1000000000};

	meddling->start_ns = start;
	tap_raw(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, (long)&until, 0, 0, 0);
	tap_clone(CLONE_VM | CLONE_SIGHAND | SIGCHLD, meddle, NULL, NULL, NULL, NULL);
	tap_raw(SYS_pause, 0, 0, 0, 0, 0, 0);
	return 0;
}

/* Execute while another thread makes a process that shares the handlers, after @delay_ns. */
static void exec_beside_clone(long long delay_ns)
{
	char *argv[] = {"x", "--child", "handler", NULL};
	struct tap_thread thread;

	signal(SIGUSR1, SIG_DFL);
	tap_thread_start(&thread, share_handlers, &delay_ns);
	while (!meddling->start_ns)
		sched_yield();
	while (tap_now_ns(CLOCK_MONOTONIC) < meddling->start_ns)
		;
	self_child(argv);
}

/* Attempts come close to the moment from which on the other thread is too late, and stay there. */
TEST(handlers_apart, "no other process shares the handlers of a new program")
{
	long long late = 50000, step = 50000;

	srand(1);
	meddling = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 1; i <= 160; i++) {
		long long delay = late + (rand() % 401 - 200) * (step + 2) / 200;

		*meddling = (struct meddling){0};
		CHECK_EXITED(IN_CHILD(exec_beside_clone(delay)), 0);
		late += meddling->made ? step / 2 + 1 : -(step / 2 + 1);
		if (step > 30)
			step = step * 9 / 10;
		else if (i % 100 == 0)
			step = 3000;
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
	}
}

/* For some time: does SIGUSR1 keep its default action? */
static int child_handler(void)
{
	struct sigaction action;

	for (int i = 0; i < 5; i++) {
		usleep(1000);
		MUST(sigaction(SIGUSR1, NULL, &action));
		if (action.sa_handler != SIG_DFL)
			return 1;
	}
	return 0;
}

int tap_child_main(int argc, char **argv)
{
	char c;

	if (!strcmp(argv[0], "zero"))
		return 0;
	if (!strcmp(argv[0], "length"))
		return strlen(argv[1]) == strtoul(argv[2], NULL, 10) ? 0 : 1;
	if (!strcmp(argv[0], "count"))
		return argc == atoi(argv[1]) ? 0 : 1;
	if (!strcmp(argv[0], "block"))
		return read(0, &c, 1) == 0 ? 0 : 1;
	if (!strcmp(argv[0], "noenv"))
		return environ[0] != NULL;
	if (!strcmp(argv[0], "args"))
		return child_args(argc, argv);
	if (!strcmp(argv[0], "identity"))
		return child_identity(argv[1]);
	if (!strcmp(argv[0], "fds"))
		return child_fds(argv);
	if (!strcmp(argv[0], "signals"))
		return child_signals();
	if (!strcmp(argv[0], "handler"))
		return child_handler();
	if (!strcmp(argv[0], "alarm"))
		return alarm(0) > 400 ? 0 : 1;
	if (!strcmp(argv[0], "unmapped"))
		return msync((void *)strtoul(argv[1], NULL, 0), 4096, MS_ASYNC) == -1 &&
				       errno == ENOMEM
			       ? 0
			       : 1;
	return 1;
}
