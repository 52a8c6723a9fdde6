/* SPDX-License-Identifier: MIT */
/* Sending signals as programs do: kill(2) and its relatives, with their checks and errors. */
#pragma once

#include "signal/signal.h"

/*
 * kill(2): @pid > 0 a process, 0 the own group, -1 all processes that may be signalled, else the
 * group -@pid. Signal 0 only checks. 0, -ESRCH, -EINVAL, -EPERM, -EAGAIN.
 */
int signal_kill(pid_t pid, int sig) __must_check;
/* tgkill(2), and with @tgid 0 tkill(2). */
int signal_kill_thread(pid_t tgid, pid_t tid, int sig) __must_check;
/* rt_sigqueueinfo(2). */
int signal_queue_info(pid_t pid, int sig, siginfo_t *info) __must_check;
