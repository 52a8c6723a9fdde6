/* SPDX-License-Identifier: MIT */
/*
 * Floating-point and vector state: saved and restored whole, at every switch between user threads.
 */
#pragma once

#include "arch/x86/cpu/cpu.h"

#include <asm/sigcontext.h>

/* Size of one area, and a clean one to copy. */
size_t fpu_area_size(void);
void fpu_area_reset(void *area);
int fpu_area_alloc(void **out) __must_check;
void fpu_area_free(void *area);
/* The registers to an area, and back. Preemption disabled. */
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
 * The same in a signal frame, which lies in user memory and says what it holds (asm/sigcontext.h):
 * the current thread's registers, saved and restored in place. The address is 64-byte aligned when
 * saving; what is restored may be anything: what the CPU refuses leaves a clean state. 0 restores
 * one, too. Context: task. Returns 0, -EFAULT. The range of saving is the caller's to check.
 */
static inline size_t fpu_user_area_size(void)
{
	return cpu_features.xsave_size + (cpu_features.xsave ? FP_XSTATE_MAGIC2_SIZE : 0);
}
int fpu_save_to_user(u64 address) __must_check;
int fpu_restore_from_user(u64 address) __must_check;
