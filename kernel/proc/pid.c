// SPDX-License-Identifier: MIT
/*
 * Process numbers: a bitmap allocates them, a hash table maps them to struct pid; and the lock of
 * the process tree. Lookups need not take it: a struct pid is freed by sched/epoch.h.
 */
#include "proc/pid.h"
#include "core/assert.h"
#include "core/errno.h"
#include "lib/id_alloc.h"
#include "lib/refcount.h"
#include "mm/slab.h"

#define PID_HASH_BITS 9

static struct spinlock tree_lock = SPINLOCK_INIT(process_tree);
static struct slab_cache pid_cache;
static struct id_alloc pid_numbers;		   /* [tree_lock] */
static u64 pid_bits[BITMAP_WORDS(PID_MAX)];	   /* [tree_lock] */
static struct hlist pid_hash[1U << PID_HASH_BITS]; /* [tree_lock] */
static pid_t last_number;			   /* [tree_lock] */

void pid_init(void)
{
	slab_cache_init(&pid_cache, "pid", sizeof(struct pid), 0);
	id_alloc_init(&pid_numbers, pid_bits, PID_MAX);
}

void process_tree_lock(void) NO_LOCK_ANALYSIS
{
	spin_lock(&tree_lock);
}

void process_tree_unlock(void) NO_LOCK_ANALYSIS
{
	spin_unlock(&tree_lock);
}

void assert_process_tree_held(void)
{
	assert_spin_held(&tree_lock);
}

static struct hlist *bucket_of(pid_t number)
{
	return &pid_hash[(u32)number & ((1U << PID_HASH_BITS) - 1)];
}

int pid_alloc(struct pid **out)
{
	int number, err = epoch_throttle();
	struct pid *pid;

	if (err)
		return err;
	pid = slab_alloc(&pid_cache, 0);
	if (!pid)
		return -ENOMEM;
	refcount_init(&pid->refs, 1);
	pid->thread = NULL;
	pid->process = NULL;
	pid->tty = NULL;
	pid->tty_round = 0;
	list_init(&pid->members[PID_GROUP]);
	list_init(&pid->members[PID_SESSION]);
	list_init(&pid->walks);
	process_tree_lock();
	number = id_alloc_cyclic(&pid_numbers, 1);
	if (number < 0) {
		process_tree_unlock();
		slab_free(&pid_cache, pid);
		return -EAGAIN;
	}
	pid->number = last_number = number;
	hlist_add_first(bucket_of(number), &pid->hash_node);
	process_tree_unlock();
	*out = pid;
	return 0;
}

static void pid_free(struct epoch_item *item)
{
	slab_free(&pid_cache, container_of(item, struct pid, epoch));
}

void pid_put_locked(struct pid *pid)
{
	assert_process_tree_held();
	if (!refcount_put(&pid->refs))
		return;
	debug_assert(!pid->process && !pid->thread);
	debug_assert(list_is_empty(&pid->members[PID_GROUP]) &&
		     list_is_empty(&pid->members[PID_SESSION]));
	hlist_remove(&pid->hash_node);
	id_alloc_free(&pid_numbers, (u32)pid->number);
	epoch_call(&pid->epoch, pid_free);
}

void pid_put(struct pid *pid)
{
	/* The last reference goes under the lock, so that pid_find finds no dying number. */
	if (refcount_put_unless_last(&pid->refs))
		return;
	process_tree_lock();
	pid_put_locked(pid);
	process_tree_unlock();
}

struct pid *pid_find_in_epoch(pid_t number)
{
	struct pid *pid;

	hlist_for_each_entry_unlocked(pid, bucket_of(number), hash_node)
		if (pid->number == number)
			return pid;
	return NULL;
}

struct pid *pid_find(pid_t number)
{
	assert_process_tree_held();
	return pid_find_in_epoch(number);
}

pid_t pid_next(pid_t from)
{
	size_t number;

	assert_process_tree_held();
	number = bitmap_next_set(pid_bits, PID_MAX, from < 0 ? 0 : (size_t)from);
	return number < PID_MAX ? (pid_t)number : 0;
}

pid_t pid_last(void)
{
	return READ_ONCE(last_number);
}
