// SPDX-License-Identifier: MIT
/* procfs_sched.c -- /proc/creance/sched: the policy of ordinary threads, and who runs. */
#include "fs/procfs/procfs_internal.h"

#include "arch/arch_cpu.h"
#include "core/errno.h"
#include "lib/string.h"
#include "sched/account/sched_tick.h"
#include "sched/sched.h"
#include "sched/sched_choice.h"

static void put_policy(struct text_buffer *out, const char *what, const struct sched_policy *policy)
{
	char text[SCHED_POLICY_TEXT_MAX];

	sched_policy_text(policy, text, sizeof(text));
	text_printf(out, "%s %s\n", what, text);
}

/* The values that the settings of @policy may have, in nanoseconds if they are times. */
static void put_ranges(struct text_buffer *out, const struct sched_policy *policy)
{
	for (unsigned i = 0; i < policy->nr_settings; i++) {
		const struct sched_setting *setting = &policy->settings[i];

		text_printf(out, "range %s,%s %lu %lu%s\n", policy->name, setting->name,
			    setting->least, setting->most, setting->is_time ? " ns" : "");
	}
}

/*
 * Show the policy of ordinary threads as store_sched takes it, then all that there are, and what
 * values their settings may have; the tick; for each CPU the running thread, its policy, the rest
 * of its slice, and how many threads are ready.
 */
static int show_sched(struct text_buffer *out, const struct procfs_subject *s)
{
	const struct sched_policy *policy;
	struct sched_cpu_view view;

	put_policy(out, "policy", sched_policy_default());
	for (unsigned i = 0; (policy = sched_policy_ordinary(i)); i++)
		put_policy(out, "available", policy);
	for (unsigned i = 0; (policy = sched_policy_ordinary(i)); i++)
		put_ranges(out, policy);
	text_printf(out, "tick_ns %lu\n", sched_tick_ns());
	for (unsigned cpu = 0; cpu < arch_smp_nr_cpus(); cpu++) {
		sched_cpu_view(cpu, &view);
		text_printf(out, "cpu %u current %d (%s) policy %s slice_left_ns %ld ready %u", cpu,
			    view.current_tid, view.current_name, view.policy, view.slice_left_ns,
			    view.nr_ready);
		text_printf(out, " switches %lu idle_ns %lu\n", view.nr_switches, view.idle_ns);
	}
	return 0;
}

/* Choose a policy: NAME[,SETTING=VALUE...]. */
static int store_sched(const struct procfs_subject *s, char *text, size_t len)
{
	if (strlen(text) != len)
		return -EINVAL;
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return sched_choose(text);
}

void procfs_sched_init(void)
{
	static const struct procfs_entry own = {
		.name = "sched",
		.mode = S_IFREG | 0644,
		.show = show_sched,
		.store = store_sched,
	};

	procfs_add_creance(&own);
}
