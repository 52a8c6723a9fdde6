/* SPDX-License-Identifier: MIT */
/* Gates of the IDT, and what LGDT and LIDT load (SDM 3A, sections 3.5.1 and 6.14.1). */
#pragma once

#include "arch/x86/cpu/cpu.h"
#include "lib/compiler.h"

struct descriptor_pointer {
	u16 limit;
	u64 base;
} __packed;

struct idt_gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type; /* present; the privilege that INT n needs; interrupt gate */
	u16 offset_middle;
	u32 offset_high;
	u32 reserved;
};
static_assert(sizeof(struct idt_gate) == 16, "gate layout");

#define GATE_INTERRUPT 0x8e
#define GATE_INTERRUPT_USER 0xee

/* A gate to the kernel's code at @entry, on the stack @ist of the TSS (0: none). */
static inline struct idt_gate idt_gate_to(u64 entry, u8 type, u8 ist)
{
	return (struct idt_gate){
		.offset_low = (u16)entry,
		.selector = SELECTOR_KERNEL_CODE,
		.ist = ist,
		.type = type,
		.offset_middle = (u16)(entry >> 16),
		.offset_high = (u32)(entry >> 32),
	};
}
