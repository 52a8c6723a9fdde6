// SPDX-License-Identifier: MIT
#include "link/watchdog.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "base/say.h"

/* The time beyond the limit for a machine to start, and from the NMI to its own restart. */
#define START_NS 15000000000ll
#define NMI_NS 1000000000ll

/*
 * The emulator's messages are not needed, but must be read, or they fill the socket: a guest can
 * cause any number of them. At most as many are read at a time as can arrive between two calls.
 */
static void forget_answers(const struct watchdog *w)
{
	enum { READS_MAX = 64 };
	char answers[4096];

	for (unsigned i = 0; i < READS_MAX; i++)
		if (read(w->monitor_fd, answers, sizeof(answers)) <= 0)
			return;
}

static void tell_emulator(const struct watchdog *w, const char *command)
{
	char *text = must_format("{\"execute\":\"%s\"}\n", command);

	if (write(w->monitor_fd, text, strlen(text)) < 0)
		say("the emulator does not take a command: the guest cannot be restarted");
	free(text);
}

void watchdog_start(struct watchdog *w, unsigned limit_s, pid_t emulator, int monitor_fd)
{
	*w = (struct watchdog){.limit_ns = (int64_t)limit_s * 1000000000, .monitor_fd = monitor_fd};
	stall_clock_start(&w->stall, emulator);
	tell_emulator(w, "qmp_capabilities");
}

static void restarted_itself(struct watchdog *w)
{
	say("the guest has restarted itself");
	w->restarts++;
}

void watchdog_greeted(struct watchdog *w)
{
	if (w->phase == WATCHDOG_NMI_SENT || w->phase == WATCHDOG_RESET)
		say("the guest has restarted, %lld ms after it was given up",
		    (long long)(monotonic_ns() - w->lost_ns) / 1000000);
	else if (w->phase == WATCHDOG_WATCHES)
		restarted_itself(w);
	w->phase = WATCHDOG_WATCHES;
	w->last = (struct hostlink_alive){0};
	w->interrupts_ns = 0;
	stall_clock_renew(&w->stall);
}

void watchdog_beat(struct watchdog *w, const struct hostlink_alive *alive)
{
	if (alive->interrupts != w->last.interrupts)
		w->interrupts_ns = w->stall.spent_ns;
	if (alive->threads != w->last.threads) {
		stall_clock_renew(&w->stall);
		w->interrupts_ns = 0;
	}
	w->last = *alive;
}

/*
 * Interrupts that still arrive in the second half of the limit show that the kernel takes them. An
 * earlier one shows nothing: the program may have masked interrupts after it.
 */
static void send_nmi(struct watchdog *w)
{
	w->program_held = w->interrupts_ns > w->stall.spent_ns / 2;
	say("the guest has not answered for %lld s (%s): it is restarted",
	    (long long)w->limit_ns / 1000000000,
	    w->program_held ? "its kernel takes interrupts, but a program keeps the CPU"
			    : "nor does its kernel take interrupts");
	w->restarts++;
	w->lost_ns = monotonic_ns();
	/* Its kernel panics on this, keeps the report, and restarts: if it still can. */
	tell_emulator(w, "inject-nmi");
	w->phase = WATCHDOG_NMI_SENT;
}

static void reset(struct watchdog *w)
{
	tell_emulator(w, "system_reset");
	w->phase = WATCHDOG_RESET;
}

void watchdog_check(struct watchdog *w)
{
	static const struct {
		bool own_limit;
		int64_t more_ns;
		void (*act)(struct watchdog *w);
	} phases[] = {
		[WATCHDOG_STARTS] = {true, START_NS, send_nmi},
		[WATCHDOG_WATCHES] = {true, 0, send_nmi},
		[WATCHDOG_NMI_SENT] = {false, NMI_NS, reset},
		[WATCHDOG_RESET] = {true, START_NS, reset},
	};
	int64_t limit = phases[w->phase].more_ns;

	forget_answers(w);
	if (phases[w->phase].own_limit)
		limit += w->limit_ns;
	if (stall_clock_spent_ns(&w->stall) < limit)
		return;
	phases[w->phase].act(w);
	stall_clock_renew(&w->stall);
	w->interrupts_ns = 0;
}
