/* SPDX-License-Identifier: MIT */
/* The first serial port: the log's console, and the line of /dev/ttyS0. */
#pragma once

#include "lib/compiler.h"

/* Find the port and make it the log's console. Called first in kernel_main: needs nothing. */
void uart_early_init(void);
/* Is there a serial port? */
bool uart_present(void);
/* Send @len_bytes unchanged, waiting for the port. Context: any. */
void uart_write(const void *data, size_t len_bytes);

/*
 * From now on pass received bytes to @receive (interrupt context), at most 16 at a time. Boot,
 * after arch_irq_init. 0 or error.
 */
int uart_receive_start(void (*receive)(void *data, const u8 *bytes, size_t len_bytes), void *data)
	__must_check;
