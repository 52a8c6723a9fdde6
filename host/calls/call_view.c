// SPDX-License-Identifier: MIT
/*
 * call_view.c -- system calls in words, as strace writes them.
 *
 * Idea.  The table of calls says how each argument is read: as a number, or as memory that the
 *   kernel has copied into the trace. What the trace does not have is shown as its address.
 * Invariants.
 *   V1  Counts and addresses are the guest's: no loop is longer than a constant, and only
 *       call_memory_read looks at memory.
 *   V2  Texts of the guest are escaped (call_quote).
 * Tests.  call_view_test.c, tests/system/trace_calls.t, tests/fuzz/fuzz_trace.c.
 */
#include "calls/call_view.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "calls/call_futex.h"
#include "calls/call_message.h"
#include "calls/call_names.h"
#include "calls/call_ready.h"
#include "calls/call_special.h"
#include "calls/call_structures.h"
#include "calls/call_value.h"

/* clone writes a number where its argument CLONE_PARENT_TID points to, if a flag says so. */
enum { CLONE_PARENT_TID = 2, CLONE_WRITES = CLONE_PARENT_SETTID | CLONE_PIDFD };

static bool is_call(const struct call_view *v, const char *name)
{
	return strcmp(v->call->name, name) == 0;
}

static struct call_kind kind_of(const struct call_view *v, unsigned i)
{
	return call_argument_kind(v->call, i, v->args);
}

/* ---- which arguments ---- */

/* Is the option of prctl one whose further arguments must be 0, or mean something? */
static bool has_all(uint64_t option)
{
	return option == PR_SET_NO_NEW_PRIVS || option == PR_GET_NO_NEW_PRIVS ||
	       option == PR_CAP_AMBIENT || option == PR_SET_VMA;
}

/* Does the mode that argument @i has say that there is a device number behind it? */
static bool makes_device(const struct call_view *v, unsigned i)
{
	return S_ISCHR(v->args[i]) || S_ISBLK(v->args[i]);
}

unsigned call_nr_shown(const struct call_view *v)
{
	const uint64_t *args = v->args;
	unsigned nr = v->call->nr_args;

	if (!args)
		return 0;
	if ((is_call(v, "open") && !(args[1] & (O_CREAT | 020000000))) ||
	    (is_call(v, "openat") && !(args[2] & (O_CREAT | 020000000))) ||
	    (is_call(v, "mremap") && !(args[3] & 6)) ||
	    (is_call(v, "mknod") && !makes_device(v, 1)) ||
	    (is_call(v, "mknodat") && !makes_device(v, 2)))
		return nr - 1;
	for (unsigned i = 0; i < nr; i++)
		if (kind_of(v, i).form == CALL_FORM_none)
			return i;
	return is_call(v, "prctl") && call_command_name(CALL_SET_prctl, args[0]) &&
			       !has_all(args[0])
		       ? 2
		       : nr;
}

unsigned call_first_out(const struct call_view *v)
{
	unsigned nr = call_nr_shown(v);

	if (nr && is_call(v, "clone") && !(v->args[0] & CLONE_WRITES))
		return nr;
	for (unsigned i = 0; i < nr; i++)
		if (kind_of(v, i).direction == CALL_OUT && v->args[i])
			return i;
	return nr;
}

bool call_is_buffer(const struct call_view *v, unsigned i)
{
	struct call_kind kind = kind_of(v, i);

	return kind.form == CALL_FORM_VECTOR || kind.form == CALL_FORM_MESSAGE ||
	       kind.form == CALL_FORM_MESSAGES ||
	       (kind.form == CALL_FORM_OBJECT &&
		(kind.type == CALL_TYPE_bytes || kind.type == CALL_TYPE_random));
}

/* ---- arguments ---- */

/* How many objects are meant. */
static uint64_t count_of(const struct call_view *v, struct call_kind kind)
{
	unsigned arg = (kind.count - CALL_NR_arg0) % CALL_ARGS;
	uint32_t at = 0, before;

	switch ((enum call_count)kind.count) {
	case CALL_NR_one:
		return 1;
	case CALL_NR_two:
		return 2;
	case CALL_NR_result:
		return call_failed(v) ? 0 : v->result;
	default:
		break;
	}
	if (kind.count < CALL_NR_at0)
		return call_argument_bytes(&v->call->args[arg]) == 4 ? (uint32_t)v->args[arg]
								     : v->args[arg];
	if (call_memory_read(&v->memory, false, v->args[arg], &before, sizeof(before)) <
	    sizeof(before))
		before = UINT32_MAX;
	if (call_memory_read(&v->memory, v->returned, v->args[arg], &at, sizeof(at)) < sizeof(at))
		at = before == UINT32_MAX ? 0 : before;
	return at < before ? at : before; /* the room that there was */
}

/* What the value of a socket's option is. */
static enum call_type option_type(const struct call_view *v)
{
	if ((uint32_t)v->args[1] != SOL_SOCKET)
		return CALL_TYPE_option;
	switch ((uint32_t)v->args[2]) {
	case SO_LINGER:
		return CALL_TYPE_linger;
	case SO_PEERCRED:
		return CALL_TYPE_ucred;
	default:
		return CALL_TYPE_option;
	}
}

static bool object_text(struct trace_text *text, const struct call_view *v, struct call_kind kind,
			struct call_place place)
{
	uint64_t count = count_of(v, kind);
	enum call_type option =
		kind.type == CALL_TYPE_option ? option_type(v) : (enum call_type)kind.type;

	if (option != kind.type && count >= call_structure(option)->bytes)
		return call_object_text(text, place, option);

	if (kind.type == CALL_TYPE_pollfd && place.at_return)
		return call_ready_text(text, place, count);
	if (kind.count == CALL_NR_one)
		return call_object_text(text, place, kind.type);
	if (kind.type == CALL_TYPE_sockaddr && !count)
		return false;
	if (call_structure(kind.type)->bytes == 1)
		return call_special_text(text, place, kind.type, count);
	return call_list_text(text, place, kind.type, count);
}

/* A scalar is shown as a list of one, as it is behind a pointer. */
static bool pointed_text(struct trace_text *text, const struct call_view *v, struct call_kind kind,
			 struct call_place place)
{
	if (kind.count == CALL_NR_one && call_structure(kind.type)->is_scalar)
		return call_list_text(text, place, kind.type, 1);
	return object_text(text, v, kind, place);
}

/* The pointers to strings at @place, up to a NULL. */
static bool strings_text(struct trace_text *text, struct call_place place)
{
	struct call_place string = place;
	unsigned i;

	for (i = 0; i < CALL_OBJECTS_SHOWN; i++, place.address += sizeof(uint64_t)) {
		if (call_memory_read(place.memory, place.at_return, place.address, &string.address,
				     sizeof(uint64_t)) < sizeof(uint64_t))
			break;
		if (!string.address) {
			trace_text_add(text, i ? "]" : "[]");
			return true;
		}
		trace_text_add(text, i ? ", " : "[");
		if (!call_string_text(text, string, CALL_STRING_SHOWN))
			call_address_text(text, string.address);
	}
	if (i)
		trace_text_add(text, ", ...]");
	return i > 0;
}

/* An address, and how many objects the kernel has counted there. */
static bool counted_text(struct trace_text *text, struct call_place place, const char *one,
			 const char *many)
{
	uint64_t count;

	if (!call_memory_count(place.memory, place.at_return, place.address, &count))
		return false;
	call_address_text(text, place.address);
	trace_text_add(text, " /* %llu %s */", (unsigned long long)count, count == 1 ? one : many);
	return true;
}

/* What argument @i points to, as it was when the call began or returned. */
static bool memory_text(struct trace_text *text, const struct call_view *v, unsigned i,
			bool at_return)
{
	struct call_kind kind = kind_of(v, i);
	struct call_place place = {&v->memory, at_return, v->args[i]};
	bool is_out = kind.direction == CALL_OUT;

	if (!place.address)
		return false;
	switch ((enum call_form)kind.form) {
	case CALL_FORM_STRING:
		return call_string_text(text, place, CALL_STRING_SHOWN);
	case CALL_FORM_STRINGS:
		return strings_text(text, place);
	case CALL_FORM_OBJECT:
		return pointed_text(text, v, kind, place);
	case CALL_FORM_ENVIRONMENT:
		return counted_text(text, place, "var", "vars");
	case CALL_FORM_ENTRIES:
		return counted_text(text, place, "entries", "entries");
	case CALL_FORM_VECTOR:
		place.at_return = false;
		return call_vector_text(text, v, place, is_out, count_of(v, kind),
					is_out ? v->result : UINT64_MAX);
	case CALL_FORM_MESSAGE:
		return call_message_text(text, v, place, is_out, is_out ? v->result : UINT64_MAX);
	case CALL_FORM_MESSAGES:
		return call_messages_text(text, v, place, is_out, count_of(v, kind));
	case CALL_FORM_CLONE:
		return call_clone_text(text, place, v->returned);
	case CALL_FORM_MASK:
		return call_mask_text(text, place);
	default:
		return false;
	}
}

/* May memory that the call writes be shown? */
static bool has_written(const struct call_view *v)
{
	if (is_call(v, "wait4") && !v->result) /* no child has changed */
		return false;
	return v->args && v->returned && !call_failed(v);
}

/* A number that the call reads and changes: "[128 => 16]" instead of "[128]". */
static void changed_text(struct trace_text *text, const struct call_view *v, struct call_kind kind,
			 uint64_t address)
{
	uint32_t before, after;

	if (kind.direction != (CALL_IN | CALL_OUT) || kind.type != CALL_TYPE_u32 ||
	    call_memory_read(&v->memory, true, address, &after, 4) < 4 ||
	    call_memory_read(&v->memory, false, address, &before, 4) < 4 || before == after ||
	    text->buffer[text->len - 1] != ']')
		return;
	trace_text_cut(text, text->len - 1);
	trace_text_add(text, " => %u]", after);
}

/* The protocol of a socket of the family that the first argument is. */
static void protocol_text(struct trace_text *text, const struct call_view *v, uint64_t protocol)
{
	if (v->args[0] == AF_INET || v->args[0] == AF_INET6)
		call_word_text(text, CALL_SET_protocol_inet, protocol);
	else if (v->args[0] == AF_NETLINK)
		call_word_text(text, CALL_SET_protocol_netlink, protocol);
	else
		trace_text_add(text, "%u", (unsigned)protocol);
}

void call_argument_text(struct trace_text *text, const struct call_view *v, unsigned i)
{
	const struct call_argument *argument = &v->call->args[i];
	struct call_kind kind = kind_of(v, i);
	struct call_place place = {&v->memory, false, v->args[i]};

	if (kind.form == CALL_FORM_protocol)
		protocol_text(text, v, v->args[i]);
	else if (kind.form < CALL_FORM_text)
		call_number_text(text, kind, v->args[i], call_argument_bytes(argument));
	else if (kind.direction & CALL_IN ? memory_text(text, v, i, false)
					  : has_written(v) && memory_text(text, v, i, true))
		changed_text(text, v, kind, v->args[i]);
	else if (kind.form != CALL_FORM_MESSAGE || kind.direction != CALL_OUT || !call_failed(v) ||
		 !call_message_room_text(text, place))
		call_address_text(text, v->args[i]);
}

static void named_text(struct trace_text *text, const struct call_view *v, const char *name,
		       unsigned i, const char **comma)
{
	trace_text_add(text, "%s%s=", *comma, name);
	*comma = ", ";
	call_argument_text(text, v, i);
}

/* clone's arguments by name, as those of the C library's function have another order. */
static void clone_text(struct trace_text *text, const struct call_view *v, unsigned from,
		       unsigned to)
{
	uint64_t flags = v->args[0];
	const char *comma = "";

	if (from == 0) {
		named_text(text, v, "child_stack", 1, &comma);
		named_text(text, v, "flags", 0, &comma);
	}
	if (to <= CLONE_PARENT_TID)
		return;
	if (flags & CLONE_WRITES)
		named_text(text, v, "parent_tid", CLONE_PARENT_TID, &comma);
	if (flags & CLONE_SETTLS)
		named_text(text, v, "tls", 4, &comma);
	if (flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID))
		named_text(text, v, "child_tidptr", 3, &comma);
}

void call_arguments_text(struct trace_text *text, const struct call_view *v, unsigned from,
			 unsigned to)
{
	uint64_t mask;

	if (is_call(v, "clone") && from < to) {
		clone_text(text, v, from, to);
		return;
	}
	if (is_call(v, "futex") && from < to) {
		call_futex_text(text, v);
		return;
	}
	if (is_call(v, "rt_sigreturn") && from == 0 && call_memory_first(&v->memory, &mask)) {
		struct call_place place = {&v->memory, false, mask};

		trace_text_add(text, "{mask=");
		call_object_text(text, place, CALL_TYPE_sigset);
		trace_text_add(text, "}");
	}
	for (unsigned i = from; i < to; i++) {
		if (kind_of(v, i).form == CALL_FORM_hidden)
			continue;
		if (i > from)
			trace_text_add(text, ", ");
		call_argument_text(text, v, i);
	}
}

void call_text(struct trace_text *text, const struct call_view *v)
{
	trace_text_add(text, v->args ? "%s(" : "%s(...", v->call->name);
	call_arguments_text(text, v, 0, call_nr_shown(v));
	trace_text_add(text, ")");
}

bool call_written_text(struct trace_text *text, const struct call_view *v, unsigned i)
{
	return has_written(v) && (kind_of(v, i).direction & CALL_OUT) &&
	       memory_text(text, v, i, true);
}
