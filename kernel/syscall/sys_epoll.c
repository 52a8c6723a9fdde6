// SPDX-License-Identifier: MIT
/* sys_epoll.c -- epoll_create, epoll_ctl, epoll_wait and their variants; eventfd. */
#include "syscall/syscalls.h"

#include "core/errno.h"
#include "ipc/epoll.h"
#include "ipc/eventfd.h"
#include "signal/signal.h"
#include "time/clock.h"
#include "vfs/file/fdtable.h"
#include "vm/user_copy.h"

#define EVENTS_MAX ((int)(0x7fffffff / sizeof(struct epoll_event)))

long sys_epoll_create1(int flags)
{
	struct file *file;
	int err;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	err = epoll_create(&file);
	return err ? err : fd_install(file, 0, flags & EPOLL_CLOEXEC);
}

long sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

long sys_epoll_ctl(int epfd, int op, int fd, const void __user *event)
{
	struct epoll_event copy = {0};
	struct file *epoll, *file;
	long err = -EBADF;

	if (op != EPOLL_CTL_DEL && copy_from_user(&copy, event, sizeof(copy)))
		return -EFAULT;
	epoll = fd_get(epfd);
	file = fd_get(fd);
	if (epoll && file)
		err = epoll_control(epoll, op, fd, file, &copy);
	if (file)
		file_put(file);
	if (epoll)
		file_put(epoll);
	return err;
}

static long wait_events(int epfd, void __user *events, int max, u64 deadline)
{
	struct fd_ref epoll;
	long n;

	if (max <= 0 || max > EVENTS_MAX)
		return -EINVAL;
	epoll = fd_get_light(epfd);
	if (!epoll.file)
		return -EBADF;
	n = epoll_wait_events(epoll.file, events, max, deadline);
	fd_put_light(epoll);
	return n;
}

static u64 deadline_of_ms(int timeout_ms)
{
	return timeout_ms < 0 ? DEADLINE_NEVER
	       : timeout_ms   ? clock_monotonic_ns() + (u64)timeout_ms * NS_PER_MS
			      : 0;
}

long sys_epoll_wait(int epfd, void __user *events, int max_events, int timeout_ms)
{
	return wait_events(epfd, events, max_events, deadline_of_ms(timeout_ms));
}

static long wait_masked(int epfd, void __user *events, int max, u64 deadline,
			const u64 __user *sigmask, size_t size)
{
	u64 mask;
	long n;

	if (!sigmask)
		return wait_events(epfd, events, max, deadline);
	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, sigmask, sizeof(mask)))
		return -EFAULT;
	signal_set_blocked_temporarily(mask);
	n = wait_events(epfd, events, max, deadline);
	if (n != -EINTR) /* otherwise restored after delivery has chosen the handler */
		signal_restore_blocked();
	return n;
}

long sys_epoll_pwait(int epfd, void __user *events, int max_events, int timeout_ms,
		     const u64 __user *sigmask, size_t sigsetsize)
{
	return wait_masked(epfd, events, max_events, deadline_of_ms(timeout_ms), sigmask,
			   sigsetsize);
}

long sys_epoll_pwait2(int epfd, void __user *events, int max_events, const void __user *timeout,
		      const u64 __user *sigmask, size_t sigsetsize)
{
	u64 deadline = DEADLINE_NEVER, ns;
	s64 value[2];

	if (timeout) {
		if (copy_from_user(value, timeout, sizeof(value)))
			return -EFAULT;
		if (value[0] < 0 || value[1] < 0 || value[1] >= (s64)NS_PER_SECOND)
			return -EINVAL;
		if (!__builtin_mul_overflow((u64)value[0], NS_PER_SECOND, &ns) &&
		    !__builtin_add_overflow(ns, (u64)value[1], &ns) && ns &&
		    __builtin_add_overflow(ns, clock_monotonic_ns(), &deadline))
			deadline = DEADLINE_NEVER;
		else if (!value[0] && !value[1])
			deadline = 0;
	}
	return wait_masked(epfd, events, max_events, deadline, sigmask, sigsetsize);
}

long sys_eventfd2(unsigned initial, int flags)
{
	struct file *file;
	int err = eventfd_create(initial, flags, &file);

	return err ? err : fd_install(file, 0, flags & O_CLOEXEC);
}

long sys_eventfd(unsigned initial)
{
	return sys_eventfd2(initial, 0);
}
