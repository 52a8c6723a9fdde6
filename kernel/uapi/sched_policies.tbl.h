/* SPDX-License-Identifier: MIT */
/*
 * The scheduling policies, one row each: a file kernel/sched/policy_IDENTIFIER.c with a struct
 * sched_policy policy_IDENTIFIER. The kernel's table, and what option sched= takes, come from here.
 *
 * SCHED_URGENT(identifier)          its threads go before all those that come after it here
 * SCHED_ORDINARY(identifier, name)  can be chosen for ordinary threads; the first is at first
 */
SCHED_URGENT(deadline)
SCHED_URGENT(realtime)
SCHED_ORDINARY(round_robin, "rr")
SCHED_ORDINARY(fair, "fair")
SCHED_ORDINARY(fifo, "fifo")
SCHED_ORDINARY(sjf, "sjf")
SCHED_ORDINARY(mlfq, "mlfq")
SCHED_ORDINARY(lottery, "lottery")
SCHED_ORDINARY(stride, "stride")
