/* SPDX-License-Identifier: MIT */
/*
 * The kernel's log: for people, rare. Lines go to a ring (dmesg, syslog(2)) and, unless `quiet`, to
 * the consoles. A file sets LOG_SUBSYS before it includes this.
 */
#pragma once

#include "lib/compiler.h"

#ifndef LOG_SUBSYS
#define LOG_SUBSYS "kernel"
#endif

enum log_level { LOG_ERR = 3, LOG_WARN = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

#define log_err(...) log_write(LOG_ERR, LOG_SUBSYS, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARN, LOG_SUBSYS, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, LOG_SUBSYS, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, LOG_SUBSYS, __VA_ARGS__)

/* One line, without its newline. Context: any. */
void log_write(enum log_level level, const char *subsystem, const char *fmt, ...) __printf(3, 4);
/* One line without time and subsystem, to ring and consoles, without locks: for dumps. */
void log_raw(const char *fmt, ...) __printf(1, 2);
/* Lines above this level are kept in the ring but not shown on consoles. */
void log_set_console_level(enum log_level level);

/*
 * A console: gets the text of the log. Registered once, never removed. @write may be called in any
 * context.
 */
struct log_console {
	void (*write)(const char *text, size_t len_bytes);
	struct log_console *next;
};
void log_console_register(struct log_console *console);
/* kernel.dmesg_restrict, 0 or 1: may only privileged threads read the log? [a] */
extern u32 log_reading_restricted;
/* Copy the last bytes of the ring into @buffer, oldest first; returns the count. */
size_t log_ring_read(char *buffer, size_t size);
