// SPDX-License-Identifier: MIT
/*
 * vm_trap.c -- the trap table's handler for page faults.
 *
 * A fault of user code is resolved, or becomes a signal through the handler that proc/ registered.
 * A fault of one of the kernel's user copies is resolved in the same way if it may sleep; if not,
 * or if the fault cannot be resolved, the architecture's fix-up ends the copy early. Any other
 * kernel fault is a kernel bug and panics, whatever the address, even when the page could be
 * faulted in, or is present and the CPU forbids the access.
 */
#include "vm/vm_internal.h"

#include "arch/arch_uaccess.h"
#include "core/log.h"
#include "core/trap_table.h"
#include "lib/fmt.h"
#include "sched/thread.h"

typedef void (*fault_signal_handler_t)(struct trap_frame *frame, const struct vm_fault_error *error,
				       const struct trap_info *info);

static fault_signal_handler_t signal_handler; /* [I] after boot */

void vm_set_fault_signal_handler(fault_signal_handler_t handler)
{
	signal_handler = handler;
}

static void panic_print(const char *fmt, ...) __printf(1, 2);
static void panic_print(const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	(void)kvsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	log_err("%s", line);
}

static __cold _Noreturn void kernel_fault(struct trap_frame *frame, const struct trap_info *info)
{
	const char *what = info->access & TRAP_ACCESS_WRITE  ? "write to"
			   : info->access & TRAP_ACCESS_EXEC ? "jump to"
							     : "read of";

	arch_frame_dump(frame, panic_print);
	panic("kernel %s %#lx at %#lx%s", what, (unsigned long)info->address,
	      (unsigned long)frame_ip(frame),
	      info->access & TRAP_ACCESS_PRESENT ? " (not permitted)" : "");
}

/*
 * There was no memory to resolve the fault: wait for it as any allocation does. Returns the result
 * of the last try.
 */
static __cold __noinline int retry_until_memory(struct vm_map *map, const struct trap_info *info,
						struct vm_fault_error *error)
{
	struct memory_patience patience = {0};
	int err = -ENOMEM;

	while (err == -ENOMEM && page_alloc_relieve(&patience))
		err = vm_fault(map, info->address, info->access, error);
	return err;
}

static inline int fault_retry_oom(const struct trap_info *info, struct vm_fault_error *error)
{
	struct vm_map *map = current_thread()->vm;
	int err = vm_fault(map, info->address, info->access, error);

	return unlikely(err == -ENOMEM) ? retry_until_memory(map, info, error) : err;
}

/* May this kernel access be resolved by faulting the page in? */
static bool kernel_may_fault_in(const struct trap_frame *frame, const struct trap_info *info)
{
	const struct thread *me = current_thread();

	return info->address < USER_TOP && me->vm && frame_irqs_enabled(frame) &&
	       preempt_count() == 0 && !me->user_faults_off && !rwlock_is_mine(&me->vm->lock);
}

static __noinline void kernel_mode_fault(struct trap_frame *frame, const struct trap_info *info)
{
	struct vm_fault_error error;
	int err = -EFAULT;

	if ((info->access & TRAP_ACCESS_EXEC) || !arch_uaccess_may_fault(frame))
		kernel_fault(frame, info);
	if (kernel_may_fault_in(frame, info))
		err = fault_retry_oom(info, &error);
	if (err && !arch_uaccess_fixup(frame))
		kernel_fault(frame, info);
}

static __noinline void user_mode_fault(struct trap_frame *frame, const struct trap_info *info)
{
	struct vm_fault_error error;

	/*
	 * After -ENOMEM, return to the instruction: it faults again, or a signal ends the process
	 * on the way.
	 */
	if (fault_retry_oom(info, &error) == -EFAULT)
		signal_handler(frame, &error, info);
}

void vm_trap_page_fault(struct trap_frame *frame, const struct trap_info *info)
{
	if (unlikely(!info->from_user))
		kernel_mode_fault(frame, info);
	else
		user_mode_fault(frame, info);
}
