// SPDX-License-Identifier: MIT
/*
 * virtqueue.c -- split virtqueues, and the set-up of virtio devices.
 *
 * Idea.  A queue is three arrays in memory that driver and device share: descriptors, chains that
 *   the driver offers, chains that the device has used. Adding a chain only writes memory. A kick
 *   publishes all chains added since the last one with one store and at most one device access,
 *   which is the expensive part on an emulated machine.
 * Invariants.
 *   V1  A descriptor is either in the free list or in a chain whose head has a token.
 *   V2  available->idx == published_index <= available_index (modulo 2^16).
 * Ownership.  Queues live as long as the kernel.
 * Locks.  The driver's: see virtqueue.h.
 * Cost.  Add and take: about 30 instructions.
 * See also.  Virtual I/O Device (VIRTIO) 1.1, 2.6 and 3.1.
 */
#define LOG_SUBSYS "virtio"
#include "dev/virtio/virtqueue.h"

#include "core/assert.h"
#include "core/log.h"
#include "mm/kmalloc.h"
#include "mm/page_alloc.h"
#include "sched/sched.h"
#include "time/clock.h"

#include <linux/errno.h>
#include <linux/virtio_config.h>

#define NO_DESCRIPTOR 0xffff
/*
 * A device answers at once, or when the host gives it a CPU: on a busy host that takes a while, and
 * longer if this guest keeps the CPU. So a driver's looks follow one another closely at first, and
 * then there are sleeps between them. They are counted, because the clock also goes on while the
 * host stops device and guest.
 */
#define BUSY_LOOKS 40
#define BUSY_STEP_NS (50 * NS_PER_US)
#define SLEEPING_LOOKS 10000
#define SLEEPING_STEP_NS NS_PER_MS

int virtqueue_add(struct virtqueue *vq, const struct virtqueue_buffer *buffers, unsigned nr_out,
		  unsigned nr_in, void *token)
{
	unsigned count = nr_out + nr_in;
	u16 head = vq->free_head, at = head;
	struct vring_desc *d = NULL;

	if (!count || count > vq->nr_free)
		return -ENOSPC;
	debug_assert(!vq->tokens[head] && token); /* V1 */
	for (unsigned i = 0; i < count; i++) {
		debug_assert(at < vq->size); /* V1: the free list has nr_free descriptors */
		d = &vq->descriptors[at];
		d->addr = virt_to_phys(buffers[i].data);
		d->len = buffers[i].len_bytes;
		d->flags = VRING_DESC_F_NEXT;
		if (i >= nr_out)
			d->flags |= VRING_DESC_F_WRITE;
		at = d->next;
	}
	d->flags &= (u16)~VRING_DESC_F_NEXT;
	vq->free_head = at;
	vq->nr_free = (u16)(vq->nr_free - count);
	vq->tokens[head] = token;
	vq->available->ring[vq->available_index % vq->size] = head;
	vq->available_index++;
	return 0;
}

bool virtqueue_publish(struct virtqueue *vq)
{
	debug_assert(vq->available->idx == vq->published_index);		    /* V2 */
	debug_assert((u16)(vq->available_index - vq->published_index) <= vq->size); /* V2 */
	if (vq->published_index == vq->available_index)
		return false;
	/*
	 * Release: ring entries and descriptors are written before the index that covers them; the
	 * device reads in the opposite order.
	 */
	__atomic_store_n(&vq->available->idx, vq->available_index, __ATOMIC_RELEASE);
	vq->published_index = vq->available_index; /* V2 */
	/*
	 * The store of our index before the loads of the device's flags or used index; pairs with
	 * the device's barrier between its stores to those and its load of our index (2.6.13.4.1).
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !(READ_ONCE(vq->used->flags) & VRING_USED_F_NO_NOTIFY);
}

void virtqueue_notify(struct virtqueue *vq)
{
	vq->device->transport->notify(vq);
}

void virtqueue_kick(struct virtqueue *vq)
{
	if (virtqueue_publish(vq))
		virtqueue_notify(vq);
}

void virtqueue_kick_if_starved(struct virtqueue *vq)
{
	u16 known = vq->published_index;

	if (virtqueue_publish(vq) && READ_ONCE(vq->used->idx) == known)
		virtqueue_notify(vq);
}

void *virtqueue_take_used(struct virtqueue *vq, u32 *len_bytes)
{
	const struct vring_used_elem *element;
	unsigned count = 1;
	u16 head, at;
	void *token;

	/*
	 * Acquire: the element is read after the index that covers it; the device writes in the
	 * opposite order.
	 */
	if (__atomic_load_n(&vq->used->idx, __ATOMIC_ACQUIRE) == vq->used_index)
		return NULL;
	element = &vq->used->ring[vq->used_index % vq->size];
	head = (u16)READ_ONCE(element->id);
	if (len_bytes)
		*len_bytes = READ_ONCE(element->len);
	vq->used_index++;
	if (head >= vq->size || !vq->tokens[head]) {
		log_err("queue %u: the device returned a chain that is not there: %u", vq->index,
			head);
		return NULL;
	}
	token = vq->tokens[head];
	vq->tokens[head] = NULL;
	for (at = head; vq->descriptors[at].flags & VRING_DESC_F_NEXT;
	     at = vq->descriptors[at].next)
		count++;
	vq->descriptors[at].next = vq->free_head; /* V1 */
	vq->free_head = head;
	vq->nr_free = (u16)(vq->nr_free + count);
	debug_assert(vq->nr_free <= vq->size); /* V1 */
	return token;
}

void virtqueue_interrupts_enable(struct virtqueue *vq)
{
	WRITE_ONCE(vq->available->flags, 0);
	/*
	 * The store of our flag before the caller's next load of used->idx; pairs with the device's
	 * barrier between its store to used->idx and its load of our flag.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void virtqueue_interrupts_disable(struct virtqueue *vq)
{
	WRITE_ONCE(vq->available->flags, VRING_AVAIL_F_NO_INTERRUPT);
}

/* Place the queue's three arrays in one zeroed page at @page. */
static void virtqueue_layout(struct virtqueue *vq, void *page)
{
	u8 *at = page;

	vq->descriptors = (struct vring_desc *)at;
	at += sizeof(struct vring_desc) * vq->size;
	vq->available = (struct vring_avail *)at;
	at += sizeof(struct vring_avail) + sizeof(u16) * (vq->size + 1U);
	vq->used = (struct vring_used *)align_up((u64)at, 8);
	debug_assert((u8 *)&vq->used->ring[vq->size] + sizeof(u16) <= (u8 *)page + PAGE_SIZE);
	for (unsigned i = 0; i < vq->size; i++)
		vq->descriptors[i].next = (u16)(i + 1 < vq->size ? i + 1 : NO_DESCRIPTOR);
	vq->nr_free = vq->size;
}

int virtio_queue_create(struct virtio_device *device, unsigned index,
			void (*callback)(struct virtqueue *vq), struct virtqueue **out)
{
	u32 size = device->transport->queue_size_max(device, index);
	struct virtqueue *vq;
	struct page *page;
	int err;

	/* The indices of the rings run freely: 2.6 asks for a power of two. */
	if (!size || size & (size - 1) || index >= VIRTIO_QUEUES_MAX)
		return -ENODEV;
	vq = kzalloc(sizeof(*vq), 0);
	if (!vq)
		return -ENOMEM;
	page = page_alloc_one(PAGE_KERNEL | PAGE_ZERO);
	if (!page) {
		kfree(vq);
		return -ENOMEM;
	}
	vq->device = device;
	vq->index = (u16)index;
	vq->size = (u16)min(size, (u32)VIRTQUEUE_SIZE_MAX);
	vq->callback = callback;
	virtqueue_layout(vq, page_to_virt(page));
	if (!callback)
		virtqueue_interrupts_disable(vq);
	err = device->transport->queue_start(device, vq);
	if (err) {
		page_put(page);
		kfree(vq);
		return err;
	}
	device->queues[index] = vq;
	*out = vq;
	return 0;
}

void virtio_device_interrupt(struct virtio_device *device)
{
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
		if (device->queues[i] && device->queues[i]->callback)
			device->queues[i]->callback(device->queues[i]);
}

void virtio_device_start(struct virtio_device *device)
{
	u8 status = device->transport->status_get(device);

	device->transport->status_set(device, status | VIRTIO_CONFIG_S_DRIVER_OK);
}

bool virtio_pause(unsigned *nr_looks)
{
	unsigned nr = (*nr_looks)++;

	if (nr < BUSY_LOOKS) {
		clock_delay_ns(BUSY_STEP_NS);
		return true;
	}
	if (nr >= BUSY_LOOKS + SLEEPING_LOOKS)
		return false;
	sched_sleep_prepare(THREAD_UNINTERRUPTIBLE);
	ignore_result(sched_sleep(clock_monotonic_ns() + SLEEPING_STEP_NS), "a pause, no more");
	sched_sleep_finish();
	return true;
}

#define CONFIG_TRIES 100 /* a configuration that changes more often has no value */

u64 virtio_config_read(struct virtio_device *device, unsigned offset, unsigned size)
{
	const struct virtio_transport *t = device->transport;
	u32 before = t->config_generation(device);
	u64 value = 0;

	for (unsigned i = 0; i < CONFIG_TRIES; i++) {
		u32 after;

		/* Longer fields are read in parts of 32 bits. */
		value = t->config_read(device, offset, min(size, 4U));
		if (size == 8)
			value |= (u64)t->config_read(device, offset + 4, 4) << 32;
		after = t->config_generation(device);
		if (after == before)
			break;
		before = after;
	}
	return value;
}

/* A reset has ended when the status reads 0 (4.1.4.3.2, 4.2.2.2). */
int virtio_device_reset(struct virtio_device *device)
{
	unsigned nr_looks = 0;

	device->transport->status_set(device, 0);
	while (device->transport->status_get(device))
		if (!virtio_pause(&nr_looks))
			return -ETIMEDOUT;
	return 0;
}

/* Reset the device, negotiate features, let the driver create its queues: 3.1.1. */
static int virtio_device_bind(struct virtio_device *device, const struct virtio_driver *driver)
{
	const struct virtio_transport *t = device->transport;
	u64 wanted = driver->features | BIT(VIRTIO_F_VERSION_1);
	u8 status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	int err = virtio_device_reset(device);

	if (err)
		return err;
	t->status_set(device, status);
	device->features = t->features_get(device) & wanted;
	if (!(device->features & BIT(VIRTIO_F_VERSION_1))) {
		log_warn("device %u speaks only the legacy interface", device->device_id);
		return -ENODEV;
	}
	t->features_set(device, device->features);
	status |= VIRTIO_CONFIG_S_FEATURES_OK;
	t->status_set(device, status);
	if (!(t->status_get(device) & VIRTIO_CONFIG_S_FEATURES_OK))
		return -ENODEV;
	err = t->interrupt_route(device);
	if (!err)
		err = driver->probe(device);
	return err == -ENODEV ? -EIO : err; /* the interrupt's handler refers to the device */
}

int virtio_device_add(struct virtio_device *device, const struct virtio_driver *const *drivers)
{
	int err;

	for (; *drivers; drivers++) {
		if ((*drivers)->device_id != device->device_id)
			continue;
		err = virtio_device_bind(device, *drivers);
		if (err) {
			log_err("device %u cannot be used: error %d", device->device_id, -err);
			device->transport->status_set(device, VIRTIO_CONFIG_S_FAILED);
		}
		return err;
	}
	return -ENODEV;
}
