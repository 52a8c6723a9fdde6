/* SPDX-License-Identifier: MIT */
/* What a signal says of itself. */
#pragma once

#include <stdint.h>

#include "trace/trace_names.h"

/*
 * Append "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3, si_uid=0, si_status=0}". @args: of
 * signal_send or signal_deliver from the code on, then the words of the siginfo_t from si_pid on.
 */
void call_signal_text(struct trace_text *text, unsigned signal, const uint64_t *args);
