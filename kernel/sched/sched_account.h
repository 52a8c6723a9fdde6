/* SPDX-License-Identifier: MIT */
/* Who had the CPU for how long. */
#pragma once

#include "sched/runqueue.h"

/*
 * @t has run on @rq until @now, by the cycle counter, since it was last asked about or started; who
 * runs on after it starts at the same @now. Locks: rq->lock.
 */
void sched_account(struct runqueue *rq, struct thread *t, u64 now) REQUIRES(rq->lock);
