// SPDX-License-Identifier: MIT
/* sys_epoll.c -- epoll_create, epoll_ctl, epoll_wait and their variants; eventfd. */
#include "syscall/syscalls.h"

#include "core/errno.h"
#include "ipc/epoll.h"
#include "ipc/eventfd.h"
#include "signal/signal_mask.h"
#include "vfs/file/fdtable.h"
#include "vm/time_copy.h"
#include "vm/user_copy.h"

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

long sys_epoll_ctl(int epfd, int op, int fd, const struct epoll_event __user *event)
{
	struct epoll_event copy = {0};
	struct fd_ref epoll, ref;
	long result = -EBADF;

	if (op != EPOLL_CTL_DEL && copy_from_user(&copy, event, sizeof(copy)))
		return -EFAULT;
	epoll = fd_get_light(epfd);
	ref = fd_get_light(fd);
	if (epoll.file && ref.file)
		result = epoll_control(epoll.file, op, fd, ref.file, &copy);
	fd_put_light(ref);
	fd_put_light(epoll);
	return result;
}

long sys_epoll_wait(int epfd, struct epoll_event __user *events, int max_events, int timeout_ms)
{
	return epoll_wait_fd(epfd, events, max_events, deadline_after_ms(timeout_ms));
}

static long wait_masked(int epfd, struct epoll_event __user *events, int max, u64 deadline,
			const u64 __user *sigmask, size_t size)
{
	long result = signal_mask_begin(sigmask, size);

	if (result)
		return result;
	result = epoll_wait_fd(epfd, events, max, deadline);
	signal_mask_end(sigmask, result);
	return result;
}

long sys_epoll_pwait(int epfd, struct epoll_event __user *events, int max_events, int timeout_ms,
		     const u64 __user *sigmask, size_t sigsetsize)
{
	return wait_masked(epfd, events, max_events, deadline_after_ms(timeout_ms), sigmask,
			   sigsetsize);
}

long sys_epoll_pwait2(int epfd, struct epoll_event __user *events, int max_events,
		      const struct __kernel_timespec __user *timeout, const u64 __user *sigmask,
		      size_t sigsetsize)
{
	u64 deadline;
	int err = copy_timeout_from_user(&deadline, timeout);

	return err ? err : wait_masked(epfd, events, max_events, deadline, sigmask, sigsetsize);
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
