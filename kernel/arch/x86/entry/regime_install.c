// SPDX-License-Identifier: MIT
/* Writes the jumps from the usual entry code to that of the regime (entry_regimes.S), at boot. */
#include "arch/x86/entry/regime_install.h"
#include "arch/arch_cpu.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/tss.h"
#include "arch/x86/entry/trap.h"
#include "core/assert.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/page_alloc.h"

#define JUMP_BYTES 5
#define REGIME_IST 4 /* 1 to 3: idt.c */

bool regime_unlimited; /* [I] after boot */

struct entry_jump {
	char *from, *to;
};

static const struct entry_jump cooperative_jumps[] = {{entry_common, cooperative_entry}};
static const struct entry_jump unlimited_jumps[] = {{entry_common, unlimited_entry},
						    {entry_return, unlimited_return},
						    {syscall_leave, unlimited_leave}};

static const struct {
	const struct entry_jump *jumps;
	unsigned nr_jumps;
	bool unlimited;
} regimes[NR_REGIMES] = {
	[REGIME_NONE] = {unlimited_jumps, ARRAY_SIZE(unlimited_jumps), true},
	[REGIME_COOPERATIVE] = {cooperative_jumps, ARRAY_SIZE(cooperative_jumps), false},
};

static void put_jump(const struct entry_jump *jump)
{
	s32 distance = (s32)(jump->to - (jump->from + JUMP_BYTES));

	jump->from[0] = (char)0xe9;
	memcpy(jump->from + 1, &distance, sizeof(distance));
}

void arch_regime_install(enum regime regime)
{
	for (unsigned i = 0; i < regimes[regime].nr_jumps; i++)
		put_jump(&regimes[regime].jumps[i]);
	regime_unlimited = regimes[regime].unlimited;
	/* These keep ring 0 out of user pages, where the programs run. */
	if (regime_unlimited)
		x86_write_cr4(x86_read_cr4() & ~(X86_CR4_SMEP | X86_CR4_SMAP | X86_CR4_UMIP));
}

void regime_install_gates(void)
{
	void *stack;

	if (!regime_unlimited)
		return;
	stack = kmap_alloc(1, PAGE_KERNEL | PAGE_ZERO);
	if (!stack)
		panic("no memory for the stack of traps");
	arch_percpu()->tss->ist[REGIME_IST - 1] = (u64)stack + PAGE_SIZE;
	idt_use_stack(REGIME_IST);
}
