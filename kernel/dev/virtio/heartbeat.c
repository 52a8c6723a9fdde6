// SPDX-License-Identifier: MIT
/*
 * heartbeat.c -- regular messages to the host that the kernel is alive: option heartbeat=.
 *
 * A message carries two counts. The timer's interrupt increments the first and sends the message:
 * it stops when interrupts stay off. A thread with a priority above all programs increments the
 * second: it stops when that thread does not get the CPU. So the host distinguishes a machine that
 * does not schedule from one that is dead (host/link/watchdog.c).
 */
#define LOG_SUBSYS "heartbeat"
#include "dev/virtio/heartbeat.h"

#include "core/assert.h"
#include "core/cmdline.h"
#include "core/errno.h"
#include "core/log.h"
#include "dev/virtio/hostlink.h"
#include "lib/parse.h"
#include "sched/sched.h"
#include "sched/sched_params.h"
#include "time/clock.h"
#include "time/timer.h"

#include <linux/sched.h>

#define PRIORITY 99
#define PERIOD_MIN_NS (10 * NS_PER_MS)

static u64 period_ns;		    /* [I] after boot */
static struct timer timer;	    /* [o] its own function */
static struct hostlink_alive beats; /* [o] interrupts: of the timer; threads: of the thread */

static void beat(struct timer *t)
{
	debug_assert(!arch_irq_enabled() && period_ns >= PERIOD_MIN_NS);
	beats.interrupts++;
	hostlink_send_alive(&beats);
	timer_set(t, clock_monotonic_ns() + period_ns);
}

static void heartbeat_thread(void *arg)
{
	for (;;) {
		WRITE_ONCE(beats.threads, beats.threads + 1);
		sched_sleep_prepare(THREAD_UNINTERRUPTIBLE);
		if (sched_sleep(clock_monotonic_ns() + period_ns) != -ETIMEDOUT)
			sched_sleep_finish(); /* woken early: one more beat is harmless */
	}
}

void heartbeat_init(void)
{
	struct thread *t;
	char text[32];

	if (!hostlink_present() || !cmdline_string("heartbeat", text, sizeof(text)))
		return;
	if (parse_duration_ns(text, &period_ns) || period_ns < PERIOD_MIN_NS) {
		log_err("heartbeat=%s is not a time of at least 10ms: no heartbeats are sent",
			text);
		return;
	}
	if (thread_create_kernel("heartbeat", heartbeat_thread, NULL, &t) ||
	    sched_set_policy(t, SCHED_FIFO, PRIORITY, true)) {
		log_err("no memory for the thread: no heartbeats are sent");
		return;
	}
	timer_init(&timer, beat);
	timer_set(&timer, clock_monotonic_ns() + period_ns);
}
