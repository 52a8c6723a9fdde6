/* SPDX-License-Identifier: MIT */
/*
 * Timers: call a function at a time on the monotonic clock, from the timer interrupt of the CPU
 * that set it.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/rbtree.h"

struct SHARED timer {
	struct rb_node node;		   /* [timer] in the CPU's tree, ordered by deadline  */
	u64 deadline_ns;		   /* [timer]                                         */
	void (*fire)(struct timer *timer); /* [I] interrupt context; may set the timer again   */
	u32 cpu;			   /* [timer] of the tree that it is in, or was in    */
	bool pending;			   /* [timer]                                         */
};

void timer_init(struct timer *timer, void (*fire)(struct timer *timer));
/* (Re)arm for @deadline_ns; a past deadline fires at once, from the interrupt. Context: any. */
void timer_set(struct timer *timer, u64 deadline_ns);
/*
 * Disarm; true when it was pending. The function may still be running on another CPU: see
 * timer_cancel_wait.
 */
bool timer_cancel(struct timer *timer);
/*
 * The same, and wait until its function has returned everywhere: the timer's memory may then be
 * freed. Context: task.
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
