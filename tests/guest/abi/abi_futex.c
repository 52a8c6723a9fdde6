// SPDX-License-Identifier: MIT
/* abi_futex.c -- futexes, as a libc needs them. */
#include "tap.h"
#include "tap_thread.h"
#include <linux/futex.h>

static int *word;

static long futex(int *at, int op, int value, const void *timeout, int *second, unsigned third)
{
	return tap_raw(SYS_futex, (long)at, op, value, (long)timeout, (long)second, third);
}

static void setup(void)
{
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	SKIP_IF(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == -ENOSYS, "no futex");
}

TEST(no_wait, "a wait for a value that is not there is EAGAIN; waking nobody is 0")
{
	setup();
	*word = 5;
	CHECK_EQ(futex(word, FUTEX_WAIT, 4, NULL, NULL, 0), -EAGAIN);
	CHECK_EQ(futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 6, NULL, NULL, 0), -EAGAIN);
	CHECK_EQ(futex(word, FUTEX_WAKE, 10, NULL, NULL, 0), 0);
}

TEST(errors, "EINVAL, EFAULT, ENOSYS of futex")
{
	struct timespec bad = {0, 1000000000};

	setup();
	CHECK_EQ(futex((int *)(void *)((char *)word + 1), FUTEX_WAIT, 0, NULL, NULL, 0), -EINVAL);
	CHECK_EQ(futex((int *)(void *)((char *)word + 2), FUTEX_WAKE, 1, NULL, NULL, 0), -EINVAL);
	CHECK_EQ(futex(wild(8), FUTEX_WAIT, 0, NULL, NULL, 0), -EFAULT);
	CHECK_EQ(futex(wild(0xffff800000000000), FUTEX_WAIT, 0, NULL, NULL, 0), -EFAULT);
	CHECK_EQ(futex(word, FUTEX_WAIT, 0, &bad, NULL, 0), -EINVAL);
	CHECK_EQ(futex(word, FUTEX_WAIT, 0, wild(8), NULL, 0), -EFAULT);
	CHECK_EQ(futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), -EINVAL);
	CHECK_EQ(futex(word, 77, 0, NULL, NULL, 0), -ENOSYS);
}

TEST(timeout, "a timed wait ends in ETIMEDOUT, not early: relative, absolute, on either clock")
{
	struct timespec wait = {0, 20000000}, until;
	long long start;

	setup();
	start = tap_now_ns(CLOCK_MONOTONIC);
	CHECK_EQ(futex(word, FUTEX_WAIT, 0, &wait, NULL, 0), -ETIMEDOUT);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC) - start, 20000000);
	start = tap_now_ns(CLOCK_MONOTONIC) + 20000000;
	until = (struct timespec){start / 1000000000, start % 1000000000};
	CHECK_EQ(futex(word, FUTEX_WAIT_BITSET, 0, &until, NULL, ~0U), -ETIMEDOUT);
	CHECK_GE(tap_now_ns(CLOCK_MONOTONIC), start);
	start = tap_now_ns(CLOCK_REALTIME) + 20000000;
	until = (struct timespec){start / 1000000000, start % 1000000000};
	CHECK_EQ(futex(word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &until, NULL, ~0U),
		 -ETIMEDOUT);
	CHECK_GE(tap_now_ns(CLOCK_REALTIME), start);
	until = (struct timespec){0, 1};
	CHECK_EQ(futex(word, FUTEX_WAIT_BITSET, 0, &until, NULL, ~0U), -ETIMEDOUT);
}

TEST(between_processes, "a shared futex wakes another process, as many as asked for")
{
	pid_t pids[4];
	int woken = 0;

	setup();
	for (int i = 0; i < 4; i++)
		pids[i] = SPAWN(long r = futex(word, FUTEX_WAIT, 0, NULL, NULL, 0); CHECK_EQ(r, 0));
	for (int i = 0; i < 4; i++)
		tap_wait_asleep(pids[i]);
	CHECK_EQ(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	CHECK_EQ(futex(word, FUTEX_WAKE, 2, NULL, NULL, 0), 2);
	WAIT_UNTIL((woken += waitpid(-1, NULL, WNOHANG) > 0) == 3);
	CHECK_EQ(waitpid(-1, NULL, WNOHANG), 0);
	CHECK_EQ(futex(word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0), 1);
	CHECK_GE(wait(NULL), 1);
}

TEST(private_is_private, "a private futex of another process is another futex")
{
	pid_t pid;

	setup();
	pid = SPAWN(futex(word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
	tap_wait_asleep(pid);
	CHECK_EQ(futex(word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 0);
	kill(pid, SIGKILL);
	tap_wait(pid);
}

TEST(file_futex, "a futex in a shared file mapping is one, whatever the address")
{
	int fd = tap_file("f", ""), *a, *b;
	pid_t pid;

	setup();
	MUST(ftruncate(fd, 4096));
	a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pid = SPAWN(CHECK_EQ(futex(a + 10, FUTEX_WAIT, 0, NULL, NULL, 0), 0));
	tap_wait_asleep(pid);
	CHECK_EQ(futex(b + 10, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(bitset, "a wake with a bit set wakes only waiters that share a bit")
{
	pid_t one, two;

	setup();
	one = SPAWN(CHECK_EQ(futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1), 0));
	two = SPAWN(CHECK_EQ(futex(word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 2), 0));
	tap_wait_asleep(one);
	tap_wait_asleep(two);
	CHECK_EQ(futex(word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4), 0);
	CHECK_EQ(futex(word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 2), 1);
	CHECK_EXITED(tap_wait(two), 0);
	CHECK_EQ(waitpid(one, NULL, WNOHANG), 0);
	CHECK_EQ(futex(word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 3), 1);
	CHECK_EXITED(tap_wait(one), 0);
}

TEST(requeue, "CMP_REQUEUE wakes some and moves the rest to another futex")
{
	pid_t pids[4];
	int *other, woken = 0;

	setup();
	other = word + 100;
	for (int i = 0; i < 4; i++)
		pids[i] = SPAWN(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0));
	for (int i = 0; i < 4; i++)
		tap_wait_asleep(pids[i]);
	CHECK_EQ(futex(word, FUTEX_CMP_REQUEUE, 1, (void *)3L, other, 7), -EAGAIN);
	CHECK_EQ(futex(word, FUTEX_CMP_REQUEUE, 1, (void *)2L, other, 0), 3);
	CHECK_EQ(futex(other, FUTEX_WAKE, 10, NULL, NULL, 0), 2);
	CHECK_EQ(futex(word, FUTEX_WAKE, 10, NULL, NULL, 0), 1);
	WAIT_UNTIL((woken += waitpid(-1, NULL, WNOHANG) > 0) == 4);
}

TEST(odd_counts, "to wake none, or a negative number, is to wake one; a requeue to itself counts")
{
	pid_t pids[5];
	int woken = 0;

	setup();
	for (int i = 0; i < 5; i++)
		pids[i] = SPAWN(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0));
	for (int i = 0; i < 5; i++)
		tap_wait_asleep(pids[i]);
	CHECK_EQ(futex(word, FUTEX_WAKE, 0, NULL, NULL, 0), 1);
	CHECK_EQ(futex(word, FUTEX_WAKE, -1, NULL, NULL, 0), 1);
	CHECK_EQ(futex(word, FUTEX_WAKE_OP, 0, NULL, word + 1, FUTEX_OP_ADD << 28), 1);
	CHECK_EQ(futex(word, FUTEX_REQUEUE, 0, (void *)1L, word, 0), 1);
	CHECK_EQ(futex(word, FUTEX_REQUEUE, 1, (void *)2L, word, 0), 2);
	CHECK_EQ(futex(word, FUTEX_WAKE, 10, NULL, NULL, 0), 1);
	WAIT_UNTIL((woken += waitpid(-1, NULL, WNOHANG) > 0) == 5);
}

static volatile int count;

static void on_signal(int sig)
{
	(void)sig;
	count++;
}

TEST(interrupted, "a handled signal ends a wait with EINTR, or restarts it with SA_RESTART")
{
	struct sigaction action = {.sa_handler = on_signal};
	pid_t self = getpid(), pid;

	setup();
	sigaction(SIGUSR1, &action, NULL);
	pid = SPAWN(tap_wait_asleep(self); kill(self, SIGUSR1));
	CHECK_EQ(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0), -EINTR);
	CHECK_EQ(count, 1);
	tap_wait(pid);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	pid = SPAWN(tap_wait_asleep(self); kill(self, SIGUSR1); tap_sleep_ms(10);
		    tap_wait_asleep(self); futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
	CHECK_EQ(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
	CHECK_EQ(count, 2);
	tap_wait(pid);
}

/* A mutex of three states, as libcs have it: 0 free, 1 taken, 2 taken with waiters. */
static void mutex_lock(int *m)
{
	int old = 0;

	if (__atomic_compare_exchange_n(m, &old, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(m, 2, __ATOMIC_ACQUIRE) != 0)
		futex(m, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

static void mutex_unlock(int *m)
{
	if (__atomic_exchange_n(m, 0, __ATOMIC_RELEASE) == 2)
		futex(m, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int mutex;
static volatile long total;

static int add_many(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5000; i++) {
		mutex_lock(&mutex);
		total = total + 1;
		if (i % 64 == 0)
			tap_raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
		mutex_unlock(&mutex);
	}
	return 0;
}

TEST(mutexes, "six threads add under a futex mutex, nothing is lost")
{
	struct tap_thread threads[6];

	setup();
	for (int i = 0; i < 6; i++)
		MUST(tap_thread_start(&threads[i], add_many, NULL));
	for (int i = 0; i < 6; i++)
		tap_thread_join(&threads[i]);
	CHECK_EQ(total, 30000);
}

TEST(robust, "set_robust_list takes a list head of its size, get_robust_list gives it back")
{
	struct robust_list_head head = {.list = {.next = &head.list}}, *got = NULL;
	size_t size = 0;

	SKIP_IF(syscall(SYS_set_robust_list, &head, sizeof(head)) < 0 && errno == ENOSYS,
		"no robust lists");
	CHECK_ERR(syscall(SYS_set_robust_list, &head, 5L), EINVAL);
	CHECK_OK(syscall(SYS_get_robust_list, 0, &got, &size));
	CHECK(got == &head);
	CHECK_EQ(size, sizeof(head));
}

TEST(robust_death, "a dead owner's robust futex is marked and its waiter woken")
{
	struct entry {
		struct robust_list link;
		int word;
	} * entry;
	struct robust_list_head *head;
	pid_t waiter, owner;

	setup();
	head = (void *)(word + 200);
	entry = (void *)(word + 300);
	owner = SPAWN(head->list.next = &entry->link; entry->link.next = &head->list;
		      head->futex_offset = offsetof(struct entry, word);
		      head->list_op_pending = NULL;
		      if (syscall(SYS_set_robust_list, head, sizeof(*head)) < 0) _exit(9);
		      entry->word = getpid() | (int)FUTEX_WAITERS; word[50] = 1; for (;;) pause());
	WAIT_UNTIL(word[50] == 1 || waitpid(owner, NULL, WNOHANG) == owner);
	SKIP_IF(word[50] != 1, "no robust lists");
	waiter = SPAWN(futex(&entry->word, FUTEX_WAIT, entry->word, NULL, NULL, 0));
	tap_wait_asleep(waiter);
	kill(owner, SIGKILL);
	CHECK_SIGNALED(tap_wait(owner), SIGKILL);
	CHECK_EXITED(tap_wait(waiter), 0);
	CHECK_EQ((unsigned)entry->word & FUTEX_OWNER_DIED, FUTEX_OWNER_DIED);
}

/* The debug kernel ends with a trap if the operation's 4 bits, 8 and more, overflow an int. */
TEST(wake_op, "FUTEX_WAKE_OP changes the second word by its operand or by a bit of that number")
{
	unsigned compare_old_0 = FUTEX_OP_CMP_EQ << 24;

	setup();
	word[1] = 0;
	CHECK_EQ(futex(word, FUTEX_WAKE_OP, 1, (void *)1, word + 1,
		       (unsigned)FUTEX_OP_ADD << 28 | compare_old_0 | 5 << 12),
		 0);
	CHECK_EQ(word[1], 5);
	CHECK_EQ(futex(word, FUTEX_WAKE_OP, 1, (void *)1, word + 1,
		       (unsigned)(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT) << 28 | 5 << 12),
		 0);
	CHECK_EQ(word[1], 5 | 1 << 5);
	CHECK_EQ(futex(word, FUTEX_WAKE_OP, 1, (void *)1, wild(8), 0), -EFAULT);
}
