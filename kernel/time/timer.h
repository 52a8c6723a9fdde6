/* SPDX-License-Identifier: MIT */
/*
 * Timers: call a function at a time on the monotonic clock, from the timer interrupt of the CPU
 * that set it.
 *
 * Any CPU may set and cancel a timer at any time: of two that do so at once either is the later.
 * The function runs on one CPU at a time, without a lock of the timer's. So it may come late: after
 * timer_cancel, or after another timer_set. Who must not see that does one of two things:
 *   - sets, cancels, and has the function look, under a lock that the function takes as well; the
 *     function then sees whether it is still wanted;
 *   - waits, with timer_cancel_wait, without that lock.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/rbtree.h"

struct SHARED timer {
	struct rb_node node;		   /* [timer] in the CPU's tree, ordered by deadline  */
	u64 deadline_ns;		   /* [timer]                                         */
	void (*fire)(struct timer *timer); /* [I] interrupt context; may set the timer again  */
	u32 cpu;			   /* [timer] the CPU whose lock guards it: timer.c   */
	bool pending;			   /* [a] written under the lock                      */
};

/* Context: any; @timer belongs to the caller. */
void timer_init(struct timer *timer, void (*fire)(struct timer *timer));
/* (Re)arm for @deadline_ns; a past deadline fires at once, from the interrupt. Context: any. */
void timer_set(struct timer *timer, u64 deadline_ns);
/*
 * Disarm; true when it was pending: its function is not called any more. False: it has been called,
 * and may still be running on another CPU. Context: any.
 */
bool timer_cancel(struct timer *timer);
/*
 * The same, and wait until its function has returned: the timer's memory may then be freed. Nobody
 * but the function sets the timer meanwhile. Context: task; no spinlock is held, as the function
 * may take any.
 */
void timer_cancel_wait(struct timer *timer);
struct trap_frame;
struct trap_info;
/* Prepare the CPUs' trees. Boot. */
void timer_init_cpus(void);
/*
 * The trap table's handler for the timer interrupt: run what is due, arm the hardware for the next
 * event.
 */
void timer_trap(struct trap_frame *frame, const struct trap_info *info);
/*
 * Start the periodic tick of this CPU at @period_ns, calling @tick(@user) from the interrupt. Boot.
 */
void timer_start_tick(u64 period_ns, void (*tick)(bool user));
/*
 * This CPU has no more ticks, or has its next one not before @least_ns have passed, until
 * timer_resume_tick(): after that they come when they would have come, too, if nothing had been
 * asked for. It is @now_ns. The ticks after one that was put off come as usual. Context: interrupts
 * off; from the tick itself, too.
 */
void timer_stop_tick(void);
void timer_put_off_tick(u64 least_ns);
void timer_resume_tick(u64 now_ns);
