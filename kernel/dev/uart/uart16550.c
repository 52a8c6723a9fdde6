// SPDX-License-Identifier: MIT
/*
 * uart16550.c -- the first serial port, a 16550 with 16-byte FIFOs.
 *
 * Idea.  Output is polled. When the transmitter is empty its FIFO takes 16 bytes, so that one
 *   status read (slow on an emulated machine) is enough for 16 bytes. Input is interrupt-driven.
 * Locks.  uart.lock: the registers, for output of the terminal. The log writes without it, also
 *   when the machine panics with the lock held: see uart_log_write.
 * Cost.  One register access for each byte and one for each 16.
 * See also.  The data sheet of the PC16550D.
 */
#define LOG_SUBSYS "uart"
#include "dev/uart/uart16550.h"

#include "arch/arch_platform.h"
#include "arch/arch_irq.h"
#include "core/assert.h"
#include "core/log.h"
#include "sync/spinlock.h"

#include <linux/errno.h>
#include <linux/serial_reg.h>

#define UART_FIFO_BYTES 16
#define UART_SPINS_MAX 100000 /* then the bytes are sent anyway: it must not stop the machine */

struct SHARED uart {
	struct spinlock lock; /* class uart_port           */
	bool present;	      /* [I] after uart_early_init */
	void (*receive)(void *data, const u8 *bytes, size_t len_bytes); /* [I] once set */
	void *receive_data; /* [I]                       */
};

static struct uart uart = {.lock = SPINLOCK_INIT(uart_port)};

/*
 * Send at most a FIFO of bytes if the transmitter is empty or @force is set. False: nothing sent.
 */
static bool uart_try_burst(const u8 *bytes, size_t len, bool force)
{
	irq_state_t irq = spin_lock_irq_save(&uart.lock);
	bool goes = force || arch_uart_read(UART_LSR) & UART_LSR_THRE;

	debug_assert(len <= UART_FIFO_BYTES);
	for (size_t i = 0; goes && i < len; i++)
		arch_uart_write(UART_TX, bytes[i]);
	spin_unlock_irq_restore(&uart.lock, irq);
	return goes;
}

void uart_write(const void *data, size_t len_bytes)
{
	const u8 *bytes = data;

	if (!uart.present)
		return;
	while (len_bytes) {
		size_t burst = min(len_bytes, (size_t)UART_FIFO_BYTES);

		/* Interrupts are off only for one status read and one FIFO of bytes. */
		for (unsigned i = 0; !uart_try_burst(bytes, burst, i == UART_SPINS_MAX); i++)
			arch_cpu_relax();
		bytes += burst;
		len_bytes -= burst;
	}
}

static void uart_wait_transmitter(void)
{
	for (unsigned i = 0; i < UART_SPINS_MAX; i++)
		if (arch_uart_read(UART_LSR) & UART_LSR_THRE)
			return;
}

static void uart_log_bytes(const u8 *bytes, size_t len)
{
	while (len) {
		size_t burst = min(len, (size_t)UART_FIFO_BYTES);

		uart_wait_transmitter();
		for (size_t i = 0; i < burst; i++)
			arch_uart_write(UART_TX, bytes[i]);
		bytes += burst;
		len -= burst;
	}
}

/*
 * The log's console: a newline becomes CR LF. uart.lock is not taken: the log has a lock of its
 * own, and a panic may happen with uart.lock held.
 */
static void uart_log_write(const char *text, size_t len)
{
	char buffer[128];
	size_t fill = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			buffer[fill++] = '\r';
		buffer[fill++] = text[i];
		if (fill >= sizeof(buffer) - 2 || i + 1 == len) {
			uart_log_bytes((const u8 *)buffer, fill);
			fill = 0;
		}
	}
}

/* [console] its place in the list */
static struct log_console uart_console = {.write = uart_log_write};

void uart_early_init(void)
{
	if (arch_uart_line() < 0)
		return;
	arch_uart_write(UART_SCR, 0x5a);
	if (arch_uart_read(UART_SCR) != 0x5a)
		return;
	arch_uart_write(UART_IER, 0);
	arch_uart_write(UART_LCR, UART_LCR_DLAB);
	arch_uart_write(UART_DLL, 1); /* 115200 baud */
	arch_uart_write(UART_DLM, 0);
	arch_uart_write(UART_LCR, UART_LCR_WLEN8);
	arch_uart_write(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT |
					  UART_FCR_TRIGGER_1);
	arch_uart_write(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
	uart.present = true;
	log_console_register(&uart_console);
}

bool uart_present(void)
{
	return uart.present;
}

static void uart_interrupt(void *unused)
{
	u8 bytes[UART_FIFO_BYTES];

	for (;;) {
		size_t n = 0;

		while (n < sizeof(bytes) && arch_uart_read(UART_LSR) & UART_LSR_DR)
			bytes[n++] = arch_uart_read(UART_RX);
		if (!n)
			break;
		uart.receive(uart.receive_data, bytes, n);
	}
	arch_uart_read(UART_IIR);
}

int uart_receive_start(void (*receive)(void *data, const u8 *bytes, size_t len_bytes), void *data)
{
	int err;

	if (!uart.present)
		return -ENODEV;
	uart.receive = receive;
	uart.receive_data = data;
	err = arch_irq_route_line((unsigned)arch_uart_line(), IRQ_EDGE, uart_interrupt, NULL);
	if (err)
		return err;
	uart_interrupt(NULL); /* read what arrived before */
	arch_uart_write(UART_IER, UART_IER_RDI);
	return 0;
}
