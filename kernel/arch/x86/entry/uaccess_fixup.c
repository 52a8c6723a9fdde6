// SPDX-License-Identifier: MIT
/* The exception table: instructions that may fault in kernel mode, and where each continues. */
#include "arch/arch_uaccess.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/arch_inline/trap_frame.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/cpu.h"

/* The table is short, and only searched after a fault in kernel mode: a linear search will do. */
static const struct exception_entry *find_entry(const struct trap_frame *frame)
{
	const struct exception_entry *e;

	for (e = exception_table_start; e < exception_table_end; e++)
		if (e->at == frame->ip)
			return e;
	return NULL;
}

bool arch_uaccess_may_fault(const struct trap_frame *frame)
{
	/* With SMAP, AC is set only inside a window of the user copies. */
	return (cpu_features.smap && (frame->flags & X86_FLAGS_AC)) || find_entry(frame);
}

bool arch_uaccess_fixup(struct trap_frame *frame)
{
	const struct exception_entry *e = find_entry(frame);

	if (e)
		frame->ip = e->to;
	return e;
}
