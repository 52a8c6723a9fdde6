// SPDX-License-Identifier: MIT
/* time_clock.c -- clocks: that they run, agree, and never go back. */
#include "tap.h"
#include <sys/time.h>
#include <sys/times.h>

static const clockid_t clocks[] = {CLOCK_REALTIME,	     CLOCK_MONOTONIC,
				   CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
				   CLOCK_MONOTONIC_RAW,	     CLOCK_REALTIME_COARSE,
				   CLOCK_MONOTONIC_COARSE,   CLOCK_BOOTTIME};
enum { CLOCKS = sizeof(clocks) / sizeof(clocks[0]) };

TEST(all, "every clock can be read, with nanoseconds in range, and has a resolution")
{
	for (int i = 0; i < CLOCKS; i++) {
		struct timespec now = {-1, -1}, res = {-1, -1};

		CHECK_OK(syscall(SYS_clock_gettime, clocks[i], &now));
		if (now.tv_sec < 0 || now.tv_nsec < 0 || now.tv_nsec > 999999999)
			FAIL("clock %d reads %ld.%09ld", clocks[i], now.tv_sec, now.tv_nsec);
		CHECK_OK(syscall(SYS_clock_getres, clocks[i], &res));
		if (res.tv_sec != 0 || res.tv_nsec < 1 || res.tv_nsec > 100000000)
			FAIL("clock %d has resolution %ld.%09ld", clocks[i], res.tv_sec,
			     res.tv_nsec);
		CHECK_OK(syscall(SYS_clock_getres, clocks[i], NULL));
	}
}

TEST(errors,
     "EINVAL for unknown clocks, EFAULT for wild pointers, EPERM and EINVAL of clock_settime")
{
	struct timespec now = {1, 0}, bad = {1, 1000000000};

	CHECK_ERR(syscall(SYS_clock_gettime, 99, &now), EINVAL);
	CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, wild(0xffff800000000000)), EFAULT);
	CHECK_ERR(syscall(SYS_clock_getres, 99, &now), EINVAL);
	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &now), EINVAL);
	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, &bad), EINVAL);
	CHECK_ERR(syscall(SYS_gettimeofday, wild(8), NULL), EFAULT);
	CHECK_ERR(syscall(SYS_time, wild(8)), EFAULT);
	CHECK_EXITED(IN_CHILD(tap_become(1000); syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
			      CHECK_ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, &now), EPERM)),
		     0);
}

TEST(monotonic, "monotonic clocks never go back in 20000 readings, and do advance")
{
	static const clockid_t steady[] = {CLOCK_MONOTONIC,	     CLOCK_MONOTONIC_RAW,
					   CLOCK_MONOTONIC_COARSE,   CLOCK_BOOTTIME,
					   CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};

	for (int i = 0; i < 6; i++) {
		long long last = tap_now_ns(steady[i]), first = last, back = 0;

		for (int j = 0; j < 20000; j++) {
			long long now = tap_now_ns(steady[i]);

			if (now < last)
				back = last - now;
			last = now;
		}
		if (back)
			FAIL("clock %d went back by %lld ns", steady[i], back);
		for (long j = 0; tap_now_ns(steady[i]) == first; j++)
			if (j > 100000000) {
				FAIL("clock %d stands still", steady[i]);
				break;
			}
	}
}

TEST(fork_monotonic, "the monotonic clock does not go back from process to process")
{
	int ends[2];
	long long mine = 0;

	MUST(pipe(ends));
	for (int i = 0; i < 100; i++) {
		long long before = tap_now_ns(CLOCK_MONOTONIC), after;

		CHECK_EXITED(IN_CHILD(mine = tap_now_ns(CLOCK_MONOTONIC);
				      (void)!write(ends[1], &mine, sizeof(mine))),
			     0);
		MUST(read(ends[0], &mine, sizeof(mine)));
		after = tap_now_ns(CLOCK_MONOTONIC);
		CHECK(before <= mine && mine <= after);
	}
}

TEST(agree, "time, gettimeofday and CLOCK_REALTIME agree; so do the coarse clocks")
{
	long long before, after, coarse;
	struct timeval tv;
	time_t t, stored = 0;

	before = tap_now_ns(CLOCK_REALTIME);
	MUST(syscall(SYS_gettimeofday, &tv, NULL));
	after = tap_now_ns(CLOCK_REALTIME);
	CHECK_GE(tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL, before - 1000);
	CHECK_LE(tv.tv_sec * 1000000000LL + tv.tv_usec * 1000LL, after);
	CHECK_LE(tv.tv_usec, 999999);
	before = tap_now_ns(CLOCK_REALTIME);
	t = (time_t)syscall(SYS_time, &stored);
	after = tap_now_ns(CLOCK_REALTIME);
	CHECK_EQ(t, stored);
	CHECK_GE(t, before / 1000000000 - 1);
	CHECK_LE(t, after / 1000000000);
	coarse = tap_now_ns(CLOCK_MONOTONIC_COARSE);
	CHECK_LE(coarse, tap_now_ns(CLOCK_MONOTONIC));
	CHECK_GE(tap_now_ns(CLOCK_REALTIME), 1500000000LL * 1000000000);
}

TEST(sleep_moves_both, "a sleep moves real and monotonic time alike, and no used time")
{
	long long mono = tap_now_ns(CLOCK_MONOTONIC), real = tap_now_ns(CLOCK_REALTIME);
	long long cpu = tap_now_ns(CLOCK_PROCESS_CPUTIME_ID);

	tap_sleep_ms(100);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - mono, 100000000);
	CHECK_GE(tap_now_ns(CLOCK_REALTIME) - real, 99000000);
	CHECK_LE(tap_now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu, 90000000);
}

TEST(cpu_clock, "used time follows work, of this process and not of others")
{
	long long mine = tap_now_ns(CLOCK_PROCESS_CPUTIME_ID), start;
	pid_t pid = SPAWN(for (;;) __asm__ volatile(""));

	tap_sleep_ms(60);
	CHECK_LE(tap_now_ns(CLOCK_PROCESS_CPUTIME_ID) - mine, 50000000);
	kill(pid, SIGKILL);
	tap_wait(pid);
	start = tap_now_ns(CLOCK_MONOTONIC);
	mine = tap_now_ns(CLOCK_PROCESS_CPUTIME_ID);
	while (tap_now_ns(CLOCK_PROCESS_CPUTIME_ID) - mine < 30000000)
		;
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 29000000);
}

TEST(of_others, "the CPU clock of another process can be read by its clock id")
{
	clockid_t id = 0;
	struct timespec used;
	pid_t pid = SPAWN(for (;;) __asm__ volatile(""));

	id = (clockid_t)((~(unsigned)pid << 3) | 2);
	if (syscall(SYS_clock_gettime, id, &used) < 0) {
		kill(pid, SIGKILL);
		CHECK_EQ(errno, EINVAL);
		SKIP("no CPU clocks of other processes");
	}
	WAIT_UNTIL(tap_now_ns(id) > 1000000);
	kill(pid, SIGKILL);
	tap_wait(pid);
}

TEST(times_ticks, "times counts ticks of 1/100 s since boot")
{
	struct tms spent;
	long a = (long)times(&spent), b;
	long long start = tap_now_ns(CLOCK_MONOTONIC);

	tap_sleep_ms(60);
	b = (long)times(&spent);
	CHECK_GE(b - a, 5);
	CHECK_LE(b - a, (tap_now_ns(CLOCK_MONOTONIC) - start) / 10000000 + 2);
}
