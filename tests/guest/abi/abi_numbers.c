// SPDX-License-Identifier: MIT
/* abi_numbers.c -- system call numbers that are not in use, and the entry itself. */
#include "tap.h"
#include "tap_thread.h"

TEST(absurd, "absurd numbers give ENOSYS")
{
	static const long numbers[] = {-1,	   -2,	       -100,	  -4095,      1000,
				       1023,	   1024,       4095,	  4096,	      65535,
				       65536,	   1000000,    1 << 24,	  0x3fffffff, 0x7ffffffe,
				       0x7fffffff, 0x80000001, 0xfffffffe};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long got = tap_raw(numbers[i], 1, 2, 3, 4, 5, 6);

		if (got != -ENOSYS)
			FAIL("call %ld gave %ld", numbers[i], got);
	}
}

TEST(beyond, "all numbers from 600 to 2047 give ENOSYS, with any arguments")
{
	for (long number = 600; number < 2048; number++) {
		long got = tap_raw(number, -1, (long)0xffff800000000000, 8, number, 0, -4096);

		if (got != -ENOSYS) {
			FAIL("call %ld gave %ld", number, got);
			break;
		}
	}
}

TEST(retired, "calls that Linux took out again give ENOSYS")
{
	static const int numbers[] = {174, 177, 178, 180, 181, 182, 183, 184, 185, 214, 215, 236};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		long got = tap_raw(numbers[i], 0, 0, 0, 0, 0, 0);

		if (got != -ENOSYS)
			FAIL("call %d gave %ld", numbers[i], got);
	}
}

TEST(high_half, "the upper half of the number register does not count")
{
	CHECK_EQ(tap_raw(0x100000000L | SYS_getpid, 0, 0, 0, 0, 0, 0), getpid());
	CHECK_EQ(tap_raw((long)0xffffffff00000000 | SYS_getpid, 0, 0, 0, 0, 0, 0), getpid());
	CHECK_EQ(tap_raw((long)0xdeadbeef00000000 | 5000, 0, 0, 0, 0, 0, 0), -ENOSYS);
}

TEST(x32, "numbers with bit 30 set belong to another ABI")
{
	SKIP_IF(!tap_on_creance(), "Linux may have x32");
	CHECK_EQ(tap_raw(0x40000000 | SYS_getpid, 0, 0, 0, 0, 0, 0), -ENOSYS);
}

TEST(extra_arguments, "arguments a call does not take are ignored")
{
	CHECK_EQ(tap_raw(SYS_getpid, -1, -1, -1, -1, -1, -1), getpid());
	CHECK_EQ(tap_raw(SYS_getuid, (long)0xffff800000000000, 8, 8, 8, 8, 8), getuid());
}

TEST(narrow_arguments, "int arguments use the lower half of their register")
{
	int fd = tap_file("f", "abc");
	char c = 0;

	CHECK_EQ(tap_raw(SYS_lseek, (long)0x1234567800000000 | fd, 0, SEEK_SET, 0, 0, 0), 0);
	CHECK_EQ(tap_raw(SYS_read, (long)0xabcdef0100000000 | fd, (long)&c, 1, 0, 0, 0), 1);
	CHECK_EQ(c, 'a');
	CHECK_EQ(tap_raw(SYS_lseek, fd, 0, (long)0x500000000 | SEEK_END, 0, 0, 0), 3);
}

TEST(process_lives, "after all that the process is unharmed")
{
	for (int i = 0; i < 1000; i++)
		tap_raw(5000 + i, i, i, i, i, i, i);
	CHECK_EXITED(IN_CHILD(_exit(3)), 3);
	CHECK_EQ(tap_raw(SYS_getppid, 0, 0, 0, 0, 0, 0), getppid());
}
