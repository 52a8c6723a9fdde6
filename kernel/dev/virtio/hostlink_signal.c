// SPDX-License-Identifier: MIT
/* hostlink_signal.c -- the signals that the host sends for the program: a bit for each. */
#define LOG_SUBSYS "hostlink"
#include "dev/virtio/hostlink.h"

#include "core/log.h"

static u32 signals;		  /* [a] */
static void (*signal_hook)(void); /* [I] after boot; NULL: nobody is told of them */

void hostlink_receive_signal(u32 signal)
{
	if (!signal || signal >= HOSTLINK_SIGNALS) {
		log_err("the host sent signal %u, which does not exist", signal);
		return;
	}
	__atomic_fetch_or(&signals, 1U << signal, __ATOMIC_RELEASE);
	if (signal_hook)
		signal_hook();
}

void hostlink_set_signal_hook(void (*hook)(void))
{
	signal_hook = hook;
}

unsigned hostlink_take_signal(void)
{
	u32 set = __atomic_load_n(&signals, __ATOMIC_ACQUIRE), lowest = set & -set;

	/* Two who take one at the same time both have it: a signal sent twice is one. */
	__atomic_fetch_and(&signals, ~lowest, __ATOMIC_RELAXED);
	return set ? (unsigned)__builtin_ctz(set) : 0;
}
