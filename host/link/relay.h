/* SPDX-License-Identifier: MIT */
/*
 * The relay: moves bytes between the guest's channels and the command's descriptors until the
 * guest's program has ended, the guest is gone, or a signal ends the command.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "uapi/hostlink_wire.h"
#include "link/link_end.h"

struct watchdog;

struct relay_setup {
	struct link_end *end; /* of the guest */
	int in_fd; /* what the guest's standard input or terminal reads; -1: at its end */
	int out_fd, err_fd;
	bool console;	   /* in_fd and out_fd are a raw terminal on the console channel */
	bool listens_only; /* send nothing to the guest, which knows (option hostlink_oneway) */
	/* After the program's end the guest may power off by itself for so long; 0: it is ended. */
	unsigned poweroff_wait_ms;
	struct watchdog *watchdog; /* NULL: a guest that does not answer is left running */
	unsigned restarts_max;	   /* of the watchdog, before the guest is ended; 0: no limit */
	bool passes_signals;	   /* to the program, from READY on; else they end the guest */
	bool waits;		   /* the guest is stopped until a debugger comes */
	pid_t debugger_pid;	   /* when this debugger exits, the guest is ended; 0: none */
	int64_t started_ns;	   /* CLOCK_MONOTONIC when the emulator was started */
	/* Stop this process and the guest with it (SIGTSTP) until SIGCONT; NULL: ignore SIGTSTP. */
	void (*suspend)(void *ctx);
	void *suspend_ctx;
};

enum relay_outcome {
	RELAY_EXITED,	      /* value: the program's wait status */
	RELAY_FAILED,	      /* value: the errno of its execve */
	RELAY_DIED,	      /* the link ended before the program did */
	RELAY_SIGNALLED,      /* value: the signal to us, which ended the guest */
	RELAY_ESCAPED,	      /* the user gave the guest up: Ctrl-] three times */
	RELAY_DEBUGGER_ENDED, /* the debugger ended */
	RELAY_HUNG,	      /* it stopped answering more than restarts_max times */
	RELAY_PROTOCOL,	      /* value: 0, or the version the guest speaks */
};

struct relay_result {
	enum relay_outcome outcome;
	int value;
	bool hello;			/* the kernel's driver has sent HELLO */
	bool ready;			/* init has sent READY, since the last HELLO */
	bool insisted;			/* the third signal within a second ended the guest */
	enum hostlink_off switched_off; /* from inside; 0: it was not */
	struct hostlink_shortage shortage;
	struct hostlink_out_of_memory out_of_memory; /* victims: 0 when there was always enough */
	int64_t hello_ns, ready_ns, exit_ns;	     /* the first, since started_ns; 0: never */
	int out_error, err_error; /* errno of a failed write to our output, other than EPIPE */
};

/* Run the relay. Context: after signals_install. */
void relay_run(const struct relay_setup *setup, struct relay_result *result);
