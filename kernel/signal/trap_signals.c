// SPDX-License-Identifier: MIT
/*
 * trap_signals.c -- what a CPU exception means to the program that caused it: a signal, with the
 * code and address that programs expect from Linux. An exception in the kernel itself is either a
 * user copy's (and continues at its fix-up) or a bug of ours.
 */
#define LOG_SUBSYS "fault"
#include "signal/trap_signals.h"
#include "arch/arch_thread.h"
#include "arch/arch_cpu.h"
#include "arch/arch_uaccess.h"
#include "core/assert.h"
#include "core/ksyms.h"
#include "core/log.h"
#include "lib/fmt.h"
#include "proc/process_internal.h"
#include "vm/vm_fault.h"

static __printf(1, 2) void print_line(const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	kvsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	log_err("%s", line);
}

static _Noreturn __cold void kernel_fault(struct trap_frame *frame, const struct trap_info *info)
{
	u64 ip = frame_ip(frame), offset = 0;
	const char *name = ksyms_find(ip, &offset);

	arch_frame_dump(frame, print_line);
	if (!name)
		name = "no function";
	if (arch_trap_row(info->trap)->kind == TRAP_ILLEGAL && arch_compiler_trap(frame))
		panic("undefined behaviour, found by the compiler's check, at %s+0x%lx [%lx]", name,
		      offset, ip);
	panic("%s (vector %u) in the kernel at %s+0x%lx [%lx], address %lx, error %lx",
	      arch_trap_row(info->trap)->name, info->vector, name, offset, ip, info->address,
	      info->error_code);
}

/* Log a fault that will end the program, not one for which it has a handler. */
static void log_fault(struct trap_frame *frame, const struct trap_info *info, int signal,
		      u64 address)
{
	struct user_thread *t = current_user_thread();
	u64 handler = signal_handler_word(t->thread.process, signal);
	char name[THREAD_NAME_SIZE];

	if (handler != (u64)SIG_DFL && handler != (u64)SIG_IGN &&
	    !(t->signals.blocked & SIGNAL_BIT(signal)))
		return;
	thread_name_get(&t->thread, name);
	log_info("%s[%d]: signal %d at ip %lx sp %lx address %lx (error %lx)", name, t->thread.tid,
		 signal, frame_ip(frame), frame_sp(frame), address, info->error_code);
}

static void raise(struct trap_frame *frame, const struct trap_info *info)
{
	const struct trap_row *row = arch_trap_row(info->trap);
	u64 address = row->address_is_ip ? frame_ip(frame) : 0;

	debug_assert(row->signal); /* a handler of its own otherwise */
	log_fault(frame, info, row->signal, address);
	arch_thread_note_fault(info);
	signal_force_fault(row->signal,
			   row->kind == TRAP_FLOAT ? arch_float_fault_code(info) : row->code,
			   address);
}

void trap_signal(struct trap_frame *frame, const struct trap_info *info)
{
	if (info->from_user) {
		raise(frame, info);
		return;
	}
	/* A single step that runs on into the kernel, because the flag was set at a system call. */
	if (arch_trap_row(info->trap)->kind == TRAP_STEP)
		return;
	if (!arch_uaccess_fixup(frame))
		kernel_fault(frame, info);
}

void trap_signal_page_fault(struct trap_frame *frame, const struct vm_fault_error *error,
			    const struct trap_info *info)
{
	if (!info->from_user)
		kernel_fault(frame, info);
	log_fault(frame, info, error->signal, error->address);
	arch_thread_note_fault(info);
	signal_force_fault(error->signal, error->code, error->address);
}
