// SPDX-License-Identifier: MIT
/*
 * thread.c -- threads as the scheduler knows them: creation and end, and the idle thread.
 *
 * Idea.  A thread is a kernel stack and what the scheduler needs; proc/ adds what makes it a thread
 *   of a program. The code that brings up a CPU becomes its idle thread, which clears free pages in
 *   advance while nothing else is ready.
 * Invariants.
 *   H1  Threads of the kernel have negative numbers, idle threads 0.
 *   H2  The idle thread waits for an interrupt only after it has found, with interrupts off, that
 *       no switch is wanted: an interrupt that wants one is not slept over.
 *   H3  It leaves the CPU by sched_preempt_interrupted() alone, which lets the tick go on.
 * Ownership.  t->destroy frees a thread; the thread that runs after it calls it (sched.c, S4).
 * Locks.  kernel_threads_lock (leaf) for the list of the kernel's threads; thread_names_lock
 *   (leaf_irq) to change names. A name is read as a whole without it, by the sequence count of all
 *   names: they change seldom.
 * Tests.  thread_test.c, sched_sim_test.c.
 */
#include "sched/thread.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "core/assert.h"
#include "core/errno.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/kstack.h"
#include "mm/page_alloc.h"
#include "sched/epoch.h"
#include "sched/force_preempt.h"
#include "sched/placement.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "sync/seqcount.h"
#include "trace/trace.h"

#include <linux/sched.h>

static struct cpu_totals kernel_cpu_totals; /* [a] */
/* [I] after boot: what the kernel's threads work with */
static struct {
	struct fs_context *fs;
	const struct cred *cred;
	struct vfs_limits *limits;
} kernel_context;

static struct spinlock thread_names_lock = SPINLOCK_INIT(leaf_irq);
static struct seqcount thread_names;	   /* [a] by thread_names_lock */
static PERCPU(struct thread, idle_thread); /* [p] */
static unsigned nr_threads;		   /* [a] */

/* The kernel's threads without idle threads; those of programs are found by their numbers. */
static pid_t nr_kernel_threads; /* [a] ever created: their numbers are negative */
static struct spinlock kernel_threads_lock = SPINLOCK_INIT(leaf);
/* [kernel_threads_lock] */
static struct list_node kernel_threads = {&kernel_threads, &kernel_threads};

#define NAME_WORDS (THREAD_NAME_SIZE / sizeof(u64))

static u64 *name_words(const struct thread *t)
{
	static_assert(offsetof(struct thread, name) % sizeof(u64) == 0, "a name is read by words");
	return (u64 *)(uintptr_t)t->name;
}

void thread_rename(struct thread *t, const char *name)
{
	_Alignas(u64) char fresh[THREAD_NAME_SIZE] = {0}; /* programs may read all of it */
	irq_state_t state;

	(void)strscpy(fresh, name, sizeof(fresh));
	state = spin_lock_irq_save(&thread_names_lock);
	seqcount_write_begin(&thread_names, &thread_names_lock);
	for (unsigned i = 0; i < NAME_WORDS; i++)
		WRITE_ONCE(name_words(t)[i], ((const u64 *)(const void *)fresh)[i]);
	seqcount_write_end(&thread_names);
	spin_unlock_irq_restore(&thread_names_lock, state);
	TRACE(thread_name, 0, (u64)t->tid, (u64)t->process_id, trace_text(fresh, 0),
	      trace_text(fresh, 1));
}

void thread_name_get(const struct thread *t, char name[THREAD_NAME_SIZE])
{
	u64 words[NAME_WORDS];
	u32 begun;

	do {
		begun = seqcount_read_begin(&thread_names);
		for (unsigned i = 0; i < NAME_WORDS; i++)
			words[i] = READ_ONCE(name_words(t)[i]);
	} while (seqcount_must_read_again(&thread_names, begun));
	memcpy(name, words, sizeof(words));
}

void thread_set_kernel_context(struct fs_context *fs, const struct cred *cred,
			       struct vfs_limits *limits)
{
	kernel_context.fs = fs;
	kernel_context.cred = cred;
	kernel_context.limits = limits;
}

/* @t is a thread of the kernel. */
static void take_kernel_context(struct thread *t)
{
	t->fs = kernel_context.fs;
	t->cred = kernel_context.cred;
	t->limits = kernel_context.limits;
}

int thread_init(struct thread *t, const char *name)
{
	t->kernel_stack = kstack_alloc();
	if (!t->kernel_stack)
		return -ENOMEM;
	t->kernel_stack_top = (u64)t->kernel_stack + KERNEL_STACK_SIZE;
	t->totals = &kernel_cpu_totals;
	t->policy = sched_policy_default();
	t->linux_policy = SCHED_NORMAL;
	t->affinity = ~0UL;
	t->state = THREAD_NEW;
	t->cpu = arch_cpu_id();
	(void)strscpy(t->name, name, sizeof(t->name)); /* nobody else knows it yet */
	__atomic_fetch_add(&nr_threads, 1, __ATOMIC_RELAXED);
	sched_account_created();
	return 0;
}

void thread_fini(struct thread *t)
{
	arch_thread_fini(t);
	if (t->kernel_stack)
		kstack_free(t->kernel_stack);
	t->kernel_stack = NULL;
	__atomic_fetch_sub(&nr_threads, 1, __ATOMIC_RELAXED);
}

unsigned thread_count(void)
{
	return __atomic_load_n(&nr_threads, __ATOMIC_RELAXED);
}

struct SHARED kernel_thread {
	struct thread thread;	 /* [I] as thread.h says */
	struct epoch_item epoch; /* [o] of who frees it */
};

static void free_memory(struct epoch_item *item)
{
	kfree(container_of(item, struct kernel_thread, epoch));
}

static void kernel_thread_destroy(struct thread *t)
{
	spin_lock(&kernel_threads_lock);
	list_remove(&t->kernel_node);
	spin_unlock(&kernel_threads_lock);
	thread_fini(t);
	epoch_call(&container_of(t, struct kernel_thread, thread)->epoch, free_memory);
}

int thread_create_kernel(const char *name, void (*entry)(void *), void *arg, struct thread **out)
{
	struct kernel_thread *fresh = kmalloc(sizeof(*fresh), PAGE_ZERO);
	struct thread *t;
	int err;

	if (!fresh)
		return -ENOMEM;
	t = &fresh->thread;
	err = thread_init(t, name);
	if (err) {
		kfree(fresh);
		return err;
	}
	take_kernel_context(t);
	t->destroy = kernel_thread_destroy;
	t->tid = -__atomic_add_fetch(&nr_kernel_threads, 1, __ATOMIC_RELAXED);
	arch_thread_init_kernel(t, entry, arg);
	spin_lock(&kernel_threads_lock);
	list_add_last(&kernel_threads, &t->kernel_node);
	spin_unlock(&kernel_threads_lock);
	TRACE(thread_name, 0, (u64)t->tid, 0, trace_text(name, 0), trace_text(name, 1));
	if (out)
		*out = t;
	sched_start(t);
	return 0;
}

void sched_init(void)
{
	unsigned cpu = arch_cpu_id();
	struct thread *idle = on_cpu(idle_thread, cpu);
	struct runqueue *rq = runqueue_of(cpu);

	if (cpu)
		WRITE_ONCE(sched_has_others, true);
	else
		force_preempt_init();
	runqueue_init(rq, cpu);
	take_kernel_context(idle);
	idle->totals = &kernel_cpu_totals;
	idle->policy = sched_policy_default();
	idle->state = THREAD_RUNNING;
	idle->cpu = cpu;
	idle->affinity = BIT(cpu);
	ksnprintf(idle->name, sizeof(idle->name), "idle/%u", cpu);
	rq->idle = rq->current = idle;
	arch_thread_adopt_boot(idle);
}

_Noreturn void sched_idle(void)
{
	struct runqueue *rq = runqueue_of(arch_cpu_id());

	debug_assert(current_thread() == rq->idle);
	preempt_enable();
	for (;;) {
		while (!runqueue_resched_wanted(rq) && page_zero_pool_refill())
			;
		arch_irq_disable();
		if (runqueue_resched_wanted(rq) || placement_steal(rq)) {
			sched_preempt_interrupted();
			arch_irq_enable();
		} else {
			if (READ_ONCE(rq->tick) == TICK_STOPPED)
				epoch_sleep();
			arch_cpu_idle();
		}
	}
}
