/* SPDX-License-Identifier: MIT */
/* Control and model-specific registers, CPUID, descriptor-table loads. SDM 2, SDM 4. */
#pragma once

#include "lib/compiler.h"

#define X86_FLAGS_FIXED 0x2UL
#define X86_FLAGS_TF 0x100UL
#define X86_FLAGS_IF 0x200UL
#define X86_FLAGS_DF 0x400UL
#define X86_FLAGS_IOPL 0x3000UL
#define X86_FLAGS_NT 0x4000UL
#define X86_FLAGS_RF 0x10000UL
#define X86_FLAGS_AC 0x40000UL
#define X86_FLAGS_ID 0x200000UL
/* What a program may set in its own flags (sigreturn): CF PF AF ZF SF TF DF OF RF AC. */
#define X86_FLAGS_USER (0xcd5UL | X86_FLAGS_TF | X86_FLAGS_RF | X86_FLAGS_AC)

#define X86_CR0_MP BIT(1)
#define X86_CR0_EM BIT(2)
#define X86_CR0_TS BIT(3)
#define X86_CR0_NE BIT(5)
#define X86_CR0_WP BIT(16)
#define X86_CR0_AM BIT(18)
#define X86_CR4_PGE BIT(7)
#define X86_CR4_OSFXSR BIT(9)
#define X86_CR4_OSXMMEXCPT BIT(10)
#define X86_CR4_UMIP BIT(11)
#define X86_CR4_FSGSBASE BIT(16)
#define X86_CR4_OSXSAVE BIT(18)
#define X86_CR4_SMEP BIT(20)
#define X86_CR4_SMAP BIT(21)

#define MSR_APIC_BASE 0x1b
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX 0xc0000103
#define MSR_TSC_DEADLINE 0x6e0
#define EFER_SCE BIT(0)
#define EFER_NXE BIT(11)

#define X86_CONTROL_REGISTER(n)                                                                    \
	static __always_inline u64 x86_read_cr##n(void)                                            \
	{                                                                                          \
		u64 value;                                                                         \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(value)::"memory");                    \
		return value;                                                                      \
	}                                                                                          \
	static __always_inline void x86_write_cr##n(u64 value)                                     \
	{                                                                                          \
		__asm__ volatile("mov %0, %%cr" #n ::"r"(value) : "memory");                       \
	}
X86_CONTROL_REGISTER(0)
X86_CONTROL_REGISTER(2)
X86_CONTROL_REGISTER(3)
X86_CONTROL_REGISTER(4)
#undef X86_CONTROL_REGISTER

static __always_inline u64 x86_read_msr(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return low | (u64)high << 32;
}

static __always_inline void x86_write_msr(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

struct x86_cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct x86_cpuid x86_cpuid(u32 leaf, u32 subleaf)
{
	struct x86_cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

/* Leaf 7; zeros if the CPU has none. */
static inline struct x86_cpuid x86_cpuid_leaf_7(void)
{
	return x86_cpuid(0, 0).eax >= 7 ? x86_cpuid(7, 0) : (struct x86_cpuid){0};
}

static __always_inline void x86_invlpg(u64 address)
{
	__asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}
