// SPDX-License-Identifier: MIT
/*
 * dispatch.c -- from the number of a system call to its function.
 *
 * Idea.  Each row of syscalls.tbl.h becomes an entry of two tables and a name. The entry code calls
 *   functions through syscall_entry_table, whose rows marked SC_FRAME lead to a stub that completes
 *   the frame first. Calls whose frame is whole (int80, traced calls, all calls of the debug
 *   kernel) come through dispatch() and syscall_table, where a thunk fetches the frame.
 * Invariants.
 *   D1  Every number below SYSCALL_TABLE_SIZE has a function: a number without a row has one that
 *       counts it and returns -ENOSYS. Only the lower 32 bits of a number count.
 *   D2  A call returns with interrupts on, no lock held, a preemption count of 0 and its thread
 *       running: kernel_syscall_checked.
 * Locks.  None: the tables are constant, the counts are atomic.
 * Cost.  A comparison and an indirect call. In the release kernel nothing here runs for a call by
 *   the syscall instruction, unless it is traced or absent.
 * Tests.  tests/guest/abi/abi_numbers.c, abi_int80.c, abi_registers.c.
 */
#include "syscall/dispatch.h"
#include "arch/arch_irq.h"
#include "arch/arch_thread.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/trap_table.h"
#include "sched/account/user_time.h"
#include "sched/thread.h"
#include "sync/lockcheck.h"
#include "sync/preempt.h"
#include "syscall/syscalls.h"
#include "trace/trace.h"
#include "trace/trace_call.h"

/* Calls with a number that has no row, for /proc/creance/absent_calls. */
static u64 absent_counts[SYSCALL_TABLE_SIZE]; /* [a] */
static u64 absent_beyond;		      /* [a] numbers beyond the table */

long kernel_syscall_absent(u64 number)
{
	if (number < SYSCALL_TABLE_SIZE)
		__atomic_fetch_add(&absent_counts[number], 1, __ATOMIC_RELAXED);
	else
		__atomic_fetch_add(&absent_beyond, 1, __ATOMIC_RELAXED);
	return -ENOSYS;
}

static long syscall_absent(void)
{
	return kernel_syscall_absent(
		(u32)frame_syscall_number(arch_thread_user_frame(current_thread())));
}

/* Handlers that need the frame: fetch it and shift the arguments by one. */
#define FRAME (arch_thread_user_frame(current_thread()))
#define THUNK_0(...)
#define THUNK0_SC_FRAME(name)                                                                      \
	static long thunk_##name(void)                                                             \
	{                                                                                          \
		return sys_##name(FRAME);                                                          \
	}
#define THUNK2_SC_FRAME(name, t1, a1, k1, t2, a2, k2)                                              \
	static long thunk_##name(t1 a1, t2 a2)                                                     \
	{                                                                                          \
		return sys_##name(FRAME, a1, a2);                                                  \
	}
#define THUNK3_SC_FRAME(name, t1, a1, k1, t2, a2, k2, t3, a3, k3)                                  \
	static long thunk_##name(t1 a1, t2 a2, t3 a3)                                              \
	{                                                                                          \
		return sys_##name(FRAME, a1, a2, a3);                                              \
	}
#define THUNK5_SC_FRAME(name, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4, t5, a5, k5)          \
	static long thunk_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)                                \
	{                                                                                          \
		return sys_##name(FRAME, a1, a2, a3, a4, a5);                                      \
	}
#define THUNK0_0 THUNK_0
#define THUNK2_0 THUNK_0
#define THUNK3_0 THUNK_0
#define THUNK5_0 THUNK_0
#define SYSCALL0(nr, name, flags) THUNK0_##flags(name)
#define SYSCALL1(...)
#define SYSCALL2(nr, name, flags, ...) THUNK2_##flags(name, __VA_ARGS__)
#define SYSCALL3(nr, name, flags, ...) THUNK3_##flags(name, __VA_ARGS__)
#define SYSCALL4(...)
#define SYSCALL5(nr, name, flags, ...) THUNK5_##flags(name, __VA_ARGS__)
#define SYSCALL6(...)
#include "syscall/syscalls.tbl.h"
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6

/*
 * The C calling convention passes a narrower integer in the low bits of the same register, so a
 * handler with int arguments can be called through the common type with whole registers.
 */
#define ROW_0(name) (syscall_function_t)(void *) sys_##name
#define ROW_SC_FRAME(name) (syscall_function_t)(void *) thunk_##name
#define SYSCALL0(nr, name, flags, ...) [nr] = ROW_##flags(name),
#define SYSCALL1 SYSCALL0
#define SYSCALL2 SYSCALL0
#define SYSCALL3 SYSCALL0
#define SYSCALL4 SYSCALL0
#define SYSCALL5 SYSCALL0
#define SYSCALL6 SYSCALL0
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides" /* rows replace the default of the range */
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
const syscall_function_t syscall_table[SYSCALL_TABLE_SIZE] = {
	[0 ... SYSCALL_TABLE_SIZE - 1] = (syscall_function_t)(void *)syscall_absent,
#include "syscall/syscalls.tbl.h"
};

#undef ROW_SC_FRAME
#define ROW_SC_FRAME(name) arch_syscall_with_frame
const syscall_function_t syscall_entry_table[SYSCALL_TABLE_SIZE] = {
	[0 ... SYSCALL_TABLE_SIZE - 1] = (syscall_function_t)(void *)syscall_absent,
#include "syscall/syscalls.tbl.h"
};
#pragma GCC diagnostic pop
#undef SYSCALL0
#define SYSCALL0(nr, name, flags, ...) [nr] = #name,

/* A call that is written keeps no row among the absent ones: the compiler finds it twice here. */
static const char *const syscall_names[SYSCALL_TABLE_SIZE] = {
#include "syscall/syscalls.tbl.h"
#include "uapi/linux_calls.tbl.h"
};

const char *syscall_name(u64 number)
{
	return number < SYSCALL_TABLE_SIZE ? syscall_names[number] : NULL;
}

bool syscall_exists(u64 number)
{
	return number < SYSCALL_TABLE_SIZE &&
	       syscall_table[number] != (syscall_function_t)(void *)syscall_absent;
}

u64 syscall_absent_count(u64 number)
{
	return number < SYSCALL_TABLE_SIZE ? absent_counts[number] : 0;
}

u64 syscall_absent_beyond(void)
{
	return absent_beyond;
}

/* Only the lower half of the register is used, as on Linux. */
static u32 syscall_number(const struct trap_frame *frame)
{
	return (u32)frame_syscall_number(frame);
}

static __always_inline long dispatch(struct trap_frame *frame)
{
	u32 number = syscall_number(frame);

	if (number >= SYSCALL_TABLE_SIZE)
		return kernel_syscall_absent(number);
	return syscall_table[number](frame_syscall_arg(frame, 0), frame_syscall_arg(frame, 1),
				     frame_syscall_arg(frame, 2), frame_syscall_arg(frame, 3),
				     frame_syscall_arg(frame, 4), frame_syscall_arg(frame, 5));
}

/* The checks that a call must pass when it returns: see the header. */
long kernel_syscall_checked(struct trap_frame *frame)
{
	const char *name = syscall_name(syscall_number(frame));
	long result;

	debug_assert(arch_irq_enabled());
	result = dispatch(frame);
	debug_assert(arch_irq_enabled());
	if (preempt_count() != 0)
		panic("%s left the preemption count at %x", name ? name : "?", preempt_count());
	lockcheck_assert_none_held(name ? name : "?");
	debug_assert(current_thread()->state == THREAD_RUNNING);
	return result;
}

#ifdef DEBUG
#define dispatch_checked kernel_syscall_checked
#else
#define dispatch_checked dispatch
#endif

long kernel_syscall_traced(struct trap_frame *frame)
{
	u32 number = syscall_number(frame);
	struct trace_call call = {0};
	long result;

	user_time_left();
	if (trace_on)
		trace_call_enter(&call, number, frame);
	result = dispatch_checked(frame);
	if (trace_on)
		trace_call_exit(&call, number, frame, (u64)result);
	user_time_entering();
	return result;
}

void kernel_syscall_trap(struct trap_frame *frame, const struct trap_info *info)
{
	long result;
	bool known;

	(void)info;
	frame_begin_syscall(frame);
	known = syscall_number(frame) < SYSCALL_TABLE_SIZE;
	arch_irq_enable();
	result = unlikely(trace_on) ? kernel_syscall_traced(frame) : dispatch(frame);
	arch_irq_disable();
	/* rt_sigreturn and execve have replaced the whole frame, including its result. */
	if (!known || frame_syscall_number(frame) >= 0)
		frame_set_return(frame, result);
}
