// SPDX-License-Identifier: MIT
/*
 * Interval timers. The real one is a kernel timer that sends SIGALRM from its interrupt; the other
 * two are counted down by the ticks that find the process running, so their resolution is the tick.
 */
#include "ptimer/itimer.h"
#include "core/errno.h"
#include "proc/process_internal.h"
#include "sched/sched.h"

#include <linux/time.h>

static void real_timer_fires(struct timer *timer)
{
	struct process *process = container_of(timer, struct process, timers.real);
	irq_state_t state = spin_lock_irq_save(&process->lock);
	u64 interval = process->timers.real_interval_ns, now, next;

	signal_send_kernel_locked(process, SIGALRM);
	if (interval && !process->exit.group_exiting) {
		/* Missed intervals are one signal; the phase stays. */
		now = clock_monotonic_ns();
		next = timer->deadline_ns + interval;
		if (next <= now)
			next += (now - next) / interval * interval + interval;
		timer_set(timer, next);
	}
	spin_unlock_irq_restore(&process->lock, state);
}

void itimer_init(struct process *process)
{
	timer_init(&process->timers.real, real_timer_fires);
}

void itimer_stop(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	bool used = process->timers.real_interval_ns || process->timers.real.deadline_ns;

	process->timers.real_interval_ns = 0;
	process->timers.cpu_left_ns[0] = process->timers.cpu_left_ns[1] = 0;
	spin_unlock_irq_restore(&process->lock, state);
	if (used)
		timer_cancel_wait(&process->timers.real);
}

static void change_real(struct process *process, const struct itimer_value *fresh,
			struct itimer_value *old)
{
	u64 now = clock_monotonic_ns();
	struct timer *timer = &process->timers.real;

	if (old) {
		*old = (struct itimer_value){.interval_ns = process->timers.real_interval_ns};
		/*
		 * A timer that is due but has not fired yet has a moment left: 0 would say it is
		 * off.
		 */
		if (READ_ONCE(timer->pending))
			old->left_ns =
				timer->deadline_ns > now ? timer->deadline_ns - now : NS_PER_US;
	}
	if (!fresh)
		return;
	timer_cancel(timer);
	process->timers.real_interval_ns = fresh->interval_ns;
	if (fresh->left_ns)
		timer_set(timer,
			  now + fresh->left_ns < now ? DEADLINE_NEVER - 1 : now + fresh->left_ns);
}

static void change_cpu(struct process *process, unsigned which, const struct itimer_value *fresh,
		       struct itimer_value *old)
{
	if (old)
		*old = (struct itimer_value){process->timers.cpu_left_ns[which],
					     process->timers.cpu_interval_ns[which]};
	if (!fresh)
		return;
	process->timers.nr_cpu += !!fresh->left_ns;
	process->timers.nr_cpu -= !!process->timers.cpu_left_ns[which];
	process->timers.cpu_left_ns[which] = fresh->left_ns;
	process->timers.cpu_interval_ns[which] = fresh->interval_ns;
}

int itimer_change(int which, const struct itimer_value *fresh, struct itimer_value *old)
{
	struct process *process = current_process();
	irq_state_t state;

	if (which != ITIMER_REAL && which != ITIMER_VIRTUAL && which != ITIMER_PROF)
		return -EINVAL;
	state = spin_lock_irq_save(&process->lock);
	if (which == ITIMER_REAL)
		change_real(process, fresh, old);
	else
		change_cpu(process, which == ITIMER_PROF, fresh, old);
	spin_unlock_irq_restore(&process->lock, state);
	return 0;
}

static bool count_down(struct process *process, unsigned which, u64 ns)
{
	u64 *left = &process->timers.cpu_left_ns[which];

	if (!*left)
		return false;
	if (*left > ns) {
		*left -= ns;
		return false;
	}
	*left = process->timers.cpu_interval_ns[which];
	process->timers.nr_cpu -= !*left;
	return true;
}

u64 itimer_tick_locked(struct process *process, bool user, u64 ns)
{
	u64 signals = 0;

	if (user && count_down(process, 0, ns))
		signals |= SIGNAL_BIT(SIGVTALRM);
	if (count_down(process, 1, ns))
		signals |= SIGNAL_BIT(SIGPROF);
	return signals;
}
