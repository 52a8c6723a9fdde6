// SPDX-License-Identifier: MIT
/*
 * thread_arch.c -- the registers of threads: their first values, and the switch between threads.
 *
 * Idea. The user trap frame is at the top of a thread's kernel stack. A switch changes kernel
 *   registers and stack, and with the stack the user registers that the entry code saved there
 *   (the two saves of the protocol). The program's registers that are not on the stack (FPU,
 *   thread-local-storage bases) are switched here.
 */
#include "arch/arch_thread.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "arch/x86/boot/boot_entry.h"
#include "arch/x86/cpu/cpu.h"
#include "arch/x86/cpu/fpu.h"
#include "arch/x86/cpu/tss.h"
#include "arch/x86/arch_inline/control_inline.h"
#include "arch/x86/entry/trap.h"
#include "arch/x86/smp/smp.h"
#include "arch/x86/thread/switch.h"
#include "core/assert.h"
#include "core/boot_phase.h"
#include "core/errno.h"
#define LOG_SUBSYS "boot"
#include "core/log.h"
#include "core/trap_table.h"
#include "lib/string.h"
#include "sched/account/user_time.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "vm/user_copy.h"
#include "trace/race_detector.h"
#include "trace/trace.h"

#include <asm/prctl.h>
#include <asm/unistd.h>

#define SYSCALL_BYTES 2 /* the length of `syscall`, and of `int 0x80` */

struct switch_frame {
	u64 r15, r14, r13, r12, bp, bx, ip;
};

struct trap_frame *arch_thread_user_frame(const struct thread *t)
{
	return (struct trap_frame *)(t->kernel_stack_top - sizeof(struct trap_frame));
}

static void prepare_switch(struct thread *t, u64 stack, char *begin, u64 r12, u64 r13)
{
	struct switch_frame *frame = (struct switch_frame *)(align_down(stack, 16UL) - 16) - 1;

	*frame = (struct switch_frame){.r12 = r12, .r13 = r13, .ip = (u64)begin};
	t->arch.kernel_sp = (u64)frame;
}

void arch_thread_init_kernel(struct thread *t, void (*entry)(void *arg), void *arg)
{
	prepare_switch(t, t->kernel_stack_top - sizeof(struct trap_frame), thread_begin_kernel,
		       (u64)entry, (u64)arg);
}

/*
 * Save the bases, which the program may have changed without a system call (FSGSBASE). Interrupts
 * are off: one between the two swapgs would run on the program's GS base.
 */
static void save_bases(struct thread *t)
{
	__asm__ volatile("rdfsbase %0" : "=r"(t->arch.fs_base));
	__asm__ volatile("swapgs; rdgsbase %0; swapgs" : "=r"(t->arch.gs_base)::"memory");
}

static void load_bases(const struct thread *t)
{
	if (!cpu_features.fsgsbase) {
		x86_write_msr(MSR_FS_BASE, t->arch.fs_base);
		x86_write_msr(MSR_KERNEL_GS_BASE, t->arch.gs_base);
		return;
	}
	__asm__ volatile("wrfsbase %0" ::"r"(t->arch.fs_base));
	__asm__ volatile("swapgs; wrgsbase %0; swapgs" ::"r"(t->arch.gs_base) : "memory");
}

/* The same, with interrupts on. */
static void reload_bases(const struct thread *t)
{
	irq_state_t state = arch_irq_save();

	load_bases(t);
	arch_irq_restore(state);
}

/* Read the bases that the current program may have changed by itself into @t. */
static void read_bases(struct thread *t)
{
	irq_state_t state;

	if (!cpu_features.fsgsbase)
		return;
	state = arch_irq_save();
	save_bases(t);
	arch_irq_restore(state);
}

int arch_thread_init_user(struct thread *t, const struct thread *parent,
			  const struct trap_frame *frame, u64 user_sp, const u64 *tls)
{
	struct trap_frame *own = arch_thread_user_frame(t);
	int err = fpu_area_alloc(&t->arch.fpu);

	if (err)
		return err;
	*own = *frame;
	own->ax = 0;
	if (user_sp)
		own->sp = user_sp;
	if (parent == current_thread()) {
		/* The parent's FPU registers and bases are live in this CPU. */
		fpu_save(t->arch.fpu);
		read_bases(current_thread());
	} else {
		memcpy(t->arch.fpu, parent->arch.fpu, fpu_area_size());
	}
	t->arch.fs_base = tls ? *tls : parent->arch.fs_base;
	t->arch.gs_base = parent->arch.gs_base;
	prepare_switch(t, (u64)own, thread_begin_user, 0, 0);
	return 0;
}

/* Traps from user mode and system calls use the kernel stack of @t from now on. */
static __always_inline void become_current(struct thread *t)
{
	struct percpu *area = arch_percpu();

	area->kernel_stack_top = t->kernel_stack_top;
	area->tss->sp0 = t->kernel_stack_top;
	area->current = t;
}

/*
 * The thread whose FPU registers and bases each CPU holds. They are saved when the thread stops
 * running, so that it may continue on any CPU. Kernel threads do not use them: if no other user
 * thread ran on this CPU meanwhile, they are still loaded.
 */
static PERCPU(struct thread *, loaded); /* [a] set by its CPU; cleared when the thread is freed */

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	struct thread **holder = this_cpu(loaded);
	unsigned cpu = arch_cpu_id();

	if (prev->arch.fpu && prev->state != THREAD_DEAD) {
		fpu_save(prev->arch.fpu);
		if (cpu_features.fsgsbase)
			save_bases(prev);
		prev->arch.registers_cpu = cpu;
	}
	/*
	 * arch_thread_fini() may clear it meanwhile, on another CPU: but only for a dead thread, so
	 * that it is not @next before and after. One that gets the same memory was made, and came
	 * to this CPU by its run queue's lock, after that.
	 */
	if (next->arch.fpu && (READ_ONCE(*holder) != next || next->arch.registers_cpu != cpu)) {
		fpu_restore(next->arch.fpu);
		load_bases(next);
		WRITE_ONCE(*holder, next);
	}
	become_current(next);
	return switch_registers(prev, next);
}

void arch_thread_fini(struct thread *t)
{
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		struct thread *holder = t;

		/* That CPU may load another's at this moment: what it says then stays. */
		if (READ_ONCE(*on_cpu(loaded, cpu)) == t)
			__atomic_compare_exchange_n(on_cpu(loaded, cpu), &holder, NULL, false,
						    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	}
	if (t->arch.fpu)
		fpu_area_free(t->arch.fpu);
	t->arch.fpu = NULL;
}

void arch_thread_adopt_boot(struct thread *t)
{
	unsigned cpu = arch_cpu_id();

	t->kernel_stack_top = cpu ? smp_stack_tops[cpu] : (u64)boot_stack_end;
	t->kernel_stack = (void *)(t->kernel_stack_top - KERNEL_STACK_SIZE);
	become_current(t);
}

void thread_first_kernel(struct thread *prev, void (*entry)(void *), void *arg)
{
	sched_first_run(prev);
	entry(arg);
	sched_exit();
}

/* If there is work to do first, trap_return_work writes this event after it. */
static void entering(const struct trap_frame *frame)
{
	if (likely(!traps_watched))
		return;
	if (trace_on && !thread_work(current_thread()))
		TRACE(user_enter, 0, current_thread()->tid, frame->ip, frame->sp);
	user_time_entering();
}

void thread_first_user(struct thread *prev)
{
	sched_first_run(prev);
	entering(arch_thread_user_frame(current_thread()));
}

void arch_thread_start_user(struct thread *t, u64 ip, u64 sp)
{
	struct trap_frame *frame = arch_thread_user_frame(t);

	debug_assert(t == current_thread());
	memset(frame, 0, sizeof(*frame));
	frame->original_ax = SYSCALL_NONE;
	frame->ip = ip;
	frame->sp = sp;
	frame->cs = SELECTOR_USER_CODE;
	frame->ss = SELECTOR_USER_DATA;
	frame->flags = X86_FLAGS_IF | X86_FLAGS_FIXED;
	TRACE(kernel_stack_fill, 0, (u64)t->tid, (u64)frame, ip, sp);
	preempt_disable();
	t->arch.fs_base = t->arch.gs_base = 0;
	fpu_area_reset(t->arch.fpu);
	fpu_restore(t->arch.fpu);
	reload_bases(t);
	WRITE_ONCE(*this_cpu(loaded), t);
	preempt_enable();
	thread_work_set(t, WORK_FULL_RETURN);
}

int arch_thread_become_user(struct thread *t)
{
	int err = t->arch.fpu ? 0 : fpu_area_alloc(&t->arch.fpu);

	if (!err)
		fpu_area_reset(t->arch.fpu);
	return err;
}

_Noreturn void arch_thread_enter_user(struct trap_frame *frame)
{
	log_info("first program entered %lu us after the kernel",
		 clock_cycles_to_ns(arch_clock_cycles() - arch_clock.entry_cycles) / 1000);
	boot_phase("first_user_instruction");
	latency_start();
	race_detector_start();
	entering(frame);
	thread_enter_user(frame);
}

void arch_thread_note_fault(const struct trap_info *info)
{
	struct thread *t = current_thread();

	t->arch.fault_vector = info->vector;
	t->arch.fault_error = info->error_code;
}

void arch_syscall_rewind(struct trap_frame *frame)
{
	frame->ax = frame->original_ax;
	frame->ip -= SYSCALL_BYTES;
}

void arch_syscall_restart_block(struct trap_frame *frame)
{
	frame->ax = __NR_restart_syscall;
	frame->ip -= SYSCALL_BYTES;
}

long arch_prctl(int code, u64 address)
{
	struct thread *t = current_thread();

	switch (code) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (address >= USER_TOP)
			return -EPERM;
		preempt_disable();
		read_bases(t);
		if (code == ARCH_SET_FS)
			t->arch.fs_base = address;
		else
			t->arch.gs_base = address;
		reload_bases(t);
		preempt_enable();
		return 0;
	case ARCH_GET_FS:
	case ARCH_GET_GS:
		read_bases(t);
		return put_user_u64(code == ARCH_GET_FS ? t->arch.fs_base : t->arch.gs_base,
				    (u64 __user *)address);
	default:
		return -EINVAL;
	}
}

void arch_frame_dump(const struct trap_frame *f, void (*print)(const char *fmt, ...) __printf(1, 2))
{
	print("  ip %016lx sp %016lx flags %08lx cs %lx ss %lx", f->ip, f->sp, f->flags, f->cs,
	      f->ss);
	print("  ax %016lx bx %016lx cx %016lx dx %016lx", f->ax, f->bx, f->cx, f->dx);
	print("  si %016lx di %016lx bp %016lx r8 %016lx", f->si, f->di, f->bp, f->r8);
	print("  r9 %016lx r10 %016lx r11 %016lx r12 %016lx", f->r9, f->r10, f->r11, f->r12);
	print("  r13 %016lx r14 %016lx r15 %016lx", f->r13, f->r14, f->r15);
}
