// SPDX-License-Identifier: MIT
/* procfs_regime.c -- /proc/creance: the regime, and how the kernel has failed. */
#include "fs/procfs/procfs_internal.h"

#include "core/assert.h"
#include "core/last_panic.h"
#include "core/regime.h"
#include "core/shortage.h"
#include "fs/procfs/provoke.h"
#include "proc/oom_victims.h"
#include "sched/account/sched_tick.h"
#include "sched/sched.h"
#include "time/clock.h"

static int show_regime(struct text_buffer *out, const struct procfs_subject *s)
{
	enum regime regime = regime_current();

	text_printf(out, "regime %s\n", regime_word(regime));
	text_printf(out, "meaning %s\n", regime_meaning(regime));
	text_printf(out, "tick_us %lu\n", sched_tick_ns() / NS_PER_US);
	text_printf(out, "policy %s\n", sched_policy_name());
	return 0;
}

/* Show the end of the log of a kernel that panicked before this one was started; else nothing. */
static int show_last_panic(struct text_buffer *out, const struct procfs_subject *s)
{
	size_t len;
	const char *text = last_panic_text(&len);

	text_put(out, text, len);
	return 0;
}

/*
 * Show "NUMBER PID NAME": how many processes the out-of-memory killer has ended, and the last of
 * them; else nothing.
 */
static int show_out_of_memory(struct text_buffer *out, const struct procfs_subject *s)
{
	struct oom_victims victims = oom_victims_read();

	if (victims.nr)
		text_printf(out, "%u %d %s\n", victims.nr, victims.last_pid, victims.last_name);
	return 0;
}

/* Show "disk N" and "threads N": how often there was no more of these. */
static int show_shortage(struct text_buffer *out, const struct procfs_subject *s)
{
	text_printf(out, "disk %u\nthreads %u\n", shortage_count(SHORTAGE_DISK),
		    shortage_count(SHORTAGE_THREADS));
	return 0;
}

/* Panic, for tests: what is written is the reason, or a mistake to make (provoke.h). */
static int store_panic(const struct procfs_subject *s, char *text, size_t len)
{
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	provoke(text);
	panic("as asked by /proc/creance/panic: %.*s", (int)len, text);
}

void procfs_regime_init(void)
{
	static const struct procfs_entry own[] = {
		PROCFS_FILE("regime", show_regime),
		PROCFS_PRIVATE("last_panic", show_last_panic),
		PROCFS_PRIVATE("out_of_memory", show_out_of_memory),
		PROCFS_PRIVATE("shortage", show_shortage),
		{.name = "panic", .mode = S_IFREG | 0200, .store = store_panic},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(own); i++)
		procfs_add_creance(&own[i]);
}
