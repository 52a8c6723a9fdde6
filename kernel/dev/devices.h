/* SPDX-License-Identifier: MIT */
/*
 * The devices. Order of bring-up, in init/main.c: uart_early_init (dev/uart/uart16550.h) first of
 * all; then, when interrupts can be routed, memory allocated and threads created: devices_init,
 * once before the first process. pipe_init, epoll_init (ipc/) and procfs_init (fs/procfs/) need
 * only the VFS and come at any time after it.
 */
#pragma once

/*
 * Find all devices and register their nodes: PCI, virtio (host link), terminals. Context: boot,
 * task; after vfs_init and process_init (terminals hang hooks into both).
 */
void devices_init(void);
