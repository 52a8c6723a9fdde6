/* SPDX-License-Identifier: MIT */
/*
 * Writes events of the protocol to per-CPU rings that the host reads: uapi/trace_events.tbl.h lists
 * the events, uapi/trace_wire.h describes them in memory.
 *
 * A site is TRACE(name, detail, arguments...); `detail` is 0 if it means nothing. While tracing is
 * off it costs a comparison with memory and a branch. Context: any, also interrupts and NMI. No
 * lock.
 */
#pragma once

#include "lib/compiler.h"
#include "uapi/trace_wire.h"

#define TRACE_EVENT(name, ...) TRACE_##name,
enum trace_event {
	TRACE_none,
#include "uapi/trace_events.tbl.h"
	NR_TRACE_EVENTS
};
#undef TRACE_EVENT

/* Is anything traced? Written by trace_enable and trace_disable. */
extern u8 trace_on;

/*
 * Write one event: @head is its number and, from bit 16 on, its detail. Called by TRACE. The
 * arguments are in registers, so that a site that is off costs its function no stack.
 */
void trace_emit(u32 head, u64 a, u64 b, u64 c, u64 d, u64 e);
/* The same for events of six arguments, one of which is on the stack. */
void trace_emit_long(u32 head, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
/* The same, with the @words of memory that are at the program's @address. */
void trace_emit_data(u32 head, u64 address, const u64 words[TRACE_ARGS - 1]);

/* TRACE(sched_wake, 0, tid, cpu): the arguments of the event's row. */
#define TRACE(name, detail, ...)                                                                   \
	do {                                                                                       \
		static_assert(TRACE_COUNT(__VA_ARGS__) == TRACE_NR_ARGS_##name,                    \
			      "the arguments are those of the event's row");                       \
		if (unlikely(trace_on))                                                            \
			TRACE_CALL(TRACE_COUNT(__VA_ARGS__), TRACE_##name | (u32)(detail) << 16,   \
				   __VA_ARGS__, 0, 0, 0, 0, 0);                                    \
	} while (0)
#define TRACE_COUNT(...) TRACE_SEVENTH(__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define TRACE_SEVENTH(a, b, c, d, e, f, n, ...) n
#define TRACE_CALL(nr, head, a, b, c, d, e, f, ...)                                                \
	((nr) > 5 ? trace_emit_long(head, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e),        \
				    (u64)(f))                                                      \
		  : trace_emit(head, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e)))

/* The number of arguments of each row. */
#define TRACE_ARG(name, kind) +1
#define TRACE_EVENT(name, detail, args, ...) TRACE_NR_ARGS_##name = 0 args,
enum trace_nr_args {
#include "uapi/trace_events.tbl.h"
};
#undef TRACE_EVENT
#undef TRACE_ARG

/* The @nth_word eight bytes of @text, as one argument. */
u64 trace_text(const char *text, unsigned nth_word);

/*
 * Option trace=SIZE: allocate memory for the rings of all CPUs together, and begin to trace. Boot,
 * after arch_kernel_map_init and before page_alloc_init.
 */
void trace_init_boot(void);
/* Record the frequency of the counter, which is known now. */
void trace_clock_known(void);

/* Make @nr_cpus rings of @bytes each at @rings, in memory that the caller gives away for ever. */
void trace_set_memory(const paddr_t *rings, u64 bytes, unsigned nr_cpus);
bool trace_has_memory(void);
/* Begin; end (the rings can still be read); clear. Context: task; one caller at a time. */
void trace_enable(void);
void trace_disable(void);
void trace_clear(void);

/* Set the function to call after each change of trace_on (arch_traps_trace). Boot. */
void trace_set_switch_hook(void (*hook)(bool on));

/* The rings, for readers. */
extern struct trace_area trace_area;
