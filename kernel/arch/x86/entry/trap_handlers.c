// SPDX-License-Identifier: MIT
/* Handlers of traps that mean something only to the architecture. */
#include "arch/arch_traps.h"
#include "arch/arch_thread.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/entry/regime_install.h"
#include "arch/x86/inline/control_inline.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/trap_table.h"
#include "mm/kstack.h"

void arch_traps_install(void)
{
	idt_load();
	regime_install_gates();
}

void arch_trap_resched(struct trap_frame *frame, const struct trap_info *info)
{
	(void)frame;
	(void)info;
	arch_need_resched_set();
}

void arch_trap_ignore(struct trap_frame *frame, const struct trap_info *info)
{
	(void)frame;
	(void)info;
}

void arch_trap_fatal(struct trap_frame *frame, const struct trap_info *info)
{
	u64 address = x86_read_cr2();

	arch_frame_dump(frame, log_raw);
	if (info->trap == TRAP_DOUBLE_FAULT && kstack_is_guard(address))
		panic("kernel stack overflow at %lx, in code at %lx", address, frame->ip);
	if (info->trap == TRAP_NMI)
		panic("ended from outside (non-maskable interrupt), at %lx", frame->ip);
	panic("vector %u, error code %lx, at %lx, last fault address %lx", info->vector,
	      info->error_code, frame->ip, address);
}
