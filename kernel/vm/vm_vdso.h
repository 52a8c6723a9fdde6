/* SPDX-License-Identifier: MIT */
/* The vDSO in every address space: the clock page and the shared object that reads it. */
#pragma once

#include "vm/vm_map.h"

/* Create the pages. Boot, after vm_init. */
void vm_vdso_init(void);
/*
 * Give @map its vDSO, as the last of a program's mappings: *@code is the address of the shared
 * object's header. Takes and releases map->lock. 0, -ENOMEM.
 */
int vm_vdso_add(struct vm_map *map, vaddr_t *code) __must_check;
