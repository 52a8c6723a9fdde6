// SPDX-License-Identifier: MIT
#include "unit_tty.h"

#include <stdlib.h>
#include <string.h>

#include "host_arch.h"
#include "unit_heap.h"

#include "core/errno.h"
#include "vfs/cred.h"
#include "vm/uio.h"

#define STAND_IN __attribute__((weak))

struct tty unit_tty;
struct file unit_tty_file;
static struct tty_file tty_file;
u8 unit_tty_sent[1 << 16];
size_t unit_tty_nr_sent, unit_tty_line_takes;
int unit_tty_signals[64];
unsigned unit_tty_nr_signals;

static size_t line_write(struct tty *tty, const void *data, size_t len_bytes)
{
	size_t len = min(len_bytes, unit_tty_line_takes);

	memcpy(unit_tty_sent + unit_tty_nr_sent, data, len);
	unit_tty_nr_sent += len;
	unit_tty_line_takes -= len;
	return len;
}

static const struct tty_driver driver = {.write = line_write};

void unit_tty_init(void)
{
	host_arch_init();
	if (unit_tty.driver)
		tty_fini(&unit_tty);
	memset(&unit_tty, 0, sizeof(unit_tty));
	unit_tty.driver = &driver;
	if (tty_setup(&unit_tty))
		abort();
	tty_file = (struct tty_file){.tty = &unit_tty};
	unit_tty_file = (struct file){.data = &tty_file, .flags = 0};
	unit_tty_nr_signals = 0;
	unit_tty_clear();
}

void unit_tty_clear(void)
{
	unit_tty_nr_sent = 0;
	unit_tty_line_takes = sizeof(unit_tty_sent);
}

void unit_tty_set(tcflag_t iflag, tcflag_t oflag, tcflag_t lflag)
{
	bool changed = (unit_tty.termios.c_lflag ^ lflag) & ICANON;

	mutex_lock(&unit_tty.lock);
	unit_tty.termios.c_iflag = iflag;
	unit_tty.termios.c_oflag = oflag;
	unit_tty.termios.c_lflag = lflag;
	if (changed)
		tty_input_mode_changed(&unit_tty);
	mutex_unlock(&unit_tty.lock);
}

void unit_tty_type(const void *bytes, size_t len)
{
	if (tty_receive_quietly(&unit_tty, bytes, len) != len)
		abort();
	tty_process_input(&unit_tty);
}

void unit_tty_type_text(const char *text)
{
	unit_tty_type(text, strlen(text));
}

ssize_t unit_tty_read(void *buffer, size_t size)
{
	struct uio uio;

	uio_init_user(&uio, buffer, size);
	return tty_read(&unit_tty_file, &uio, NULL);
}

ssize_t unit_tty_write(const void *bytes, size_t len)
{
	struct uio uio;

	uio_init_user(&uio, (void *)bytes, len);
	return tty_write(&unit_tty_file, &uio, NULL);
}

/* ---- what a terminal asks of processes ---- */

STAND_IN void tty_signal_foreground(struct tty *tty, int signal)
{
	unit_tty_signals[unit_tty_nr_signals++ % 64] = signal;
}

STAND_IN int tty_check_job(struct tty *tty, int signal)
{
	return 0;
}

/* ---- what the files of terminals ask of the rest, and no test does ---- */

STAND_IN bool capable(unsigned cap)
{
	return true;
}

STAND_IN void tty_take_control_on_open(struct file *file)
{
}

STAND_IN long tty_ioctl(struct file *file, unsigned cmd, u64 arg)
{
	return -ENOTTY;
}
