/* SPDX-License-Identifier: MIT */
/*
 * Wake-ups that may be too long for their caller. A program makes a wait queue as long as it likes,
 * and some wakers have interrupts off until they return: an interrupt's handler, a wake function of
 * another queue. Such a waker wakes a few entries itself. If there are more, a thread of the kernel
 * wakes all of them, and interrupts come in between. Others look for the thread to wake, among as
 * many: they have the kernel's thread call a function.
 */
#pragma once

#include "sched/waitq.h"

struct SHARED wake_later {
	struct waitq *wq; /* [I] NULL: there is only `done` to be called */
	bool one;	  /* [I] as of waitq_wake_key */
	/* [I] called by the thread after its wake-up, for each request that was new; or NULL */
	void (*done)(struct wake_later *later);
	u64 key;	       /* [leaf_irq] of all that was asked for */
	bool pending;	       /* [leaf_irq] on the thread's list */
	struct list_node node; /* [leaf_irq] of that list */
};

/* Create the thread. Boot, before programs run; requests from before it wait for it. */
void wake_later_init(void);
static inline void wake_later_setup(struct wake_later *later, struct waitq *wq, bool one,
				    void (*done)(struct wake_later *later))
{
	*later = (struct wake_later){.wq = wq, .one = one, .done = done};
}
/*
 * Have the thread wake @later->wq. True: the request is new, so that later->done will be called;
 * false: it joined one that is still waiting. Context: any. Locks: may be called with locks of
 * wait queues held.
 */
bool wake_later_request(struct wake_later *later, u64 key);

/* As waitq_wake_key on later->wq, which lives as long as the kernel. Context: any. */
static inline void wake_few_or_later(struct wake_later *later, u64 key)
{
	if (unlikely(!waitq_wake_few(later->wq, key, later->one)))
		wake_later_request(later, key);
}
