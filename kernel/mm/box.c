// SPDX-License-Identifier: MIT
/*
 * box.c -- limits on trees of processes.
 *
 * Idea.  A charge walks from a box up to the root and stops at the first limit that it would
 *   exceed; the charges made below are then undone. Each count is checked and updated by one
 *   compare-and-exchange, so no charge ever exceeds a limit, and a charge is refused only because
 *   of what is charged to that box at that moment.
 * Invariants.
 *   B1  A count of a box is at least the sum of the counts of the boxes below it.
 *   B2  The root's memory is not counted here: it has no limit, and all CPUs would write to one
 *       word for each object. An account that belongs to the root has box == NULL (mm/account.h).
 * Ownership.  An account holds a reference to its box, a box to its parent.
 * Locks.  boxes.lock (leaf) for the list of all boxes; the counts are atomic.
 * Cost.  Charge and uncharge: about 10 instructions per level.
 * Tests.  account_test.c.
 */
#include "mm/box.h"

#include <linux/errno.h>

#include "core/assert.h"
#include "lib/string.h"
#include "mm/account.h"
#include "mm/kmalloc.h"
#include "sync/spinlock.h"

static struct {
	struct spinlock lock;
	struct list_node list; /* [lock] of box->node, the root first */
} boxes = {.lock = SPINLOCK_INIT(leaf)};

struct box box_root;

static void init_box(struct box *box, struct box *parent, const char *name)
{
	memset(box, 0, sizeof(*box));
	box->parent = parent;
	refcount_init(&box->refs, 1);
	(void)strscpy(box->name, name, sizeof(box->name));
	for (unsigned i = 0; i < BOX_NR_RESOURCES; i++)
		box->counts[i].limit = BOX_NO_LIMIT;
	spin_lock(&boxes.lock);
	list_add_last(&boxes.list, &box->node);
	spin_unlock(&boxes.lock);
}

void box_init(void)
{
	list_init(&boxes.list);
	init_box(&box_root, NULL, "root");
}

int box_create(struct box *parent, const char *name, struct box **out)
{
	struct box *box = kmalloc(sizeof(*box), PAGE_UNCHARGED);

	if (!box)
		return -ENOMEM;
	box_get(parent);
	init_box(box, parent, name);
	*out = box;
	return 0;
}

void box_get(struct box *box)
{
	refcount_get(&box->refs);
}

void box_put(struct box *box)
{
	struct box *parent;

	while (box && refcount_put(&box->refs)) {
		parent = box->parent;
		for (unsigned i = 0; i < BOX_NR_RESOURCES; i++)
			debug_assert(!box->counts[i].present);
		spin_lock(&boxes.lock);
		list_remove(&box->node);
		spin_unlock(&boxes.lock);
		kfree(box);
		box = parent;
	}
}

void box_set_limit(struct box *box, enum box_resource resource, u64 limit)
{
	WRITE_ONCE(box->counts[resource].limit, limit);
}

static void raise_peak(struct box_count *count, u64 present)
{
	u64 peak = __atomic_load_n(&count->peak, __ATOMIC_RELAXED);

	while (present > peak && !__atomic_compare_exchange_n(&count->peak, &peak, present, false,
							      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* Check and charge in one step. False: the charge would exceed the limit. */
static bool charge_one(struct box_count *count, u64 n)
{
	u64 present = __atomic_load_n(&count->present, __ATOMIC_RELAXED), limit;

	do {
		limit = READ_ONCE(count->limit);
		if (n > limit || present > limit - n) {
			__atomic_fetch_add(&count->refusals, 1, __ATOMIC_RELAXED);
			return false;
		}
	} while (!__atomic_compare_exchange_n(&count->present, &present, present + n, false,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	raise_peak(count, present + n);
	return true;
}

/* Where the walk upwards ends: the first box that does not count @resource (B2), or NULL. */
static struct box *end_of(enum box_resource resource)
{
	return resource == BOX_MEMORY ? &box_root : NULL;
}

static void uncharge_below(struct box *box, const struct box *end, enum box_resource resource,
			   u64 n)
{
	for (; box != end; box = box->parent) {
		u64 before =
			__atomic_fetch_sub(&box->counts[resource].present, n, __ATOMIC_RELAXED);

		debug_assert(before >= n);
	}
}

int box_charge(struct box *box, enum box_resource resource, u64 n)
{
	struct box *end = end_of(resource);

	for (struct box *at = box; at != end; at = at->parent) {
		if (charge_one(&at->counts[resource], n))
			continue;
		uncharge_below(box, at, resource, n);
		return resource == BOX_MEMORY ? -ENOMEM : -EAGAIN;
	}
	return 0;
}

bool box_has_room(const struct box *box, enum box_resource resource, u64 n)
{
	const struct box *end = end_of(resource);

	for (; box != end; box = box->parent) {
		const struct box_count *count = &box->counts[resource];
		u64 limit = READ_ONCE(count->limit);

		if (n > limit || READ_ONCE(count->present) > limit - n)
			return false;
	}
	return true;
}

void box_charge_forced(struct box *box, enum box_resource resource, u64 n)
{
	struct box *end = end_of(resource);

	for (; box != end; box = box->parent) {
		struct box_count *count = &box->counts[resource];

		raise_peak(count, __atomic_add_fetch(&count->present, n, __ATOMIC_RELAXED));
	}
}

void box_uncharge(struct box *box, enum box_resource resource, u64 n)
{
	uncharge_below(box, end_of(resource), resource, n);
}

void box_read(struct box *box, enum box_resource resource, struct box_count *out)
{
	struct box_count *count = &box->counts[resource];

	out->present = __atomic_load_n(&count->present, __ATOMIC_RELAXED);
	out->peak = __atomic_load_n(&count->peak, __ATOMIC_RELAXED);
	out->limit = READ_ONCE(count->limit);
	out->refusals = __atomic_load_n(&count->refusals, __ATOMIC_RELAXED);
	if (box == &box_root && resource == BOX_MEMORY) { /* B2 */
		out->present = account_sum_bytes();
		raise_peak(count, out->present);
		out->peak = count->peak;
	}
}

/* The first live box after @box (NULL: the first of all), referenced; NULL: there is none. */
static struct box *next_box(struct box *box)
{
	struct list_node *node;
	struct box *next = NULL;

	spin_lock(&boxes.lock);
	for (node = box ? box->node.next : boxes.list.next; node != &boxes.list && !next;
	     node = node->next)
		if (refcount_get_unless_zero(&list_entry(node, struct box, node)->refs))
			next = list_entry(node, struct box, node);
	spin_unlock(&boxes.lock);
	return next;
}

void box_for_each(void (*visit)(struct box *box, void *data), void *data)
{
	struct box *box = next_box(NULL), *next;

	while (box) {
		visit(box, data);
		next = next_box(box);
		box_put(box);
		box = next;
	}
}
