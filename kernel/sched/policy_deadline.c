// SPDX-License-Identifier: MIT
/*
 * policy_deadline.c -- SCHED_DEADLINE: a runtime in each period, and a deadline for it (sched(7)).
 *
 * Idea.  The earliest deadline runs, before all other classes. Each thread is a constant bandwidth
 *   server: it has a budget, the runtime, until its deadline. One that has used its budget is held
 *   until its next period begins; then it has a new one, for a deadline that is a period later. One
 *   that wakes goes on with the rest of its budget only if that is no more of the time that is left
 *   until its deadline than its share; else a new budget and deadline begin now. So no thread has
 *   more than its share, whatever it does, and all meet their deadlines if the shares of the
 *   threads of a CPU are at most the whole of it, and their deadlines are the ends of their
 *   periods. A thread is let in when the shares of all threads are at most the part of all CPUs
 *   that real-time threads may have.
 *   One that has asked for it gets SIGXCPU when it has used up a budget: when it goes on in user
 *   mode, mostly in its next period (WORK_OVERRUN).
 * Invariants.
 *   D1  A queued thread is in `ready`, ordered by deadline, or, if it is held, in `held`, ordered
 *       by when its next period begins. One that is held is not counted as ready.
 *   D2  The timer is set for no later than the next period of the first that is held, and than the
 *       end of the budget of the thread that was picked last. It may come for nothing.
 *   D3  `reserved` is the sum of the bandwidths of all threads of this policy. A thread changes its
 *       part with its run queue locked. It is never more than the limit of the share: both change
 *       under deadline_admission_lock.
 * Locks.  runqueue, held by the callers; the timer's function takes it. timer within it, and
 *   deadline_admission_lock (leaf_irq).
 * Cost.  A search tree; each pick may set a timer. Without such threads nothing.
 * Tests.  policy_deadline_test.c, deadline_model_test.c, tests/guest/process/proc_deadline.c.
 */
#include "sched/policy_deadline.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "core/errno.h"
#include "sched/policy_realtime.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "time/clock.h"
#include "time/timer.h"

#include <linux/sched.h>

#define RUNTIME_MIN_NS 1024
#define PERIOD_MIN_NS (100 * NS_PER_US)
#define PERIOD_MAX_NS ((1UL << 22) * NS_PER_US)
#define BANDWIDTH_SHIFT 20 /* the whole of a CPU is 1 << 20, as on Linux */
#define RENEWED_AT_ONCE 16 /* the queue is locked for a bounded time */
#define NEVER_NS (~0UL)

struct deadline_data {
	u64 ends_ns; /* the deadline; 0: it has not begun */
	s64 left_ns; /* of its budget                     */
	u32 runtime_ns, relative_ns, period_ns;
	bool is_held;
	u8 flags; /* SCHED_FLAG_* */
};

/* Those of one CPU. */
struct deadline_queue {
	struct rb_root_cached ready; /* [runqueue] D1 */
	struct rb_root_cached held;  /* [runqueue] D1 */
	struct timer timer;
	u64 armed_ns;	     /* [runqueue] what the timer is set for, or NEVER_NS */
	struct runqueue *rq; /* [I] */
};

static PERCPU(struct deadline_queue, cpu_queue);
struct spinlock deadline_admission_lock = SPINLOCK_INIT(leaf_irq);
static u64 reserved; /* [deadline_admission_lock] D3 */

static struct deadline_data *data_of(const struct thread *t)
{
	return thread_policy_data(struct deadline_data, (struct thread *)t);
}

static struct deadline_queue *queue_of(const struct runqueue *rq)
{
	return rq->queues[SCHED_RANK_deadline];
}

/* --- admission ------------------------------------------------------------------------------- */

static u64 bandwidth(u64 runtime_ns, u64 period_ns)
{
	return (runtime_ns << BANDWIDTH_SHIFT) / period_ns;
}

/* What may be reserved of all CPUs together. */
static u64 limit_of(const struct realtime_share *share)
{
	if (share->runtime_us < 0)
		return ~0UL;
	return bandwidth((u64)share->runtime_us, (u64)share->period_us) * arch_smp_nr_cpus();
}

bool deadline_fits(const struct realtime_share *share)
{
	assert_spin_held(&deadline_admission_lock);
	return reserved <= limit_of(share);
}

static u64 period_of(const struct sched_reservation *wanted)
{
	return wanted->period_ns ? wanted->period_ns : wanted->deadline_ns;
}

static bool deadline_allows(const struct sched_reservation *wanted)
{
	u64 period_ns = period_of(wanted);

	return wanted->runtime_ns >= RUNTIME_MIN_NS && wanted->runtime_ns <= wanted->deadline_ns &&
	       wanted->deadline_ns <= period_ns && period_ns >= PERIOD_MIN_NS &&
	       period_ns <= PERIOD_MAX_NS;
}

static u64 bandwidth_of(const struct thread *t)
{
	const struct deadline_data *data = data_of(t);

	return bandwidth(data->runtime_ns, data->period_ns);
}

static int deadline_admit(struct thread *t, const struct sched_reservation *wanted)
{
	u64 mine = t->policy->rank == SCHED_RANK_deadline ? bandwidth_of(t) : 0;
	u64 fresh = bandwidth(wanted->runtime_ns, period_of(wanted));
	irq_state_t state = spin_lock_irq_save(&deadline_admission_lock);
	struct realtime_share share;
	bool fits;

	realtime_share_get(&share);
	fits = reserved - mine + fresh <= limit_of(&share);
	if (fits)
		reserved += fresh - mine;
	spin_unlock_irq_restore(&deadline_admission_lock, state);
	return fits ? 0 : -EBUSY;
}

/* What is left of the budget stays: or who changes its parameters again and again had more. */
static void deadline_adopt(struct thread *t, const struct sched_reservation *wanted)
{
	struct deadline_data *data = data_of(t);

	data->runtime_ns = (u32)wanted->runtime_ns;
	data->relative_ns = (u32)wanted->deadline_ns;
	data->period_ns = (u32)period_of(wanted);
	data->flags = (u8)wanted->flags;
}

static void deadline_leave(struct thread *t)
{
	irq_state_t state = spin_lock_irq_save(&deadline_admission_lock);

	reserved -= bandwidth_of(t);
	spin_unlock_irq_restore(&deadline_admission_lock, state);
}

static void deadline_tell(const struct thread *t, struct sched_reservation *out)
{
	const struct deadline_data *data = data_of(t);

	*out = (struct sched_reservation){.runtime_ns = data->runtime_ns,
					  .deadline_ns = data->relative_ns,
					  .period_ns = data->period_ns,
					  .flags = data->flags};
}

static const struct sched_reserving deadline_reserving = {
	.allows = deadline_allows,
	.admit = deadline_admit,
	.adopt = deadline_adopt,
	.leave = deadline_leave,
	.tell = deadline_tell,
};

/* --- budgets --------------------------------------------------------------------------------- */

/* When the period after the current one begins. */
static u64 next_period_ns(const struct deadline_data *data)
{
	return data->ends_ns - data->relative_ns + data->period_ns;
}

static void begin(struct deadline_data *data, u64 now_ns)
{
	data->ends_ns = now_ns + data->relative_ns;
	data->left_ns = data->runtime_ns;
}

/* Its next period has begun, or a later one if it had too much. */
static void renew(struct deadline_data *data, u64 now_ns)
{
	u64 nr = 1 + (u64)-data->left_ns / data->runtime_ns;

	data->ends_ns += nr * data->period_ns;
	data->left_ns += (s64)(nr * data->runtime_ns);
	if (data->ends_ns < now_ns)
		begin(data, now_ns);
}

/* Would it have more than its share if it used what is left in the time until its deadline? */
static bool is_too_much(const struct deadline_data *data, u64 until_ns)
{
	return data->left_ns > 0 && until_ns <= PERIOD_MAX_NS &&
	       (u64)data->left_ns * data->relative_ns > until_ns * data->runtime_ns;
}

static void wake(struct deadline_data *data, u64 now_ns)
{
	bool is_constrained = data->relative_ns < data->period_ns;

	if (now_ns >= data->ends_ns) {
		if (is_constrained && now_ns < next_period_ns(data))
			data->left_ns = min(data->left_ns, (s64)0);
		else
			begin(data, now_ns);
	} else if (is_too_much(data, data->ends_ns - now_ns)) {
		if (is_constrained)
			data->left_ns = (s64)((data->ends_ns - now_ns) * data->runtime_ns /
					      data->relative_ns);
		else
			begin(data, now_ns);
	}
}

/* --- queues ---------------------------------------------------------------------------------- */

static struct thread *thread_of(struct rb_node *node)
{
	return rb_entry(node, struct thread, tree_node);
}

static const struct deadline_data *data_at(const struct rb_node *node)
{
	return data_of(rb_entry(node, struct thread, tree_node));
}

static bool ends_before(const struct rb_node *a, const struct rb_node *b)
{
	return data_at(a)->ends_ns < data_at(b)->ends_ns;
}

static bool begins_before(const struct rb_node *a, const struct rb_node *b)
{
	return next_period_ns(data_at(a)) < next_period_ns(data_at(b));
}

/* The timer is to come at @ns or before. D2 */
static void arm(struct deadline_queue *queue, u64 ns)
{
	if (ns >= queue->armed_ns)
		return;
	queue->armed_ns = ns;
	timer_set(&queue->timer, ns);
}

static void hold(struct runqueue *rq, struct thread *t)
{
	struct deadline_queue *queue = queue_of(rq);

	data_of(t)->is_held = true;
	runqueue_hold_one(rq);
	rb_insert_cached(&queue->held, &t->tree_node, begins_before);
	arm(queue, next_period_ns(data_of(t)));
}

static void release(struct runqueue *rq, struct thread *t)
{
	rb_erase_cached(&queue_of(rq)->held, &t->tree_node);
	runqueue_release_one(rq);
	data_of(t)->is_held = false;
}

/* Let those go whose next period has begun, and set the timer for the next of them. */
static void renew_due(struct runqueue *rq, u64 now_ns)
{
	struct deadline_queue *queue = queue_of(rq);
	struct rb_node *node;

	for (unsigned i = 0; (node = rb_first_cached(&queue->held)); i++) {
		struct thread *t = thread_of(node);
		struct deadline_data *data = data_of(t);
		u64 begins_ns = next_period_ns(data);

		if (begins_ns > now_ns || i == RENEWED_AT_ONCE) {
			arm(queue, begins_ns);
			return;
		}
		release(rq, t);
		renew(data, now_ns);
		rb_insert_cached(&queue->ready, &t->tree_node, ends_before);
	}
}

/* A budget is used up, or a period begins: the CPU chooses again, and accounts for its thread. */
static void deadline_fire(struct timer *timer)
{
	struct deadline_queue *queue = container_of(timer, struct deadline_queue, timer);
	struct runqueue *rq = queue->rq;
	irq_state_t state = spin_lock_irq_save(&rq->lock);

	queue->armed_ns = NEVER_NS;
	renew_due(rq, clock_monotonic_ns());
	runqueue_want_resched(rq);
	spin_unlock_irq_restore(&rq->lock, state);
}

/* --- the policy ------------------------------------------------------------------------------ */

static void deadline_init_cpu(struct runqueue *rq)
{
	struct deadline_queue *queue = on_cpu(cpu_queue, rq->cpu);

	*queue = (struct deadline_queue){.armed_ns = NEVER_NS, .rq = rq};
	timer_init(&queue->timer, deadline_fire);
	rq->queues[SCHED_RANK_deadline] = queue;
}

static void deadline_enqueue(struct runqueue *rq, struct thread *t, enum sched_event why)
{
	struct deadline_data *data = data_of(t);
	u64 now_ns = clock_monotonic_ns();

	if (!data->ends_ns)
		begin(data, now_ns);
	else if (why == SCHED_WOKEN)
		wake(data, now_ns);
	else if (why == SCHED_YIELDED)
		data->left_ns = min(data->left_ns, (s64)0);
	if (data->left_ns <= 0 && next_period_ns(data) <= now_ns)
		renew(data, now_ns);
	if (data->left_ns > 0)
		rb_insert_cached(&queue_of(rq)->ready, &t->tree_node, ends_before);
	else
		hold(rq, t);
}

static void deadline_dequeue(struct runqueue *rq, struct thread *t)
{
	if (data_of(t)->is_held)
		release(rq, t);
	else
		rb_erase_cached(&queue_of(rq)->ready, &t->tree_node);
}

static struct thread *deadline_pick(struct runqueue *rq)
{
	struct deadline_queue *queue = queue_of(rq);
	struct rb_node *node = rb_first_cached(&queue->ready);

	if (!node)
		return NULL;
	rb_erase_cached(&queue->ready, node);
	arm(queue, clock_monotonic_ns() + (u64)data_of(thread_of(node))->left_ns);
	return thread_of(node);
}

static bool deadline_charge(struct runqueue *rq, struct thread *t, u64 ran_cycles)
{
	struct deadline_data *data = data_of(t);
	bool had_some = data->left_ns > 0;

	(void)rq;
	data->left_ns -= (s64)clock_cycles_to_ns(ran_cycles);
	if (data->left_ns > 0)
		return false;
	if (unlikely(had_some && data->flags & SCHED_FLAG_DL_OVERRUN))
		thread_work_set(t, WORK_NOTIFY | WORK_OVERRUN);
	return true;
}

static bool deadline_preempts(const struct runqueue *rq, const struct thread *candidate,
			      const struct thread *running)
{
	(void)rq;
	return !data_of(candidate)->is_held &&
	       data_of(candidate)->ends_ns < data_of(running)->ends_ns;
}

/* More than any priority of real-time threads. */
static u64 deadline_urgency(const struct thread *t)
{
	return ~data_of(t)->ends_ns;
}

const struct sched_policy policy_deadline = {
	.name = "deadline",
	.rank = SCHED_RANK_deadline,
	.linux_policies = BIT(SCHED_DEADLINE),
	.keeps_order = true,
	.has_own_limit = true,
	.on_all_cpus = true,
	.init_cpu = deadline_init_cpu,
	.enqueue = deadline_enqueue,
	.dequeue = deadline_dequeue,
	.pick = deadline_pick,
	.charge = deadline_charge,
	.preempts = deadline_preempts,
	.urgency = deadline_urgency,
	.reserving = &deadline_reserving,
};
