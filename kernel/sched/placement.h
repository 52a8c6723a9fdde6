/* SPDX-License-Identifier: MIT */
/* On which CPU a ready thread waits for its turn. */
#pragma once

#include "sched/runqueue.h"
#include "sched/thread.h"

/* Is there more than one run queue? Set once. */
extern bool sched_has_others;
/*
 * The CPU that @t, which has become ready, is to be queued on: the one where it ran last if that is
 * idle, else one that is, else the same again, or, if @t is urgent, that with the least urgent
 * thread. Its affinity is kept. With forced preemption now and then any. Context: interrupts off.
 * The answer may be out of date when it is used.
 */
unsigned placement_choose(const struct thread *t);
/*
 * The same for @t that the current thread, or an interrupt, wakes or starts: on this CPU if the
 * current thread is about to leave it.
 */
unsigned placement_choose_woken(const struct thread *t);
/*
 * The idle thread of @rq, the queue of this CPU, has found nothing to do: take a thread that waits
 * on another CPU. True: one is queued here now. Context: interrupts off, no lock.
 */
bool placement_steal(struct runqueue *rq);
/*
 * The tick of this CPU, which has the queue @rq and is not idle: take an urgent thread that waits
 * elsewhere, if an ordinary one runs here; now and then one from a CPU where more wait than here.
 * Context: interrupts off, no lock.
 */
void placement_balance(struct runqueue *rq, u64 now_ns);
/*
 * The same tick: CPUs without ticks, which are idle, are to look for the threads that wait here.
 * Context: interrupts off.
 */
void placement_kick(struct runqueue *rq, u64 now_ns);
