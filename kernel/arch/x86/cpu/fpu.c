// SPDX-License-Identifier: MIT
/*
 * fpu.c -- FPU and vector registers (SDM 1 chapter 13).
 *
 * Idea. The kernel uses no such register, so they stay the program's through system calls and
 * interrupts; only a
 *   switch to another user thread saves and restores them: XSAVE where the CPU has it, FXSAVE
 *   otherwise.
 * Invariants.
 *   F1 An area that a program may have written (signal frames) passes fpu_area_sanitise() before it
 *   is restored: XRSTOR and
 *       FXRSTOR fault on reserved bits, in kernel mode.
 */
#include "arch/x86/cpu/fpu.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/inline/control_inline.h"
#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

#define FXSAVE_SIZE 512
#define XSAVE_HEADER_OFFSET 512
#define XCR0_X87_SSE 3UL
#define XCR0_AVX 4UL
#define MXCSR_DEFAULT 0x1f80
#define FCW_DEFAULT 0x37f
#define FXSAVE_MXCSR 24
#define FXSAVE_MXCSR_MASK 28

static struct slab_cache area_cache;
static u32 mxcsr_mask;

void fpu_init(void)
{
	struct cpu_features *f = &cpu_features;
	u8 probe[FXSAVE_SIZE] __aligned(16);

	f->xsave_size = FXSAVE_SIZE;
	if (f->xsave) {
		struct x86_cpuid leaf = x86_cpuid(0xd, 0);

		f->xsave_mask = leaf.eax & (XCR0_X87_SSE | XCR0_AVX);
		__asm__ volatile("xsetbv" ::"c"(0), "a"((u32)f->xsave_mask), "d"(0));
		f->xsave_size = x86_cpuid(0xd, 0).ebx; /* for what XCR0 enables now */
	}
	memset(probe, 0, sizeof(probe));
	__asm__ volatile("fninit; fxsave %0" : "=m"(probe));
	memcpy(&mxcsr_mask, probe + FXSAVE_MXCSR_MASK, 4);
	if (!mxcsr_mask)
		mxcsr_mask = 0xffbf;
	slab_cache_init(&area_cache, "fpu", f->xsave_size, 64);
}

size_t fpu_area_size(void)
{
	return cpu_features.xsave_size;
}

void fpu_area_reset(void *area)
{
	u16 control = FCW_DEFAULT;
	u32 mxcsr = MXCSR_DEFAULT;
	u64 components = XCR0_X87_SSE;

	memset(area, 0, cpu_features.xsave_size);
	memcpy(area, &control, 2);
	memcpy((u8 *)area + FXSAVE_MXCSR, &mxcsr, 4);
	if (cpu_features.xsave)
		memcpy((u8 *)area + XSAVE_HEADER_OFFSET, &components, 8);
}

int fpu_area_alloc(void **out)
{
	*out = slab_alloc(&area_cache, 0);
	if (!*out)
		return -ENOMEM;
	/* XSAVE writes only the first word of the header, XRSTOR wants all of it to make sense. */
	if (cpu_features.xsave)
		memset((u8 *)*out + XSAVE_HEADER_OFFSET, 0, 64);
	return 0;
}

void fpu_area_free(void *area)
{
	slab_free(&area_cache, area);
}

void fpu_save(void *area)
{
	if (cpu_features.xsave)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"((u32)cpu_features.xsave_mask),
				 "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void fpu_restore(const void *area)
{
	if (cpu_features.xsave)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"((u32)cpu_features.xsave_mask),
				 "d"(0)
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

bool fpu_area_sanitise(void *area)
{
	u32 mxcsr;
	u64 header[8];

	memcpy(&mxcsr, (u8 *)area + FXSAVE_MXCSR, 4);
	mxcsr &= mxcsr_mask;
	memcpy((u8 *)area + FXSAVE_MXCSR, &mxcsr, 4);
	if (cpu_features.xsave) {
		memcpy(header, (u8 *)area + XSAVE_HEADER_OFFSET, sizeof(header));
		if (header[0] & ~cpu_features.xsave_mask)
			return false;
		for (unsigned i = 1; i < ARRAY_SIZE(header); i++)
			if (header[i]) /* XCOMP_BV and reserved: only the standard format */
				return false;
	}
	return true;
}
