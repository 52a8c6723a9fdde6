// SPDX-License-Identifier: MIT
// EXPECT: exit 0
/*
 * Calls numbers that no kernel has, with wild arguments; then known calls with random arguments,
 * each in a child that may end in any way. The parent must stay alive and unharmed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t state = 88172645463325252u;

static long random_word(void)
{
	static const long favourites[] = {0,
					  1,
					  -1,
					  8,
					  4096,
					  0x7fffffff,
					  0x80000000,
					  0x7ffffffff000,
					  (long)0x800000000000,
					  (long)0xffff800000000000};

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % 3 ? favourites[state / 3 % 10] : (long)state;
}

static int absurd_numbers(void)
{
	static const long numbers[] = {-1,   -2,    600,	999,	    1024,      4095,
				       4096, 65536, 0x7fffffff, 0x80000000, 0xffffffff};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (syscall(numbers[i], random_word(), random_word(), random_word(), random_word(),
			    random_word(), random_word()) != -1 ||
		    errno != ENOSYS)
			return 1;
	return 0;
}

/* Calls that would only wait, end the process, or reach beyond it. */
static int spared(long number)
{
	switch (number) {
	case SYS_pause:
	case SYS_fork:
	case SYS_vfork:
	case SYS_clone:
	case SYS_clone3:
	case SYS_kill:
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_reboot:
	case SYS_rt_sigqueueinfo:
	case SYS_rt_tgsigqueueinfo:
	case SYS_pidfd_send_signal:
	case SYS_sync:
	case SYS_syncfs:
	case SYS_vhangup:
		return 1;
	default:
		return 0;
	}
}

static void one_round(long number)
{
	struct rlimit files = {64, 64}, size = {1 << 20, 1 << 20}, space = {64 << 20, 64 << 20};

	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_FSIZE, &size);
	setrlimit(RLIMIT_AS, &space);
	if (setgroups(0, NULL) < 0 || setgid(54397) < 0 || setuid(54397) < 0)
		_exit(1);
	for (int i = 0; i < 12; i++) {
		alarm(1);
		syscall(number, random_word(), random_word(), random_word(), random_word(),
			random_word(), random_word());
	}
	_exit(0);
}

static int any_numbers(long first, long last)
{
	for (long number = first; number < last; number++) {
		pid_t pid;
		int status;

		state += 0x9e3779b97f4a7c15u;
		if (spared(number))
			continue;
		pid = fork();
		if (pid < 0)
			return 2;
		if (pid == 0)
			one_round(number);
		for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited++) {
			if (waited > 40)
				kill(pid, SIGKILL);
			usleep(waited < 10 ? 300 : 3000);
		}
	}
	return 0;
}

int main(void)
{
	pid_t self = getpid();

	if (absurd_numbers())
		return 1;
	if (any_numbers(0, 336) || any_numbers(424, 460))
		return 2;
	return getpid() == self ? 0 : 3;
}
