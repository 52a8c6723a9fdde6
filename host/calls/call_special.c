// SPDX-License-Identifier: MIT
/*
 * call_special.c -- what is no list of fields: sets of bits, addresses of sockets, bytes.
 *
 * Idea.  Each type has a function that writes what is known of it; structures of which not all
 *   fields are always shown are call_structures.c's.
 * Invariants.  Those of call_value.c. Nothing is read beyond the bytes that the trace has.
 * Tests.  call_view_test.c, tests/system/trace_calls.t.
 */
#include "calls/call_special.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "calls/call_names.h"
#include "calls/call_structures.h"

/* "[INT CHLD]"; of a set with most signals, those that are not in it: "~[KILL STOP]". */
static void sigset_text(struct trace_text *text, uint64_t set)
{
	bool inverted = __builtin_popcountll(set) > 32;
	const char *blank = "";

	set = inverted ? ~set : set;
	trace_text_add(text, inverted ? "~[" : "[");
	for (unsigned signal = 1; signal <= 64; signal++) {
		const char *name = trace_name(TRACE_SIGNALS, signal);

		if (!(set >> (signal - 1) & 1))
			continue;
		if (name)
			trace_text_add(text, "%s%s", blank, name + strlen("SIG"));
		else if (signal == 32)
			trace_text_add(text, "%sRTMIN", blank);
		else
			trace_text_add(text, "%sRT_%u", blank, signal - 32);
		blank = " ";
	}
	trace_text_add(text, "]");
}

static void wait_status_text(struct trace_text *text, uint32_t status)
{
	const char *name = trace_name(TRACE_SIGNALS, status & 0x7f);
	const char *stop = trace_name(TRACE_SIGNALS, status >> 8 & 0xff);

	if (status == 0xffff)
		trace_text_add(text, "[{WIFCONTINUED(s)}]");
	else if ((status & 0xff) == 0x7f)
		trace_text_add(text, "[{WIFSTOPPED(s) && WSTOPSIG(s) == %s}]", stop ? stop : "?");
	else if (status & 0x7f)
		trace_text_add(text, "[{WIFSIGNALED(s) && WTERMSIG(s) == %s%s}]", name ? name : "?",
			       status & 0x80 ? " && WCOREDUMP(s)" : "");
	else
		trace_text_add(text, "[{WIFEXITED(s) && WEXITSTATUS(s) == %u}]",
			       status >> 8 & 0xff);
}

/* The numbers of the bits that are set. */
static void bits_text(struct trace_text *text, const unsigned char *bytes, size_t nr)
{
	const char *blank = "";

	trace_text_add(text, "[");
	for (unsigned bit = 0; bit < 8 * nr; bit++) {
		if (!(bytes[bit / 8] >> bit % 8 & 1))
			continue;
		trace_text_add(text, "%s%u", blank, bit);
		blank = " ";
	}
	trace_text_add(text, "]");
}

static void unix_text(struct trace_text *text, const unsigned char *bytes, size_t nr)
{
	const char *path = (const char *)bytes + 2;
	size_t len = nr > 2 ? nr - 2 : 0;
	bool is_abstract = len > 0 && !path[0];

	if (!len)
		return;
	trace_text_add(text, is_abstract ? ", sun_path=@" : ", sun_path=");
	call_quote(text, path + is_abstract, is_abstract ? len - 1 : strnlen(path, len));
}

static bool address_text(struct trace_text *text, const unsigned char *bytes, size_t nr)
{
	uint16_t family, port;
	char name[INET_ADDRSTRLEN];

	if (nr < sizeof(family))
		return false;
	memcpy(&family, bytes, sizeof(family));
	memcpy(&port, bytes + 2, nr >= 4 ? sizeof(port) : 0);
	trace_text_add(text, "{sa_family=");
	call_word_text(text, CALL_SET_family, family);
	if (family == AF_UNIX)
		unix_text(text, bytes, nr);
	else if (family == AF_INET && nr >= 8)
		trace_text_add(text, ", sin_port=htons(%u), sin_addr=inet_addr(\"%s\")",
			       ntohs(port), inet_ntop(AF_INET, bytes + 4, name, sizeof(name)));
	else if (nr > sizeof(family))
		trace_text_add(text, ", ...");
	trace_text_add(text, "}");
	return true;
}

/* Random numbers, which have no meaning: all bytes in hexadecimal. */
static bool random_text(struct trace_text *text, const unsigned char *bytes, size_t has,
			uint64_t wanted)
{
	size_t shown = has < CALL_BYTES_SHOWN ? has : CALL_BYTES_SHOWN;

	if (!has && wanted)
		return false;
	trace_text_add(text, "\"");
	for (size_t i = 0; i < shown; i++)
		trace_text_add(text, "\\x%02x", bytes[i]);
	trace_text_add(text, "\"%s", shown < wanted ? "..." : "");
	return true;
}

bool call_special_text(struct trace_text *text, struct call_place place, enum call_type type,
		       uint64_t bytes)
{
	unsigned char all[sizeof(struct sockaddr_un)] = {0};
	size_t want = bytes < sizeof(all) ? bytes : sizeof(all);
	size_t has = call_memory_read(place.memory, place.at_return, place.address, all, want);
	uint64_t word;

	memcpy(&word, all, sizeof(word));
	switch (type) {
	case CALL_TYPE_bytes:
		return call_bytes_text(text, place, bytes);
	case CALL_TYPE_random:
		return random_text(text, all, has, bytes);
	case CALL_TYPE_sockaddr:
		return address_text(text, all, has);
	case CALL_TYPE_sigset:
	case CALL_TYPE_wait_status:
		if (has < want)
			return false;
		type == CALL_TYPE_sigset ? sigset_text(text, word)
					 : wait_status_text(text, (uint32_t)word);
		return true;
	case CALL_TYPE_option:
		if (has < want || !has)
			return false;
		if (bytes != sizeof(int))
			return call_bytes_text(text, place, bytes);
		trace_text_add(text, "[%d]", (int)(uint32_t)word);
		return true;
	case CALL_TYPE_fd_set:
	case CALL_TYPE_cpu_set:
		if (!has)
			return false;
		bits_text(text, all, has);
		return true;
	default:
		return call_structure_text(text, place, type);
	}
}
