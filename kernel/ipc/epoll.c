// SPDX-License-Identifier: MIT
/*
 * epoll.c -- lasting interest in many files: epoll(7).
 *
 * Idea.  An item of interest is queued on the wait queues of its file for as long as it exists. A
 *   wake-up adds the item to the instance's ready list, unless it is there already, and wakes a
 *   thread that waits for the instance. A wait polls each file on the list. A level-triggered item
 *   that has events moves to the end of the list; each item is polled once a round.
 * Invariants.
 *   E1  An item is in its instance's tree, in its file's epoll_links and on its file's wait queues,
 *       or it is freed.
 *   E2  An item holds no reference to its file: the file's end removes its items
 *       (epoll_file_ends). An item leaves file->epoll_links last, so when the file's end finds that
 *       list empty, no item is on the file's wait queues either.
 *   E3  What makes an item ready after its last poll finds it on the ready list or adds it: an item
 *       leaves the list before it is polled for the last time.
 * Ownership.  The instance owns its items. Its file holds a reference to it, and so does a thread
 *   that removes the items of a file that ends.
 * Locks.  ep->lock: the items. It is held while user memory is written, so only threads that use
 *   this instance, or end a file that it watches, may wait for it. links_lock, taken inside it for
 *   a few instructions: the lists that begin at files. ready_lock: the ready list, also in
 *   interrupts. An epoll instance cannot watch another one.
 * Cost.  A wake-up: about 60 instructions. It happens with a file's queue locked, so that it wakes
 *   only the first few threads which wait for the instance; when there are more, wake_later.h does.
 *   A wait: one poll of each ready file.
 * Tests.  epoll_test.c, tests/guest/event/event_epoll.c, event_races.c.
 */
#include "ipc/epoll.h"

#include "core/assert.h"
#include "core/errno.h"
#include "ipc/anon_file.h"
#include "ipc/eventfd.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "mm/kmalloc.h"
#include "sched/wake_later.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/pollwait.h"
#include "vm/user_copy.h"

#include <asm/poll.h>

#define ENTRIES_MAX 4						    /* wait queues of one file */
#define EVENTS_MAX ((int)(0x7fffffff / sizeof(struct epoll_event))) /* of one wait */
#define EVENT_FLAGS (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE)

struct SHARED epoll {
	struct refcount refs;	    /* [a]                                        */
	struct mutex lock;	    /* class epoll                                */
	struct rb_root items;	    /* [lock] by file and descriptor              */
	struct spinlock ready_lock; /* class leaf_irq                            */
	struct list_node ready;	    /* [ready_lock] items that may have events    */
	u32 round;		    /* [lock] number of the last look at the list */
	struct waitq waiters;	    /* [I] its lock is of class epoll_waitq       */
	struct wake_later later;    /* [I] for the waiters; a request holds a reference */
};

struct epoll_item;

/* An item's entry on one wait queue of its file. */
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
	u32 nr_entries;				 /* [I] once the item is added                  */
	u32 round;				 /* [lock] in which it was polled last          */
	struct epoll_event event;		 /* [lock] .events also read in interrupts      */
	struct list_node ready_node;		 /* [ready_lock]                                */
	struct list_node file_node;		 /* [links_lock] in file->epoll_links           */
	struct epoll_entry entries[ENTRIES_MAX]; /* [I] once the item is added       */
};

/* The poll table while @item is added: the file names its wait queues. */
struct epoll_table {
	struct poll_table table;
	struct epoll_item *item;
};

static struct spinlock links_lock = SPINLOCK_INIT(leaf);
static const struct file_ops epoll_file_ops;

static bool epoll_is(const struct file *file)
{
	return file->ops == &epoll_file_ops;
}

static void make_ready(struct epoll_item *item)
{
	irq_state_t irq = spin_lock_irq_save(&item->ep->ready_lock);

	if (!list_is_linked(&item->ready_node))
		list_add_last(&item->ep->ready, &item->ready_node);
	spin_unlock_irq_restore(&item->ep->ready_lock, irq);
}

static void epoll_put(struct epoll *ep)
{
	if (!refcount_put(&ep->refs))
		return;
	debug_assert(!ep->items.node && list_is_empty(&ep->ready)); /* E1 */
	debug_assert(!ep->later.pending && list_is_empty(&ep->waiters.entries));
	kfree(ep);
}

static void woken_later(struct wake_later *later)
{
	epoll_put(container_of(later, struct epoll, later));
}

/*
 * More threads wait for @ep than can be woken here. It has an item on a wait queue, so its file
 * still holds a reference.
 */
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

	debug_assert(list_is_linked(&item->file_node)); /* E2: the file's end finds the entry */
	if (item->nr_entries == ENTRIES_MAX)
		return;
	e = &item->entries[item->nr_entries++];
	wait_entry_init(&e->entry);
	e->entry.wake = epoll_wake;
	e->queue = wq;
	e->item = item;
	waitq_add(wq, &e->entry);
}

static int compare_item(const struct epoll_item *item, const struct file *file, int fd)
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
		int order = compare_item(item, file, fd);

		if (!order)
			return item;
		above = *at;
		at = order < 0 ? &above->right : &above->left;
	}
	*place = at;
	*parent = above;
	return NULL;
}

static void remove_item(struct epoll *ep, struct epoll_item *item) REQUIRES(ep->lock)
{
	irq_state_t irq;

	assert_mutex_held(&ep->lock);
	debug_assert(item->ep == ep);
	debug_assert(list_is_linked(&item->file_node)); /* E1 */
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

static int add_item(struct epoll *ep, int fd, struct file *file, const struct epoll_event *event)
	REQUIRES(ep->lock)
{
	struct epoll_table table = {.table.enqueue = epoll_enqueue};
	struct rb_node **place, *parent;
	struct epoll_item *item;

	assert_mutex_held(&ep->lock);
	if (find_item(ep, file, fd, &place, &parent))
		return -EEXIST;
	item = kzalloc(sizeof(*item), 0);
	if (!item)
		return -ENOMEM;
	item->ep = ep;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	item->event.events |= EPOLLERR | EPOLLHUP; /* always reported */
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

static int change_item(struct epoll *ep, int fd, struct file *file, const struct epoll_event *event)
	REQUIRES(ep->lock)
{
	struct rb_node **place, *parent;
	struct epoll_item *item = find_item(ep, file, fd, &place, &parent);

	assert_mutex_held(&ep->lock);
	if (!item)
		return -ENOENT;
	item->event.data = event->data;
	WRITE_ONCE(item->event.events, event->events | EPOLLERR | EPOLLHUP);
	if (item_events(item, NULL))
		make_ready(item);
	return 0;
}

static int delete_item(struct epoll *ep, int fd, struct file *file) REQUIRES(ep->lock)
{
	struct rb_node **place, *parent;
	struct epoll_item *item = find_item(ep, file, fd, &place, &parent);

	if (!item)
		return -ENOENT;
	remove_item(ep, item);
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

static int put_user_event(struct epoll_event __user *to, u32 events, u64 data)
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

static void leave_ready_list(struct epoll_item *item)
{
	irq_state_t irq = spin_lock_irq_save(&item->ep->ready_lock);

	list_remove_init(&item->ready_node);
	spin_unlock_irq_restore(&item->ep->ready_lock, irq);
}

/* Move @item to the end of the ready list. */
static void move_to_end(struct epoll *ep, struct epoll_item *item)
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
 * The events of @item, which is on the ready list and may leave it (E3). A level-triggered item
 * leaves when it has no events, and is polled once more then: a wake-up from before it left the
 * list did not add it again.
 */
static u32 poll_ready_item(struct epoll_item *item, bool stays)
{
	u32 events;

	if (unlikely(!stays))
		leave_ready_list(item);
	events = item_events(item, NULL);
	if (likely(events || !stays))
		return events;
	leave_ready_list(item);
	events = item_events(item, NULL);
	if (events)
		make_ready(item);
	return events;
}

/* Copy @item's events to the user's @to: 1, 0 (it has none), -EFAULT. */
static int deliver_item(struct epoll *ep, struct epoll_item *item, struct epoll_event __user *to)
	REQUIRES(ep->lock)
{
	u32 wanted = item->event.events, events;
	bool stays = !(wanted & (EPOLLONESHOT | EPOLLET));

	debug_assert(item->ep == ep && list_is_linked(&item->ready_node)); /* E3 */
	events = poll_ready_item(item, stays);
	if (!events)
		return 0;
	if (unlikely(put_user_event(to, events, item->event.data))) {
		if (!stays)
			make_ready(item);
		return -EFAULT;
	}
	if (wanted & EPOLLONESHOT) /* reports nothing until EPOLL_CTL_MOD */
		WRITE_ONCE(item->event.events, wanted & EVENT_FLAGS);
	if (stays)
		move_to_end(ep, item);
	return 1;
}

/*
 * Deliver up to @max events of items that are ready now. Items leave the list only with ep->lock
 * held, so the list's first item stays first without ready_lock.
 */
static int collect_events(struct epoll *ep, struct epoll_event __user *events, int max)
	REQUIRES(ep->lock)
{
	u32 round = ++ep->round;
	int count = 0, n;

	assert_mutex_held(&ep->lock);
	while (count < max) {
		struct list_node *node = READ_ONCE(ep->ready.next);
		struct epoll_item *item = list_entry(node, struct epoll_item, ready_node);

		if (node == &ep->ready || item->round == round)
			break;
		item->round = round;
		n = deliver_item(ep, item, events + count);
		if (unlikely(n < 0))
			return count ? count : n;
		count += n;
	}
	return count;
}

/*
 * Deliver events if there are any. No lock is needed to find none: the ready list is empty, and no
 * thread holds ep->lock, under which an item may be off the list for a moment.
 */
static int collect_ready(struct epoll *ep, struct epoll_event __user *events, int max)
{
	int n;

	if (!has_ready(ep) && !READ_ONCE(ep->lock.owner))
		return 0;
	mutex_lock(&ep->lock);
	n = collect_events(ep, events, max);
	mutex_unlock(&ep->lock);
	/* A wake-up wakes one thread, which wakes the next one for the events that are left. */
	if (n && has_ready(ep))
		waitq_wake_key(&ep->waiters, POLLIN | POLLRDNORM, true);
	return n;
}

int epoll_wait_events(struct file *epoll, struct epoll_event __user *events, int max,
		      u64 deadline_ns)
{
	struct epoll *ep = epoll->data;
	int n, err = 0;

	if (!epoll_is(epoll) || max <= 0 || max > EVENTS_MAX)
		return -EINVAL;
	for (;;) {
		n = collect_ready(ep, events, max);
		if (n || !deadline_ns || err)
			return n;
		err = WAIT_EVENT_EXCLUSIVE(&ep->waiters, has_ready(ep), deadline_ns);
		if (err == -EINTR)
			return -EINTR;
	}
}

int epoll_wait_fd(int fd, struct epoll_event __user *events, int max, u64 deadline_ns)
{
	struct fd_ref ref = fd_get_light(fd);
	int result;

	if (!ref.file)
		return max <= 0 || max > EVENTS_MAX ? -EINVAL : -EBADF;
	result = epoll_wait_events(ref.file, events, max, deadline_ns);
	fd_put_light(ref);
	return result;
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
		remove_item(ep, rb_entry(node, struct epoll_item, node));
	mutex_unlock(&ep->lock);
	epoll_put(ep);
}

/*
 * An instance that watches @file, with a reference; NULL: none. It cannot be freed before: it has
 * an item in the list.
 */
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

/* The item of @file with the lowest descriptor, or NULL. */
static struct epoll_item *first_item_of(struct epoll *ep, const struct file *file)
	REQUIRES(ep->lock)
{
	struct epoll_item *found = NULL;
	struct rb_node *at = ep->items.node;

	assert_mutex_held(&ep->lock);
	while (at) {
		struct epoll_item *item = rb_entry(at, struct epoll_item, node);

		if (item->file == file)
			found = item;
		at = compare_item(item, file, 0) >= 0 ? at->left : at->right;
	}
	return found;
}

/* A watched file ends (E2). It has no references, so no thread adds items for it any more. */
static void epoll_file_ends(struct file *file)
{
	struct epoll_item *item;
	struct epoll *ep;

	debug_assert(!refcount_read(&file->refs)); /* no thread adds items meanwhile */
	while ((ep = watcher_of(file))) {
		mutex_lock(&ep->lock);
		while ((item = first_item_of(ep, file)))
			remove_item(ep, item);
		mutex_unlock(&ep->lock);
		epoll_put(ep);
	}
}

static const struct file_ops epoll_file_ops = {
	.poll = epoll_poll,
	.release = epoll_release,
};

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
	/* epoll_wake takes it with the lock of a file's wait queue held. */
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
