// SPDX-License-Identifier: MIT
/*
 * posix_timer.c -- timers that programs make (timer_create(2)), on the clocks they name.
 *
 * Idea. A timer on a clock of real time is a kernel timer; one on a CPU clock is checked by the
 *   ticks of its process. Expiry sends a signal whose instance is part of the timer, so that an
 *   interrupt can send it without allocating. While that instance is pending the timer is not set:
 *   what it misses is counted when the signal is taken (the overrun), so a short interval causes
 *   no flood of signals. While the signal is ignored the timer sleeps, and costs nothing; what it
 *   misses is skipped. A timer that sends nothing (SIGEV_NONE) only has its expiry computed.
 * Invariants.
 *   X1  A timer is armed, or its instance is linked, or it is asleep: one of them at most, and for
 *       a periodic timer that was not stopped, exactly one.
 *   X2  A timer on a CPU clock counts in timers.nr_cpu, and is in the queue of its clock, exactly
 *       while it is armed and sends something. A queue is in timers.posix.cpu_queues while not
 *       empty.
 * Cost. A tick looks at the queue of the process, of the thread that runs and of some other
 *   threads in turn, and takes what has expired, a few timers at most, whatever the numbers of
 *   timers and threads. A thread's clock advances only while it runs, so its own ticks suffice.
 * Locks. process->lock for everything but the kernel timer's own tree.
 * Ownership. The process's list; delete cancels the kernel timer and waits for its interrupt before
 *   freeing.
 */
#include "ptimer/posix_timer.h"
#include "core/assert.h"
#include "core/errno.h"
#include "mm/kmalloc.h"
#include "proc/process_internal.h"
#include "proc/rlimit.h"
#include "proc/usage.h"
#include "sched/sched.h"
#include "vm/time_copy.h"

#include <linux/time.h>

struct SHARED posix_timer {
	struct rb_node node;		 /* [process->lock]                                    */
	struct rb_node queue_node;	 /* [process->lock] in the queue of its CPU clock      */
	struct process *process;	 /* [I] it is in its tree                              */
	struct user_thread *thread;	 /* [I] SIGEV_THREAD_ID: referenced; NULL: the process */
	struct user_thread *cpu_thread;	 /* [I] its CPU clock; referenced; NULL: the process's */
	int id;				 /* [I]                                                */
	int clock;			 /* [I]                                                */
	bool on_cpu_clock;		 /* [I]                                                */
	bool silent;			 /* [I] SIGEV_NONE                                     */
	bool armed;			 /* [process->lock]                                    */
	struct list_node asleep_node;	 /* [process->lock] its signal is ignored              */
	u64 expiry_ns;			 /* [process->lock] on the monotonic or the CPU clock  */
	u64 interval_ns;		 /* [process->lock]                                    */
	int overrun;			 /* [process->lock] of the signal taken last           */
	struct timer timer;		 /* [process->lock]                                    */
	struct signal_instance instance; /* [process->lock]                                    */
};

#define TICK_EXPIRIES_MAX                                                                          \
	8 /* of a CPU clock, with interrupts off; the others wait for the next tick */
#define TICK_QUEUES_MAX 8 /* of threads that do not run */
#define WOKEN_AT_ONCE 32  /* timers; then process->lock is released */
#define REFUSED_RETRY_NS NS_PER_SECOND

/* Locks: process->lock held. */
static u64 clock_now(const struct posix_timer *timer)
{
	if (!timer->on_cpu_clock)
		return clock_monotonic_ns();
	return timer->cpu_thread ? sched_thread_runtime_ns(&timer->cpu_thread->thread)
				 : process_cpu_ns(timer->process);
}

static bool expires_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct posix_timer, queue_node)->expiry_ns <
	       rb_entry(b, struct posix_timer, queue_node)->expiry_ns;
}

static struct cpu_timer_queue *queue_of(struct posix_timer *timer)
{
	return timer->cpu_thread ? &timer->cpu_thread->cpu_timers
				 : &timer->process->timers.posix.cpu;
}

/* X2 */
static void queue(struct posix_timer *timer)
{
	struct cpu_timer_queue *queue = queue_of(timer);

	assert_spin_held(&timer->process->lock);
	if (rb_is_empty(&queue->timers.root))
		list_add_last(&timer->process->timers.posix.cpu_queues, &queue->node);
	rb_insert_cached(&queue->timers, &timer->queue_node, expires_before);
	process_timers_count_cpu(&timer->process->timers, 1);
}

static void unqueue(struct posix_timer *timer)
{
	struct cpu_timer_queue *queue = queue_of(timer);

	rb_erase_cached(&queue->timers, &timer->queue_node);
	if (rb_is_empty(&queue->timers.root))
		list_remove(&queue->node);
	process_timers_count_cpu(&timer->process->timers, -1);
}

/* It is not armed. */
static void arm(struct posix_timer *timer)
{
	debug_assert(!timer->armed && !list_is_linked(&timer->instance.node) &&
		     !list_is_linked(&timer->asleep_node)); /* X1 */
	timer->armed = true;
	if (timer->silent)
		return;
	if (timer->on_cpu_clock)
		queue(timer);
	else
		timer_set(&timer->timer, timer->expiry_ns);
}

static void fall_asleep(struct posix_timer *timer)
{
	list_add_last(&timer->process->timers.posix.asleep, &timer->asleep_node);
	timer->process->timers.posix.nr_asleep++;
}

static void end_sleep(struct posix_timer *timer)
{
	list_remove_init(&timer->asleep_node);
	timer->process->timers.posix.nr_asleep--;
}

static void disarm(struct posix_timer *timer)
{
	if (timer->armed && timer->on_cpu_clock && !timer->silent)
		unqueue(timer);
	timer->armed = false;
	if (list_is_linked(&timer->asleep_node))
		end_sleep(timer);
	if (!timer->on_cpu_clock)
		timer_cancel(&timer->timer);
}

/* Move the expiry behind @now; how many were missed. */
static u64 skip_missed(struct posix_timer *timer, u64 now)
{
	u64 missed = now >= timer->expiry_ns ? (now - timer->expiry_ns) / timer->interval_ns : 0;

	timer->expiry_ns += (missed + 1) * timer->interval_ns;
	return missed;
}

/* @now: on the timer's clock. Locks: process->lock held. Context: interrupt. */
static void expire(struct posix_timer *timer, u64 now)
{
	bool accepted;

	debug_assert(!timer->silent); /* X2 */
	if (timer->on_cpu_clock)
		unqueue(timer);
	timer->armed = false;
	accepted = signal_send_timer_locked(timer->process, timer->thread, &timer->instance);
	if (list_is_linked(&timer->instance.node) || !timer->interval_ns)
		return; /* X1 */
	if (!accepted) {
		fall_asleep(timer);
		return;
	}
	/* Another instance of a stop signal is pending (signal_queue.c: Q3). */
	skip_missed(timer, now);
	timer->expiry_ns = max(timer->expiry_ns, now + REFUSED_RETRY_NS);
	arm(timer);
}

static void timer_fires(struct timer *kernel_timer)
{
	struct posix_timer *timer = container_of(kernel_timer, struct posix_timer, timer);
	struct process *process = timer->process;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	u64 now = clock_monotonic_ns(), stop_round = process->stop.round;
	bool continued;

	if (timer->armed && now >= timer->expiry_ns)
		expire(timer, now);
	else if (timer->armed)
		timer_set(&timer->timer, timer->expiry_ns); /* it was set again meanwhile */
	continued = process->stop.round != stop_round;
	spin_unlock_irq_restore(&process->lock, state);
	if (unlikely(continued)) /* delete waits until this has returned */
		signal_wake_continued(process);
}

/* Expire what has to in @queue, @left of them at most; how many more may expire. */
static unsigned expire_queue(struct cpu_timer_queue *queue, unsigned left)
{
	struct rb_node *node = rb_first_cached(&queue->timers);
	struct posix_timer *timer;
	u64 now;

	if (!node)
		return left;
	now = clock_now(rb_entry(node, struct posix_timer, queue_node));
	for (; left && (node = rb_first_cached(&queue->timers)); left--) {
		timer = rb_entry(node, struct posix_timer, queue_node);
		if (now < timer->expiry_ns)
			break;
		expire(timer, now);
	}
	return left;
}

void posix_timer_tick_locked(struct process *process)
{
	struct list_node *queues = &process->timers.posix.cpu_queues;
	unsigned left = TICK_EXPIRIES_MAX;
	struct cpu_timer_queue *queue;

	(void)expire_queue(&process->timers.posix.cpu, TICK_EXPIRIES_MAX);
	(void)expire_queue(&current_user_thread()->cpu_timers, TICK_EXPIRIES_MAX);
	for (unsigned i = 0; left && i < TICK_QUEUES_MAX && !list_is_empty(queues); i++) {
		queue = list_first_entry(queues, struct cpu_timer_queue, node);
		list_remove(&queue->node);
		list_add_last(queues, &queue->node);
		left = expire_queue(queue, left);
	}
}

void posix_timer_signal_taken(struct posix_timer *timer, siginfo_t *info)
{
	u64 missed = 0;

	if (timer->interval_ns) {
		missed = skip_missed(timer, clock_now(timer));
		arm(timer);
	}
	timer->overrun = missed > INT32_MAX ? INT32_MAX : (int)missed;
	info->si_overrun = timer->overrun;
}

void posix_timer_signal_dropped(struct posix_timer *timer)
{
	if (!timer->interval_ns)
		return;
	skip_missed(timer, clock_now(timer));
	arm(timer);
}

void posix_timer_signal_wanted(struct process *process, int signal)
{
	struct posix_timers *timers = &process->timers.posix;
	irq_state_t state = spin_lock_irq_save(&process->lock);
	u32 left = timers->nr_asleep; /* those that fall asleep meanwhile come behind them */

	while (unlikely(left && timers->nr_asleep)) {
		for (unsigned n = 0; n < WOKEN_AT_ONCE && left && timers->nr_asleep; n++, left--) {
			struct posix_timer *timer =
				list_first_entry(&timers->asleep, struct posix_timer, asleep_node);

			end_sleep(timer);
			if (timer->instance.info.si_signo == signal) {
				skip_missed(timer, clock_now(timer));
				arm(timer);
			} else {
				fall_asleep(timer);
			}
		}
		spin_unlock_irq_restore(&process->lock, state);
		if (thread_kill_pending(current_thread()))
			return;
		state = spin_lock_irq_save(&process->lock);
	}
	spin_unlock_irq_restore(&process->lock, state);
}

static bool number_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct posix_timer, node)->id <
	       rb_entry(b, struct posix_timer, node)->id;
}

static int compare_number(const void *key, const struct rb_node *node)
{
	int id = *(const int *)key, its = rb_entry(node, struct posix_timer, node)->id;

	return id < its ? -1 : id > its;
}

static struct posix_timer *find(struct process *process, int id)
{
	return rb_entry_or_null(rb_find(&process->timers.posix.by_number, &id, compare_number),
				struct posix_timer, node);
}

static void destroy(struct posix_timer *timer)
{
	if (!timer->on_cpu_clock)
		timer_cancel_wait(&timer->timer);
	if (timer->thread)
		user_thread_put(timer->thread);
	if (timer->cpu_thread)
		user_thread_put(timer->cpu_thread);
	kfree(timer);
}

/* The target of the signal, and its contents. */
static int apply_event(struct posix_timer *timer, const struct sigevent *event)
{
	siginfo_t *info = &timer->instance.info;
	int notify = event ? event->sigev_notify : SIGEV_SIGNAL;

	info->si_code = SI_TIMER;
	info->si_signo = event ? event->sigev_signo : SIGALRM;
	if (event)
		info->si_value = event->sigev_value;
	else
		info->si_value.sival_int = timer->id;
	info->si_tid = timer->id;
	switch (notify) {
	case SIGEV_NONE:
		timer->silent = true;
		return 0;
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		timer->thread = user_thread_find(event->sigev_notify_thread_id);
		if (!timer->thread || timer->thread->thread.process != current_process())
			return -EINVAL;
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		break;
	default:
		return -EINVAL;
	}
	return info->si_signo < 1 || info->si_signo > SIGNAL_MAX ? -EINVAL : 0;
}

/* Which clock: a kernel timer's, or CPU time of this process or one of its threads. */
static int apply_clock(struct posix_timer *timer, int clock)
{
	u64 now;
	int err = clock_id_deadline(clock, 0, &now);

	timer->clock = clock;
	if (!err)
		return 0;
	if (clock < 0 && CPU_CLOCK_KIND(clock) > CPU_CLOCK_SCHED)
		return -EINVAL;
	if (clock == CLOCK_THREAD_CPUTIME_ID || (clock < 0 && (clock & CPU_CLOCK_THREAD))) {
		pid_t tid = clock < 0 ? CPU_CLOCK_OWNER(clock) : 0;

		timer->cpu_thread = user_thread_find(tid ? tid : current_thread()->tid);
		if (!timer->cpu_thread || timer->cpu_thread->thread.process != current_process())
			return -EINVAL;
	} else if (clock < 0) {
		pid_t pid = CPU_CLOCK_OWNER(clock);

		if (pid && pid != process_id(current_process()))
			return -EINVAL;
	} else if (clock != CLOCK_PROCESS_CPUTIME_ID) {
		return err;
	}
	timer->on_cpu_clock = true;
	return 0;
}

/*
 * A number that no timer of @process has: they begin again at 0 while old timers may still exist.
 */
static int new_number(struct process *process)
{
	irq_state_t state;
	bool is_free;
	int id;

	do {
		state = spin_lock_irq_save(&process->lock);
		id = process->timers.posix.next_id;
		process->timers.posix.next_id = (int)(((u32)id + 1) & INT32_MAX);
		is_free = !find(process, id);
		spin_unlock_irq_restore(&process->lock, state);
	} while (!is_free);
	return id;
}

int posix_timer_create(int clock, const struct sigevent *event)
{
	struct process *process = current_process();
	struct posix_timer *timer = kzalloc(sizeof(*timer), 0);
	irq_state_t state;
	int err;

	if (!timer)
		return -EAGAIN;
	timer->process = process;
	timer->instance.timer = timer;
	list_init(&timer->instance.node);
	list_init(&timer->asleep_node);
	timer_init(&timer->timer, timer_fires);
	timer->id = new_number(process);
	err = apply_clock(timer, clock);
	if (!err)
		err = apply_event(timer, event);
	if (err) {
		destroy(timer);
		return err;
	}
	state = spin_lock_irq_save(&process->lock);
	err = signal_instance_charge(process, &timer->instance,
				     rlimit_soft(process, RLIMIT_SIGPENDING));
	if (!err) {
		debug_assert(!find(process, timer->id));
		rb_insert(&process->timers.posix.by_number, &timer->node, number_before);
		/*
		 * Before the timer can expire, find its signal ignored, and fall asleep. Pairs with
		 * signal_set_action: who sets a handler sees the timer, or has set it before that.
		 */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		err = timer->id;
	}
	spin_unlock_irq_restore(&process->lock, state);
	if (err < 0)
		destroy(timer);
	return err;
}

static void read_locked(const struct posix_timer *timer, struct itimer_value *out)
{
	u64 now = clock_now(timer), expiry = timer->expiry_ns;
	bool running =
		timer->armed || (timer->interval_ns && (list_is_linked(&timer->instance.node) ||
							list_is_linked(&timer->asleep_node)));

	*out = (struct itimer_value){.interval_ns = timer->interval_ns};
	if (!running || (timer->silent && expiry <= now && !timer->interval_ns))
		return;
	if (expiry <= now && timer->interval_ns)
		expiry += ((now - expiry) / timer->interval_ns + 1) * timer->interval_ns;
	/* Due but not yet fired: not 0, which would say that it is off. */
	out->left_ns = expiry > now ? expiry - now : 1;
}

static int set_locked(struct posix_timer *timer, bool absolute, const struct itimer_value *fresh)
{
	u64 expiry = fresh->left_ns;
	int err = 0;

	disarm(timer);
	signal_queue_drop_timer(signal_queue_of(timer->process, timer->thread), &timer->instance);
	timer->interval_ns = fresh->interval_ns;
	timer->overrun = 0;
	if (!fresh->left_ns) {
		timer->interval_ns = 0;
		return 0;
	}
	if (!absolute)
		expiry = clock_now(timer) + fresh->left_ns;
	else if (!timer->on_cpu_clock)
		err = clock_id_deadline(timer->clock, fresh->left_ns, &expiry);
	if (expiry < fresh->left_ns && !absolute)
		expiry = DEADLINE_NEVER - 1;
	timer->expiry_ns = expiry;
	arm(timer);
	return err;
}

int posix_timer_set(int id, bool absolute, const struct itimer_value *fresh,
		    struct itimer_value *old)
{
	struct process *process = current_process();
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct posix_timer *timer = find(process, id);
	int err = -EINVAL;

	if (timer) {
		if (old)
			read_locked(timer, old);
		err = set_locked(timer, absolute, fresh);
	}
	spin_unlock_irq_restore(&process->lock, state);
	return err;
}

int posix_timer_get(int id, struct itimer_value *out)
{
	struct process *process = current_process();
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct posix_timer *timer = find(process, id);

	if (timer)
		read_locked(timer, out);
	spin_unlock_irq_restore(&process->lock, state);
	return timer ? 0 : -EINVAL;
}

int posix_timer_overrun(int id)
{
	struct process *process = current_process();
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct posix_timer *timer = find(process, id);
	int overrun = timer ? timer->overrun : -EINVAL;

	spin_unlock_irq_restore(&process->lock, state);
	return overrun;
}

/* Take @timer from its process. Locks: process->lock held. */
static void detach_locked(struct posix_timer *timer)
{
	assert_spin_held(&timer->process->lock);
	disarm(timer);
	timer->interval_ns = 0;
	signal_queue_drop_timer(signal_queue_of(timer->process, timer->thread), &timer->instance);
	rb_erase(&timer->process->timers.posix.by_number, &timer->node);
	signal_instance_uncharge(timer->process, &timer->instance);
}

int posix_timer_delete(int id)
{
	struct process *process = current_process();
	irq_state_t state = spin_lock_irq_save(&process->lock);
	struct posix_timer *timer = find(process, id);

	if (timer)
		detach_locked(timer);
	spin_unlock_irq_restore(&process->lock, state);
	if (!timer)
		return -EINVAL;
	destroy(timer);
	return 0;
}

void posix_timer_delete_all(struct process *process)
{
	struct posix_timer *timer;
	irq_state_t state;

	while (!rb_is_empty(&process->timers.posix.by_number)) {
		state = spin_lock_irq_save(&process->lock);
		timer = rb_entry(rb_first(&process->timers.posix.by_number), struct posix_timer,
				 node);
		detach_locked(timer);
		spin_unlock_irq_restore(&process->lock, state);
		destroy(timer);
	}
}

int copy_itimerspec_from_user(struct itimer_value *to,
			      const struct __kernel_itimerspec __user *from)
{
	int err = copy_timespec_from_user(&to->interval_ns, &from->it_interval);

	return err ? err : copy_timespec_from_user(&to->left_ns, &from->it_value);
}

int copy_itimerspec_to_user(struct __kernel_itimerspec __user *to, const struct itimer_value *from)
{
	int err = copy_timespec_to_user(&to->it_interval, from->interval_ns);

	return err ? err : copy_timespec_to_user(&to->it_value, from->left_ns);
}
