/* SPDX-License-Identifier: MIT */
/* Messages of sockets: man 2 recvmsg, man 3 cmsg. */
#pragma once

#include "calls/call_value.h"

/*
 * Append the msghdr at @place. @is_out: the call has received it, @bytes of it; otherwise it sends
 * all that the vector describes.
 */
bool call_message_text(struct trace_text *text, const struct call_view *view,
		       struct call_place place, bool is_out, uint64_t bytes);
/* Append the mmsghdrs at @place, of which the program has given @count. */
bool call_messages_text(struct trace_text *text, const struct call_view *view,
			struct call_place place, bool is_out, uint64_t count);
/* Append of a message that could not be received how much room there was for its name. */
bool call_message_room_text(struct trace_text *text, struct call_place place);
/*
 * Append @count iovecs at @place, and the bytes that they describe: @bytes in all, or as many as
 * they say.
 */
bool call_vector_text(struct trace_text *text, const struct call_view *view,
		      struct call_place place, bool is_out, uint64_t count, uint64_t bytes);
