// SPDX-License-Identifier: MIT
/*
 * trap.c -- from the CPU's vector to the trap table, and back to where the trap came from.
 *
 * Idea. The entry stubs hand over a vector and a frame. Exceptions run in process context, with
 *   interrupts enabled if they were before. Interrupts run in interrupt context: interrupts stay
 *   off, the preemption count is raised, and at the end, if the count allows it, the scheduler may
 *   switch (that is preemption, of programs and of the kernel). Page faults of programs are first
 *   tried with interrupts off (vm_fault_fast.c).
 * Invariants.
 *   T1  frame->original_ax is SYSCALL_NONE in every frame except that of a system call.
 *   T2  A return to user mode happens with interrupts off and thread->work zero.
 */
#include "arch/x86/entry/trap.h"
#include "arch/arch_irq.h"
#include "arch/arch_uaccess.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/irq/lapic.h"
#include "arch/x86/smp/smp_turns.h"
#include "core/assert.h"
#include "core/trap_table.h"
#include "sched/account/user_time.h"
#include "sched/epoch.h"
#include "sched/sched.h"
#include "trace/trace.h"
#include "vm/vm_fault.h"

#define PAGE_FAULT_PRESENT 1U
#define PAGE_FAULT_WRITE 2U
#define PAGE_FAULT_RESERVED 8U
#define PAGE_FAULT_USER 4U
#define PAGE_FAULT_FETCH 16U

/* The trap of each vector that has a row, plus 1. */
#define TRAP_SIGNAL(vector, name, ...) [vector] = X86_TRAP_##name + 1,
#define TRAP_HANDLER TRAP_SIGNAL
static const u8 vector_traps[OTHER_INTERRUPTS + 1] = {
#include "arch/x86/entry/traps.tbl.h"
};
#undef TRAP_HANDLER
#undef TRAP_SIGNAL

static __always_inline enum x86_trap trap_of(u32 vector)
{
	if (likely(vector_traps[vector]))
		return vector_traps[vector] - 1U;
	return vector < NR_EXCEPTIONS ? X86_TRAP_RESERVED : X86_TRAP_DEVICE;
}

/* These run on stacks of their own, and may have come while interrupts must stay off. */
static bool is_paranoid(u32 vector)
{
	return vector == VECTOR_NMI || vector == VECTOR_DOUBLE_FAULT ||
	       vector == VECTOR_MACHINE_CHECK;
}

bool traps_watched; /* [a] */

static void (*return_work_handler)(struct trap_frame *frame); /* [I] after boot */

void arch_set_return_work_handler(void (*handler)(struct trap_frame *frame))
{
	return_work_handler = handler;
}

static __noinline void dispatch_interrupt(u32 vector, struct trap_frame *frame, bool from_user)
{
	struct trap_info info = {.trap = trap_of(vector),
				 .vector = vector,
				 .address = frame->ip,
				 .from_user = from_user};

	frame->original_ax = SYSCALL_NONE; /* T1 */
	TRACE(interrupt_enter, info.trap, frame->ip, vector, from_user);
	arch_preempt_count_add(PREEMPT_IRQ_UNIT);
	if (LATENCY_BUILD && preempt_count() == PREEMPT_IRQ_UNIT)
		latency_preempt_off();
	epoch_interrupted();
	trap_table_count(info.trap);
	trap_table_dispatch(frame, &info);
	/*
	 * After the handler: a level-triggered line is quiet by now, and does not fire again at
	 * once.
	 */
	if (vector != VECTOR_SPURIOUS)
		lapic_end_of_interrupt();
	if (LATENCY_BUILD && preempt_count() == PREEMPT_IRQ_UNIT)
		latency_preempt_on();
	arch_preempt_count_add(-(int)PREEMPT_IRQ_UNIT);
	/*
	 * Zero means: no spinlock is held, no outer interrupt runs, and a reschedule is wanted
	 * (sync/preempt.h).
	 */
	if (arch_preempt_count() == 0)
		sched_preempt_interrupted();
	TRACE(interrupt_exit, info.trap, frame->ip, from_user);
}

static u32 page_fault_access(u64 error_code)
{
	static_assert(TRAP_ACCESS_PRESENT == PAGE_FAULT_PRESENT << 2 &&
			      TRAP_ACCESS_WRITE == PAGE_FAULT_WRITE >> 1 &&
			      TRAP_ACCESS_EXEC == PAGE_FAULT_FETCH >> 3,
		      "moved into place");
	return (u32)((error_code & PAGE_FAULT_PRESENT) << 2 | (error_code & PAGE_FAULT_WRITE) >> 1 |
		     (error_code & PAGE_FAULT_FETCH) >> 3);
}

/*
 * Is it a look at user memory that may not fill a page in, such as a trace's own? Then the fault
 * says that the page is not there, and is no step of the protocol.
 */
static bool is_look(u32 vector, const struct trap_info *info)
{
	const struct thread *t = current_thread();

	return vector == VECTOR_PAGE_FAULT && !info->from_user && info->address < USER_TOP && t &&
	       t->user_faults_off;
}

static __noinline void dispatch_exception(u32 vector, struct trap_frame *frame, bool from_user)
{
	struct trap_info info = {
		.trap = trap_of(vector),
		.vector = vector,
		.address = frame->ip,
		.error_code = frame->original_ax,
		.from_user = from_user,
	};
	bool is_traced;

	frame->original_ax = SYSCALL_NONE; /* T1 */
	if (vector == VECTOR_PAGE_FAULT) {
		info.address = x86_read_cr2();
		info.access = page_fault_access(info.error_code);
		if (from_user && info.address >= USER_TOP)
			/* the program must not learn whether the kernel has a page there */
			info.error_code |= PAGE_FAULT_PRESENT | PAGE_FAULT_USER;
		if (info.error_code & PAGE_FAULT_RESERVED)
			panic("page table entry with reserved bits for %lx", info.address);
	}
	is_traced = unlikely(trace_on) && !is_look(vector, &info);
	if (is_traced)
		TRACE(trap_enter, info.trap, frame->ip, info.address, info.error_code, from_user);
	trap_table_count(info.trap);
	if (frame_irqs_enabled(frame) && !is_paranoid(vector)) {
		arch_irq_enable();
		trap_table_dispatch(frame, &info);
		arch_irq_disable();
	} else {
		trap_table_dispatch(frame, &info);
	}
	if (is_traced)
		TRACE(trap_exit, info.trap, frame->ip, from_user);
}

bool trap_page_fault_fast(struct trap_frame *frame)
{
	u64 error_code = frame->original_ax;

	if (unlikely(traps_watched) || unlikely(error_code & PAGE_FAULT_RESERVED) ||
	    !vm_fault_fast(current_thread()->vm, x86_read_cr2(), page_fault_access(error_code)))
		return false;
	trap_table_count(X86_TRAP_PAGE_FAULT);
	return true;
}

static __always_inline void dispatch(u32 vector, struct trap_frame *frame)
{
	bool from_user = frame_from_user(frame);

	/* NMI, double fault and machine check do not return through entry_return. */
	if (LATENCY_BUILD && frame_irqs_enabled(frame) && !is_paranoid(vector))
		latency_irqs_off_at((vaddr_t)entry_stubs + vector * ENTRY_STUB_SIZE);
	if (vector == VECTOR_SYSCALL_LEGACY) {
		struct trap_info info = {.trap = X86_TRAP_SYSCALL_LEGACY,
					 .vector = vector,
					 .address = frame->ip,
					 .from_user = true};

		trap_table_count(info.trap);
		trap_table_dispatch(frame, &info);
	} else if (vector < NR_EXCEPTIONS) {
		dispatch_exception(vector, frame, from_user);
	} else {
		dispatch_interrupt(vector, frame, from_user);
	}
}

static __cold __noinline void dispatch_timed(u32 vector, struct trap_frame *frame)
{
	bool is_timed = !is_paranoid(vector);

	if (is_timed)
		user_time_end();
	dispatch(vector, frame);
	if (is_timed && frame_from_user(frame))
		user_time_begin();
}

void trap_from_cpu(u32 vector, struct trap_frame *frame)
{
	smp_turns_awake();
	if (unlikely(user_time_on))
		dispatch_timed(vector, frame);
	else
		dispatch(vector, frame);
}

/* Cleared when observed; signal delivery clears the others itself. */
#define WORK_ONCE (WORK_FULL_RETURN | WORK_RESCHED)

static __always_inline void do_return_work(struct trap_frame *frame)
{
	struct thread *t = current_thread();
	u32 work;

	while ((work = thread_work(t))) {
		arch_irq_enable();
		if (work & WORK_ONCE)
			thread_work_clear(t, work & WORK_ONCE);
		if (work & WORK_RESCHED)
			sched_yield();
		if (work & (WORK_SIGNAL | WORK_KILLED | WORK_NOTIFY))
			return_work_handler(frame);
		arch_irq_disable();
	}
	TRACE(user_enter, 0, (u64)t->tid, frame->ip, frame->sp);
}

static __cold __noinline void do_return_work_timed(struct trap_frame *frame)
{
	user_time_end();
	do_return_work(frame);
	user_time_begin();
}

void trap_return_work(struct trap_frame *frame)
{
	if (unlikely(user_time_on))
		do_return_work_timed(frame);
	else
		do_return_work(frame);
}

#if LATENCY_BUILD
void trap_latency_return(const struct trap_frame *frame)
{
	if (frame_irqs_enabled(frame))
		latency_irqs_on();
}

void trap_latency_syscall(void)
{
	latency_irqs_off();
	latency_irqs_on();
}
#endif

void trap_iret_refused(struct trap_frame *frame)
{
	struct trap_info info = {.trap = X86_TRAP_PROTECTION,
				 .vector = VECTOR_PROTECTION,
				 .address = frame->ip,
				 .from_user = true};

	user_time_left();
	/* Make the frame one that the CPU accepts, whatever the handler decides. */
	frame->original_ax = SYSCALL_NONE;
	frame->cs = SELECTOR_USER_CODE;
	frame->ss = SELECTOR_USER_DATA;
	frame->flags = X86_FLAGS_IF | X86_FLAGS_FIXED;
	if (frame->ip >= USER_TOP)
		frame->ip = 0;
	trap_table_count(info.trap);
	arch_irq_enable();
	trap_table_dispatch(frame, &info);
	arch_irq_disable();
	user_time_entering();
}
