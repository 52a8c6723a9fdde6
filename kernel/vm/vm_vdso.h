/* SPDX-License-Identifier: MIT */
/* The vDSO in every address space: the clock page and the shared object that reads it. */
#pragma once

#include "vm/vm_map.h"

/* Create the pages. Boot, after vm_init. */
void vm_vdso_init(void);
/*
 * Give @map its vDSO, as the last of a program's mappings: *@code is the address of the shared
 * object's header. Takes and releases map->lock. 0, -ENOMEM (no room).
 */
int vm_vdso_add(struct vm_map *map, vaddr_t *code) __must_check;

/* Private to vm/. */
/* Insert the area into the tree if it is not there yet. map->lock held. */
void vm_vdso_settle(struct vm_map *map) REQUIRES(map->lock);
/* The child's side of a fork: give @to, which has no vDSO yet, one at @at. */
void vm_vdso_inherit(struct vm_map *to, vaddr_t at);
