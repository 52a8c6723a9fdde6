// SPDX-License-Identifier: MIT
/*
 * The tables of handlers: made, copied, shared and reset.
 *
 * H1  The action of a signal that is not in handlers->changed is the default, whatever its memory
 *     holds (signal_action), so few of the 2 KiB are ever copied, and none are cleared.
 */
#include "signal/signal_handlers.h"

#include "mm/slab.h"

static struct slab_cache handlers_cache; /* [I] after boot */

void signal_handlers_init(void)
{
	slab_cache_init(&handlers_cache, "signal_handlers", sizeof(struct signal_handlers), 64);
}

struct signal_handlers *signal_handlers_alloc(void)
{
	struct signal_handlers *handlers = slab_alloc(&handlers_cache, 0);

	if (handlers) {
		refcount_init(&handlers->refs, 1);
		spin_lock_init(&handlers->lock, leaf);
		handlers->changed = 0; /* H1 */
	}
	return handlers;
}

void signal_handlers_put(struct signal_handlers *handlers)
{
	if (refcount_put(&handlers->refs))
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
		if (action->handler != (u64)SIG_IGN)
			handlers->changed &= ~(left & -left);
		action->flags = action->mask = action->restorer = 0;
	}
}
