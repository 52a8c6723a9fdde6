// SPDX-License-Identifier: MIT
#include "unit_watched.h"

#include <stdlib.h>

#include "vfs/file/pollwait.h"

struct watched {
	u32 events;
	struct waitq queue;
};

static u32 watched_poll(struct file *file, struct poll_table *table)
{
	struct watched *w = file->data;

	poll_wait(table, &w->queue);
	return w->events;
}

static void watched_release(struct file *file)
{
	struct watched *w = file->data;

	if (!list_is_empty(&w->queue.entries))
		abort(); /* an entry would point into freed memory */
	free(w);
}

static const struct file_ops watched_ops = {.poll = watched_poll, .release = watched_release};

struct file *unit_watched_open(void)
{
	struct watched *w = calloc(1, sizeof(*w));
	struct inode *inode;
	struct file *file;

	waitq_init(&w->queue);
	if (anon_inode_create(0600, &inode) || file_alloc(inode, NULL, &watched_ops, O_RDWR, &file))
		abort();
	inode_put(inode);
	file->data = w;
	return file;
}

void unit_watched_set(struct file *file, u32 events, u64 key)
{
	struct watched *w = file->data;

	w->events |= events;
	waitq_wake_key(&w->queue, key, false);
}

void unit_watched_clear(struct file *file, u32 events)
{
	((struct watched *)file->data)->events &= ~events;
}

u32 unit_watched_events(const struct file *file)
{
	return ((struct watched *)file->data)->events;
}

bool unit_watched_is_waited_for(const struct file *file)
{
	return !list_is_empty(&((struct watched *)file->data)->queue.entries);
}
