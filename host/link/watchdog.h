/* SPDX-License-Identifier: MIT */
/*
 * The watchdog: restarts a guest that no longer answers. The guest's kernel beats (option
 * heartbeat=) by its timer's interrupt and by a thread; a guest whose thread no longer beats
 * runs at most one program.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "uapi/hostlink_wire.h"
#include "link/stall_clock.h"

/* The kernel's options for a guest with a watchdog. */
#define WATCHDOG_KERNEL_OPTIONS "heartbeat=100ms panic=reboot"

enum watchdog_phase {
	WATCHDOG_STARTS,   /* the machine is starting */
	WATCHDOG_WATCHES,  /* it has sent HELLO, and must beat */
	WATCHDOG_NMI_SENT, /* it was sent an NMI, on which its kernel panics */
	WATCHDOG_RESET,	   /* it was reset */
};

struct watchdog {
	int64_t limit_ns;
	int monitor_fd; /* the emulator's monitor */
	enum watchdog_phase phase;
	struct stall_clock stall;
	struct hostlink_alive last;
	int64_t interrupts_ns; /* of its stall clock when the interrupt beat last */
	bool program_held;     /* at the last restart: a program kept the CPU, interrupts came */
	unsigned restarts;     /* by the watchdog, and by itself */
	int64_t lost_ns;       /* when the watchdog gave it up: CLOCK_MONOTONIC */
};

void watchdog_start(struct watchdog *w, unsigned limit_s, pid_t emulator, int monitor_fd);
/* The guest has sent HELLO: it has started, or restarted. */
void watchdog_greeted(struct watchdog *w);
/* A beat. */
void watchdog_beat(struct watchdog *w, const struct hostlink_alive *alive);
/* Check on the guest, and act if it is silent; call it every WATCHDOG_CHECK_MS. */
void watchdog_check(struct watchdog *w);

#define WATCHDOG_CHECK_MS 100
