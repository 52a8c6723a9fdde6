// SPDX-License-Identifier: MIT
/*
 * The end of a kernel that found itself broken: print what and where, then stop as option panic=
 * says.
 */
#include "core/panic.h"
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_platform.h"
#include "arch/arch_pagetable.h"
#include "core/assert.h"
#include "core/cmdline.h"
#include "core/last_panic.h"
#include "core/log.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "sched/thread.h"
#include "sync/lockcheck.h"
#include "trace/trace.h"

#include <stdarg.h>

static bool in_progress; /* [a] set once */

bool panic_in_progress(void)
{
	return in_progress;
}

_Noreturn void panic_at(const char *file, int line, const char *fmt, ...)
{
	char text[256], how[16];
	va_list args;

	arch_irq_disable();
	/* a panic within a panic, or of two CPUs: print no more */
	if (__atomic_exchange_n(&in_progress, true, __ATOMIC_ACQ_REL))
		arch_cpu_halt();
	va_start(args, fmt);
	kvsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	TRACE(panic, 0, line, trace_text(text, 0), trace_text(text, 1), trace_text(text, 2),
	      trace_text(text, 3), trace_text(text, 4));
	log_set_console_level(LOG_DEBUG);
	log_raw("panic: %s", text);
	log_raw("  at %s:%d, thread %d (%s)", file, line, current_thread()->tid,
		current_thread()->name);
	if (arch_kernel_image_moved())
		log_raw("  the kernel's image is moved by %lx", arch_kernel_image_moved());
	arch_smp_stop_others(log_raw);
	lockcheck_dump();
	arch_backtrace(log_raw);
	last_panic_keep();
	if (!cmdline_string("panic", how, sizeof(how)))
		how[0] = '\0';
	if (strcmp(how, "reboot") == 0)
		arch_machine_reboot();
	if (strcmp(how, "poweroff") == 0)
		arch_machine_poweroff();
	log_raw("halted");
	arch_cpu_halt();
}
