// SPDX-License-Identifier: MIT
/* sig_timers.c -- alarm, setitimer and POSIX timers. */
#include "tap.h"
#include "tap_thread.h"
#include <sys/time.h>

static volatile int count, last_sig, last_code, last_value, last_tid, last_overrun;

static void on_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	count++;
	last_sig = sig;
	last_code = info->si_code;
	last_value = info->si_value.sival_int;
	last_overrun = info->si_overrun;
	last_tid = (int)tap_raw(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

static void handle(int sig)
{
	struct sigaction action = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO | SA_RESTART};

	MUST(sigaction(sig, &action, NULL));
}

static void burn_until(int want)
{
	while (count < want)
		__asm__ volatile("");
}

TEST(alarm_calls, "alarm tells the seconds left, rounded, and 0 cancels it")
{
	CHECK_EQ(alarm(100), 0);
	long left = alarm(200);

	CHECK_GE(left, 60);
	CHECK_LE(left, 100);
	left = alarm(0);
	CHECK_GE(left, 150);
	CHECK_LE(left, 200);
	CHECK_EQ(alarm(0), 0);
}

TEST(alarm_fires, "alarm sends SIGALRM, not before its time")
{
	long long start = tap_now_ns(CLOCK_MONOTONIC);

	handle(SIGALRM);
	alarm(1);
	pause();
	CHECK_EQ(count, 1);
	CHECK_EQ(last_sig, SIGALRM);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 990000000);
}

TEST(itimer_real, "ITIMER_REAL repeats, shows what is left, and shares its timer with alarm")
{
	struct itimerval timer = {{0, 2000}, {0, 5000}}, now;
	long long start = tap_now_ns(CLOCK_MONOTONIC);

	handle(SIGALRM);
	MUST(setitimer(ITIMER_REAL, &timer, NULL));
	MUST(getitimer(ITIMER_REAL, &now));
	CHECK_EQ(now.it_interval.tv_usec, 2000);
	CHECK_LE(now.it_value.tv_usec, 5000);
	CHECK_EQ(now.it_value.tv_sec, 0);
	WAIT_UNTIL(count >= 5);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 12000000);
	alarm(50);
	MUST(getitimer(ITIMER_REAL, &now));
	CHECK_EQ(now.it_interval.tv_usec, 0);
	CHECK_GE(now.it_value.tv_sec, 20);
	timer = (struct itimerval){{0, 0}, {0, 0}};
	MUST(setitimer(ITIMER_REAL, &timer, &now));
	CHECK_GE(now.it_value.tv_sec, 20);
	CHECK_EQ(alarm(0), 0);
}

/* What is left of ITIMER_REAL, in seconds, rounded up. */
static long real_left(void)
{
	struct itimerval now;

	MUST(getitimer(ITIMER_REAL, &now));
	return now.it_value.tv_sec + (now.it_value.tv_usec > 0);
}

TEST(itimer_waits, "ITIMER_REAL goes on when its signal is taken, and not while that is ignored")
{
	struct itimerval timer = {{1000, 0}, {0, 1000}}, off = {{3, 0}, {0, 0}};
	sigset_t alarms, pending;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	MUST(sigprocmask(SIG_BLOCK, &alarms, NULL));
	MUST(setitimer(ITIMER_REAL, &timer, NULL));
	WAIT_UNTIL(!sigpending(&pending) && sigismember(&pending, SIGALRM));
	CHECK_EQ(real_left(), 0);
	CHECK_EQ(sigtimedwait(&alarms, NULL, &(struct timespec){0}), SIGALRM);
	CHECK_GE(real_left(), 900);

	signal(SIGALRM, SIG_IGN);
	MUST(sigprocmask(SIG_UNBLOCK, &alarms, NULL));
	MUST(setitimer(ITIMER_REAL, &timer, NULL));
	WAIT_UNTIL(real_left() == 0);
	handle(SIGALRM);
	CHECK_EQ(real_left(), 0);
	MUST(kill(getpid(), SIGALRM)); /* not the timer's, but it is taken */
	CHECK_EQ(count, 1);
	CHECK_GE(real_left(), 900);

	MUST(setitimer(ITIMER_REAL, &off, NULL));
	MUST(getitimer(ITIMER_REAL, &timer));
	CHECK_EQ(timer.it_interval.tv_sec, 0);
}

TEST(itimer_virtual, "ITIMER_VIRTUAL and ITIMER_PROF count used time only")
{
	struct itimerval timer = {{0, 0}, {0, 30000}}, now;

	handle(SIGVTALRM);
	handle(SIGPROF);
	MUST(setitimer(ITIMER_VIRTUAL, &timer, NULL));
	tap_sleep_ms(60);
	CHECK_EQ(count, 0);
	burn_until(1);
	CHECK_EQ(last_sig, SIGVTALRM);
	MUST(setitimer(ITIMER_PROF, &timer, NULL));
	burn_until(2);
	CHECK_EQ(last_sig, SIGPROF);
	MUST(getitimer(ITIMER_PROF, &now));
	CHECK_EQ(now.it_value.tv_sec + now.it_value.tv_usec, 0);
}

TEST(itimer_errors, "EINVAL and EFAULT of the interval timers")
{
	struct itimerval bad = {{0, 0}, {0, 1000000}}, negative = {{0, 0}, {-1, 0}};

	CHECK_ERR(syscall(SYS_setitimer, 3, &bad, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_setitimer, ITIMER_REAL, &bad, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_setitimer, ITIMER_REAL, &negative, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_setitimer, ITIMER_REAL, wild(8), NULL), EFAULT);
	CHECK_ERR(syscall(SYS_getitimer, ITIMER_REAL, wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_getitimer, 9, &bad), EINVAL);
}

static int create(clockid_t clock, struct sigevent *event, int *id)
{
	return (int)syscall(SYS_timer_create, clock, event, id);
}

static int settime(int id, int flags, long ns, long interval_ns)
{
	struct itimerspec spec = {{interval_ns / 1000000000, interval_ns % 1000000000},
				  {ns / 1000000000, ns % 1000000000}};

	return (int)syscall(SYS_timer_settime, id, flags, &spec, NULL);
}

TEST(timer_default, "timer_create without event sends SIGALRM with the timer's id")
{
	int id = -1;

	SKIP_IF(create(CLOCK_MONOTONIC, NULL, &id) < 0 && errno == ENOSYS, "no POSIX timers");
	handle(SIGALRM);
	MUST(settime(id, 0, 1000000, 0));
	WAIT_UNTIL(count == 1);
	CHECK_EQ(last_code, SI_TIMER);
	CHECK_EQ(last_value, id);
	CHECK_OK(syscall(SYS_timer_delete, id));
	CHECK_ERR(syscall(SYS_timer_delete, id), EINVAL);
}

TEST(timer_signal, "SIGEV_SIGNAL sends the signal and value asked for, repeatedly, on each clock")
{
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};

	handle(SIGRTMIN + 2);
	for (int i = 0; i < 2; i++) {
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2};
		struct itimerspec now;
		int id, before = count;

		event.sigev_value.sival_int = 77 + i;
		MUST(create(clocks[i], &event, &id));
		MUST(settime(id, 0, 2000000, 1000000));
		WAIT_UNTIL(count >= before + 3);
		CHECK_EQ(last_value, 77 + i);
		CHECK_EQ(last_code, SI_TIMER);
		MUST(syscall(SYS_timer_gettime, id, &now));
		CHECK_EQ(now.it_interval.tv_nsec, 1000000);
		CHECK_LE(now.it_value.tv_nsec, 2000000);
		MUST(syscall(SYS_timer_delete, id));
	}
}

TEST(timer_absolute, "TIMER_ABSTIME fires at the time given, at once when it is past")
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	long long start = tap_now_ns(CLOCK_MONOTONIC);
	int id;

	handle(SIGUSR1);
	MUST(create(CLOCK_MONOTONIC, &event, &id));
	MUST(settime(id, TIMER_ABSTIME, start + 20000000, 0));
	WAIT_UNTIL(count == 1);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC), start + 20000000);
	MUST(settime(id, TIMER_ABSTIME, 1, 0));
	WAIT_UNTIL(count == 2);
}

TEST(timer_thread, "SIGEV_THREAD_ID signals the thread it names")
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
	int id;

	handle(SIGUSR1);
	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	MUST(create(CLOCK_MONOTONIC, &event, &id));
	MUST(settime(id, 0, 1000000, 0));
	WAIT_UNTIL(count == 1);
	CHECK_EQ(last_tid, syscall(SYS_gettid));
	event.sigev_notify_thread_id = 999999;
	CHECK_ERR(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
}

TEST(timer_stop_after_cont,
     "SIGCONT discards no stop signal that a timer sends to a thread after it")
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGTSTP};
	sigset_t set, pending;
	int id;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	event.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	MUST(create(CLOCK_MONOTONIC, &event, &id));
	MUST(kill(getpid(), SIGCONT));
	MUST(settime(id, 0, 1000000, 0));
	tap_sleep_ms(20);
	sigpending(&pending);
	CHECK_EQ(sigismember(&pending, SIGTSTP), 1);
}

static timer_t start_timer(int clock, int signal, long first_ns, long interval_ns)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
	struct itimerspec times = {{0, interval_ns}, {0, first_ns}};
	timer_t timer;

	MUST(timer_create(clock, &event, &timer));
	MUST(timer_settime(timer, 0, &times, NULL));
	return timer;
}

static bool is_pending(int signal)
{
	sigset_t set;

	MUST(sigpending(&set));
	return sigismember(&set, signal);
}

TEST(timer_continues, "SIGCONT of a timer ends a stop")
{
	bool seen = false;

	/* On a busy machine the stop may be over before it is seen: then with a later SIGCONT. */
	for (long ns = 20000000; !seen && ns < 1000000000; ns *= 2) {
		int status;
		pid_t pid = SPAWN(handle(SIGCONT); start_timer(CLOCK_MONOTONIC, SIGCONT, ns, ns);
				  raise(SIGSTOP));

		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		seen = WIFSTOPPED(status);
		if (seen) {
			CHECK_EQ(WSTOPSIG(status), SIGSTOP);
			status = tap_wait(pid);
		}
		CHECK_EXITED(status, 0);
	}
	CHECK(seen);
}

TEST(timer_cancels, "SIGCONT of a timer discards pending stop signals, and they SIGCONT")
{
	const int clocks[] = {CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID};
	sigset_t all;
	timer_t timer;

	sigfillset(&all);
	MUST(sigprocmask(SIG_BLOCK, &all, NULL));
	for (int i = 0; i < 4; i++) {
		MUST(kill(getpid(), SIGTSTP));
		MUST(raise(SIGTTOU));
		CHECK(is_pending(SIGTSTP) && is_pending(SIGTTOU));
		timer = start_timer(clocks[i % 2], SIGCONT, 1000000, 0);
		while (!is_pending(SIGCONT))
			;
		CHECK(!is_pending(SIGTSTP) && !is_pending(SIGTTOU));
		MUST(timer_delete(timer));
		MUST(kill(getpid(), SIGCONT));
		timer = start_timer(clocks[i % 2], SIGTSTP, 1000000, 0);
		while (!is_pending(SIGTSTP))
			;
		CHECK(!is_pending(SIGCONT));
		MUST(timer_delete(timer));
	}
}

TEST(timer_goes_on, "a timer goes on after its pending signal was discarded")
{
	const long long interval = 20000000;
	long long start = tap_now_ns(CLOCK_MONOTONIC);
	bool discarded;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	start_timer(CLOCK_MONOTONIC, SIGUSR1, 1000000, interval);
	while (!is_pending(SIGUSR1))
		;
	signal(SIGUSR1, SIG_IGN);
	discarded = !is_pending(SIGUSR1);
	/*
	 * A blocked signal becomes pending although it is ignored: the second time, on a slow CPU.
	 */
	CHECK(discarded || tap_now_ns(CLOCK_MONOTONIC) - start > interval);
	handle(SIGUSR1);
	MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
	WAIT_UNTIL(count >= 2);
}

TEST(timer_ignored, "a timer whose signal was ignored goes on when it has a handler, on each clock")
{
	static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};

	for (int i = 0; i < 2; i++) {
		long long start = tap_now_ns(clocks[i]);
		struct itimerspec now;
		int id, before = count;

		signal(SIGUSR1, SIG_IGN);
		MUST(create(clocks[i], &event, &id));
		MUST(settime(id, 0, 1000000, 1000000));
		while (tap_now_ns(clocks[i]) < start + 30000000)
			;
		MUST(syscall(SYS_timer_gettime, id, &now));
		CHECK_GE(now.it_value.tv_nsec, 1);
		CHECK_LE(now.it_value.tv_nsec, 10000000);
		handle(SIGUSR1);
		while (count < before + 3) /* it uses the CPU, for the second clock */
			;
		MUST(syscall(SYS_timer_delete, id));
	}
}

TEST(timer_overrun, "expirations while the signal is pending are counted as overrun")
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	sigset_t set;
	siginfo_t info;
	int id;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	MUST(create(CLOCK_MONOTONIC, &event, &id));
	MUST(settime(id, 0, 1000000, 1000000));
	tap_sleep_ms(30);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	CHECK_GE(info.si_overrun, 20);
	CHECK_GE(syscall(SYS_timer_getoverrun, id), 20);
	MUST(syscall(SYS_timer_delete, id));
}

TEST(timer_none, "SIGEV_NONE only counts down; setting to 0 stops a timer")
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	struct itimerspec now;
	int id;

	MUST(create(CLOCK_MONOTONIC, &event, &id));
	MUST(settime(id, 0, 100000000000, 0));
	MUST(syscall(SYS_timer_gettime, id, &now));
	CHECK_GE(now.it_value.tv_sec, 50);
	CHECK_LE(now.it_value.tv_sec, 100);
	MUST(settime(id, 0, 1000000, 0)); /* it is off when its time has come */
	WAIT_UNTIL(!syscall(SYS_timer_gettime, id, &now) && now.it_value.tv_nsec == 0);
	MUST(settime(id, 0, 1000000, 50000000000)); /* it goes on */
	WAIT_UNTIL(!syscall(SYS_timer_gettime, id, &now) && now.it_value.tv_sec > 0);
	CHECK_EQ(now.it_interval.tv_sec, 50);
	MUST(create(CLOCK_MONOTONIC, NULL, &id));
	MUST(settime(id, 0, 100000000000, 0));
	MUST(settime(id, 0, 0, 0));
	MUST(syscall(SYS_timer_gettime, id, &now));
	CHECK_EQ(now.it_value.tv_sec, 0);
	CHECK_EQ(now.it_value.tv_nsec, 0);
}

TEST(timer_errors, "EINVAL and EFAULT of the POSIX timers")
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99},
			odd = {.sigev_notify = 9};
	int id;

	CHECK_ERR(create(999, NULL, &id), EINVAL);
	CHECK_ERR(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
	CHECK_ERR(create(CLOCK_MONOTONIC, &odd, &id), EINVAL);
	CHECK_ERR(create(CLOCK_MONOTONIC, wild(8), &id), EFAULT);
	CHECK_ERR(create(CLOCK_MONOTONIC, NULL, wild(8)), EFAULT);
	CHECK_ERR(settime(12345, 0, 1, 0), EINVAL);
	MUST(create(CLOCK_MONOTONIC, NULL, &id));
	CHECK_ERR(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_timer_settime, id, 0, wild(8), NULL), EFAULT);
	CHECK_ERR(syscall(SYS_timer_gettime, id, wild(8)), EFAULT);
	CHECK_ERR(syscall(SYS_timer_getoverrun, 12345), EINVAL);
}

TEST(timers_end, "timers do not survive fork, execve, or their process")
{
	int id;

	handle(SIGALRM);
	MUST(create(CLOCK_MONOTONIC, NULL, &id));
	MUST(settime(id, 0, 100000000000, 0));
	CHECK_EXITED(IN_CHILD(CHECK_ERR(settime(id, 0, 1, 0), EINVAL)), 0);
	CHECK_EXITED(IN_CHILD(int mine; MUST(create(CLOCK_MONOTONIC, NULL, &mine));
			      MUST(settime(mine, 0, 2000000, 0)); signal(SIGALRM, SIG_IGN);
			      execl(tap_self, "x", "--child", NULL)),
		     5);
}

int tap_child_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	signal(SIGALRM, SIG_DFL);
	tap_sleep_ms(10);
	return 5;
}
