// SPDX-License-Identifier: MIT
/* devices.c -- brings up the devices, in the order of their dependences. */
#define LOG_SUBSYS "dev"
#include "dev/devices.h"

#include "block/block_file.h"
#include "block/block_request.h"
#include "core/log.h"
#include "dev/pci/pci.h"
#include "dev/tty/tty.h"
#include "dev/virtio/heartbeat.h"
#include "dev/virtio/hostlink.h"
#include "dev/virtio/virtio_blk.h"
#include "dev/virtio/virtio_console.h"

static const struct virtio_driver *const virtio_drivers[] = {
	&virtio_console_driver,
	&virtio_blk_driver,
	NULL,
};

void devices_init(void)
{
	hostlink_init(); /* the console's client, before the console is found */
	block_requests_init();
	block_file_init();
	pci_init();
	virtio_mmio_init(virtio_drivers);
	virtio_pci_init(virtio_drivers);
	if (hostlink_devices_register())
		log_err("no memory for /dev/host");
	tty_init();
	heartbeat_init();
}
