// SPDX-License-Identifier: MIT
/* The exception table: instructions that may fault in kernel mode, and where each continues. */
#include "arch/arch_thread.h"
#include "arch/arch_uaccess.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/arch_inline/trap_frame.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/cpu.h"
#include "core/errno.h"
#include "sched/thread.h"

#include <linux/futex.h>

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

void arch_user_faults_disable(void)
{
	current_thread()->arch.faults_disabled++;
	compiler_barrier();
}

void arch_user_faults_enable(void)
{
	compiler_barrier();
	current_thread()->arch.faults_disabled--;
}

bool arch_user_faults_disabled(void)
{
	return current_thread()->arch.faults_disabled;
}

int arch_user_atomic_op_u32(u32 __user *address, int op, u32 operand, u32 *old)
{
	u32 seen, expected;
	int err = arch_get_user_u32(&seen, address);

	if (err)
		return err;
	do {
		u32 desired;

		expected = seen;
		switch (op) {
		case FUTEX_OP_SET:
			desired = operand;
			break;
		case FUTEX_OP_ADD:
			desired = expected + operand;
			break;
		case FUTEX_OP_OR:
			desired = expected | operand;
			break;
		case FUTEX_OP_ANDN:
			desired = expected & ~operand;
			break;
		case FUTEX_OP_XOR:
			desired = expected ^ operand;
			break;
		default:
			return -ENOSYS;
		}
		err = arch_user_cmpxchg_u32(address, expected, desired, &seen);
		if (err)
			return err;
	} while (seen != expected);
	*old = seen;
	return 0;
}
