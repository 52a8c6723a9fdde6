/* SPDX-License-Identifier: MIT */
/* Device numbers and the registry of character devices. Encoding: Linux's user-visible one
 * (makedev(3)). */
#pragma once

#include "vfs/file.h"

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

/* Register @ops for character device @device and, when @name is given (it may contain slashes),
 * show a node /dev/@name of @mode. Opening gives a file with these ops and data. 0, -EBUSY,
 * -ENOMEM. Boot or task. */
int char_device_register(dev_t device, const char *name, mode_t mode, const struct file_ops *ops,
			 void *data) __must_check;
/* The ops and data behind @device; -ENXIO. */
int char_device_find(dev_t device, const struct file_ops **ops, void **data) __must_check;
/* Iterate for devfs: @index-th named device; false past the end. */
bool char_device_at(unsigned index, const char **name, dev_t *device, mode_t *mode);
/* Who wants to hear of named devices that come later: devfs. May sleep. */
void char_device_set_listener(void (*added)(const char *name, dev_t device, mode_t mode));
