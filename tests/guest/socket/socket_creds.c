// SPDX-License-Identifier: MIT
/* socket_creds.c -- who is at the other end: SO_PEERCRED, SO_PASSCRED, SCM_CREDENTIALS. */
#include "socket_test.h"

static struct received r;
static int ends[2];

static void pass_credentials(int fd)
{
	int on = 1;

	MUST(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
}

/* sendmsg with credentials that may be false. */
static ssize_t claim(int fd, pid_t pid, uid_t uid, gid_t gid)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control = {.bytes = {0}};
	struct ucred who = {pid, uid, gid};
	struct iovec iov = {"x", 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(who));
	memcpy(CMSG_DATA(c), &who, sizeof(who));
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

TEST(peercred, "SO_PEERCRED: of a pair, of a connection, of none")
{
	struct ucred who;
	socklen_t len = sizeof(who);
	int listener = listen_at(SOCK_STREAM, "s", 3), client;

	make_pair(SOCK_STREAM, ends);
	CHECK_OK(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &who, &len));
	CHECK_EQ(len, sizeof(who));
	CHECK(who.pid == getpid() && who.uid == geteuid() && who.gid == getegid());
	pid_t pid = SPAWN({
		int fd = (int)MUST(accept(listener, NULL, NULL));

		CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len));
		CHECK_EQ(who.pid, getppid());
	});
	client = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	CHECK_OK(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &len));
	CHECK(who.pid == 0 && who.uid == (uid_t)-1 && who.gid == (gid_t)-1);
	MUST(connect_to(client, "s"));
	CHECK_OK(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &len));
	CHECK_EQ(who.pid, getpid()); /* who called listen */
	CHECK_EXITED(tap_wait(pid), 0);
	len = 4;
	CHECK_OK(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &len));
	CHECK_EQ(len, 4);
}

static void passed(int type)
{
	make_pair(type, ends);
	pass_credentials(ends[1]);
	MUST(write(ends[0], "x", 1));
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 1);
	CHECK(r.has_credentials);
	CHECK(r.credentials.pid == getpid() && r.credentials.uid == getuid());
	CHECK_EXITED(IN_CHILD(MUST(write(ends[0], "y", 1))), 0);
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 1);
	CHECK(r.credentials.pid != getpid() && r.credentials.pid > 0);
	MUST(write(ends[0], "z", 1));
	CHECK_EQ(receive_all(ends[1], &r, 10, 0, 0), 1);
	CHECK(r.flags & MSG_CTRUNC);
}

TEST(passcred, "SO_PASSCRED: each message says who sent it")
{
	passed(SOCK_STREAM);
	passed(SOCK_DGRAM);
	passed(SOCK_SEQPACKET);
}

TEST(not_glued, "bytes of different senders are not read together then")
{
	make_pair(SOCK_STREAM, ends);
	pass_credentials(ends[1]);
	MUST(write(ends[0], "a", 1));
	MUST(write(ends[0], "b", 1));
	CHECK_EXITED(IN_CHILD(MUST(write(ends[0], "c", 1))), 0);
	MUST(write(ends[0], "d", 1));
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 2);
	CHECK_EQ(r.credentials.pid, getpid());
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 1);
	CHECK(r.credentials.pid != getpid());
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 1);
	CHECK_EQ(r.credentials.pid, getpid());
}

TEST(before, "what was sent before anybody asked is from nobody")
{
	make_pair(SOCK_DGRAM, ends);
	MUST(write(ends[0], "x", 1));
	pass_credentials(ends[1]);
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 1);
	CHECK(r.has_credentials && r.credentials.pid == 0 && r.credentials.uid == 65534);
}

TEST(claims, "SCM_CREDENTIALS: one may be oneself; root may be anybody there is")
{
	make_pair(SOCK_STREAM, ends);
	pass_credentials(ends[1]);
	CHECK_EQ(claim(ends[0], getpid(), getuid(), getgid()), 1);
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 1);
	CHECK_EQ(r.credentials.pid, getpid());
	SKIP_IF(geteuid() != 0, "the rest needs root");
	CHECK_EQ(claim(ends[0], 1, 42, 43), 1);
	CHECK_EQ(receive_all(ends[1], &r, 10, 200, 0), 1);
	CHECK(r.credentials.pid == 1 && r.credentials.uid == 42 && r.credentials.gid == 43);
	CHECK_ERR(claim(ends[0], 0x3fffff, 0, 0), ESRCH);
	CHECK_EXITED(IN_CHILD({
			     tap_become(4321);
			     CHECK_EQ(claim(ends[0], getpid(), 4321, 4321), 1);
			     CHECK_ERR(claim(ends[0], getppid(), 4321, 4321), EPERM);
			     CHECK_ERR(claim(ends[0], getpid(), 0, 4321), EPERM);
			     CHECK_ERR(claim(ends[0], getpid(), 4321, 0), EPERM);
		     }),
		     0);
}

TEST(unaccepted, "bytes that came before accept say who sent them")
{
	int listener = listen_at(SOCK_STREAM, "s", 3);
	int client = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), fd;

	pass_credentials(listener);
	MUST(connect_to(client, "s"));
	MUST(write(client, "x", 1));
	fd = (int)MUST(accept(listener, NULL, NULL));
	int on = 0;
	socklen_t len = sizeof(on);

	CHECK_OK(getsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, &len));
	CHECK_EQ(on, 1);
	CHECK_EQ(receive_all(fd, &r, 10, 200, 0), 1);
	CHECK_EQ(r.credentials.pid, getpid());
}
