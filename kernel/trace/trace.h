/* SPDX-License-Identifier: MIT */
/*
 * Events of the protocol, into per-CPU rings that the host reads: uapi/trace_events.tbl.h lists
 * them, uapi/trace_wire.h says how they lie in memory.
 *
 * A site is TRACE(name, detail, arguments...), with 0 where `detail` means nothing. Off, it costs a
 * comparison with memory and a branch. Context: any, interrupts and NMI too. No lock.
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
 * Write one event: @head is its number, and above bit 16 its detail. In registers, so that a site
 * that is off costs its function no stack. Called by TRACE.
 */
void trace_emit(u32 head, u64 a, u64 b, u64 c, u64 d, u64 e);
void trace_emit_long(u32 head, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);

/* TRACE(sched_wake, 0, tid, cpu): the arguments are those of the event's row. */
#ifdef HOST_TEST
static inline void trace_nothing(int unused, ...)
{
	(void)unused;
}
#define TRACE(name, detail, ...) trace_nothing(0, detail, ##__VA_ARGS__)
#else
#define TRACE(name, detail, ...)                                                                   \
	do {                                                                                       \
		static_assert(TRACE_COUNT(__VA_ARGS__) == TRACE_NR_ARGS_##name,                    \
			      "the arguments are those of the event's row");                       \
		if (unlikely(trace_on))                                                            \
			TRACE_CALL(TRACE_COUNT(__VA_ARGS__), TRACE_##name | (u32)(detail) << 16,   \
				   __VA_ARGS__, 0, 0, 0, 0, 0);                                    \
	} while (0)
#endif
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

/* Eight bytes of a name as one argument. */
u64 trace_text(const char *text, unsigned nth_word);

/*
 * Option trace=SIZE: memory for the rings of all CPUs together, and begin. Boot, once memory can be
 * reached, before page_alloc_init.
 */
void trace_init_boot(void);
/* The frequency of the counter is known. Boot. */
void trace_clock_known(void);

/* Rings in memory that is the caller's to give: @bytes for each CPU, one after another. */
void trace_set_memory(paddr_t base, u64 bytes);
bool trace_has_memory(void);
/* Begin, end (the rings stay to be read), forget. Context: task; one caller at a time. */
void trace_enable(void);
void trace_disable(void);
void trace_clear(void);

/* Called after each change of trace_on: the architecture's system-call entry. Boot. */
void trace_set_switch_hook(void (*hook)(bool on));

/* The rings, for who reads them. */
extern struct trace_area trace_area;
