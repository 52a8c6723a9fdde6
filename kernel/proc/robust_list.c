// SPDX-License-Identifier: MIT
/*
 * robust_list.c -- the mutexes that a thread holds when it ends: they are marked for their next
 * owners.
 */
#include "core/errno.h"
#include "proc/futex.h"
#include "proc/process.h"
#include "vm/user_copy.h"

#include <linux/futex.h>

#define ROBUST_LIST_MAX 2048

/*
 * A robust mutex of a thread that ends: mark it in the word, and wake one waiter. man 2
 * get_robust_list.
 */
static int release_robust(u32 __user *address, bool pending)
{
	u32 value, old, tid = (u32)current_thread()->tid;

	if (!is_aligned((u64)address, sizeof(u32)) || get_user_u32(&value, address))
		return -EFAULT;
	for (;;) {
		/* An unlock that had cleared the word but had not yet woken a waiter. */
		if (pending && !value) {
			futex_wake(address, 1, FUTEX_BITSET_MATCH_ANY, FUTEX_SHARED_FLAG);
			return 0;
		}
		if ((value & FUTEX_TID_MASK) != tid)
			return 0;
		if (arch_user_cmpxchg_u32(address, value,
					  (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &old))
			return -EFAULT;
		if (old == value)
			break;
		value = old;
	}
	if (value & FUTEX_WAITERS)
		futex_wake(address, 1, FUTEX_BITSET_MATCH_ANY, FUTEX_SHARED_FLAG);
	return 0;
}

void futex_exit_robust(struct user_thread *t)
{
	struct robust_list_head __user *head = t->robust_list;
	u64 entry, pending, offset, next;

	if (get_user_u64(&entry, (u64 __user *)&head->list.next) ||
	    get_user_u64(&offset, (u64 __user *)&head->futex_offset) ||
	    get_user_u64(&pending, (u64 __user *)&head->list_op_pending))
		return;
	for (unsigned i = 0; i < ROBUST_LIST_MAX && (entry & ~1UL) != (u64)&head->list; i++) {
		/*
		 * Bit 0: the mutex inherits priority; it is treated like the others. The next
		 * pointer is read before the mutex is released, as it may be freed then.
		 */
		int err = get_user_u64(&next, (u64 __user *)(entry & ~1UL));

		if ((entry & ~1UL) != (pending & ~1UL) &&
		    release_robust((u32 __user *)((entry & ~1UL) + offset), false))
			return;
		if (err)
			return;
		entry = next;
	}
	if (pending & ~1UL)
		ignore_result(release_robust((u32 __user *)((pending & ~1UL) + offset), true),
			      "the thread ends: no caller is left to get an error");
}
