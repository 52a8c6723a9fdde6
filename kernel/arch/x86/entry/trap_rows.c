// SPDX-License-Identifier: MIT
/* The rows of traps.tbl.h as portable code sees them. */
#include "arch/arch_cpu.h"
#include "arch/x86/entry/trap.h"
#include "core/trap_table.h"

#include <asm/siginfo.h>
#include <asm/signal.h>

enum { ADDRESS_NONE, ADDRESS_IP }; /* the address column */
#define FPU 0			   /* the code column: see arch_float_fault_code */

#define TRAP_SIGNAL(vector, trap, text, what, number, si_code, address, when)                      \
	[X86_TRAP_##trap] = {.name = text,                                                         \
			     .label = "signal " #number,                                           \
			     .kind = TRAP_##what,                                                  \
			     .signal = number,                                                     \
			     .code = si_code,                                                      \
			     .address_is_ip = ADDRESS_##address},
#define TRAP_HANDLER(vector, trap, text, what, says, when)                                         \
	[X86_TRAP_##trap] = {.name = text, .label = says, .kind = TRAP_##what},
static const struct trap_row trap_rows[NR_X86_TRAPS] = {
#include "arch/x86/entry/traps.tbl.h"
};
#undef TRAP_SIGNAL
#undef TRAP_HANDLER
static_assert(NR_X86_TRAPS <= TRAPS_MAX, "room for handlers and counts");

const struct trap_row *arch_trap_row(unsigned index)
{
	return index < NR_X86_TRAPS ? &trap_rows[index] : NULL;
}
