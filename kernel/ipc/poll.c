// SPDX-License-Identifier: MIT
/*
 * poll.c -- waiting for any of many files.
 *
 * Idea.  The first round only polls each file for its events: usually one has some, or the call is
 *   not to wait. If none has any, the next round also makes each file name its wait queues, and the
 *   poller adds an entry to each. A wake-up with a wanted event sets `triggered` and wakes the
 *   poller's thread, which polls all files again. The thread sets its state to sleeping before it
 *   looks at `triggered`, so no wake-up is lost.
 * Ownership.  Entries are part of the poller, which is on its thread's stack, or of pages that the
 *   poller owns. Each holds a reference to its file.
 * Locks.  The wake function runs with the wait queue's lock held. No lock is held while files are
 *   polled.
 * Cost.  Polling: about 50 instructions for each file. Waiting: about 150 more, and no allocation
 *   for up to POLLER_INLINE wait queues.
 * Tests.  poll_test.c; tests/guest/pipe, socket, event, tty.
 */
#include "ipc/poll.h"

#include "core/assert.h"
#include "core/errno.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "vfs/file/fdtable.h"
#include "vfs/file/pollwait.h"
#include "vfs/vfs.h"
#include "vm/user_copy.h"

#include <asm/poll.h>

#define POLLER_INLINE 8
#define POLL_FDS_INLINE 32
#define SELECT_WORDS_INLINE 4 /* 256 descriptors */
#define SELECT_FDS_MAX 65536

struct poller;

/* A poller's entry on one wait queue. */
struct poller_entry {
	struct wait_entry entry;
	struct waitq *queue;
	struct file *file; /* referenced: the wait queue is part of it */
	struct poller *poller;
	u32 wanted;
};

/* A thread that waits for any of many files. On the thread's stack. */
struct poller {
	struct poll_table table;
	struct file *file; /* polled now                 */
	u32 wanted;	   /* events of it               */
	bool triggered;	   /* a wait queue was woken     */
	bool registered;   /* no entries are to be added */
	int error;	   /* -ENOMEM while registering  */
	unsigned nr_entries;
	struct poller_entry inline_entries[POLLER_INLINE];
	struct poller_chunk *chunks; /* further entries */
};

struct poller_chunk {
	struct poller_chunk *next;
	unsigned used;
	struct poller_entry entries[];
};
#define CHUNK_ENTRIES ((PAGE_SIZE - sizeof(struct poller_chunk)) / sizeof(struct poller_entry))

static bool poller_wake(struct wait_entry *entry, u64 key)
{
	struct poller_entry *e = container_of(entry, struct poller_entry, entry);

	if (key && !(key & (e->wanted | POLLERR | POLLHUP)))
		return false;
	__atomic_store_n(&e->poller->triggered, true, __ATOMIC_RELEASE);
	return sched_wake(entry->thread);
}

static struct poller_entry *poller_new_entry(struct poller *poller)
{
	struct poller_chunk *chunk = poller->chunks;
	struct page *page;

	debug_assert(!chunk || chunk->used <= CHUNK_ENTRIES);
	if (poller->nr_entries < POLLER_INLINE)
		return &poller->inline_entries[poller->nr_entries++];
	if (!chunk || chunk->used == CHUNK_ENTRIES) {
		page = page_alloc_one(PAGE_KERNEL | PAGE_LIMITED);
		if (!page)
			return NULL;
		chunk = page_to_virt(page);
		chunk->next = poller->chunks;
		chunk->used = 0;
		poller->chunks = chunk;
	}
	return &chunk->entries[chunk->used++];
}

static void poller_enqueue(struct poll_table *table, struct waitq *wq)
{
	struct poller *poller = container_of(table, struct poller, table);
	struct poller_entry *e;

	debug_assert(!poller->registered);
	e = poller_new_entry(poller);
	if (!e) {
		poller->error = -ENOMEM;
		return;
	}
	wait_entry_init(&e->entry);
	e->entry.wake = poller_wake;
	e->queue = wq;
	e->poller = poller;
	e->wanted = poller->wanted;
	e->file = poller->file;
	file_get(e->file);
	waitq_add(wq, &e->entry);
}

/* Set up @poller for the current thread. */
static void poller_init(struct poller *poller)
{
	poller->table.enqueue = poller_enqueue;
	poller->triggered = false;
	poller->registered = false;
	poller->error = 0;
	poller->nr_entries = 0;
	poller->chunks = NULL;
}

/* The thread will not wait: poller_check adds no more entries. */
static void poller_no_wait(struct poller *poller)
{
	poller->registered = true;
}

/*
 * The events of @fd among @wanted, POLLERR and POLLHUP; POLLNVAL when it is not open. Adds entries
 * to the file's wait queues in the first round: until poller_wait or poller_no_wait.
 */
static u32 poller_check(struct poller *poller, int fd, u32 wanted)
{
	struct fd_ref ref = fd_get_light(fd);
	u32 events;

	if (!ref.file)
		return POLLNVAL;
	poller->file = ref.file;
	poller->wanted = wanted;
	events = file_poll(ref.file, poller->registered ? NULL : &poller->table) &
		 (wanted | POLLERR | POLLHUP);
	fd_put_light(ref);
	return events;
}

/*
 * After a round without events: sleep until a file may have some. 0: poll again; -EINTR,
 * -ETIMEDOUT, -ENOMEM (an entry could not be added).
 */
static int poller_wait(struct poller *poller, u64 deadline_ns)
{
	int err = 0;

	poller->registered = true;
	if (poller->error)
		return poller->error;
	sched_sleep_prepare(THREAD_SLEEPING);
	if (!__atomic_load_n(&poller->triggered, __ATOMIC_ACQUIRE))
		err = sched_sleep(deadline_ns);
	sched_sleep_finish();
	/*
	 * Clear it before the files are polled again: a wake-up from here on counts for the next
	 * sleep. Pairs with the store in poller_wake, whose caller changed the file's state before.
	 */
	__atomic_store_n(&poller->triggered, false, __ATOMIC_SEQ_CST);
	return err;
}

static void poller_drop(struct poller_entry *e)
{
	debug_assert(e->entry.thread == current_thread()); /* pollers are on their thread's stack */
	debug_assert(refcount_read(&e->file->refs));	   /* its wait queue still exists */
	waitq_remove(e->queue, &e->entry);
	file_put(e->file);
}

/* Remove all entries. */
static void poller_fini(struct poller *poller)
{
	struct poller_chunk *chunk, *next;

	for (unsigned i = 0; i < poller->nr_entries; i++)
		poller_drop(&poller->inline_entries[i]);
	for (chunk = poller->chunks; chunk; chunk = next) {
		next = chunk->next;
		for (unsigned i = 0; i < chunk->used; i++)
			poller_drop(&chunk->entries[i]);
		page_put(virt_to_page(chunk));
	}
}

static u32 ask(int fd, u32 wanted)
{
	struct fd_ref ref = fd_get_light(fd);
	u32 events = POLLNVAL;

	if (ref.file)
		events = file_poll(ref.file, NULL) & wanted;
	fd_put_light(ref);
	return events;
}

/* The first round, which adds no entries to wait queues: how many have events. */
static __noinline int poll_ask_shared(struct pollfd *fds, unsigned nr_fds)
{
	int count = 0;

	for (struct pollfd *p = fds; p < fds + nr_fds; p++) {
		u32 wanted = (u16)p->events | POLLERR | POLLHUP;

		p->revents = p->fd < 0 ? 0 : (short)ask(p->fd, wanted);
		count += p->revents != 0;
	}
	return count;
}

/* The same, without references to the files when no other thread can close them meanwhile. */
static int poll_ask(struct pollfd *fds, unsigned nr_fds)
{
	const struct fdtable *table = current_thread()->files;
	struct file *const *files;
	int count = 0;
	u32 size;

	if (unlikely(!fdtable_is_mine(table)))
		return poll_ask_shared(fds, nr_fds);
	files = table->files; /* not before: another thread may just have replaced them, and gone */
	size = table->size;
	for (struct pollfd *p = fds; p < fds + nr_fds; p++) {
		u32 fd = (u32)p->fd, events = POLLNVAL;

		if (unlikely(fd >= size))
			events = p->fd < 0 ? 0 : POLLNVAL;
		else if (likely(files[fd] && !(files[fd]->mode & FILE_PATH_ONLY)))
			events = file_poll(files[fd], NULL) & ((u16)p->events | POLLERR | POLLHUP);
		p->revents = (short)events;
		if (unlikely(events))
			count++;
	}
	return count;
}

/* A round that adds entries to wait queues as long as no file has events: how many have. */
static int poll_round(struct poller *poller, struct pollfd *fds, unsigned nr_fds)
{
	int count = 0;

	for (unsigned i = 0; i < nr_fds; i++) {
		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;
		fds[i].revents = (short)poller_check(poller, fds[i].fd, (u16)fds[i].events);
		if (fds[i].revents) {
			count++;
			poller_no_wait(poller);
		}
	}
	return count;
}

static __noinline int poll_sleep(struct pollfd *fds, unsigned nr_fds, u64 deadline_ns)
{
	struct poller poller;
	int count, err = 0;

	poller_init(&poller);
	for (;;) {
		count = poll_round(&poller, fds, nr_fds);
		if (count || err)
			break;
		err = poller_wait(&poller, deadline_ns);
	}
	poller_fini(&poller);
	if (count)
		return count;
	return err == -ETIMEDOUT ? 0 : err;
}

int poll_wait_fds(struct pollfd *fds, unsigned nr_fds, u64 deadline_ns)
{
	int count = poll_ask(fds, nr_fds);

	return count || !deadline_ns ? count : poll_sleep(fds, nr_fds, deadline_ns);
}

/* ---- poll ---- */

static int put_results(struct pollfd __user *to, const struct pollfd *fds, unsigned nr_fds)
{
	arch_user_window_open();
	for (unsigned i = 0; i < nr_fds; i++)
		arch_user_window_store_u16(&to[i].revents, fds[i].revents, fault);
	arch_user_window_close();
	return 0;
fault:
	arch_user_window_close();
	return -EFAULT;
}

/* @copy: room for @nr_fds. copy_from_user checks that all of @fds is user memory. */
static long poll_copied(struct pollfd __user *fds, struct pollfd *copy, unsigned nr_fds,
			u64 deadline_ns)
{
	long result = copy_from_user(copy, fds, nr_fds * sizeof(*copy));

	if (!result)
		result = poll_wait_fds(copy, nr_fds, deadline_ns);
	if (result >= 0 && put_results(fds, copy, nr_fds))
		result = -EFAULT;
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

static __noinline long poll_many(struct pollfd __user *fds, unsigned nr_fds, u64 deadline_ns)
{
	struct pollfd *copy = kmalloc_array(nr_fds, sizeof(*copy), 0);
	long result;

	if (!copy)
		return -ENOMEM;
	result = poll_copied(fds, copy, nr_fds, deadline_ns);
	kfree(copy);
	return result;
}

long poll_files(struct pollfd __user *fds, unsigned nr_fds, u64 deadline_ns)
{
	struct pollfd copy[POLL_FDS_INLINE];

	if (nr_fds > vfs_limit_nofile())
		return -EINVAL;
	if (nr_fds > POLL_FDS_INLINE)
		return poll_many(fds, nr_fds, deadline_ns);
	return poll_copied(fds, copy, nr_fds, deadline_ns);
}

/* ---- select ---- */

/* What readiness means in each of the three sets. */
static const u32 select_events[SELECT_SETS] = {
	POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR,
	POLLPRI,
};

static bool is_wanted(const struct select_sets *s, unsigned set, unsigned fd)
{
	return s->wanted[set] && bitmap_test(s->wanted[set], fd);
}

static int select_check(struct poller *poller, const struct select_sets *s, unsigned fd, u32 wanted)
{
	u32 events = poller_check(poller, (int)fd, wanted);
	int count = 0;

	if (events == POLLNVAL)
		return -EBADF;
	for (unsigned i = 0; i < SELECT_SETS; i++) {
		if (is_wanted(s, i, fd) && (events & select_events[i])) {
			bitmap_set(s->ready[i], fd);
			count++;
		}
	}
	return count;
}

static int select_round(struct poller *poller, unsigned nr_fds, const struct select_sets *s)
{
	int count = 0, n;

	for (unsigned fd = 0; fd < nr_fds; fd++) {
		u32 wanted = 0;

		for (unsigned i = 0; i < SELECT_SETS; i++)
			wanted |= is_wanted(s, i, fd) ? select_events[i] : 0;
		if (!wanted)
			continue;
		n = select_check(poller, s, fd, wanted);
		if (n < 0)
			return n;
		if (n)
			poller_no_wait(poller);
		count += n;
	}
	return count;
}

int select_wait_fds(unsigned nr_fds, const struct select_sets *s, u64 deadline_ns)
{
	struct poller poller;
	int count, err = 0;

	poller_init(&poller);
	poller_no_wait(&poller);
	count = select_round(&poller, nr_fds, s);
	poller.registered = false;
	while (!count && deadline_ns) {
		count = select_round(&poller, nr_fds, s);
		if (count || err)
			break; /* also an event that came with the deadline counts */
		err = poller_wait(&poller, deadline_ns);
	}
	poller_fini(&poller);
	if (count)
		return count;
	return err == -ETIMEDOUT ? 0 : err;
}

/* @words: zeros, room for six sets of @nr_words. */
static long select_copied(unsigned nr_fds, const struct select_user *user, u64 *words,
			  size_t nr_words, u64 deadline_ns)
{
	struct select_sets copy = {0};
	u64 *wanted;
	long result;

	for (unsigned i = 0; i < SELECT_SETS; i++) {
		copy.ready[i] = words + (SELECT_SETS + i) * nr_words;
		if (!user->sets[i])
			continue;
		copy.wanted[i] = wanted = words + i * nr_words;
		if (copy_from_user(wanted, user->sets[i], nr_words * sizeof(u64)))
			return -EFAULT;
	}
	result = select_wait_fds(nr_fds, &copy, deadline_ns);
	for (unsigned i = 0; i < SELECT_SETS && result >= 0; i++)
		if (user->sets[i] &&
		    copy_to_user(user->sets[i], copy.ready[i], nr_words * sizeof(u64)))
			return -EFAULT;
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

long select_files(int nr_fds, const struct select_user *user, u64 deadline_ns)
{
	u64 inline_words[2 * SELECT_SETS * SELECT_WORDS_INLINE], *words = inline_words;
	size_t nr_words;
	long result;

	if (nr_fds < 0)
		return -EINVAL;
	nr_fds = min(nr_fds, SELECT_FDS_MAX);
	nr_words = BITMAP_WORDS((unsigned)nr_fds);
	if (nr_words > SELECT_WORDS_INLINE) {
		words = kmalloc_array(2 * SELECT_SETS * nr_words, sizeof(u64), 0);
		if (!words)
			return -ENOMEM;
	}
	memset(words, 0, 2 * SELECT_SETS * nr_words * sizeof(u64));
	result = select_copied((unsigned)nr_fds, user, words, nr_words, deadline_ns);
	if (words != inline_words)
		kfree(words);
	return result;
}
