// SPDX-License-Identifier: MIT
#include "bench/bench_rows.h"

#include <stddef.h>
#include <string.h>

static const char calls[] = "calls";
static const char signals[] = "signals";
static const char memory[] = "memory";
static const char ipc[] = "pipes and sockets";
static const char switching[] = "switching";
static const char processes[] = "processes and threads";
static const char files[] = "files";
static const char polling[] = "waiting for many";
/* These three need several CPUs. */
static const char together[] = "processes at the same time";
static const char threads[] = "threads of one process at the same time";
static const char remote[] = "from one CPU to another";

const struct bench_row bench_rows[] = {
	{"null_call", calls, "getppid by syscall", true},
	{"null_call_int80", calls, "getppid by int 0x80", false},
	{"read_zero_0", calls, "read 0 bytes of /dev/zero", false},
	{"read_zero_1", calls, "read 1 byte of /dev/zero", false},
	{"write_null_1", calls, "write 1 byte to /dev/null", false},
	{"clock_gettime_vdso", calls, "clock_gettime by the vDSO", false},
	{"clock_gettime_call", calls, "clock_gettime by syscall", false},
	{"signal_install", signals, "install a signal handler", false},
	{"signal_deliver", signals, "signal to oneself, handler, return", false},
	{"fault_anonymous", memory, "first touch of an anonymous page", false},
	{"fault_file", memory, "first touch of a page of a file", false},
	{"fault_cow", memory, "write to a page shared by fork", false},
	{"munmap_page", memory, "munmap, for each touched page", false},
	{"mmap_munmap", memory, "mmap and munmap a page", true},
	{"pipe_self", ipc, "pipe: write and read a byte, alone", false},
	{"pipe_round_trip", ipc, "pipes: there and back, two processes", true},
	{"pipe_64k", ipc, "pipe: 64 KiB written and read", false},
	{"pipe_bandwidth", ipc, "pipe: 64 KiB between two processes", false},
	{"unix_round_trip", ipc, "Unix socket: there and back", false},
	{"unix_bandwidth", ipc, "Unix socket: 64 KiB to another", false},
	{"context_switch_2_0", switching, "switch, 2 processes, no data", true},
	{"context_switch_2_16", switching, "switch, 2 processes, 16 KiB each", true},
	{"context_switch_8_0", switching, "switch, 8 processes, no data", true},
	{"context_switch_8_16", switching, "switch, 8 processes, 16 KiB each", true},
	{"context_switch_16_0", switching, "switch, 16 processes, no data", true},
	{"context_switch_16_16", switching, "switch, 16 processes, 16 KiB each", true},
	{"yield_processes", switching, "sched_yield between two processes", true},
	{"yield_threads", switching, "sched_yield between two threads", true},
	{"futex_handoff", switching, "futex: hand over to a thread", false},
	{"fork_exit_wait", processes, "fork, exit, wait", true},
	{"vfork_exec_wait", processes, "vfork, exec of a static program, wait", true},
	{"fork_exec_wait", processes, "fork, exec of a static program, wait", true},
	{"fork_exec_wait_dynamic", processes, "the same, a dynamic program", true},
	{"shell", processes, "sh -c of a program", false},
	{"thread_create_join", processes, "thread create, exit, join", false},
	{"open_close", files, "open and close a file", false},
	{"stat", files, "stat of a path", false},
	{"fstat", files, "fstat of an open file", false},
	{"create_delete_0k", files, "create and delete an empty file", false},
	{"create_delete_1k", files, "create, write 1 KiB, delete", false},
	{"create_delete_10k", files, "create, write 10 KiB, delete", false},
	{"read_cached_4k", files, "read 4 KiB of a cached file", false},
	{"read_cached_64k", files, "read 64 KiB of a cached file", false},
	{"poll_10", polling, "poll of 10 descriptors", false},
	{"poll_100", polling, "poll of 100 descriptors", false},
	{"epoll_10", polling, "epoll_wait on 10 descriptors", false},
	{"epoll_100", polling, "epoll_wait on 100 descriptors", false},
	{"processes_null_call", together, "getppid by syscall", false},
	{"processes_read_zero", together, "read 0 bytes of /dev/zero", false},
	{"processes_fault", together, "first touch of an anonymous page", false},
	{"processes_mmap_munmap", together, "mmap and munmap a page", false},
	{"processes_mmap_touch", together, "mmap, touch and munmap a page", false},
	{"processes_open_one", together, "open and close, all in one folder", false},
	{"processes_open_two", together, "open and close, each in its own folder", false},
	{"processes_stat", together, "stat of the same path", false},
	{"processes_read_cached", together, "read 4 KiB of the same cached file", false},
	{"processes_pipe", together, "pipes: there and back, to a partner", false},
	{"processes_unix", together, "Unix socket: there and back", false},
	{"processes_futex", together, "futex: to a partner and back", false},
	{"processes_fork_exit", together, "fork, exit, wait", false},
	{"processes_fork_exec", together, "fork, exec of a static program, wait", false},
	{"processes_thread", together, "thread clone, exit, join", false},
	{"threads_null_call", threads, "getppid by syscall", false},
	{"threads_read_zero", threads, "read 0 bytes of /dev/zero", false},
	{"threads_fault", threads, "first touch of an anonymous page", false},
	{"threads_mmap_munmap", threads, "mmap and munmap a page", false},
	{"threads_mmap_touch", threads, "mmap, touch and munmap a page", false},
	{"threads_open_one", threads, "open and close, all in one folder", false},
	{"threads_open_two", threads, "open and close, each in its own folder", false},
	{"threads_stat", threads, "stat of the same path", false},
	{"threads_read_cached", threads, "read 4 KiB of the same cached file", false},
	{"threads_pipe", threads, "pipes: there and back, to a partner", false},
	{"threads_unix", threads, "Unix socket: there and back", false},
	{"threads_futex", threads, "futex: to a partner and back", false},
	{"threads_fork_exit", threads, "fork, exit, wait", false},
	{"threads_fork_exec", threads, "fork, exec of a static program, wait", false},
	{"threads_thread", threads, "thread clone, exit, join", false},
	{"remote_wake", remote, "wake a thread, until it runs", false},
	{"remote_futex", remote, "futex: to a thread and back", false},
	{"remote_pipe", remote, "pipes: to a process and back", false},
	{"shootdown_protect", remote, "mprotect a page in use, and back", false},
	{"shootdown_unmap", remote, "mmap, touch and munmap a page", false},
	{NULL, NULL, NULL, false},
};

const struct bench_row *bench_row_find(const char *key)
{
	for (const struct bench_row *row = bench_rows; row->key; row++)
		if (strcmp(row->key, key) == 0)
			return row;
	return NULL;
}

const char *bench_row_key(unsigned i)
{
	return bench_rows[i].key; /* NULL ends them */
}

bool bench_row_needs_cpus(const struct bench_row *row)
{
	return row->group == together || row->group == threads || row->group == remote;
}

double bench_row_goal(const struct bench_row *row, bool icount)
{
	if (!icount)
		return 0.5;
	return row && row->leads ? 0.2 : 0.25;
}
