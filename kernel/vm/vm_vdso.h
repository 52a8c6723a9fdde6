/* SPDX-License-Identifier: MIT */
/* The clock page, and the shared object that reads it, in every address space. */
#pragma once

#include "vm/vm_map.h"

/* Make the pages. Boot, after vm_init. */
void vm_vdso_init(void);
/*
 * Give @map its vDSO, as the last of a program's mappings: *@code is where the shared object's
 * header will be. Takes and drops map->lock. 0, -ENOMEM (no room).
 */
int vm_vdso_add(struct vm_map *map, vaddr_t *code) __must_check;

/* For the files of vm/. */
/* Put the area into the tree if it is not there yet. map->lock held. */
void vm_vdso_settle(struct vm_map *map);
/* The child's side of a fork: @to has no vDSO yet and is to have one at @at. */
void vm_vdso_inherit(struct vm_map *to, vaddr_t at);
/* Is @area a vDSO as exec has made it? */
bool vm_vdso_is_whole(const struct vm_area *area);
