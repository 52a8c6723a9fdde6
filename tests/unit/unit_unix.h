/* SPDX-License-Identifier: MIT */
// UNIT: sched/waitq.c ipc/socket.c ipc/page_queue.c ipc/unix/*.c
/* The floor of files (unit_vfs.h) with sockets, and no process but the test. */
#pragma once

#include "unit_vfs.h"

#include "ipc/unix/unix_socket.h"

void unit_unix_init(void);
