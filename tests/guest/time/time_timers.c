// SPDX-License-Identifier: MIT
/* time_timers.c -- timers of programs: many at once, and deleted while they expire. */
#include "tap.h"
#include "tap_thread.h"

#define NR_TIMERS 60
#define RACE_NS 500000000LL

static volatile int taken[NR_TIMERS];

static void count(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	taken[info->si_value.sival_int]++;
}

static timer_t make_timer(clockid_t clock, int signal, int value)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
				 .sigev_signo = signal,
				 .sigev_value.sival_int = value};
	timer_t timer = NULL;

	MUST(timer_create(clock, &event, &timer));
	return timer;
}

static void set_timer(timer_t timer, long ns, long interval_ns)
{
	struct itimerspec when = {.it_value.tv_nsec = ns, .it_interval.tv_nsec = interval_ns};

	MUST(timer_settime(timer, 0, &when, NULL));
}

static bool all_taken(void)
{
	for (int i = 0; i < NR_TIMERS; i++)
		if (!taken[i])
			return false;
	return true;
}

static void expire_all(clockid_t clock)
{
	struct sigaction action = {.sa_sigaction = count, .sa_flags = SA_SIGINFO | SA_RESTART};

	MUST(sigaction(SIGRTMIN, &action, NULL));
	for (int i = 0; i < NR_TIMERS; i++)
		set_timer(make_timer(clock, SIGRTMIN, i), 1000000, 10000000);
	while (!all_taken())
		; /* it is CPU time that passes; the watchdog ends what never comes */
	CHECK(all_taken());
}

TEST(many_cpu, "each of many timers on the CPU clock expires")
{
	expire_all(CLOCK_PROCESS_CPUTIME_ID);
}

TEST(many_real, "each of many timers on the clock of real time expires")
{
	expire_all(CLOCK_MONOTONIC);
}

static int churn(void *data)
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	long timers[8], which = (long)data;
	struct itimerspec when = {.it_value.tv_nsec = 20000, .it_interval.tv_nsec = 30000};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};

	while (tap_now_ns(CLOCK_MONOTONIC) < end) {
		for (int i = 0; i < 8; i++) {
			int id = -1;

			tap_raw(SYS_timer_create,
				(i + which) % 4 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID,
				(long)&event, (long)&id, 0, 0, 0);
			timers[i] = id;
			tap_raw(SYS_timer_settime, id, 0, (long)&when, 0, 0, 0);
		}
		for (int i = 0; i < 8; i++)
			tap_raw(SYS_timer_delete, timers[i], 0, 0, 0, 0, 0);
	}
	return 0;
}

TEST(deleted, "timers are deleted while they expire and their signals are taken and dropped")
{
	long long end = tap_now_ns(CLOCK_MONOTONIC) + RACE_NS;
	struct sigaction action = {.sa_sigaction = count, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct tap_thread threads[3];

	MUST(sigaction(SIGRTMIN, &action, NULL));
	for (long i = 0; i < 3; i++)
		MUST(tap_thread_start(&threads[i], churn, (void *)i));
	while (tap_now_ns(CLOCK_MONOTONIC) < end) {
		signal(SIGRTMIN, SIG_IGN);
		MUST(sigaction(SIGRTMIN, &action, NULL));
	}
	for (int i = 0; i < 3; i++)
		tap_thread_join(&threads[i]);
}

#define ORDERED 20

TEST(cpu_order, "timers on a CPU clock expire in the order of their times")
{
	long long base = tap_now_ns(CLOCK_PROCESS_CPUTIME_ID);
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < ORDERED; i++) {
		long long at = base + 60000000 - i * 1000000LL;
		struct itimerspec when = {.it_value = {at / 1000000000, at % 1000000000}};

		CHECK_OK(timer_settime(make_timer(CLOCK_PROCESS_CPUTIME_ID, SIGRTMIN, i),
				       TIMER_ABSTIME, &when, NULL));
	}
	for (int i = ORDERED - 1; i >= 0; i--) {
		while (sigtimedwait(&set, &info, &(struct timespec){0}) < 0)
			;
		CHECK_EQ(info.si_value.sival_int, i);
	}
}
