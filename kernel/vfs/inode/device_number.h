/* SPDX-License-Identifier: MIT */
/*
 * Device numbers, encoded as Linux shows them (makedev(3)), and the registry of character devices.
 */
#pragma once

#include "vfs/file/file.h"

static inline dev_t device_make(u32 major, u32 minor)
{
	return (minor & 0xff) | (u64)(major & 0xfff) << 8 | (u64)(minor & ~0xffU) << 12 |
	       (u64)(major & ~0xfffU) << 32;
}
static inline u32 device_major(dev_t dev)
{
	return (u32)((dev >> 8) & 0xfff) | (u32)((dev >> 32) & ~0xfffUL);
}
static inline u32 device_minor(dev_t dev)
{
	return (u32)(dev & 0xff) | (u32)((dev >> 12) & ~0xffUL);
}

/*
 * Register @ops for the character device @device and, when @name is given (it may contain slashes),
 * show a node /dev/@name of @mode. Opening it gives a file with these ops and data. 0, -EBUSY,
 * -ENOMEM. Boot or task.
 */
int char_device_register(dev_t device, const char *name, mode_t mode, const struct file_ops *ops,
			 void *data) __must_check;
/* The ops and data of @device; -ENXIO. */
int char_device_find(dev_t device, const struct file_ops **ops, void **data) __must_check;
/* The @index-th device with a name; false past the end. */
bool char_device_at(unsigned index, const char **name, dev_t *device, mode_t *mode);
/*
 * @added is called for each device with a name that is registered from now on; devfs sets it. May
 * sleep.
 */
void char_device_set_listener(void (*added)(const char *name, dev_t device, mode_t mode));
