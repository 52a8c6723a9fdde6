/* SPDX-License-Identifier: MIT */
/*
 * A machine's memory management for unit tests: page tables of user space, a TLB that remembers
 * until it is flushed, a current thread, and mutexes without contention. Memory goes
 * through fake_touch() as through a CPU: by the TLB, then by the table, then by a page fault. A
 * flush that is forgotten shows as a touch of the wrong page.
 */
#pragma once

#include "vm/vm_fault.h"

/* Start with an empty TLB; the current thread has no map. */
void fake_machine_init(void);

/* Table pages that may still be made before making one fails; negative: no limit. */
extern int fake_tables_left;
/* How often translations were forgotten, in whatever way. */
extern unsigned fake_flushes;
extern unsigned fake_faults;

/* Read or write (*@value) the first word of @va's page in @map as a program would. 0, or what
 * vm_fault says. */
int fake_touch(struct vm_map *map, vaddr_t va, bool write, u64 *value,
	       struct vm_fault_error *error);

/* Entries that are not none. */
u64 fake_pagetable_count(struct arch_pagetable *pt);
