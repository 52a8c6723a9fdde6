// SPDX-License-Identifier: MIT
/*
 * Finds the cause of a floating-point exception (SDM 1, 8.5 and 11.5) in the program's FPU
 * registers, which are still loaded.
 */
#include "arch/arch_cpu.h"
#include "arch/x86/entry/trap.h"
#include "core/trap_table.h"

#include <asm/siginfo.h>

#define FLAG_INVALID 0x01U
#define FLAG_DENORMAL 0x02U
#define FLAG_DIVIDE 0x04U
#define FLAG_OVERFLOW 0x08U
#define FLAG_UNDERFLOW 0x10U
#define FLAG_INEXACT 0x20U

static u32 raised_flags(const struct trap_info *info)
{
	u16 status, control;
	u32 mxcsr;

	if (info->vector == VECTOR_FLOAT) {
		__asm__ volatile("fnstsw %0" : "=m"(status));
		__asm__ volatile("fnstcw %0" : "=m"(control));
		return status & ~(u32)control & 0x3f;
	}
	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	return mxcsr & ~(mxcsr >> 7) & 0x3f;
}

int arch_float_fault_code(const struct trap_info *info)
{
	u32 flags = raised_flags(info);

	if (flags & FLAG_INVALID)
		return FPE_FLTINV;
	if (flags & FLAG_DIVIDE)
		return FPE_FLTDIV;
	if (flags & FLAG_OVERFLOW)
		return FPE_FLTOVF;
	if (flags & (FLAG_DENORMAL | FLAG_UNDERFLOW))
		return FPE_FLTUND;
	return flags & FLAG_INEXACT ? FPE_FLTRES : SI_KERNEL;
}
