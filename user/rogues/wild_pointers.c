// SPDX-License-Identifier: MIT
// EXPECT: exit 0
/*
 * Gives kernel addresses, unmapped, read-only and non-canonical ones to the calls that read or
 * write user memory. Each must fail (EFAULT or another errno) and leave the process alive.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refused(long result)
{
	return result == -1 && errno != 0;
}

static int writes_to(long p, int file, int reader)
{
	return refused(syscall(SYS_read, file, p, 100)) &&
	       refused(syscall(SYS_pread64, file, p, 100, 0)) &&
	       refused(syscall(SYS_getcwd, p, 100)) && refused(syscall(SYS_stat, "/", p)) &&
	       refused(syscall(SYS_fstat, file, p)) && refused(syscall(SYS_uname, p)) &&
	       refused(syscall(SYS_pipe2, p, 0)) && refused(syscall(SYS_clock_gettime, 1, p)) &&
	       refused(syscall(SYS_getrlimit, 0, p)) && refused(syscall(SYS_sysinfo, p)) &&
	       refused(syscall(SYS_read, reader, p, 10));
}

static int reads_from(long p, int writer)
{
	return refused(syscall(SYS_write, writer, p, 100)) && refused(syscall(SYS_open, p, 0, 0)) &&
	       refused(syscall(SYS_execve, p, p, p)) &&
	       refused(syscall(SYS_writev, writer, p, 2)) &&
	       refused(syscall(SYS_nanosleep, p, p)) &&
	       refused(syscall(SYS_rt_sigaction, 10, p, 0, 8)) &&
	       refused(syscall(SYS_rename, p, p)) && refused(syscall(SYS_select, 3, p, p, p, p)) &&
	       refused(syscall(SYS_poll, p, 4, 0));
}

int main(void)
{
	static const long nowhere[] = {8,
				       0x1000,
				       0x7ffffffff000 - 1,
				       0x800000000000 - 8,
				       (long)0x8000000000000000,
				       (long)0xffff800000000000,
				       (long)0xffffffff80000000,
				       (long)0xffffffff80100000,
				       -4096,
				       -1};
	void *readonly = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file = open("/proc/self/exe", O_RDONLY), ends[2];

	if (pipe(ends) < 0 || file < 0 || write(ends[1], "0123456789", 10) != 10)
		return 1;
	for (unsigned i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		if (!writes_to(nowhere[i], file, ends[0]))
			return 2;
		if (!reads_from(nowhere[i], ends[1]))
			return 3;
	}
	return writes_to((long)readonly, file, ends[0]) ? 0 : 4;
}
