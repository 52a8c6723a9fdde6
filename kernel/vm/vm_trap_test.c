// SPDX-License-Identifier: MIT
// UNIT: vm/vm_trap.c lib/fmt.c lib/string.c
/* Which faults are resolved, which become a program's signal, and which panic. */
#include "unit_test.h"

#include "arch/arch_thread.h"
#include "arch/arch_uaccess.h"
#include "core/log.h"
#include "core/trap_table.h"
#include "host_arch.h"
#include "mm/page_alloc.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "vm/vm_fault.h"

#include <linux/errno.h>

static bool in_user_copy; /* the instruction is one that may fault */
static int fault_result;
static unsigned nr_without_memory; /* faults that find none before one does */
static bool memory_comes;
static unsigned nr_resolved, nr_fixed, nr_signals;
static struct vm_map map;
static struct trap_frame frame;

bool arch_uaccess_may_fault(const struct trap_frame *f)
{
	return in_user_copy;
}

bool arch_uaccess_fixup(struct trap_frame *f)
{
	nr_fixed += in_user_copy;
	return in_user_copy;
}

void arch_frame_dump(const struct trap_frame *f, void (*print)(const char *fmt, ...) __printf(1, 2))
{
}

bool page_alloc_relieve(struct memory_patience *patience)
{
	return memory_comes;
}

void log_write(enum log_level level, const char *subsys, const char *fmt, ...)
{
}

int vm_fault(struct vm_map *m, vaddr_t address, u32 access, struct vm_fault_error *error)
{
	assert_ptr_equal(m, &map);
	if (nr_without_memory) {
		nr_without_memory--;
		return -ENOMEM;
	}
	nr_resolved++;
	return fault_result;
}

static void on_signal(struct trap_frame *f, const struct vm_fault_error *error,
		      const struct trap_info *info)
{
	nr_signals++;
}

static int setup(void **state)
{
	host_arch_init();
	unit_current_thread->vm = &map;
	memset(&frame, 0, sizeof(frame));
	frame.irqs_enabled = true;
	in_user_copy = false;
	fault_result = 0;
	nr_without_memory = 0;
	memory_comes = false;
	nr_resolved = nr_fixed = nr_signals = 0;
	vm_set_fault_signal_handler(on_signal);
	return 0;
}

static void fault(vaddr_t address, u32 access, bool from_user)
{
	struct trap_info info = {
		.address = address,
		.access = access,
		.from_user = from_user,
	};

	vm_trap_page_fault(&frame, &info);
}

static void a_program_s_fault_is_resolved_or_a_signal(void **state)
{
	fault(0x1000, 0, true);
	assert_int_equal(nr_resolved, 1);
	assert_int_equal(nr_signals, 0);
	fault_result = -EFAULT;
	fault(0x1000, TRAP_ACCESS_WRITE, true);
	assert_int_equal(nr_signals, 1);
}

static void a_user_copy_s_fault_is_resolved_or_ends_the_copy(void **state)
{
	in_user_copy = true;
	fault(0x1000, 0, false);
	assert_int_equal(nr_resolved, 1);
	assert_int_equal(nr_fixed, 0);
	fault_result = -EFAULT;
	fault(0x1000, TRAP_ACCESS_WRITE | TRAP_ACCESS_PRESENT, false);
	assert_int_equal(nr_resolved, 2);
	assert_int_equal(nr_fixed, 1);
	frame.irqs_enabled = false; /* it must not sleep */
	fault(0x1000, 0, false);
	assert_int_equal(nr_resolved, 2);
	assert_int_equal(nr_fixed, 2);
}

/* However long another process takes to give its memory back: a valid address is no -EFAULT. */
static void a_user_copy_waits_for_memory(void **state)
{
	in_user_copy = true;
	memory_comes = true;
	nr_without_memory = 500;
	fault(0x1000, TRAP_ACCESS_WRITE, false);
	assert_int_equal(nr_resolved, 1);
	assert_int_equal(nr_fixed, 0);
	memory_comes = false;
	nr_without_memory = 1;
	fault(0x1000, TRAP_ACCESS_WRITE, false);
	assert_int_equal(nr_resolved, 1);
	assert_int_equal(nr_fixed, 1);
}

static void the_kernel_strays_nowhere(void **state)
{
	/* a page that is present, which SMAP denies to the kernel */
	assert_panics(fault(0x1000, TRAP_ACCESS_PRESENT, false));
	assert_panics(fault(0x1000, TRAP_ACCESS_PRESENT | TRAP_ACCESS_WRITE, false));
	/* a page that could be faulted in */
	assert_panics(fault(0x1000, 0, false));
	/* code of a program, whatever else is allowed: SMEP */
	in_user_copy = true;
	assert_panics(fault(0x1000, TRAP_ACCESS_EXEC | TRAP_ACCESS_PRESENT, false));
	in_user_copy = false;
	assert_panics(fault(0xffff800000000000, 0, false));
	assert_int_equal(nr_resolved, 0);
}

UNIT_MAIN(cmocka_unit_test_setup(a_program_s_fault_is_resolved_or_a_signal, setup),
	  cmocka_unit_test_setup(a_user_copy_s_fault_is_resolved_or_ends_the_copy, setup),
	  cmocka_unit_test_setup(a_user_copy_waits_for_memory, setup),
	  cmocka_unit_test_setup(the_kernel_strays_nowhere, setup))
