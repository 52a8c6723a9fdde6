/* SPDX-License-Identifier: MIT */
/*
 * The layout of events in the guest's memory, where the host reads them while the guest runs and
 * after it has died. Shared by the kernel, the guest's lde and the host command, hence plain C and
 * <linux/types.h> only. All numbers are little endian.
 *
 * Each CPU has a ring of slots; a slot holds the record of one event. A slot is taken by raising
 * `head`. It is complete when its `lap` is the number of times that the ring has been filled,
 * modulo 128, plus 1: that is never 0, and never the value of the lap before. A slot that is taken
 * and not complete was being written when the machine stopped. The reader raises `tail` to free
 * slots; an event that finds no free slot is counted in `lost`.
 */
#pragma once

#include <linux/types.h>

#define TRACE_MAGIC 0x31636172746e6372ULL /* "rcntrac1" */
#define TRACE_VERSION 1u
#define TRACE_ARGS 6u
#define TRACE_CPUS_MAX 64u

/*
 * A piece of the program's memory that belongs to a call (syscall_data): it follows the call's
 * syscall_enter or syscall_exit in the same thread. The detail is the number of bytes; the first
 * argument their address, the others the bytes. With TRACE_DATA_COUNT instead, the second is how
 * many objects there are at the address, such as entries of a directory.
 */
#define TRACE_DATA_MAX 40u   /* bytes of a piece */
#define TRACE_DATA_BYTES 63u /* bits of the detail */
#define TRACE_DATA_COUNT 64u
#define TRACE_CALL_PIECES 32u /* the most of a call's begin, and of its return */

struct trace_record {
	__u32 tid;    /* the thread that was running */
	__u16 detail; /* the event's own: the number of a system call, a vector */
	__u8 event;   /* enum trace_event */
	__u8 lap;     /* written last; see above */
	__u64 cycles; /* the CPU's counter */
	__u64 args[TRACE_ARGS];
};

struct trace_ring {
	__u64 head;	/* slots ever taken */
	__u64 tail;	/* slots that the reader has freed */
	__u64 lost;	/* events that found no free slot */
	__u64 slots;	/* physical address */
	__u64 nr_slots; /* a power of two */
	__u64 log2_slots;
	__u64 unused[2];
};

/* At the kernel's symbol trace_area. */
struct trace_area {
	__u64 magic; /* written last; 0: there are no rings */
	__u32 version;
	__u32 nr_cpus;
	__u32 record_bytes;
	__u32 nr_events;    /* of the table that this kernel was built with */
	__u64 frequency_hz; /* of the counter; 0: not measured yet */
	__u64 entry_cycles; /* the counter when the loader handed over */
	__u64 unused[3];
	struct trace_ring rings[TRACE_CPUS_MAX];
};

/* The value of `lap` in slot number @index, counted from the start, of a ring of @nr_slots. */
static inline __u8 trace_lap(__u64 index, __u64 nr_slots)
{
	return (__u8)(index / nr_slots % 128 + 1);
}
