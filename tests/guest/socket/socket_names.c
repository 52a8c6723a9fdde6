// SPDX-License-Identifier: MIT
/* socket_names.c -- paths, abstract names, names chosen by the kernel; what can go wrong. */
#include "socket_test.h"
#include "tap_thread.h"
#include <sched.h>

static int stream(void)
{
	return (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
}

static struct sockaddr_un name;
static socklen_t name_len;

static int own_name(int fd)
{
	memset(&name, 0x55, sizeof(name));
	name_len = sizeof(name);
	return getsockname(fd, (struct sockaddr *)&name, &name_len);
}

TEST(path, "bind makes a socket file, as the umask says")
{
	struct stat st;
	int fd = stream();

	umask(027);
	CHECK_OK(own_name(fd));
	CHECK_EQ(name_len, 2);
	CHECK_EQ(name.sun_family, AF_UNIX);
	CHECK_OK(bind_to(fd, "sock"));
	CHECK_OK(stat("sock", &st));
	CHECK_EQ(st.st_mode, S_IFSOCK | 0750);
	CHECK_OK(own_name(fd));
	CHECK_EQ(name_len, 2 + 5);
	CHECK_STR(name.sun_path, "sock");
	CHECK_ERR(bind_to(fd, "other"), EINVAL);
	CHECK_ERR(bind_to(stream(), "sock"), EADDRINUSE);
	CHECK_ERR(open("sock", O_RDWR), ENXIO);
	CHECK_OK(open("sock", O_PATH));
	close(fd);
	CHECK_ERR(bind_to(stream(), "sock"), EADDRINUSE);
	CHECK_ERR(connect_to(stream(), "sock"), ECONNREFUSED);
	CHECK_OK(unlink("sock"));
	CHECK_OK(bind_to(stream(), "sock"));
}

TEST(path_errors, "what connect and bind say of paths")
{
	MUST(mkdir("dir", 0755));
	close(tap_file("plain", "x"));
	CHECK_ERR(connect_to(stream(), "absent"), ENOENT);
	CHECK_ERR(connect_to(stream(), "plain"), ECONNREFUSED);
	CHECK_ERR(connect_to(stream(), "plain/x"), ENOTDIR);
	CHECK_ERR(connect_to(stream(), "dir"), ECONNREFUSED);
	CHECK_ERR(bind_to(stream(), "plain"), EADDRINUSE);
	CHECK_ERR(bind_to(stream(), "dir"), EADDRINUSE);
	CHECK_ERR(bind_to(stream(), "none/x"), ENOENT);
	int fd = stream();

	MUST(bind_to(fd, "bound"));
	CHECK_ERR(connect_to(stream(), "bound"), ECONNREFUSED); /* it does not listen */
	MUST(listen(fd, 1));
	CHECK_ERR(connect_to((int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), "bound"), EPROTOTYPE);
	MUST(symlink("bound", "link"));
	CHECK_OK(connect_to(stream(), "link"));
	MUST(rename("bound", "moved"));
	CHECK_OK(connect_to(stream(), "moved"));
	CHECK_ERR(connect_to(stream(), "bound"), ENOENT);
	MUST(unlink("moved"));
	CHECK_ERR(connect_to(stream(), "moved"), ENOENT);
}

TEST(permission, "who may not write to the file may not connect")
{
	int fd;

	SKIP_IF(geteuid() != 0, "needs root");
	MUST(chmod(".", 0777));
	fd = listen_at(SOCK_STREAM, "guarded", 5);
	MUST(chmod("guarded", 0755));
	CHECK_EXITED(IN_CHILD({
			     tap_become(4321);
			     CHECK_ERR(connect_to(stream(), "guarded"), EACCES);
		     }),
		     0);
	MUST(chmod("guarded", 0222));
	CHECK_EXITED(IN_CHILD({
			     tap_become(4321);
			     CHECK_OK(connect_to(stream(), "guarded"));
		     }),
		     0);
	MUST(chmod(".", 0755));
	CHECK_EXITED(IN_CHILD({
			     tap_become(4321);
			     CHECK_ERR(bind_to(stream(), "mine"), EACCES);
		     }),
		     0);
	close(fd);
}

TEST(lengths, "the whole of sun_path may be used; lengths that cannot be are refused")
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = stream();

	memset(address.sun_path, 'a', sizeof(address.sun_path));
	CHECK_OK(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	char big[128] = "";

	socklen_t len = sizeof(big);

	CHECK_OK(getsockname(fd, (struct sockaddr *)big, &len));
	CHECK_EQ(len, sizeof(address) + 1);
	CHECK_EQ(strlen(big + 2), 108);
	CHECK_OK(listen(fd, 1));
	CHECK_OK(connect(stream(), (struct sockaddr *)&address, sizeof(address)));
	CHECK_ERR(bind(stream(), (struct sockaddr *)&address, sizeof(address) + 1), EINVAL);
	CHECK_ERR(bind(stream(), (struct sockaddr *)&address, 1), EINVAL);
	CHECK_ERR(connect(stream(), (struct sockaddr *)&address, 2), EINVAL);
	CHECK_ERR(connect(stream(), (struct sockaddr *)&address, 0), EINVAL);
	address.sun_family = AF_INET;
	CHECK_ERR(bind(stream(), (struct sockaddr *)&address, 10), EINVAL);
	CHECK_ERR(connect(stream(), (struct sockaddr *)&address, 10), EINVAL);
}

TEST(abstract, "abstract names are bytes of any value, and go with the socket")
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0a\0b"};
	int fd = stream(), client = stream();

	CHECK_OK(bind(fd, (struct sockaddr *)&address, 2 + 4));
	CHECK_ERR(bind(client, (struct sockaddr *)&address, 2 + 4), EADDRINUSE);
	CHECK_OK(listen(fd, 3));
	CHECK_OK(own_name(fd));
	CHECK_EQ(name_len, 6);
	CHECK(!memcmp(name.sun_path, "\0a\0b", 4));
	CHECK_ERR(connect(client, (struct sockaddr *)&address, 2 + 3), ECONNREFUSED);
	CHECK_ERR(connect(client, (struct sockaddr *)&address, 2 + 5), ECONNREFUSED);
	CHECK_OK(connect(client, (struct sockaddr *)&address, 2 + 4));
	close(fd);
	CHECK_ERR(connect(stream(), (struct sockaddr *)&address, 2 + 4), ECONNREFUSED);
	CHECK_OK(bind(stream(), (struct sockaddr *)&address, 2 + 4));
}

TEST(autobind, "a name of the kernel's choice: five digits, each its own")
{
	struct sockaddr_un address = {.sun_family = AF_UNIX}, first;
	int a = stream(), b = stream();

	CHECK_OK(bind(a, (struct sockaddr *)&address, 2));
	CHECK_OK(own_name(a));
	CHECK_EQ(name_len, 2 + 6);
	CHECK_EQ(name.sun_path[0], 0);
	CHECK_EQ(strspn(name.sun_path + 1, "0123456789abcdef") >= 5, 1);
	first = name;
	CHECK_OK(bind(b, (struct sockaddr *)&address, 2));
	CHECK_OK(own_name(b));
	CHECK(memcmp(first.sun_path, name.sun_path, 6) != 0);
	CHECK_OK(listen(a, 1));
	CHECK_OK(connect(b, (struct sockaddr *)&first, 8));
	/* as passing credentials does */
	int on = 1, c = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), p[2];

	MUST(setsockopt(c, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	int target = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));

	MUST(bind_to(target, "target"));
	CHECK_OK(connect_to(c, "target"));
	CHECK_OK(own_name(c));
	CHECK_EQ(name_len, 8);
	make_pair(SOCK_STREAM, p);
	CHECK_OK(own_name(p[0]));
	CHECK_EQ(name_len, 2);
}

TEST(inherited, "an accepted socket has the listener's name; a forked process the listener")
{
	int listener = listen_at(SOCK_STREAM, "@inherited-name", 4);
	pid_t pid = SPAWN({
		int fd = (int)MUST(accept(listener, NULL, NULL));

		CHECK_OK(own_name(fd));
		CHECK_EQ(name_len, 2 + 15);
		CHECK(!memcmp(name.sun_path + 1, "inherited-name", 14));
		CHECK_EQ(write(fd, "child", 5), 5);
	});
	int client = stream();
	char buffer[8];

	MUST(bind_to(client, "client"));
	MUST(connect_to(client, "@inherited-name"));
	CHECK_EQ(recv(client, buffer, 5, MSG_WAITALL), 5);
	CHECK_EXITED(tap_wait(pid), 0);
	CHECK_EQ(read(client, buffer, 5), 0);
}

#define ROUNDS 50

/* What the two that bind the same sockets share. */
struct race {
	volatile int fd, begun, ended;
};

static int bind_second(void *data)
{
	struct race *race = data;

	for (int round = 1; round <= ROUNDS; round++) {
		while (race->begun < round)
			sched_yield();
		bind_to(race->fd, "second");
		race->ended = round;
	}
	return 0;
}

TEST(bind_race, "two binds of one socket at a time leave one socket file")
{
	struct race *race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t other = (pid_t)tap_clone(CLONE_FILES | CLONE_FS | SIGCHLD, bind_second, race, NULL,
				       NULL, NULL);

	for (int round = 1; round <= ROUNDS; round++) {
		race->fd = stream();
		race->begun = round;
		bind_to(race->fd, "first");
		while (race->ended < round)
			sched_yield();
		CHECK_EQ(!access("first", F_OK) + !access("second", F_OK), 1);
		close(race->fd);
		unlink("first");
		unlink("second");
	}
	CHECK_EXITED(tap_wait(other), 0);
}
