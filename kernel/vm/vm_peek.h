/* SPDX-License-Identifier: MIT */
/* Reading the program's memory for a trace, without a change that the program could notice. */
#pragma once

#include "lib/compiler.h"

/*
 * Copy up to @len_bytes at @address of the current thread's address space: of pages that are
 * mapped, and of pages of files that are in memory. Maps and allocates nothing; an untouched
 * anonymous page reads as zeros.
 * Context: task; may sleep; no lock is held. Takes map->lock if a page is not mapped.
 * Returns: how many bytes from @address on were copied; less where memory is not readable.
 */
size_t vm_peek(vaddr_t address, void *to, size_t len_bytes);
