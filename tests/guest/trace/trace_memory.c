// SPDX-License-Identifier: MIT
/*
 * Calls whose arguments a trace copies, with memory that it must leave alone. The results are those
 * of any kernel; tests/system/trace_calls.t runs this under `creance trace` as well.
 */
#include <sys/uio.h>

#include "tap.h"

enum { PAGE = 4096 };

static char *pages(int nr)
{
	void *at = mmap(NULL, (size_t)nr * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(at == MAP_FAILED ? -1 : 0);
	return at;
}

static int resident(const char *at)
{
	unsigned char there = 0;

	CHECK_OK(mincore((void *)at, PAGE, &there));
	return there & 1;
}

TEST(untouched, "memory that a failing call does not touch stays as it was")
{
	char *at = pages(4);

	CHECK_ERR(write(-1, at, 2 * PAGE), EBADF);
	CHECK_ERR(read(-1, at, 2 * PAGE), EBADF);
	CHECK_ERR(syscall(SYS_writev, -1, at, 3), EBADF);
	CHECK_EQ(resident(at), 0);
	CHECK_EQ(resident(at + PAGE), 0);
}

TEST(half, "strings and structures that are half there")
{
	char *at = pages(3), *end = at + PAGE;
	struct iovec *vector = (struct iovec *)(end - sizeof(*vector));
	int fds[2];

	CHECK_OK(munmap(end, PAGE));
	memset(at, '/', PAGE);
	CHECK_ERR(syscall(SYS_chdir, end - 8), EFAULT);
	CHECK_ERR(syscall(SYS_nanosleep, end - 8, NULL), EFAULT);
	MUST(pipe(fds));
	vector->iov_base = at;
	vector->iov_len = 1;
	CHECK_ERR(syscall(SYS_writev, fds[1], vector, 2), EFAULT);
	CHECK_OK(mprotect(at, PAGE, PROT_NONE));
	CHECK_ERR(syscall(SYS_chdir, at), EFAULT);
	CHECK_ERR(syscall(SYS_write, fds[1], at, 5), EFAULT);
}

TEST(file, "a file's pages that nobody has read yet")
{
	char text[PAGE + 8] = "/dev";
	int fd = open("file", O_RDWR | O_CREAT, 0600);
	char *at;

	MUST(fd);
	CHECK_EQ(write(fd, text, sizeof(text)), (ssize_t)sizeof(text));
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	MUST(at == MAP_FAILED ? -1 : 0);
	CHECK_OK(syscall(SYS_access, at, F_OK));
	CHECK_ERR(syscall(SYS_access, at + PAGE, F_OK), ENOENT); /* an empty name */
	CHECK_OK(ftruncate(fd, 0));
	CHECK_ERR(syscall(SYS_access, at, F_OK), EFAULT); /* beyond the end */
	close(fd);
}
