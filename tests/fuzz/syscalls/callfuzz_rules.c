// SPDX-License-Identifier: MIT
/*
 * callfuzz_rules.c -- which maker makes which argument of which call, and how often a call is made.
 *
 * The calls, their arguments' types and names come from the kernel's table (callfuzz_table.inc is
 * generated from it). A rule names a call, an argument and a type; what it leaves open ("*") fits
 * all; the first that fits counts. A rule that fits nothing is an error: the rules stay true to the
 * table.
 */
#include "callfuzz.h"
#include "callfuzz_makers.h"
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/prctl.h>
#include <linux/reboot.h>
#include <asm/prctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

struct fuzz_call fuzz_calls[] = {
#include "callfuzz_table.inc"
};
const unsigned fuzz_nr_calls = sizeof(fuzz_calls) / sizeof(fuzz_calls[0]);

struct fuzz_rule {
	const char *call, *arg, *type;
	fuzz_maker *make;
	const void *param;
};

#define NR(...) (sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
#define VALUES(...)                                                                                \
	&(const struct fuzz_values)                                                                \
	{                                                                                          \
		NR(__VA_ARGS__), (const uint64_t[])                                                \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define ONE_OF(...) make_one_of, VALUES(__VA_ARGS__)
#define BITS(...) make_bits, VALUES(__VA_ARGS__)

static const struct fuzz_rule rules[] = {
	/* Values that belong to one call. */
	{"open*", "flags", "*",
	 BITS(O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, O_APPEND, O_NONBLOCK,
	      O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC, O_PATH, 020200000, O_SYNC, O_DIRECT, O_NOATIME)},
	{"mmap", "addr", "*", make_address, NULL},
	{"mmap", "len", "*", make_much, NULL},
	{"mremap", "new_len", "*", make_much, NULL},
	{"fallocate", "len", "*", make_much, NULL},
	{"mmap", "prot", "*", BITS(PROT_READ, PROT_WRITE, PROT_EXEC, PROT_READ, PROT_WRITE)},
	{"mmap", "flags", "*",
	 BITS(MAP_SHARED, MAP_PRIVATE, MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS, MAP_ANONYMOUS,
	      MAP_GROWSDOWN, MAP_NORESERVE, MAP_POPULATE, MAP_STACK, 0x100000, MAP_LOCKED)},
	{"mprotect", "prot", "*",
	 BITS(PROT_READ, PROT_WRITE, PROT_EXEC, PROT_GROWSDOWN, PROT_GROWSUP)},
	{"mremap", "flags", "*", BITS(MREMAP_MAYMOVE, MREMAP_MAYMOVE, MREMAP_FIXED, 4)},
	{"msync", "flags", "*", BITS(MS_ASYNC, MS_SYNC, MS_INVALIDATE)},
	{"madvise", "advice", "*",
	 ONE_OF(0, 1, 2, 3, 4, 4, 4, 8, 9, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
		23, 24, 25, 100)},
	{"mlockall", "flags", "*", BITS(1, 2, 4)},
	{"fadvise64", "advice", "*", ONE_OF(0, 1, 2, 3, 4, 5, 6)},
	{"lseek", "whence", "*", ONE_OF(0, 1, 2, 3, 4, 5)},
	{"ioctl", "cmd", "*",
	 ONE_OF(0x5401, 0x5402, 0x5403, 0x5404, 0x5405, 0x5406, 0x5407, 0x5408, 0x5409, 0x540a,
		0x540b, 0x540c, 0x540d, 0x540e, 0x540e, 0x540f, 0x5410, 0x5411, 0x5412, 0x5413,
		0x5414, 0x541b, 0x5420, 0x5421, 0x5422, 0x5422, 0x5423, 0x5424, 0x5425, 0x5429,
		0x5450, 0x5451, 0x5452, 0x80045430, 0x40045431, 0x40045436, 0x80045438, 0x80045439,
		0x5441, 0x802c542a, 0x402c542b, 0x80086601, 0x40086602, 0x8004667e)},
	{"ioctl", "arg", "*", make_ioctl_arg, NULL},
	{"fcntl", "cmd", "*",
	 ONE_OF(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 16, 36, 37, 38, 1024, 1025, 1026, 1030,
		1031, 1032, 1033, 1034, 1033, 1035, 1036, 1037, 1038)},
	{"fcntl", "arg", "*", make_fcntl_arg, NULL},
	{"flock", "operation", "*", ONE_OF(1, 2, 5, 6, 8, 4, 0, 32)},
	{"fallocate", "mode", "*",
	 BITS(FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_COLLAPSE_RANGE,
	      FALLOC_FL_ZERO_RANGE, FALLOC_FL_INSERT_RANGE)},
	{"copy_file_range", "flags", "*", ONE_OF(0, 0, 0, 1)},
	{"preadv2", "flags", "*", BITS(1, 2, 4, 8, 16)},
	{"pwritev2", "flags", "*", BITS(1, 2, 4, 8, 16)},
	{"close_range", "first", "*", ONE_OF(40, 60, 100, 0, 3, 1000)},
	{"close_range", "last", "*", ONE_OF(41, 60, 90, 1000, 3, ~0u)},
	{"close_range", "flags", "*", BITS(CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC)},
	{"access", "mode", "*", BITS(1, 2, 4)},
	{"faccessat*", "mode", "*", BITS(1, 2, 4)},
	{"rename*", "flags", "*", BITS(1, 2, 4)},
	{"unlinkat", "flags", "*", ONE_OF(0, AT_REMOVEDIR, AT_EMPTY_PATH)},
	{"statx", "mask", "*", make_wild, NULL},
	/* Not devtmpfs, of which there is one: what is made in it stays by right. */
	{"mount", "type", "*", make_text, "tmpfs\0proc\0devpts\0sysfs\0none\0"},
	{"mount", "flags", "*",
	 BITS(1, 2, 4, 8, 16, 32, 1024, 4096, 4096, 8192, 16384, 1 << 17, 1 << 18, 1 << 19, 1 << 20,
	      0xc0ed0000)},
	{"mount", "data", "*", make_text,
	 "size=64k\0mode=700\0newinstance\0nr_inodes=3,size=1M\0hidepid=2\0"},
	{"umount2", "flags", "*", BITS(1, 2, 4, 8)},
	{"*xattr", "flags", "*", ONE_OF(0, XATTR_CREATE, XATTR_REPLACE, 3, 4)},
	{"*xattr", "name", "*", make_text,
	 "user.a\0user.b\0user.long_name_of_an_attribute\0trusted.x\0"
	 "security.capability\0system.posix_acl_access\0user.\0nothing\0"},
	{"memfd_create", "flags", "*", BITS(1, 2, 2, 4, 8, 16)},
	{"memfd_create", "name", "*", make_name, NULL},
	{"pipe2", "flags", "*", BITS(O_NONBLOCK, O_NONBLOCK, O_CLOEXEC, O_DIRECT)},
	{"dup3", "flags", "*", ONE_OF(0, O_CLOEXEC, 1)},
	{"*dup*", "newfd", "*", make_fd, NULL},
	{"eventfd2", "flags", "*", BITS(EFD_SEMAPHORE, EFD_NONBLOCK, EFD_CLOEXEC)},
	{"epoll_create1", "flags", "*", ONE_OF(0, EPOLL_CLOEXEC, 1)},
	{"epoll_ctl", "op", "*",
	 ONE_OF(EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, 0, 4)},
	{"epoll_ctl", "event", "*", make_epoll_event, NULL},
	{"socket*", "family", "*",
	 ONE_OF(AF_UNIX, AF_UNIX, AF_UNIX, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, 0, 99)},
	{"socket*", "type", "*",
	 BITS(SOCK_STREAM, SOCK_DGRAM, 4, SOCK_NONBLOCK, SOCK_NONBLOCK, SOCK_CLOEXEC)},
	{"socket*", "protocol", "*", ONE_OF(0, 0, 0, 0, 1, 6, 255)},
	{"send*", "flags", "*",
	 BITS(MSG_DONTWAIT, MSG_DONTWAIT, MSG_OOB, MSG_NOSIGNAL, MSG_EOR, MSG_MORE, MSG_PEEK)},
	{"recv*", "flags", "*",
	 BITS(MSG_DONTWAIT, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_OOB,
	      MSG_CMSG_CLOEXEC, MSG_ERRQUEUE, MSG_WAITFORONE)},
	{"accept4", "flags", "*", BITS(SOCK_NONBLOCK, SOCK_CLOEXEC)},
	{"shutdown", "how", "*", ONE_OF(0, 1, 2, 3)},
	{"listen", "backlog", "*", ONE_OF(0, 1, 5, 128, -1)},
	{"*sockopt", "level", "*", ONE_OF(SOL_SOCKET, SOL_SOCKET, SOL_SOCKET, 0, 6)},
	{"*sockopt", "name", "*",
	 ONE_OF(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 16, 17, 18, 19, 20, 21, 25, 26, 28, 29,
		30, 31, 32, 33, 34, 36, 38, 39, 42, 56, 57, 59, 66, 67, 76, 77)},
	{"setsockopt", "value", "*", make_option_value, NULL},
	{"clone", "flags", "*",
	 BITS(CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_VFORK, CLONE_PARENT,
	      CLONE_THREAD, CLONE_SYSVSEM, CLONE_SETTLS, CLONE_PARENT_SETTID, CLONE_CHILD_CLEARTID,
	      CLONE_CHILD_SETTID, SIGCHLD, SIGCHLD, SIGUSR1, 0x2000000, 0x1000,
	      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)},
	{"clone", "stack", "*", make_stack, NULL},
	{"clone", "tls", "*", make_address, NULL},
	{"clone3", "args", "*", make_clone_args, NULL},
	{"clone3", "size", "*", ONE_OF(64, 80, 88, 88, 88, 88, 0, 96, 4096, 4097)},
	{"exec*", "argv", "*", make_argv, NULL},
	{"exec*", "envp", "*", make_argv, NULL},
	{"wait4", "options", "*",
	 BITS(WNOHANG, WNOHANG, WNOHANG, WUNTRACED, WCONTINUED, 0x20000000, 0x80000000)},
	{"waitid", "which", "*", ONE_OF(P_ALL, P_PID, P_PGID, 3, 4)},
	{"waitid", "options", "*",
	 BITS(WNOHANG, WNOHANG, WNOHANG, WEXITED, WEXITED, WSTOPPED, WCONTINUED, WNOWAIT)},
	{"prctl", "option", "*",
	 ONE_OF(1, 2, 3, 4, 8, 9, 15, 15, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33, 34, 35,
		36, 37, 38, 39, 40, 41, 42, 47, 52, 53, 59, 0x59616d61, 0x53564d41)},
	{"prctl", "*", "*", make_small, NULL},
	{"arch_prctl", "code", "*",
	 ONE_OF(ARCH_SET_GS, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS, ARCH_GET_CPUID, ARCH_SET_CPUID,
		0x1021)},
	{"arch_prctl", "address", "*", make_address, NULL},
	{"rt_sigaction", "act", "*", make_sigaction, NULL},
	{"rt_sigprocmask", "how", "*", ONE_OF(0, 1, 2, 3)},
	{"sigaltstack", "ss", "*", make_altstack, NULL},
	{"rt_sigqueueinfo", "info", "*", make_siginfo, NULL},
	{"futex", "uaddr*", "*", make_futex_word, NULL},
	{"futex", "op", "*", BITS(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 128, 256)},
	{"futex", "val*", "*", make_small, NULL},
	{"set_robust_list", "head", "*", make_robust_list, NULL},
	{"set_robust_list", "len", "*", ONE_OF(24, 24, 24, 0, 25)},
	{"getitimer", "which", "*", ONE_OF(0, 1, 2, 3)},
	{"setitimer", "which", "*", ONE_OF(0, 1, 2, 3)},
	{"setitimer", "value", "*", make_itimerval, NULL},
	{"timer_settime", "value", "*", make_itimerspec, NULL},
	{"timer_create", "event", "*", make_sigevent, NULL},
	{"*", "clock", "*", ONE_OF(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -6ul, -2ul)},
	{"clock_nanosleep", "flags", "*", ONE_OF(0, 0, 0, 1, 2)},
	{"timer_settime", "flags", "*", ONE_OF(0, 0, 1, 2)},
	{"clock_settime", "tp", "*", make_timespec, NULL},
	{"settimeofday", "tv", "*", make_timespec, NULL},
	{"*limit*", "resource", "*",
	 ONE_OF(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)},
	{"*limit*", "*limit", "const *", make_rlimit, NULL},
	{"getrusage", "who", "*", ONE_OF(0, -1, -2, 1)},
	{"*priority", "which", "*", ONE_OF(0, 0, 1, 3)},
	{"*priority", "who", "*", make_pid, NULL},
	{"sched_*", "policy", "*", ONE_OF(0, 1, 2, 3, 5, 6, 0x40000000, 7)},
	{"sched_set*", "param", "*", make_sched_param, NULL},
	{"sched_setattr", "attr", "*", make_sched_attr, NULL},
	{"sched_setattr", "flags", "*", ONE_OF(0, 0, 0, 1)},
	{"sched_setaffinity", "mask", "*", make_cpu_mask, NULL},
	{"syslog", "type", "*", ONE_OF(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)},
	{"reboot", "magic1", "*", ONE_OF(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC1, 0)},
	{"reboot", "magic2", "*", ONE_OF(LINUX_REBOOT_MAGIC2, LINUX_REBOOT_MAGIC2A, 0)},
	{"reboot", "cmd", "*", make_wild, NULL},
	{"personality", "*", "*", ONE_OF(0, 0xffffffff, 0x40000, 0x100000, 0x400000, 8)},
	{"cap*", "header", "*", make_cap_header, NULL},
	{"capset", "data", "*", make_words, NULL},
	{"getrandom", "flags", "*", BITS(1, 2, 4)},
	{"mknod*", "mode", "*",
	 ONE_OF(0100644, 010666, 010666, 020666, 060666, 0140777, 040755, 0, 0120777)},
	{"*", "dev", "*", make_device, NULL},
	/* By the names of arguments. */
	{"*", "*dirfd", "*", make_dir_fd, NULL},
	{"*", "*fd", "*", make_fd, NULL},
	{"*", "fds", "struct pollfd *", make_pollfds, NULL},
	{"select", "n", "*", ONE_OF(0, 1, 16, 64, 64, 65, 1024, -1)},
	{"pselect6", "n", "*", ONE_OF(0, 1, 16, 64, 64, 65, 1024, -1)},
	{"*select*", "in", "*", make_fd_set, NULL},
	{"*select*", "out", "*", make_fd_set, NULL},
	{"*select*", "ex", "*", make_fd_set, NULL},
	{"pselect6", "sigmask", "*", make_mask_and_size, NULL},
	{"*", "timeout_ms", "*", ONE_OF(0, 0, 0, 1, 2, -1, -2)},
	{"*", "timeout", "*", make_timespec, NULL},
	{"*", "request", "*", make_timespec, NULL},
	{"utime", "times", "*", make_timespec, NULL},
	{"utimensat", "times", "*", make_timespec_pair, NULL},
	{"*", "times", "*", make_timeval_pair, NULL},
	{"*", "*set", "const u64 *", make_sigset, NULL},
	{"*", "sigmask", "*", make_sigset, NULL},
	{"*", "sigsetsize", "*", ONE_OF(8, 8, 8, 8, 8, 8, 8, 0, 4, 16)},
	{"*", "*sig", "*", make_signal, NULL},
	{"*", "vec", "const *", make_iovec, NULL},
	{"*", "vlen", "*", ONE_OF(0, 1, 1, 2, 3, 4, 4, 1024, 1025, -1)},
	{"*", "address", "const void *", make_sockaddr, NULL},
	{"*", "*len", "u32 *", make_length_word, NULL},
	{"*", "*pos", "off_t *", make_offset_word, NULL},
	{"*", "offset", "off_t *", make_offset_word, NULL},
	{"*", "address_len", "*", ONE_OF(2, 3, 4, 10, 110, 110, 111, 0, -1)},
	{"*connect", "len", "*", ONE_OF(2, 3, 4, 10, 110, 110, 111, 0, -1)},
	{"*bind", "len", "*", ONE_OF(2, 3, 4, 10, 110, 110, 111, 0, -1)},
	{"setsockopt", "len", "*", ONE_OF(0, 1, 4, 4, 4, 8, 16, 128, -1)},
	{"*msg", "msg", "*", make_msghdr, NULL},
	{"*", "messages", "*", make_mmsghdr, NULL},
	{"*", "nr", "*", ONE_OF(0, 1, 2, 3, 4, 1024, -1)},
	{"poll", "nfds", "*", ONE_OF(0, 1, 2, 8, 16, 16, 1000, -1)},
	{"ppoll", "nfds", "*", ONE_OF(0, 1, 2, 8, 16, 16, 1000, -1)},
	{"*", "max_events", "*", ONE_OF(1, 1, 8, 0, 64, -1, 0x7fffffff)},
	{"setgroups", "list", "*", make_words, NULL},
	{"setgroups", "size", "*", ONE_OF(0, 1, 2, 32, 65536, 65537, -1)},
	{"*", "*addr", "vaddr_t", make_address, NULL},
	{"brk", "end", "*", make_address, NULL},
	{"*mprotect", "*len", "*", make_length, NULL},
	/* By their types. */
	{"set*name", "name", "const char *", make_bytes, NULL},
	{"symlink*", "target", "*", make_path, NULL},
	{"*", "*", "const char *", make_path, NULL},
	{"*", "*id", "* *", make_out, NULL},
	{"*", "*", "uid_t", make_user_id, NULL},
	{"*", "*", "gid_t", make_user_id, NULL},
	{"*", "*id", "*", make_pid, NULL},
	{"*", "*", "mode_t", make_mode, NULL},
	{"*", "*", "off_t", make_offset, NULL},
	{"*", "offset", "u64", make_offset, NULL},
	{"*", "*", "size_t", make_length, NULL},
	{"*", "*len", "int", make_length, NULL},
	{"*", "size", "int", make_length, NULL},
	{"*", "flags", "*",
	 BITS(AT_SYMLINK_NOFOLLOW, AT_EACCESS, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, 0x800)},
	{"*", "*", "const *", make_bytes, NULL},
	{"*", "*", "* *", make_out, NULL},
	{"*", "*", "*", make_small, NULL},
};

/* What ends, waits or multiplies is made less often. */
static const struct {
	const char *call;
	unsigned one_in;
} rare[] = {
	{"exit", 40},
	{"exit_group", 200},
	{"fork", 30},
	{"vfork", 30},
	{"clone", 20},
	{"clone3", 20},
	{"execve", 8},
	{"pause", 50},
	{"rt_sigsuspend", 20},
	{"rt_sigreturn", 20},
	{"kill", 5},
	{"tkill", 8},
	{"tgkill", 8},
	{"rt_sigqueueinfo", 5},
	{"arch_prctl", 8},
	{"munmap", 3},
	{"close_range", 30},
	{"setrlimit", 5},
	{"prlimit64", 5},
	{"setsid", 5},
	{"chroot", 5},
	{"sync", 5},
	{"mprotect", 2},
	{"wait4", 2},
	{"waitid", 2},
	{"nanosleep", 3},
	{"clock_nanosleep", 3},
	{"mlockall", 5},
	{"setuid", 8},
	{"setreuid", 8},
	{"setresuid", 8},
	{"capset", 8},
	{"umask", 3},
	{"setfsuid", 4},
	{"sched_setscheduler", 4},
};

static bool used[sizeof(rules) / sizeof(rules[0])];

/* Does @text fit @pattern, in which * stands for anything? */
static bool fits(const char *pattern, const char *text)
{
	while (*pattern && *pattern != '*') {
		if (*pattern++ != *text++)
			return false;
	}
	if (!*pattern)
		return !*text;
	for (pattern++;; text++) {
		if (fits(pattern, text))
			return true;
		if (!*text)
			return false;
	}
}

/* In a type a star is a pointer; only "*", "const *" and "* *" are patterns. */
static bool type_fits(const char *pattern, const char *type)
{
	size_t len = strlen(type);

	if (strcmp(pattern, "*") == 0)
		return true;
	if (strcmp(pattern, "* *") == 0)
		return type[len - 1] == '*';
	if (strcmp(pattern, "const *") == 0)
		return type[len - 1] == '*' && strncmp(type, "const ", 6) == 0;
	return strcmp(pattern, type) == 0;
}

static void apply_to(struct fuzz_call *call, unsigned arg)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct fuzz_rule *r = &rules[i];

		if (!fits(r->call, call->name) || !fits(r->arg, call->arg[arg]) ||
		    !type_fits(r->type, call->type[arg]))
			continue;
		call->make[arg] = r->make;
		call->param[arg] = r->param;
		used[i] = true;
		return;
	}
}

void fuzz_apply_rules(void)
{
	unsigned found = 0;

	for (unsigned i = 0; i < fuzz_nr_calls; i++) {
		fuzz_calls[i].one_in = 1;
		for (unsigned arg = 0; arg < fuzz_calls[i].nr_args; arg++)
			apply_to(&fuzz_calls[i], arg);
		for (size_t k = 0; k < sizeof(rare) / sizeof(rare[0]); k++) {
			if (strcmp(rare[k].call, fuzz_calls[i].name) == 0) {
				fuzz_calls[i].one_in = rare[k].one_in;
				found++;
			}
		}
	}
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!used[i]) {
			printf("callfuzz: the rule (%s, %s, %s) fits no call\n", rules[i].call,
			       rules[i].arg, rules[i].type);
			exit(2);
		}
	}
	if (found != sizeof(rare) / sizeof(rare[0])) {
		printf("callfuzz: a call that is to be rare does not exist\n");
		exit(2);
	}
}
