// SPDX-License-Identifier: MIT
/*
 * hoard.c -- one user takes all it can get of something; root's ordinary work goes on.
 *
 * Only for a guest of little memory: what is filled there is all of it. tests/system/hoard.t runs
 * it so.
 */
#include "tap.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/un.h>

enum { P = 4096, HOARDERS = 8, WORKS = 15, SETTLE_MS = 1200, FULL_ROUNDS = 250, OTHERS = 20 };
enum { USER = 1000, BIG = 65536, INNOCENT = 4 << 20, SET_ID_ARGUMENTS = 20 };
#define RW (PROT_READ | PROT_WRITE)
#define TOO_MUCH_MEMORY (128UL << 20)

static rlim_t *nr_sent; /* descriptors in flight, by all hoarders */
static char big[BIG], small[300 << 10];

static void fill(int fd)
{
	while (write(fd, big, sizeof(big)) > 0)
		;
}

static void hoard_pipes(void)
{
	int ends[2];

	while (!pipe2(ends, O_NONBLOCK)) {
		(void)fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
		fill(ends[1]);
	}
}

static void hoard_streams(void)
{
	int ends[2], room = 1 << 30;

	while (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)) {
		(void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		fill(ends[0]);
	}
}

static void hoard_packets(void)
{
	int ends[2], room = 1 << 30;

	while (!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends)) {
		(void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		while (write(ends[0], big, 1500) > 0)
			;
	}
}

static void hoard_epoll(void)
{
	int watched[200], nr = 0, ep;

	while (nr < 200 && (watched[nr] = eventfd(0, 0)) >= 0)
		nr++;
	while ((ep = epoll_create1(0)) >= 0)
		for (int i = 0; i < nr; i++) {
			struct epoll_event event = {.events = EPOLLIN};

			(void)epoll_ctl(ep, EPOLL_CTL_ADD, watched[i], &event);
		}
}

/* Each process as many as its table holds, and then another process. */
static void hoard_files(void)
{
	for (;;) {
		if (eventfd(0, 0) >= 0)
			continue;
		if (fork() < 0)
			return;
		for (int fd = 3; fd < 1024; fd++)
			close(fd);
	}
}

static void hoard_areas(void)
{
	size_t len = 40000UL * P;
	char *m = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t at = 0; at < len; at += 2 * P)
		if (mprotect(m + at, P, PROT_NONE))
			break;
	while (fork() >= 0)
		;
}

static void hoard_tables(void)
{
	size_t len = 1UL << 44;
	volatile char *m =
		mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t at = 0; at < len; at += 1UL << 21)
		(void)m[at];
}

/*
 * The plain case: the process that maps it was charged for it. hoard_dead_memory is the harder one.
 */
static void hoard_memory(void)
{
	for (;;) {
		char *m = mmap(NULL, 1 << 20, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (m == MAP_FAILED)
			return;
		memset(m, 1, 1 << 20);
	}
}

/* Connections that no program accepts, of clients that have gone. */
static void hoard_backlog(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int listener, fd;

	for (int i = 0; (listener = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0; i++) {
		snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "%d.%d", getpid(), i);
		if (bind(listener, (struct sockaddr *)&name, sizeof(name)) ||
		    listen(listener, 1 << 20))
			return;
		do {
			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		} while (!connect(fd, (struct sockaddr *)&name, sizeof(name)) && !close(fd));
		close(fd);
	}
}

/* Each process makes others of its memory, and they write to all of it. */
static void hoard_forks(void)
{
	char *m = mmap(NULL, 2 * INNOCENT, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(m, 1, 2 * INNOCENT);
	for (;;)
		if (fork() == 0)
			for (int i = 0;; i++)
				memset(m, i, 2 * INNOCENT);
}

/* Each less than any of root's has. */
static void hoard_small(void)
{
	for (int i = 0; i < 50; i++)
		if (!fork()) {
			memset(small, 1, sizeof(small));
			return;
		}
}

/* Pages of others of this user that are gone: their accounts have no process any more. */
static void in_a_child(void (*touch)(char *at, int fd), char *at, int fd)
{
	pid_t pid = fork();

	if (!pid) {
		touch(at, fd);
		_exit(0);
	}
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
}

static void touch_memory(char *at, int fd)
{
	(void)fd;
	memset(at, 1, 4 * BIG);
}

static void touch_file(char *at, int fd)
{
	(void)at;
	for (int i = 0; i < 4; i++)
		if (write(fd, big, sizeof(big)) < 0)
			return;
}

static void touch_pipe(char *at, int fd)
{
	(void)at;
	(void)fcntl(fd, F_SETPIPE_SZ, 1 << 20);
	fill(fd);
}

static void hoard_dead_memory(void)
{
	size_t len = 64UL << 20;
	char *m = mmap(NULL, len, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (size_t at = 0; at < len; at += 4UL * BIG)
		in_a_child(touch_memory, m + at, -1);
}

/* Memory files may take half of the memory, so something else takes the rest. */
static void hoard_dead_files(void)
{
	int fd = memfd_create("dead", 0);

	for (int i = 0; i < 256 && lseek(fd, 0, SEEK_CUR) == (off_t)i * 4 * BIG; i++)
		in_a_child(touch_file, NULL, fd);
	hoard_small();
}

static void hoard_dead_pipes(void)
{
	int ends[2];

	while (!pipe2(ends, O_NONBLOCK))
		in_a_child(touch_pipe, NULL, ends[1]);
}

/* Programs with root's rights that this user starts. Each has less than root's own. */
static void hoard_set_ids(void)
{
	char *arguments[4 + SET_ID_ARGUMENTS] = {"p", "--child", "grow"};

	memset(big, 'a', BIG - 1);
	for (int i = 0; i < SET_ID_ARGUMENTS; i++)
		arguments[3 + i] = big;
	for (int i = 0; i < 20; i++)
		if (!fork()) {
			execv("set-id", arguments);
			_exit(1);
		}
}

/*
 * All hoarders together may have as many in flight as one may have open, and one message more each.
 */
static void hoard_rights(void)
{
	char control[CMSG_SPACE(100 * sizeof(int))] = {0}, byte = 0;
	struct rlimit open_files;
	int ends[2];

	MUST(getrlimit(RLIMIT_NOFILE, &open_files));
	while (!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends)) {
		struct iovec vector = {&byte, 1};
		struct msghdr message = {.msg_iov = &vector,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(100 * sizeof(int));
		for (int i = 0; i < 100; i++)
			memcpy(CMSG_DATA(header) + (size_t)i * sizeof(int), &ends[1], sizeof(int));
		while (sendmsg(ends[0], &message, 0) > 0)
			__atomic_add_fetch(nr_sent, 100, __ATOMIC_RELAXED);
		close(ends[0]);
	}
	CHECK_EQ(errno, EMFILE);
	CHECK_LE(*nr_sent, open_files.rlim_cur + (rlim_t)HOARDERS * 100);
}

/* What a program needs: a process, some memory, a file, a pipe. 0, or the number of what failed. */
static int work(void)
{
	pid_t pid = fork();
	int fd, ends[2], status;
	char *m;

	if (pid < 0) {
		printf("# fork fails: %s\n", strerror(errno));
		return 1;
	}
	if (pid) {
		status = tap_wait(pid);
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	m = mmap(NULL, 512 << 10, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		_exit(2);
	memset(m, 1, 512 << 10);
	fd = open("work", O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (fd < 0)
		_exit(3);
	if (write(fd, "hello", 5) != 5)
		_exit(4);
	if (pipe(ends) || write(ends[1], "x", 1) != 1)
		_exit(5);
	execl(tap_self, tap_self, "--child", (char *)NULL);
	printf("# exec fails: %s\n", strerror(errno));
	fflush(stdout);
	_exit(6);
}

/* A set-user-ID program that has work to do: while others end, it takes more. */
static void grow(void)
{
	char *m = mmap(NULL, INNOCENT / 2, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t at = 0; m != MAP_FAILED && at < INNOCENT / 2 && !geteuid(); at += BIG) {
		memset(m + at, 1, BIG);
		tap_sleep_ms(5);
	}
	pause();
}

int tap_child_main(int argc, char **argv)
{
	(void)argv;
	if (argc)
		grow();
	return 0;
}

/* Root's, of some memory: it goes on, whatever is ended. */
static pid_t start_innocent(void)
{
	pid_t pid = MUST(fork());
	char *m;

	if (pid)
		return pid;
	m = mmap(NULL, INNOCENT, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (;;) {
		memset(m, 1, INNOCENT);
		tap_sleep_ms(20);
	}
}

/* All of the user's processes, also those that were made a moment ago. */
static void end_hoarders(const pid_t *hoarders)
{
	pid_t pid;

	for (int round = 0; round < 3; round++) {
		while ((pid = fork()) < 0)
			tap_sleep_ms(10);
		if (!pid) {
			tap_become(USER);
			kill(-1, SIGKILL);
			_exit(0);
		}
		tap_wait(pid);
	}
	for (int i = 0; i < HOARDERS; i++)
		tap_wait(hoarders[i]);
}

/* Wait until the memory has been taken, or one of those that take it was ended for it. */
static void wait_until_full(void)
{
	struct sysinfo info;
	siginfo_t ended = {0};

	for (int i = 0; i < FULL_ROUNDS && !ended.si_pid; i++) {
		MUST(sysinfo(&info));
		if (info.freeram < info.totalram / 20)
			return;
		tap_sleep_ms(10);
		MUST(waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT));
	}
}

static void hoard(void (*take)(void), bool fills)
{
	struct sysinfo info;
	pid_t hoarders[HOARDERS], innocent;

	MUST(sysinfo(&info));
	if (!tap_on_creance() || info.totalram > TOO_MUCH_MEMORY)
		tap_skip("it takes all memory that there is: only in a small guest");
	innocent = start_innocent();
	for (int i = 0; i < HOARDERS; i++) {
		hoarders[i] = MUST(fork());
		if (!hoarders[i]) {
			tap_become(USER);
			take();
			for (;;)
				pause();
		}
	}
	if (fills)
		wait_until_full();
	for (int i = 0; i < WORKS; i++) {
		tap_sleep_ms(SETTLE_MS / WORKS);
		CHECK_EQ(work(), 0);
	}
	end_hoarders(hoarders);
	CHECK_EQ(work(), 0);
	CHECK_EQ(waitpid(innocent, NULL, WNOHANG), 0);
	MUST(kill(innocent, SIGKILL));
	tap_wait(innocent);
}

static void make_set_id(void)
{
	int from = (int)MUST(open(tap_self, O_RDONLY));
	int to = (int)MUST(open("set-id", O_CREAT | O_WRONLY, 0755));
	ssize_t n;

	while ((n = MUST(read(from, big, sizeof(big)))) > 0)
		CHECK_EQ(write(to, big, (size_t)n), n);
	close(from);
	MUST(fchmod(to, 04755));
	close(to);
}

TEST(pipes, "full pipes")
{
	hoard(hoard_pipes, false);
}

TEST(streams, "full stream sockets")
{
	hoard(hoard_streams, true);
}

TEST(packets, "packets on their way")
{
	hoard(hoard_packets, true);
}

TEST(epoll, "watched files")
{
	hoard(hoard_epoll, true);
}

TEST(files, "open files")
{
	hoard(hoard_files, true);
}

TEST(areas, "mappings, and their copies by fork")
{
	hoard(hoard_areas, true);
}

TEST(tables, "page tables")
{
	hoard(hoard_tables, true);
}

TEST(memory, "shared memory")
{
	hoard(hoard_memory, true);
}

TEST(backlog, "connections that wait to be accepted")
{
	hoard(hoard_backlog, true);
}

TEST(forks, "forks of a process with memory")
{
	hoard(hoard_forks, true);
}

TEST(many_users, "small processes, of one user of many")
{
	pid_t others[OTHERS];

	for (int i = 0; i < OTHERS; i++) {
		others[i] = MUST(fork());
		if (!others[i]) {
			tap_become(USER + 1 + i);
			for (;;)
				pause();
		}
	}
	hoard(hoard_small, true);
	for (int i = 0; i < OTHERS; i++) {
		(void)kill(others[i], SIGKILL);
		tap_wait(others[i]);
	}
}

TEST(dead_memory, "dead accounts: shared memory that others touched")
{
	hoard(hoard_dead_memory, true);
}

TEST(dead_files, "dead accounts: a memory file that others wrote")
{
	hoard(hoard_dead_files, true);
}

TEST(dead_pipes, "dead accounts: pipes that others filled")
{
	hoard(hoard_dead_pipes, false);
}

TEST(set_ids, "set-user-ID programs with many arguments")
{
	make_set_id();
	hoard(hoard_set_ids, true);
}

TEST(rights, "descriptors in flight")
{
	nr_sent = mmap(NULL, P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(nr_sent != MAP_FAILED);
	hoard(hoard_rights, false);
	CHECK_GE(*nr_sent, 100);
}
