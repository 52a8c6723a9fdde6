/* SPDX-License-Identifier: MIT */
/*
 * What arguments of system calls point to, for traces:
 *
 *	CALL_SCALAR(name, bytes, kind)
 *	CALL_STRUCT(name, bytes, first, shown, fields)
 *	CALL_SPECIAL(name, bytes, first, shown)
 *
 * Of a structure the `shown` bytes from `first` on are copied into a trace. A field is FIELD(name,
 * offset, bytes, kind); MORE says that there are others. How a CALL_SPECIAL is written, only
 * host/calls/call_special.c knows.
 *
 * Kinds are those of syscall/syscalls.tbl.h; also text: a string in the structure; handler: a
 * signal's; date: seconds; limit: of a resource. host/calls/call_view_test.c compares the sizes
 * with those of the C library.
 */
/* clang-format off */
CALL_SCALAR(int, 4, dec)
CALL_SCALAR(u32, 4, udec)
CALL_SCALAR(u64, 8, hex)
CALL_SCALAR(s64, 8, dec)
CALL_SCALAR(size, 8, udec)
CALL_SCALAR(signal, 4, signal)
CALL_SPECIAL(bytes, 1, 0, 1)
CALL_SPECIAL(random, 1, 0, 1)
CALL_SPECIAL(option, 1, 0, 1)
CALL_SPECIAL(sockaddr, 1, 0, 1)
CALL_SPECIAL(cpu_set, 1, 0, 1)
CALL_SPECIAL(sigset, 8, 0, 8)
CALL_SPECIAL(fd_set, 128, 0, 40)
CALL_SPECIAL(wait_status, 4, 0, 4)
CALL_SPECIAL(stat, 144, 24, 40)
CALL_SPECIAL(file_time, 16, 0, 16)
CALL_SPECIAL(file_timeval, 16, 0, 16)
CALL_SPECIAL(pollfd, 8, 0, 8)
CALL_SPECIAL(sigaction, 32, 0, 32)
CALL_SPECIAL(siginfo, 128, 0, 48)
CALL_SPECIAL(sigevent, 64, 0, 24)
CALL_STRUCT(statx, 256, 0, 48,
	FIELD(stx_mask, 0, 4, flags(statx)) FIELD(stx_attributes, 8, 8, hex)
	FIELD(stx_mode, 28, 2, file_mode)
	FIELD(stx_size, 40, 8, udec) MORE)
CALL_SPECIAL(fsid_words, 8, 0, 8)
CALL_STRUCT(fsid, 8, 0, 8, FIELD(val, 0, 8, in(fsid_words)))
CALL_STRUCT(statfs, 120, 0, 88,
	FIELD(f_type, 0, 8, word(file_system)) FIELD(f_bsize, 8, 8, dec)
	FIELD(f_blocks, 16, 8, udec)
	FIELD(f_bfree, 24, 8, udec) FIELD(f_bavail, 32, 8, udec) FIELD(f_files, 40, 8, udec)
	FIELD(f_ffree, 48, 8, udec) FIELD(f_fsid, 56, 8, in(fsid)) FIELD(f_namelen, 64, 8, dec)
	FIELD(f_frsize, 72, 8, dec) FIELD(f_flags, 80, 8, flags(mounted)))
CALL_STRUCT(timespec, 16, 0, 16, FIELD(tv_sec, 0, 8, dec) FIELD(tv_nsec, 8, 8, dec))
CALL_STRUCT(timeval, 16, 0, 16, FIELD(tv_sec, 0, 8, dec) FIELD(tv_usec, 8, 8, dec))
CALL_STRUCT(timezone, 8, 0, 8, FIELD(tz_minuteswest, 0, 4, dec) FIELD(tz_dsttime, 4, 4, dec))
CALL_STRUCT(itimerval, 32, 0, 32,
	FIELD(it_interval, 0, 16, in(timeval)) FIELD(it_value, 16, 16, in(timeval)))
CALL_STRUCT(itimerspec, 32, 0, 32,
	FIELD(it_interval, 0, 16, in(timespec)) FIELD(it_value, 16, 16, in(timespec)))
CALL_STRUCT(utimbuf, 16, 0, 16, FIELD(actime, 0, 8, date) FIELD(modtime, 8, 8, date))
CALL_STRUCT(tms, 32, 0, 32,
	FIELD(tms_utime, 0, 8, dec) FIELD(tms_stime, 8, 8, dec) FIELD(tms_cutime, 16, 8, dec)
	FIELD(tms_cstime, 24, 8, dec))
CALL_STRUCT(rusage, 144, 0, 32,
	FIELD(ru_utime, 0, 16, in(timeval)) FIELD(ru_stime, 16, 16, in(timeval)) MORE)
CALL_STRUCT(rlimit, 16, 0, 16, FIELD(rlim_cur, 0, 8, limit) FIELD(rlim_max, 8, 8, limit))
CALL_STRUCT(sysinfo, 112, 0, 40, FIELD(uptime, 0, 8, dec) FIELD(totalram, 32, 8, udec) MORE)
CALL_STRUCT(utsname, 390, 0, 120, FIELD(sysname, 0, 65, text) FIELD(nodename, 65, 65, text) MORE)
CALL_STRUCT(epoll_data, 8, 0, 8, FIELD(u32, 0, 4, udec) FIELD(u64, 0, 8, udec))
CALL_STRUCT(epoll_event, 12, 0, 12,
	FIELD(events, 0, 4, flags(epoll)) FIELD(data, 4, 8, in(epoll_data)))
CALL_STRUCT(sigval, 8, 0, 8, FIELD(sival_int, 0, 4, dec) FIELD(sival_ptr, 0, 8, addr))
CALL_STRUCT(iovec, 16, 0, 16, FIELD(iov_base, 0, 8, addr) FIELD(iov_len, 8, 8, udec))
CALL_STRUCT(stack, 24, 0, 24,
	FIELD(ss_sp, 0, 8, addr) FIELD(ss_flags, 8, 4, flags(stack)) FIELD(ss_size, 16, 8, udec))
CALL_STRUCT(flock, 32, 0, 32,
	FIELD(l_type, 0, 2, word(lock_type)) FIELD(l_whence, 2, 2, word(whence))
	FIELD(l_start, 8, 8, dec) FIELD(l_len, 16, 8, dec))
CALL_STRUCT(found_lock, 32, 0, 32,
	FIELD(l_type, 0, 2, word(lock_type)) FIELD(l_whence, 2, 2, word(whence))
	FIELD(l_start, 8, 8, dec) FIELD(l_len, 16, 8, dec) FIELD(l_pid, 24, 4, dec))
CALL_STRUCT(owner, 8, 0, 8, FIELD(type, 0, 4, word(owner)) FIELD(pid, 4, 4, dec))
CALL_STRUCT(open_how, 24, 0, 24,
	FIELD(flags, 0, 8, flags(open)) FIELD(mode, 8, 8, octal)
	FIELD(resolve, 16, 8, flags(resolve)))
CALL_STRUCT(linger, 8, 0, 8, FIELD(l_onoff, 0, 4, dec) FIELD(l_linger, 4, 4, dec))
CALL_STRUCT(ucred, 12, 0, 12, FIELD(pid, 0, 4, dec) FIELD(uid, 4, 4, id) FIELD(gid, 8, 4, id))
CALL_STRUCT(termios, 36, 0, 36,
	FIELD(c_iflag, 0, 4, flags(tty_input)) FIELD(c_oflag, 4, 4, flags(tty_output))
	FIELD(c_cflag, 8, 4, flags(tty_control)) FIELD(c_lflag, 12, 4, flags(tty_local)) MORE)
CALL_STRUCT(winsize, 8, 0, 8,
	FIELD(ws_row, 0, 2, udec) FIELD(ws_col, 2, 2, udec) FIELD(ws_xpixel, 4, 2, udec)
	FIELD(ws_ypixel, 6, 2, udec))
CALL_STRUCT(capability_header, 8, 0, 8,
	FIELD(version, 0, 4, word(capability_version)) FIELD(pid, 4, 4, dec))
CALL_STRUCT(capability_data, 24, 0, 24,
	FIELD(effective, 0, 4, hex) FIELD(permitted, 4, 4, hex) FIELD(inheritable, 8, 4, hex) MORE)
CALL_STRUCT(sched_attr, 56, 0, 48,
	FIELD(size, 0, 4, udec) FIELD(sched_policy, 4, 4, word(policy))
	FIELD(sched_flags, 8, 8, hex) FIELD(sched_nice, 16, 4, dec)
	FIELD(sched_priority, 20, 4, udec) FIELD(sched_runtime, 24, 8, udec)
	FIELD(sched_deadline, 32, 8, udec) FIELD(sched_period, 40, 8, udec))
