// SPDX-License-Identifier: MIT
/*
 * call_value.c -- values of system calls in words: numbers, strings, structures.
 *
 * Idea.  The table of calls says how a value is read: its form, and the set of names. A structure
 *   is a list of fields, each with its offset and its own form. Memory is what the kernel has
 *   copied into the trace (call_memory.h). A function that finds that a value is not there returns
 *   false and leaves the text as it was; the caller shows the address.
 * Invariants.  V1 and V2 of call_view.c: of a string, of bytes and of a list no more than a
 *   constant is shown, and call_quote escapes what the guest wrote.
 * Tests.  call_view_test.c, tests/system/trace_calls.t, tests/fuzz/fuzz_trace.c.
 */
#include "calls/call_value.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "calls/call_names.h"
#include "calls/call_special.h"
#include "lib/printable.h"

/* ---- numbers ---- */

static int64_t as_signed(uint64_t value, unsigned bytes)
{
	unsigned shift = 64 - 8 * bytes;

	return (int64_t)(value << shift) >> shift;
}

void call_address_text(struct trace_text *text, uint64_t address)
{
	trace_text_add(text, address ? "0x%llx" : "NULL", (unsigned long long)address);
}

static void signal_text(struct trace_text *text, uint64_t value)
{
	const char *name = trace_name(TRACE_SIGNALS, value < 65 ? (unsigned)value : 0);

	if (name)
		trace_text_add(text, "%s", name);
	else if (value == 32)
		trace_text_add(text, "SIGRTMIN");
	else if (value > 32 && value < 65)
		trace_text_add(text, "SIGRT_%u", (unsigned)value - 32);
	else
		trace_text_add(text, "%lld", (long long)value);
}

static void limit_text(struct trace_text *text, uint64_t value)
{
	if (value == UINT64_MAX)
		trace_text_add(text, "RLIM64_INFINITY");
	else if (value > 1024 && value % 1024 == 0)
		trace_text_add(text, "%llu*1024", (unsigned long long)value / 1024);
	else
		trace_text_add(text, "%llu", (unsigned long long)value);
}

static void file_mode_text(struct trace_text *text, uint64_t value)
{
	if (value & ~07777ull) {
		call_flags_text(text, CALL_SET_file_type, value & ~0777ull);
		trace_text_add(text, "|");
	}
	trace_text_add(text, "%#03o", (unsigned)value & (value & ~07777ull ? 0777 : 07777));
}

void call_date_text(struct trace_text *text, int64_t seconds, unsigned nanoseconds)
{
	struct tm parts;
	time_t when = (time_t)seconds;
	char date[64];

	if ((!seconds && !nanoseconds) || !gmtime_r(&when, &parts) ||
	    !strftime(date, sizeof(date), "%FT%T", &parts))
		return;
	trace_text_add(text, " /* %s", date);
	if (nanoseconds)
		trace_text_add(text, ".%09u", nanoseconds);
	trace_text_add(text, "+0000 */");
}

void call_device_text(struct trace_text *text, uint64_t device)
{
	trace_text_add(text, "makedev(%#x, %#x)", major(device), minor(device));
}

static void handler_text(struct trace_text *text, uint64_t value)
{
	if (value > 1)
		call_address_text(text, value);
	else
		trace_text_add(text, value ? "SIG_IGN" : "SIG_DFL");
}

/* Forms of numbers that few calls have. */
static void rare_text(struct trace_text *text, enum call_form form, uint64_t value, int64_t number)
{
	switch (form) {
	case CALL_FORM_date:
		trace_text_add(text, "%lld", (long long)number);
		call_date_text(text, number, 0);
		break;
	case CALL_FORM_octal:
		trace_text_add(text, "%#llo", (unsigned long long)value);
		break;
	case CALL_FORM_key:
		trace_text_add(text, value ? "%#llx" : "IPC_PRIVATE", (unsigned long long)value);
		break;
	case CALL_FORM_device:
		call_device_text(text, value);
		break;
	default:
		call_address_text(text, value);
	}
}

void call_number_text(struct trace_text *text, struct call_kind kind, uint64_t value,
		      unsigned bytes)
{
	int64_t number = as_signed(value, bytes);

	if (bytes < 8)
		value &= (1ull << 8 * bytes) - 1;
	switch ((enum call_form)kind.form) {
	case CALL_FORM_udec:
		trace_text_add(text, "%llu", (unsigned long long)value);
		break;
	case CALL_FORM_hex:
		trace_text_add(text, "%#llx", (unsigned long long)value);
		break;
	case CALL_FORM_mode:
		trace_text_add(text, "%#03o", (unsigned)value);
		break;
	case CALL_FORM_file_mode:
		file_mode_text(text, value);
		break;
	case CALL_FORM_dirfd:
		if (number == AT_FDCWD)
			trace_text_add(text, "AT_FDCWD");
		else
			trace_text_add(text, "%lld", (long long)number);
		break;
	case CALL_FORM_id:
		trace_text_add(text, "%lld", number == -1 ? -1ll : (long long)value);
		break;
	case CALL_FORM_signal:
		signal_text(text, (uint64_t)number);
		break;
	case CALL_FORM_limit:
		limit_text(text, value);
		break;
	case CALL_FORM_handler:
		handler_text(text, value);
		break;
	case CALL_FORM_WORD:
		call_word_text(text, kind.set, value);
		break;
	case CALL_FORM_FLAGS:
		call_flags_text(text, kind.set, value);
		break;
	case CALL_FORM_dec:
	case CALL_FORM_fd:
		trace_text_add(text, "%lld", (long long)number);
		break;
	default:
		rare_text(text, kind.form, value, number);
	}
}

/* ---- strings ---- */

static const char *escape_of(char c)
{
	switch (c) {
	case '\n':
		return "\\n";
	case '\t':
		return "\\t";
	case '\r':
		return "\\r";
	case '\v':
		return "\\v";
	case '\f':
		return "\\f";
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	default:
		return NULL;
	}
}

/* @len bytes that may not be shown. Of an octal number all digits are written before a digit. */
static void octal_text(struct trace_text *text, const char *bytes, size_t len, size_t rest)
{
	for (size_t i = 0; i < len; i++) {
		bool digit = i + 1 < rest && bytes[i + 1] >= '0' && bytes[i + 1] <= '7';

		trace_text_add(text, digit ? "\\%03o" : "\\%o", (unsigned char)bytes[i]);
	}
}

void call_quote(struct trace_text *text, const char *bytes, size_t len)
{
	trace_text_add(text, "\"");
	while (len > 0) {
		char shown[PRINTABLE_MAX];
		const char *escape = escape_of(*bytes);
		size_t nr = 0, used = escape ? 1 : printable_next(bytes, len, shown, &nr);

		if (escape)
			trace_text_add(text, "%s", escape);
		else if (nr == used)
			trace_text_put(text, shown, nr);
		else
			octal_text(text, bytes, used, len);
		bytes += used;
		len -= used;
	}
	trace_text_add(text, "\"");
}

bool call_string_text(struct trace_text *text, struct call_place place, size_t max)
{
	char bytes[CALL_STRING_SHOWN];
	size_t known, len;

	if (max > sizeof(bytes))
		max = sizeof(bytes);
	known = call_memory_read(place.memory, place.at_return, place.address, bytes, max);
	if (!known)
		return false;
	len = strnlen(bytes, known);
	call_quote(text, bytes, len);
	if (len == known)
		trace_text_add(text, "...");
	return true;
}

bool call_bytes_text(struct trace_text *text, struct call_place place, uint64_t nr)
{
	char bytes[CALL_BYTES_SHOWN];
	size_t known = call_memory_read(place.memory, place.at_return, place.address, bytes,
					nr < sizeof(bytes) ? nr : sizeof(bytes));

	if (!known && nr)
		return false;
	call_quote(text, bytes, known);
	if (known < nr)
		trace_text_add(text, "...");
	return true;
}

/* ---- structures ---- */

static bool field_text(struct trace_text *text, struct call_place place,
		       const struct call_field *field)
{
	uint64_t value = 0;

	place.address += field->offset;
	if (field->kind.form == CALL_FORM_text)
		return call_string_text(text, place, field->bytes);
	if (field->kind.form == CALL_FORM_OBJECT)
		return call_object_text(text, place, field->kind.type);
	if (call_memory_read(place.memory, place.at_return, place.address, &value, field->bytes) <
	    field->bytes)
		return false;
	call_number_text(text, field->kind, value, field->bytes);
	return true;
}

bool call_object_text(struct trace_text *text, struct call_place place, enum call_type type)
{
	const struct call_structure *s = call_structure(type);
	size_t before = text->len;

	if (!s->nr_fields)
		return call_special_text(text, place, type, s->bytes);
	for (unsigned i = 0; i < s->nr_fields; i++) {
		const struct call_field *field = &s->fields[i];

		if (!s->is_scalar)
			trace_text_add(text, "%s", i ? ", " : "{");
		if (field->name && !s->is_scalar)
			trace_text_add(text, "%s=", field->name);
		if (!field->name) {
			trace_text_add(text, "...");
		} else if (!field_text(text, place, field)) {
			trace_text_cut(text, before);
			return false;
		}
	}
	if (!s->is_scalar)
		trace_text_add(text, "}");
	return true;
}

bool call_list_text(struct trace_text *text, struct call_place place, enum call_type type,
		    uint64_t count)
{
	unsigned bytes = call_structure(type)->bytes;
	uint64_t i;

	for (i = 0; i < count && i < CALL_OBJECTS_SHOWN; i++) {
		size_t len = text->len;

		trace_text_add(text, "%s", i ? ", " : "[");
		if (!call_object_text(text, place, type)) {
			trace_text_cut(text, len);
			break;
		}
		place.address += bytes;
	}
	if (i == 0 && count)
		return false;
	trace_text_add(text, "%s%s]", count ? "" : "[", i < count ? ", ..." : "");
	return true;
}
