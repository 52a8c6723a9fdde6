// SPDX-License-Identifier: MIT
// UNIT: ipc/pipe.c ipc/page_queue.c ipc/fifo.c
/*
 * pipe_test.c -- pipes against a reference of their slots.
 *
 * Idea. Each byte of a stream has a value by its place in it, so that a byte which is lost, comes
 *   twice or changes its place is seen. The reference keeps the lengths of the filled slots only.
 *   Random reads and writes, some of which fault, and changes of the size must have the results,
 *   and poll the events, that the reference says. Then those that wait: what they wait for happens
 *   while they sleep, and must wake them (unit_sleep.h).
 */
#include "unit_copy.h"
#include "unit_memory.h"
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_vfs.h"

#include "core/errno.h"
#include "core/fast_path.h"
#include "ipc/pipe_internal.h"
#include "mm/slab.h"
#include "mm/user_account.h"
#include "vfs/cred.h"
#include "vfs/name/name_ops.h"
#include "vfs/vfs.h"

#include <asm/ioctls.h>
#include <asm/signal.h>

#define BUFFER_MAX (80 * PAGE_SIZE)

static u64 seed = 9;
static struct file *reader, *writer;
static u8 buffer[BUFFER_MAX];

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- the stream ------------------------------------------------------------------------------ */

static u64 nr_written, nr_read;

static u8 value_at(u64 place)
{
	return (u8)(place * 167 + place / 251);
}

/* Write the stream's next @len bytes. */
static ssize_t put(size_t len)
{
	struct uio uio;
	ssize_t n;

	for (size_t i = 0; i < len; i++)
		buffer[i] = value_at(nr_written + i);
	uio_init_user(&uio, buffer, len);
	n = file_write(writer, &uio, NULL);
	if (n > 0)
		nr_written += (u64)n;
	return n;
}

/* Read up to @len bytes, which must be the stream's next. */
static ssize_t take(size_t len)
{
	struct uio uio;
	ssize_t n;

	uio_init_user(&uio, buffer, len);
	n = file_read(reader, &uio, NULL);
	for (ssize_t i = 0; i < n; i++)
		if (buffer[i] != value_at(nr_read + (u64)i))
			fail_msg("byte %zd of a read is wrong", i);
	if (n > 0)
		nr_read += (u64)n;
	return n;
}

static void open_pipe(int flags)
{
	assert_int_equal(pipe_create(flags, &reader, &writer), 0);
	nr_written = nr_read = 0;
}

static void close_end(struct file **end)
{
	if (*end)
		file_put(*end);
	*end = NULL;
}

static void close_pipe(void)
{
	close_end(&reader);
	close_end(&writer);
}

/* ---- the reference --------------------------------------------------------------------------- */

static struct {
	size_t len, end; /* bytes; where they end in their page */
} slots[64];
static unsigned nr_slots, slots_max;

static ssize_t model_write(size_t len, size_t good)
{
	size_t odd = len % PAGE_SIZE, done = 0;
	int err = 0;

	if (odd && nr_slots && slots[nr_slots - 1].end + odd <= PAGE_SIZE) {
		done = min(odd, good);
		slots[nr_slots - 1].len += done;
		slots[nr_slots - 1].end += done;
		err = done ? 0 : -EFAULT;
	}
	while (done < len && !err) {
		size_t part = min(min(len - done, PAGE_SIZE), good - done);

		err = nr_slots == slots_max ? -EAGAIN : part ? 0 : -EFAULT;
		if (err)
			break;
		slots[nr_slots].len = slots[nr_slots].end = part;
		nr_slots++;
		done += part;
	}
	return done ? (ssize_t)done : err;
}

static ssize_t model_read(size_t len, size_t good)
{
	size_t done = 0;

	if (!nr_slots)
		return -EAGAIN;
	while (done < len && nr_slots) {
		size_t wanted = min(slots[0].len, len - done), part = min(wanted, good - done);

		slots[0].len -= part;
		done += part;
		if (!slots[0].len)
			memmove(slots, slots + 1, --nr_slots * sizeof(slots[0]));
		if (part < wanted)
			return done ? (ssize_t)done : -EFAULT;
	}
	return (ssize_t)done;
}

static void compare(void)
{
	const struct pipe *p = writer->data;
	u32 count;

	assert_int_equal(reader->ops->ioctl(reader, FIONREAD, (u64)&count), 0);
	assert_int_equal(count, nr_written - nr_read);
	assert_int_equal(p->queue.nr_pages, nr_slots);
	assert_int_equal(file_poll(reader, NULL), nr_slots ? POLLIN | POLLRDNORM : 0);
	assert_int_equal(file_poll(writer, NULL), nr_slots < slots_max ? POLLOUT | POLLWRNORM : 0);
	assert_int_equal(user_present(p->user, USER_PIPE_PAGES), slots_max);
}

/* ---- random transfers ------------------------------------------------------------------------ */

static size_t random_length(void)
{
	switch (pick(4)) {
	case 0:
		return 1 + pick(100);
	case 1:
		return (1 + pick(20)) * PAGE_SIZE;
	case 2:
		return 1 + pick(3 * PAGE_SIZE);
	default:
		return 1 + pick(20 * PAGE_SIZE);
	}
}

static void random_resize(void)
{
	unsigned nr = 1U << pick(7);
	long size = pipe_fcntl(writer, F_SETPIPE_SZ, nr * PAGE_SIZE - pick(nr * PAGE_SIZE / 2));

	if (nr < nr_slots) {
		assert_int_equal(size, -EBUSY);
	} else {
		assert_int_equal(size, nr * PAGE_SIZE);
		slots_max = nr;
	}
	assert_int_equal(pipe_fcntl(reader, F_GETPIPE_SZ, 0), slots_max * PAGE_SIZE);
}

static void results_are_those_of_the_reference(void **state)
{
	u64 objects = slab_nr_in_use(), nr_free = 0;

	(void)state;
	for (unsigned round = 0; round < 12; round++) {
		fast_paths_off = round % 2 ? ~0U : 0;
		open_pipe(O_NONBLOCK);
		nr_slots = 0;
		slots_max = PIPE_PAGES_DEFAULT;
		for (unsigned i = 0; i < 1500; i++) {
			size_t len = random_length(), good = pick(5) ? ~0UL : pick((unsigned)len);

			unit_user_left = good;
			if (!pick(20))
				random_resize();
			else if (pick(2))
				assert_int_equal(put(len), model_write(len, good));
			else
				assert_int_equal(take(len), model_read(len, good));
			unit_user_left = ~0UL;
			compare();
		}
		close_pipe();	/* with what is in it */
		if (round == 1) /* the caches of objects have what they need */
			nr_free = page_alloc_nr_free();
	}
	assert_int_equal(page_alloc_nr_free(), nr_free);
	assert_int_equal(slab_nr_in_use(), objects);
	assert_int_equal(user_present(&user_account_root, USER_PIPE_PAGES), 0);
}

/* ---- those that wait ------------------------------------------------------------------------- */

/* While the writer sleeps, the reader takes; while the reader sleeps, the writer puts. */
static int other_side_goes_on(u64 deadline_ns)
{
	u64 in_pipe = nr_written - nr_read;

	(void)deadline_ns;
	do {
		if (in_pipe)
			assert_true(take(1 + pick(3 * PAGE_SIZE)) > 0);
		else
			assert_true(put(1 + pick(3 * PAGE_SIZE)) > 0);
	} while (current_thread()->state != THREAD_RUNNING);
	return 0;
}

/* put() counts a write's bytes when it returns; a read in between sees them earlier. */
static void a_long_write_goes_through(void **state)
{
	static u8 text[BUFFER_MAX];
	struct uio uio;

	(void)state;
	for (size_t i = 0; i < BUFFER_MAX; i++)
		text[i] = value_at(i);
	unit_asleep = other_side_goes_on;
	for (u64 size = PAGE_SIZE; size <= 64 * PAGE_SIZE; size *= 4) {
		open_pipe(0);
		assert_int_equal(pipe_fcntl(reader, F_SETPIPE_SZ, size), size);
		nr_written = BUFFER_MAX;
		unit_nr_sleeps = 0;
		uio_init_user(&uio, text, BUFFER_MAX);
		assert_int_equal(file_write(writer, &uio, NULL), BUFFER_MAX);
		assert_in_range(unit_nr_sleeps, 4, BUFFER_MAX / PAGE_SIZE);
		while (nr_read < BUFFER_MAX)
			assert_true(take(BUFFER_MAX) > 0);
		close_pipe();
	}
	unit_asleep = NULL;
}

static void a_reader_sleeps_until_there_are_bytes(void **state)
{
	(void)state;
	open_pipe(0);
	unit_asleep = other_side_goes_on;
	unit_nr_sleeps = 0;
	for (unsigned i = 0; i < 200; i++)
		assert_true(take(1 + pick(2 * PAGE_SIZE)) > 0);
	assert_in_range(unit_nr_sleeps, 20, 200);
	unit_asleep = NULL;
	close_pipe();
}

/* P2: a write of at most PIPE_BUF that does not fit whole waits, and places nothing. */
static void small_writes_are_not_divided(void **state)
{
	struct pipe *p;

	(void)state;
	for (size_t len = 1; len <= PAGE_SIZE; len += 1 + pick(50)) {
		open_pipe(O_NONBLOCK);
		p = writer->data;
		while (put(len) == (ssize_t)len)
			;
		assert_int_equal(nr_written % len, 0);
		assert_int_equal(put(len), -EAGAIN);
		assert_int_equal(p->queue.nr_pages, PIPE_PAGES_DEFAULT);
		assert_int_equal(nr_written, PIPE_PAGES_DEFAULT * (PAGE_SIZE / len) * len);
		assert_int_equal(take(BUFFER_MAX), nr_written);
		close_pipe();
	}
}

/* ---- ends ------------------------------------------------------------------------------------ */

static unsigned nr_sigpipe;

static void count_signal(int signal)
{
	nr_sigpipe += signal == SIGPIPE;
}

static int close_the_reader(u64 deadline_ns)
{
	(void)deadline_ns;
	close_end(&reader);
	return 0;
}

static int close_the_writer(u64 deadline_ns)
{
	(void)deadline_ns;
	close_end(&writer);
	return 0;
}

static int interrupt(u64 deadline_ns)
{
	(void)deadline_ns;
	return -EINTR;
}

static void the_last_reader_ends_the_writers(void **state)
{
	(void)state;
	vfs_set_signal_hook(count_signal);
	unit_current_thread->process = (struct process *)&nr_sigpipe; /* it has one */
	nr_sigpipe = 0;
	open_pipe(0);
	unit_asleep = close_the_reader;
	assert_int_equal(put(17 * PAGE_SIZE), 16 * PAGE_SIZE); /* what went in before */
	assert_int_equal(nr_sigpipe, 1);
	assert_int_equal(file_poll(writer, NULL), POLLERR);
	assert_int_equal(put(1), -EPIPE);
	assert_int_equal(nr_sigpipe, 2);
	assert_int_equal(put(0), 0);
	assert_int_equal(nr_sigpipe, 2);
	unit_current_thread->process = NULL;
	close_pipe();
}

static void the_last_writer_ends_the_readers(void **state)
{
	(void)state;
	open_pipe(0);
	unit_asleep = close_the_writer;
	assert_int_equal(take(10), 0);
	assert_int_equal(file_poll(reader, NULL), POLLHUP);
	close_pipe();
	open_pipe(0);
	assert_int_equal(put(10), 10);
	close_end(&writer);
	assert_int_equal(file_poll(reader, NULL), POLLHUP | POLLIN | POLLRDNORM);
	assert_int_equal(take(6), 6);
	assert_int_equal(take(6), 4);
	assert_int_equal(take(6), 0);
	close_pipe();
}

static void a_signal_ends_a_wait(void **state)
{
	(void)state;
	open_pipe(0);
	unit_asleep = interrupt;
	assert_int_equal(take(1), -ERESTARTSYS);
	assert_int_equal(put(20 * PAGE_SIZE), 16 * PAGE_SIZE);
	assert_int_equal(put(1), -ERESTARTSYS);
	unit_asleep = NULL;
	close_pipe();
}

/* A waiting writer may go on when the pipe grows. */
static int grow(u64 deadline_ns)
{
	(void)deadline_ns;
	assert_int_equal(pipe_fcntl(reader, F_SETPIPE_SZ, 32 * PAGE_SIZE), 32 * PAGE_SIZE);
	return 0;
}

static void growth_wakes_a_writer(void **state)
{
	(void)state;
	open_pipe(0);
	unit_asleep = grow;
	assert_int_equal(put(20 * PAGE_SIZE), 20 * PAGE_SIZE);
	unit_asleep = NULL;
	assert_int_equal(take(BUFFER_MAX), 20 * PAGE_SIZE);
	close_pipe();
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void an_ordinary_user_has_a_limit(void **state)
{
	struct file *readers[80], *writers[80];
	struct cred *cred = cred_copy(&cred_root);
	u64 most = pipe_user_pages_max(), charged = 0;
	unsigned nr = 0;

	(void)state;
	cred->cap_effective = 0;
	cred->uid = 1000;
	assert_int_equal(cred_set_user(cred), 0);
	unit_current_thread->cred = cred;
	while (charged + PIPE_PAGES_DEFAULT <= most) {
		assert_int_equal(pipe_create(0, &readers[nr], &writers[nr]), 0);
		nr++;
		charged += PIPE_PAGES_DEFAULT;
		assert_int_equal(user_present(cred->user, USER_PIPE_PAGES), charged);
	}
	open_pipe(O_NONBLOCK); /* beyond the limit: small */
	assert_int_equal(pipe_fcntl(reader, F_GETPIPE_SZ, 0), 2 * PAGE_SIZE);
	assert_int_equal(put(3 * PAGE_SIZE), 2 * PAGE_SIZE);
	assert_int_equal(pipe_fcntl(reader, F_SETPIPE_SZ, 4 * PAGE_SIZE), -EPERM);
	close_pipe();
	/* One of them gives back what another one may take. */
	assert_int_equal(pipe_fcntl(readers[0], F_SETPIPE_SZ, PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(pipe_fcntl(readers[1], F_SETPIPE_SZ, 32 * PAGE_SIZE), -EPERM);
	file_put(readers[0]);
	file_put(writers[0]);
	assert_int_equal(pipe_fcntl(readers[1], F_SETPIPE_SZ, 32 * PAGE_SIZE), 32 * PAGE_SIZE);
	assert_int_equal(pipe_fcntl(readers[1], F_SETPIPE_SZ, 512 * PAGE_SIZE), -EPERM);
	unit_current_thread->cred = &cred_root;
	assert_int_equal(pipe_fcntl(readers[1], F_SETPIPE_SZ, 512 * PAGE_SIZE), 512 * PAGE_SIZE);
	assert_int_equal(pipe_fcntl(readers[1], F_SETPIPE_SZ, 2048 * PAGE_SIZE), 2048 * PAGE_SIZE);
	assert_int_equal(pipe_fcntl(readers[1], F_SETPIPE_SZ, 16384 * PAGE_SIZE), -EINVAL);
	unit_current_thread->cred = cred; /* to shrink is no privilege */
	assert_int_equal(pipe_fcntl(readers[1], F_SETPIPE_SZ, 512 * PAGE_SIZE), 512 * PAGE_SIZE);
	unit_current_thread->cred = &cred_root;
	for (unsigned i = 1; i < nr; i++) {
		file_put(readers[i]);
		file_put(writers[i]);
	}
	assert_int_equal(user_present(cred->user, USER_PIPE_PAGES), 0);
	cred_put(cred);
}

/* ---- fifos ----------------------------------------------------------------------------------- */

static int open_fifo(int flags, struct file **out)
{
	return vfs_open(AT_FDCWD, "/fifo", flags, 0, out);
}

static int the_writer_comes(u64 deadline_ns)
{
	(void)deadline_ns;
	return open_fifo(O_WRONLY, &writer);
}

static int the_reader_comes(u64 deadline_ns)
{
	(void)deadline_ns;
	return open_fifo(O_RDONLY, &reader);
}

/* Opened and closed again before the one that waits has run. */
static int a_writer_comes_and_goes(u64 deadline_ns)
{
	int err = open_fifo(O_WRONLY, &writer);

	(void)deadline_ns;
	nr_written = nr_read = 0;
	assert_int_equal(put(3), 3);
	close_end(&writer);
	return err;
}

static void an_open_of_a_fifo_waits_for_the_other_side(void **state)
{
	(void)state;
	assert_int_equal(vfs_mknod(AT_FDCWD, "/fifo", S_IFIFO | 0600, 0), 0);
	unit_asleep = the_writer_comes;
	assert_int_equal(open_fifo(O_RDONLY, &reader), 0);
	close_pipe();
	unit_asleep = the_reader_comes;
	assert_int_equal(open_fifo(O_WRONLY, &writer), 0);
	close_pipe();
	unit_asleep = a_writer_comes_and_goes;
	assert_int_equal(open_fifo(O_RDONLY, &reader), 0);
	assert_int_equal(take(10), 3);
	assert_int_equal(take(10), 0);
	assert_int_equal(file_poll(reader, NULL), POLLHUP);
	close_pipe();
	unit_asleep = interrupt;
	assert_int_equal(open_fifo(O_RDONLY, &reader), -ERESTARTSYS);
	assert_int_equal(open_fifo(O_WRONLY, &writer), -ERESTARTSYS);
	unit_asleep = NULL;
	reader = writer = NULL;
	assert_int_equal(open_fifo(O_WRONLY | O_NONBLOCK, &writer), -ENXIO);
	assert_int_equal(open_fifo(O_RDONLY | O_NONBLOCK, &reader), 0);
	assert_int_equal(file_poll(reader, NULL), 0); /* no writer yet: not an end */
	assert_int_equal(take(10), 0);
	assert_int_equal(open_fifo(O_WRONLY | O_NONBLOCK, &writer), 0);
	assert_int_equal(take(10), -EAGAIN);
	close_end(&writer);
	assert_int_equal(file_poll(reader, NULL), POLLHUP);
	close_pipe();
	assert_int_equal(open_fifo(O_RDWR, &writer), 0);
	assert_int_equal(open_fifo(O_RDONLY, &reader), 0); /* there is a writer already */
	close_end(&writer);
	assert_int_equal(file_poll(reader, NULL), POLLHUP);
	close_pipe();
	assert_int_equal(open_fifo(O_RDWR, &reader), 0); /* is its own other side */
	close_pipe();
}

static int setup(void **state)
{
	(void)state;
	unit_vfs_init(MIB(16), 0, 0);
	user_account_init();
	pipe_init();
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(results_are_those_of_the_reference),
		cmocka_unit_test(a_long_write_goes_through),
		cmocka_unit_test(a_reader_sleeps_until_there_are_bytes),
		cmocka_unit_test(small_writes_are_not_divided),
		cmocka_unit_test(the_last_reader_ends_the_writers),
		cmocka_unit_test(the_last_writer_ends_the_readers),
		cmocka_unit_test(a_signal_ends_a_wait), cmocka_unit_test(growth_wakes_a_writer),
		cmocka_unit_test(an_ordinary_user_has_a_limit),
		cmocka_unit_test(an_open_of_a_fifo_waits_for_the_other_side))
