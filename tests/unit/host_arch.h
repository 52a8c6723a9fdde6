/* SPDX-License-Identifier: MIT */
/*
 * The architecture of unit tests (kernel/arch/host) as a machine: page tables of user space, a TLB
 * that remembers until a flush, a current thread. Memory goes through host_touch() as through a
 * CPU: by the TLB, then by the table, then by a page fault. A missing flush shows as a touch of the
 * wrong page.
 */
#pragma once

#include "vm/vm_fault.h"

/* Start with an empty TLB; the current thread has no map. */
void host_arch_init(void);

/* Table pages that may still be made before making one fails; negative: no limit. */
extern int host_tables_left;
/* How often translations were forgotten, in whatever way. */
extern unsigned host_flushes;
extern unsigned host_faults;

/* Read or write (*@value) the first word of @va's page in @map as a program would. 0, or what
 * vm_fault says. */
int host_touch(struct vm_map *map, vaddr_t va, bool write, u64 *value,
	       struct vm_fault_error *error);

/* Entries that are not none. */
u64 host_pagetable_count(struct arch_pagetable *pt);
