// SPDX-License-Identifier: MIT
/*
 * socket_stream.c -- bytes through connected stream sockets: socketpair, read, write, send, recv.
 */
#include "tap.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int ends[2];

static void make_pair(int flags)
{
	MUST(socketpair(AF_UNIX, SOCK_STREAM | flags, 0, ends));
}

TEST(both_ways, "bytes go both ways, in order, across message boundaries")
{
	char buffer[16];

	make_pair(0);
	CHECK_EQ(write(ends[0], "abc", 3), 3);
	CHECK_EQ(write(ends[0], "defg", 4), 4);
	CHECK_EQ(write(ends[1], "xy", 2), 2);
	CHECK_EQ(read(ends[1], buffer, 5), 5);
	CHECK(!memcmp(buffer, "abcde", 5));
	CHECK_EQ(read(ends[1], buffer, sizeof(buffer)), 2);
	CHECK(!memcmp(buffer, "fg", 2));
	CHECK_EQ(read(ends[0], buffer, sizeof(buffer)), 2);
	CHECK(!memcmp(buffer, "xy", 2));
}

TEST(between_processes, "two processes play ping-pong over a pair")
{
	make_pair(0);
	pid_t pid = SPAWN({
		char c;

		close(ends[0]);
		for (int i = 0; i < 2000; i++) {
			CHECK_EQ(read(ends[1], &c, 1), 1);
			CHECK_EQ(c, (char)i);
			CHECK_EQ(write(ends[1], &c, 1), 1);
		}
	});

	close(ends[1]);
	for (int i = 0; i < 2000; i++) {
		char c = (char)i;

		MUST(write(ends[0], &c, 1));
		c = 99;
		CHECK_EQ(read(ends[0], &c, 1), 1);
		CHECK_EQ(c, (char)i);
	}
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(read(ends[0], &pid, 1), 0);
}

/* A byte that depends on its place in the stream. */
static unsigned char byte_at(size_t place)
{
	return (unsigned char)(place * 7 + (place >> 8) * 13 + (place >> 16));
}

static void send_pattern(int fd, size_t total, size_t chunk)
{
	unsigned char *block = malloc(chunk);

	for (size_t done = 0; done < total;) {
		size_t part = total - done < chunk ? total - done : chunk;

		for (size_t i = 0; i < part; i++)
			block[i] = byte_at(done + i);
		for (size_t at = 0; at < part;) {
			ssize_t n = MUST(write(fd, block + at, part - at));

			at += (size_t)n;
		}
		done += part;
	}
	free(block);
}

static void receive_pattern(int fd, size_t total, size_t chunk)
{
	unsigned char *block = malloc(chunk);
	size_t done = 0;
	bool good = true;

	while (done < total) {
		ssize_t n = MUST(read(fd, block, chunk));

		if (!n)
			break;
		for (ssize_t i = 0; i < n; i++)
			good &= block[i] == byte_at(done + (size_t)i);
		done += (size_t)n;
	}
	CHECK(good);
	CHECK_EQ(done, total);
	free(block);
}

TEST(bulk, "a megabyte arrives as it was sent, whatever the sizes of the pieces")
{
	static const size_t sizes[][2] = {{65536, 65536}, {100000, 333}, {777, 50000},
					  {1, 4096},	  {4096, 1},	 {5000, 5000}};

	for (unsigned i = 0; i < 6; i++) {
		size_t total = sizes[i][0] == 1 || sizes[i][1] == 1 ? 20000 : 1 << 20;

		make_pair(0);
		pid_t pid = SPAWN({
			close(ends[0]);
			send_pattern(ends[1], total, sizes[i][0]);
		});

		close(ends[1]);
		receive_pattern(ends[0], total, sizes[i][1]);
		CHECK_EQ(read(ends[0], &total, 1), 0);
		CHECK_EXITED(tap_wait(pid), 0);
		close(ends[0]);
	}
}

TEST(vectors, "readv and writev gather and scatter")
{
	char a[3], b[10];
	struct iovec out[3] = {{"one", 3}, {"", 0}, {"twothree", 8}};
	struct iovec in[2] = {{a, 3}, {b, 10}};

	make_pair(0);
	CHECK_EQ(writev(ends[0], out, 3), 11);
	CHECK_EQ(readv(ends[1], in, 2), 11);
	CHECK(!memcmp(a, "one", 3) && !memcmp(b, "twothree", 8));
}

TEST(peek, "MSG_PEEK leaves the bytes, also across many small messages")
{
	char buffer[64];

	make_pair(0);
	for (int i = 0; i < 10; i++)
		MUST(send(ends[0], "0123456789" + i, 1, 0));
	CHECK_EQ(recv(ends[1], buffer, 4, MSG_PEEK), 4);
	CHECK(!memcmp(buffer, "0123", 4));
	CHECK_EQ(recv(ends[1], buffer, 4, 0), 4);
	CHECK_EQ(recv(ends[1], buffer, sizeof(buffer), MSG_PEEK), 6);
	CHECK(!memcmp(buffer, "456789", 6));
	CHECK_EQ(recv(ends[1], buffer, sizeof(buffer), 0), 6);
	CHECK_ERR(recv(ends[1], buffer, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
}

TEST(waitall, "MSG_WAITALL waits for all of it, unless the stream ends")
{
	char buffer[32];

	make_pair(0);
	pid_t pid = SPAWN({
		for (int i = 0; i < 12; i++) {
			MUST(write(ends[1], "abcdefghijkl" + i, 1));
			tap_sleep_ms(3);
		}
	});

	close(ends[1]);
	CHECK_EQ(recv(ends[0], buffer, 8, MSG_WAITALL), 8);
	CHECK(!memcmp(buffer, "abcdefgh", 8));
	CHECK_EQ(recv(ends[0], buffer, 32, MSG_WAITALL), 4);
	CHECK(!memcmp(buffer, "ijkl", 4));
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(dontwait, "O_NONBLOCK, SOCK_NONBLOCK and MSG_DONTWAIT do not wait")
{
	char c;

	make_pair(0);
	CHECK_ERR(recv(ends[0], &c, 1, MSG_DONTWAIT), EAGAIN);
	MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	CHECK_ERR(read(ends[0], &c, 1), EAGAIN);
	make_pair(SOCK_NONBLOCK | SOCK_CLOEXEC);
	CHECK_ERR(read(ends[1], &c, 1), EAGAIN);
	CHECK_EQ(fcntl(ends[0], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_RDWR);
	CHECK_EQ(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(ioctl(ends[0], FIONBIO, &(int){0}), 0);
	CHECK_EQ(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
}

TEST(full, "a full socket takes no more, then a part, then all that waits")
{
	static char block[100000], sink[100000];
	long total = 0, n;

	make_pair(0);
	while ((n = send(ends[0], block, sizeof(block), MSG_DONTWAIT)) > 0)
		total += n;
	CHECK_EQ(errno, EAGAIN);
	CHECK_GE(total, 60000);
	CHECK_LE(total, 2000000);
	pid_t pid = SPAWN({
		close(ends[1]);
		CHECK_EQ(write(ends[0], block, sizeof(block)), sizeof(block));
	});

	close(ends[0]);
	tap_wait_asleep(pid);
	total += (long)sizeof(block);
	while ((n = read(ends[1], sink, sizeof(sink))) > 0)
		total -= n;
	CHECK_EQ(n, 0);
	CHECK_EQ(total, 0);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(end, "what was sent before the close is read, then the end comes, again and again")
{
	char buffer[8];

	make_pair(0);
	MUST(write(ends[0], "last", 4));
	close(ends[0]);
	CHECK_EQ(read(ends[1], buffer, 2), 2);
	CHECK_EQ(read(ends[1], buffer, 8), 2);
	CHECK_EQ(read(ends[1], buffer, 8), 0);
	CHECK_EQ(recv(ends[1], buffer, 8, 0), 0);
}

TEST(reset, "closing with bytes unread resets the other end, once")
{
	char buffer[8];

	make_pair(0);
	MUST(write(ends[0], "unread", 6));
	MUST(write(ends[1], "answer", 6));
	close(ends[1]);
	CHECK_EQ(read(ends[0], buffer, 8), 6);
	CHECK_ERR(read(ends[0], buffer, 8), ECONNRESET);
	CHECK_EQ(read(ends[0], buffer, 8), 0);
}

static volatile sig_atomic_t pipe_signals;
static void count_signal(int sig)
{
	(void)sig;
	pipe_signals++;
}

TEST(broken, "sending to who is gone: EPIPE, and SIGPIPE unless MSG_NOSIGNAL")
{
	struct sigaction action = {.sa_handler = count_signal};

	make_pair(0);
	sigaction(SIGPIPE, &action, NULL);
	close(ends[1]);
	CHECK_ERR(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(pipe_signals, 0);
	CHECK_ERR(write(ends[0], "x", 1), EPIPE);
	CHECK_EQ(pipe_signals, 1);
	CHECK_ERR(send(ends[0], "x", 1, 0), EPIPE);
	CHECK_EQ(pipe_signals, 2);
}

TEST(broken_while_waiting, "who waits for room is told when the receiver goes")
{
	static char block[1 << 20];

	make_pair(0);
	signal(SIGPIPE, SIG_IGN);
	pid_t pid = SPAWN({
		close(ends[1]);
		long n = write(ends[0], block, sizeof(block));

		CHECK(n > 0 && n < (long)sizeof(block));
		CHECK_ERR(write(ends[0], block, 1), EPIPE);
	});

	close(ends[0]);
	tap_wait_asleep(pid);
	close(ends[1]);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(counts, "FIONREAD, zero-byte calls, lseek, and the kind of file")
{
	struct stat st;
	int count = -1;
	char c, name[64], link[64];

	make_pair(0);
	CHECK_OK(ioctl(ends[1], FIONREAD, &count));
	CHECK_EQ(count, 0);
	MUST(write(ends[0], "hello", 5));
	MUST(write(ends[0], "world", 5));
	CHECK_OK(ioctl(ends[1], FIONREAD, &count));
	CHECK_EQ(count, 10);
	CHECK_EQ(write(ends[0], "", 0), 0);
	CHECK_EQ(send(ends[0], "", 0, 0), 0);
	CHECK_EQ(read(ends[1], &c, 0), 0);
	CHECK_ERR(lseek(ends[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERR(pread(ends[0], &c, 1, 0), ESPIPE);
	CHECK_ERR(ftruncate(ends[0], 0), EINVAL);
	CHECK_OK(fstat(ends[0], &st));
	CHECK(S_ISSOCK(st.st_mode));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	ssize_t n = CHECK_OK(readlink(name, link, sizeof(link) - 1));

	link[n > 0 ? n : 0] = 0;
	snprintf(name, sizeof(name), "socket:[%lu]", (unsigned long)st.st_ino);
	CHECK_STR(link, name);
	CHECK(!isatty(ends[0]));
}

TEST(dup, "a duplicate keeps the connection; the last close ends it")
{
	char c;

	make_pair(0);
	int copy = (int)MUST(dup(ends[0]));

	close(ends[0]);
	MUST(write(copy, "x", 1));
	CHECK_EQ(read(ends[1], &c, 1), 1);
	pid_t pid = SPAWN(tap_sleep_ms(30); CHECK_EQ(write(copy, "y", 1), 1));

	close(copy);
	CHECK_EQ(read(ends[1], &c, 1), 1);
	CHECK_EQ(read(ends[1], &c, 1), 0);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(bad_memory, "bad pointers give EFAULT and lose nothing")
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char buffer[16];

	make_pair(0);
	MUST(munmap(page + 4096, 4096));
	CHECK_ERR(write(ends[0], wild(8), 4), EFAULT);
	CHECK_ERR(send(ends[0], wild(8), 4, 0), EFAULT);
	MUST(write(ends[0], "keep", 4));
	CHECK_ERR(read(ends[1], wild(8), 4), EFAULT);
	CHECK_EQ(read(ends[1], buffer, 16), 4);
	CHECK(!memcmp(buffer, "keep", 4));
	CHECK_ERR(recv(ends[1], buffer, 1, MSG_DONTWAIT), EAGAIN);
}
