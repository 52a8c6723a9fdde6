// SPDX-License-Identifier: MIT
/*
 * unix_packet_test.c -- a few datagram sockets that send to each other, against a reference.
 *
 * Idea. Each packet's bytes follow from its number, so that one which is lost, doubled or changed
 *   is seen. The reference keeps for each socket its peer, its queue and what it has sent that is
 *   not received yet. Sockets connect, part, send with an address and without, receive, peek, close
 *   and come back under the same name; each result must be the reference's.
 */
#include "unit_sleep.h"
#include "unit_test.h"
#include "unit_unix.h"

#include "core/errno.h"
#include "mm/slab.h"

#include <asm/ioctls.h>
#include <linux/sockios.h>

#define NR_SOCKETS 4
#define QUEUE_MAX 64
#define LIMIT 30000 /* bytes that a socket may have sent */
#define BACKLOG 10  /* packets of strangers that a queue takes before it is full */
#define INSIDE 1536 /* bytes of a packet that need no pages */

static u64 seed = 37;

static unsigned pick(unsigned n)
{
	return (unsigned)(unit_random(&seed) % n);
}

/* ---- the reference --------------------------------------------------------------------------- */

struct packet {
	unsigned number, len, from, from_life;
};

static struct model {
	unsigned life; /* how often it was opened */
	int peer;      /* -1: none */
	unsigned peer_life;
	unsigned sent; /* bytes and overhead of packets that exist */
	bool reset;    /* its peer parted from it */
	struct packet queue[QUEUE_MAX];
	unsigned nr_queued;
} models[NR_SOCKETS];
static unsigned overhead; /* of a packet */

static unsigned charge_of(unsigned len)
{
	return overhead + (len <= INSIDE ? len : (unsigned)align_up(len, PAGE_SIZE));
}

static bool has_peer(unsigned s, unsigned peer)
{
	return models[s].peer == (int)peer && models[s].peer_life == models[peer].life;
}

static void model_drop_first(unsigned s)
{
	struct packet *p = &models[s].queue[0];

	if (models[p->from].life == p->from_life)
		models[p->from].sent -= charge_of(p->len);
	memmove(p, p + 1, --models[s].nr_queued * sizeof(*p));
}

static bool model_purge(unsigned s)
{
	bool some = models[s].nr_queued;

	while (models[s].nr_queued)
		model_drop_first(s);
	return some;
}

static int model_connect(unsigned s, int to)
{
	int old = models[s].peer;
	unsigned old_life = models[s].peer_life;
	bool purged = false;

	if (to >= 0 && models[to].peer >= 0 && !has_peer((unsigned)to, s))
		return -EPERM;
	models[s].peer = to;
	models[s].peer_life = to >= 0 ? models[to].life : 0;
	if (old >= 0 && (old != to || old_life != models[s].peer_life))
		purged = model_purge(s);
	if (purged && models[old].life == old_life && has_peer((unsigned)old, s))
		models[old].reset = true;
	return 0;
}

/* @to: -1 for the peer. */
static ssize_t model_send(unsigned s, int to, unsigned number, unsigned len)
{
	struct model *from = &models[s], *target;

	if (to < 0 && from->peer < 0)
		return -ENOTCONN;
	if (len > LIMIT - 32)
		return -EMSGSIZE;
	if (from->sent >= LIMIT)
		return -EAGAIN;
	if (to < 0 && from->peer_life != models[from->peer].life) {
		from->peer = -1; /* it is dead, and forgotten now */
		return -ECONNREFUSED;
	}
	target = &models[to < 0 ? from->peer : to];
	if (target->peer >= 0 && !has_peer((unsigned)(target - models), s))
		return -EPERM;
	if (target->nr_queued > BACKLOG && target->peer < 0)
		return -EAGAIN;
	target->queue[target->nr_queued++] = (struct packet){number, len, s, from->life};
	from->sent += charge_of(len);
	return (ssize_t)len;
}

/* ---- the sockets ----------------------------------------------------------------------------- */

static struct file *files[NR_SOCKETS];

static struct socket_address address_of(unsigned s)
{
	struct socket_address address = {.len = 4};

	address.family = AF_UNIX;
	address.bytes[3] = (u8)('a' + s); /* abstract: it begins with a NUL */
	return address;
}

static void open_socket(unsigned s)
{
	struct socket_address address = address_of(s);

	assert_int_equal(unix_create(SOCK_DGRAM, O_NONBLOCK, &files[s]), 0);
	socket_of_file(files[s])->send_limit_bytes = LIMIT;
	assert_int_equal(socket_of_file(files[s])->ops->bind(socket_of_file(files[s]), &address),
			 0);
	models[s] = (struct model){.life = models[s].life + 1, .peer = -1};
}

static void close_socket(unsigned s)
{
	model_purge(s);
	file_put(files[s]);
}

static u8 byte_of(unsigned number, size_t place)
{
	return (u8)(number * 31 + place * 7 + place / 256);
}

static ssize_t send_packet(unsigned s, int to, unsigned number, unsigned len)
{
	static u8 bytes[2 * LIMIT];
	struct socket_address address = address_of((unsigned)to);
	struct socket *socket = socket_of_file(files[s]);
	struct uio uio;
	struct socket_message message = {
		.uio = &uio, .flags = MSG_DONTWAIT, .address = to < 0 ? NULL : &address};

	for (unsigned i = 0; i < len; i++)
		bytes[i] = byte_of(number, i);
	uio_init_user(&uio, bytes, len);
	return to < 0 && pick(2) ? file_write(files[s], &uio, NULL)
				 : socket->ops->send(socket, &message);
}

/* ---- random operations ----------------------------------------------------------------------- */

static unsigned random_length(void)
{
	switch (pick(8)) {
	case 0:
		return LIMIT - 40 + pick(20);
	case 1:
		return INSIDE - 2 + pick(4);
	case 2:
		return PAGE_SIZE - 2 + pick(PAGE_SIZE);
	default:
		return pick(200);
	}
}

static void random_send(void)
{
	static unsigned number;
	unsigned s = pick(NR_SOCKETS), len = random_length();
	int to = (int)pick(NR_SOCKETS + 2) - 2;

	number++;
	to = max(to, -1);
	assert_int_equal(send_packet(s, to, number, len), model_send(s, to, number, len));
}

static void random_connect(void)
{
	unsigned s = pick(NR_SOCKETS);
	int to = pick(4) ? (int)pick(NR_SOCKETS) : -1;
	struct socket_address address = address_of((unsigned)to);
	struct socket *socket = socket_of_file(files[s]);

	if (to < 0)
		address.family = AF_UNSPEC;
	assert_int_equal(socket->ops->connect(socket, &address, 0), model_connect(s, to));
}

static void check_packet(const struct packet *p, const u8 *got, size_t room, ssize_t n,
			 const struct socket_message *message)
{
	struct socket_address sender = address_of(p->from);
	size_t copied = min(room, (size_t)p->len);

	assert_int_equal(n, message->flags & MSG_TRUNC ? p->len : copied);
	assert_int_equal(message->flags_out & MSG_TRUNC, copied < p->len ? MSG_TRUNC : 0);
	assert_int_equal(message->address->len, sender.len);
	assert_memory_equal(message->address->bytes, sender.bytes, sender.len);
	for (size_t i = 0; i < copied; i++)
		if (got[i] != byte_of(p->number, i))
			fail_msg("byte %zu of a packet is wrong", i);
}

static void random_receive(void)
{
	static u8 got[2 * LIMIT];
	unsigned s = pick(NR_SOCKETS);
	size_t room = pick(2) ? sizeof(got) : random_length();
	struct socket *socket = socket_of_file(files[s]);
	struct socket_address sender;
	struct uio uio;
	struct socket_message message = {.uio = &uio, .address = &sender, .flags = MSG_DONTWAIT};
	ssize_t n;

	message.flags |= (pick(3) ? 0 : MSG_PEEK) | (pick(3) ? 0 : MSG_TRUNC);
	uio_init_user(&uio, got, room);
	n = socket->ops->receive(socket, &message);
	if (models[s].nr_queued) {
		check_packet(&models[s].queue[0], got, room, n, &message);
		if (!(message.flags & MSG_PEEK))
			model_drop_first(s);
		return;
	}
	assert_int_equal(n, models[s].reset ? -ECONNRESET : -EAGAIN);
	models[s].reset = false;
}

static void compare(unsigned s)
{
	const struct model *m = &models[s];
	bool peer_is_full = m->peer >= 0 && m->peer_life == models[m->peer].life &&
			    models[m->peer].nr_queued > BACKLOG && !has_peer((unsigned)m->peer, s);
	u32 events = file_poll(files[s], NULL), count;

	assert_int_equal(files[s]->ops->ioctl(files[s], SIOCOUTQ, (u64)&count), 0);
	assert_int_equal(count, m->sent);
	assert_int_equal(files[s]->ops->ioctl(files[s], FIONREAD, (u64)&count), 0);
	assert_int_equal(count, m->nr_queued ? m->queue[0].len : 0);
	assert_int_equal(events & POLLIN, m->nr_queued ? POLLIN : 0);
	assert_int_equal(events & POLLERR, m->reset ? POLLERR : 0);
	assert_int_equal(events & POLLOUT, m->sent * 4 <= LIMIT && !peer_is_full ? POLLOUT : 0);
}

static void packets_are_those_of_the_reference(void **state)
{
	u64 objects = slab_nr_in_use();

	(void)state;
	for (unsigned s = 0; s < NR_SOCKETS; s++)
		open_socket(s);
	for (unsigned i = 0; i < 40000; i++) {
		unsigned what = pick(100), s = pick(NR_SOCKETS);

		if (what == 0) {
			close_socket(s);
			open_socket(s);
		} else if (what < 8) {
			random_connect();
		} else if (what < 60) {
			random_send();
		} else {
			random_receive();
		}
		compare(pick(NR_SOCKETS));
	}
	for (unsigned s = 0; s < NR_SOCKETS; s++)
		close_socket(s);
	assert_int_equal(slab_nr_in_use(), objects);
}

/* ---- those that wait ------------------------------------------------------------------------- */

static unsigned nr_to_receive;

static int receiver_goes_on(u64 deadline_ns)
{
	static u8 got[PAGE_SIZE];
	struct uio uio;

	(void)deadline_ns;
	do {
		uio_init_user(&uio, got, sizeof(got));
		assert_int_equal(file_read(files[1], &uio, NULL), 100);
		nr_to_receive--;
	} while (current_thread()->state != THREAD_RUNNING);
	return 0;
}

static ssize_t send_waiting(void)
{
	static u8 bytes[100];
	struct socket_address address = address_of(1);
	struct uio uio;
	struct socket_message message = {.uio = &uio, .address = &address};

	uio_init_user(&uio, bytes, sizeof(bytes));
	return socket_of_file(files[0])->ops->send(socket_of_file(files[0]), &message);
}

/* First the queue is full (D2); then, as a peer, the sender's own limit stops it (D1). */
static void a_sender_waits_for_room(void **state)
{
	struct socket_address address = address_of(0);

	(void)state;
	for (unsigned as_peer = 0; as_peer < 2; as_peer++) {
		open_socket(0);
		open_socket(1);
		if (as_peer)
			assert_int_equal(
				unix_packet_ops.connect(socket_of_file(files[1]), &address, 0), 0);
		unit_asleep = receiver_goes_on;
		unit_nr_sleeps = nr_to_receive = 0;
		for (unsigned i = 0; i < 500; i++, nr_to_receive++)
			assert_int_equal(send_waiting(), 100);
		/* not for each packet */
		assert_in_range(unit_nr_sleeps, as_peer ? 2 : 400, as_peer ? 20 : 500);
		assert_in_range(nr_to_receive, 1, as_peer ? LIMIT / 100 : BACKLOG + 1);
		unit_asleep = NULL;
		file_put(files[0]);
		file_put(files[1]);
	}
}

static int receiver_closes(u64 deadline_ns)
{
	(void)deadline_ns;
	file_put(files[1]);
	return 0;
}

static void a_sender_learns_that_the_receiver_is_gone(void **state)
{
	(void)state;
	open_socket(0);
	open_socket(1);
	for (unsigned i = 0; i <= BACKLOG; i++)
		assert_int_equal(send_waiting(), 100);
	unit_asleep = receiver_closes;
	assert_int_equal(send_waiting(), -ECONNREFUSED);
	assert_int_equal(send_waiting(), -ECONNREFUSED);
	unit_asleep = NULL;
	file_put(files[0]);
}

static int setup(void **state)
{
	u32 count;

	(void)state;
	unit_unix_init();
	open_socket(0);
	assert_int_equal(send_packet(0, 0, 1, 0), 0);
	assert_int_equal(files[0]->ops->ioctl(files[0], SIOCOUTQ, (u64)&count), 0);
	overhead = count;
	file_put(files[0]);
	return 0;
}

UNIT_MAIN_AFTER(setup, cmocka_unit_test(packets_are_those_of_the_reference),
		cmocka_unit_test(a_sender_waits_for_room),
		cmocka_unit_test(a_sender_learns_that_the_receiver_is_gone))
