// SPDX-License-Identifier: MIT
/*
 * hostlink.c -- frames, credit and channels on the link to the host command.
 *
 * Idea.  One stream of bytes in each direction carries frames of several channels
 *   (uapi/hostlink_wire.h). A channel's sender sends only what its receiver has granted, so that a
 *   channel which no program reads does not hold up another. The interrupt parses what arrives and
 *   stores it: in a ring for a file, in the terminal's input for the console. A writer copies from
 *   user memory into the slot that the device sends from.
 * Invariants.
 *   H1  Bytes in a channel's ring plus credit granted to the host never exceed the ring's size.
 *   H2  A frame is submitted only after its credit was taken.
 * Ownership.  All lives as long as the kernel; a ring is allocated when its device is first opened.
 * Locks.  channel->lock (device): credit, ring indices, ends. read_lock (pipe): readers, around
 *   their copies.
 * Cost.  A write of up to 16 KiB: one copy and one device access.
 * Tests.  tests/system: binary streams both ways, blocked readers, hang-ups.
 */
#define LOG_SUBSYS "hostlink"
#include "dev/virtio/hostlink.h"

#include "core/assert.h"
#include "core/cmdline.h"
#include "core/errno.h"
#include "core/log.h"
#include "lib/ringbuf.h"
#include "mm/page_alloc.h"
#include "sched/mutex.h"
#include "sched/wake_later.h"
#include "vfs/vfs.h"
#include "vm/uio.h"

#include <asm/poll.h>
#include <asm/signal.h>

#define RING_ORDER_MAX 4 /* 64 KiB: HOSTLINK_CREDIT_WINDOW */

struct SHARED host_channel {
	struct spinlock lock; /* class device                                              */
	u32 send_credit;      /* [lock] bytes the host still takes                         */
	int write_error;      /* [lock] what a writer gets: the host has hung up; 0: not   */
	bool ended;	      /* [lock] the host sends nothing more                        */
	u32 ungranted;	      /* [lock] bytes of room not yet granted to the host          */
	u32 window;	      /* [I] once open: bytes that the host may send ahead         */
	struct ringbuf ring;  /* [lock] bytes not yet read; data NULL: no ring             */
	struct waitq readers, writers; /* [I]                                                  */
	struct wake_later readers_later, writers_later; /* [I] for wake-ups in interrupts     */
	struct mutex read_lock; /* class pipe                                                */
};

/* The incoming frame. Only the interrupt uses it. */
struct hostlink_parser {
	u8 header[HOSTLINK_HEADER_BYTES];
	u32 header_fill;
	u8 message[HOSTLINK_MESSAGE_MAX];
	u32 message_fill;
	u32 payload_left;
	u8 kind, channel;
};

static struct host_channel channels[HOSTLINK_NR_CHANNELS]; /* their fields have tags */
static struct hostlink_parser parser;			   /* [o] of the interrupt */
static const struct hostlink_console *console_client;	   /* [I] after boot; NULL: no terminal */
static bool link_found;					   /* [I] after boot */
static bool link_answered;				   /* [a] the host has sent HELLO */

bool hostlink_present(void)
{
	return link_found;
}

static struct hostlink_header make_header(unsigned kind, unsigned channel, u32 length)
{
	return (struct hostlink_header){.kind = (u8)kind, .channel = (u8)channel, .length = length};
}

/* Send a frame of any kind but DATA. False: no slot is free now. Context: any. */
static bool send_message(unsigned kind, unsigned channel, const void *payload, u32 len)
{
	struct hostlink_header header = make_header(kind, channel, len);
	struct console_slot *slot = virtio_console_slot_try(false);

	debug_assert(sizeof(header) + len <= CONSOLE_SMALL_BYTES && kind != HOSTLINK_DATA);
	if (!slot)
		return false;
	memcpy(slot->data, &header, sizeof(header));
	if (len)
		memcpy(slot->data + sizeof(header), payload, len);
	virtio_console_submit(slot, (u32)sizeof(header) + len);
	virtio_console_flush();
	return true;
}

/*
 * Grant the host the room of a channel if it is at least a quarter of the window. What cannot be
 * sent now is granted with the next.
 */
static void channel_grant(unsigned number)
{
	struct host_channel *c = &channels[number];
	irq_state_t irq = spin_lock_irq_save(&c->lock);
	u32 grant = 0;

	if (READ_ONCE(link_answered) && c->ungranted && c->ungranted >= c->window / 4) {
		grant = c->ungranted;
		c->ungranted = 0;
	}
	spin_unlock_irq_restore(&c->lock, irq);
	if (!grant || send_message(HOSTLINK_CREDIT, number, &grant, sizeof(grant)))
		return;
	irq = spin_lock_irq_save(&c->lock);
	c->ungranted += grant;
	spin_unlock_irq_restore(&c->lock, irq);
}

static void channel_add_room(unsigned number, u32 len)
{
	struct host_channel *c = &channels[number];
	irq_state_t irq = spin_lock_irq_save(&c->lock);

	c->ungranted += len;
	spin_unlock_irq_restore(&c->lock, irq);
	channel_grant(number);
}

/* ---------------------------------------------------------------- receiving: interrupt context */

static void receive_data(unsigned number, const u8 *bytes, u32 len)
{
	struct host_channel *c = &channels[number];
	irq_state_t irq;
	u32 stored;

	if (number == HOSTLINK_CONSOLE) {
		if (console_client)
			console_client->receive(bytes, len);
		return;
	}
	debug_assert(!arch_irq_enabled() && number < HOSTLINK_NR_CHANNELS);
	irq = spin_lock_irq_save(&c->lock);
	stored = c->ring.data ? ringbuf_write(&c->ring, bytes, len) : 0;
	spin_unlock_irq_restore(&c->lock, irq);
	if (stored < len)
		log_warn("channel %u: %u bytes beyond the credit are lost", number, len - stored);
	wake_few_or_later(&c->readers_later, POLLIN | POLLRDNORM);
}

static void receive_credit(unsigned number, u32 amount)
{
	struct host_channel *c = &channels[number];
	irq_state_t irq = spin_lock_irq_save(&c->lock);

	if (__builtin_add_overflow(c->send_credit, amount, &c->send_credit))
		c->send_credit = ~0U;
	spin_unlock_irq_restore(&c->lock, irq);
	wake_few_or_later(&c->writers_later, POLLOUT | POLLWRNORM);
	if (number == HOSTLINK_CONSOLE && console_client)
		console_client->writable();
}

/* The host's sender has ended (@error 0), or its receiver, and a write is to fail with @error. */
static void receive_end(unsigned number, u32 error)
{
	struct host_channel *c = &channels[number];
	irq_state_t irq = spin_lock_irq_save(&c->lock);

	if (error)
		c->write_error = error <= EHWPOISON ? -(int)error : -EPIPE;
	else
		c->ended = true;
	spin_unlock_irq_restore(&c->lock, irq);
	wake_few_or_later(&c->readers_later, 0);
	wake_few_or_later(&c->writers_later, 0);
}

static void receive_hello(void)
{
	WRITE_ONCE(link_answered, true);
	for (unsigned i = 0; i < HOSTLINK_NR_CHANNELS; i++)
		channel_grant(i);
}

static void receive_frame(void)
{
	u32 value = 0;

	memcpy(&value, parser.message, sizeof(value));
	switch (parser.kind) {
	case HOSTLINK_HELLO:
		if (value == HOSTLINK_VERSION)
			receive_hello();
		else
			log_err("the host has version %u of the link, this kernel has %u", value,
				HOSTLINK_VERSION);
		break;
	case HOSTLINK_CREDIT:
		receive_credit(parser.channel, value);
		break;
	case HOSTLINK_EOF:
		receive_end(parser.channel, 0);
		break;
	case HOSTLINK_HANGUP:
		receive_end(parser.channel, value ? value : EPIPE);
		break;
	case HOSTLINK_SIGNAL:
		hostlink_receive_signal(value);
		break;
	case HOSTLINK_WINSIZE:
		if (console_client)
			console_client->resized(
				(const struct hostlink_winsize *)(const void *)parser.message);
		break;
	default:
		break;
	}
}

static size_t parse_header(const u8 *bytes, size_t len)
{
	size_t part = min(len, (size_t)(HOSTLINK_HEADER_BYTES - parser.header_fill));
	struct hostlink_header header;

	debug_assert(parser.header_fill < HOSTLINK_HEADER_BYTES && part);
	memcpy(parser.header + parser.header_fill, bytes, part);
	parser.header_fill += (u32)part;
	if (parser.header_fill < HOSTLINK_HEADER_BYTES)
		return part;
	memcpy(&header, parser.header, sizeof(header));
	if (header.channel >= HOSTLINK_NR_CHANNELS)
		log_err("the host sent a frame for channel %u, which does not exist",
			header.channel);
	parser.kind = header.kind;
	parser.channel = header.channel < HOSTLINK_NR_CHANNELS ? header.channel : HOSTLINK_CONTROL;
	parser.payload_left = header.length;
	parser.message_fill = 0;
	memset(parser.message, 0, sizeof(parser.message));
	return part;
}

static void hostlink_receive(const u8 *bytes, size_t len)
{
	while (len) {
		size_t part;

		if (parser.header_fill < HOSTLINK_HEADER_BYTES) {
			part = parse_header(bytes, len);
		} else {
			part = min(len, (size_t)parser.payload_left);
			if (parser.kind == HOSTLINK_DATA) {
				receive_data(parser.channel, bytes, (u32)part);
			} else {
				for (size_t i = 0;
				     i < part && parser.message_fill < HOSTLINK_MESSAGE_MAX; i++)
					parser.message[parser.message_fill++] = bytes[i];
			}
			parser.payload_left -= (u32)part;
		}
		bytes += part;
		len -= part;
		if (parser.header_fill == HOSTLINK_HEADER_BYTES && !parser.payload_left) {
			receive_frame();
			parser.header_fill = 0;
		}
	}
}

/* Slots are free again: send the credit that waited for one. */
static void hostlink_room(void)
{
	for (unsigned i = 0; i < HOSTLINK_NR_CHANNELS; i++)
		channel_grant(i);
	if (console_client)
		console_client->writable();
}

/*
 * Option hostlink_oneway: the host never sends, so that its timing does not influence the guest. It
 * takes all that is sent, and there is no input.
 */
static void expect_no_answer(void)
{
	for (unsigned i = 0; i < HOSTLINK_NR_CHANNELS; i++)
		receive_credit(i, ~0U);
	receive_end(HOSTLINK_STDIN, 0);
}

static void hostlink_start(void)
{
	u32 version = HOSTLINK_VERSION;

	link_found = true;
	if (cmdline_has("hostlink_oneway"))
		expect_no_answer();
	if (!send_message(HOSTLINK_HELLO, HOSTLINK_CONTROL, &version, sizeof(version)))
		log_err("no memory for the first frame");
}

static const struct virtio_console_client hostlink_client = {
	.start = hostlink_start,
	.receive = hostlink_receive,
	.room = hostlink_room,
};

void hostlink_init(void)
{
	for (unsigned i = 0; i < HOSTLINK_NR_CHANNELS; i++) {
		spin_lock_init(&channels[i].lock, device);
		mutex_init(&channels[i].read_lock, pipe);
		waitq_init(&channels[i].readers);
		waitq_init(&channels[i].writers);
		wake_later_setup(&channels[i].readers_later, &channels[i].readers, false, NULL);
		wake_later_setup(&channels[i].writers_later, &channels[i].writers, false, NULL);
	}
	virtio_console_set_client(&hostlink_client);
}

/* ------------------------------------------------------------------ sending */

/* Take up to @want bytes of credit (H2): the bytes; an error: the host has hung up. */
static ssize_t credit_take(struct host_channel *c, size_t want)
{
	irq_state_t irq = spin_lock_irq_save(&c->lock);
	ssize_t got = c->write_error;

	if (!got) {
		got = (ssize_t)min(want, (size_t)c->send_credit);
		c->send_credit -= (u32)got;
	}
	spin_unlock_irq_restore(&c->lock, irq);
	return got;
}

static void credit_return(struct host_channel *c, size_t amount)
{
	irq_state_t irq = spin_lock_irq_save(&c->lock);

	if (__builtin_add_overflow(c->send_credit, (u32)amount, &c->send_credit))
		c->send_credit = ~0U;
	spin_unlock_irq_restore(&c->lock, irq);
	/* Wake writers that found no credit meanwhile: the host may never grant more. */
	wake_few_or_later(&c->writers_later, POLLOUT | POLLWRNORM);
}

static void submit_data(unsigned number, struct console_slot *slot, size_t len)
{
	struct hostlink_header header = make_header(HOSTLINK_DATA, number, (u32)len);

	debug_assert(len && sizeof(header) + len <= slot->size_bytes);
	memcpy(slot->data, &header, sizeof(header));
	virtio_console_submit(slot, (u32)(sizeof(header) + len));
}

/* Submit one frame with bytes of @uio: their number, 0 (no credit), or an error. */
static ssize_t write_frame(unsigned number, struct uio *uio)
{
	struct host_channel *c = &channels[number];
	size_t copied;
	struct console_slot *slot;
	ssize_t got = credit_take(c, min(uio->left_bytes,
					 (size_t)(CONSOLE_LARGE_BYTES - HOSTLINK_HEADER_BYTES)));
	int err;

	if (got <= 0)
		return got;
	err = virtio_console_slot_wait(&slot);
	if (err) {
		credit_return(c, (size_t)got);
		return err == -EINTR ? -ERESTARTSYS : err;
	}
	copied = uio_copy_out(uio, slot->data + HOSTLINK_HEADER_BYTES, (size_t)got);
	if (copied < (size_t)got)
		credit_return(c, (size_t)got - copied);
	if (!copied) {
		virtio_console_submit(slot, 0);
		return -EFAULT;
	}
	submit_data(number, slot, copied);
	return (ssize_t)copied;
}

ssize_t hostlink_write(unsigned channel, struct uio *uio, bool nonblock)
{
	struct host_channel *c = &channels[channel];
	ssize_t total = 0, n = 0;

	while (uio->left_bytes) {
		n = write_frame(channel, uio);
		if (n > 0) {
			total += n;
			continue;
		}
		if (!n && nonblock)
			n = -EAGAIN;
		if (n < 0)
			break;
		virtio_console_flush();
		n = WAIT_EVENT(&c->writers, READ_ONCE(c->send_credit) || READ_ONCE(c->write_error),
			       DEADLINE_NEVER);
		if (n < 0) {
			n = -ERESTARTSYS;
			break;
		}
	}
	virtio_console_flush();
	if (n == -EPIPE && !total)
		vfs_send_signal(SIGPIPE);
	return total ? total : n;
}

size_t hostlink_console_write(const void *data, size_t len_bytes)
{
	struct host_channel *c = &channels[HOSTLINK_CONSOLE];
	struct console_slot *slot;
	ssize_t got;

	if (!link_found)
		return len_bytes;
	got = credit_take(c, min(len_bytes, (size_t)(CONSOLE_LARGE_BYTES - HOSTLINK_HEADER_BYTES)));
	if (got < 0)
		return len_bytes; /* the host has hung up: drop them */
	if (!got)
		return 0;
	slot = virtio_console_slot_try(true);
	if (!slot) {
		credit_return(c, (size_t)got);
		return 0;
	}
	memcpy(slot->data + HOSTLINK_HEADER_BYTES, data, (size_t)got);
	submit_data(HOSTLINK_CONSOLE, slot, (size_t)got);
	virtio_console_flush();
	return (size_t)got;
}

int hostlink_send_control(unsigned kind, const void *payload, u32 len_bytes)
{
	if (!link_found)
		return -ENODEV;
	if (kind < HOSTLINK_EXIT || kind > HOSTLINK_KIND_LAST || kind == HOSTLINK_ALIVE ||
	    kind == HOSTLINK_SIGNAL || len_bytes > HOSTLINK_MESSAGE_MAX)
		return -EINVAL;
	/*
	 * The host takes nothing after the end of the main program: send the terminal's output
	 * first.
	 */
	if (kind != HOSTLINK_READY && console_client)
		console_client->drain();
	while (!send_message(kind, HOSTLINK_CONTROL, payload, len_bytes)) {
		virtio_console_drain();
		if (thread_kill_pending(current_thread()))
			return -EINTR;
	}
	if (kind != HOSTLINK_READY)
		virtio_console_drain();
	return 0;
}

void hostlink_send_alive(const struct hostlink_alive *alive)
{
	if (READ_ONCE(link_answered))
		send_message(HOSTLINK_ALIVE, HOSTLINK_CONTROL, alive, sizeof(*alive));
}

/* ------------------------------------------------------------------ reading */

int hostlink_open_receive(unsigned channel)
{
	struct host_channel *c = &channels[channel];
	struct page *page = NULL;
	unsigned order = RING_ORDER_MAX + 1;
	int err = 0;

	mutex_lock(&c->read_lock);
	if (!c->ring.data) {
		do
			err = page_alloc(--order, PAGE_KERNEL, &page);
		while (err && order);
		if (!err) {
			irq_state_t irq = spin_lock_irq_save(&c->lock);

			ringbuf_init(&c->ring, page_to_virt(page), (u32)(PAGE_SIZE << order));
			c->window = c->ring.size;
			spin_unlock_irq_restore(&c->lock, irq);
			channel_add_room(channel, c->ring.size); /* H1 */
		}
	}
	mutex_unlock(&c->read_lock);
	return err;
}

/* Copy bytes from the ring to @uio: their number, 0 (there are none), -EFAULT. Locks: read_lock. */
static ssize_t read_available(struct host_channel *c, struct uio *uio) REQUIRES(c->read_lock)
{
	size_t total = 0;
	u32 span;

	assert_mutex_held(&c->read_lock);
	while (uio->left_bytes) {
		irq_state_t irq = spin_lock_irq_save(&c->lock);
		const u8 *from = ringbuf_read_span(&c->ring, &span);
		size_t part = min((size_t)span, uio->left_bytes), copied;

		spin_unlock_irq_restore(&c->lock, irq);
		if (!part)
			break;
		/* only readers move the tail, and read_lock is held */
		copied = uio_copy_in(uio, from, part);
		irq = spin_lock_irq_save(&c->lock);
		ringbuf_consumed(&c->ring, (u32)copied);
		spin_unlock_irq_restore(&c->lock, irq);
		total += copied;
		if (copied < part)
			return total ? (ssize_t)total : -EFAULT;
	}
	return (ssize_t)total;
}

ssize_t hostlink_read(unsigned channel, struct uio *uio, bool nonblock)
{
	struct host_channel *c = &channels[channel];
	ssize_t n;

	if (!c->ring.data)
		return -EIO;
	while (uio->left_bytes) {
		mutex_lock(&c->read_lock);
		n = read_available(c, uio);
		mutex_unlock(&c->read_lock);
		if (n > 0)
			channel_add_room(channel, (u32)n);
		if (n)
			return n;
		if (READ_ONCE(c->ended) && !hostlink_readable(channel))
			return 0;
		if (nonblock)
			return -EAGAIN;
		if (WAIT_EVENT(&c->readers, hostlink_readable(channel) || READ_ONCE(c->ended),
			       DEADLINE_NEVER))
			return -ERESTARTSYS;
	}
	return 0;
}

u32 hostlink_readable(unsigned channel)
{
	struct host_channel *c = &channels[channel];
	irq_state_t irq = spin_lock_irq_save(&c->lock);
	u32 count = c->ring.data ? ringbuf_count(&c->ring) : 0;

	spin_unlock_irq_restore(&c->lock, irq);
	return count;
}

u32 hostlink_poll_events(unsigned channel)
{
	struct host_channel *c = &channels[channel];
	u32 events = 0;

	if (channel == HOSTLINK_STDIN) {
		if (hostlink_readable(channel))
			events |= POLLIN | POLLRDNORM;
		else if (READ_ONCE(c->ended))
			events |= POLLIN | POLLRDNORM | POLLHUP;
		return events;
	}
	if (READ_ONCE(c->send_credit))
		events |= POLLOUT | POLLWRNORM;
	if (READ_ONCE(c->write_error))
		events |= POLLOUT | POLLERR;
	return events;
}

struct waitq *hostlink_read_queue(unsigned channel)
{
	return &channels[channel].readers;
}

struct waitq *hostlink_write_queue(unsigned channel)
{
	return &channels[channel].writers;
}

/* ------------------------------------------------------------------ the terminal's channel */

void hostlink_console_attach(const struct hostlink_console *terminal, u32 window_bytes)
{
	channels[HOSTLINK_CONSOLE].window = window_bytes;
	console_client = terminal;
	channel_add_room(HOSTLINK_CONSOLE, window_bytes);
}

void hostlink_console_consumed(u32 len_bytes)
{
	channel_add_room(HOSTLINK_CONSOLE, len_bytes);
}
