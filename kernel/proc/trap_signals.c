// SPDX-License-Identifier: MIT
/*
 * trap_signals.c -- what a CPU exception means to the program that caused it: a signal, with the
 * code and address that programs expect from Linux. An exception in the kernel itself is either a
 * user copy's (and continues at its fix-up) or a bug of ours.
 */
#define LOG_SUBSYS "fault"
#include "proc/trap_signals.h"
#include "arch/arch_thread.h"
#include "arch/arch_traps.h"
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
	if (info->trap == TRAP_ILLEGAL && arch_compiler_trap(frame))
		panic("undefined behaviour, found by the compiler's check, at %s+0x%lx [%lx]", name,
		      offset, ip);
	panic("trap %u (vector %u) in the kernel at %s+0x%lx [%lx], address %lx, error %lx",
	      info->trap, info->vector, name, offset, ip, info->address, info->error_code);
}

/* One line for what will end the program; a program that handles the signal is left in peace. */
static void log_fault(struct trap_frame *frame, const struct trap_info *info, int signal,
		      u64 address)
{
	struct user_thread *t = current_user_thread();
	u64 handler = signal_handler_word(t->process, signal);

	if (handler != (u64)SIG_DFL && handler != (u64)SIG_IGN &&
	    !(t->blocked & SIGNAL_BIT(signal)))
		return;
	log_info("%s[%d]: signal %d at ip %lx sp %lx address %lx (error %lx)", t->vfs.thread.name,
		 t->vfs.thread.tid, signal, frame_ip(frame), frame_sp(frame), address,
		 info->error_code);
}

static void raise(struct trap_frame *frame, const struct trap_info *info, int signal, int code,
		  u64 address)
{
	if (!info->from_user) {
		if (arch_uaccess_fixup(frame))
			return;
		kernel_fault(frame, info);
	}
	log_fault(frame, info, signal, address);
	arch_thread_note_fault(info);
	signal_force_fault(signal, code, address);
}

void trap_signal_divide(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGFPE, FPE_INTDIV, frame_ip(frame));
}

void trap_signal_debug(struct trap_frame *frame, const struct trap_info *info)
{
	/*
	 * A single step that runs on into the kernel (the flag was set at a system call) is no bug
	 * of ours.
	 */
	if (!info->from_user)
		return;
	raise(frame, info, SIGTRAP, TRAP_TRACE, frame_ip(frame));
}

void trap_signal_breakpoint(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGTRAP, SI_KERNEL, 0);
}

void trap_signal_overflow(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGSEGV, SI_KERNEL, 0);
}

void trap_signal_bounds(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGSEGV, SI_KERNEL, 0);
}

void trap_signal_illegal(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGILL, ILL_ILLOPN, frame_ip(frame));
}

void trap_signal_protection(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGSEGV, SI_KERNEL, 0);
}

void trap_signal_segment(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGBUS, SI_KERNEL, 0);
}

void trap_signal_stack(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGBUS, SI_KERNEL, 0);
}

void trap_signal_float(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGFPE, arch_float_fault_code(info), frame_ip(frame));
}

void trap_signal_alignment(struct trap_frame *frame, const struct trap_info *info)
{
	raise(frame, info, SIGBUS, BUS_ADRALN, 0);
}

void trap_signal_fatal(struct trap_frame *frame, const struct trap_info *info)
{
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
