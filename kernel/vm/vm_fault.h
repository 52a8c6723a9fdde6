/* SPDX-License-Identifier: MIT */
/* Page-fault resolution. */
#pragma once

#include "vm/vm_map.h"

/* A fault that could not be resolved: which signal to send, with which code and address. */
struct vm_fault_error {
	int signal; /* SIGSEGV, SIGBUS; undefined with -ENOMEM */
	int code;   /* SEGV_MAPERR, SEGV_ACCERR, BUS_ADRERR */
	vaddr_t address;
};

/*
 * Resolve a fault at @address (@access: TRAP_ACCESS_*) in @map. Returns: 0: retry the instruction;
 * -EFAULT with *@error; -ENOMEM: the caller waits for memory (page_alloc_relieve). Context: task,
 * interrupts on, no spinlock; may sleep. Takes map->lock.
 */
int vm_fault(struct vm_map *map, vaddr_t address, u32 access, struct vm_fault_error *error)
	__must_check;
/*
 * Fast path for the common cases; it neither sleeps nor waits. True: resolved; false: nothing has
 * changed, call vm_fault(). Context: task, interrupts off, no locks.
 */
bool vm_fault_fast(struct vm_map *map, vaddr_t address, u32 access) __must_check;
/* Fault in [start, +len), for populate; pins nothing. 0, -EFAULT, -ENOMEM. */
int vm_fault_in(struct vm_map *map, vaddr_t start, u64 len_bytes, bool write) __must_check;
/*
 * Read or write another process's memory (ptrace, /proc/PID/mem, cmdline). Returns the bytes done
 * or an error. May sleep.
 */
ssize_t vm_map_access(struct vm_map *map, vaddr_t address, void *buffer, size_t len_bytes,
		      bool write);
/* Take a reference to the page at @address, faulted in if needed: for futexes on shared memory. */
int vm_map_get_page(struct vm_map *map, vaddr_t address, bool write, struct page **out)
	__must_check;

/*
 * The trap table's handler for page faults: resolves faults of user mode and of the kernel's user
 * copies, and ends a user copy early when its fault cannot be resolved. Other user-mode faults go
 * to the handler registered here (proc/ sends a signal).
 */
struct trap_frame;
struct trap_info;
void vm_trap_page_fault(struct trap_frame *frame, const struct trap_info *info);
void vm_set_fault_signal_handler(void (*handler)(struct trap_frame *frame,
						 const struct vm_fault_error *error,
						 const struct trap_info *info));
