/* SPDX-License-Identifier: MIT */
/*
 * One guest with a program of this host, or its own shell, on our standard streams: what run,
 * shell, debug, trace and sched have in common.
 */
#pragma once

#include <stdbool.h>

#include "base/guest_options.h"
#include "guest/debugger.h"
#include "guest/guest.h"
#include "image/file_map.h"
#include "image/guest_user.h"
#include "image/program.h"
#include "link/relay.h"
#include "link/watchdog.h"

struct session {
	/* What is wanted. */
	const struct guest_options *options; /* args: the program and its arguments */
	bool shell;		/* the guest's shell, which gets args as its arguments */
	bool debug;		/* with QEMU's gdb stub */
	bool listens_only;	/* nothing is sent to the guest; its input is `input` */
	bool wait_for_poweroff; /* the guest ends by itself, after the program has */
	const void *input;	/* a file that is the program's standard input; NULL: our own is */
	uint64_t input_bytes;
	int memory_fd;	   /* a file that is to be the guest's memory; 0: it has its own */
	int out_fd;	   /* the program's standard output; 0: it is ours */
	bool streams_open; /* the program finds 0 to 2 open, also those that are closed here */
	/* What session_open finds. */
	char *kernel; /* its path */
	/* What session_run leaves. */
	struct relay_result result;
	/* inside */
	struct file_map base; /* the initramfs */
	struct program program;
	struct guest_user user;
	bool console;	   /* our terminal is the guest's */
	const char *path;  /* what is executed in the guest */
	const char **argv; /* ends with NULL */
	struct guest guest;
	struct debugger debugger;
	struct watchdog watchdog;
};

/*
 * A session as wanted: find its parts on this host. `session` is otherwise all zero.
 * Returns: 0, or an exit status after a message; session_close is due either way.
 */
int session_open(struct session *session) __attribute__((warn_unused_result));

/* Run the guest. Returns: the command's exit status. */
int session_run(struct session *session);

void session_close(struct session *session);
