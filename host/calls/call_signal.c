// SPDX-License-Identifier: MIT
#include "calls/call_signal.h"

#include <signal.h>
#include <stdbool.h>

#include "calls/call_kind_values.h"
#include "calls/call_names.h"
#include "calls/call_value.h"

/* The codes that the kernel gives the signal; CALL_SET_si_code has those of all signals. */
static enum call_set codes_of(unsigned signal)
{
	switch (signal) {
	case SIGSEGV:
		return CALL_SET_code_segv;
	case SIGBUS:
		return CALL_SET_code_bus;
	case SIGFPE:
		return CALL_SET_code_fpe;
	case SIGILL:
		return CALL_SET_code_ill;
	case SIGTRAP:
		return CALL_SET_code_trap;
	default:
		return CALL_SET_si_code;
	}
}

static bool is_fault(enum call_set codes)
{
	return codes != CALL_SET_si_code;
}

/* A time in ticks of 10 ms. */
static void ticks_text(struct trace_text *text, const char *name, uint64_t ticks)
{
	trace_text_add(text, ", %s=%llu", name, (unsigned long long)ticks);
	if (ticks)
		trace_text_add(text, " /* %llu.%02llu s */", (unsigned long long)ticks / 100,
			       (unsigned long long)ticks % 100);
}

static void sender_text(struct trace_text *text, uint64_t word)
{
	static const struct call_kind user = CALL_KIND(id);

	trace_text_add(text, ", si_pid=%d, si_uid=", (int)(uint32_t)word);
	call_number_text(text, user, word >> 32, 4);
}

void call_signal_text(struct trace_text *text, unsigned signal, const uint64_t *args)
{
	static const struct call_kind number = CALL_KIND(signal);
	enum call_set codes = codes_of(signal);
	int code = (int)args[0];

	trace_text_add(text, "{si_signo=");
	call_number_text(text, number, signal, 4);
	trace_text_add(text, ", si_code=");
	call_word_text(text, code > 0 && code < SI_KERNEL ? codes : CALL_SET_si_code, args[0]);
	if (is_fault(codes) && code > 0) {
		trace_text_add(text, ", si_addr=");
		call_address_text(text, args[1]);
	} else if (signal == SIGCHLD && code > 0) {
		sender_text(text, args[1]);
		trace_text_add(text, ", si_status=");
		if (code == CLD_EXITED)
			trace_text_add(text, "%d", (int)(uint32_t)args[2]);
		else
			call_number_text(text, number, (uint32_t)args[2], 4);
		ticks_text(text, "si_utime", (uint32_t)args[3]);
		ticks_text(text, "si_stime", args[3] >> 32);
	} else if (code == SI_TIMER) {
		trace_text_add(text, ", si_timerid=%#x, si_overrun=%d", (unsigned)args[1],
			       (int)(args[1] >> 32));
	} else if (code <= 0) {
		sender_text(text, args[1]);
	}
	if (code == SI_QUEUE || code == SI_TIMER) {
		trace_text_add(text, ", si_int=%d, si_ptr=", (int)(uint32_t)args[2]);
		call_address_text(text, args[2]);
	}
	trace_text_add(text, "}");
}
