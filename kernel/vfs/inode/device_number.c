// SPDX-License-Identifier: MIT
/* device_number.c -- the registry of character devices. A device that is registered stays. */
#include "vfs/inode/device_number.h"

#include "core/assert.h"
#include "core/errno.h"
#include "mm/kmalloc.h"

struct SHARED char_device {
	dev_t device;		    /* [I] */
	const char *name;	    /* [I] static text, or NULL */
	mode_t mode;		    /* [I] */
	const struct file_ops *ops; /* [I] */
	void *data;		    /* [I] */
	struct char_device *next;   /* [devices_lock] */
};

static struct spinlock devices_lock = SPINLOCK_INIT(leaf);
static struct char_device *devices; /* [devices_lock] in the order of registration */
static void (*listener)(const char *name, dev_t device, mode_t mode); /* [devices_lock] */

/* The link to @device, or the end of the list. Locks: devices_lock held. */
static struct char_device **place_of(dev_t device) REQUIRES(devices_lock)
{
	struct char_device **place;

	assert_spin_held(&devices_lock);
	for (place = &devices; *place && (*place)->device != device; place = &(*place)->next)
		;
	return place;
}

int char_device_register(dev_t device, const char *name, mode_t mode, const struct file_ops *ops,
			 void *data)
{
	struct char_device *entry = kmalloc(sizeof(*entry), 0), **place;
	void (*added)(const char *name, dev_t device, mode_t mode);

	if (!entry)
		return -ENOMEM;
	*entry = (struct char_device){device, name, mode, ops, data, NULL};
	spin_lock(&devices_lock);
	place = place_of(device);
	if (*place) {
		spin_unlock(&devices_lock);
		kfree(entry);
		return -EBUSY;
	}
	*place = entry;
	added = listener;
	spin_unlock(&devices_lock);
	if (added && name)
		added(name, device, mode);
	return 0;
}

int char_device_find(dev_t device, const struct file_ops **ops, void **data)
{
	struct char_device *entry;

	spin_lock(&devices_lock);
	entry = *place_of(device);
	spin_unlock(&devices_lock);
	if (!entry)
		return -ENXIO;
	*ops = entry->ops;
	*data = entry->data;
	return 0;
}

bool char_device_at(unsigned index, const char **name, dev_t *device, mode_t *mode)
{
	struct char_device *entry;

	spin_lock(&devices_lock);
	for (entry = devices; entry; entry = entry->next)
		if (entry->name && index-- == 0)
			break;
	spin_unlock(&devices_lock);
	if (!entry)
		return false;
	*name = entry->name;
	*device = entry->device;
	*mode = entry->mode;
	return true;
}

void char_device_set_listener(void (*added)(const char *name, dev_t device, mode_t mode))
{
	spin_lock(&devices_lock);
	listener = added;
	spin_unlock(&devices_lock);
}
