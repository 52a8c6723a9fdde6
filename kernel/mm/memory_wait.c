// SPDX-License-Identifier: MIT
/*
 * memory_wait.c -- what an allocation does when there is no memory.
 *
 * Idea.  First the pressure handlers free memory that is kept without need. When they have nothing
 *   left, the out-of-memory handler of a higher layer ends a process and waits a moment; then the
 *   allocation is tried again. All this happens only where the caller may sleep: an allocation
 *   under a spinlock fails at once, and its caller may release the lock and call
 *   page_alloc_relieve().
 * Invariants.
 *   W1  Both kinds of waiting are bounded for one allocation.
 *   W2  For the kernel's own allocations, only the pressure handlers are called.
 * Locks.  None; the handlers only try sleeping locks.
 * Tests.  page_alloc_test.c, account_test.c, tests/system/hoard.t.
 */
#include "mm/memory_wait.h"

#include <linux/errno.h>

#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "core/assert.h"
#include "mm/account.h"
#include "sync/spinlock.h"

#define HANDLERS_MAX 8
#define HANDLER_ROUNDS 64
/* For larger blocks no process is ended: pages may be free, but scattered. */
#define OOM_ORDER_MAX 3

static struct {
	struct spinlock lock;
	bool (*handlers[HANDLERS_MAX])(void); /* [lock] never removed */
	unsigned nr;			      /* [lock] */
} pressure = {.lock = SPINLOCK_INIT(leaf)};

static bool (*out_of_memory)(struct box *box, unsigned round); /* [I] after boot */

bool page_alloc_may_wait(void)
{
	return !preempt_count() && arch_irq_enabled();
}

void memory_wait_init(void)
{
	pressure.nr = 0;
	out_of_memory = NULL;
}

void page_alloc_add_pressure_handler(bool (*handler)(void))
{
	spin_lock(&pressure.lock);
	assert(pressure.nr < HANDLERS_MAX);
	pressure.handlers[pressure.nr] = handler;
	WRITE_ONCE(pressure.nr, pressure.nr + 1);
	spin_unlock(&pressure.lock);
}

void page_alloc_set_out_of_memory(bool (*handler)(struct box *box, unsigned round))
{
	out_of_memory = handler;
}

/* Call the pressure handlers. True when one of them freed something. */
static bool relieve_pressure(void)
{
	bool freed = false;

	for (unsigned i = 0; i < READ_ONCE(pressure.nr); i++)
		freed |= pressure.handlers[i]();
	return freed;
}

bool page_alloc_relieve(struct box *box, unsigned round)
{
	if (!page_alloc_may_wait())
		return false;
	return (round < HANDLER_ROUNDS && relieve_pressure()) ||
	       (out_of_memory && out_of_memory(box, round)); /* W1 */
}

bool memory_wait(struct memory_wait_state *wait_state, unsigned order, unsigned flags)
{
	if ((flags & PAGE_NOWAIT) || !page_alloc_may_wait())
		return false;
	if (wait_state->handler_rounds++ < HANDLER_ROUNDS && relieve_pressure())
		return true;
	return order <= OOM_ORDER_MAX && out_of_memory && account_current() &&
	       out_of_memory(NULL, wait_state->rounds++);
}

int account_charge_waiting(struct account *account, u64 bytes, unsigned flags)
{
	int err = account_charge(account, bytes);

	for (unsigned round = 0; err && !(flags & PAGE_NOWAIT); round++) {
		if (!page_alloc_may_wait() || !out_of_memory || !out_of_memory(account->box, round))
			break;
		err = account_charge(account, bytes);
	}
	return err;
}
