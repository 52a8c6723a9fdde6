/* SPDX-License-Identifier: MIT */
/* gdb for a guest: the socket of QEMU's stub, and gdb itself on the terminal. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct debugger {
	char *folder; /* only for this user; removed at the end */
	char *socket;
	char *script; /* NULL: not found */
	pid_t pid;    /* of gdb; 0: not started */
};

/* Make the socket's folder. Returns: 0 or a negative errno after a message. */
int debugger_init(struct debugger *debugger) __attribute__((warn_unused_result));

/*
 * Start gdb for @kernel on our terminal, or, when @on_terminal is false, print how to start it.
 * Returns: 0 or a negative errno after a message.
 */
int debugger_start(struct debugger *debugger, const char *kernel, bool on_terminal)
	__attribute__((warn_unused_result));

/* Wait for gdb's end, if it was started, and remove the folder. Returns: gdb's wait status. */
int debugger_fini(struct debugger *debugger);
