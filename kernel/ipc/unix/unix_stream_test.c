// SPDX-License-Identifier: MIT
/*
 * unix_stream_test.c -- the bytes and descriptors of stream sockets against a reference.
 *
 * Idea. Each byte of a stream has a value by its place. The reference keeps the lengths of the
 *   queue's pages, and for each message with a descriptor where it begins and ends: a receive gives
 *   the descriptor with the first byte, and no byte after the end. Random sends, receives and peeks
 *   in one direction; then those that wait, and the ends of a connection.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_unix.h"

#include "core/errno.h"
#include "core/fast_path.h"
#include "mm/slab.h"
#include "mm/user_account.h"
#include "vfs/file/fdtable.h"
#include "vfs/vfs.h"

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/socket.h>

#define BUFFER_MAX (64 * PAGE_SIZE)
#define MARKS 300
#define SOL_SOCKET_LEVEL 1
#define BY_READ 0x80000000U /* with receive flags: read(2), which drops descriptors */

static u64 seed = 31;
static struct file *ends[2]; /* the first one sends */
static int carried;	     /* the descriptor that messages carry */
static u8 outgoing[BUFFER_MAX], incoming[BUFFER_MAX];

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- messages -------------------------------------------------------------------------------- */

struct control {
	struct control_header header;
	int fd, padding;
};

static u64 nr_sent, nr_received;

static u8 value_at(u64 place)
{
	return (u8)(place * 197 + place / 241);
}

static ssize_t send_bytes(size_t len, bool with_fd, unsigned flags)
{
	struct control control = {.header = {sizeof(struct control_header) + sizeof(int),
					     SOL_SOCKET_LEVEL, SCM_RIGHTS},
				  .fd = carried};
	struct socket *socket = socket_of_file(ends[0]);
	struct uio uio;
	struct socket_message message = {.uio = &uio, .flags = flags};
	ssize_t n;

	if (with_fd) {
		message.control = &control;
		message.control_len = sizeof(control);
	}
	for (size_t i = 0; i < len; i++)
		outgoing[i] = value_at(nr_sent + i);
	uio_init_user(&uio, outgoing, len);
	ends[0]->flags = O_RDWR | (flags & MSG_DONTWAIT ? O_NONBLOCK : 0);
	n = with_fd || pick(2) ? socket->ops->send(socket, &message)
			       : file_write(ends[0], &uio, NULL);
	if (n > 0)
		nr_sent += (u64)n;
	return n;
}

/* Receive up to @len bytes, which must be the next ones. *fds: the descriptors that came along. */
static ssize_t receive_bytes(size_t len, unsigned flags, unsigned *fds)
{
	struct control controls[2] = {0};
	struct socket *socket = socket_of_file(ends[1]);
	struct uio uio;
	struct socket_message message = {
		.uio = &uio, .flags = flags, .control = controls, .control_len = sizeof(controls)};
	ssize_t n;

	uio_init_user(&uio, incoming, len);
	ends[1]->flags = O_RDWR | (flags & MSG_DONTWAIT ? O_NONBLOCK : 0);
	n = flags & BY_READ ? file_read(ends[1], &uio, NULL)
			    : socket->ops->receive(socket, &message);
	for (ssize_t i = 0; i < n; i++)
		if (incoming[i] != value_at(nr_received + (u64)i))
			fail_msg("byte %zd of a message is wrong", i);
	*fds = 0;
	if (n > 0 && message.control_len < sizeof(controls)) {
		*fds = (unsigned)(controls[0].header.len - sizeof(struct control_header)) / 4;
		assert_int_equal(*fds, 1);
		assert_int_equal(fd_close(controls[0].fd), 0);
	}
	if (n > 0 && !(flags & MSG_PEEK))
		nr_received += (u64)n;
	return n;
}

/* ---- the reference --------------------------------------------------------------------------- */

static struct {
	size_t len, end; /* unread bytes; where they end in their page */
	bool is_closed;	 /* nothing is added to it */
} pages[128];
static unsigned nr_pages, page_limit;
static struct mark {
	u64 begin, end; /* the message's places in the stream */
} marks[MARKS];
static unsigned nr_marks;

static ssize_t model_send(size_t len, bool with_fd)
{
	size_t done = 0;

	if (!with_fd && nr_pages && !pages[nr_pages - 1].is_closed &&
	    pages[nr_pages - 1].end + len <= PAGE_SIZE) {
		pages[nr_pages - 1].len += len;
		pages[nr_pages - 1].end += len;
		return (ssize_t)len;
	}
	while (done < len && nr_pages < page_limit) {
		size_t part = min(len - done, PAGE_SIZE);

		pages[nr_pages].len = pages[nr_pages].end = part;
		pages[nr_pages++].is_closed = false;
		done += part;
	}
	if (with_fd && done) {
		pages[nr_pages - 1].is_closed = true;
		marks[nr_marks++] = (struct mark){nr_sent, nr_sent + done};
	}
	return done ? (ssize_t)done : -EAGAIN;
}

static void model_drop(size_t len)
{
	while (len) {
		size_t part = min(len, pages[0].len);

		pages[0].len -= part;
		len -= part;
		if (!pages[0].len)
			memmove(pages, pages + 1, --nr_pages * sizeof(pages[0]));
	}
	while (nr_marks && marks[0].begin < nr_received)
		memmove(marks, marks + 1, --nr_marks * sizeof(marks[0]));
}

/* What a receive of @len bytes gives: it ends with the first message that has a descriptor. */
static ssize_t model_receive(size_t len, unsigned *fds)
{
	size_t there = min(len, nr_sent - nr_received);

	*fds = 0;
	if (!there)
		return -EAGAIN;
	if (nr_marks && marks[0].begin < nr_received + there) {
		*fds = 1;
		there = min(there, marks[0].end - nr_received);
	}
	return (ssize_t)there;
}

/* ---- random messages ------------------------------------------------------------------------- */

static void open_pair(void)
{
	assert_int_equal(unix_create_pair(SOCK_STREAM, 0, ends), 0);
	nr_sent = nr_received = nr_pages = nr_marks = 0;
	page_limit = SOCKET_BUFFER_DEFAULT / PAGE_SIZE;
}

static void close_pair(void)
{
	for (unsigned i = 0; i < 2; i++) {
		if (ends[i])
			file_put(ends[i]);
		ends[i] = NULL;
	}
}

static size_t random_length(void)
{
	return 1 + pick(pick(3) ? 300 : pick(2) ? 3 * PAGE_SIZE : 20 * PAGE_SIZE);
}

static void random_send(void)
{
	size_t len = random_length();
	bool with_fd = !pick(4) && nr_marks < MARKS;
	ssize_t expected = model_send(len, with_fd);

	assert_int_equal(send_bytes(len, with_fd, MSG_DONTWAIT), expected);
}

static void random_receive(void)
{
	size_t len = random_length();
	unsigned fds, expected_fds, peek = pick(3) ? 0 : MSG_PEEK;
	unsigned by_read = peek || pick(2) ? 0 : BY_READ;
	ssize_t expected = model_receive(len, &expected_fds);

	assert_int_equal(receive_bytes(len, MSG_DONTWAIT | peek | by_read, &fds), expected);
	assert_int_equal(fds, expected > 0 && !by_read ? expected_fds : 0);
	if (expected > 0 && !peek)
		model_drop((size_t)expected);
}

static void compare(void)
{
	const struct unix_socket *u = ends[1]->data;
	u32 count;

	assert_int_equal(u->stream.nr_pages, nr_pages);
	assert_int_equal(ends[1]->ops->ioctl(ends[1], FIONREAD, (u64)&count), 0);
	assert_int_equal(count, nr_sent - nr_received);
	assert_int_equal(file_poll(ends[1], NULL) & POLLIN, nr_pages ? POLLIN : 0);
	assert_int_equal(file_poll(ends[0], NULL) & POLLOUT,
			 nr_pages * 4 * PAGE_SIZE <= SOCKET_BUFFER_DEFAULT ? POLLOUT : 0);
}

static void messages_are_those_of_the_reference(void **state)
{
	u64 objects, nr_free = 0;
	struct file *file = NULL;

	(void)state;
	assert_int_equal(vfs_open(AT_FDCWD, "/carried", O_CREAT | O_RDWR, 0600, &file), 0);
	carried = fd_install(file, 0, false);
	objects = slab_nr_in_use();
	for (unsigned round = 0; round < 20; round++) {
		fast_paths_off = round % 2 ? ~0U : 0;
		open_pair();
		for (unsigned i = 0; i < 1500; i++) {
			if (pick(2))
				random_send();
			else
				random_receive();
			compare();
		}
		close_pair(); /* with what is in it */
		if (round == 1)
			nr_free = page_alloc_nr_free();
	}
	assert_int_equal(page_alloc_nr_free(), nr_free);
	assert_int_equal(slab_nr_in_use(), objects);
	assert_int_equal(refcount_read(&file->refs), 1);
	assert_int_equal(user_present(&user_account_root, USER_FILES_IN_FLIGHT), 0);
}

/* ---- those that wait ------------------------------------------------------------------------- */

static bool by_pages; /* the receiver takes just a page at a time */

static int receiver_goes_on(u64 deadline_ns)
{
	unsigned fds;

	(void)deadline_ns;
	while (current_thread()->state != THREAD_RUNNING) {
		size_t len = by_pages ? PAGE_SIZE : 1 + pick(5 * PAGE_SIZE);

		assert_true(receive_bytes(len, by_pages || pick(2) ? BY_READ : 0, &fds) > 0);
	}
	return 0;
}

static int sender_goes_on(u64 deadline_ns)
{
	static unsigned nr;

	(void)deadline_ns;
	assert_true(send_bytes(1 + pick(3000), false, 0) > 0);
	return ++nr > 1000 ? -EINTR : 0;
}

static int interrupt(u64 deadline_ns)
{
	(void)deadline_ns;
	return -EINTR;
}

static int time_is_over(u64 deadline_ns)
{
	assert_true(deadline_ns != DEADLINE_NEVER);
	return -ETIMEDOUT;
}

static void a_long_message_goes_through(void **state)
{
	static u8 text[3 * BUFFER_MAX];
	struct socket_message message = {0};
	unsigned fds;
	struct uio uio;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = value_at(i);
	unit_asleep = receiver_goes_on;
	for (unsigned i = 0; i < 2; i++) {
		by_pages = i;
		open_pair();
		nr_sent = sizeof(text);
		uio_init_user(&uio, text, sizeof(text));
		message.uio = &uio;
		unit_nr_sleeps = 0;
		assert_int_equal(unix_stream_send(socket_of_file(ends[0]), &message), sizeof(text));
		assert_in_range(unit_nr_sleeps, 3, 30); /* not for each page */
		while (nr_received < nr_sent)
			assert_true(receive_bytes(BUFFER_MAX, 0, &fds) > 0);
		close_pair();
	}
	unit_asleep = NULL;
}

static void a_receiver_waits_for_enough(void **state)
{
	struct socket *socket;
	unsigned fds;

	(void)state;
	open_pair();
	socket = socket_of_file(ends[1]);
	unit_asleep = sender_goes_on;
	for (unsigned i = 0; i < 20; i++) {
		size_t len = 1 + pick(2 * PAGE_SIZE);

		assert_int_equal(receive_bytes(len, MSG_WAITALL, &fds), len);
	}
	socket->receive_low_bytes = 2000;
	for (unsigned i = 0; i < 20; i++)
		assert_in_range(receive_bytes(5000, 0, &fds), 2000, 5000);
	unit_asleep = interrupt;
	while (receive_bytes(5000, MSG_DONTWAIT, &fds) > 0)
		;
	assert_int_equal(receive_bytes(1, 0, &fds), -ERESTARTSYS);
	assert_int_equal(receive_bytes(1, BY_READ, &fds), -ERESTARTSYS);
	socket->receive_timeout_ns = 5;
	assert_int_equal(receive_bytes(1, 0, &fds), -EINTR); /* its time would begin again */
	unit_asleep = time_is_over;
	assert_int_equal(receive_bytes(1, 0, &fds), -EAGAIN);
	unit_asleep = NULL;
	close_pair();
}

/* ---- ends ------------------------------------------------------------------------------------ */

static unsigned nr_sigpipe;

static void count_signal(int signal)
{
	nr_sigpipe += signal == SIGPIPE;
}

static int shut(unsigned end, int how)
{
	struct socket *socket = socket_of_file(ends[end]);

	return socket->ops->shutdown(socket, how);
}

/* What was sent before a direction ended is received, and then nothing. */
static void a_direction_ends(void **state)
{
	unsigned fds;

	(void)state;
	vfs_set_signal_hook(count_signal);
	unit_current_thread->process = (struct process *)&nr_sigpipe; /* it has one */
	for (unsigned by_receiver = 0; by_receiver < 2; by_receiver++) {
		open_pair();
		assert_int_equal(send_bytes(10, false, 0), 10);
		assert_int_equal(shut(by_receiver, by_receiver ? SHUT_RD : SHUT_WR), 0);
		nr_sigpipe = 0;
		assert_int_equal(send_bytes(1, false, 0), -EPIPE);
		assert_int_equal(nr_sigpipe, 1);
		assert_int_equal(receive_bytes(20, 0, &fds), 10);
		assert_int_equal(receive_bytes(20, 0, &fds), 0);
		assert_int_equal(file_poll(ends[1], NULL) & (POLLRDHUP | POLLHUP), POLLRDHUP);
		close_pair();
	}
}

static int sender_closes(u64 deadline_ns)
{
	(void)deadline_ns;
	file_put(ends[0]);
	ends[0] = NULL;
	return 0;
}

static int receiver_closes(u64 deadline_ns)
{
	(void)deadline_ns;
	file_put(ends[1]);
	ends[1] = NULL;
	return 0;
}

static void the_other_end_closes(void **state)
{
	unsigned fds;
	char c;
	struct uio uio;

	(void)state;
	open_pair();
	unit_asleep = sender_closes;
	assert_int_equal(receive_bytes(1, 0, &fds), 0);
	assert_true(file_poll(ends[1], NULL) & POLLHUP);
	close_pair();
	open_pair();
	assert_int_equal(receive_bytes(1, BY_READ, &fds), 0);
	close_pair();
	/* Bytes that were not read are a reset. */
	open_pair();
	unit_asleep = receiver_closes;
	nr_sigpipe = 0;
	assert_true(send_bytes(BUFFER_MAX, false, 0) > 0);
	assert_int_equal(nr_sigpipe, 0); /* some of it was sent */
	uio_init_user(&uio, &c, 1);
	assert_int_equal(file_read(ends[0], &uio, NULL), -ECONNRESET);
	assert_int_equal(file_read(ends[0], &uio, NULL), 0);
	unit_asleep = NULL;
	close_pair();
}

static void a_socket_without_a_peer_carries_nothing(void **state)
{
	unsigned fds;

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(unix_create(SOCK_STREAM, 0, &ends[i]), 0);
	assert_int_equal(send_bytes(1, false, 0), -ENOTCONN);
	assert_int_equal(receive_bytes(1, 0, &fds), -EINVAL);
	assert_int_equal(receive_bytes(1, BY_READ, &fds), -EINVAL);
	assert_int_equal(file_poll(ends[0], NULL), POLLOUT | POLLWRNORM | POLLWRBAND | POLLHUP);
	close_pair();
}

static int setup(void **state)
{
	(void)state;
	unit_unix_init();
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(messages_are_those_of_the_reference),
		cmocka_unit_test(a_long_message_goes_through),
		cmocka_unit_test(a_receiver_waits_for_enough), cmocka_unit_test(a_direction_ends),
		cmocka_unit_test(the_other_end_closes),
		cmocka_unit_test(a_socket_without_a_peer_carries_nothing))
