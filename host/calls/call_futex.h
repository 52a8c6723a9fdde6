/* SPDX-License-Identifier: MIT */
/* futex, whose arguments mean something else for each of its operations. */
#pragma once

#include "calls/call_view.h"

/* Append the arguments. */
void call_futex_text(struct trace_text *text, const struct call_view *view);
