/* SPDX-License-Identifier: MIT */
/* Lasting interest in many files: epoll(7). */
#pragma once

#include "vfs/file.h"

#include <linux/eventpoll.h>

/* Hook into the ends of files. Boot. */
void epoll_init(void);
/* A new instance: 0, -ENFILE, -ENOMEM. */
int epoll_create(struct file **out) __must_check;
bool epoll_is(const struct file *file);
/* epoll_ctl(2) on instance @epoll for descriptor @fd, open as @file. */
int epoll_control(struct file *epoll, int op, int fd, struct file *file,
		  const struct epoll_event *event) __must_check;
/*
 * Wait for up to @max events, copied to the user's @events: how many, 0 at the deadline, -EINTR,
 * -EFAULT. @deadline_ns 0: do not wait.
 */
int epoll_wait_events(struct file *epoll, struct epoll_event __user *events, int max,
		      u64 deadline_ns) __must_check;
