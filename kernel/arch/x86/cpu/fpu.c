// SPDX-License-Identifier: MIT
/*
 * fpu.c -- FPU and vector registers (SDM 1 chapter 13).
 *
 * Idea. The kernel uses no FPU register, so they hold the program's values through system calls and
 *   interrupts. Only a switch to another user thread saves and restores them: XSAVE where the CPU
 *   has it, FXSAVE otherwise. (The one exception: arch_clear_page borrows a register, and restores
 *   it with preemption off.)
 * Invariants.
 *   F1 An area that a program may have written (a signal frame) may hold anything. XRSTOR and
 *      FXRSTOR fault on what they refuse; the fault has a fix-up, after which the registers are
 *      reset.
 *   F2 Every word of a kernel area that XRSTOR reads was written before, by XSAVE or by this file:
 *      XRSTOR checks the whole header.
 */
#include "arch/x86/cpu/fpu.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "core/assert.h"
#include "core/errno.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "sync/preempt.h"
#include "vm/user_copy.h"

#include <asm/sigcontext.h>

#define FXSAVE_SIZE 512
#define XSAVE_HEADER_OFFSET 512
#define XCR0_X87_SSE 3UL
#define XCR0_AVX 4UL
#define MXCSR_DEFAULT 0x1f80
#define FCW_DEFAULT 0x37f
#define FXSAVE_MXCSR 24
#define FXSAVE_SW_RESERVED offsetof(struct _fpstate_64, sw_reserved)

static struct slab_cache area_cache;

void fpu_enable(void)
{
	if (cpu_features.xsave)
		__asm__ volatile("xsetbv" ::"c"(0), "a"((u32)cpu_features.xsave_mask), "d"(0));
	__asm__ volatile("fninit");
}

void fpu_init(void)
{
	struct cpu_features *f = &cpu_features;

	if (f->xsave)
		f->xsave_mask = x86_cpuid(0xd, 0).eax & (XCR0_X87_SSE | XCR0_AVX);
	fpu_enable();
	/* the size for what XCR0 enables now */
	f->xsave_size = f->xsave ? x86_cpuid(0xd, 0).ebx : FXSAVE_SIZE;
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
	void *area = slab_alloc(&area_cache, 0);

	if (!area)
		return -ENOMEM;
	/* XSAVE writes only the first word of the header; XRSTOR checks all of it (F2). */
	if (cpu_features.xsave)
		memset((u8 *)area + XSAVE_HEADER_OFFSET, 0, 64);
	*out = area; /* from now on a switch may save and restore it (arch_thread_become_user) */
	return 0;
}

void fpu_area_free(void *area)
{
	slab_free(&area_cache, area);
}

/* ---- in signal frames ---- */

/* The bytes that XSAVE leaves to software, and the header, of which it writes only a part. */
struct saved_area {
	u8 registers[FXSAVE_SW_RESERVED];
	u64 sw[sizeof(struct _fpx_sw_bytes) / sizeof(u64)];
	u64 header[8];
};
static_assert(offsetof(struct saved_area, header) == XSAVE_HEADER_OFFSET, "SDM 1, 13.4");

/*
 * An instruction on the area at @address in user memory; a fault that cannot be resolved goes to
 * @label.
 */
#define USER_AREA(instruction, address, mask, label)                                               \
	__asm__ goto("1: " instruction " (%0)" USER_FAULT_GOES_TO("%l3")::"r"(address),            \
		     "a"((u32)(mask)), "d"(0)                                                      \
		     : "memory"                                                                    \
		     : label)

/*
 * XSAVE writes only the first word of the header and leaves the software's bytes alone, so this
 * function writes both. F2
 */
int fpu_save_to_user(u64 address)
{
	u64 size = cpu_features.xsave_size, mask = cpu_features.xsave_mask;
	struct saved_area *at = (struct saved_area *)address;

	arch_user_window_open();
	arch_user_window_store(&at->sw[3], 0, fault);
	arch_user_window_store(&at->sw[4], 0, fault);
	arch_user_window_store(&at->sw[5], 0, fault);
	if (cpu_features.xsave) {
		u64 sizes = FP_XSTATE_MAGIC1 | (size + FP_XSTATE_MAGIC2_SIZE) << 32;

		arch_user_window_store(&at->sw[0], sizes, fault);
		arch_user_window_store(&at->sw[1], mask, fault);
		arch_user_window_store(&at->sw[2], size, fault);
		UNROLL(8)
		for (unsigned i = 0; i < ARRAY_SIZE(at->header); i++)
			arch_user_window_store(&at->header[i], 0, fault);
		arch_user_window_store_u32(address + size, FP_XSTATE_MAGIC2, fault);
		USER_AREA("xsave64", address, mask, fault);
	} else {
		arch_user_window_store(&at->sw[0], 0, fault);
		USER_AREA("fxsave64", address, 0, fault);
	}
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
}

/* Load the registers that a new program begins with. */
static void load_clean(void)
{
	void *area = current_thread()->arch.fpu;

	preempt_disable();
	fpu_area_reset(area);
	fpu_restore(area);
	preempt_enable();
}

/* The software bytes say whether the whole area is there, or only the FXSAVE part. */
static int restore_window(u64 address)
{
	u64 size = fpu_area_size();
	u64 magic, said_size;

	arch_user_window_load(magic, address + FXSAVE_SW_RESERVED, fault);
	arch_user_window_load(said_size, address + FXSAVE_SW_RESERVED + 16, fault);
	if (cpu_features.xsave && (u32)magic == FP_XSTATE_MAGIC1 && (u32)said_size == size)
		USER_AREA("xrstor64", address, cpu_features.xsave_mask, fault); /* F1 */
	else
		USER_AREA("fxrstor64", address, 0, fault); /* F1 */
	return 0;
fault:
	return -EFAULT;
}

int fpu_restore_from_user(u64 address)
{
	u64 size = fpu_area_size();
	int err;

	if (!address || !user_range_ok((void __user *)address, size)) {
		load_clean();
		return address ? -EFAULT : 0;
	}
	arch_user_window_open();
	err = restore_window(address);
	arch_user_window_close();
	if (err)
		load_clean();
	return err;
}
