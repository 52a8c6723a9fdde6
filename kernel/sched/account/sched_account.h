/* SPDX-License-Identifier: MIT */
/* How long each thread has had the CPU. */
#pragma once

#include "sched/runqueue.h"

/*
 * Account for the time that @t has run on @rq until @now, by the cycle counter, since it was last
 * accounted for or picked. The thread that runs after it is to start at the same @now.
 */
void sched_account(struct runqueue *rq, struct thread *t, u64 now) REQUIRES(rq->lock);
