// SPDX-License-Identifier: MIT
#include "compare/saved_event.h"

#include <stdio.h>
#include <string.h>

#include "calls/call_table.h"
#include "compare/saved_trace.h"
#include "compare/step_text.h"

uint32_t saved_event_number(const json_t *object, const char *key)
{
	const json_t *number = json_object_get(object, key);
	double value = json_number_value(number);

	if (!json_is_number(number) || !(value > INT32_MIN && value <= UINT32_MAX))
		return SAVED_NONE;
	return value < 0 ? (uint32_t)(int32_t)value : (uint32_t)value;
}

uint32_t saved_event_object(const struct saved_event *e)
{
	switch (e->event) {
	case TRACE_process_create:
	case TRACE_thread_create:
	case TRACE_thread_name:
	case TRACE_thread_exit:
	case TRACE_user_enter:
	case TRACE_kernel_stack_fill:
	case TRACE_sched_wake:
		return saved_event_number(e->args, "tid");
	case TRACE_process_exit:
	case TRACE_process_reap:
	case TRACE_signal_send:
		return saved_event_number(e->args, "pid");
	case TRACE_sched_pick:
	case TRACE_sched_switch:
		return saved_event_number(e->args, "next");
	default:
		return SAVED_NONE;
	}
}

bool saved_event_begins(enum trace_event event)
{
	return event == TRACE_syscall_enter || event == TRACE_trap_enter ||
	       event == TRACE_interrupt_enter;
}

enum trace_event saved_event_begin_of(enum trace_event event)
{
	return event == TRACE_syscall_exit     ? TRACE_syscall_enter
	       : event == TRACE_trap_exit      ? TRACE_trap_enter
	       : event == TRACE_interrupt_exit ? TRACE_interrupt_enter
					       : TRACE_none;
}

static bool take_number(const json_t *step, const char *key, bool must, double least, double most,
			double *value)
{
	const json_t *number = json_object_get(step, key);

	*value = 0;
	if (!number)
		return !must;
	*value = json_number_value(number);
	return json_is_number(number) && *value >= least && *value <= most;
}

static enum trace_event event_named(const char *name)
{
	for (unsigned event = TRACE_none + 1; event < NR_TRACE_EVENTS; event++)
		if (strcmp(trace_event_row(event)->name, name) == 0)
			return event;
	return TRACE_none;
}

/*
 * Is the member @key absent, or an object whose member @list is absent, or has an object for each
 * of some arguments of a call? Each argument is looked for in what the call has written, so the
 * lists must be as short as those of calls.
 */
static bool has_arguments(const json_t *step, const char *key, const char *list)
{
	const json_t *object = json_object_get(step, key);
	const json_t *all = json_object_get(object, list);

	if ((object && !json_is_object(object)) || (all && !json_is_array(all)) ||
	    json_array_size(all) > CALL_ARGS)
		return false;
	for (size_t i = 0; i < json_array_size(all); i++)
		if (!json_is_object(json_array_get(all, i)))
			return false;
	return true;
}

const char *saved_event_read(struct saved_event *e, const json_t *step, uint32_t line)
{
	const json_t *name = json_object_get(step, "name");
	double cpu, detail, cost, runs;

	*e = (struct saved_event){
		.json = step, .args = json_object_get(step, "args"), .line = line};
	e->event = event_named(step_text_member(step, "event"));
	if (e->event == TRACE_none)
		return "event";
	if (!json_is_object(e->args))
		return "args";
	if (name && !json_is_string(name))
		return "name";
	e->tid = saved_event_number(step, "tid");
	if (e->tid == SAVED_NONE)
		return "tid";
	if (!take_number(step, "cpu", true, 0, TRACE_CPUS_MAX - 1, &cpu))
		return "cpu";
	if (!take_number(step, "detail", false, 0, 65535, &detail))
		return "detail";
	if (!take_number(step, "cost_ns", false, 0, 0x1p53, &cost))
		return "cost_ns";
	if (!take_number(step, "runs_ns", false, 0, 0x1p53, &runs))
		return "runs_ns";
	if (!has_arguments(step, "call", "arguments"))
		return "call";
	if (!has_arguments(step, "result", "written"))
		return "result";
	e->name = json_string_value(name);
	e->cpu = (unsigned)cpu;
	e->detail = (unsigned)detail;
	e->cost_ns = (uint64_t)cost;
	e->runs_ns = (uint64_t)runs;
	if (!e->name && (e->event == TRACE_syscall_enter || e->event == TRACE_syscall_exit)) {
		snprintf(e->number, sizeof(e->number), "syscall_%#x", e->detail);
		e->name = e->number;
	}
	e->of_program = json_is_true(json_object_get(step, "of_program"));
	return NULL;
}
