/* SPDX-License-Identifier: MIT */
/*
 * Prototypes of all system-call functions, generated from the table: a definition that differs does
 * not compile.
 */
#pragma once

#include "lib/compiler.h"

struct __kernel_itimerspec;
struct __kernel_old_itimerval;
struct __kernel_old_timeval;
struct __kernel_timespec;
struct __user_cap_data_struct;
struct __user_cap_header_struct;
struct clone_args;
struct dirent64;
struct epoll_event;
struct iovec;
struct kernel_sigaction;
struct new_utsname;
struct pollfd;
struct rlimit;
struct robust_list_head;
struct rusage;
struct sched_attr;
struct sched_param;
struct sigaltstack;
struct sigevent;
struct siginfo;
struct socket_mmsghdr;
struct socket_msghdr;
struct stat;
struct statfs;
struct statx;
struct sysinfo;
struct timezone;
struct tms;
struct trap_frame;
struct utimbuf;

/* SC_FRAME handlers take the frame as their first argument. */
#define SC_FRAME 1

#define SC_PREFIX_ONLY_0 void
#define SC_PREFIX_ONLY_SC_FRAME struct trap_frame *frame
#define SC_PREFIX_0
#define SC_PREFIX_SC_FRAME struct trap_frame *frame,

#define SYSCALL0(nr, name, flags) long sys_##name(SC_PREFIX_ONLY_##flags);
#define SYSCALL1(nr, name, flags, t1, a1, k1) long sys_##name(SC_PREFIX_##flags t1 a1);
#define SYSCALL2(nr, name, flags, t1, a1, k1, t2, a2, k2)                                          \
	long sys_##name(SC_PREFIX_##flags t1 a1, t2 a2);
#define SYSCALL3(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3)                              \
	long sys_##name(SC_PREFIX_##flags t1 a1, t2 a2, t3 a3);
#define SYSCALL4(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4)                  \
	long sys_##name(SC_PREFIX_##flags t1 a1, t2 a2, t3 a3, t4 a4);
#define SYSCALL5(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4, t5, a5, k5)      \
	long sys_##name(SC_PREFIX_##flags t1 a1, t2 a2, t3 a3, t4 a4, t5 a5);
#define SYSCALL6(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4, t5, a5, k5, t6,  \
		 a6, k6)                                                                           \
	long sys_##name(SC_PREFIX_##flags t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6);
#include "syscall/syscalls.tbl.h"
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6
