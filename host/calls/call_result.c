// SPDX-License-Identifier: MIT
/* What system calls return, in words. */
#include "calls/call_view.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <string.h>

#include "calls/call_kind_values.h"
#include "calls/call_ready.h"
#include "calls/call_value.h"

static bool is_call(const struct call_view *v, const char *name)
{
	return strcmp(v->call->name, name) == 0;
}

static const char *why_again(unsigned error)
{
	switch (error) {
	case 512:
		return "To be restarted if SA_RESTART is set";
	case 513:
		return "To be restarted";
	case 514:
		return "To be restarted if no handler";
	case 516:
		return "Interrupted by signal";
	default:
		return NULL;
	}
}

static void error_text(struct trace_text *text, unsigned error)
{
	const char *name = trace_name(TRACE_ERRNOS, error), *again = why_again(error);

	if (again)
		trace_text_add(text, "? %s (%s)", name, again);
	else if (name)
		trace_text_add(text, "-1 %s (%s)", name, strerror((int)error));
	else
		trace_text_add(text, "-1 (errno %u)", error);
}

static void value_text(struct trace_text *text, const struct call_view *v)
{
	static const char *const addresses[] = {"mmap", "brk", "mremap"};
	unsigned long long result = v->result;

	for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (!is_call(v, addresses[i]))
			continue;
		trace_text_add(text, "%#llx", result);
		return;
	}
	if (is_call(v, "umask"))
		trace_text_add(text, "%#03llo", result);
	else
		trace_text_add(text, "%lld", (long long)result);
}

/* Is it fcntl or prctl with @command? */
static bool is_command(const struct call_view *v, const char *name, uint32_t command)
{
	return v->args && (uint32_t)v->args[is_call(v, "fcntl")] == command && is_call(v, name);
}

/* What a number that is returned means, if it has names; how it is written. */
struct meaning {
	bool is_hex;
	const char *before; /* the name */
	struct call_kind kind;
};

static const struct meaning *meaning_of(const struct call_view *v)
{
	static const struct meaning flags = {true, "flags ", CALL_KIND(flags(open))},
				    descriptor = {true, "flags ", CALL_KIND(flags(descriptor))},
				    lease = {true, "", CALL_KIND(word(lock_type))},
				    seals = {true, "seals ", CALL_KIND(flags(seals))},
				    signal = {false, "", CALL_KIND(signal)},
				    dumpable = {false, "", CALL_KIND(word(dumpable))},
				    policy = {false, "", CALL_KIND(word(policy))},
				    personality = {true, "", CALL_KIND(word(personality))};

	if (is_command(v, "fcntl", F_GETFL))
		return &flags;
	if (is_command(v, "fcntl", F_GETFD) && v->result)
		return &descriptor;
	if (is_command(v, "fcntl", F_GETLEASE))
		return &lease;
	if (is_command(v, "fcntl", F_GET_SEALS))
		return &seals;
	if (is_command(v, "prctl", PR_GET_DUMPABLE))
		return &dumpable;
	if (is_call(v, "sched_getscheduler"))
		return &policy;
	if (is_call(v, "personality"))
		return &personality;
	if ((is_command(v, "fcntl", F_GETSIG) && v->result) || is_call(v, "rt_sigtimedwait"))
		return &signal;
	return NULL;
}

void call_result_text(struct trace_text *text, const struct call_view *v)
{
	const struct meaning *meaning;
	unsigned long long result = v->result;

	if (call_failed(v)) {
		error_text(text, (unsigned)-v->result);
		return;
	}
	meaning = meaning_of(v);
	if (!meaning) {
		value_text(text, v);
		call_which_text(text, v);
		return;
	}
	trace_text_add(text, meaning->is_hex ? "%#llx (%s" : "%lld (%s", result, meaning->before);
	call_number_text(text, meaning->kind, v->result, 4);
	trace_text_add(text, ")");
}

void call_result_short(struct trace_text *text, const struct call_view *v)
{
	const char *name = call_failed(v) ? trace_name(TRACE_ERRNOS, (unsigned)-v->result) : NULL;

	if (name)
		trace_text_add(text, "-%s", name);
	else
		value_text(text, v);
}
