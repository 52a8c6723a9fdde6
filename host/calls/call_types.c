// SPDX-License-Identifier: MIT
#include "calls/call_types.h"
#include "calls/call_kind_values.h"

#include <stddef.h>

#define FIELD(name, offset, bytes, kind) {#name, offset, bytes, CALL_KIND(kind)},
#define MORE {NULL, 0, 0, CALL_KIND(none)},

#define CALL_SCALAR(name, bytes, kind)                                                             \
	static const struct call_field name##_fields[] = {{"", 0, bytes, CALL_KIND(kind)}};
#define CALL_STRUCT(name, bytes, first, shown, fields)                                             \
	static const struct call_field name##_fields[] = {fields};
#define CALL_SPECIAL(...)
#include "uapi/call_types.tbl.h"
#undef CALL_SCALAR
#undef CALL_STRUCT
#undef CALL_SPECIAL

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CALL_SCALAR(name, bytes, kind) [CALL_TYPE_##name] = {#name, bytes, 1, name##_fields, true},
#define CALL_STRUCT(name, bytes, first, shown, fields)                                             \
	[CALL_TYPE_##name] = {#name, bytes, COUNT(name##_fields), name##_fields, false},
#define CALL_SPECIAL(name, bytes, ...) [CALL_TYPE_##name] = {#name, bytes, 0, NULL, false},

static const struct call_structure structures[] = {
#include "uapi/call_types.tbl.h"
};

const struct call_structure *call_structure(enum call_type type)
{
	return &structures[type];
}
