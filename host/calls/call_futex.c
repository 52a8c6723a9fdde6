// SPDX-License-Identifier: MIT
#include "calls/call_futex.h"

#include <linux/futex.h>

#include "calls/call_names.h"
#include "calls/call_value.h"

enum { ADDRESS, OPERATION, VALUE, TIMEOUT, ADDRESS_2, VALUE_3 };

static void number_text(struct trace_text *text, uint64_t value)
{
	trace_text_add(text, ", %u", (unsigned)value);
}

static void argument_text(struct trace_text *text, const struct call_view *v, unsigned i)
{
	trace_text_add(text, ", ");
	call_argument_text(text, v, i);
}

static void bits_text(struct trace_text *text, uint64_t bits)
{
	trace_text_add(text, ", ");
	if ((uint32_t)bits == FUTEX_BITSET_MATCH_ANY)
		trace_text_add(text, "FUTEX_BITSET_MATCH_ANY");
	else
		trace_text_add(text, "%#x", (unsigned)bits);
}

/* FUTEX_WAKE_OP's last word: an operation, a comparison, and an operand of each. */
static void wake_operation_text(struct trace_text *text, uint32_t word)
{
	unsigned operation = word >> 28, comparison = word >> 24 & 15;

	trace_text_add(text, ", %s",
		       operation & FUTEX_OP_OPARG_SHIFT ? "FUTEX_OP_OPARG_SHIFT<<28|" : "");
	call_word_text(text, CALL_SET_futex_operation, operation & 7);
	trace_text_add(text, "<<28|%#x<<12|", word >> 12 & 0xfff);
	call_word_text(text, CALL_SET_futex_comparison, comparison);
	trace_text_add(text, "<<24|%#x", word & 0xfff);
}

static void requeue_text(struct trace_text *text, const struct call_view *v)
{
	number_text(text, v->args[VALUE]);
	number_text(text, v->args[TIMEOUT]); /* here it is a number */
	argument_text(text, v, ADDRESS_2);
}

void call_futex_text(struct trace_text *text, const struct call_view *v)
{
	call_argument_text(text, v, ADDRESS);
	argument_text(text, v, OPERATION);
	switch (v->args[OPERATION] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		number_text(text, v->args[VALUE]);
		argument_text(text, v, TIMEOUT);
		break;
	case FUTEX_WAIT_BITSET:
		number_text(text, v->args[VALUE]);
		argument_text(text, v, TIMEOUT);
		bits_text(text, v->args[VALUE_3]);
		break;
	case FUTEX_WAKE:
		number_text(text, v->args[VALUE]);
		break;
	case FUTEX_WAKE_BITSET:
		number_text(text, v->args[VALUE]);
		bits_text(text, v->args[VALUE_3]);
		break;
	case FUTEX_REQUEUE:
		requeue_text(text, v);
		break;
	case FUTEX_CMP_REQUEUE:
		requeue_text(text, v);
		number_text(text, v->args[VALUE_3]);
		break;
	case FUTEX_WAKE_OP:
		requeue_text(text, v);
		wake_operation_text(text, (uint32_t)v->args[VALUE_3]);
		break;
	case FUTEX_LOCK_PI:
		argument_text(text, v, TIMEOUT);
		break;
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
		break;
	default:
		number_text(text, v->args[VALUE]);
		for (unsigned i = TIMEOUT; i <= VALUE_3; i++)
			trace_text_add(text, ", %#llx", (unsigned long long)v->args[i]);
	}
}
