// SPDX-License-Identifier: MIT
/*
 * tty_ports.c -- the machine's terminals: ttyS0 on the serial port, hvc0 on the host link;
 * /dev/console, /dev/tty.
 *
 * Idea.  A terminal of a device is a struct tty and a driver of one or two functions: bytes go out
 *   through them and come in through tty_receive, in any context. /dev/console is the terminal that
 *   the last console= names, if the machine has it, else ttyS0, else hvc0. /dev/tty is that of the
 *   session.
 * Invariants.
 *   P1  A port's terminal lives as long as the kernel: one reference is never put.
 *   P2  The console is chosen at boot and does not change.
 * Locks.  None of its own.
 * Tests.  tests/guest/tty/tty_console.c, tests/system/interactive.t.
 */
#define LOG_SUBSYS "tty"
#include "dev/tty/tty_internal.h"

#include "core/cmdline.h"
#include "core/errno.h"
#include "core/log.h"
#include "dev/uart/uart16550.h"
#include "dev/virtio/hostlink.h"
#include "lib/string.h"
#include "vfs/inode/device_number.h"

#include <asm/fcntl.h>
#include <linux/major.h>

#define HVC_MAJOR 229
#define MINOR_TTYS0 64
#define MINOR_CURRENT 0 /* of TTYAUX_MAJOR: /dev/tty */
#define MINOR_CONSOLE 1

/* ------------------------------------------------------------------ ttyS0 */

static size_t serial_write(struct tty *tty, const void *data, size_t len)
{
	uart_write(data, len);
	return len;
}

static const struct tty_driver serial_driver = {.write = serial_write};
static struct tty serial_tty = {
	.driver = &serial_driver,
	.name = "ttyS0",
};

static void serial_receive(void *data, const u8 *bytes, size_t len)
{
	tty_receive(data, bytes, len);
}

/* ------------------------------------------------------------------ hvc0 */

static size_t hvc_write(struct tty *tty, const void *data, size_t len)
{
	return hostlink_console_write(data, len);
}

static void hvc_consumed(struct tty *tty, u32 len)
{
	hostlink_console_consumed(len);
}

static const struct tty_driver hvc_driver = {.write = hvc_write, .consumed = hvc_consumed};
static struct tty hvc_tty = {
	.driver = &hvc_driver,
	.name = "hvc0",
};

static void hvc_receive(const u8 *bytes, size_t len)
{
	tty_receive(&hvc_tty, bytes, len);
}

static void hvc_resized(const struct hostlink_winsize *size)
{
	struct winsize winsize = {.ws_row = size->rows,
				  .ws_col = size->cols,
				  .ws_xpixel = size->xpixel,
				  .ws_ypixel = size->ypixel};

	tty_resize(&hvc_tty, &winsize);
}

static void hvc_writable(void)
{
	tty_writable(&hvc_tty);
}

static void hvc_drain(void)
{
	tty_output_stop(&hvc_tty, false);
	ignore_result(tty_output_drain(&hvc_tty), "interrupted: then it is not complete");
}

static const struct hostlink_console hvc_line = {
	.receive = hvc_receive,
	.resized = hvc_resized,
	.writable = hvc_writable,
	.drain = hvc_drain,
};

/* ------------------------------------------------------------------ /dev/console, /dev/tty */

static struct tty *console_tty; /* [I] after boot; NULL: none */

static int console_open(struct inode *inode, struct file *file)
{
	int err;

	if (!console_tty)
		return -ENODEV;
	err = tty_open_file(console_tty, file);
	if (!err)
		((struct tty_file *)file->data)->survives_hangup = true;
	return err;
}

static const struct file_ops console_file_ops = {.open = console_open};

static int current_tty_open(struct inode *inode, struct file *file)
{
	struct tty *tty = tty_current();
	int err;

	if (!tty)
		return -ENXIO;
	err = tty_open_file(tty, file);
	tty_put(tty);
	return err;
}

static const struct file_ops current_tty_file_ops = {.open = current_tty_open};

/*
 * The terminal that the last `console=` names (settings follow after a comma), or else one that
 * exists; NULL: there is none.
 */
static struct tty *choose_console(void)
{
	char name[32];
	bool have_serial = serial_tty.line, have_hvc = hvc_tty.line;

	if (cmdline_string("console", name, sizeof(name))) {
		if (have_hvc && str_has_prefix(name, "hvc0"))
			return &hvc_tty;
		if (have_serial && str_has_prefix(name, "ttyS0"))
			return &serial_tty;
	}
	return have_serial ? &serial_tty : have_hvc ? &hvc_tty : NULL;
}

static void register_node(dev_t device, const char *name, mode_t mode, const struct file_ops *ops,
			  void *data)
{
	int err = char_device_register(device, name, mode, ops, data);

	if (err)
		log_err("/dev/%s: error %d", name, -err);
}

/* Set up a terminal that lives as long as the kernel: one reference is never put. */
static bool port_setup(struct tty *tty, dev_t device)
{
	tty->device = device;
	refcount_init(&tty->users, 1);
	if (tty_setup(tty)) {
		log_err("no memory for %s", tty->name);
		return false;
	}
	register_node(device, tty->name, 0620, &tty_file_ops, tty);
	return true;
}

void tty_ports_init(void)
{
	if (uart_present() && port_setup(&serial_tty, device_make(TTY_MAJOR, MINOR_TTYS0)) &&
	    uart_receive_start(serial_receive, &serial_tty))
		log_warn("ttyS0 has no interrupt: output only");
	if (hostlink_present() && port_setup(&hvc_tty, device_make(HVC_MAJOR, 0)))
		hostlink_console_attach(&hvc_line, TTY_BUFFER_BYTES);
	console_tty = choose_console();
	register_node(device_make(TTYAUX_MAJOR, MINOR_CONSOLE), "console", 0600, &console_file_ops,
		      NULL);
	register_node(device_make(TTYAUX_MAJOR, MINOR_CURRENT), "tty", 0666, &current_tty_file_ops,
		      NULL);
}
