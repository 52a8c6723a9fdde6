// SPDX-License-Identifier: MIT
/* signal_mask.c -- which signals the current thread takes, for good or while it sleeps. */
#include "signal/signal_mask.h"

#include "core/assert.h"
#include "proc/process_internal.h"
#include "sched/sched.h"
#include "vm/user_copy.h"

void signal_set_blocked_locked(struct user_thread *t, u64 mask)
{
	struct process *process = t->thread.process;

	mask &= ~SIGNALS_UNBLOCKABLE;
	assert_spin_held(&process->lock);
	debug_assert(t == current_user_thread());
	if (process->signals.pending.set & mask & ~t->signals.blocked)
		signal_retarget_locked(t, mask & ~t->signals.blocked);
	t->signals.blocked = mask;
	signal_recalculate(t);
}

void signal_set_blocked(u64 mask)
{
	struct user_thread *t = current_user_thread();
	irq_state_t state = spin_lock_irq_save(&t->thread.process->lock);

	signal_set_blocked_locked(t, mask);
	spin_unlock_irq_restore(&t->thread.process->lock, state);
}

int signal_mask_begin(const u64 __user *set, size_t size)
{
	struct user_thread *t = current_user_thread();
	u64 mask;

	if (!set)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user_u64(&mask, set))
		return -EFAULT;
	t->signals.saved_blocked = t->signals.blocked;
	t->signals.restore_blocked = true;
	signal_set_blocked(mask);
	return 0;
}

void signal_restore_blocked(struct user_thread *t)
{
	if (!t->signals.restore_blocked)
		return;
	t->signals.restore_blocked = false;
	signal_set_blocked(t->signals.saved_blocked);
}

void signal_mask_end(const u64 __user *set, long result)
{
	if (set && result != -EINTR && result != -ERESTARTNOHAND)
		signal_restore_blocked(current_user_thread());
}

int signal_suspend(const u64 __user *set, size_t size)
{
	int err = signal_mask_begin(set, size);

	if (err)
		return err;
	for (;;) {
		sched_sleep_prepare(THREAD_SLEEPING);
		if (thread_signal_pending(current_thread()))
			break;
		ignore_result(sched_sleep(DEADLINE_NEVER), "the loop looks again");
	}
	sched_sleep_finish();
	return -ERESTARTNOHAND;
}

u64 signal_pending_blocked(void)
{
	struct user_thread *t = current_user_thread();
	irq_state_t state = spin_lock_irq_save(&t->thread.process->lock);
	u64 set;

	signal_settle(t);
	set = (t->signals.pending.set | t->thread.process->signals.pending.set) &
	      t->signals.blocked;
	spin_unlock_irq_restore(&t->thread.process->lock, state);
	return set;
}
