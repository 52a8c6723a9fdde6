// SPDX-License-Identifier: MIT
/* Bring-up of the boot CPU; idling, halting, randomness, backtraces. */
#include "arch/arch_irq.h"
#include "arch/x86/arch_inline/clock_inline.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/stack_protector.h"
#include "arch/x86/smp/smp_turns.h"
#include "core/assert.h"
#include "core/ksyms.h"
#include "lib/string.h"
#include "sched/thread.h"

#ifdef __clang__
#define NO_STACK_PROTECTOR __attribute__((no_stack_protector))
#else
#define NO_STACK_PROTECTOR __attribute__((optimize("no-stack-protector")))
#endif

u64 __stack_chk_guard = 0x595e9fbd94fda700; /* [I] after boot */

void __stack_chk_fail(void)
{
	panic("kernel stack smashed near %p", __builtin_return_address(0));
}

NO_STACK_PROTECTOR void cpu_stack_canary_init(void)
{
	u64 cycles = arch_clock_cycles(), random = 0;

	/* RDRAND (SDM 2A, CPUID); cpu_features is not filled yet. */
	if (x86_cpuid(1, 0).ecx & BIT(30))
		__asm__ volatile("rdrand %0" : "+r"(random)::"cc");
	/* The low byte is zero, so that no string operation reads or writes past it. */
	__stack_chk_guard = ((cycles * 0x9e3779b97f4a7c15UL) ^ __stack_chk_guard ^ random) << 8;
}

void arch_cpu_init_boot(void)
{
	percpu_init(0);
	gdt_load(0);
	/*
	 * Loading the segment registers does not touch the GS base in long mode when GS itself is
	 * not loaded.
	 */
	cpu_features_detect();
	cpu_features_patch();
	cpu_features_enable();
}

void arch_cpu_init_late(void)
{
	fpu_init();
}

void arch_cpu_idle(void)
{
	latency_irqs_on();
	smp_turns_idle();
	/*
	 * sti takes effect after the next instruction, so no interrupt comes before hlt (SDM 2B,
	 * STI).
	 */
	__asm__ volatile("sti; hlt" ::: "memory");
}

_Noreturn void arch_cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

static bool hardware_random(u64 *value)
{
	bool ok = false;

	if (cpu_features.rdrand)
		for (int tries = 0; tries < 10 && !ok; tries++)
			__asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

void arch_random_seed(void *buffer, size_t len_bytes)
{
	u64 mix = __stack_chk_guard ^ arch_clock_cycles();

	for (size_t i = 0; i < len_bytes; i += 8) {
		u64 value = 0;

		if (!hardware_random(&value))
			for (int round = 0; round < 16; round++) {
				arch_cpu_relax();
				value = (value << 5 | value >> 59) ^ arch_clock_cycles();
			}
		mix = (mix ^ value) * 0x9e3779b97f4a7c15UL;
		value ^= mix ^ mix >> 29;
		memcpy((u8 *)buffer + i, &value, min(len_bytes - i, (size_t)8));
	}
}

/* The chain of frame pointers from @frame on: the next of them on the stack that ends at @top. */
static const u64 *next_frame(const u64 *frame, const u64 *top)
{
	const u64 *next = (const u64 *)frame[0];

	/* On the stack, and further up: whatever it holds, the walk ends. */
	return next > frame && next + 2 <= top && (u64)next % 8 == 0 ? next : NULL;
}

/*
 * Every word of the stack that may be a return address into the kernel's code. Those that the frame
 * pointers lead to are. The others have a question mark: they may be stale, left by a function that
 * has returned. Release builds have no frame pointers, so all have.
 */
void arch_backtrace(void (*print)(const char *fmt, ...) __printf(1, 2))
{
	const u64 *sp = __builtin_frame_address(0);
#ifdef DEBUG
	const u64 *frame = sp;
#else
	const u64 *frame = NULL;
#endif
	const struct thread *t = current_thread();
	const u64 *top = (const u64 *)t->kernel_stack_top;
	unsigned shown = 0;

	if ((u64)sp >= (u64)boot_stack && (u64)sp < (u64)boot_stack_end)
		top = (const u64 *)boot_stack_end;
	else if (!t->kernel_stack || (u64)sp < (u64)t->kernel_stack || sp > top)
		top = (const u64 *)align_up((u64)sp + 1, 4096UL);
	for (; sp < top && shown < 24; sp++) {
		bool certain = frame && sp == frame + 1;
		const char *name;
		u64 offset;

		if (certain)
			frame = next_frame(frame, top);
		if (*sp < (u64)kernel_text_start || *sp >= (u64)kernel_text_end)
			continue;
		name = ksyms_find(*sp, &offset);
		if (!name || !offset)
			continue;
		print("  %s%s+0x%lx [%lx]", certain ? "" : "? ", name, offset, *sp);
		shown++;
	}
}
