/* SPDX-License-Identifier: MIT */
/* What SCHED_DEADLINE threads have reserved of the CPUs. */
#pragma once

#include "lib/compiler.h"
#include "sync/spinlock.h"

struct realtime_share;

/* [itself] Who reserves, and who changes the share of which it is reserved. Class leaf_irq. */
extern struct spinlock deadline_admission_lock;
/* Is all that is reserved now within @share of each CPU? */
bool deadline_fits(const struct realtime_share *share) REQUIRES(deadline_admission_lock);
