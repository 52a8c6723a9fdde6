/* SPDX-License-Identifier: MIT */
/* When each step of the bring-up was done: /proc/creance/boot. */
#pragma once

#include "lib/compiler.h"

/*
 * The step @name (a constant without blanks) is done now. Cheap: a reading of the counter, which is
 * converted to a time only when it is read, so it works before the clock is known. Boot only; if
 * there are too many the last are dropped.
 */
void boot_phase(const char *name);
/* The @index-th step, in order, and nanoseconds from the kernel's entry to its end. False: none. */
bool boot_phase_get(unsigned index, const char **name, u64 *ns);

/* Memory as the first program finds it, in bytes. */
struct boot_memory {
	u64 total;  /* the allocator's: RAM without the image and the frame table */
	u64 used;   /* of that, handed out */
	u64 tables; /* of that, page tables */
	u64 files;  /* of that, the contents of files: what the initramfs brought */
};
/* Record it, once; read it. */
void boot_memory_set(const struct boot_memory *memory);
const struct boot_memory *boot_memory(void);
