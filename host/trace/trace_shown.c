// SPDX-License-Identifier: MIT
#include "trace/trace_shown.h"

#include <string.h>

static bool begins_with_boot(const struct trace_log *log)
{
	return log->nr && trace_event_is_boot(log->all[0].event);
}

int trace_shown_init(struct trace_shown *s, const struct trace_report *r)
{
	bool rooted = r->root_pid != 0;

	*s = (struct trace_shown){.log = r->log, .whole = r->all || r->filter->nr_pids};
	trace_shown_rewind(s);
	return trace_family_find(&s->family, r->log, rooted ? &r->root_pid : r->filter->pids,
				 rooted ? 1 : r->filter->nr_pids);
}

void trace_shown_fini(struct trace_shown *s)
{
	trace_family_fini(&s->family);
}

void trace_shown_rewind(struct trace_shown *s)
{
	s->booted = !begins_with_boot(s->log);
}

/* A change of address space belongs to a switch: it comes just before it or just after. */
static bool is_of_switch(const struct trace_shown *s, const struct trace_model *m,
			 const struct trace_step *step)
{
	enum { NEAR = 4 };
	const struct trace_log *log = s->log;
	size_t from = step->index > NEAR ? step->index - NEAR : 0;

	for (size_t i = from; i < log->nr && i <= step->index + NEAR; i++) {
		const struct trace_record *r = &log->all[i];

		if (r->event != TRACE_sched_switch || trace_log_cpu(r) != step->cpu)
			continue;
		if (trace_family_has(&s->family, trace_model_pid(m, (uint32_t)r->args[0])) ||
		    trace_family_has(&s->family, trace_model_pid(m, (uint32_t)r->args[1])))
			return true;
	}
	return false;
}

bool trace_shown_takes(struct trace_shown *s, const struct trace_model *m,
		       const struct trace_step *step)
{
	s->booted |= step->from_user || step->to_user;
	if (s->whole || trace_event_is_boot(step->event) || step->event == TRACE_panic)
		return true;
	if (step->event == TRACE_address_space && is_of_switch(s, m, step))
		return true;
	return trace_family_concerns(&s->family, m, step) &&
	       !trace_family_prepares(&s->family, step);
}

/* ---- what is not shown ---- */

bool trace_fold_add(struct trace_fold *f, const struct trace_shown *s,
		    const struct trace_step *step)
{
	struct trace_text names = TRACE_TEXT(f->names);
	const char *name = step->thread && *step->thread ? step->thread
			   : step->tid			 ? "others"
							 : "idle";

	if (f->steps && f->boot == s->booted)
		return false;
	if (!f->steps++)
		f->names[0] = '\0';
	f->boot = !s->booted;
	names.len = strlen(f->names);
	if (f->boot)
		name = "boot";
	if (!strstr(f->names, name) && names.len + strlen(name) + 3 < sizeof(f->names))
		trace_text_add(&names, "%s%s", names.len ? ", " : "", name);
	return true;
}

void trace_fold_text(const struct trace_fold *f, struct trace_text *text)
{
	trace_text_add(text, "%s: %zu step%s", f->names, f->steps, f->steps == 1 ? "" : "s");
}
