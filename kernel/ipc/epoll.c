// SPDX-License-Identifier: MIT
/*
 * epoll.c -- lasting interest in many files: epoll(7).
 *
 * Idea.  Each item of interest stands on the queues of its file for as long as it exists. A wake-up
 *   puts the item on the instance's ready list, if it is not there, and wakes who waits for the
 *   instance. A wait asks each file on the list what is true now: level-triggered items that have
 *   events stay, behind the others, each looked at once a round.
 * Invariants.
 *   E1  An item is in its instance's tree, in its file's epoll_links, and on its file's queues, or
 *       is gone.
 *   E2  An item does not hold its file: the file's end removes its items (epoll_file_ends). It
 *       leaves file->epoll_links last, so an end that finds the list empty meets nobody at the
 *       file's queues.
 *   E3  Whatever makes an item ready after it was last asked finds it on the list or puts it there:
 *       it leaves the list before it is asked for the last time.
 * Ownership.  The instance owns its items, and is held by its file and by who takes items from it.
 * Locks.  ep->lock: the items; user memory is written with it held, so only what concerns this
 *   instance or a file that it watches may wait for it. links_lock inside it, for some
 *   instructions: the lists that begin at files. ready_lock: the ready list, also in interrupts. An
 *   epoll instance cannot watch another one.
 * Cost.  A wake-up: about 60 instructions. It happens with a file's queue locked, so that it wakes
 *   only the first few threads which wait for the instance; when there are more, wake_later.h does.
 *   A wait: one poll of each ready file.
 * Tests.  tests/guest: epoll.
 */
#include "ipc/epoll.h"

#include "core/errno.h"
#include "ipc/anon_file.h"
#include "ipc/eventfd.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "mm/kmalloc.h"
#include "sched/wake_later.h"
#include "vfs/pollwait.h"
#include "vm/user_copy.h"

#include <asm/poll.h>

#define ENTRIES_MAX 4 /* queues of one file */
#define EVENT_FLAGS (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE)

struct SHARED epoll {
	struct refcount refs;	    /* [a]                                        */
	struct mutex lock;	    /* class epoll                                */
	struct rb_root items;	    /* [lock] by file and descriptor              */
	struct spinlock ready_lock; /* class leaf_irq                            */
	struct list_node ready;	    /* [ready_lock] items that may have events    */
	u32 round;		    /* [lock] of looking at the list              */
	struct waitq waiters;	    /* [I] its lock is of class epoll_waitq       */
	struct wake_later later;    /* [I] for the waiters; a request holds a reference */
};

struct epoll_item;

/* A place on one queue of the item's file. */
struct epoll_entry {
	struct wait_entry entry;
	struct waitq *queue;
	struct epoll_item *item;
};

struct SHARED epoll_item {
	struct rb_node node;			 /* [lock]                                      */
	struct epoll *ep;			 /* [I]                                         */
	struct file *file;			 /* [I] not referenced: E2                      */
	int fd;					 /* [I]                                         */
	u32 nr_entries;				 /* [I] after it was added                      */
	u32 round;				 /* [lock] when it was looked at last           */
	struct epoll_event event;		 /* [lock] events also read in interrupts       */
	struct list_node ready_node;		 /* [ready_lock]                                */
	struct list_node file_node;		 /* [links_lock] in file->epoll_links           */
	struct epoll_entry entries[ENTRIES_MAX]; /* [I] after it was added           */
};

/* While an item is added: whose queues are being named. */
struct epoll_table {
	struct poll_table table;
	struct epoll_item *item;
};

static struct spinlock links_lock = SPINLOCK_INIT(leaf);
static const struct file_ops epoll_file_ops;

static void make_ready(struct epoll_item *item)
{
	irq_state_t irq = spin_lock_irq_save(&item->ep->ready_lock);

	if (!list_is_linked(&item->ready_node))
		list_add_last(&item->ep->ready, &item->ready_node);
	spin_unlock_irq_restore(&item->ep->ready_lock, irq);
}

static void epoll_put(struct epoll *ep)
{
	if (refcount_put(&ep->refs))
		kfree(ep);
}

static void woken_later(struct wake_later *later)
{
	epoll_put(container_of(later, struct epoll, later));
}

/* More threads wait for @ep than can be woken here. Its item is on a queue, so it has a file. */
static __noinline void wake_waiters_later(struct epoll *ep)
{
	refcount_get(&ep->refs);
	if (!wake_later_request(&ep->later, POLLIN | POLLRDNORM))
		epoll_put(ep);
}

static bool epoll_wake(struct wait_entry *entry, u64 key)
{
	struct epoll_item *item = container_of(entry, struct epoll_entry, entry)->item;
	u32 wanted = READ_ONCE(item->event.events);

	if (key && !(key & wanted))
		return false;
	make_ready(item);
	if (unlikely(!waitq_wake_few(&item->ep->waiters, POLLIN | POLLRDNORM, true)))
		wake_waiters_later(item->ep);
	return true;
}

static void epoll_enqueue(struct poll_table *table, struct waitq *wq)
{
	struct epoll_item *item = container_of(table, struct epoll_table, table)->item;
	struct epoll_entry *e;

	if (item->nr_entries == ENTRIES_MAX)
		return;
	e = &item->entries[item->nr_entries++];
	wait_entry_init(&e->entry);
	e->entry.wake = epoll_wake;
	e->queue = wq;
	e->item = item;
	waitq_add(wq, &e->entry);
}

static int compare(const struct epoll_item *item, const struct file *file, int fd)
{
	if (item->file != file)
		return item->file < file ? -1 : 1;
	return item->fd < fd ? -1 : item->fd > fd;
}

static struct epoll_item *find_item(struct epoll *ep, const struct file *file, int fd,
				    struct rb_node ***place, struct rb_node **parent)
{
	struct rb_node **at = &ep->items.node, *above = NULL;

	while (*at) {
		struct epoll_item *item = rb_entry(*at, struct epoll_item, node);
		int order = compare(item, file, fd);

		if (!order)
			return item;
		above = *at;
		at = order < 0 ? &above->right : &above->left;
	}
	*place = at;
	*parent = above;
	return NULL;
}

/* Locks: ep->lock. */
static void remove_item(struct epoll_item *item)
{
	struct epoll *ep = item->ep;
	irq_state_t irq;

	for (u32 i = 0; i < item->nr_entries; i++)
		waitq_remove(item->entries[i].queue, &item->entries[i].entry);
	irq = spin_lock_irq_save(&ep->ready_lock);
	list_remove_init(&item->ready_node);
	spin_unlock_irq_restore(&ep->ready_lock, irq);
	rb_erase(&ep->items, &item->node);
	spin_lock(&links_lock);
	list_remove(&item->file_node); /* E2 */
	spin_unlock(&links_lock);
	kfree(item);
}

static u32 item_events(struct epoll_item *item, struct poll_table *table)
{
	return file_poll(item->file, table) & item->event.events & ~(u32)EVENT_FLAGS;
}

/* Locks: ep->lock. */
static int add_item(struct epoll *ep, int fd, struct file *file, const struct epoll_event *event)
{
	struct epoll_table table = {.table.enqueue = epoll_enqueue};
	struct rb_node **place, *parent;
	struct epoll_item *item;

	if (find_item(ep, file, fd, &place, &parent))
		return -EEXIST;
	item = kzalloc(sizeof(*item), 0);
	if (!item)
		return -ENOMEM;
	item->ep = ep;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	item->event.events |= EPOLLERR | EPOLLHUP; /* reported whether or not they are asked for */
	list_init(&item->ready_node);
	spin_lock(&links_lock);
	list_add_last(&file->epoll_links, &item->file_node);
	spin_unlock(&links_lock);
	rb_link(&ep->items, &item->node, parent, place, NULL);
	table.item = item;
	if (item_events(item, &table.table))
		make_ready(item);
	return 0;
}

/* Locks: ep->lock. */
static int change_item(struct epoll *ep, int fd, struct file *file, const struct epoll_event *event)
{
	struct rb_node **place, *parent;
	struct epoll_item *item = find_item(ep, file, fd, &place, &parent);

	if (!item)
		return -ENOENT;
	item->event.data = event->data;
	WRITE_ONCE(item->event.events, event->events | EPOLLERR | EPOLLHUP);
	if (item_events(item, NULL))
		make_ready(item);
	return 0;
}

static int delete_item(struct epoll *ep, int fd, struct file *file)
{
	struct rb_node **place, *parent;
	struct epoll_item *item = find_item(ep, file, fd, &place, &parent);

	if (!item)
		return -ENOENT;
	remove_item(item);
	return 0;
}

int epoll_control(struct file *epoll, int op, int fd, struct file *file,
		  const struct epoll_event *event)
{
	struct epoll *ep = epoll->data;
	int err;

	if (!epoll_is(epoll) || epoll_is(file))
		return -EINVAL;
	if (!file->ops->poll)
		return -EPERM; /* regular files and directories are always ready */
	mutex_lock(&ep->lock);
	switch (op) {
	case EPOLL_CTL_ADD:
		err = add_item(ep, fd, file, event);
		break;
	case EPOLL_CTL_MOD:
		err = change_item(ep, fd, file, event);
		break;
	case EPOLL_CTL_DEL:
		err = delete_item(ep, fd, file);
		break;
	default:
		err = -EINVAL;
	}
	mutex_unlock(&ep->lock);
	if (!err && op != EPOLL_CTL_DEL)
		waitq_wake_key(&ep->waiters, POLLIN | POLLRDNORM, true);
	return err;
}

/* ------------------------------------------------------------------ waiting */

static bool has_ready(const struct epoll *ep)
{
	return !list_is_empty(&ep->ready);
}

static int put_event(struct epoll_event __user *to, u32 events, u64 data)
{
	if (unlikely(!user_range_ok(to, sizeof(*to))))
		return -EFAULT;
	arch_user_window_open();
	/* By address: the structure is packed. */
	arch_user_window_store_u32((u64)to + offsetof(struct epoll_event, events), events, fault);
	arch_user_window_store((u64)to + offsetof(struct epoll_event, data), data, fault);
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
}

static void take_off(struct epoll_item *item)
{
	irq_state_t irq = spin_lock_irq_save(&item->ep->ready_lock);

	list_remove_init(&item->ready_node);
	spin_unlock_irq_restore(&item->ep->ready_lock, irq);
}

/* Behind the others, if there are any. */
static void rotate(struct epoll *ep, struct epoll_item *item)
{
	irq_state_t irq;

	if (likely(READ_ONCE(ep->ready.prev) == &item->ready_node))
		return;
	irq = spin_lock_irq_save(&ep->ready_lock);
	list_remove(&item->ready_node);
	list_add_last(&ep->ready, &item->ready_node);
	spin_unlock_irq_restore(&ep->ready_lock, irq);
}

/*
 * What is true of @item, which is on the list, and does it stay there (E3)? A level-triggered one
 * leaves only when nothing is true, and is asked once more then: what woke it before it had left
 * did not put it back.
 */
static u32 look_at(struct epoll_item *item, bool stays)
{
	u32 events;

	if (unlikely(!stays))
		take_off(item);
	events = item_events(item, NULL);
	if (likely(events || !stays))
		return events;
	take_off(item);
	events = item_events(item, NULL);
	if (events)
		make_ready(item);
	return events;
}

/* One item's events to the user's place. 1, 0 (none), -EFAULT. Locks: ep->lock. */
static int deliver(struct epoll *ep, struct epoll_item *item, struct epoll_event __user *to)
{
	u32 wanted = item->event.events, events;
	bool stays = !(wanted & (EPOLLONESHOT | EPOLLET));

	events = look_at(item, stays);
	if (!events)
		return 0;
	if (unlikely(put_event(to, events, item->event.data))) {
		if (!stays)
			make_ready(item);
		return -EFAULT;
	}
	if (wanted & EPOLLONESHOT) /* it reports nothing from now on */
		WRITE_ONCE(item->event.events, wanted & EVENT_FLAGS);
	if (stays)
		rotate(ep, item);
	return 1;
}

/*
 * Deliver up to @max events of items that are ready now. Only this takes items off the list, so
 * that its head stands still without its lock. Locks: ep->lock.
 */
static int collect(struct epoll *ep, struct epoll_event __user *events, int max)
{
	u32 round = ++ep->round;
	int count = 0, n;

	while (count < max) {
		struct list_node *node = READ_ONCE(ep->ready.next);
		struct epoll_item *item = list_entry(node, struct epoll_item, ready_node);

		if (node == &ep->ready || item->round == round)
			break;
		item->round = round;
		n = deliver(ep, item, events + count);
		if (unlikely(n < 0))
			return count ? count : n;
		count += n;
	}
	return count;
}

/* Nothing is on the list, and nobody has taken it to look at: no lock has to say so. */
static int collect_ready(struct epoll *ep, struct epoll_event __user *events, int max)
{
	int n;

	if (!has_ready(ep) && !READ_ONCE(ep->lock.owner))
		return 0;
	mutex_lock(&ep->lock);
	n = collect(ep, events, max);
	mutex_unlock(&ep->lock);
	/* Each wake-up is for one thread: what is left is for the next one. */
	if (n && has_ready(ep))
		waitq_wake_key(&ep->waiters, POLLIN | POLLRDNORM, true);
	return n;
}

int epoll_wait_events(struct file *epoll, struct epoll_event __user *events, int max,
		      u64 deadline_ns)
{
	struct epoll *ep = epoll->data;
	int n, err = 0;

	if (!epoll_is(epoll) || max <= 0)
		return -EINVAL;
	for (;;) {
		n = collect_ready(ep, events, max);
		if (n || !deadline_ns || err)
			break;
		err = WAIT_EVENT_EXCLUSIVE(&ep->waiters, has_ready(ep), deadline_ns);
		if (err == -EINTR)
			return -EINTR;
	}
	return n;
}

/* ------------------------------------------------------------------ files */

static u32 epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *ep = file->data;

	poll_wait(table, &ep->waiters);
	return has_ready(ep) ? POLLIN | POLLRDNORM : 0;
}

static void epoll_release(struct file *file)
{
	struct epoll *ep = file->data;
	struct rb_node *node;

	mutex_lock(&ep->lock);
	while ((node = rb_first(&ep->items)))
		remove_item(rb_entry(node, struct epoll_item, node));
	mutex_unlock(&ep->lock);
	epoll_put(ep);
}

/* An instance that watches @file, referenced; NULL: none. Having an item, it is not freed yet. */
static struct epoll *watcher_of(struct file *file)
{
	struct epoll *ep = NULL;

	spin_lock(&links_lock);
	if (!list_is_empty(&file->epoll_links)) {
		ep = list_first_entry(&file->epoll_links, struct epoll_item, file_node)->ep;
		refcount_get(&ep->refs);
	}
	spin_unlock(&links_lock);
	return ep;
}

/* The item of @file with the lowest descriptor, or NULL. Locks: ep->lock. */
static struct epoll_item *first_item_of(struct epoll *ep, const struct file *file)
{
	struct epoll_item *found = NULL;
	struct rb_node *at = ep->items.node;

	while (at) {
		struct epoll_item *item = rb_entry(at, struct epoll_item, node);

		if (item->file == file)
			found = item;
		at = compare(item, file, 0) >= 0 ? at->left : at->right;
	}
	return found;
}

/* A file ends that is being watched (E2). Nobody adds items for it any more. */
static void epoll_file_ends(struct file *file)
{
	struct epoll_item *item;
	struct epoll *ep;

	while ((ep = watcher_of(file))) {
		mutex_lock(&ep->lock);
		while ((item = first_item_of(ep, file)))
			remove_item(item);
		mutex_unlock(&ep->lock);
		epoll_put(ep);
	}
}

static const struct file_ops epoll_file_ops = {
	.poll = epoll_poll,
	.release = epoll_release,
};

bool epoll_is(const struct file *file)
{
	return file->ops == &epoll_file_ops;
}

const char *anon_file_kind(const struct file *file)
{
	return epoll_is(file) ? "[eventpoll]" : eventfd_is(file) ? "[eventfd]" : NULL;
}

int epoll_create(struct file **out)
{
	struct epoll *ep = kzalloc(sizeof(*ep), 0);
	struct inode *inode;
	int err;

	if (!ep)
		return -ENOMEM;
	refcount_init(&ep->refs, 1);
	mutex_init(&ep->lock, epoll);
	spin_lock_init(&ep->ready_lock, leaf_irq);
	list_init(&ep->ready);
	waitq_init(&ep->waiters);
	/* taken inside the wake of a file's queue */
	spin_lock_init(&ep->waiters.lock, epoll_waitq);
	wake_later_setup(&ep->later, &ep->waiters, true, woken_later);
	err = anon_inode_create(0600, &inode);
	if (!err) {
		err = file_alloc(inode, NULL, &epoll_file_ops, O_RDWR, out);
		inode_put(inode);
	}
	if (err) {
		kfree(ep);
		return err;
	}
	(*out)->data = ep;
	return 0;
}

void epoll_init(void)
{
	file_set_epoll_release_hook(epoll_file_ends);
}
