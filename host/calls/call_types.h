/* SPDX-License-Identifier: MIT */
/* The structures that arguments of system calls point to: kernel/uapi/call_types.tbl.h. */
#pragma once

#include <stdbool.h>

#include "calls/call_kinds.h"

struct call_field {
	const char *name; /* NULL: the structure has more fields than are shown */
	unsigned offset, bytes;
	struct call_kind kind;
};

struct call_structure {
	const char *name;
	unsigned bytes;
	unsigned nr_fields;		 /* 0: call_special.h knows how it is written */
	const struct call_field *fields; /* a scalar has one, without a name */
	bool is_scalar;
};

const struct call_structure *call_structure(enum call_type type);
