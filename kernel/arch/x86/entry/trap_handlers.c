// SPDX-License-Identifier: MIT
/* Handlers of the traps that only the architecture can handle. */
#include "arch/arch_cpu.h"
#include "arch/arch_thread.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/tss.h"
#include "arch/x86/entry/regime_install.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/smp/smp.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/trap_table.h"
#include "lib/string.h"
#include "mm/kstack.h"

void arch_traps_install(void)
{
	idt_init();
	regime_install_gates();
	idt_load();
}

/* gcc emits ud2; clang emits ud1, with the kind of the check as its operand. */
bool arch_compiler_trap(const struct trap_frame *frame)
{
	static const u8 gcc_trap[] = {0x0f, 0x0b}, clang_trap[] = {0x67, 0x0f, 0xb9, 0x40};
	const void *at = (const void *)frame->ip;

	if (frame->ip < (u64)kernel_text_start ||
	    frame->ip + sizeof(clang_trap) > (u64)kernel_text_end)
		return false;
	return !memcmp(at, gcc_trap, sizeof(gcc_trap)) ||
	       !memcmp(at, clang_trap, sizeof(clang_trap));
}

_Noreturn void arch_trap_fatal(struct trap_frame *frame, const struct trap_info *info)
{
	u64 address = x86_read_cr2();

	if (info->trap == X86_TRAP_NMI && smp_is_stopped(frame))
		arch_cpu_halt();
	arch_frame_dump(frame, log_raw);
	if (info->trap == X86_TRAP_DOUBLE_FAULT && kstack_is_guard(address))
		panic("kernel stack overflow at %lx, in code at %lx", address, frame->ip);
	if (info->trap == X86_TRAP_DOUBLE_FAULT && ist_is_guard(address))
		panic("stack of an NMI or machine check overflowed at %lx, in code at %lx", address,
		      frame->ip);
	if (info->trap == X86_TRAP_NMI)
		panic("ended from outside (non-maskable interrupt), at %lx", frame->ip);
	panic("vector %u, error code %lx, at %lx, last fault address %lx", info->vector,
	      info->error_code, frame->ip, address);
}
