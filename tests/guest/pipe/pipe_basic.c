// SPDX-License-Identifier: MIT
/* pipe_basic.c -- pipes: data, capacity, ends, blocking. */
#include "tap.h"
#include <sys/ioctl.h>
#include <sys/uio.h>

static int ends[2];

static void make(int flags)
{
	MUST(pipe2(ends, flags));
}

TEST(data, "bytes come out in the order they went in, over the ends of messages")
{
	char text[16] = "";

	make(0);
	CHECK_EQ(write(ends[1], "abc", 3), 3);
	CHECK_EQ(write(ends[1], "defg", 4), 4);
	CHECK_EQ(read(ends[0], text, 2), 2);
	CHECK_EQ(read(ends[0], text + 2, 10), 5);
	CHECK_STR(text, "abcdefg");
	CHECK_EQ(write(ends[1], "", 0), 0);
}

TEST(directions, "the read end does not write, the write end does not read")
{
	char c;

	make(0);
	CHECK_EQ(ends[1], ends[0] + 1);
	CHECK_ERR(write(ends[0], "x", 1), EBADF);
	CHECK_ERR(read(ends[1], &c, 1), EBADF);
	CHECK_EQ(fcntl(ends[0], F_GETFL) & O_ACCMODE, O_RDONLY);
	CHECK_EQ(fcntl(ends[1], F_GETFL) & O_ACCMODE, O_WRONLY);
}

TEST(flags,
     "pipe2 sets CLOEXEC and NONBLOCK; others are EINVAL; a wild pointer is EFAULT and leaks nothing")
{
	char c;

	make(O_CLOEXEC | O_NONBLOCK);
	CHECK_EQ(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
	CHECK_ERR(read(ends[0], &c, 1), EAGAIN);
	CHECK_ERR(syscall(SYS_pipe2, ends, O_APPEND), EINVAL);
	CHECK_ERR(syscall(SYS_pipe2, wild(8), 0), EFAULT);
	CHECK_ERR(fcntl(ends[1] + 1, F_GETFD), EBADF);
}

TEST(end_of_file, "when all writers are gone the rest is read, then 0 for ever")
{
	char text[8];
	int second;

	make(0);
	second = (int)MUST(dup(ends[1]));
	MUST(write(ends[1], "rest", 4));
	close(ends[1]);
	CHECK_EQ(read(ends[0], text, 8), 4);
	CHECK_EXITED(IN_CHILD(alarm(0); MUST(write(second, "x", 1))), 0);
	CHECK_EQ(read(ends[0], text, 8), 1);
	close(second);
	CHECK_EQ(read(ends[0], text, 8), 0);
	CHECK_EQ(read(ends[0], text, 8), 0);
}

TEST(sigpipe, "writing without a reader is SIGPIPE, or EPIPE when that is ignored")
{
	make(0);
	close(ends[0]);
	CHECK_SIGNALED(IN_CHILD(write(ends[1], "x", 1)), SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERR(write(ends[1], "x", 1), EPIPE);
	CHECK_EQ(write(ends[1], "", 0), 0);
}

TEST(capacity, "a pipe holds its capacity; after it EAGAIN; reading makes room")
{
	static char block[65536];
	int size, total = 0;
	ssize_t got;

	make(O_NONBLOCK);
	size = (int)MUST(fcntl(ends[1], F_GETPIPE_SZ));
	CHECK_EQ(size, 65536);
	while ((got = write(ends[1], block, 4096)) > 0)
		total += (int)got;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(total, size);
	CHECK_ERR(write(ends[1], block, 1), EAGAIN);
	CHECK_EQ(read(ends[0], block, 4096), 4096);
	CHECK_EQ(write(ends[1], block, 4096), 4096);
	CHECK_ERR(write(ends[1], block, 1), EAGAIN);
}

TEST(resize, "F_SETPIPE_SZ rounds up to pages, keeps the data, and is EBUSY when it does not fit")
{
	static char block[65536];

	make(O_NONBLOCK);
	CHECK_EQ(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	CHECK_EQ(fcntl(ends[0], F_GETPIPE_SZ), 4096);
	CHECK_EQ(fcntl(ends[1], F_SETPIPE_SZ, 5000), 8192);
	memset(block, 'q', sizeof(block));
	CHECK_EQ(write(ends[1], block, 65536), 8192);
	CHECK_ERR(fcntl(ends[1], F_SETPIPE_SZ, 4096), EBUSY);
	CHECK_EQ(fcntl(ends[1], F_SETPIPE_SZ, 65536), 65536);
	CHECK_EQ(write(ends[1], block, 65536), 65536 - 8192);
	CHECK_EQ(read(ends[0], block, 65536), 65536);
	CHECK_EQ(block[65535], 'q');
	CHECK_ERR(fcntl(ends[1], F_SETPIPE_SZ, -1), EINVAL);
	int fd = tap_file("f", "x");

	CHECK_ERR(fcntl(fd, F_GETPIPE_SZ), EBADF);
}

TEST(partial_nonblock,
     "without blocking, up to PIPE_BUF goes whole or not at all, more goes in part")
{
	static char block[70000];

	make(O_NONBLOCK);
	CHECK_EQ(write(ends[1], block, 70000), 65536);
	CHECK_EQ(read(ends[0], block, 4096), 4096);
	CHECK_EQ(write(ends[1], block, 4000), 4000);
	CHECK_ERR(write(ends[1], block, 4096), EAGAIN);
	CHECK_LE(write(ends[1], block, 60000), 4096);
}

TEST(read_blocks, "a reader waits for the first byte and takes what there is")
{
	char text[8];
	pid_t pid;

	make(0);
	pid = SPAWN(char got[8]; CHECK_EQ(read(ends[0], got, 8), 3));
	tap_wait_asleep(pid);
	MUST(write(ends[1], "abc", 3));
	CHECK_EXITED(tap_wait(pid), 0);
	pid = SPAWN(close(ends[1]); CHECK_EQ(read(ends[0], text, 8), 0));
	tap_wait_asleep(pid);
	close(ends[1]);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(write_blocks, "a writer waits for room, and goes on until all is written")
{
	static char block[200000], back[200000];
	pid_t pid;
	size_t done = 0;

	make(0);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i * 31 + i / 256);
	pid = SPAWN(CHECK_EQ(write(ends[1], block, sizeof(block)), sizeof(block)));
	close(ends[1]);
	tap_wait_asleep(pid);
	for (ssize_t got; (got = read(ends[0], back + done, 777)) > 0;) {
		done += (size_t)got;
		if (done > sizeof(back) - 777)
			break;
	}
	for (ssize_t got;
	     done < sizeof(back) && (got = read(ends[0], back + done, sizeof(back) - done)) > 0;)
		done += (size_t)got;
	CHECK_EQ(done, sizeof(block));
	CHECK_EQ(memcmp(block, back, sizeof(block)), 0);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(writer_loses_reader, "a waiting writer gets SIGPIPE when the last reader goes")
{
	static char block[200000];
	pid_t pid;

	make(0);
	pid = SPAWN(close(ends[0]); (void)!write(ends[1], block, sizeof(block)));
	tap_wait_asleep(pid);
	close(ends[0]);
	CHECK_SIGNALED(tap_wait(pid), SIGPIPE);
}

TEST(vectors, "writev and readv work on pipes")
{
	struct iovec out[3] = {{"one", 3}, {"two", 3}, {"three", 5}};
	char a[4] = "", b[16] = "";
	struct iovec in[2] = {{a, 3}, {b, 15}};

	make(0);
	CHECK_EQ(writev(ends[1], out, 3), 11);
	CHECK_EQ(readv(ends[0], in, 2), 11);
	CHECK_STR(a, "one");
	CHECK_STR(b, "twothree");
}

TEST(faults, "a wild buffer is EFAULT and takes nothing out")
{
	char text[8] = "";

	make(0);
	MUST(write(ends[1], "data", 4));
	CHECK_ERR(read(ends[0], wild(8), 4), EFAULT);
	CHECK_ERR(write(ends[1], wild(8), 4), EFAULT);
	CHECK_EQ(read(ends[0], text, 8), 4);
	CHECK_STR(text, "data");
}

TEST(fionread, "FIONREAD counts what waits")
{
	int n = -1;

	make(0);
	MUST(ioctl(ends[0], FIONREAD, &n));
	CHECK_EQ(n, 0);
	MUST(write(ends[1], "12345", 5));
	MUST(ioctl(ends[0], FIONREAD, &n));
	CHECK_EQ(n, 5);
	MUST(ioctl(ends[1], FIONREAD, &n));
	CHECK_EQ(n, 5);
	CHECK_ERR(ioctl(ends[0], FIONREAD, wild(8)), EFAULT);
}

TEST(many, "two hundred pipes at once, all used")
{
	static int all[200][2];
	char c;

	for (int i = 0; i < 200; i++) {
		MUST(pipe(all[i]));
		c = (char)i;
		MUST(write(all[i][1], &c, 1));
	}
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(read(all[i][0], &c, 1), 1);
		CHECK_EQ(c, (char)i);
	}
}

TEST(reopened, "an end can be opened again through /proc/self/fd")
{
	char path[40], c = 0;
	int again;

	make(0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	again = open(path, O_RDONLY | O_NONBLOCK);
	SKIP_IF(again < 0, "no /proc/self/fd");
	MUST(write(ends[1], "z", 1));
	CHECK_EQ(read(again, &c, 1), 1);
	CHECK_EQ(c, 'z');
}
