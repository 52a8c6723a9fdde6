/* SPDX-License-Identifier: MIT */
/*
 * The devices. uart_early_init (dev/uart/uart16550.h) runs first in init/main.c and needs nothing.
 * devices_init runs once, before the first process, when interrupts can be routed, memory allocated
 * and threads created.
 */
#pragma once

/*
 * Find all devices and register their nodes: PCI, virtio (host link), terminals. Context: boot,
 * task; after vfs_init and process_init (terminals register hooks with both).
 */
void devices_init(void);
