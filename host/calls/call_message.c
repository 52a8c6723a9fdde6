// SPDX-License-Identifier: MIT
/*
 * call_message.c -- messages of sockets in words.
 *
 * Idea.  A message says where its parts are: the name, a vector of buffers, the control messages.
 *   Each is a piece of its own in the trace; one that is missing is shown as its address.
 * Invariants.
 *   M1  Lengths are the guest's: no more is read than a constant, whatever they say.
 *   M2  Each control message is at least as long as its head, so the walk through them ends.
 * Tests.  call_view_test.c, tests/system/trace_calls.t.
 */
#include "calls/call_message.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "calls/call_kind_values.h"
#include "calls/call_names.h"
#include "calls/call_special.h"

enum { CONTROL_MAX = 160 }; /* as many bytes as the kernel copies */

bool call_vector_text(struct trace_text *text, const struct call_view *v, struct call_place place,
		      bool is_out, uint64_t count, uint64_t bytes)
{
	uint64_t words[2];
	uint64_t i;

	for (i = 0; i < count && i < CALL_OBJECTS_SHOWN; i++, place.address += sizeof(words)) {
		struct call_place base = {&v->memory, is_out, 0};
		uint64_t len;

		if (call_memory_read(place.memory, place.at_return, place.address, words,
				     sizeof(words)) < sizeof(words))
			break;
		base.address = words[0];
		len = words[1] < bytes ? words[1] : bytes;
		bytes -= len;
		trace_text_add(text, "%s{iov_base=", i ? ", " : "[");
		if ((is_out && !v->returned) || !call_bytes_text(text, base, len))
			call_address_text(text, base.address);
		trace_text_add(text, ", iov_len=%llu}", (unsigned long long)words[1]);
	}
	if (i == 0 && count)
		return false;
	trace_text_add(text, "%s%s]", count ? "" : "[", i < count ? ", ..." : "");
	return true;
}

/* ---- control messages ---- */

static void rights_text(struct trace_text *text, const unsigned char *data, size_t len)
{
	int fd;

	trace_text_add(text, "[");
	for (size_t at = 0; at + sizeof(fd) <= len; at += sizeof(fd)) {
		memcpy(&fd, data + at, sizeof(fd));
		trace_text_add(text, "%s%d", at ? ", " : "", fd);
	}
	trace_text_add(text, "]");
}

/* The @len bytes of @data, which are at @place. */
static void data_text(struct trace_text *text, int type, struct call_place place,
		      const unsigned char *data, size_t len)
{
	if (type == SCM_RIGHTS)
		rights_text(text, data, len);
	else if (type != SCM_CREDENTIALS || len < sizeof(struct ucred) ||
		 !call_object_text(text, place, CALL_TYPE_ucred))
		call_quote(text, (const char *)data, len);
}

/* One control message; @len bytes of its data are known, and @place is theirs. */
static void control_message_text(struct trace_text *text, const struct cmsghdr *head,
				 struct call_place place, const unsigned char *data, size_t len)
{
	trace_text_add(text, "{cmsg_len=%llu, cmsg_level=", (unsigned long long)head->cmsg_len);
	call_word_text(text, CALL_SET_socket_level, (uint64_t)head->cmsg_level);
	trace_text_add(text, ", cmsg_type=");
	if (head->cmsg_level == SOL_SOCKET)
		call_word_text(text, CALL_SET_control, (uint64_t)head->cmsg_type);
	else
		trace_text_add(text, "%#x", (unsigned)head->cmsg_type);
	if (len) {
		trace_text_add(text, ", cmsg_data=");
		data_text(text, head->cmsg_level == SOL_SOCKET ? head->cmsg_type : 0, place, data,
			  len);
	}
	trace_text_add(text, "}");
}

static bool control_text(struct trace_text *text, struct call_place place, uint64_t bytes)
{
	unsigned char all[CONTROL_MAX];
	size_t want = bytes < sizeof(all) ? bytes : sizeof(all), at = 0;
	size_t has = call_memory_read(place.memory, place.at_return, place.address, all, want);
	struct call_place data = place;
	struct cmsghdr head;

	if (has < sizeof(head))
		return false;
	trace_text_add(text, "[");
	while (has - at >= sizeof(head)) {
		size_t part;

		memcpy(&head, all + at, sizeof(head));
		if (head.cmsg_len < sizeof(head)) /* M2 */
			break;
		part = head.cmsg_len < has - at ? head.cmsg_len : has - at;
		trace_text_add(text, "%s", at ? ", " : "");
		data.address = place.address + at + sizeof(head);
		control_message_text(text, &head, data, all + at + sizeof(head),
				     part - sizeof(head));
		at += CMSG_ALIGN(part);
		if (at >= has)
			break;
	}
	trace_text_add(text, "%s]", bytes > want ? ", ..." : "");
	return true;
}

/* ---- messages ---- */

/* The length of the name: "128 => 16" if the call has written another. */
static void name_length_text(struct trace_text *text, struct call_place place, bool is_out,
			     uint32_t now)
{
	uint32_t before;

	if (is_out &&
	    call_memory_read(place.memory, false,
			     place.address + offsetof(struct msghdr, msg_namelen), &before,
			     sizeof(before)) == sizeof(before) &&
	    before != now)
		trace_text_add(text, "%u => ", before);
	trace_text_add(text, "%u", now);
}

bool call_message_text(struct trace_text *text, const struct call_view *v, struct call_place place,
		       bool is_out, uint64_t bytes)
{
	enum { NAME, NAME_LEN, VECTOR, NR_VECTOR, CONTROL, CONTROL_LEN, FLAGS, NR_WORDS };
	static const struct call_kind flags = CALL_KIND(flags(msg));
	struct call_place name = place, vector = place, control = place;
	uint64_t words[NR_WORDS];

	if (call_memory_read(place.memory, place.at_return, place.address, words, sizeof(words)) <
	    sizeof(words))
		return false;
	name.address = words[NAME];
	vector.address = words[VECTOR];
	control.address = words[CONTROL];
	trace_text_add(text, "{msg_name=");
	if (!(uint32_t)words[NAME_LEN] ||
	    !call_special_text(text, name, CALL_TYPE_sockaddr, (uint32_t)words[NAME_LEN]))
		call_address_text(text, name.address);
	trace_text_add(text, ", msg_namelen=");
	name_length_text(text, place, is_out, (uint32_t)words[NAME_LEN]);
	trace_text_add(text, ", msg_iov=");
	if (!call_vector_text(text, v, vector, is_out, words[NR_VECTOR], bytes))
		call_address_text(text, vector.address);
	trace_text_add(text, ", msg_iovlen=%llu", (unsigned long long)words[NR_VECTOR]);
	if (words[CONTROL_LEN]) {
		trace_text_add(text, ", msg_control=");
		if (!control_text(text, control, words[CONTROL_LEN]))
			call_address_text(text, control.address);
	}
	trace_text_add(text,
		       ", msg_controllen=%llu, msg_flags=", (unsigned long long)words[CONTROL_LEN]);
	call_number_text(text, flags, words[FLAGS], 4);
	trace_text_add(text, "}");
	return true;
}

bool call_message_room_text(struct trace_text *text, struct call_place place)
{
	uint32_t len;

	if (call_memory_read(place.memory, false,
			     place.address + offsetof(struct msghdr, msg_namelen), &len,
			     sizeof(len)) < sizeof(len))
		return false;
	trace_text_add(text, "{msg_namelen=%u}", len);
	return true;
}

bool call_messages_text(struct trace_text *text, const struct call_view *v, struct call_place place,
			bool is_out, uint64_t count)
{
	uint64_t i, nr = is_out && v->result < count ? v->result : count;

	for (i = 0; i < nr && i < CALL_OBJECTS_SHOWN;
	     i++, place.address += sizeof(struct mmsghdr)) {
		size_t before = text->len;
		uint32_t len = 0;
		/* what is sent has its length when the call returns, like what is received */
		bool has_length =
			call_memory_read(place.memory, v->returned,
					 place.address + offsetof(struct mmsghdr, msg_len), &len,
					 sizeof(len)) == sizeof(len);

		trace_text_add(text, "%s{msg_hdr=", i ? ", " : "[");
		if (!call_message_text(text, v, place, is_out, is_out ? len : UINT64_MAX)) {
			trace_text_cut(text, before);
			break;
		}
		if (has_length)
			trace_text_add(text, ", msg_len=%u", len);
		trace_text_add(text, "}");
	}
	if (i == 0 && nr)
		return false;
	trace_text_add(text, "%s%s]", i ? "" : "[", i < nr ? ", ..." : "");
	return true;
}
