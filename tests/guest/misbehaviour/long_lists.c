// SPDX-License-Identifier: MIT
/*
 * long_lists.c -- lists of threads, children, ancestors and locks, which a program makes as long as
 * it likes and the kernel goes through with a lock held.
 *
 * On the kernel that measures how long interrupts and preemption are off, each case tells the
 * longest stretch; tests/system/long_lists.t holds it against a bound.
 */
#include "tap.h"
#include "tap_thread.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NR_LONG 6000
#define FEW 300 /* on other kernels: enough for a second step */
#define THREAD_FLAGS                                                                               \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define CHILD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | SIGCHLD)
#define LATENCY "/proc/creance/latency"

static int length = FEW;
static volatile int still;
static volatile sig_atomic_t nr_taken;

/* ---- the measurement ---- */

static void clear_latency(void)
{
	int fd = open(LATENCY, O_WRONLY);

	if (fd >= 0) {
		CHECK_EQ(write(fd, "reset", 5), 5);
		close(fd);
	}
}

static void tell_latency(const char *what)
{
	FILE *in = fopen(LATENCY, "re");
	char line[256], kind[32], from[64], to[64], last[32] = "";
	long long ns;

	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%31s %*d %lld %*d %63s %63s", kind, &ns, from, to) != 4 ||
		    !strcmp(kind, last))
			continue;
		strcpy(last, kind);
		tap_diag("longest: %s: %s %lld from %s to %s", what, kind, ns, from, to);
	}
	if (in)
		fclose(in);
}

/* How many threads there may be: of little memory few. */
static int threads_max(void)
{
	FILE *in = fopen("/proc/sys/kernel/threads-max", "r");
	int max = 0;

	if (in && fscanf(in, "%d", &max) != 1)
		max = 0;
	if (in)
		fclose(in);
	return max;
}

/* Run @f in a process of its own, and end all that it has made. */
static void measure(const char *what, void (*f)(void))
{
	pid_t pid;
	int status;

	if (access(LATENCY, F_OK) == 0)
		length = NR_LONG;
	else if (threads_max() < 2 * length)
		SKIP("no room for so many threads");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = SPAWN(setpgid(0, 0); clear_latency(); f(); tell_latency(what); kill(0, SIGKILL));
	while (wait(&status) != pid)
		;
	CHECK_SIGNALED(status, SIGKILL);
	while (wait(&status) > 0)
		;
}

/* ---- many that sleep ---- */

/*
 * A chain of processes, each the child of the one before; the last but one ends, then `still` is 0.
 */
static long clone_chain(long flags, int depth)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = depth;
	long result;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 4f\n"
			 "1:\tdec %%r9\n\tjz 2f\n"
			 "\tmov $56, %%eax\n\tsyscall\n\ttest %%rax, %%rax\n\tjz 1b\n"
			 "\tcmp $1, %%r9\n\tjne 3f\n"
			 "\tmov $60, %%eax\n\txor %%edi, %%edi\n\tsyscall\n"
			 "2:\tmovl $0, %[still]\n"
			 "3:\tmov $34, %%eax\n\tsyscall\n\tjmp 3b\n4:"
			 : "=a"(result), [still] "+m"(still), "+r"(r9)
			 : "0"(56L), "D"(flags), "S"(0L), "d"(0L), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static void make(long flags, long call)
{
	for (int i = 0; i < length; i++)
		if (tap_clone_sleeper(flags, call) < 0) {
			tap_diag("%d of %d were made", i, length);
			break;
		}
}

static void block(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	if (signal)
		sigaddset(&set, signal);
	else
		sigfillset(&set);
	MUST(sigprocmask(how, &set, NULL));
}

static void taken(int signal)
{
	(void)signal;
	nr_taken++;
}

/* ---- cases ---- */

/* The only thread that does not block it. */
static int take_last(void *unused)
{
	unsigned long set = 1UL << (SIGUSR1 - 1);

	(void)unused;
	tap_raw(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&set, 0, 8, 0, 0);
	still = 0;
	while (!nr_taken)
		tap_raw(SYS_pause, 0, 0, 0, 0, 0, 0);
	return 0;
}

static void wait_for_still(void)
{
	for (int i = 0; still && i < 10000; i++)
		tap_sleep_ms(1);
	CHECK_EQ(still, 0);
}

static void last(void)
{
	struct tap_thread thread;

	signal(SIGUSR1, taken);
	block(SIG_BLOCK, 0);
	make(THREAD_FLAGS, SYS_pause);
	still = 1;
	MUST(tap_thread_start(&thread, take_last, NULL));
	wait_for_still();
	clear_latency();
	MUST(kill(getpid(), SIGUSR1));
	tap_thread_join(&thread);
	CHECK_EQ(nr_taken, 1);
}

TEST(last, "the last of thousands of threads is found that does not block a signal")
{
	measure("last", last);
}

static void signals(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
	timer_t timer;

	signal(SIGUSR1, taken);
	signal(SIGUSR2, taken);
	block(SIG_BLOCK, 0);
	make(THREAD_FLAGS, SYS_pause);
	clear_latency();
	for (int i = 0; i < 3; i++) {
		MUST(kill(getpid(), SIGUSR1));
		MUST(kill(getpid(), SIGTSTP));
		MUST(kill(getpid(), SIGCONT));
	}
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
	MUST(timer_settime(timer, 0, &soon, NULL));
	tap_sleep_ms(5);
	block(SIG_UNBLOCK, SIGUSR1);
	CHECK_EQ(nr_taken, 1);
	block(SIG_UNBLOCK, SIGUSR2);
	CHECK_EQ(nr_taken, 2);
	MUST(tap_raw(SYS_tgkill, getpid(), gettid(), SIGURG, 0, 0, 0));
	signal(SIGURG, SIG_IGN);
	block(SIG_UNBLOCK, 0);
}

TEST(signals, "signals to a process of thousands of threads that block them")
{
	measure("signals", signals);
}

static void children(void)
{
	siginfo_t info;

	block(SIG_BLOCK, 0);
	make(CHILD_FLAGS, SYS_pause);
	clear_latency();
	CHECK_EQ(waitpid(-1, NULL, WNOHANG), 0);
	CHECK_EQ(waitid(P_PGID, (id_t)getpid(), &info, WEXITED | WNOHANG), 0);
	CHECK_ERR(waitpid(-1, NULL, WNOHANG | 0x80000000), ECHILD); /* __WCLONE */
}

TEST(children, "wait for any of thousands of children")
{
	measure("children", children);
}

/* The child ends when all threads wait for it. */
static void waiters(void)
{
	int ends[2];
	char c;

	MUST(fork() || pause()); /* so that they go on waiting */
	MUST(pipe(ends));
	if (MUST(fork()) == 0) {
		close(ends[1]);
		_exit((int)read(ends[0], &c, 1));
	}
	block(SIG_BLOCK, 0);
	make(THREAD_FLAGS, SYS_wait4);
	tap_sleep_ms(20);
	clear_latency();
	close(ends[1]);
	tap_sleep_ms(200);
}

TEST(waiters, "thousands of threads wait for one child")
{
	measure("waiters", waiters);
}

/* What a dead parent sends, SIGCONT, is sent while the kernel changes the tree of processes. */
static void stopped(void)
{
	siginfo_t info;
	int ends[2];
	pid_t pid;
	char c;

	MUST(pipe(ends));
	pid = (pid_t)MUST(fork());
	if (!pid) {
		pid = (pid_t)MUST(fork());
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGCONT);
			make(THREAD_FLAGS, SYS_pause);
			MUST(write(ends[1], "x", 1));
			raise(SIGSTOP);
			MUST(write(ends[1], "y", 1));
			_exit(0);
		}
		MUST(waitid(P_PID, (id_t)pid, &info, WSTOPPED));
		clear_latency();
		_exit(0);
	}
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(read(ends[0], &c, 1), 1);
	CHECK_EQ(read(ends[0], &c, 1), 1);
	CHECK_EQ(c, 'y');
}

TEST(stopped, "a process of thousands of threads stops, and goes on")
{
	measure("stopped", stopped);
}

/* Most of them sleep, some want the CPU. */
static void killed(void)
{
	int ends[2];
	pid_t pid;
	char c;

	MUST(pipe(ends));
	pid = SPAWN(make(THREAD_FLAGS, SYS_pause); make(THREAD_FLAGS, SYS_sched_yield);
		    MUST(write(ends[1], "x", 1)); pause());
	CHECK_EQ(read(ends[0], &c, 1), 1);
	clear_latency();
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
}

TEST(killed, "a process of thousands of threads is killed")
{
	measure("killed", killed);
}

static void locks(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_len = 1};
	int fd = tap_file("f", "");

	for (int i = 0; i < 3 * length; i++, lock.l_start += 2)
		MUST(fcntl(fd, F_SETLK, &lock));
	clear_latency();
	MUST(close(fd));
}

TEST(locks, "thousands of record locks end with their descriptor")
{
	measure("locks", locks);
}

static void chain(void)
{
	block(SIG_BLOCK, 0);
	clear_latency();
	still = 1;
	MUST(clone_chain(CHILD_FLAGS, length + length / 2));
	wait_for_still();
	tap_sleep_ms(5);
}

TEST(chain, "a process with thousands of ancestors ends, and its child gets another parent")
{
	measure("chain", chain);
}

static void queued(void)
{
	siginfo_t info = {.si_signo = SIGRTMAX, .si_code = SI_QUEUE};
	struct rlimit many = {3UL * NR_LONG, 3UL * NR_LONG};
	sigset_t one;

	MUST(setrlimit(RLIMIT_SIGPENDING, &many));
	block(SIG_BLOCK, 0);
	for (int i = 0; i < 2 * length; i++)
		MUST(syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMAX, &info));
	clear_latency();
	MUST(kill(getpid(), SIGUSR1));
	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	CHECK_EQ(sigwaitinfo(&one, NULL), SIGUSR1);
	signal(SIGRTMAX, SIG_IGN);
}

TEST(queued, "one signal is found among thousands of another, and these are discarded")
{
	measure("queued", queued);
}

static void group(void)
{
	signal(SIGUSR1, SIG_IGN);
	make(CHILD_FLAGS, SYS_pause);
	clear_latency();
	MUST(kill(0, SIGUSR1));
}

TEST(group, "a signal to a group of thousands of processes")
{
	measure("group", group);
}

static void followers(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct rlimit many = {3UL * NR_LONG, 3UL * NR_LONG};
	int followed = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "followed-%d", (int)getpid());
	MUST(bind(followed, (struct sockaddr *)&name, sizeof(name)));
	MUST(setrlimit(RLIMIT_NOFILE, &many));
	for (int i = 0; i < 2 * length; i++)
		MUST(connect((int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), (struct sockaddr *)&name,
			     sizeof(name)));
	clear_latency();
	MUST(close(followed));
}

TEST(followers, "a socket ends that thousands of others send to")
{
	measure("followers", followers);
}

/* The program that `gain` becomes: a set-user-ID program has a right to all of that. */
int tap_child_main(int argc, char **argv)
{
	(void)argc;
	if (geteuid())
		return 1;
	tell_latency(argv[0]);
	kill(0, SIGKILL);
	return 1;
}

static void copy_self(int to)
{
	static char buffer[65536];
	int from = (int)MUST(open(tap_self, O_RDONLY));
	ssize_t n;

	while ((n = MUST(read(from, buffer, sizeof(buffer)))) > 0)
		CHECK_EQ(write(to, buffer, (size_t)n), n);
	close(from);
	MUST(fchmod(to, 04755));
	close(to);
}

static void gain(void)
{
	char *arguments[] = {"p", "--child", "gain", NULL};
	int fd = open(LATENCY, O_WRONLY);

	copy_self((int)MUST(open("p", O_CREAT | O_WRONLY, 0755)));
	block(SIG_BLOCK, 0);
	make(THREAD_FLAGS, SYS_pause);
	make(THREAD_FLAGS, SYS_pause);
	tap_become(1000);
	if (fd >= 0)
		CHECK_EQ(write(fd, "reset", 5), 5);
	execv("p", arguments);
	FAIL("execv: %s", strerror(errno));
}

TEST(gain, "a process of thousands of threads becomes a set-user-ID program")
{
	measure("gain", gain);
}
