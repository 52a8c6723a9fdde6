// SPDX-License-Identifier: MIT
/*
 * virtio_console.c -- one port of a virtio console (VIRTIO 1.1, 5.3) as a stream of bytes.
 *
 * Idea.  Sending: the caller fills a slot (contiguous memory, so that the host writes it with one
 *   call), submits it, and flushes once for all that it has submitted: one device access. Used
 *   slots are reclaimed when a slot is needed, without interrupts; a caller that finds no free slot
 *   enables them. Receiving: pages wait in the receive queue. The interrupt passes the bytes of a
 *   page to the client and offers the page again.
 * Invariants.
 *   C1  A slot is in a free list, with a caller between get and submit, or in the transmit queue.
 * Ownership.  Slots and pages live as long as the kernel.
 * Locks.  console.lock (device): the transmit queue and the free lists. The receive queue belongs
 *   to the interrupt.
 * Cost.  A send of up to 16 KiB: about 100 instructions, a copy, one device access.
 */
#define LOG_SUBSYS "console"
#include "dev/virtio/virtio_console.h"

#include "core/assert.h"
#include "core/log.h"
#include "dev/virtio/virtio_console_port.h"
#include "mm/page_alloc.h"
#include "sched/wake_later.h"

#include <linux/errno.h>
#include <linux/virtio_console.h>
#include <linux/virtio_ids.h>

#define NR_LARGE 8
#define NR_SMALL 32
#define LARGE_ORDER 2
#define NR_RECEIVE 8

struct SHARED virtio_console {
	struct spinlock lock;			    /* class device                            */
	struct virtqueue *transmit;		    /* [lock]                                  */
	struct virtqueue *receive;		    /* [o] of the interrupt                    */
	struct list_node free_large, free_small;    /* [lock] of slots                        */
	u32 nr_in_flight;			    /* [lock] slots in the transmit queue      */
	u32 nr_waiting;				    /* [lock] threads that need interrupts     */
	bool client_wants_room;			    /* [lock] client->room is to be called     */
	struct waitq room;			    /* [I] those threads                       */
	struct wake_later room_later;		    /* [I] for wake-ups in interrupts          */
	const struct virtio_console_client *client; /* [I]                                 */
	struct console_slot slots[NR_LARGE + NR_SMALL]; /* [lock]                          */
};

static struct virtio_console console = {.lock = SPINLOCK_INIT(device)};

void virtio_console_set_client(const struct virtio_console_client *client)
{
	console.client = client;
}

/* Move the slots that the device has sent to the free lists. */
static void console_reclaim(void) REQUIRES(console.lock)
{
	struct console_slot *slot;

	assert_spin_held(&console.lock);
	while ((slot = virtqueue_take_used(console.transmit, NULL))) {
		debug_assert(console.nr_in_flight); /* C1 */
		console.nr_in_flight--;
		list_add_first(slot->size_bytes == CONSOLE_SMALL_BYTES ? &console.free_small
								       : &console.free_large,
			       &slot->node);
	}
}

static struct console_slot *console_take(bool large) REQUIRES(console.lock)
{
	struct list_node *list = large ? &console.free_large : &console.free_small;
	struct list_node *node;

	assert_spin_held(&console.lock);
	if (console.nr_in_flight)
		console_reclaim();
	node = list_pop_first(list);
	return node ? list_entry(node, struct console_slot, node) : NULL;
}

struct console_slot *virtio_console_slot_try(bool large)
{
	struct console_slot *slot;
	irq_state_t irq;

	if (!console.transmit)
		return NULL;
	irq = spin_lock_irq_save(&console.lock);
	slot = console_take(large);
	if (!slot) {
		console.client_wants_room = true;
		virtqueue_interrupts_enable(console.transmit);
		slot = console_take(large); /* no interrupt comes for those sent before */
	}
	spin_unlock_irq_restore(&console.lock, irq);
	return slot;
}

/* A free large slot, or NULL: the condition of a wait. */
static bool console_take_large(struct console_slot **out)
{
	irq_state_t irq = spin_lock_irq_save(&console.lock);

	*out = console_take(true);
	spin_unlock_irq_restore(&console.lock, irq);
	return *out;
}

/* One more (or one less) thread needs interrupts of the transmit queue. */
static void console_want_interrupts(bool more)
{
	irq_state_t irq = spin_lock_irq_save(&console.lock);

	debug_assert(more || console.nr_waiting);
	console.nr_waiting += more ? 1U : -1U;
	if (more)
		virtqueue_interrupts_enable(console.transmit);
	else if (!console.nr_waiting && !console.client_wants_room)
		virtqueue_interrupts_disable(console.transmit);
	spin_unlock_irq_restore(&console.lock, irq);
}

int virtio_console_slot_wait(struct console_slot **out)
{
	int err;

	if (!console.transmit)
		return -ENODEV;
	if (console_take_large(out))
		return 0;
	virtio_console_flush();
	console_want_interrupts(true);
	err = WAIT_EVENT(&console.room, console_take_large(out), DEADLINE_NEVER);
	console_want_interrupts(false);
	return err;
}

/* Slots may be free again: wake the threads and the client that wait for one. Context: any. */
static void console_announce_room(void)
{
	irq_state_t irq = spin_lock_irq_save(&console.lock);
	bool wanted = console.client_wants_room;

	console.client_wants_room = false;
	if (!console.nr_waiting)
		virtqueue_interrupts_disable(console.transmit);
	spin_unlock_irq_restore(&console.lock, irq);
	wake_few_or_later(&console.room_later, 0);
	if (wanted)
		console.client->room();
}

void virtio_console_submit(struct console_slot *slot, u32 len_bytes)
{
	struct virtqueue_buffer buffer = {.data = slot->data, .len_bytes = len_bytes};
	irq_state_t irq = spin_lock_irq_save(&console.lock);
	bool is_sent = len_bytes && virtqueue_add(console.transmit, &buffer, 1, 0, slot) == 0;

	debug_assert(len_bytes <= slot->size_bytes);
	debug_assert(is_sent == (len_bytes != 0)); /* there are fewer slots than descriptors */
	if (is_sent)
		console.nr_in_flight++;
	else
		list_add_first(slot->size_bytes == CONSOLE_SMALL_BYTES ? &console.free_small
								       : &console.free_large,
			       &slot->node);
	spin_unlock_irq_restore(&console.lock, irq);
	if (!is_sent) /* no interrupt will come for this one */
		console_announce_room();
}

void virtio_console_flush(void)
{
	irq_state_t irq;
	bool notify;

	if (!console.transmit)
		return;
	irq = spin_lock_irq_save(&console.lock);
	notify = virtqueue_publish(console.transmit);
	spin_unlock_irq_restore(&console.lock, irq);
	if (notify) /* slow, so without the lock */
		virtqueue_notify(console.transmit);
}

static bool console_is_drained(void)
{
	irq_state_t irq = spin_lock_irq_save(&console.lock);
	bool drained;

	console_reclaim();
	drained = !console.nr_in_flight;
	spin_unlock_irq_restore(&console.lock, irq);
	return drained;
}

void virtio_console_drain(void)
{
	if (!console.transmit)
		return;
	virtio_console_flush();
	if (console_is_drained())
		return;
	console_want_interrupts(true);
	ignore_result(WAIT_EVENT_KILLABLE(&console.room, console_is_drained()),
		      "killed: then it is left to itself");
	console_want_interrupts(false);
}

static void console_transmit_done(struct virtqueue *vq)
{
	if (console.transmit) /* else the port has not been chosen yet */
		console_announce_room();
}

static void console_offer(struct virtqueue *vq, void *page)
{
	struct virtqueue_buffer buffer = {.data = page, .len_bytes = PAGE_SIZE};

	ignore_result(virtqueue_add(vq, &buffer, 0, 1, page),
		      "there are fewer frames than descriptors");
}

static void console_receive_done(struct virtqueue *vq)
{
	void *page;
	u32 len;

	while ((page = virtqueue_take_used(vq, &len))) {
		debug_assert(console.client);
		console.client->receive(page, min(len, (u32)PAGE_SIZE));
		console_offer(vq, page);
	}
	virtqueue_kick_if_starved(vq);
}

static int console_alloc_slots(void)
{
	struct page *page;
	u8 *small;

	for (unsigned i = 0; i < NR_LARGE; i++) {
		struct console_slot *slot = &console.slots[i];

		if (page_alloc(LARGE_ORDER, PAGE_KERNEL, &page)) {
			if (!i)
				return -ENOMEM;
			break; /* fewer are enough */
		}
		slot->data = page_to_virt(page);
		slot->size_bytes = CONSOLE_LARGE_BYTES;
		list_add_last(&console.free_large, &slot->node);
	}
	page = page_alloc_one(PAGE_KERNEL);
	if (!page)
		return -ENOMEM;
	small = page_to_virt(page);
	for (unsigned i = 0; i < NR_SMALL; i++) {
		struct console_slot *slot = &console.slots[NR_LARGE + i];

		slot->data = small + i * CONSOLE_SMALL_BYTES;
		slot->size_bytes = CONSOLE_SMALL_BYTES;
		list_add_last(&console.free_small, &slot->node);
	}
	return 0;
}

static int virtio_console_probe(struct virtio_device *device)
{
	struct virtio_console_port port;
	int err;

	if (console.transmit || !console.client)
		return -EBUSY; /* only the first console is used */
	waitq_init(&console.room);
	wake_later_setup(&console.room_later, &console.room, false, NULL);
	list_init(&console.free_large);
	list_init(&console.free_small);
	err = console_alloc_slots();
	if (err)
		return err;
	err = virtio_console_port_choose(device, console_receive_done, console_transmit_done,
					 &port);
	if (err)
		return err;
	console.receive = port.receive;
	for (unsigned i = 0; i < NR_RECEIVE; i++) {
		struct page *page = page_alloc_one(PAGE_KERNEL);

		if (page)
			console_offer(console.receive, page_to_virt(page));
	}
	virtqueue_kick(console.receive);
	virtqueue_interrupts_disable(port.transmit);
	console.transmit = port.transmit;
	virtio_console_port_open(&port);
	console.client->start();
	return 0;
}

const struct virtio_driver virtio_console_driver = {
	.device_id = VIRTIO_ID_CONSOLE,
	.features = BIT(VIRTIO_CONSOLE_F_MULTIPORT),
	.probe = virtio_console_probe,
};
