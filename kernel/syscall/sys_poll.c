// SPDX-License-Identifier: MIT
/* sys_poll.c -- poll, ppoll, select, pselect6: their arguments. ipc/poll.c does the waiting. */
#include "syscall/syscalls.h"

#include "core/errno.h"
#include "ipc/poll.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "sched/sched.h"
#include "signal/signal.h"
#include "time/clock.h"
#include "vfs/vfs.h"
#include "vm/user_copy.h"

#include <asm/poll.h>
#include <linux/time_types.h>

#define POLL_FDS_INLINE 32
#define SELECT_WORDS_INLINE 4 /* 256 descriptors */
#define SELECT_FDS_MAX 65536U

/* ------------------------------------------------------------------ timeouts and masks */

/* A relative time as a deadline; 0 ns gives 0, "do not wait". */
static u64 deadline_after(u64 seconds, u64 nanoseconds)
{
	u64 ns;

	if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, nanoseconds, &ns))
		return DEADLINE_NEVER;
	if (!ns)
		return 0;
	return __builtin_add_overflow(ns, clock_monotonic_ns(), &ns) ? DEADLINE_NEVER : ns;
}

/* @units: fractions per second (10^9: timespec, 10^6: timeval). */
static int read_timeout(const void __user *timeout, u64 units, u64 *deadline)
{
	s64 value[2];

	*deadline = DEADLINE_NEVER;
	if (!timeout)
		return 0;
	if (copy_from_user(value, timeout, sizeof(value)))
		return -EFAULT;
	if (value[0] < 0 || value[1] < 0)
		return -EINVAL;
	if (units == NS_PER_SECOND && (u64)value[1] >= units)
		return -EINVAL;
	/* select accepts a second and more in tv_usec. */
	*deadline = deadline_after((u64)value[0] + (u64)value[1] / units,
				   (u64)value[1] % units * (NS_PER_SECOND / units));
	return 0;
}

/* Write back the remaining time, as the system calls (not the C library's functions) do. */
static void write_timeout(void __user *timeout, u64 units, u64 deadline)
{
	u64 now = clock_monotonic_ns(), left;
	s64 value[2];

	if (!timeout || deadline == DEADLINE_NEVER)
		return;
	left = deadline > now ? deadline - now : 0;
	value[0] = (s64)(left / NS_PER_SECOND);
	value[1] = (s64)(left % NS_PER_SECOND / (NS_PER_SECOND / units));
	ignore_result(copy_to_user(timeout, value, sizeof(value)),
		      "it may stand in read-only memory");
}

/* Block the signals in @set for the duration of the wait. */
static int mask_begin(const u64 __user *set, size_t size)
{
	u64 mask;

	if (!set)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, set, sizeof(mask)))
		return -EFAULT;
	signal_set_blocked_temporarily(mask);
	return 0;
}

/*
 * Restore the mask; when a signal ended the wait, delivery does so after it has chosen the handler.
 */
static long mask_end(const u64 __user *set, long result)
{
	if (result == -EINTR)
		return -ERESTARTNOHAND;
	if (set)
		signal_restore_blocked();
	return result;
}

/* ------------------------------------------------------------------ poll */

static int put_results(struct pollfd __user *ufds, const struct pollfd *fds, unsigned nr)
{
	arch_user_window_open();
	for (unsigned i = 0; i < nr; i++)
		arch_user_window_store_u16(&ufds[i].revents, fds[i].revents, fault);
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
}

/* copy_from_user checks that all of @ufds is user memory. */
static long poll_copied(struct pollfd __user *ufds, struct pollfd *fds, unsigned nr, u64 deadline)
{
	long result = copy_from_user(fds, ufds, nr * sizeof(*fds));

	if (!result)
		result = poll_wait_fds(fds, nr, deadline);
	if (result >= 0 && put_results(ufds, fds, nr))
		result = -EFAULT;
	return result;
}

static __noinline long poll_many(struct pollfd __user *ufds, unsigned nr, u64 deadline)
{
	struct pollfd *fds = kmalloc_array(nr, sizeof(*fds), 0);
	long result;

	if (!fds)
		return -ENOMEM;
	result = poll_copied(ufds, fds, nr, deadline);
	kfree(fds);
	return result;
}

static long poll_user(struct pollfd __user *ufds, unsigned nfds, u64 deadline)
{
	struct pollfd fds[POLL_FDS_INLINE];

	if (nfds > vfs_limit_nofile())
		return -EINVAL;
	if (nfds > POLL_FDS_INLINE)
		return poll_many(ufds, nfds, deadline);
	return poll_copied(ufds, fds, nfds, deadline);
}

long sys_poll(struct pollfd __user *fds, unsigned nfds, int timeout_ms)
{
	u64 deadline =
		timeout_ms < 0 ? DEADLINE_NEVER : deadline_after(0, (u64)timeout_ms * NS_PER_MS);

	return mask_end(NULL, poll_user(fds, nfds, deadline));
}

long sys_ppoll(struct pollfd __user *fds, unsigned nfds, void __user *timeout,
	       const u64 __user *sigmask, size_t sigsetsize)
{
	u64 deadline;
	long result = read_timeout(timeout, NS_PER_SECOND, &deadline);

	if (!result)
		result = mask_begin(sigmask, sigsetsize);
	if (result)
		return result;
	result = mask_end(sigmask, poll_user(fds, nfds, deadline));
	write_timeout(timeout, NS_PER_SECOND, deadline);
	return result;
}

/* ------------------------------------------------------------------ select */

struct select_user {
	void __user *in, *out, *except;
};

static int read_set(u64 *to, const void __user *from, size_t words, const u64 **set)
{
	*set = NULL;
	if (!from)
		return 0;
	*set = to;
	return copy_from_user(to, from, words * sizeof(u64));
}

static int write_set(void __user *to, const u64 *from, size_t words)
{
	return to ? copy_to_user(to, from, words * sizeof(u64)) : 0;
}

/* @words: space for six sets of nr_words each. */
static long select_with_sets(unsigned n, const struct select_user *user, u64 *words, u64 deadline)
{
	size_t nr = BITMAP_WORDS(n);
	struct select_sets sets = {.in_ready = words + 3 * nr,
				   .out_ready = words + 4 * nr,
				   .except_ready = words + 5 * nr};
	long result;

	memset(sets.in_ready, 0, 3 * nr * sizeof(u64));
	if (read_set(words, user->in, nr, &sets.in) ||
	    read_set(words + nr, user->out, nr, &sets.out) ||
	    read_set(words + 2 * nr, user->except, nr, &sets.except))
		return -EFAULT;
	result = select_wait_fds(n, &sets, deadline);
	if (result < 0)
		return result;
	if (write_set(user->in, sets.in_ready, nr) || write_set(user->out, sets.out_ready, nr) ||
	    write_set(user->except, sets.except_ready, nr))
		return -EFAULT;
	return result;
}

static long select_user(int n, const struct select_user *user, u64 deadline)
{
	u64 inline_words[6 * SELECT_WORDS_INLINE], *words = inline_words;
	long result;

	if (n < 0)
		return -EINVAL;
	n = (int)min((unsigned)n, SELECT_FDS_MAX);
	if (BITMAP_WORDS((unsigned)n) > SELECT_WORDS_INLINE) {
		words = kmalloc_array(6 * BITMAP_WORDS((unsigned)n), sizeof(u64), 0);
		if (!words)
			return -ENOMEM;
	}
	result = select_with_sets((unsigned)n, user, words, deadline);
	if (words != inline_words)
		kfree(words);
	return result;
}

long sys_select(int n, void __user *in, void __user *out, void __user *ex, void __user *timeout)
{
	struct select_user user = {in, out, ex};
	u64 deadline;
	long result = read_timeout(timeout, NS_PER_SECOND / NS_PER_US, &deadline);

	if (result)
		return result;
	result = mask_end(NULL, select_user(n, &user, deadline));
	write_timeout(timeout, NS_PER_SECOND / NS_PER_US, deadline);
	return result;
}

long sys_pselect6(int n, void __user *in, void __user *out, void __user *ex, void __user *timeout,
		  void __user *sigmask)
{
	struct {
		const u64 __user *set;
		size_t size;
	} mask = {NULL, 0};
	struct select_user user = {in, out, ex};
	u64 deadline;
	long result;

	if (sigmask && copy_from_user(&mask, sigmask, sizeof(mask)))
		return -EFAULT;
	result = read_timeout(timeout, NS_PER_SECOND, &deadline);
	if (!result)
		result = mask_begin(mask.set, mask.size);
	if (result)
		return result;
	result = mask_end(mask.set, select_user(n, &user, deadline));
	write_timeout(timeout, NS_PER_SECOND, deadline);
	return result;
}
