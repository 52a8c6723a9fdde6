// SPDX-License-Identifier: MIT
#include "calls/call_ready.h"

#include <poll.h>
#include <string.h>

#include "calls/call_names.h"

bool call_ready_text(struct trace_text *text, struct call_place place, uint64_t count)
{
	struct pollfd fd;
	const char *comma = "";
	uint64_t i;

	for (i = 0; i < count && i < CALL_OBJECTS_SHOWN; i++, place.address += sizeof(fd)) {
		if (call_memory_read(place.memory, place.at_return, place.address, &fd,
				     sizeof(fd)) < sizeof(fd))
			break;
		trace_text_add(text, "%s", i ? "" : "[");
		if (!fd.revents)
			continue;
		trace_text_add(text, "%s{fd=%d, revents=", comma, fd.fd);
		call_flags_text(text, CALL_SET_poll, (uint16_t)fd.revents);
		trace_text_add(text, "}");
		comma = ", ";
	}
	if (i)
		trace_text_add(text, i < count ? "%s...]" : "]", comma);
	return i > 0;
}

/* The sets of select: "in [3], out [4]", those that contain something. */
static void sets_text(struct trace_text *text, const struct call_view *v)
{
	static const char *const names[] = {"in", "out", "except"};
	const char *comma = "";

	for (unsigned i = 0; i < 3; i++) {
		struct call_place place = {&v->memory, true, v->args[1 + i]};
		uint64_t word = 0;

		if (!place.address ||
		    !call_memory_read(place.memory, true, place.address, &word, sizeof(word)) ||
		    !word)
			continue;
		trace_text_add(text, "%s%s ", comma, names[i]);
		call_object_text(text, place, CALL_TYPE_fd_set);
		comma = ", ";
	}
}

/* The time that was left of argument @i, which the call has changed. */
static void left_text(struct trace_text *text, const struct call_view *v, unsigned i,
		      const char *comma)
{
	struct call_place place = {&v->memory, true, v->args[i]};
	struct call_kind kind = call_argument_kind(v->call, i, v->args);
	size_t before = text->len;

	if (!place.address)
		return;
	trace_text_add(text, "%sleft ", comma);
	if (!call_object_text(text, place, kind.type))
		trace_text_cut(text, before);
}

/* Which argument is a timeout that the call changes? 0: none. */
static unsigned timeout_of(const char *name)
{
	static const struct {
		const char *name;
		unsigned argument;
	} calls[] = {{"ppoll", 2}, {"select", 4}, {"pselect6", 4}, {"recvmmsg", 4}};

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].argument;
	return 0;
}

void call_which_text(struct trace_text *text, const struct call_view *v)
{
	const char *name = v->call->name;
	bool polls = strcmp(name, "poll") == 0 || strcmp(name, "ppoll") == 0;
	bool selects = strcmp(name, "select") == 0 || strcmp(name, "pselect6") == 0;
	unsigned timeout = timeout_of(name);
	size_t before = text->len, nothing;

	if (!v->args || call_failed(v) || !(polls || selects || timeout))
		return;
	if (!v->result) {
		trace_text_add(text, " (Timeout)");
		return;
	}
	trace_text_add(text, " (");
	nothing = text->len;
	if (polls)
		call_ready_text(text, (struct call_place){&v->memory, true, v->args[0]},
				(uint32_t)v->args[1]);
	else if (selects)
		sets_text(text, v);
	if (timeout)
		left_text(text, v, timeout, text->len > nothing ? ", " : "");
	if (text->len > nothing)
		trace_text_add(text, ")");
	else
		trace_text_cut(text, before);
}
