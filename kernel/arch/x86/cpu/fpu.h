/* SPDX-License-Identifier: MIT */
/*
 * Floating-point and vector state: saved and restored whole, at every switch between user threads.
 */
#pragma once

#include "arch/x86/cpu/cpu.h"

#include <asm/sigcontext.h>

/* The size of one area; reset, allocate (0, -ENOMEM) and free one. */
size_t fpu_area_size(void);
void fpu_area_reset(void *area);
int fpu_area_alloc(void **out) __must_check;
void fpu_area_free(void *area);
/*
 * Save the registers to an area, and restore them. Preemption off, or an area that no switch uses.
 */
static __always_inline void fpu_save(void *area)
{
	if (cpu_features.xsave)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"((u32)cpu_features.xsave_mask),
				 "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

static __always_inline void fpu_restore(const void *area)
{
	if (cpu_features.xsave)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"((u32)cpu_features.xsave_mask),
				 "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

/*
 * The same for the current thread and a signal frame, which is in user memory and says what it
 * holds (asm/sigcontext.h). To save, the address must be 64-byte aligned, and the caller checks the
 * range. What is restored may be anything: if the CPU refuses it, and for address 0, the registers
 * are reset. Context: task. Returns 0, -EFAULT.
 */
static inline size_t fpu_user_area_size(void)
{
	return cpu_features.xsave_size + (cpu_features.xsave ? FP_XSTATE_MAGIC2_SIZE : 0);
}
int fpu_save_to_user(u64 address) __must_check;
int fpu_restore_from_user(u64 address) __must_check;
