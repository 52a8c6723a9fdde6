// SPDX-License-Identifier: MIT
/*
 * trace_names.c -- what the numbers in events mean.
 *
 * Idea.  Nothing of the kernel is written down here a second time: calls and the types of their
 *   arguments come from syscalls.tbl.h, the rest from trace_names.inc, which the build makes from
 *   the kernel's source. Signals and errors are Linux's.
 * Tests.  trace_model_test.c, tests/system/trace.t.
 */
#include "trace/trace_names.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "trace/trace_events.h"
#include "trace_names.inc"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { CALL_ARGS = 6 };

struct call {
	const char *name;
	unsigned nr_args;
	const char *args[2 * CALL_ARGS]; /* type, name, ... */
};

#define S_(x) #x
#define PAIRS0()
#define PAIRS1(t, a) #t, S_(a)
#define PAIRS2(t, a, ...) #t, S_(a), PAIRS1(__VA_ARGS__)
#define PAIRS3(t, a, ...) #t, S_(a), PAIRS2(__VA_ARGS__)
#define PAIRS4(t, a, ...) #t, S_(a), PAIRS3(__VA_ARGS__)
#define PAIRS5(t, a, ...) #t, S_(a), PAIRS4(__VA_ARGS__)
#define PAIRS6(t, a, ...) #t, S_(a), PAIRS5(__VA_ARGS__)
#define SYSCALL0(nr, name, flags) [nr] = {#name, 0, {NULL}},
#define SYSCALL1(nr, name, flags, ...) [nr] = {#name, 1, {PAIRS1(__VA_ARGS__)}},
#define SYSCALL2(nr, name, flags, ...) [nr] = {#name, 2, {PAIRS2(__VA_ARGS__)}},
#define SYSCALL3(nr, name, flags, ...) [nr] = {#name, 3, {PAIRS3(__VA_ARGS__)}},
#define SYSCALL4(nr, name, flags, ...) [nr] = {#name, 4, {PAIRS4(__VA_ARGS__)}},
#define SYSCALL5(nr, name, flags, ...) [nr] = {#name, 5, {PAIRS5(__VA_ARGS__)}},
#define SYSCALL6(nr, name, flags, ...) [nr] = {#name, 6, {PAIRS6(__VA_ARGS__)}},

static const struct call calls[] = {
#include "syscall/syscalls.tbl.h"
};

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
	text->len += len;
	text->buffer[text->len] = '\0';
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

static const struct call *find_call(unsigned number)
{
	return number < COUNT(calls) && calls[number].name ? &calls[number] : NULL;
}

const char *trace_call_name(unsigned number)
{
	const struct call *call = find_call(number);

	return call ? call->name : NULL;
}

unsigned trace_call_nr_args(unsigned number)
{
	const struct call *call = find_call(number);

	return call ? call->nr_args : 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), of_end = strlen(end);

	return len >= of_end && strcmp(text + len - of_end, end) == 0;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static void add_arg(struct trace_text *text, const char *type, const char *name, uint64_t value)
{
	static const char *const bits[] = {"flags", "prot", "options", "cmd", "fflags", NULL};
	static const char *const narrow_signed[] = {"int", "pid_t", NULL};
	static const char *const wide_signed[] = {"off_t", "long", "s64", "ssize_t", NULL};
	static const char *const wide[] = {"size_t", "unsigned long", "u64", NULL};

	if (strchr(type, '*') || strcmp(type, "vaddr_t") == 0) {
		trace_text_add(text, value ? "0x%llx" : "NULL", (unsigned long long)value);
	} else if (is_one_of(type, narrow_signed)) {
		if ((int32_t)value == -100 && ends_with(name, "fd"))
			trace_text_add(text, "AT_FDCWD");
		else if (is_one_of(name, bits))
			trace_text_add(text, "%#x", (unsigned)value);
		else
			trace_text_add(text, "%d", (int32_t)value);
	} else if (strcmp(type, "mode_t") == 0) {
		trace_text_add(text, "%#o", (unsigned)value & 07777);
	} else if (is_one_of(type, wide_signed)) {
		trace_text_add(text, "%lld", (long long)value);
	} else if (is_one_of(name, bits)) {
		trace_text_add(text, "%#llx", (unsigned long long)value);
	} else if (is_one_of(type, wide)) {
		trace_text_add(text, value >> 32 ? "%#llx" : "%llu", (unsigned long long)value);
	} else {
		trace_text_add(text, "%u", (unsigned)value);
	}
}

void trace_call_text(struct trace_text *text, unsigned number, const uint64_t *args)
{
	const struct call *call = find_call(number);

	if (!call) {
		trace_text_add(text, "system call %u(…)", number);
		return;
	}
	trace_text_add(text, "%s(", call->name);
	for (unsigned i = 0; i < call->nr_args; i++) {
		trace_text_add(text, "%s", i ? ", " : "");
		add_arg(text, call->args[2 * i], call->args[2 * i + 1], args[i]);
	}
	trace_text_add(text, ")");
}

void trace_result_text(struct trace_text *text, unsigned number, uint64_t result)
{
	static const char *const addresses[] = {"mmap", "brk", "mremap", "shmat", NULL};
	const struct call *call = find_call(number);
	const char *error = (int64_t)result < 0 && (int64_t)result >= -4095
				    ? trace_name(TRACE_ERRNOS, (unsigned)-(int64_t)result)
				    : NULL;

	if (error)
		trace_text_add(text, "-%s", error);
	else if (call && is_one_of(call->name, addresses))
		trace_text_add(text, "%#llx", (unsigned long long)result);
	else
		trace_text_add(text, "%lld", (long long)result);
}
