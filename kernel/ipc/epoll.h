/* SPDX-License-Identifier: MIT */
/* Epoll instances, which watch many files: epoll(7). */
#pragma once

#include "vfs/file/file.h"

#include <linux/eventpoll.h>

/* Register the hook that runs when a watched file ends. Boot. */
void epoll_init(void);
/* A new instance: 0, -ENFILE, -ENOMEM. */
int epoll_create(struct file **out) __must_check;
/*
 * epoll_ctl(2) on instance @epoll for descriptor @fd, which is open as @file: 0, -EINVAL, -EPERM
 * (the file cannot be polled), -EEXIST, -ENOENT, -ENOMEM. Context: task; may sleep.
 */
int epoll_control(struct file *epoll, int op, int fd, struct file *file,
		  const struct epoll_event *event) __must_check;
/*
 * Wait for events and copy up to @max of them to the user's @events: their number, 0 at the
 * deadline, -EINTR, -EFAULT, -EINVAL. @deadline_ns is on the monotonic clock; 0: do not wait.
 * Context: task.
 */
int epoll_wait_events(struct file *epoll, struct epoll_event __user *events, int max,
		      u64 deadline_ns) __must_check;
/* The same for the instance of a descriptor; also -EBADF. */
int epoll_wait_fd(int fd, struct epoll_event __user *events, int max, u64 deadline_ns) __must_check;
