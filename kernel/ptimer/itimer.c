// SPDX-License-Identifier: MIT
/*
 * itimer.c -- the interval timers of a process (setitimer(2)).
 *
 * Idea.  The real one is a kernel timer that sends SIGALRM from its interrupt. It is set again only
 *   when a thread takes SIGALRM, so a short interval costs the process its own time, and no
 *   interrupts while the process sleeps, blocks the signal or ignores it. Intervals that were
 *   missed are one signal, and the next expiry keeps the phase. The other two are counted down by
 *   the ticks that find the process running, so their resolution is the tick.
 * Invariants.
 *   V1  An interrupt of the real timer that finds it not armed, or comes before real_expiry_ns, has
 *       been overtaken by a change and does nothing.
 *   V2  A timer on CPU time counts in timers.nr_cpu exactly while its cpu_left_ns is not 0, until
 *       the process ends.
 * Locks.  process->lock. Only itimer_stop waits for the interrupt, without it.
 * Tests.  itimer_test.c, tests/guest/signal/sig_timers.c.
 */
#include "ptimer/itimer.h"
#include "core/errno.h"
#include "proc/process_internal.h"
#include "vm/time_copy.h"

#include <linux/time.h>

static void real_timer_fires(struct timer *timer)
{
	struct process *process = container_of(timer, struct process, timers.real);
	irq_state_t state = spin_lock_irq_save(&process->lock);

	/* Else it was set again, or switched off, on its way here. */
	if (process->timers.real_armed && clock_monotonic_ns() >= process->timers.real_expiry_ns) {
		process->timers.real_armed = false;
		signal_send_kernel_locked(process, SIGALRM);
	}
	spin_unlock_irq_restore(&process->lock, state);
}

/* Missed intervals are one signal; the phase stays. */
void itimer_alarm_taken_locked(struct process *process)
{
	struct process_timers *timers = &process->timers;
	u64 now, interval = timers->real_interval_ns;

	assert_spin_held(&process->lock);
	if (timers->real_armed || !interval)
		return;
	now = clock_monotonic_ns();
	timers->real_expiry_ns += (now - timers->real_expiry_ns) / interval * interval + interval;
	timers->real_armed = true;
	timer_set(&timers->real, timers->real_expiry_ns);
}

void itimer_init(struct process *process)
{
	timer_init(&process->timers.real, real_timer_fires);
}

void itimer_stop(struct process *process)
{
	irq_state_t state = spin_lock_irq_save(&process->lock);
	bool used = process->timers.real.deadline_ns; /* once, at least */

	process->timers.real_armed = false;
	process->timers.real_interval_ns = 0;
	process->timers.cpu_left_ns[0] = process->timers.cpu_left_ns[1] = 0;
	spin_unlock_irq_restore(&process->lock, state);
	if (used)
		timer_cancel_wait(&process->timers.real);
}

static void change_real(struct process *process, const struct itimer_value *fresh,
			struct itimer_value *old)
{
	struct process_timers *timers = &process->timers;
	u64 now = clock_monotonic_ns(), expiry = timers->real_expiry_ns;

	if (old) {
		*old = (struct itimer_value){.interval_ns = timers->real_interval_ns};
		/*
		 * A timer that is due but has not fired yet has a moment left: 0 would say it is
		 * off.
		 */
		if (timers->real_armed)
			old->left_ns = expiry > now ? expiry - now : NS_PER_US;
	}
	if (!fresh)
		return;
	timer_cancel(&timers->real);
	timers->real_armed = fresh->left_ns;
	timers->real_interval_ns = fresh->left_ns ? fresh->interval_ns : 0;
	timers->real_expiry_ns = time_add(now, fresh->left_ns);
	if (timers->real_armed)
		timer_set(&timers->real, timers->real_expiry_ns);
}

static void change_cpu(struct process *process, unsigned which, const struct itimer_value *fresh,
		       struct itimer_value *old)
{
	if (old)
		*old = (struct itimer_value){process->timers.cpu_left_ns[which],
					     process->timers.cpu_interval_ns[which]};
	if (!fresh)
		return;
	process_timers_count_cpu(&process->timers,
				 !!fresh->left_ns - !!process->timers.cpu_left_ns[which]);
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
	u64 interval = process->timers.cpu_interval_ns[which], late;

	if (!*left)
		return false;
	if (*left > ns) {
		*left -= ns;
		return false;
	}
	/* The next time is not late by that, too; if it is due already, it is at the next tick. */
	late = ns - *left;
	*left = interval > late ? interval - late : !!interval;
	process_timers_count_cpu(&process->timers, -!*left);
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

int copy_itimerval_from_user(struct itimer_value *to,
			     const struct __kernel_old_itimerval __user *from)
{
	int err = copy_timeval_from_user(&to->interval_ns, &from->it_interval);

	return err ? err : copy_timeval_from_user(&to->left_ns, &from->it_value);
}

int copy_itimerval_to_user(struct __kernel_old_itimerval __user *to,
			   const struct itimer_value *from)
{
	int err = copy_timeval_to_user(&to->it_interval, from->interval_ns);

	return err ? err : copy_timeval_to_user(&to->it_value, from->left_ns);
}
