// SPDX-License-Identifier: MIT
/* file_lock.c -- record locks and flock. */
#include "tap.h"
#include "tap_leak.h"
#include "tap_thread.h"
#include <sys/file.h>

static int lock(int fd, int command, int type, off_t start, off_t length)
{
	struct flock l = {
		.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	return fcntl(fd, command, &l);
}

/* What F_GETLK in a child says about a lock of this type: its type, start and length. */
static struct flock probe(int fd, int type, off_t start, off_t length)
{
	struct flock l = {
		.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
	int ends[2];

	MUST(pipe(ends));
	CHECK_EXITED(IN_CHILD(MUST(fcntl(fd, F_GETLK, &l));
			      CHECK_EQ(write(ends[1], &l, sizeof(l)), sizeof(l))),
		     0);
	CHECK_EQ(read(ends[0], &l, sizeof(l)), sizeof(l));
	close(ends[0]);
	close(ends[1]);
	return l;
}

TEST(conflict, "a write lock keeps other processes out, a read lock keeps writers out")
{
	int fd = tap_file("f", "0123456789");

	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 5));
	CHECK_EXITED(IN_CHILD(CHECK_ERR(lock(fd, F_SETLK, F_RDLCK, 0, 1), EAGAIN);
			      CHECK_ERR(lock(fd, F_SETLK, F_WRLCK, 4, 5), EAGAIN);
			      CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 5, 5))),
		     0);
	MUST(lock(fd, F_SETLK, F_RDLCK, 0, 5));
	CHECK_EXITED(IN_CHILD(CHECK_OK(lock(fd, F_SETLK, F_RDLCK, 0, 5));
			      CHECK_ERR(lock(fd, F_SETLK, F_WRLCK, 0, 5), EAGAIN)),
		     0);
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_EXITED(IN_CHILD(CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0))), 0);
}

TEST(getlk, "F_GETLK tells the first conflict: type, range, owner; or F_UNLCK")
{
	int fd = tap_file("f", "0123456789");
	struct flock l;

	MUST(lock(fd, F_SETLK, F_WRLCK, 10, 20));
	l = probe(fd, F_RDLCK, 0, 0);
	CHECK_EQ(l.l_type, F_WRLCK);
	CHECK_EQ(l.l_start, 10);
	CHECK_EQ(l.l_len, 20);
	CHECK_EQ(l.l_pid, getpid());
	CHECK_EQ(l.l_whence, SEEK_SET);
	l = probe(fd, F_WRLCK, 30, 5);
	CHECK_EQ(l.l_type, F_UNLCK);
	l = (struct flock){.l_type = F_WRLCK};
	MUST(fcntl(fd, F_GETLK, &l));
	CHECK_EQ(l.l_type, F_UNLCK);
}

TEST(split_merge, "unlocking the middle splits a lock, locking it again merges")
{
	int fd = tap_file("f", "x");

	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 30));
	MUST(lock(fd, F_SETLK, F_UNLCK, 10, 10));
	CHECK_EQ(probe(fd, F_WRLCK, 10, 10).l_type, F_UNLCK);
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_len, 10);
	CHECK_EQ(probe(fd, F_WRLCK, 15, 0).l_start, 20);
	MUST(lock(fd, F_SETLK, F_RDLCK, 25, 1));
	CHECK_EQ(probe(fd, F_RDLCK, 25, 1).l_type, F_UNLCK);
	CHECK_EQ(probe(fd, F_WRLCK, 25, 1).l_type, F_RDLCK);
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 30));
	CHECK_EQ(probe(fd, F_WRLCK, 12, 1).l_len, 30);
}

TEST(whence, "ranges count from the start, the offset, or the end; length may be negative")
{
	int fd = tap_file("f", "0123456789");
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -2, .l_len = 1};

	MUST(lseek(fd, 5, SEEK_SET));
	MUST(fcntl(fd, F_SETLK, &l));
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_start, 3);
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -1, .l_len = 0};
	MUST(fcntl(fd, F_SETLK, &l));
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_start, 9);
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_len, 0);
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	MUST(lock(fd, F_SETLK, F_WRLCK, 8, -3));
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_start, 5);
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_len, 3);
	CHECK_ERR(lock(fd, F_SETLK, F_WRLCK, -5, 1), EINVAL);
	CHECK_ERR(lock(fd, F_SETLK, 77, 0, 1), EINVAL);
	CHECK_ERR(fcntl(fd, F_SETLK, wild(8)), EFAULT);
}

TEST(modes, "a read lock needs a readable, a write lock a writable descriptor")
{
	int ro, wo;

	close(tap_file("f", "x"));
	ro = (int)MUST(open("f", O_RDONLY));
	wo = (int)MUST(open("f", O_WRONLY));
	CHECK_OK(lock(ro, F_SETLK, F_RDLCK, 0, 0));
	CHECK_ERR(lock(ro, F_SETLK, F_WRLCK, 0, 0), EBADF);
	CHECK_ERR(lock(wo, F_SETLK, F_RDLCK, 0, 0), EBADF);
	CHECK_OK(lock(wo, F_SETLK, F_WRLCK, 0, 0));
}

TEST(lost_on_close, "closing any descriptor of the file drops the process's locks")
{
	int fd = tap_file("f", "x"), other = (int)MUST(open("f", O_RDONLY));

	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 0));
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_type, F_WRLCK);
	close(other);
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_type, F_UNLCK);
}

TEST(not_inherited, "locks are not inherited by fork, and go when their process ends")
{
	int fd = tap_file("f", "x");

	CHECK_EXITED(
		IN_CHILD(MUST(lock(fd, F_SETLK, F_WRLCK, 0, 0)); CHECK_EXITED(
				 IN_CHILD(CHECK_ERR(lock(fd, F_SETLK, F_WRLCK, 0, 0), EAGAIN)), 0)),
		0);
	CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
}

TEST(waits, "F_SETLKW waits until the lock is free")
{
	int fd = tap_file("f", "x");
	pid_t pid;

	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 0));
	pid = SPAWN(CHECK_OK(lock(fd, F_SETLKW, F_WRLCK, 0, 0)));
	tap_wait_asleep(pid);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(deadlock, "two processes that wait for each other: EDEADLK for the second")
{
	int fd = tap_file("f", "x"), ready[2];
	pid_t pid;
	char c;

	MUST(pipe(ready));
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	pid = SPAWN(MUST(lock(fd, F_SETLK, F_WRLCK, 1, 1)); MUST(write(ready[1], "r", 1));
		    CHECK_OK(lock(fd, F_SETLKW, F_WRLCK, 0, 1)));
	MUST(read(ready[0], &c, 1));
	tap_wait_asleep(pid);
	CHECK_ERR(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 1));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(flock_conflict, "flock belongs to the open file: shared by dup and fork, apart by open")
{
	int a = tap_file("f", "x"), b = (int)MUST(open("f", O_RDONLY)), d = (int)MUST(dup(a));

	MUST(flock(a, LOCK_EX));
	CHECK_ERR(flock(b, LOCK_SH | LOCK_NB), EAGAIN);
	CHECK_OK(flock(d, LOCK_EX | LOCK_NB));
	CHECK_EXITED(IN_CHILD(CHECK_OK(flock(a, LOCK_EX | LOCK_NB))), 0);
	MUST(flock(a, LOCK_SH));
	CHECK_OK(flock(b, LOCK_SH | LOCK_NB));
	CHECK_ERR(flock(a, LOCK_EX | LOCK_NB), EAGAIN);
	MUST(flock(b, LOCK_UN));
	CHECK_OK(flock(a, LOCK_EX | LOCK_NB));
	close(a);
	CHECK_ERR(flock(b, LOCK_SH | LOCK_NB), EAGAIN);
	close(d);
	CHECK_OK(flock(b, LOCK_EX | LOCK_NB));
	CHECK_ERR(flock(b, 77), EINVAL);
	CHECK_ERR(flock(99, LOCK_SH), EBADF);
}

TEST(flock_conversion, "a flock that is converted is given up first: two that upgrade do not block")
{
	int a = tap_file("f", "x"), b = (int)MUST(open("f", O_RDONLY));
	pid_t pid;

	MUST(flock(a, LOCK_SH));
	MUST(flock(b, LOCK_SH));
	CHECK_ERR(flock(a, LOCK_EX | LOCK_NB), EAGAIN);
	CHECK_OK(flock(b, LOCK_EX | LOCK_NB));
	MUST(flock(b, LOCK_SH));
	MUST(flock(a, LOCK_SH));
	pid = SPAWN(CHECK_OK(flock(a, LOCK_EX)); CHECK_OK(flock(a, LOCK_UN)));
	tap_wait_asleep(pid);
	CHECK_OK(flock(b, LOCK_EX));
	CHECK_OK(flock(b, LOCK_UN));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(flock_waits, "flock waits for its turn")
{
	int a = tap_file("f", "x");
	pid_t pid;

	MUST(flock(a, LOCK_EX));
	pid = SPAWN(int mine = (int)MUST(open("f", O_RDONLY)); CHECK_OK(flock(mine, LOCK_EX)));
	tap_wait_asleep(pid);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	MUST(flock(a, LOCK_UN));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(counter, "four processes add to a number in a file under a lock, none is lost")
{
	int fd = tap_file("f", ""), zero = 0;
	pid_t pids[4];

	MUST(pwrite(fd, &zero, sizeof(zero), 0));
	for (int i = 0; i < 4; i++)
		pids[i] = SPAWN(for (int j = 0; j < 50; j++) {
			int value = 0;

			MUST(lock(fd, F_SETLKW, F_WRLCK, 0, 0));
			MUST(pread(fd, &value, sizeof(value), 0));
			value++;
			MUST(pwrite(fd, &value, sizeof(value), 0));
			MUST(lock(fd, F_SETLK, F_UNLCK, 0, 0));
		});
	for (int i = 0; i < 4; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	MUST(pread(fd, &zero, sizeof(zero), 0));
	CHECK_EQ(zero, 200);
}

/* ---- closed while it waited ---- */

static int waiting_fd;
static int waiter_error;

static int wait_for_lock(void *argument)
{
	struct flock l = {.l_type = F_WRLCK, .l_len = 1};

	(void)argument;
	waiter_error = (int)-tap_raw(SYS_fcntl, waiting_fd, F_SETLKW, (long)&l, 0, 0, 0);
	return 0;
}

/* In a process of its own: a thread waits, the descriptor is closed, then `go` is set. */
static void close_while_waiting(int go)
{
	struct tap_thread thread;

	waiting_fd = (int)MUST(open("f", O_RDWR));
	tap_thread_start(&thread, wait_for_lock, NULL);
	tap_sleep_ms(50); /* it waits by now; if not, the lock fails at once: EBADF as well */
	MUST(close(waiting_fd));
	CHECK_EQ(write(go, "x", 1), 1);
	tap_thread_join(&thread);
	CHECK_EQ(waiter_error, EBADF);
}

TEST(closed_while_waiting, "a lock is not granted to a descriptor that was closed meanwhile")
{
	int fd = tap_file("f", "x"), go[2];
	char c;
	pid_t pid;

	MUST(pipe(go));
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	pid = SPAWN(close_while_waiting(go[1]));
	CHECK_EQ(read(go[0], &c, 1), 1);
	MUST(lock(fd, F_SETLK, F_UNLCK, 0, 1));
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 1));
}

/* ---- what remains ---- */

#define NR_KEPT 200

static long long kernel_objects(void)
{
	struct leak_counts counts;

	leak_read(&counts);
	for (unsigned i = 0; i < counts.count; i++)
		if (!strcmp(counts.row[i].name, "slab_objects"))
			return counts.row[i].value;
	return 0; /* as on Linux, where there are no counts */
}

/* Waits up to a second for what a thread of the kernel frees. */
static long long kernel_objects_settled(long long most)
{
	long long now = kernel_objects();

	for (int i = 0; i < 50 && now > most; i++) {
		tap_sleep_ms(20);
		now = kernel_objects();
	}
	return now;
}

TEST(forgotten, "an inode that lives on keeps nothing of its locks")
{
	long long before;
	char name[16];
	int fd;

	for (int i = 0; i < NR_KEPT; i++) {
		snprintf(name, sizeof(name), "kept%d", i);
		close((int)MUST(open(name, O_RDWR | O_CREAT, 0666)));
	}
	before = kernel_objects();
	for (int i = 0; i < NR_KEPT; i++) {
		snprintf(name, sizeof(name), "kept%d", i);
		fd = (int)MUST(open(name, O_RDWR));
		MUST(flock(fd, LOCK_EX));
		MUST(flock(fd, i % 2 ? LOCK_UN : LOCK_SH));
		MUST(lock(fd, F_SETLK, F_WRLCK, 0, 10));
		MUST(lock(fd, F_SETLK, F_UNLCK, 5, 0));
		MUST(lock(fd, i % 3 ? F_SETLK : F_OFD_SETLK, F_UNLCK, 0, 0));
		MUST(close(fd));
	}
	before += NR_KEPT / 2;
	CHECK_LE(kernel_objects_settled(before), before);
}

#define STORM_STEPS 300

/* Lock, wait, unlock or close, so that the file often has no lock at all. */
static void storm(unsigned seed)
{
	static const int commands[] = {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW};
	static const int types[] = {F_RDLCK, F_WRLCK, F_UNLCK, F_UNLCK};

	for (int i = 0; i < STORM_STEPS; i++) {
		int fd = (int)MUST(open("f", O_RDWR));
		unsigned at;

		seed = seed * 1103515245 + 12345;
		at = seed >> 16;
		if (at % 5 == 0)
			flock(fd, at & 32 ? LOCK_SH : LOCK_EX);
		else
			lock(fd, commands[at % 4], types[at / 4 % 4], at / 16 % 3, at / 64 % 4);
		if (at & 1024)
			lock(fd, at & 2048 ? F_SETLK : F_OFD_SETLK, F_UNLCK, 0, 0);
		close(fd);
	}
}

TEST(come_and_go, "many processes lock and close one file at the same time; then it is free")
{
	int fd = tap_file("f", "x");
	pid_t pids[5];

	for (unsigned i = 0; i < 5; i++)
		pids[i] = SPAWN(storm(i + 1));
	for (int i = 0; i < 5; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
	CHECK_OK(lock(fd, F_OFD_SETLK, F_WRLCK, 0, 0));
	CHECK_OK(flock(fd, LOCK_EX));
}

/* ---- many ---- */

#define NR_MANY 1000

TEST(many, "a thousand locks are replaced by one, and go with their descriptor")
{
	int fd = tap_file("f", "x"), other;

	for (int i = 0; i < NR_MANY; i++)
		MUST(lock(fd, F_SETLK, i % 3 ? F_WRLCK : F_RDLCK, 10 + 2 * i, 1));
	CHECK_EQ(probe(fd, F_WRLCK, 10 + 2 * NR_MANY - 2, 1).l_len, 1);
	CHECK_EQ(probe(fd, F_WRLCK, 11, 1).l_type, F_UNLCK);
	MUST(lock(fd, F_SETLK, F_RDLCK, 5, 10 + 2 * NR_MANY));
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_start, 5);
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_len, 10 + 2 * NR_MANY);
	CHECK_EQ(probe(fd, F_RDLCK, 0, 0).l_type, F_UNLCK);
	MUST(lock(fd, F_SETLK, F_UNLCK, 100, 1));
	CHECK_EQ(probe(fd, F_WRLCK, 100, 1).l_type, F_UNLCK);
	CHECK_EQ(probe(fd, F_WRLCK, 101, 1).l_type, F_RDLCK);
	for (int i = 0; i < NR_MANY; i++)
		MUST(lock(fd, F_SETLK, F_WRLCK, 2 * i, 1));
	other = (int)MUST(open("f", O_RDWR));
	close(other);
	CHECK_EQ(probe(fd, F_WRLCK, 0, 0).l_type, F_UNLCK);
}
