/* SPDX-License-Identifier: MIT */
/* One guest from its files to its end: what run, shell and debug have in common. */
#pragma once

#include <stdbool.h>

#include "image/file_map.h"
#include "base/guest_options.h"
#include "link/relay.h"
#include "image/program.h"

struct session {
	const struct guest_options *options;
	const struct file_map *base;   /* the initramfs */
	const struct program *program; /* NULL: the guest's own shell */
	const char *path;	       /* what is executed in the guest */
	const char *const *argv;       /* ends with NULL */
	bool as_root;		       /* unless --user says otherwise */
	bool console;		       /* our terminal is the guest's */
	bool debug;		       /* with QEMU's gdb stub */
	bool listens_only;	       /* nothing is sent to the guest; its input is `input` */
	const void *input; /* a file that is the program's standard input; NULL: our own is */
	uint64_t input_bytes;
	bool wait_for_poweroff; /* the guest ends by itself, after the program has */
	int memory_fd;		/* a file that is to be the guest's memory; 0: it has its own */
	struct relay_result *result; /* NULL, or where to put what happened */
};

/* Run the guest. Returns: the command's exit status. */
int session_run(const struct session *session);

/*
 * The path of the kernel that the session runs; the caller frees it. NULL: it is missing, and a
 * message has been printed.
 */
char *session_kernel(const struct session *session);

/* Map the initramfs. Returns: 0, or STATUS_FAILED after a message. */
int session_open_base(struct file_map *base) __attribute__((warn_unused_result));

/*
 * Does the shell get this process's terminal? Yes if standard input and output are terminals. The
 * streams of `run` never are a terminal.
 */
bool session_has_terminal(void);
