// SPDX-License-Identifier: MIT
/* panic() on the host: back to assert_panics() when a test expects it, else the end. */
#include "unit_test.h"

#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"

jmp_buf *unit_panic_jump;
char unit_panic_text[256];

_Noreturn void panic_at(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(unit_panic_text, sizeof(unit_panic_text), fmt, args);
	va_end(args);
	unit_preempt_count = 0; /* the sections that the panic ended */
	unit_irqs_off = false;
	if (unit_panic_jump)
		longjmp(*unit_panic_jump, 1);
	fprintf(stderr, "%s:%d: panic: %s\n", file, line, unit_panic_text);
	abort();
}

void percpu_may_move(const char *name)
{
	panic("this CPU's %s is wanted by a thread that may move to another", name);
}
