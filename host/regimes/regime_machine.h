/* SPDX-License-Identifier: MIT */
/* One machine with a witness and a rogue in it, from its start to a verdict. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/guest.h"
#include "image/file_map.h"
#include "link/stall_clock.h"
#include "regimes/regime_judge.h"
#include "regimes/regime_rogues.h"

/* What all machines of a run have in common. */
struct regime_lab {
	const struct file_map *base; /* the initramfs */
	const struct guest_options *options;
	const char *kernel;
	unsigned limit_s; /* how long a witness may be silent */
};

enum { MACHINE_POLLED = LINK_END_POLLED, SECRET_LEN = 16, LINE_SIZE = 256 };

struct regime_machine {
	const struct regime_lab *lab;
	const struct regime_rogue *rogue;
	int regime;
	struct regime_seen seen;
	double seconds; /* that it ran */
	/* inside */
	struct guest guest;
	struct stall_clock silence, whole; /* since the witness's last word; since the start */
	char secret[SECRET_LEN + 1];
	char line[LINE_SIZE];
	size_t line_len;
};

/* Start it. Returns: 0, or an exit status after a message. */
int regime_machine_start(struct regime_machine *m, const struct regime_lab *lab,
			 const struct regime_rogue *rogue, int regime)
	__attribute__((warn_unused_result));
/* Fill in what to poll for (MACHINE_POLLED entries), and take what came. */
void regime_machine_poll(const struct regime_machine *m, struct pollfd *polled);
void regime_machine_take(struct regime_machine *m, const struct pollfd *polled);
/* Is there a verdict? Call it several times a second. */
bool regime_machine_is_over(struct regime_machine *m);
/* End it and free what it has; `seen` and `seconds` stay. */
void regime_machine_stop(struct regime_machine *m);
