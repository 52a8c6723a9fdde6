// SPDX-License-Identifier: MIT
#include "trace/trace_filter.h"

#include <errno.h>
#include <string.h>

/* By the first word of an event's name. */
static const struct {
	const char *prefix, *group;
} groups[] = {
	{"boot_", "boot"},	     {"process_", "process"}, {"thread_", "process"},
	{"program_", "process"},     {"stack_", "process"},   {"kernel_stack_", "process"},
	{"syscall_", "call"},	     {"user_", "call"},	      {"trap_", "trap"},
	{"interrupt_", "interrupt"}, {"sched_", "sched"},     {"signal_", "signal"},
	{"memory_", "memory"},	     {"address_", "memory"},  {"page_", "memory"},
	{"message_", "interrupt"},
};

const char *trace_event_group(unsigned event)
{
	const char *name = trace_event_row(event)->name;

	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strncmp(name, groups[i].prefix, strlen(groups[i].prefix)) == 0)
			return groups[i].group;
	return name;
}

bool trace_event_is_boot(unsigned event)
{
	return strcmp(trace_event_group(event), "boot") == 0;
}

void trace_filter_init(struct trace_filter *f)
{
	*f = (struct trace_filter){.to_ns = UINT64_MAX};
	memset(f->events, true, sizeof(f->events));
}

static bool is_word(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && strncmp(name, word, len) == 0;
}

/* Returns: whether there is such an event or group. */
static bool set_word(struct trace_filter *f, const char *word, size_t len, bool wanted)
{
	bool found = false;

	for (unsigned event = TRACE_none + 1; event < NR_TRACE_EVENTS; event++) {
		if (!is_word(trace_event_row(event)->name, word, len) &&
		    !is_word(trace_event_group(event), word, len))
			continue;
		f->events[event] = wanted;
		found = true;
	}
	return found;
}

int trace_filter_events(struct trace_filter *f, const char *text, const char **word, int *len)
{
	memset(f->events, *text == '!', sizeof(f->events));
	for (;;) {
		bool wanted = *text != '!';
		size_t n;

		text += !wanted;
		n = strcspn(text, ",");
		if (!set_word(f, text, n, wanted)) {
			*word = text;
			*len = (int)n;
			return -EINVAL;
		}
		if (!text[n])
			break;
		text += n + 1;
	}
	f->events[TRACE_panic] = true;
	return 0;
}

bool trace_filter_takes(const struct trace_filter *f, const struct trace_model *model,
			const struct trace_step *step)
{
	if (step->event < NR_TRACE_EVENTS && !f->events[step->event])
		return false;
	if (step->ns < f->from_ns || step->ns > f->to_ns)
		return false;
	for (unsigned i = 0; i < f->nr_pids; i++)
		if (trace_step_concerns(model, step, f->pids[i]))
			return true;
	return f->nr_pids == 0 || step->event == TRACE_panic;
}
