// SPDX-License-Identifier: MIT
/*
 * socket_rights.c -- descriptors that travel through sockets, and those that no process can receive
 * any more.
 */
#include "socket_test.h"

static struct received r;
static int ends[2];
#define ROOM CMSG_SPACE(300 * sizeof(int))

/* Do both descriptors mean one open file? */
static bool same_file(int a, int b)
{
	off_t at = lseek(a, 0, SEEK_CUR);

	lseek(a, at + 7, SEEK_SET);
	bool same = lseek(b, 0, SEEK_CUR) == at + 7;

	lseek(a, at, SEEK_SET);
	return same;
}

static void pass(int type)
{
	int fd = tap_file("f", "content");

	make_pair(type, ends);
	CHECK_EQ(send_fds(ends[0], "x", 1, &fd, 1), 1);
	CHECK_EQ(receive_all(ends[1], &r, 10, ROOM, 0), 1);
	CHECK_EQ(r.nr_fds, 1);
	CHECK(r.fds[0] != fd && same_file(fd, r.fds[0]));
	CHECK_EQ(fcntl(r.fds[0], F_GETFD), 0);
	CHECK_EQ(send_fds(ends[0], "x", 1, (int[]){fd, ends[0], fd}, 3), 1);
	close(fd);
	CHECK_EQ(receive_all(ends[1], &r, 10, ROOM, MSG_CMSG_CLOEXEC), 1);
	CHECK_EQ(r.nr_fds, 3);
	CHECK_EQ(r.flags & ~MSG_EOR, MSG_CMSG_CLOEXEC);
	CHECK_EQ(fcntl(r.fds[1], F_GETFD), FD_CLOEXEC);
	CHECK(same_file(r.fds[0], r.fds[2]));
	CHECK_EQ(write(r.fds[1], "y", 1), 1);
}

TEST(stream, "a stream passes descriptors")
{
	pass(SOCK_STREAM);
}

TEST(dgram, "a datagram passes descriptors")
{
	pass(SOCK_DGRAM);
}

TEST(seqpacket, "a sequenced packet passes descriptors")
{
	pass(SOCK_SEQPACKET);
}

TEST(to_child, "a child gets a pipe's end that its parent made later")
{
	int p[2];
	char c = 0;

	make_pair(SOCK_STREAM, ends);
	pid_t pid = SPAWN({
		CHECK_EQ(receive_all(ends[1], &r, 1, ROOM, 0), 1);
		CHECK_EQ(r.nr_fds, 1);
		CHECK_EQ(write(r.fds[0], "!", 1), 1);
	});

	MUST(pipe(p));
	CHECK_EQ(send_fds(ends[0], "x", 1, &p[1], 1), 1);
	close(p[1]);
	CHECK_EQ(read(p[0], &c, 1), 1);
	CHECK_EQ(c, '!');
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(read(p[0], &c, 1), 0);
}

TEST(barriers, "bytes with descriptors end a read; what comes before may go along")
{
	int fd = tap_file("f", "");

	make_pair(SOCK_STREAM, ends);
	MUST(write(ends[0], "ab", 2));
	MUST(send_fds(ends[0], "cd", 2, &fd, 1));
	MUST(write(ends[0], "ef", 2));
	MUST(send_fds(ends[0], "gh", 2, (int[]){fd, fd}, 2));
	MUST(send_fds(ends[0], "ij", 2, &fd, 1));
	CHECK_EQ(receive_all(ends[1], &r, 100, ROOM, 0), 4);
	CHECK(!memcmp(r.bytes, "abcd", 4));
	CHECK_EQ(r.nr_fds, 1);
	CHECK_EQ(receive_all(ends[1], &r, 3, ROOM, 0), 3);
	CHECK(!memcmp(r.bytes, "efg", 3));
	CHECK_EQ(r.nr_fds, 2);
	CHECK_EQ(receive_all(ends[1], &r, 100, ROOM, 0), 3);
	CHECK(!memcmp(r.bytes, "hij", 3));
	CHECK_EQ(r.nr_fds, 1);
}

TEST(exact, "who reads just the bytes before them leaves descriptors where they are")
{
	int fd = tap_file("f", "");
	char buffer[2];

	make_pair(SOCK_STREAM, ends);
	MUST(write(ends[0], "ab", 2));
	MUST(send_fds(ends[0], "cd", 2, &fd, 1));
	CHECK_EQ(receive_all(ends[1], &r, 2, ROOM, 0), 2);
	CHECK_EQ(r.nr_fds, 0);
	CHECK_EQ(receive_all(ends[1], &r, 2, ROOM, 0), 2);
	CHECK(!memcmp(r.bytes, "cd", 2));
	CHECK_EQ(r.nr_fds, 1);
	MUST(write(ends[0], "ab", 2));
	MUST(send_fds(ends[0], "cd", 2, &fd, 1));
	CHECK_EQ(recv(ends[1], buffer, 2, MSG_WAITALL), 2);
	CHECK_EQ(receive_all(ends[1], &r, 2, ROOM, 0), 2);
	CHECK_EQ(r.nr_fds, 1);
}

TEST(large, "descriptors come with the first of many bytes")
{
	static char block[30000];
	int fd = tap_file("f", "");
	ssize_t got = 0, n;

	make_pair(SOCK_STREAM, ends);
	CHECK_EQ(send_fds(ends[0], block, sizeof(block), &fd, 1), sizeof(block));
	MUST(write(ends[0], "next", 4));
	CHECK_GE(receive_all(ends[1], &r, 10000, ROOM, 0), 4096);
	CHECK_EQ(r.nr_fds, 1);
	got = r.len;
	while (got < 30004 && (n = receive_all(ends[1], &r, 10000, ROOM, 0)) > 0) {
		CHECK_EQ(r.nr_fds, 0);
		got += n;
	}
	CHECK_EQ(got, 30004);
}

TEST(dropped, "without room descriptors are dropped, and MSG_CTRUNC tells")
{
	int p[2], fds[3], next = (int)MUST(dup(0));
	char c;

	close(next);
	make_pair(SOCK_STREAM, ends);
	MUST(pipe(p));
	fds[0] = fds[1] = fds[2] = p[1];
	MUST(send_fds(ends[0], "a", 1, fds, 3));
	CHECK_EQ(receive_all(ends[1], &r, 1, CMSG_LEN(2 * sizeof(int)), 0), 1);
	CHECK_EQ(r.nr_fds, 2);
	CHECK(r.flags & MSG_CTRUNC);
	close(r.fds[0]);
	close(r.fds[1]);
	MUST(send_fds(ends[0], "b", 1, fds, 3));
	CHECK_EQ(receive_all(ends[1], &r, 1, 0, 0), 1);
	CHECK_EQ(r.nr_fds, 0);
	CHECK(r.flags & MSG_CTRUNC);
	MUST(send_fds(ends[0], "c", 1, fds, 3));
	CHECK_EQ(read(ends[1], &c, 1), 1);
	MUST(send_fds(ends[0], "d", 1, fds, 3)); /* never read */
	close(p[1]);
	close(ends[0]);
	close(ends[1]);
	CHECK_EQ(read(p[0], &c, 1), 0);
}

TEST(peek, "peeking gives descriptors of its own, and leaves them there")
{
	int fd = tap_file("f", "");

	for (int i = 0; i < 2; i++) {
		make_pair(i ? SOCK_SEQPACKET : SOCK_STREAM, ends);
		MUST(send_fds(ends[0], "x", 1, &fd, 1));
		CHECK_EQ(receive_all(ends[1], &r, 10, ROOM, MSG_PEEK), 1);
		CHECK_EQ(r.nr_fds, 1);
		CHECK(same_file(r.fds[0], fd));
		CHECK_EQ(receive_all(ends[1], &r, 10, ROOM, 0), 1);
		CHECK_EQ(r.nr_fds, 1);
		CHECK(same_file(r.fds[0], fd));
	}
}

TEST(refused, "what cannot be sent")
{
	int fds[300];

	make_pair(SOCK_DGRAM, ends);
	for (int i = 0; i < 300; i++)
		fds[i] = 0;
	CHECK_ERR(send_fds(ends[0], "x", 1, fds, 254), EINVAL);
	CHECK_EQ(send_fds(ends[0], "x", 1, fds, 253), 1);
	CHECK_EQ(receive_all(ends[1], &r, 1, ROOM, 0), 1);
	CHECK_EQ(r.nr_fds, 253);
	fds[1] = 77777;
	CHECK_ERR(send_fds(ends[0], "x", 1, fds, 2), EBADF);
	CHECK_ERR(recv(ends[1], &fds, 1, MSG_DONTWAIT), EAGAIN);
}

TEST(receiver_full, "a receiver without free descriptors gets the bytes and MSG_CTRUNC")
{
	struct rlimit {
		unsigned long soft, hard;
	} limit = {0, 0};
	int fd = tap_file("f", "");

	make_pair(SOCK_STREAM, ends);
	MUST(send_fds(ends[0], "x", 1, (int[]){fd, fd, fd}, 3));
	int last = (int)MUST(dup(fd));

	limit.soft = (unsigned long)last + 1;
	limit.hard = 4096;
	MUST(syscall(SYS_setrlimit, 7, &limit)); /* RLIMIT_NOFILE */
	CHECK_EQ(receive_all(ends[1], &r, 10, ROOM, 0), 1);
	CHECK_EQ(r.nr_fds, 0);
	CHECK(r.flags & MSG_CTRUNC);
	close(last);
	MUST(send_fds(ends[0], "x", 1, (int[]){fd, fd, fd}, 3));
	CHECK_EQ(receive_all(ends[1], &r, 10, ROOM, 0), 1);
	CHECK_EQ(r.nr_fds, 1);
	CHECK(r.flags & MSG_CTRUNC);
}

TEST(too_many, "a user may not have more in flight than descriptors")
{
	SKIP_IF(geteuid() != 0, "needs root to become somebody else");
	CHECK_EXITED(
		IN_CHILD({
			unsigned long limit[2] = {64, 64};
			int sent = 0;

			tap_become(5432);
			MUST(syscall(SYS_setrlimit, 7, limit));
			make_pair(SOCK_DGRAM, ends);
			while (send_fds(ends[0], "x", 1, (int[]){0, 0, 0, 0, 0, 0, 0, 0}, 8) > 0)
				sent += 8;
			CHECK_EQ(errno, ETOOMANYREFS);
			CHECK_GE(sent, 64);
			CHECK_LE(sent, 80);
			CHECK_EQ(receive_all(ends[1], &r, 1, 0, 0), 1);
			CHECK_EQ(receive_all(ends[1], &r, 1, 0, 0), 1);
			CHECK_EQ(send_fds(ends[0], "x", 1, (int[]){0}, 1), 1);
		}),
		0);
}

/* The end of a pipe whose other end is only held by what is lost. */
static int sentinel(int target)
{
	int p[2];

	MUST(pipe2(p, O_NONBLOCK));
	MUST(send_fds(target, "p", 1, &p[1], 1));
	close(p[1]);
	return p[0];
}

static void check_collected(int reader)
{
	struct pollfd one = {.fd = reader};
	char c;

	/* Linux collects when any unix socket is closed, and in the background. */
	for (int i = 0; i < 200 && !poll(&one, 1, 10); i++) {
		make_pair(SOCK_STREAM, ends);
		close(ends[0]);
		close(ends[1]);
	}
	CHECK_EQ(read(reader, &c, 1), 0);
}

TEST(in_itself, "a socket in its own queue is lost when it is closed")
{
	int a[2], reader;

	make_pair(SOCK_STREAM, a);
	reader = sentinel(a[0]);
	MUST(send_fds(a[0], "x", 1, &a[1], 1));
	close(a[0]);
	close(a[1]);
	check_collected(reader);
}

TEST(ring, "a ring of sockets, each in the queue of the next, is collected")
{
	int a[10][2], reader;

	for (int i = 0; i < 10; i++)
		make_pair(i & 1 ? SOCK_DGRAM : SOCK_STREAM, a[i]);
	reader = sentinel(a[4][0]);
	for (int i = 0; i < 10; i++)
		MUST(send_fds(a[i][0], "x", 1, a[(i + 1) % 10], 2));
	for (int i = 0; i < 10; i++) {
		close(a[i][0]);
		close(a[i][1]);
	}
	check_collected(reader);
}

TEST(still_reached, "what can still be received is not collected")
{
	int a[2], b[2], c[2];
	char byte = 0;

	make_pair(SOCK_STREAM, a);
	make_pair(SOCK_STREAM, b);
	make_pair(SOCK_STREAM, c);
	MUST(write(c[0], "!", 1));
	MUST(send_fds(b[0], "x", 1, c, 2)); /* c in b */
	MUST(send_fds(b[0], "y", 1, b, 2)); /* b in b */
	MUST(send_fds(a[0], "z", 1, b, 2)); /* b in a */
	for (int i = 0; i < 2; i++) {
		close(b[i]);
		close(c[i]);
	}
	for (int i = 0; i < 20; i++) {
		make_pair(SOCK_STREAM, ends);
		MUST(send_fds(ends[0], "x", 1, ends, 2));
		close(ends[0]);
		close(ends[1]);
	}
	CHECK_EQ(receive_all(a[1], &r, 1, ROOM, 0), 1);
	CHECK_EQ(r.nr_fds, 2);
	CHECK_EQ(receive_all(r.fds[1], &r, 1, ROOM, 0), 1);
	CHECK_EQ(r.nr_fds, 2);
	CHECK_EQ(read(r.fds[1], &byte, 1), 1);
	CHECK_EQ(byte, '!');
}

TEST(deep, "sockets nested in queues, hundreds deep, end together")
{
	int a[2], outer[2], reader;

	make_pair(SOCK_STREAM, a);
	reader = sentinel(a[0]);
	for (int i = 0; i < 300; i++) {
		make_pair(SOCK_STREAM, outer);
		if (send_fds(outer[0], "x", 1, a, 2) < 0) {
			CHECK_EQ(errno, ETOOMANYREFS); /* kernels that bound the depth */
			close(outer[0]);
			close(outer[1]);
			break;
		}
		close(a[0]);
		close(a[1]);
		a[0] = outer[0];
		a[1] = outer[1];
	}
	close(a[0]);
	close(a[1]);
	check_collected(reader);
}

TEST(in_backlog, "descriptors sent to a connection nobody accepted go with the listener")
{
	int listener = listen_at(SOCK_STREAM, "s", 5), client = (int)MUST(socket(AF_UNIX, 1, 0)),
	    reader;

	MUST(connect_to(client, "s"));
	reader = sentinel(client);
	MUST(send_fds(client, "x", 1, &listener, 1));
	close(client);
	close(listener);
	check_collected(reader);
}

TEST(killed, "what a killed process had in flight to itself does not stay")
{
	int reader[2];
	char c;

	MUST(pipe(reader));
	pid_t pid = SPAWN({
		make_pair(SOCK_DGRAM, ends);
		MUST(send_fds(ends[0], "x", 1, (int[]){reader[1], ends[0], ends[1]}, 3));
		MUST(send_fds(ends[1], "x", 1, (int[]){reader[1], ends[0], ends[1]}, 3));
		raise(SIGKILL);
	});

	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
	close(reader[1]);
	MUST(fcntl(reader[0], F_SETFL, O_NONBLOCK));
	check_collected(reader[0]);
	CHECK_EQ(read(reader[0], &c, 1), 0);
}
