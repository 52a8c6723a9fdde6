/* SPDX-License-Identifier: MIT */
/* Who had the CPU for how long. */
#pragma once

#include "sched/runqueue.h"

/* @t stops / begins running on @rq now. Locks: rq->lock. */
void sched_account_stop(struct runqueue *rq, struct thread *t) REQUIRES(rq->lock);
void sched_account_start(struct runqueue *rq, struct thread *t) REQUIRES(rq->lock);
