/* SPDX-License-Identifier: MIT */
/* Structures of calls of which not all fields are always shown. */
#pragma once

#include "calls/call_value.h"

/* Append the object at @place, as call_object_text does. False: the type is not such a one. */
bool call_structure_text(struct trace_text *text, struct call_place place, enum call_type type);

/*
 * Append clone3's arguments at @place, and behind "=>" the numbers that it has written, if it has
 * @returned.
 */
bool call_clone_text(struct trace_text *text, struct call_place place, bool returned);
/* Append pselect6's mask and its size. */
bool call_mask_text(struct trace_text *text, struct call_place place);
