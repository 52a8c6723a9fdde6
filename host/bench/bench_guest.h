/* SPDX-License-Identifier: MIT */
/* One run of a measuring program in a machine of its own, whichever kernel it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/guest_options.h"

struct bench_guest {
	const char *name; /* in messages about its failure */
	const struct guest_options *options;
	const char *kernel, *initramfs, *words; /* words: the kernel's command line */
	/*
	 * The guest has to print a line that on_line takes within start_seconds, or it is started
	 * again, `attempts` times in all; later, a line every silence_seconds.
	 */
	unsigned start_seconds, silence_seconds, attempts;
	/* A line of the serial console, without its end. */
	enum bench_heard {
		BENCH_NOT_OURS,
		BENCH_GO_ON,
		BENCH_DONE
	} (*on_line)(void *ctx, char *line);
	/* Not NULL: log each instruction, from the kernel's first, and pass the log on. */
	void (*on_trace)(void *ctx, const char *bytes, size_t len);
	void *ctx;
};

/*
 * Run it until on_line has returned BENCH_DONE, then end the machine.
 * Context: after signals_install. Returns: 0, or an exit status: STATUS_FAILED after a message, or
 * 128 plus the signal that was sent to us.
 */
int bench_guest_run(const struct bench_guest *guest) __attribute__((warn_unused_result));
