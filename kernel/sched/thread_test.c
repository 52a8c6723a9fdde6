// SPDX-License-Identifier: MIT
// UNIT: sched/thread.c lib/string.c lib/fmt.c sched/placement.c
/*
 * What a new thread works with, and what is left of one that could not be made.
 */
#include "unit_heap.h"
#include "unit_test.h"

#include "arch/arch_thread.h"
#include "mm/kstack.h"
#include "sched/runqueue.h"
#include "sched/sched.h"
#include "trace/trace.h"

#include <linux/errno.h>

static char stack[16];
static unsigned nr_stacks, stacks_left = 1;
static struct thread *started;
static char fs, cred, limits; /* opaque to the scheduler */

/* ---- what thread.c asks of the others -------------------------------------------------------- */

void *kstack_alloc(void)
{
	if (!stacks_left)
		return NULL;
	stacks_left--;
	nr_stacks++;
	return stack;
}

void kstack_free(void *lowest)
{
	assert_ptr_equal(lowest, stack);
	stacks_left++;
	nr_stacks--;
}

const struct sched_policy *sched_policy_default(void)
{
	return NULL;
}

void sched_account_created(void)
{
}

void sched_start(struct thread *t)
{
	started = t;
}

u64 trace_text(const char *text, unsigned index)
{
	return 0;
}

void arch_thread_init_kernel(struct thread *t, void (*entry)(void *), void *arg)
{
}

void arch_thread_fini(struct thread *t)
{
}

/* ---- the cases ------------------------------------------------------------------------------- */

static void entry(void *arg)
{
}

static void a_thread_of_the_kernel_gets_its_context(void **state)
{
	struct thread *t;

	assert_int_equal(thread_create_kernel("worker", entry, NULL, &t), 0);
	assert_ptr_equal(started, t);
	assert_int_equal(thread_count(), 1);
	assert_false(thread_is_user(t));
	assert_ptr_equal(t->fs, &fs);
	assert_ptr_equal(t->cred, &cred);
	assert_ptr_equal(t->limits, &limits);
	assert_null(t->vm);
	assert_null(t->files);
	assert_true(t->tid < 0);
	assert_int_equal(t->process_id, 0);
	t->destroy(t);
	assert_int_equal(thread_count(), 0);
	assert_int_equal(nr_stacks, 0);
	assert_int_equal(unit_heap_in_use, 0);
}

/* A fork that fails gives back what it finds in the child: only what it has put there. */
static void a_thread_of_a_program_gets_nothing(void **state)
{
	struct thread t = {0};

	assert_int_equal(thread_init(&t, "program"), 0);
	assert_null(t.process);
	assert_null(t.vm);
	assert_null(t.fs);
	assert_null(t.files);
	assert_null(t.cred);
	assert_null(t.limits);
	thread_fini(&t);
	assert_int_equal(nr_stacks, 0);
}

static void without_memory_nothing_is_left(void **state)
{
	struct thread *t = NULL;

	started = NULL;
	unit_heap_left = 0;
	assert_int_equal(thread_create_kernel("worker", entry, NULL, &t), -ENOMEM);
	unit_heap_left = -1;
	stacks_left = 0;
	assert_int_equal(thread_create_kernel("worker", entry, NULL, &t), -ENOMEM);
	stacks_left = 1;
	assert_null(t);
	assert_null(started);
	assert_int_equal(thread_count(), 0);
	assert_int_equal(unit_heap_in_use, 0);
}

static int setup(void **state)
{
	thread_set_kernel_context((struct fs_context *)&fs, (const struct cred *)&cred,
				  (struct vfs_limits *)&limits);
	return 0;
}

UNIT_MAIN(cmocka_unit_test_setup(a_thread_of_the_kernel_gets_its_context, setup),
	  cmocka_unit_test_setup(a_thread_of_a_program_gets_nothing, setup),
	  cmocka_unit_test_setup(without_memory_nothing_is_left, setup))
