// SPDX-License-Identifier: MIT
/*
 * The tables of handlers: made, copied, shared and reset.
 *
 * H1  Actions of signals that are not in handlers->changed are all zero, so few of the 2 KiB are
 *     copied, reset and cleared. Each CPU keeps a cleared table.
 */
#include "signal/signal_handlers.h"

#include "arch/arch_smp.h"
#include "mm/account.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"

static struct slab_cache handlers_cache;
static struct signal_handlers *spare_handlers[CPUS_MAX]; /* [p] H1 */

void signal_handlers_init(void)
{
	slab_cache_init(&handlers_cache, "signal_handlers", sizeof(struct signal_handlers), 64);
	page_alloc_add_pressure_handler(signal_handlers_trim);
}

/* H1: a cleared one that this CPU keeps, or NULL. */
static struct signal_handlers *take_spare_handlers(void)
{
	struct signal_handlers *handlers;

	preempt_disable();
	handlers = spare_handlers[arch_cpu_id()];
	spare_handlers[arch_cpu_id()] = NULL;
	preempt_enable();
	return handlers;
}

bool signal_handlers_trim(void)
{
	struct signal_handlers *handlers = take_spare_handlers();

	if (handlers)
		slab_free(&handlers_cache, handlers);
	return handlers;
}

struct signal_handlers *signal_handlers_alloc(void)
{
	struct signal_handlers *handlers = take_spare_handlers();

	if (handlers)
		slab_recharge(&handlers_cache, handlers, account_current());
	else
		handlers = slab_alloc(&handlers_cache, PAGE_ZERO);
	if (handlers) {
		refcount_init(&handlers->refs, 1);
		spin_lock_init(&handlers->lock, leaf);
	}
	return handlers;
}

void signal_handlers_put(struct signal_handlers *handlers)
{
	if (!refcount_put(&handlers->refs))
		return;
	for (u64 left = handlers->changed; left; left &= left - 1)
		handlers->actions[__builtin_ctzl(left)] = (struct kernel_sigaction){0};
	handlers->changed = 0;
	slab_recharge(&handlers_cache, handlers, NULL);
	preempt_disable();
	if (!spare_handlers[arch_cpu_id()]) {
		spare_handlers[arch_cpu_id()] = handlers; /* H1 */
		handlers = NULL;
	}
	preempt_enable();
	if (handlers)
		slab_free(&handlers_cache, handlers);
}

void signal_handlers_copy(struct signal_handlers *to, const struct signal_handlers *from)
{
	to->changed = from->changed;
	for (u64 left = from->changed; left; left &= left - 1)
		to->actions[__builtin_ctzl(left)] = from->actions[__builtin_ctzl(left)];
}

void signal_handlers_reset(struct signal_handlers *handlers)
{
	struct kernel_sigaction *action;

	for (u64 left = handlers->changed; left; left &= left - 1) {
		action = &handlers->actions[__builtin_ctzl(left)];
		if (action->handler != (u64)SIG_IGN) {
			action->handler = (u64)SIG_DFL;
			handlers->changed &= ~(left & -left);
		}
		action->flags = action->mask = action->restorer = 0;
	}
}
