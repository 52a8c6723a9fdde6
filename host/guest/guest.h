/* SPDX-License-Identifier: MIT */
/*
 * A guest: a machine under the emulator with what connects us to it, from its start to its end.
 * All commands that run a guest start and end it here. They differ in what they do with its output
 * (link_end.h, and relay.h for a guest on our standard streams).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "guest/qemu.h"
#include "link/link_end.h"

/* What a guest has beside its serial port. */
enum guest_has {
	GUEST_HAS_LINK = 1,    /* the host link */
	GUEST_HAS_MONITOR = 2, /* the emulator's monitor, for a watchdog */
	GUEST_HAS_LOG = 4,     /* a log of the instructions that it executes */
};

struct guest {
	struct qemu qemu; /* its descriptors belong to `end` */
	struct link_end end;
	int monitor_fd;			     /* 0: none */
	int64_t started_ns;		     /* CLOCK_MONOTONIC when it was started */
	const struct guest_options *options; /* of the setup, as the kernel's path */
	const char *kernel;
};

/*
 * Start a guest that has what the bits @has say (enum guest_has). Of @setup, the emulator, its
 * accelerator and the descriptors for @has are found here; its initrd_fd is closed, whatever
 * happens. With options->verbose, print the command line.
 * Returns: 0, or an exit status after a message; there is nothing to stop then.
 */
int guest_start(struct guest *guest, const struct qemu_setup *setup, unsigned has)
	__attribute__((warn_unused_result));

/*
 * SIGTSTP: stop @nr guests and this process until SIGCONT. Meanwhile the terminal has its former
 * settings.
 */
void guests_suspend(const struct guest *const *guests, unsigned nr);

/*
 * End the guest if it still runs, and close what connected us to it; the report stays. Nothing to
 * do for one that is all zero, or was stopped. Returns: the emulator's wait status.
 */
int guest_stop(struct guest *guest);

/*
 * Did the emulator refuse to start a guest, or to run it on? @emulator_status is of guest_stop, for
 * a guest from which nothing has come, or that was stopped (link_end.h). Returns: true after a
 * message.
 */
bool guest_was_refused(const struct guest *guest, int emulator_status);
