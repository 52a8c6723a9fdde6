/* SPDX-License-Identifier: MIT */
/* Vectors, and the C side of the entry code. */
#pragma once

#include "arch/x86/arch_inline/trap_frame.h"
#include "lib/compiler.h"

/* VECTOR_NAME for each row of the table of traps, and for the vectors that devices get. */
#define OTHER_EXCEPTIONS 256 /* beyond the vectors */
#define OTHER_INTERRUPTS 257
#define TRAP_SIGNAL(vector, name, ...) VECTOR_##name = vector,
#define TRAP_HANDLER(vector, name, ...) VECTOR_##name = vector,
enum vector {
#include "arch/x86/entry/traps.tbl.h"
	NR_EXCEPTIONS = 32,
	VECTOR_DEVICE_FIRST = 0x30,
	VECTOR_DEVICE_LAST = 0xdf,
	NR_VECTORS = 256
};
#undef TRAP_SIGNAL
#undef TRAP_HANDLER

/* The rows themselves, X86_TRAP_NAME being the index (trap_rows.c). */
#define TRAP_SIGNAL(vector, name, ...) X86_TRAP_##name,
#define TRAP_HANDLER TRAP_SIGNAL
enum x86_trap {
#include "arch/x86/entry/traps.tbl.h"
	NR_X86_TRAPS
};
#undef TRAP_HANDLER
#undef TRAP_SIGNAL

/* In entry_vectors.S / entry_syscall.S. */
extern char entry_stubs[], entry_iret[], entry_return[], syscall_entry[], syscall_entry_traced[],
	syscall_return_full[];
/* [a] is the entry of each trap noted, for a trace or for user_time.c: then no fast way in */
extern bool traps_watched;

#define ENTRY_STUB_SIZE 16

/* Called by the stubs, interrupts off. */
void trap_from_cpu(u32 vector, struct trap_frame *frame);
/*
 * Fast path of a program's page fault; bx, bp and r12-r15 are not in the frame. False: nothing has
 * been done, take the slow path.
 */
bool trap_page_fault_fast(struct trap_frame *frame);
/* Do what thread->work asks for; returns with interrupts off and no work left. */
void trap_return_work(struct trap_frame *frame);
/* Latency build only: called right before return-from-trap, and right after a system call began. */
void trap_latency_return(const struct trap_frame *frame);
void trap_latency_syscall(void);
/* The final iretq faulted: send the thread the signal of a protection fault. */
void trap_iret_refused(struct trap_frame *frame);
