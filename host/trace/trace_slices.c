// SPDX-License-Identifier: MIT
/*
 * trace_slices.c -- the nesting of traps, handlers and returns.
 *
 * Idea.  A thread's traps nest as calls do: an interrupt may come within a system call. The end of
 *   a handler is the end of its trap, unless the thread comes to user mode later: then the return
 *   lasts until it does.
 * Invariants.
 *   N1  Every slice that begins also ends, the innermost first, whatever events are missing: an end
 *       without its beginning is ignored, and the end of an outer slice ends the inner ones.
 *   N2  In user mode no trap is open.
 * Tests.  trace_slices_test.c.
 */
#include "trace/trace_slices.h"

struct writer {
	struct trace_slice_op *ops;
	unsigned nr;
};

static void put(struct writer *w, bool begin, enum trace_slice slice, size_t step)
{
	w->ops[w->nr++] = (struct trace_slice_op){begin, slice, step};
}

static void end_innermost(struct trace_nest *n, struct writer *w)
{
	size_t step = n->open[--n->depth].step;

	put(w, false, n->open[n->depth].returns ? TRACE_SLICE_RETURN : TRACE_SLICE_HANDLER, step);
	put(w, false, TRACE_SLICE_TRAP, step);
}

static void end_user(struct trace_nest *n, struct writer *w)
{
	if (n->user)
		put(w, false, TRACE_SLICE_USER, TRACE_NO_STEP);
	n->user = false;
}

static void enter_user(struct trace_nest *n, const struct trace_step *step, struct writer *w)
{
	while (n->depth)
		end_innermost(n, w); /* N2 */
	if (!n->user)
		put(w, true, TRACE_SLICE_USER, step->index);
	n->user = true;
}

static void enter_trap(struct trace_nest *n, const struct trace_step *step, struct writer *w)
{
	end_user(n, w);
	while (step->from_user && n->depth)
		end_innermost(n, w);
	if (n->depth == TRACE_SLICE_DEPTH)
		return;
	n->open[n->depth].step = step->index;
	n->open[n->depth].detail = step->detail;
	n->open[n->depth].event = step->event;
	n->open[n->depth].returns = false;
	n->depth++;
	put(w, true, TRACE_SLICE_TRAP, step->index);
	put(w, true, TRACE_SLICE_HANDLER, step->index);
}

/* The handler that @enter began is done. Returns: the step that began it, or TRACE_NO_STEP. */
static size_t leave_trap(struct trace_nest *n, const struct trace_step *step, unsigned enter,
			 bool stays, struct writer *w)
{
	unsigned at = n->depth;
	size_t began;

	while (at > 0 && (n->open[at - 1].event != enter || n->open[at - 1].returns ||
			  n->open[at - 1].detail != step->detail))
		at--;
	if (at == 0)
		return TRACE_NO_STEP; /* N1 */
	while (n->depth > at)
		end_innermost(n, w);
	began = n->open[at - 1].step;
	put(w, false, TRACE_SLICE_HANDLER, began);
	put(w, true, TRACE_SLICE_RETURN, step->index);
	n->open[at - 1].returns = true;
	if (!stays)
		end_innermost(n, w);
	return began;
}

unsigned trace_nest_take(struct trace_nest *n, const struct trace_step *step,
			 struct trace_slice_op ops[TRACE_SLICE_OPS], size_t *opened)
{
	struct writer w = {ops, 0};
	bool to_program = false; /* the handler serves it, even if it does not return at once */

	*opened = TRACE_NO_STEP;
	switch (step->event) {
	case TRACE_syscall_enter:
	case TRACE_trap_enter:
	case TRACE_interrupt_enter:
		enter_trap(n, step, &w);
		break;
	case TRACE_syscall_exit:
		*opened = leave_trap(n, step, TRACE_syscall_enter, true, &w);
		break;
	case TRACE_trap_exit:
		to_program = step->args[1] != 0;
		*opened = leave_trap(n, step, TRACE_trap_enter, to_program, &w);
		break;
	case TRACE_interrupt_exit:
		to_program = step->args[1] != 0;
		*opened = leave_trap(n, step, TRACE_interrupt_enter, to_program, &w);
		break;
	case TRACE_user_enter:
		if (n->depth && !n->open[0].returns)
			*opened = n->open[0].step; /* exec: the call does not return */
		break;
	default:
		break;
	}
	if (step->to_user)
		enter_user(n, step, &w);
	return w.nr;
}

unsigned trace_nest_end(struct trace_nest *n, struct trace_slice_op ops[TRACE_SLICE_OPS])
{
	struct writer w = {ops, 0};

	end_user(n, &w);
	while (n->depth)
		end_innermost(n, &w);
	return w.nr;
}
