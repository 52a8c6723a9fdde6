// SPDX-License-Identifier: MIT
/* file_special.c -- fifos, mknod, and the memory devices. */
#include "tap.h"
#include <sys/sysmacros.h>

TEST(fifo_pair, "opening a fifo waits for the other side; then it is a pipe")
{
	char text[6] = "";
	int fd;
	pid_t pid;

	MUST(mkfifo("p", 0600));
	pid = SPAWN(int w = (int)MUST(open("p", O_WRONLY)); CHECK_EQ(write(w, "hello", 5), 5));
	fd = (int)MUST(open("p", O_RDONLY));
	CHECK_EQ(read(fd, text, 5), 5);
	CHECK_STR(text, "hello");
	CHECK_EQ(read(fd, text, 5), 0);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(fifo_nonblock, "with O_NONBLOCK a reader opens at once, a writer without reader gets ENXIO")
{
	int r, w, rw;
	char c;

	MUST(mkfifo("p", 0600));
	CHECK_ERR(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
	r = (int)CHECK_OK(open("p", O_RDONLY | O_NONBLOCK));
	CHECK_EQ(read(r, &c, 1), 0);
	w = (int)CHECK_OK(open("p", O_WRONLY | O_NONBLOCK));
	CHECK_ERR(read(r, &c, 1), EAGAIN);
	CHECK_EQ(write(w, "x", 1), 1);
	CHECK_EQ(read(r, &c, 1), 1);
	close(w);
	CHECK_EQ(read(r, &c, 1), 0);
	rw = (int)CHECK_OK(open("p", O_RDWR));
	CHECK_ERR(read(r, &c, 1), EAGAIN);
	CHECK_ERR(lseek(rw, 0, SEEK_SET), ESPIPE);
}

TEST(fifo_unlinked, "a fifo's name may go while it is in use; a new one is another pipe")
{
	int old, fresh;
	char c;

	MUST(mkfifo("p", 0600));
	old = (int)MUST(open("p", O_RDWR | O_NONBLOCK));
	MUST(unlink("p"));
	MUST(mkfifo("p", 0600));
	fresh = (int)MUST(open("p", O_RDWR | O_NONBLOCK));
	CHECK_EQ(write(old, "x", 1), 1);
	CHECK_ERR(read(fresh, &c, 1), EAGAIN);
	CHECK_EQ(read(old, &c, 1), 1);
}

TEST(mknod_calls, "mknod makes files, fifos and, for root, devices")
{
	struct stat st;

	MUST(mknod("f", S_IFREG | 0640, 0));
	MUST(stat("f", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	MUST(mknod("f2", 0600, 0));
	MUST(stat("f2", &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_ERR(mknod("f", S_IFREG | 0600, 0), EEXIST);
	CHECK_ERR(mknod("d", S_IFDIR | 0600, 0), EPERM);
	CHECK_ERR(mknod("x", 0030000 | 0600, 0), EINVAL);
	CHECK_ERR(mknod("none/x", S_IFREG, 0), ENOENT);
	CHECK_EXITED(IN_CHILD(tap_become(1000);
			      CHECK_ERR(mknod("dev", S_IFCHR | 0600, makedev(1, 3)), EPERM);
			      CHECK_OK(mknod("pipe", S_IFIFO | 0600, 0))),
		     0);
}

TEST(device_node, "a device node made by mknod reaches its device")
{
	struct stat st;
	int fd;
	char c = 1;

	SKIP_IF(mknod("zero", S_IFCHR | 0666, makedev(1, 5)) < 0, "no device nodes here");
	MUST(stat("zero", &st));
	CHECK_EQ(st.st_rdev, makedev(1, 5));
	fd = open("zero", O_RDONLY);
	SKIP_IF(fd < 0 && errno == EACCES, "mounted nodev");
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_EQ(c, 0);
	MUST(mknod("nobody", S_IFCHR | 0666, makedev(200, 77)));
	CHECK_ERR(open("nobody", O_RDONLY), ENXIO);
}

TEST(null, "/dev/null swallows and gives nothing")
{
	int fd = (int)MUST(open("/dev/null", O_RDWR));
	char c;

	CHECK_EQ(read(fd, &c, 1), 0);
	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_EQ(pwrite(fd, "hello", 5, 1000), 5);
	CHECK_OK(lseek(fd, 10, SEEK_SET));
	CHECK_EQ(write(fd, wild(8), 5), 5);
	CHECK_OK(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600));
}

TEST(zero, "/dev/zero gives zeros without end")
{
	static char block[100000];
	int fd = (int)MUST(open("/dev/zero", O_RDWR)), sum = 0;

	memset(block, 1, sizeof(block));
	CHECK_EQ(read(fd, block, sizeof(block)), sizeof(block));
	for (size_t i = 0; i < sizeof(block); i++)
		sum += block[i];
	CHECK_EQ(sum, 0);
	CHECK_EQ(write(fd, block, 100), 100);
	CHECK_ERR(read(fd, wild(8), 10), EFAULT);
}

TEST(full, "/dev/full reads as zero and is always full")
{
	int fd = (int)MUST(open("/dev/full", O_RDWR));
	char text[4] = "abc";

	CHECK_EQ(read(fd, text, 3), 3);
	CHECK_EQ(text[0], 0);
	CHECK_ERR(write(fd, "x", 1), ENOSPC);
	CHECK_ERR(write(fd, "", 0), ENOSPC);
}

TEST(seek, "what has no position refuses lseek; an unknown whence is EINVAL everywhere")
{
	int fd = (int)MUST(open("/dev/null", O_RDWR)), ends[2];
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	MUST(pipe(ends));
	CHECK_OK(lseek(fd, 5, SEEK_SET));
	CHECK_ERR(lseek(fd, 0, 5), EINVAL);
	CHECK_ERR(lseek(fd, 0, -1), EINVAL);
	CHECK_ERR(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
	CHECK_ERR(lseek(ends[0], 0, 5), EINVAL);
	SKIP_IF(master < 0, "no /dev/ptmx");
	CHECK_ERR(lseek(master, 0, SEEK_CUR), ESPIPE);
	CHECK_ERR(lseek(master, 0, 5), EINVAL);
}

static int ones(const unsigned char *bytes, size_t count)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += __builtin_popcount(bytes[i]);
	return sum;
}

TEST(random, "/dev/random and urandom give bytes that look random and differ")
{
	static unsigned char a[4096], b[4096];
	int random = (int)MUST(open("/dev/random", O_RDONLY)),
	    urandom = (int)MUST(open("/dev/urandom", O_RDWR));

	CHECK_EQ(read(urandom, a, sizeof(a)), sizeof(a));
	CHECK_EQ(read(urandom, b, sizeof(b)), sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	CHECK_GE(ones(a, sizeof(a)), 15500);
	CHECK_LE(ones(a, sizeof(a)), 17300);
	CHECK_GE(read(random, a, 32), 1);
	CHECK(memcmp(a, b, 32) != 0);
	CHECK_EQ(write(urandom, a, 10), 10);
}

TEST(getrandom_call, "getrandom fills its buffer; flags and pointers are checked")
{
	static unsigned char a[1000], b[1000];

	CHECK_EQ(syscall(SYS_getrandom, a, sizeof(a), 0), sizeof(a));
	CHECK_EQ(syscall(SYS_getrandom, b, sizeof(b), 1), sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	CHECK_EQ(syscall(SYS_getrandom, a, 0, 0), 0);
	CHECK_ERR(syscall(SYS_getrandom, a, 10, 0x100), EINVAL);
	CHECK_ERR(syscall(SYS_getrandom, wild(8), 10, 0), EFAULT);
	CHECK_EXITED(IN_CHILD(unsigned char c[16]; syscall(SYS_getrandom, c, 16, 0);
			      CHECK(memcmp(c, a, 16) != 0)),
		     0);
}

TEST(endless_write, "a signal ends a long write to /dev/urandom")
{
	CHECK(tap_write_until_signal((int)MUST(open("/dev/urandom", O_WRONLY))) < 1 << 30);
}
