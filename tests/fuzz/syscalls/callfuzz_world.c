// SPDX-License-Identifier: MIT
/*
 * callfuzz_world.c -- what a worker begins with: memory of each kind at known places, an open file
 * of each kind.
 */
#include "callfuzz_worker.h"
#include "callfuzz_makers.h"
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void map_at(uint64_t at, size_t size, int protection, int flags, int fd)
{
	mmap((void *)at, size, protection, flags | MAP_FIXED, fd, 0);
}

static void map_memory(void)
{
	int both = PROT_READ | PROT_WRITE, private = MAP_PRIVATE | MAP_ANONYMOUS;
	int fd = open("/w/f0", O_RDWR | O_CREAT, 0666);

	for (unsigned i = 0; i < FUZZ_THREADS; i++)
		map_at(FUZZ_ARENA + i * FUZZ_ARENA_STEP, FUZZ_ARENA_SIZE, both, private, -1);
	map_at(FUZZ_READ_ONLY, 4096, PROT_READ, private, -1);
	map_at(FUZZ_NO_ACCESS, 4096, PROT_NONE, private, -1);
	map_at(FUZZ_VICTIM, FUZZ_VICTIM_SIZE, both, private, -1);
	map_at(FUZZ_STACKS, FUZZ_NR_STACKS * FUZZ_STACK_SIZE, both, private, -1);
	if (ftruncate(fd, FUZZ_FILE_MAP_SIZE) == 0)
		map_at(FUZZ_FILE_MAP, FUZZ_FILE_MAP_SIZE, both, MAP_SHARED, fd);
	close(fd);
}

/* Names in the working folder: files, folders, links that lead on, round, and nowhere. */
static void make_names(void)
{
	static const char *const files[] = {"f1", "f2", "d0/f1", "d1/f0"};

	mkdir("d0", 0777);
	mkdir("d1", 01777);
	mkdir("d2", 0700);
	mkdir("d0/d1", 0777);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		close(open(files[i], O_RDWR | O_CREAT, 0666));
	if (symlink("l0", "l0") || symlink("d0/../f1", "l1") || symlink("/w/d0", "l2") ||
	    mkfifo("fifo", 0666))
		return; /* they are there from another worker */
}

static int nonblock(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return fd;
}

static void open_terminal(void)
{
	int master = nonblock(open("/dev/ptmx", O_RDWR | O_NOCTTY)), unlocked = 0;

	if (master >= 0)
		ioctl(master, 0x40045431, &unlocked);
	nonblock(open("/dev/pts/0", O_RDWR));
	nonblock(open("/dev/pts/1", O_RDWR | O_NOCTTY));
}

static void open_sockets(void)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "s0"};
	int fds[2], listener, client;

	for (int i = 0; i < 3; i++)
		socketpair(AF_UNIX, types[i] | SOCK_NONBLOCK, 0, fds);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	unlink("s0");
	bind(listener, (struct sockaddr *)&name, sizeof(name));
	listen(listener, 2);
	socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	connect(client, (struct sockaddr *)&name, sizeof(name));
}

static void open_others(struct fuzz_thread *t)
{
	static const char *const read_only[] = {"/proc/self/maps",
						"/proc/self",
						"/proc/creance/counts",
						"/proc",
						"/proc/self/task",
						"/dev/pts",
						".",
						"d0",
						"bin/callfuzz",
						"/dev/kmsg",
						"/proc/self/status"};
	int fds[2], watcher = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	if (pipe2(fds, O_NONBLOCK) || pipe2(fds, fuzz_one_in(t, 4) ? 0 : O_NONBLOCK))
		return;
	for (int fd = 3; fd < 16; fd += 2)
		epoll_ctl(watcher, EPOLL_CTL_ADD, fd, &event);
	eventfd(0, EFD_NONBLOCK);
	eventfd(2, EFD_SEMAPHORE);
	syscall(SYS_memfd_create, "m", 2);
	open("f1", O_RDWR);
	open("f2", O_RDWR | O_APPEND);
	open("f1", O_RDONLY);
	open("f1", O_PATH);
	open("fifo", O_RDWR | O_NONBLOCK);
	open("/dev/zero", O_RDWR);
	open("/dev/full", O_RDWR);
	for (int n = 0; n < 5; n++)
		open(read_only[fuzz_below(t, sizeof(read_only) / sizeof(read_only[0]))], O_RDONLY);
}

void fuzz_make_world(struct fuzz_thread *t)
{
	if (chroot("/fuzz") || chdir("/w"))
		_exit(FUZZ_NO_WORLD);
	umask(0);
	setsid();
	map_memory();
	make_names();
	for (int fd = 0; fd < 3; fd++) {
		close(fd);
		open("/dev/null", O_RDWR);
	}
	open_sockets();
	open_terminal();
	open_others(t);
}
