// SPDX-License-Identifier: MIT
/*
 * event_no_memory.c -- every allocation of a call may fail: the debug kernel is asked to refuse the
 * n-th one, for each n, while a child does the calls. Nothing may break, and nothing may be left
 * over (tap.c counts). A page fault that finds no memory ends a process: the child offers itself.
 */
#include "tap.h"
#include "tap_refuse.h"
#include <dirent.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>

#define NTH_MAX 60

static char block[4096];

/* Results do not matter: any call may fail. */
static void may_fail(long result)
{
	(void)result;
}

static void pipe_calls(void)
{
	struct pollfd all[12];
	int ends[2];

	if (pipe2(ends, O_NONBLOCK) < 0)
		return;
	may_fail(write(ends[1], block, sizeof(block)));
	may_fail(write(ends[1], block, 100));
	may_fail(fcntl(ends[1], F_SETPIPE_SZ, 262144));
	may_fail(read(ends[0], block, sizeof(block)));
	for (int i = 0; i < 12; i++)
		all[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	may_fail(poll(all, 12, 0));
	close(ends[0]);
	close(ends[1]);
}

TEST(pipes, "pipes, their size, poll")
{
	tap_refuse_each(NTH_MAX, pipe_calls, NULL);
}

static void fifo_calls(void)
{
	int fd;

	may_fail(mkfifo("fifo", 0600));
	fd = open("fifo", O_RDWR | O_NONBLOCK);
	if (fd >= 0) {
		may_fail(write(fd, "x", 1));
		close(fd);
	}
	may_fail(unlink("fifo"));
}

TEST(fifos, "fifos")
{
	tap_refuse_each(NTH_MAX, fifo_calls, NULL);
}

static void event_calls(void)
{
	int ep = epoll_create1(0), fd = eventfd(1, 0);
	struct epoll_event event = {.events = EPOLLIN};

	if (ep >= 0 && fd >= 0) {
		may_fail(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
		may_fail(epoll_wait(ep, &event, 1, 0));
	}
	close(fd);
	close(ep);
}

TEST(events, "eventfd and epoll")
{
	tap_refuse_each(NTH_MAX, event_calls, NULL);
}

static void terminal_calls(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), slave, zero = 0, number = 0;
	char name[32];

	if (master < 0)
		return;
	may_fail(ioctl(master, TIOCSPTLCK, &zero));
	may_fail(ioctl(master, TIOCGPTN, &number));
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	slave = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (slave >= 0) {
		may_fail(write(slave, "hello\n", 6));
		may_fail(write(master, "x\n", 2));
		may_fail(read(slave, block, 10));
		close(slave);
	}
	close(master);
}

TEST(terminals, "pseudo-terminals")
{
	tap_refuse_each(NTH_MAX, terminal_calls, NULL);
}

static void read_all(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return;
	while (read(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

static void proc_calls(void)
{
	DIR *dir = opendir("/proc/self/fd");

	if (dir) {
		while (readdir(dir))
			;
		closedir(dir);
	}
	read_all("/proc/self/maps");
	read_all("/proc/self/status");
	read_all("/proc/mounts");
	may_fail(readlink("/proc/self/fd/0", block, 100));
	may_fail(close(open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK)));
}

TEST(proc, "/proc: directories, files, links")
{
	tap_refuse_each(NTH_MAX, proc_calls, NULL);
}

static void process_calls(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl(tap_self, tap_self, "--child", (char *)NULL);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

int tap_child_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

TEST(processes, "fork and exec")
{
	tap_refuse_each(NTH_MAX, process_calls, NULL);
}

static void name_calls(void)
{
	int fd = open("file", O_CREAT | O_RDWR, 0600);

	if (fd >= 0) {
		may_fail(write(fd, block, sizeof(block)));
		may_fail(ftruncate(fd, 100000));
		void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (at != MAP_FAILED)
			munmap(at, 8192);
		close(fd);
	}
	may_fail(unlink("file"));
	may_fail(mkdir("one", 0700));
	may_fail(rename("one", "two"));
	may_fail(rmdir("two"));
	may_fail(rmdir("one"));
	may_fail(symlink("nowhere", "link"));
	may_fail(unlink("link"));
}

TEST(names, "files and names")
{
	tap_refuse_each(NTH_MAX, name_calls, NULL);
}
