// SPDX-License-Identifier: MIT
/* time_sleep.c -- nanosleep and clock_nanosleep. */
#include "tap.h"

static long sleep_on(clockid_t clock, int flags, long long ns, struct timespec *left)
{
	struct timespec want = {ns / 1000000000, ns % 1000000000};

	return syscall(SYS_clock_nanosleep, clock, flags, &want, left);
}

TEST(not_early, "no sleep ends early, from one nanosecond to 50 milliseconds")
{
	static const long lengths[] = {0, 1, 1000, 50000, 1000000, 7300000, 50000000};

	for (int i = 0; i < 7; i++) {
		struct timespec want = {0, lengths[i]};
		long long start = tap_now_ns(CLOCK_MONOTONIC);

		CHECK_EQ(syscall(SYS_nanosleep, &want, NULL), 0);
		CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, lengths[i]);
	}
}

TEST(many_short, "two hundred short sleeps in a row, none early")
{
	for (int i = 0; i < 200; i++) {
		struct timespec want = {0, 100000};
		long long start = tap_now_ns(CLOCK_MONOTONIC);

		MUST(syscall(SYS_nanosleep, &want, NULL));
		if (!CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 100000))
			break;
	}
}

TEST(relative, "clock_nanosleep relative, on the real and the monotonic clock")
{
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};

	for (int i = 0; i < 3; i++) {
		long long start = tap_now_ns(clocks[i]);

		CHECK_EQ(sleep_on(clocks[i], 0, 20000000, NULL), 0);
		CHECK_GE(tap_now_ns(clocks[i]) - start, 20000000);
	}
}

TEST(absolute, "clock_nanosleep absolute ends at or after its time; past times return at once")
{
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};

	for (int i = 0; i < 2; i++) {
		long long end = tap_now_ns(clocks[i]) + 20000000;

		CHECK_EQ(sleep_on(clocks[i], TIMER_ABSTIME, end, NULL), 0);
		CHECK_GE(tap_now_ns(clocks[i]), end);
		CHECK_EQ(sleep_on(clocks[i], TIMER_ABSTIME, 1, NULL), 0);
	}
}

TEST(errors, "EINVAL and EFAULT of the sleeping calls")
{
	struct timespec nsec = {0, 1000000000}, negative = {-1, 0}, nsec2 = {0, -1};

	CHECK_ERR(syscall(SYS_nanosleep, &nsec, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_nanosleep, &negative, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_nanosleep, &nsec2, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_nanosleep, wild(8), NULL), EFAULT);
	CHECK_ERR(sleep_on(99, 0, 1, NULL), EINVAL);
	CHECK_ERR(sleep_on(CLOCK_THREAD_CPUTIME_ID, 0, 1, NULL), EOPNOTSUPP);
	CHECK_ERR(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &nsec, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, wild(8), NULL), EFAULT);
}

static volatile int count;

static void on_signal(int sig)
{
	(void)sig;
	count++;
}

TEST(interrupted,
     "an interrupted relative sleep tells what is left, an absolute one does not touch it")
{
	struct timespec left = {7, 7};
	pid_t self = getpid(), pid;

	signal(SIGUSR1, on_signal);
	pid = SPAWN(for (int i = 0; i < 2; i++) {
		tap_wait_asleep(self);
		tap_sleep_ms(10);
		kill(self, SIGUSR1);
		tap_sleep_ms(20);
	});
	CHECK_ERR(sleep_on(CLOCK_MONOTONIC, 0, 100000000000, &left), EINTR);
	CHECK_GE(left.tv_sec, 30);
	CHECK_LE(left.tv_sec, 99);
	left = (struct timespec){7, 7};
	CHECK_ERR(sleep_on(CLOCK_MONOTONIC, TIMER_ABSTIME,
			   tap_now_ns(CLOCK_MONOTONIC) + 100000000000, &left),
		  EINTR);
	CHECK_EQ(left.tv_sec, 7);
	CHECK_EQ(count, 2);
	tap_wait(pid);
}

TEST(resumed, "repeating the rest of an interrupted sleep sleeps the whole time")
{
	struct timespec left = {0, 60000000};
	long long start = tap_now_ns(CLOCK_MONOTONIC);
	pid_t self = getpid(), pid;

	signal(SIGUSR1, on_signal);
	pid = SPAWN(for (int i = 0; i < 5; i++) {
		tap_sleep_ms(5);
		kill(self, SIGUSR1);
	});
	while (syscall(SYS_nanosleep, &left, &left) < 0)
		if (!CHECK_EQ(errno, EINTR))
			break;
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 60000000);
	tap_wait(pid);
}

TEST(crowd, "fifty sleepers with different times wake in the right order or later")
{
	int ends[2], last = -1, got;
	pid_t pids[50];
	struct {
		int index;
		long long due, woke;
	} report;

	MUST(pipe(ends));
	long long base = tap_now_ns(CLOCK_MONOTONIC) + 30000000;

	for (int i = 0; i < 50; i++)
		pids[i] = SPAWN(report.index = i; report.due = base + ((i * 17) % 50) * 2000000LL;
				sleep_on(CLOCK_MONOTONIC, TIMER_ABSTIME, report.due, NULL);
				report.woke = tap_now_ns(CLOCK_MONOTONIC);
				(void)!write(ends[1], &report, sizeof(report)));
	for (got = 0; got < 50; got++) {
		MUST(read(ends[0], &report, sizeof(report)));
		CHECK_GE(report.woke, report.due);
		last = report.index;
	}
	CHECK_GE(last, 0);
	for (int i = 0; i < 50; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
}
