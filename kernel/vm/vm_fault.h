/* SPDX-License-Identifier: MIT */
/* Page faults: what a touch of a missing or protected page means, and making it good. */
#pragma once

#include "vm/vm_map.h"

/* Outcome of a fault that could not be made good: which signal, with which code and address. */
struct vm_fault_error {
	int signal; /* SIGSEGV, SIGBUS; undefined with -ENOMEM */
	int code;   /* SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR            */
	vaddr_t address;
};

/* Resolve a touch of @address (@access: TRAP_ACCESS_*) in @map. 0: retry the instruction; -EFAULT
 * with *@error; -ENOMEM. Context: task, interrupts on, no spinlock; may sleep. Takes map->lock. */
int vm_fault(struct vm_map *map, vaddr_t address, u32 access, struct vm_fault_error *error)
	__must_check;
/* The same for the common cases, without sleeping and without waiting. True: resolved; false:
 * nothing has changed, vm_fault() has to look at it. Context: task, interrupts off, no locks. */
bool vm_fault_fast(struct vm_map *map, vaddr_t address, u32 access) __must_check;
/* Fill in and pin nothing: make [start, +len) present (for populate). 0, -EFAULT, -ENOMEM. */
int vm_fault_in(struct vm_map *map, vaddr_t start, u64 len_bytes, bool write) __must_check;
/* Read or write another process's memory (ptrace, /proc/PID/mem, cmdline): bytes done or error.
 * May sleep. */
ssize_t vm_map_access(struct vm_map *map, vaddr_t address, void *buffer, size_t len_bytes,
		      bool write);
/* The page behind @address with a reference, filled in if needed: for futexes on shared memory. */
int vm_map_get_page(struct vm_map *map, vaddr_t address, bool write, struct page **out)
	__must_check;

/* The trap table's handler for page faults: kernel-mode faults in user copies are fixed up,
 * user-mode faults resolved; what remains goes to the handler registered here (proc/ turns it
 * into a signal). */
struct trap_frame;
struct trap_info;
void vm_trap_page_fault(struct trap_frame *frame, const struct trap_info *info);
void vm_set_fault_signal_handler(void (*handler)(struct trap_frame *frame,
						 const struct vm_fault_error *error,
						 const struct trap_info *info));
