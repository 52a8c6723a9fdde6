// SPDX-License-Identifier: MIT
/*
 * futex.c -- sleep while a user word has a value; wake the threads that sleep on a word.
 *
 * Idea. A hash table of queues, by a key for the word: (address space, address), or for words in
 *   shared mappings (object, offset), which is the same in every process. A sleeper compares the
 *   word with its queue locked, a waker changes the word first and then locks the queue: so no
 *   wake-up is lost between compare and sleep.
 * Invariants.
 *   F1  A waiter whose `woken` is false is in the queue of waiter->bucket, which changes only under
 *       that queue's lock (requeueing holds both).
 *   F2  User memory is read under a spinlock only with faults disabled; after a fault the lock is
 *       released, the page is faulted in, and the read is tried again.
 *   F3  Between two sections of one wake-up a mark keeps the place; it has no owner, so no key is
 *       equal to its key, and it stays in its bucket while it is linked.
 * Ownership. A waiter lives on its thread's stack: it takes its bucket's lock before it returns
 *   (dequeue), so a waker that holds the lock may use both. Its key holds a reference on a shared
 *   object.
 * Locks. futex class; two in address order. A queue's lock is released after LOOKS_MAX waiters.
 * Cost. An uncontended program never calls this. A wake without sleepers is a hash and an empty
 *   list.
 * Tests. futex_model_test.c.
 */
#include "proc/futex.h"
#include "core/assert.h"
#include "core/errno.h"
#include "core/random.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "vm/user_copy.h"

#include <linux/futex.h>

#define FUTEX_HASH_BITS 8
#define LOOKS_MAX 64

struct SHARED futex_bucket {
	struct spinlock lock;	  /* class futex */
	struct list_node waiters; /* [lock]      */
} __cacheline_aligned;

struct futex_key {
	const void *owner; /* struct vm_map or struct vm_object */
	u64 offset;
	struct vm_object *object; /* referenced; NULL for private ones */
};

struct SHARED futex_waiter {
	struct list_node node;	     /* [bucket->lock] F1                     */
	struct futex_bucket *bucket; /* [bucket->lock] also [a]               */
	struct futex_key key;	     /* [bucket->lock]                        */
	struct thread *thread;	     /* [I]                                   */
	u32 bitset;		     /* [I]                                   */
	bool woken;		     /* [a]                                   */
};

static struct futex_bucket buckets[1U << FUTEX_HASH_BITS];
static u64 bucket_key; /* [I] */

void futex_init(void)
{
	bucket_key = random_u64() | 1;
	for (unsigned i = 0; i < ARRAY_SIZE(buckets); i++) {
		spin_lock_init(&buckets[i].lock, futex);
		list_init(&buckets[i].waiters);
	}
}

static struct futex_bucket *bucket_of(const struct futex_key *key)
{
	return &buckets[hash_keyed((u64)key->owner ^ key->offset * HASH_MULTIPLIER, bucket_key,
				   FUTEX_HASH_BITS)];
}

static bool key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->owner == b->owner && a->offset == b->offset;
}

static inline void key_put(struct futex_key *key)
{
	if (unlikely(key->object))
		vm_object_put(key->object);
	key->object = NULL;
}

/* The key of the word at @address, which may reference a shared object: key_put. */
static int key_get(u32 __user *address, u32 flags, struct futex_key *key)
{
	struct vm_map *map = current_thread()->vm;
	struct vm_area *area;
	u64 va = (u64)address;
	u32 value;

	if (!is_aligned(va, sizeof(u32)))
		return -EINVAL;
	key->owner = map;
	key->offset = va;
	key->object = NULL;
	if (!user_range_ok(address, sizeof(u32)))
		return -EFAULT;
	if (!(flags & FUTEX_SHARED_FLAG))
		return 0;
	if (get_user_u32(&value, address))
		return -EFAULT;
	rwlock_read_lock(&map->lock);
	area = vm_map_find(map, va);
	if (area && (area->flags & VM_SHARED) && area->object) {
		vm_object_get(area->object);
		key->owner = key->object = area->object;
		key->offset = (area->object_index << PAGE_SHIFT) + (va - area->start);
	}
	rwlock_read_unlock(&map->lock);
	return area ? 0 : -EFAULT;
}

/* F2. Locks: a bucket's. */
static int read_nofault(u32 *value, const u32 __user *address)
{
	int err;

	user_faults_disable();
	err = get_user_u32(value, address);
	user_faults_enable();
	return err;
}

/* Locks: its bucket's. */
static void wake_waiter(struct futex_waiter *waiter)
{
	assert_spin_held(&waiter->bucket->lock);
	debug_assert(!waiter->woken && list_is_linked(&waiter->node)); /* F1 */
	list_remove_init(&waiter->node);
	__atomic_store_n(&waiter->woken, true, __ATOMIC_RELEASE);
	sched_wake(waiter->thread);
}

/* Queue @waiter, if the word still has @value. */
static int enqueue(struct futex_waiter *waiter, u32 __user *address, u32 value)
{
	struct futex_bucket *bucket = waiter->bucket;
	u32 now;

	for (;;) {
		spin_lock(&bucket->lock);
		if (!read_nofault(&now, address))
			break;
		spin_unlock(&bucket->lock);
		if (get_user_u32(&now, address))
			return -EFAULT;
	}
	if (now == value)
		list_add_last(&bucket->waiters, &waiter->node);
	spin_unlock(&bucket->lock);
	return now == value ? 0 : -EAGAIN;
}

/* Lock the bucket that @waiter is in; it may be requeued meanwhile. */
static struct futex_bucket *lock_waiter(struct futex_waiter *waiter) NO_LOCK_ANALYSIS
{
	for (;;) {
		struct futex_bucket *bucket = __atomic_load_n(&waiter->bucket, __ATOMIC_ACQUIRE);

		spin_lock(&bucket->lock);
		if (bucket == waiter->bucket)
			return bucket;
		spin_unlock(&bucket->lock);
	}
}

static bool dequeue(struct futex_waiter *waiter) NO_LOCK_ANALYSIS
{
	struct futex_bucket *bucket = lock_waiter(waiter);
	bool was_woken = waiter->woken;

	if (!was_woken)
		list_remove_init(&waiter->node);
	spin_unlock(&bucket->lock);
	return was_woken;
}

static int wait_once(u32 __user *address, u32 value, u32 bitset, u32 flags, u64 deadline_ns)
{
	struct futex_waiter waiter;
	int err;

	if (!bitset)
		return -EINVAL;
	err = key_get(address, flags, &waiter.key);
	if (err)
		return err;
	list_init(&waiter.node);
	waiter.bucket = bucket_of(&waiter.key);
	waiter.thread = current_thread();
	waiter.bitset = bitset;
	waiter.woken = false;
	err = enqueue(&waiter, address, value);
	if (!err) {
		for (;;) {
			sched_sleep_prepare(THREAD_SLEEPING);
			if (err || __atomic_load_n(&waiter.woken, __ATOMIC_ACQUIRE))
				break;
			err = sched_sleep(deadline_ns);
		}
		sched_sleep_finish();
		/*
		 * A wake-up counts even if a signal or the deadline came, too: no other thread got
		 * it.
		 */
		if (dequeue(&waiter))
			err = 0;
		else if (err == -EINTR)
			err = -ERESTARTSYS;
	}
	key_put(&waiter.key);
	return err;
}

/* A wait with a timeout that a signal interrupted continues with the same deadline. */
static long restart_wait(struct user_thread *t)
{
	int err = wait_once(t->restart.futex, t->restart.value, t->restart.bitset, t->restart.flags,
			    t->restart.deadline_ns);

	return err == -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : err;
}

static __noinline int wait_until(u32 __user *address, u32 value, u32 bitset, u32 flags,
				 u64 deadline_ns)
{
	struct user_thread *t = current_user_thread();
	int err = wait_once(address, value, bitset, flags, deadline_ns);

	if (err != -ERESTARTSYS)
		return err;
	t->restart.call = restart_wait;
	t->restart.futex = address;
	t->restart.value = value;
	t->restart.bitset = bitset;
	t->restart.flags = flags;
	t->restart.deadline_ns = deadline_ns;
	return -ERESTART_RESTARTBLOCK;
}

int futex_wait(u32 __user *address, u32 value, u32 bitset, u32 flags, u64 deadline_ns)
{
	return deadline_ns == DEADLINE_NEVER
		       ? wait_once(address, value, bitset, flags, DEADLINE_NEVER)
		       : wait_until(address, value, bitset, flags, deadline_ns);
}

/*
 * Wake up to @count of the waiters from @node on that are queued now, with pauses: waiters that
 * come meanwhile are behind the second mark. The first mark has the key. Locks: the bucket's held;
 * dropped and retaken.
 */
static __noinline u32 wake_in_steps(struct futex_bucket *bucket, struct list_node *node,
				    struct futex_waiter marks[2], u32 count,
				    u32 bitset) NO_LOCK_ANALYSIS
{
	struct futex_waiter *mark = &marks[0], *end = &marks[1];
	struct futex_key key = mark->key;
	struct list_node *next = node;
	u32 woken = 0, looks = LOOKS_MAX - 1;

	mark->key.owner = end->key.owner = NULL; /* F3 */
	list_add_last(&bucket->waiters, &end->node);
	for (; node != &end->node && woken < count; node = next) {
		struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);

		if (++looks % LOOKS_MAX == 0) {
			list_add_before(node, &mark->node);
			spin_unlock(&bucket->lock);
			spin_lock(&bucket->lock);
			next = mark->node.next;
			list_remove(&mark->node);
			continue;
		}
		next = node->next;
		if (key_equal(&waiter->key, &key) && (waiter->bitset & bitset)) {
			wake_waiter(waiter);
			woken++;
		}
	}
	list_remove(&end->node);
	return woken;
}

/* The usual wake-up finds few waiters, and needs no marks. */
static u32 wake_key(const struct futex_key *key, u32 count, u32 bitset)
{
	struct futex_bucket *bucket = bucket_of(key);
	struct futex_waiter *waiter, *next, marks[2];
	u32 woken = 0, looks = LOOKS_MAX;

	spin_lock(&bucket->lock);
	list_for_each_entry_safe(waiter, next, &bucket->waiters, node) {
		if (woken >= count)
			break;
		if (unlikely(!looks--)) {
			marks[0].key = *key;
			woken += wake_in_steps(bucket, &waiter->node, marks, count - woken, bitset);
			break;
		}
		if (!key_equal(&waiter->key, key) || !(waiter->bitset & bitset))
			continue;
		wake_waiter(waiter);
		woken++;
	}
	spin_unlock(&bucket->lock);
	return woken;
}

long futex_wake(u32 __user *address, u32 count, u32 bitset, u32 flags)
{
	struct futex_key key;
	u32 woken;
	int err;

	if (!bitset)
		return -EINVAL;
	err = key_get(address, flags, &key);
	if (err)
		return err;
	woken = wake_key(&key, count, bitset);
	key_put(&key);
	return woken;
}

/* Let @waiter sleep for another word, if it is another one. Locks: both buckets'. */
static void move_waiter(struct futex_waiter *waiter, struct futex_bucket *to,
			const struct futex_key *to_key)
{
	struct vm_object *old = waiter->key.object;

	assert_spin_held(&waiter->bucket->lock);
	assert_spin_held(&to->lock);
	debug_assert(!waiter->woken); /* F1 */
	if (key_equal(&waiter->key, to_key))
		return;
	list_remove(&waiter->node);
	list_add_last(&to->waiters, &waiter->node);
	if (to_key->object)
		vm_object_get(to_key->object);
	waiter->key = *to_key;
	__atomic_store_n(&waiter->bucket, to, __ATOMIC_RELEASE); /* F1 */
	if (old)
		vm_object_put(old); /* never the last: the caller's key has one */
}

/* Two words, and what to do with the sleepers of the first. */
struct futex_move {
	struct futex_bucket *from, *to;
	struct futex_key from_key, to_key;
	u32 nr_wake, nr_move; /* goes down */
};

/*
 * Wake, then move, with pauses as in wake_in_steps: how many. Locks: both buckets' held; dropped
 * and retaken.
 */
static u32 move_in_steps(struct futex_move *m) NO_LOCK_ANALYSIS
{
	struct futex_waiter mark = {.key.owner = NULL}, end = {.key.owner = NULL}; /* F3 */
	struct list_node *node, *next;
	u32 done = 0, looks = 0;

	list_add_last(&m->from->waiters, &end.node);
	for (node = m->from->waiters.next; node != &end.node && (m->nr_wake || m->nr_move);
	     node = next) {
		struct futex_waiter *waiter = list_entry(node, struct futex_waiter, node);

		next = node->next;
		if (key_equal(&waiter->key, &m->from_key)) {
			if (m->nr_wake) {
				wake_waiter(waiter);
				m->nr_wake--;
			} else {
				move_waiter(waiter, m->to, &m->to_key);
				m->nr_move--;
			}
			done++;
		}
		if (++looks % LOOKS_MAX == 0) {
			list_add_before(next, &mark.node);
			spin_unlock_pair(&m->from->lock, &m->to->lock);
			spin_lock_pair(&m->from->lock, &m->to->lock);
			next = mark.node.next;
			list_remove(&mark.node);
		}
	}
	list_remove(&end.node);
	return done;
}

/* Both keys, or neither. */
static int two_keys(u32 __user *first, u32 __user *second, u32 flags, struct futex_key *a,
		    struct futex_key *b)
{
	int err = key_get(first, flags, a);

	if (err)
		return err;
	err = key_get(second, flags, b);
	if (err)
		key_put(a);
	return err;
}

long futex_requeue(u32 __user *from, u32 __user *to, u32 nr_wake, u32 nr_move, const u32 *expected,
		   u32 flags)
{
	struct futex_move m = {.nr_wake = nr_wake, .nr_move = nr_move};
	long result;
	u32 now;
	int err = two_keys(from, to, flags, &m.from_key, &m.to_key);

	if (err)
		return err;
	m.from = bucket_of(&m.from_key);
	m.to = bucket_of(&m.to_key);
	for (;;) {
		spin_lock_pair(&m.from->lock, &m.to->lock);
		if (!expected || !read_nofault(&now, from))
			break;
		spin_unlock_pair(&m.from->lock, &m.to->lock);
		if (get_user_u32(&now, from)) {
			result = -EFAULT;
			goto out_keys;
		}
	}
	result = expected && now != *expected ? -EAGAIN : (long)move_in_steps(&m);
	spin_unlock_pair(&m.from->lock, &m.to->lock);
out_keys:
	key_put(&m.from_key);
	key_put(&m.to_key);
	return result;
}

static int compare_old(u32 op, s32 old, s32 argument)
{
	switch (op >> 24 & 15) {
	case FUTEX_OP_CMP_EQ:
		return old == argument;
	case FUTEX_OP_CMP_NE:
		return old != argument;
	case FUTEX_OP_CMP_LT:
		return old < argument;
	case FUTEX_OP_CMP_GE:
		return old >= argument;
	case FUTEX_OP_CMP_LE:
		return old <= argument;
	case FUTEX_OP_CMP_GT:
		return old > argument;
	default:
		return -ENOSYS;
	}
}

/* What FUTEX_WAKE_OP makes of @old; -ENOSYS: there is no such operation. */
static int new_word(u32 op, u32 operand, u32 old, u32 *desired)
{
	switch (op) {
	case FUTEX_OP_SET:
		*desired = operand;
		return 0;
	case FUTEX_OP_ADD:
		*desired = old + operand;
		return 0;
	case FUTEX_OP_OR:
		*desired = old | operand;
		return 0;
	case FUTEX_OP_ANDN:
		*desired = old & ~operand;
		return 0;
	case FUTEX_OP_XOR:
		*desired = old ^ operand;
		return 0;
	default:
		return -ENOSYS;
	}
}

/* Change the word at @address by @op in one step; *@old is what it was. 0, -EFAULT, -ENOSYS. */
static int replace_word(u32 __user *address, u32 op, u32 operand, u32 *old)
{
	u32 seen = 0, desired;
	int err = get_user_u32(&seen, address);

	do {
		*old = seen;
		if (!err)
			err = new_word(op, operand, *old, &desired);
		if (!err)
			err = arch_user_cmpxchg_u32(address, *old, desired, &seen);
	} while (!err && seen != *old);
	return err;
}

/* Twelve bits with a sign. */
static s32 field(u32 op, unsigned shift)
{
	return (s32)(op << (20 - shift)) >> 20;
}

long futex_wake_op(u32 __user *first, u32 __user *second, u32 nr_first, u32 nr_second, u32 op,
		   u32 flags)
{
	struct futex_bucket *first_bucket, *second_bucket;
	struct futex_key first_key, second_key;
	s32 operand = field(op, 12);
	long result;
	u32 old;
	int err, compares;

	if (op & ((u32)FUTEX_OP_OPARG_SHIFT << 28))
		operand = (s32)(1U << (operand & 31));
	err = two_keys(first, second, flags, &first_key, &second_key);
	if (err)
		return err;
	first_bucket = bucket_of(&first_key);
	second_bucket = bucket_of(&second_key);
	for (;;) {
		spin_lock_pair(&first_bucket->lock, &second_bucket->lock);
		user_faults_disable();
		err = replace_word(second, op >> 28 & 7, (u32)operand, &old);
		user_faults_enable();
		if (err != -EFAULT)
			break;
		spin_unlock_pair(&first_bucket->lock, &second_bucket->lock);
		/* Make it present and writable: write what is there. */
		err = get_user_u32(&old, second);
		if (!err)
			err = arch_user_cmpxchg_u32(second, old, old, &old);
		if (err) {
			result = -EFAULT;
			goto out_keys;
		}
	}
	spin_unlock_pair(&first_bucket->lock, &second_bucket->lock);
	result = err;
	compares = err ? 0 : compare_old(op, (s32)old, field(op, 0));
	if (!err && compares < 0)
		result = compares;
	if (!result) {
		result = wake_key(&first_key, nr_first, FUTEX_BITSET_MATCH_ANY);
		if (compares)
			result += wake_key(&second_key, nr_second, FUTEX_BITSET_MATCH_ANY);
	}
out_keys:
	key_put(&first_key);
	key_put(&second_key);
	return result;
}
