// SPDX-License-Identifier: MIT
/* callfuzz_structs.c -- makers of structures, which are right for the most part. */
#include "callfuzz_makers.h"
#include "callfuzz_worker.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <linux/capability.h>
#include <linux/sched/types.h>
#include <termios.h>
#include <time.h>

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* ---- time ---- */

/* Mostly soon. */
static uint64_t some_seconds(struct fuzz_thread *t)
{
	static const uint64_t odd[] = {1,	 -1ul,	    LONG_MAX, LONG_MAX / 1000000000,
				       LONG_MIN, 1ul << 32, INT_MAX};

	return fuzz_one_in(t, 12) ? odd[fuzz_below(t, NR(odd))] : 0;
}

static uint64_t some_nanoseconds(struct fuzz_thread *t)
{
	static const uint64_t odd[] = {999999999, 1000000000, -1ul,
				       LONG_MAX,  0x3fffffff, 0x3ffffffe};

	return fuzz_one_in(t, 12) ? odd[fuzz_below(t, NR(odd))] : fuzz_below(t, 300000);
}

static uint64_t place_times(struct fuzz_thread *t, unsigned nr_pairs)
{
	uint64_t words[4];

	for (unsigned i = 0; i < nr_pairs; i++) {
		words[2 * i] = some_seconds(t);
		words[2 * i + 1] = some_nanoseconds(t);
	}
	return fuzz_one_in(t, 10) ? 0 : fuzz_place(t, words, nr_pairs * 16);
}

uint64_t make_timespec(struct fuzz_thread *t, const void *param)
{
	return place_times(t, 1);
}

uint64_t make_timespec_pair(struct fuzz_thread *t, const void *param)
{
	return place_times(t, 2);
}

uint64_t make_timeval_pair(struct fuzz_thread *t, const void *param)
{
	return place_times(t, 2);
}

uint64_t make_itimerval(struct fuzz_thread *t, const void *param)
{
	return place_times(t, 2);
}

uint64_t make_itimerspec(struct fuzz_thread *t, const void *param)
{
	return place_times(t, 2);
}

/* ---- signals ---- */

uint64_t make_sigevent(struct fuzz_thread *t, const void *param)
{
	struct sigevent event = {0};
	static const int ways[] = {SIGEV_SIGNAL, SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, 4, 5};

	event.sigev_notify = ways[fuzz_below(t, NR(ways))];
	event.sigev_signo = (int)make_signal(t, NULL);
	event.sigev_value.sival_ptr = (void *)make_wild(t, NULL);
	if (event.sigev_notify == 4)
		memcpy((char *)&event + 16,
		       &fuzz_shared->slots[t->worker][fuzz_below(t, FUZZ_THREADS)].tid, 4);
	return fuzz_one_in(t, 6) ? 0 : fuzz_place(t, &event, sizeof(event));
}

static uint64_t some_mask(struct fuzz_thread *t)
{
	return fuzz_one_in(t, 2)
		       ? 0
		       : 1ul << fuzz_below(t, 64) | (fuzz_one_in(t, 4) ? fuzz_random(t) : 0);
}

uint64_t make_sigset(struct fuzz_thread *t, const void *param)
{
	uint64_t mask = some_mask(t);

	return fuzz_one_in(t, 6) ? 0 : fuzz_place(t, &mask, sizeof(mask));
}

uint64_t make_mask_and_size(struct fuzz_thread *t, const void *param)
{
	uint64_t words[2] = {make_sigset(t, NULL), fuzz_one_in(t, 8) ? fuzz_below(t, 20) : 8};

	return fuzz_one_in(t, 3) ? 0 : fuzz_place(t, words, sizeof(words));
}

void fuzz_restorer(void);
__asm__(".globl fuzz_restorer\nfuzz_restorer:\n\tmov $15, %eax\n\tsyscall\n\tud2\n");

uint64_t make_sigaction(struct fuzz_thread *t, const void *param)
{
	/* The kernel's form: handler, flags, restorer, mask. */
	uint64_t words[4] = {0, SA_RESTART | 0x04000000, (uint64_t)fuzz_restorer, some_mask(t)};
	static const uint64_t flags[] = {
		0,     SA_SIGINFO, SA_ONSTACK, SA_NODEFER, SA_RESETHAND, SA_NOCLDSTOP, SA_NOCLDWAIT,
		0x400, 0x800};

	switch (fuzz_below(t, 8)) {
	case 0:
		words[0] = 0;
		break;
	case 1:
		words[0] = 1;
		break;
	case 2:
		words[0] = fuzz_bad_address(t);
		break;
	default:
		words[0] = (uint64_t)fuzz_on_signal;
	}
	for (unsigned n = (unsigned)fuzz_below(t, 4); n; n--)
		words[1] |= flags[fuzz_below(t, NR(flags))];
	if (fuzz_one_in(t, 20))
		words[2] = fuzz_bad_address(t);
	if (fuzz_one_in(t, 20))
		words[1] = make_wild(t, NULL);
	return fuzz_place(t, words, sizeof(words));
}

uint64_t make_siginfo(struct fuzz_thread *t, const void *param)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_code = fuzz_one_in(t, 4) ? (int)fuzz_below(t, 200) - 100 : SI_QUEUE;
	info.si_value.sival_ptr = (void *)fuzz_random(t);
	return fuzz_place(t, &info, sizeof(info));
}

uint64_t make_altstack(struct fuzz_thread *t, const void *param)
{
	stack_t stack = {.ss_sp = (void *)(fuzz_one_in(t, 6) ? fuzz_bad_address(t)
							     : make_stack(t, NULL)),
			 .ss_flags = fuzz_one_in(t, 4) ? (int)make_wild(t, NULL) : 0,
			 .ss_size = fuzz_one_in(t, 4) ? make_length(t, NULL) : FUZZ_STACK_SIZE / 2};

	if (!fuzz_one_in(t, 6))
		stack.ss_sp = (char *)stack.ss_sp - FUZZ_STACK_SIZE + 64;
	return fuzz_place(t, &stack, sizeof(stack));
}

/* ---- memory ---- */

uint64_t make_iovec(struct fuzz_thread *t, const void *param)
{
	struct iovec vec[4];

	for (unsigned i = 0; i < NR(vec); i++) {
		vec[i].iov_base = (void *)make_out(t, NULL);
		vec[i].iov_len = fuzz_one_in(t, 4) ? make_length(t, NULL) : fuzz_below(t, 6000);
	}
	return fuzz_place(t, vec, sizeof(vec));
}

uint64_t make_length_word(struct fuzz_thread *t, const void *param)
{
	uint32_t len = (uint32_t)(fuzz_one_in(t, 4) ? make_length(t, NULL) : 110);

	return fuzz_place(t, &len, sizeof(len));
}

uint64_t make_offset_word(struct fuzz_thread *t, const void *param)
{
	uint64_t offset = make_offset(t, NULL);

	return fuzz_one_in(t, 2) ? 0 : fuzz_place(t, &offset, sizeof(offset));
}

/* The top of a stack for a new thread, with room below. */
uint64_t make_stack(struct fuzz_thread *t, const void *param)
{
	uint64_t top = FUZZ_STACKS + (FUZZ_THREADS + fuzz_below(t, FUZZ_NR_STACKS - FUZZ_THREADS) +
				      1) * FUZZ_STACK_SIZE;

	if (fuzz_one_in(t, 20))
		return fuzz_bad_address(t);
	return fuzz_one_in(t, 4) ? 0 : top - 64;
}

uint64_t make_futex_word(struct fuzz_thread *t, const void *param)
{
	if (fuzz_one_in(t, 10))
		return make_out(t, NULL);
	return (fuzz_one_in(t, 2) ? FUZZ_SHARED : FUZZ_ARENA + 0x8000) + 4 * fuzz_below(t, 8);
}

uint64_t make_robust_list(struct fuzz_thread *t, const void *param)
{
	/*
	 * The head: next, offset of the word, pending; lists that go round, lead away, or are long.
	 */
	uint64_t at = FUZZ_SHARED + 0x1000 + 64 * fuzz_below(t, 8),
		 next = FUZZ_SHARED + 0x1000 + 64 * fuzz_below(t, 8);
	uint64_t head[3] = {next, fuzz_one_in(t, 4) ? make_wild(t, NULL) : 16,
			    fuzz_one_in(t, 2) ? 0 : make_out(t, NULL)};

	if (fuzz_one_in(t, 4))
		return fuzz_place(t, head, sizeof(head));
	/* Other threads may have unmapped that memory: then it is this worker's end. */
	memcpy((void *)at, head, sizeof(head));
	return at;
}

uint64_t make_cpu_mask(struct fuzz_thread *t, const void *param)
{
	uint64_t mask[2] = {fuzz_one_in(t, 2) ? 1 : fuzz_random(t), 0};

	return fuzz_place(t, mask, sizeof(mask));
}

uint64_t make_argv(struct fuzz_thread *t, const void *param)
{
	/* "leaf" makes our own program make some calls (callfuzz_main.c). */
	uint64_t leaf = fuzz_place(t, "leaf", 5), path = make_name(t, NULL),
		 list[5] = {leaf, leaf, path, 0, 0};

	if (fuzz_one_in(t, 8))
		list[3] = fuzz_bad_address(t);
	if (fuzz_one_in(t, 8))
		return make_out(t, NULL);
	return fuzz_one_in(t, 3) ? 0 : fuzz_place(t, list, sizeof(list));
}

/* ---- sockets ---- */

static size_t some_address(struct fuzz_thread *t, struct sockaddr_un *address)
{
	size_t len;

	memset(address, 0, sizeof(*address));
	address->sun_family = fuzz_one_in(t, 10) ? (unsigned short)fuzz_below(t, 20) : AF_UNIX;
	switch (fuzz_below(t, 6)) {
	case 4:
	case 5: /* where there is a listener, mostly */
		strcpy(address->sun_path, fuzz_one_in(t, 4) ? "s1" : "s0");
		return sizeof(*address);
	case 0: /* an abstract name */
		address->sun_path[1] = (char)('a' + fuzz_below(t, 3));
		return offsetof(struct sockaddr_un, sun_path) + 2;
	case 1:
		memset(address->sun_path, 'p', sizeof(address->sun_path));
		return sizeof(*address);
	default:
		len = fuzz_some_path(t, address->sun_path, sizeof(address->sun_path));
		return offsetof(struct sockaddr_un, sun_path) + len + 1;
	}
}

uint64_t make_sockaddr(struct fuzz_thread *t, const void *param)
{
	struct sockaddr_un address;

	some_address(t, &address);
	return fuzz_one_in(t, 4) ? 0 : fuzz_place(t, &address, sizeof(address));
}

static uint64_t some_control(struct fuzz_thread *t, size_t *len)
{
	union {
		struct cmsghdr header;
		char bytes[256];
	} c;
	int *fds = (int *)CMSG_DATA(&c.header);
	unsigned nr = (unsigned)fuzz_below(t, fuzz_one_in(t, 4) ? 40 : 4);

	memset(&c, 0, sizeof(c));
	c.header.cmsg_level = fuzz_one_in(t, 12) ? (int)fuzz_below(t, 50) : SOL_SOCKET;
	c.header.cmsg_type = fuzz_one_in(t, 4) ? 2 : SCM_RIGHTS;
	c.header.cmsg_len = fuzz_one_in(t, 12) ? make_length(t, NULL) : CMSG_LEN(nr * sizeof(int));
	for (unsigned i = 0; i < nr; i++)
		fds[i] = fuzz_some_fd(t);
	*len = fuzz_one_in(t, 12) ? make_length(t, NULL) : CMSG_SPACE(nr * sizeof(int));
	return fuzz_place(t, &c, sizeof(c));
}

static void some_message(struct fuzz_thread *t, struct msghdr *message)
{
	struct sockaddr_un address;
	size_t len;

	memset(message, 0, sizeof(*message));
	if (fuzz_one_in(t, 2)) {
		message->msg_namelen = (socklen_t)some_address(t, &address);
		message->msg_name = (void *)fuzz_place(t, &address, sizeof(address));
	}
	message->msg_iov = (void *)make_iovec(t, NULL);
	message->msg_iovlen = (int)(fuzz_one_in(t, 12) ? fuzz_below(t, 1100) : fuzz_below(t, 5));
	if (fuzz_one_in(t, 2)) {
		message->msg_control = (void *)some_control(t, &len);
		memcpy((char *)message + 40, &len, sizeof(len));
	}
	message->msg_flags = (int)fuzz_random(t);
}

uint64_t make_msghdr(struct fuzz_thread *t, const void *param)
{
	struct msghdr message;

	some_message(t, &message);
	return fuzz_place(t, &message, sizeof(message));
}

uint64_t make_mmsghdr(struct fuzz_thread *t, const void *param)
{
	struct {
		struct msghdr message;
		unsigned len;
	} list[3];

	for (unsigned i = 0; i < NR(list); i++)
		some_message(t, &list[i].message);
	return fuzz_place(t, list, sizeof(list));
}

uint64_t make_option_value(struct fuzz_thread *t, const void *param)
{
	static const uint64_t values[] = {0,	1,     1,	2,    100,
					  4096, 65536, INT_MAX, -1ul, 0x0000000100000000ul};
	uint64_t words[2] = {values[fuzz_below(t, NR(values))], fuzz_below(t, 100000)};

	return fuzz_place(t, words, sizeof(words));
}

/* ---- waiting ---- */

uint64_t make_epoll_event(struct fuzz_thread *t, const void *param)
{
	struct epoll_event event = {
		.events = (uint32_t)(fuzz_one_in(t, 4) ? fuzz_random(t) : EPOLLIN | EPOLLOUT)};

	if (fuzz_one_in(t, 3))
		event.events |= EPOLLET | (fuzz_one_in(t, 2) ? (uint32_t)EPOLLONESHOT : 0u);
	if (fuzz_one_in(t, 8))
		event.events |= 1u << 28;
	event.data.u64 = fuzz_random(t);
	return fuzz_place(t, &event, sizeof(event));
}

uint64_t make_pollfds(struct fuzz_thread *t, const void *param)
{
	struct pollfd fds[16];

	for (unsigned i = 0; i < NR(fds); i++)
		fds[i] = (struct pollfd){.fd = fuzz_some_fd(t), .events = (short)fuzz_random(t)};
	return fuzz_place(t, fds, sizeof(fds));
}

uint64_t make_fd_set(struct fuzz_thread *t, const void *param)
{
	uint64_t bits[16] = {fuzz_random(t) & fuzz_random(t)};

	return fuzz_one_in(t, 3) ? 0 : fuzz_place(t, bits, sizeof(bits));
}

/* ---- limits, schedule, capabilities ---- */

uint64_t make_rlimit(struct fuzz_thread *t, const void *param)
{
	static const uint64_t values[] = {0,	 1,	  16,	    64,	  64,	256,	  4096,
					  65536, 1 << 20, 64 << 20, -1ul, -2ul, 1ul << 40};
	struct rlimit limit = {.rlim_cur = values[fuzz_below(t, NR(values))],
			       .rlim_max = values[3 + fuzz_below(t, NR(values) - 3)]};

	return fuzz_one_in(t, 6) ? 0 : fuzz_place(t, &limit, sizeof(limit));
}

uint64_t make_sched_param(struct fuzz_thread *t, const void *param)
{
	static const int priorities[] = {0, 0, 1, 1, 10, 50, -1, 100, 1000, INT_MIN};

	return fuzz_place(t, &priorities[fuzz_below(t, NR(priorities))], sizeof(int));
}

uint64_t make_sched_attr(struct fuzz_thread *t, const void *param)
{
	struct sched_attr attr = {.size = fuzz_one_in(t, 6) ? (uint32_t)make_length(t, NULL)
							    : sizeof(attr),
				  .sched_policy = (uint32_t)fuzz_below(t, 7),
				  .sched_flags = fuzz_one_in(t, 3) ? 1u << fuzz_below(t, 7) : 0,
				  .sched_nice = (int32_t)fuzz_below(t, 60) - 30,
				  .sched_priority = (uint32_t)fuzz_below(t, 50),
				  .sched_runtime = fuzz_below(t, 1 << 24),
				  .sched_deadline = fuzz_below(t, 1 << 25),
				  .sched_period = fuzz_below(t, 1 << 26)};

	return fuzz_place(t, &attr, sizeof(attr));
}

uint64_t make_cap_header(struct fuzz_thread *t, const void *param)
{
	static const uint32_t versions[] = {_LINUX_CAPABILITY_VERSION_3,
					    _LINUX_CAPABILITY_VERSION_3,
					    _LINUX_CAPABILITY_VERSION_2,
					    _LINUX_CAPABILITY_VERSION_1, 0};
	struct __user_cap_header_struct header = {.version = versions[fuzz_below(t, NR(versions))],
						  .pid = fuzz_one_in(t, 2) ? 0 : fuzz_some_pid(t)};

	return fuzz_place(t, &header, sizeof(header));
}

/* ---- arguments that depend on another ---- */

uint64_t make_clone_args(struct fuzz_thread *t, const void *param)
{
	static const uint64_t flags[] = {0x100,	      0x200,	 0x400,	  0x800,   0x4000,
					 0x8000,      0x10000,	 0x40000, 0x80000, 0x100000,
					 0x200000,    0x1000000, 0x1000,  0x10f00, 0x100000000,
					 0x200000000, 0x20000000};
	uint64_t a[11] = {0};

	for (unsigned n = (unsigned)fuzz_below(t, 4); n; n--)
		a[0] |= flags[fuzz_below(t, NR(flags))];
	a[1] = make_out(t, NULL);				/* pidfd */
	a[2] = make_out(t, NULL);				/* child_tid */
	a[3] = make_out(t, NULL);				/* parent_tid */
	a[4] = fuzz_one_in(t, 8) ? fuzz_below(t, 70) : SIGCHLD; /* exit_signal */
	if (fuzz_one_in(t, 2) || a[0] & 0x100) {
		/* stack: its lowest address */
		a[5] = (make_stack(t, NULL) | 32) - FUZZ_STACK_SIZE / 2;
		a[6] = FUZZ_STACK_SIZE / 2;
	}
	a[7] = fuzz_bad_address(t); /* tls */
	if (fuzz_one_in(t, 10))
		a[fuzz_below(t, 11)] = make_wild(t, NULL);
	if (a[0] & 0x10000)
		a[4] = 0;
	return fuzz_place(t, a, sizeof(a));
}

uint64_t make_fcntl_arg(struct fuzz_thread *t, const void *param)
{
	struct flock lock = {.l_type = (short)fuzz_below(t, 4),
			     .l_whence = (short)fuzz_below(t, 4),
			     .l_start = (off_t)make_offset(t, NULL),
			     .l_len = (off_t)make_offset(t, NULL)};
	uint64_t owner = (uint32_t)fuzz_below(t, 4) | (uint64_t)(uint32_t)fuzz_some_pid(t) << 32;

	switch (fuzz_below(t, 6)) {
	case 0:
		return fuzz_below(t, 256);
	case 1:
		return O_NONBLOCK | (fuzz_one_in(t, 2) ? O_APPEND : 0) |
		       (fuzz_one_in(t, 4) ? 020000 : 0);
	case 2:
		return fuzz_place(t, &owner, sizeof(owner));
	case 3:
		return 1ul << fuzz_below(t, 32);
	default:
		return fuzz_place(t, &lock, sizeof(lock));
	}
}

uint64_t make_ioctl_arg(struct fuzz_thread *t, const void *param)
{
	struct termios modes;
	uint32_t word =
		(uint32_t)(fuzz_one_in(t, 2) ? fuzz_below(t, 5) : (uint64_t)fuzz_some_pid(t));

	switch (fuzz_below(t, 5)) {
	case 0:
		return fuzz_below(t, 5);
	case 1:
		for (unsigned i = 0; i < sizeof(modes); i++)
			((uint8_t *)&modes)[i] = (uint8_t)fuzz_random(t);
		return fuzz_place(t, &modes, sizeof(modes));
	case 2:
		memset(&modes, 0, sizeof(modes));
		modes.c_iflag = (tcflag_t)fuzz_random(t) & 0x7fff;
		modes.c_oflag = (tcflag_t)fuzz_random(t) & 0x7f;
		modes.c_cflag = CS8 | CREAD | B38400;
		modes.c_lflag = (tcflag_t)fuzz_random(t) & 0xffff;
		modes.c_cc[VMIN] = (cc_t)fuzz_below(t, 3);
		return fuzz_place(t, &modes, sizeof(modes));
	case 3:
		return make_out(t, NULL);
	default:
		return fuzz_place(t, &word, sizeof(word));
	}
}
