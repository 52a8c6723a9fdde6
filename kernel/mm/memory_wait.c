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
 *   W1  Both kinds of waiting are bounded for one allocation, and no path has a wait within
 *       another: page faults allocate with PAGE_NOWAIT and wait when they hold no lock.
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

/* [I] after boot */
static bool (*out_of_memory)(struct box *box, struct memory_patience *patience);

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

void page_alloc_set_out_of_memory(bool (*handler)(struct box *box,
						  struct memory_patience *patience))
{
	out_of_memory = handler;
}

/* Call the pressure handlers, if @patience allows. True when one of them freed something. W1 */
static bool relieve_pressure(struct memory_patience *patience)
{
	bool freed = false;

	if (patience->nr_rounds++ >= HANDLER_ROUNDS)
		return false;
	for (unsigned i = 0; i < READ_ONCE(pressure.nr); i++)
		freed |= pressure.handlers[i]();
	return freed;
}

/* The current thread's box, if that is why it gets no page; NULL: memory has run out. */
static struct box *full_box(void)
{
	const struct account *account = account_current();
	struct box *box = account ? account->box : NULL;

	return box && !box_has_room(box, BOX_MEMORY, PAGE_SIZE) ? box : NULL;
}

bool page_alloc_relieve(struct memory_patience *patience)
{
	if (!page_alloc_may_wait())
		return false;
	return relieve_pressure(patience) ||
	       (out_of_memory && out_of_memory(full_box(), patience)); /* W1 */
}

bool memory_wait(struct memory_patience *patience, unsigned order, unsigned flags)
{
	if ((flags & PAGE_NOWAIT) || !page_alloc_may_wait())
		return false;
	if (relieve_pressure(patience))
		return true;
	return order <= OOM_ORDER_MAX && out_of_memory && account_current() &&
	       out_of_memory(NULL, patience);
}

int account_charge_waiting(struct account *account, u64 bytes, unsigned flags)
{
	struct memory_patience patience = {0};
	int err = account_charge(account, bytes);

	while (err && !(flags & PAGE_NOWAIT)) {
		if (!page_alloc_may_wait() || !out_of_memory ||
		    !out_of_memory(account->box, &patience))
			break;
		err = account_charge(account, bytes);
	}
	return err;
}
