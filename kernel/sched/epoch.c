// SPDX-License-Identifier: MIT
/*
 * epoch.c -- when all read sections that run now have ended.
 *
 * Idea. A read section has preemption off. So a tick that interrupts code with preemption on finds
 *   its CPU in no section: the CPU says up to which epoch that is so. Items that are to wait begin
 *   a new epoch, and are ready when every CPU has said so for that epoch. What comes meanwhile
 *   waits for the next one: each CPU has a list that waits and one that collects.
 *   A program can keep its CPU in sections, whose ends no tick ever sees. So a tick that finds one
 *   asks the CPU to switch, which it does in no section; the next tick sees whether it has.
 *   A CPU may have no ticks, or few. It is marked as asleep then while it waits for an interrupt,
 *   or is in user mode (account/user_time.c), and counts as being in no section. The mark ends
 *   before the interrupt's handler, and before anything in the kernel that reads.
 *   Where no other CPU is up nobody can be in a section: who calls is not.
 *   On each CPU a thread of the kernel calls the functions of its ready items, so that the memory
 *   is free again where it was used. When a CPU has many, a thread that makes further objects there
 *   calls them itself: so it is done though the CPU is busy, also with threads that are more urgent
 *   than that of the kernel. Who waits for memory calls those of all CPUs, for the same reason.
 * Invariants.
 *   E1  An item was removed from where readers find it before its epoch began. A CPU that says it
 *       has reached that epoch read the number first: its later sections find no such item.
 *   E2  A CPU speaks for itself only, in a tick: for the present epoch when the interrupted code
 *       has preemption on, for that of an earlier tick when it has switched since.
 *   E3  Who has seen a CPU asleep after an epoch began need not wait for that CPU: either it was
 *       before the end of the mark; then the fence of epoch_wake(), and the one by which the epoch
 *       began, let the CPU's next section find no item from before. Or it is a later mark, which
 *       was made after the section.
 *   E4  A CPU with items ticks until their functions have been called, if it is idle or in user
 *       mode, too. So there is a tick that finds that an epoch has ended.
 * Locks.  leaf, one for each CPU. Functions are called without it.
 * Cost.  Nothing for a section but the preemption count. A tick looks at each CPU while items wait.
 *   An item waits for two or three ticks of each CPU, about.
 * Tests. epoch_model_test.c.
 */
#include "sched/epoch.h"

#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "core/errno.h"
#include "lib/fmt.h"
#include "sched/waitq.h"
#include "time/clock.h"

#define BACKLOG_MAX 8192 /* objects of one CPU; more only while nobody can wait */
#define BACKLOG_OWN 256	 /* with so many a thread that makes objects calls some itself */
#define LOOK_NS (10 * NS_PER_MS)

struct SHARED epoch_cpu {
	struct spinlock lock;	    /* class leaf                                             */
	struct epoch_item *fresh;   /* [lock] waits for the next epoch                        */
	struct epoch_item *waiting; /* [lock] waits for `target`                              */
	unsigned nr_fresh;	    /* [lock] for how many objects they stand                 */
	unsigned nr_waiting;	    /* [lock] the same of these                               */
	unsigned nr_items;	    /* [lock] both, and those whose function is called        */
	u64 target;		    /* [lock] epoch of `waiting`, read without; 0: none waits */
	u64 reached;		    /* [a] no section from before this epoch runs here; E2    */
	u64 asked;		    /* [o] its ticks: the epoch when one asked for a switch   */
	struct thread *caller;	    /* [a] calls the functions; NULL: there is none yet       */
};

PERCPU(u8, epoch_asleep);
static PERCPU(struct epoch_cpu, epoch_cpus); /* by their locks */
static u64 epoch;			     /* [a] the present one */
static u64 nr_called;			     /* [a] objects whose function was called */
static struct waitq throttled;		     /* for items whose function is to be called */

static bool all_have_reached(u64 target)
{
	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++)
		if (__atomic_load_n(&on_cpu(epoch_cpus, i)->reached, __ATOMIC_ACQUIRE) < target &&
		    !__atomic_load_n(on_cpu(epoch_asleep, i), __ATOMIC_ACQUIRE)) /* E3 */
			return false;
	return true;
}

void epoch_sleep(void)
{
	debug_assert(!preempt_count() && !arch_irq_enabled());
	/* Sections before are seen to have ended by who sees the mark; pairs with its acquire. */
	__atomic_store_n(this_cpu(epoch_asleep), 1, __ATOMIC_RELEASE);
}

void epoch_wake(void)
{
	__atomic_store_n(this_cpu(epoch_asleep), 0, __ATOMIC_RELAXED);
	/* Before reads in the interrupt's sections; pairs with begin_epoch(): E3. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool epoch_needs_tick(void)
{
	return READ_ONCE(this_cpu(epoch_cpus)->nr_items); /* E4 */
}

/* What has been collected waits from now on. Locks: cpu->lock. E1 */
static void begin_epoch(struct epoch_cpu *cpu)
{
	cpu->waiting = cpu->fresh;
	cpu->nr_waiting = cpu->nr_fresh;
	cpu->fresh = NULL;
	cpu->nr_fresh = 0;
	WRITE_ONCE(cpu->target, __atomic_fetch_add(&epoch, 1, __ATOMIC_SEQ_CST) + 1);
}

static __noinline void collect(struct epoch_item *item, void (*function)(struct epoch_item *item),
			       unsigned nr)
{
	struct epoch_cpu *cpu;

	item->function = function;
	preempt_disable();
	cpu = this_cpu(epoch_cpus);
	spin_lock(&cpu->lock);
	item->next = cpu->fresh;
	cpu->fresh = item;
	cpu->nr_fresh += nr;
	WRITE_ONCE(cpu->nr_items, cpu->nr_items + nr);
	if (!cpu->target)
		begin_epoch(cpu);
	spin_unlock(&cpu->lock);
	preempt_enable();
}

void epoch_call_for(struct epoch_item *item, void (*function)(struct epoch_item *item), unsigned nr)
{
	debug_assert(!in_interrupt());
	if (arch_smp_nr_cpus() == 1)
		function(item);
	else
		collect(item, function, nr);
}

void epoch_call(struct epoch_item *item, void (*function)(struct epoch_item *item))
{
	epoch_call_for(item, function, 1);
}

/* Call the functions of the items of @cpu that are ready. */
static void call_ready(struct epoch_cpu *cpu)
{
	struct epoch_item *item = NULL, *next;
	unsigned nr = 0;

	spin_lock(&cpu->lock);
	if (cpu->target && all_have_reached(cpu->target)) {
		item = cpu->waiting;
		nr = cpu->nr_waiting;
		cpu->waiting = NULL;
		WRITE_ONCE(cpu->target, 0);
		if (cpu->fresh)
			begin_epoch(cpu);
	}
	spin_unlock(&cpu->lock);
	for (; item; item = next) {
		next = item->next;
		item->function(item);
	}
	__atomic_fetch_add(&nr_called, nr, __ATOMIC_RELAXED);
	spin_lock(&cpu->lock);
	WRITE_ONCE(cpu->nr_items, cpu->nr_items - nr);
	spin_unlock(&cpu->lock);
}

bool epoch_tick(bool is_asked)
{
	struct epoch_cpu *cpu = this_cpu(epoch_cpus);
	u64 target = READ_ONCE(cpu->target), now = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);
	u64 reached = cpu->reached;

	if (preempt_count() == PREEMPT_IRQ_UNIT) /* E2: all sections here have ended */
		reached = now;
	else if (!is_asked) /* it has switched since it was asked, if it was */
		reached = max(reached, cpu->asked);
	if (reached < now)
		cpu->asked = now;
	__atomic_store_n(&cpu->reached, reached, __ATOMIC_RELEASE);
	if (target && READ_ONCE(cpu->caller) && all_have_reached(target))
		sched_wake(cpu->caller);
	return reached < now;
}

static bool is_ready(const struct epoch_cpu *cpu)
{
	u64 target = READ_ONCE(cpu->target);

	return target && all_have_reached(target);
}

static void caller_thread(void *arg)
{
	unsigned nr = (unsigned)(uintptr_t)arg;
	struct epoch_cpu *cpu = on_cpu(epoch_cpus, nr);
	struct waitq own;

	if (sched_set_affinity(current_thread(), BIT(nr)))
		panic("CPU %u has no thread that ends objects", nr);
	waitq_init(&own); /* nobody else knows it: the tick wakes this thread itself */
	for (;;) {
		WAIT_EVENT_UNINTERRUPTIBLE(&own, is_ready(cpu));
		call_ready(cpu);
		waitq_wake_all(&throttled);
	}
}

static bool has_room(void)
{
	bool room;

	preempt_disable();
	room = READ_ONCE(this_cpu(epoch_cpus)->nr_items) < BACKLOG_MAX;
	preempt_enable();
	return room;
}

/* Call the functions of what this CPU has waiting, if that is much and ready. */
static void call_own(void)
{
	struct epoch_cpu *cpu;
	bool has_many;

	preempt_disable();
	cpu = this_cpu(epoch_cpus);
	has_many = READ_ONCE(cpu->nr_items) >= BACKLOG_OWN && is_ready(cpu);
	preempt_enable();
	if (has_many) {
		call_ready(cpu);
		waitq_wake_all(&throttled);
	}
}

int epoch_throttle(void)
{
	if (arch_smp_nr_cpus() == 1)
		return 0;
	call_own();
	return likely(has_room()) ? 0 : WAIT_EVENT_KILLABLE(&throttled, has_room());
}

static u64 nr_items(void)
{
	u64 sum = 0;

	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++)
		sum += READ_ONCE(on_cpu(epoch_cpus, i)->nr_items);
	return sum;
}

/* Where threads of the kernel do not get the CPU, their items may be ready all the same. */
static void call_all_ready(void)
{
	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++)
		if (is_ready(on_cpu(epoch_cpus, i)))
			call_ready(on_cpu(epoch_cpus, i));
}

int epoch_wait(u64 deadline_ns)
{
	u64 nr_late = nr_items(), before = __atomic_load_n(&nr_called, __ATOMIC_RELAXED), look_ns;
	int err;

	do {
		call_all_ready();
		look_ns = min(deadline_ns, clock_monotonic_ns() + LOOK_NS);
		/* The sum is not of one moment, and some of it may have been called before. */
		err = WAIT_EVENT_STATE(&throttled,
				       __atomic_load_n(&nr_called, __ATOMIC_RELAXED) - before >=
						       nr_late ||
					       !nr_items(),
				       THREAD_KILLABLE, look_ns);
	} while (err == -ETIMEDOUT && look_ns < deadline_ns);
	return err;
}

bool epoch_has_items(void)
{
	return nr_items();
}

void epoch_init(void)
{
	struct thread *t;
	char name[16];

	for (unsigned i = 0; i < percpu_nr(); i++)
		spin_lock_init(&on_cpu(epoch_cpus, i)->lock, leaf);
	waitq_init(&throttled);
	if (arch_smp_nr_cpus() == 1)
		return;
	for (unsigned i = 0; i < arch_smp_nr_cpus(); i++) {
		ksnprintf(name, sizeof(name), "epoch/%u", i);
		if (thread_create_kernel(name, caller_thread, (void *)(uintptr_t)i, &t))
			panic("no memory for the threads that end objects");
		WRITE_ONCE(on_cpu(epoch_cpus, i)->caller, t);
	}
}
