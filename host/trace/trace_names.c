// SPDX-License-Identifier: MIT
/*
 * trace_names.c -- what the numbers in events mean.
 *
 * Idea.  Nothing of the kernel is written down here a second time: names come from
 *   trace_names.inc, which the build makes from the kernel's source. Signals and errors are
 *   Linux's.
 * Tests.  trace_model_test.c, tests/system/trace.t.
 */
#include "trace/trace_names.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/trace_events.h"
#include "trace_names.inc"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SIGNAL(name) [SIG##name] = "SIG" #name
static const char *const signal_names[] = {
	SIGNAL(HUP),  SIGNAL(INT),    SIGNAL(QUIT), SIGNAL(ILL),    SIGNAL(TRAP), SIGNAL(ABRT),
	SIGNAL(BUS),  SIGNAL(FPE),    SIGNAL(KILL), SIGNAL(USR1),   SIGNAL(SEGV), SIGNAL(USR2),
	SIGNAL(PIPE), SIGNAL(ALRM),   SIGNAL(TERM), SIGNAL(STKFLT), SIGNAL(CHLD), SIGNAL(CONT),
	SIGNAL(STOP), SIGNAL(TSTP),   SIGNAL(TTIN), SIGNAL(TTOU),   SIGNAL(URG),  SIGNAL(XCPU),
	SIGNAL(XFSZ), SIGNAL(VTALRM), SIGNAL(PROF), SIGNAL(WINCH),  SIGNAL(IO),	  SIGNAL(PWR),
	SIGNAL(SYS),
};

#define ERROR(name) [name] = #name
static const char *const error_names[] = {
	ERROR(EPERM),
	ERROR(ENOENT),
	ERROR(ESRCH),
	ERROR(EINTR),
	ERROR(EIO),
	ERROR(ENXIO),
	ERROR(E2BIG),
	ERROR(ENOEXEC),
	ERROR(EBADF),
	ERROR(ECHILD),
	ERROR(EAGAIN),
	ERROR(ENOMEM),
	ERROR(EACCES),
	ERROR(EFAULT),
	ERROR(ENOTBLK),
	ERROR(EBUSY),
	ERROR(EEXIST),
	ERROR(EXDEV),
	ERROR(ENODEV),
	ERROR(ENOTDIR),
	ERROR(EISDIR),
	ERROR(EINVAL),
	ERROR(ENFILE),
	ERROR(EMFILE),
	ERROR(ENOTTY),
	ERROR(ETXTBSY),
	ERROR(EFBIG),
	ERROR(ENOSPC),
	ERROR(ESPIPE),
	ERROR(EROFS),
	ERROR(EMLINK),
	ERROR(EPIPE),
	ERROR(EDOM),
	ERROR(ERANGE),
	ERROR(EDEADLK),
	ERROR(ENAMETOOLONG),
	ERROR(ENOLCK),
	ERROR(ENOSYS),
	ERROR(ENOTEMPTY),
	ERROR(ELOOP),
	ERROR(ENODATA),
	ERROR(ETIME),
	ERROR(EPROTO),
	ERROR(EOVERFLOW),
	ERROR(ENOTSOCK),
	ERROR(EDESTADDRREQ),
	ERROR(EMSGSIZE),
	ERROR(EPROTOTYPE),
	ERROR(ENOPROTOOPT),
	ERROR(EOPNOTSUPP),
	ERROR(EAFNOSUPPORT),
	ERROR(EADDRINUSE),
	ERROR(EADDRNOTAVAIL),
	ERROR(ENETDOWN),
	ERROR(ENETUNREACH),
	ERROR(ECONNABORTED),
	ERROR(ECONNRESET),
	ERROR(ENOBUFS),
	ERROR(EISCONN),
	ERROR(ENOTCONN),
	ERROR(ETIMEDOUT),
	ERROR(ECONNREFUSED),
	ERROR(EALREADY),
	ERROR(EINPROGRESS),
	ERROR(ESTALE),
	ERROR(EDQUOT),
	ERROR(ECANCELED),
	ERROR(EOWNERDEAD),
	/* The kernel's own: a call that a signal has interrupted starts again. */
	[512] = "ERESTARTSYS",
	[513] = "ERESTARTNOINTR",
	[514] = "ERESTARTNOHAND",
	[516] = "ERESTART_RESTARTBLOCK",
};

void trace_text_add(struct trace_text *text, const char *format, ...)
{
	size_t room = text->size - text->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->buffer + text->len, room, format, args);
	va_end(args);
	if (n > 0)
		text->len += (size_t)n < room ? (size_t)n : room - 1;
}

void trace_text_put(struct trace_text *text, const char *bytes, size_t len)
{
	size_t room = text->size - text->len - 1;

	len = len < room ? len : room;
	memcpy(text->buffer + text->len, bytes, len);
	trace_text_cut(text, text->len + len);
}

void trace_text_cut(struct trace_text *text, size_t len)
{
	text->len = len;
	text->buffer[len] = '\0';
}

const char *trace_name(enum trace_naming naming, unsigned number)
{
#define NAMES(array)                                                                               \
	{                                                                                          \
		(array), COUNT(array)                                                              \
	}
	static const struct {
		const char *const *names;
		size_t nr;
	} all[NR_TRACE_NAMINGS] = {
		[TRACE_TRAPS] = NAMES(trap_names),
		[TRACE_REASONS] = NAMES(why_names),
		[TRACE_STATES] = NAMES(state_names),
		[TRACE_SIGNALS] = NAMES(signal_names),
		[TRACE_ERRNOS] = NAMES(error_names),
		[TRACE_EVENT_SOURCES] = NAMES(event_sources),
		[TRACE_CALL_SOURCES] = NAMES(call_sources),
		[TRACE_TRAP_SOURCES] = NAMES(trap_sources),
	};

	return number < all[naming].nr ? all[naming].names[number] : NULL;
}
