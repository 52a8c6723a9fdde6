// SPDX-License-Identifier: MIT
#include "trace/trace_family.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { INIT_PID = 1 };

static void add(struct trace_family *f, uint32_t pid)
{
	if (pid && pid < TRACE_PID_LIMIT)
		f->member[pid / 8] |= (uint8_t)(1u << pid % 8);
}

bool trace_family_has(const struct trace_family *f, uint32_t pid)
{
	return pid < TRACE_PID_LIMIT && f->member[pid / 8] >> pid % 8 & 1;
}

/* The first thread but init that makes a call. */
static uint32_t first_caller(const struct trace_log *log)
{
	for (size_t i = 0; i < log->nr; i++)
		if (log->all[i].event == TRACE_syscall_enter && log->all[i].tid > INIT_PID)
			return log->all[i].tid;
	return 0;
}

static bool is_exec(const struct trace_record *r)
{
	return r->detail == SYS_execve;
}

/* Where process @pid first executes a program with success; 0: it does not. */
static size_t first_exec(const struct trace_log *log, uint32_t pid)
{
	size_t begun = 0;

	for (size_t i = 0; i < log->nr; i++) {
		const struct trace_record *r = &log->all[i];

		if (r->tid != pid)
			continue;
		if (r->event == TRACE_syscall_enter && is_exec(r))
			begun = i;
		else if (r->event == TRACE_syscall_exit && is_exec(r) && r->args[0] == 0)
			return begun;
	}
	return begun;
}

int trace_family_find(struct trace_family *f, const struct trace_log *log, const uint32_t *pids,
		      unsigned nr_pids)
{
	*f = (struct trace_family){.member = calloc(TRACE_PID_LIMIT / 8, 1)};
	if (!f->member)
		return -ENOMEM;
	for (unsigned i = 0; i < nr_pids; i++)
		add(f, pids[i]);
	f->head = nr_pids ? pids[0] : 0;
	for (size_t i = 0; i < log->nr; i++) {
		const struct trace_record *r = &log->all[i];
		uint32_t pid = (uint32_t)r->args[0], parent = (uint32_t)r->args[1];

		if (r->event != TRACE_process_create)
			continue;
		if (!f->head && parent == INIT_PID) {
			f->head = pid;
			add(f, pid);
		}
		if (trace_family_has(f, parent))
			add(f, pid);
	}
	if (!f->head) {
		f->head = first_caller(log);
		add(f, f->head);
	}
	f->begins = first_exec(log, f->head);
	return 0;
}

void trace_family_fini(struct trace_family *f)
{
	free(f->member);
	*f = (struct trace_family){0};
}

bool trace_family_prepares(const struct trace_family *f, const struct trace_step *step)
{
	if (step->index >= f->begins || step->tid != f->head)
		return false;
	return step->event != TRACE_user_enter && step->event != TRACE_sched_switch &&
	       step->event != TRACE_sched_pick;
}

bool trace_family_concerns(const struct trace_family *f, const struct trace_model *model,
			   const struct trace_step *step)
{
	uint32_t pids[TRACE_STEP_PIDS];
	unsigned nr = trace_step_pids(model, step, pids);

	for (unsigned i = 0; i < nr; i++)
		if (trace_family_has(f, pids[i]))
			return true;
	return false;
}
