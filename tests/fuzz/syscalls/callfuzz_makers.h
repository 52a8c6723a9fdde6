/* SPDX-License-Identifier: MIT */
/*
 * callfuzz_makers.h -- the makers of arguments; what each takes as its parameter is said beside it.
 */
#pragma once

#include "callfuzz.h"

/* Values of which one is taken, or several are put together. */
struct fuzz_values {
	unsigned nr;
	const uint64_t *value;
};

fuzz_maker make_one_of; /* struct fuzz_values */
/* struct fuzz_values: any of them, or-ed; now and then a bit that is none of them */
fuzz_maker make_bits;
fuzz_maker make_fd, make_dir_fd, make_length, make_much, make_offset, make_small, make_wild,
	make_pid, make_user_id;
fuzz_maker make_address; /* for calls that change mappings */
fuzz_maker make_out;	 /* somewhere to write to */
fuzz_maker make_bytes;	 /* some bytes to read */
fuzz_maker make_path, make_name, make_text, make_signal, make_mode, make_device;

/* Structures, half of them right. */
fuzz_maker make_timespec, make_timeval_pair, make_timespec_pair, make_itimerval, make_itimerspec,
	make_sigevent;
fuzz_maker make_sigset, make_sigaction, make_siginfo, make_altstack, make_iovec, make_sockaddr,
	make_length_word;
fuzz_maker make_msghdr, make_mmsghdr, make_option_value, make_epoll_event, make_pollfds,
	make_fd_set, make_rlimit;
fuzz_maker make_sched_param, make_sched_attr, make_clone_args, make_futex_word, make_robust_list,
	make_offset_word;
fuzz_maker make_cap_header, make_words, make_fcntl_arg, make_ioctl_arg, make_argv, make_stack,
	make_cpu_mask;
fuzz_maker make_mask_and_size;

/*
 * Put @len bytes into the thread's memory: mostly well, now and then where they cannot be read as a
 * whole.
 */
uint64_t fuzz_place(struct fuzz_thread *t, const void *bytes, size_t len);

/* An address that is wrong for most purposes. */
uint64_t fuzz_bad_address(struct fuzz_thread *t);

/* A descriptor that is probably open. */
int fuzz_some_fd(struct fuzz_thread *t);

/* A process or thread that a worker may do anything to: never the keeper, nor init. */
int fuzz_some_pid(struct fuzz_thread *t);

/* A path of at most @size bytes with its terminator. Returns: its length. */
size_t fuzz_some_path(struct fuzz_thread *t, char *path, size_t size);
