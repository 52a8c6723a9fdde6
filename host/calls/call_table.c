// SPDX-License-Identifier: MIT
#include "calls/call_table.h"
#include "calls/call_kind_values.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define S_(x) #x
#define ARG(t, a, k)                                                                               \
	{                                                                                          \
#t, S_(a), CALL_KIND(k)                                                            \
	}
#define SYSCALL0(nr, name, flags) [nr] = {#name, 0, {{NULL, NULL, CALL_KIND(none)}}},
#define SYSCALL1(nr, name, flags, t1, a1, k1) [nr] = {#name, 1, {ARG(t1, a1, k1)}},
#define SYSCALL2(nr, name, flags, t1, a1, k1, ...)                                                 \
	[nr] = {#name, 2, {ARG(t1, a1, k1), ARG(__VA_ARGS__)}},
#define SYSCALL3(nr, name, flags, t1, a1, k1, t2, a2, k2, ...)                                     \
	[nr] = {#name, 3, {ARG(t1, a1, k1), ARG(t2, a2, k2), ARG(__VA_ARGS__)}},
#define SYSCALL4(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, ...)                         \
	[nr] = {#name, 4, {ARG(t1, a1, k1), ARG(t2, a2, k2), ARG(t3, a3, k3), ARG(__VA_ARGS__)}},
#define SYSCALL5(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4, ...)             \
	[nr] = {#name,                                                                             \
		5,                                                                                 \
		{ARG(t1, a1, k1), ARG(t2, a2, k2), ARG(t3, a3, k3), ARG(t4, a4, k4),               \
		 ARG(__VA_ARGS__)}},
#define SYSCALL6(nr, name, flags, t1, a1, k1, t2, a2, k2, t3, a3, k3, t4, a4, k4, t5, a5, k5, ...) \
	[nr] = {#name,                                                                             \
		6,                                                                                 \
		{ARG(t1, a1, k1), ARG(t2, a2, k2), ARG(t3, a3, k3), ARG(t4, a4, k4),               \
		 ARG(t5, a5, k5), ARG(__VA_ARGS__)}},

static const struct call calls[] = {
#include "syscall/syscalls.tbl.h"
#include "uapi/linux_calls.tbl.h"
};

struct command {
	const char *call, *name;
	enum call_set set; /* of the call's commands */
	uint32_t value;
	struct call_kind kind;
};

#define CALL_CASE(call, command, kind)                                                             \
	{#call, #command, CALL_SET_##call, (uint32_t)(command), CALL_KIND(kind)},
static const struct command commands[] = {
#include "uapi/call_cases.tbl.h"
};

const char *call_name(unsigned number)
{
	return number < COUNT(calls) ? calls[number].name : NULL;
}

const struct call *call_find(unsigned number)
{
	static char unnamed_name[32];
	static struct call unnamed = {
		.name = unnamed_name,
		.nr_args = CALL_ARGS,
		.args = {ARG(long, a, hex), ARG(long, b, hex), ARG(long, c, hex), ARG(long, d, hex),
			 ARG(long, e, hex), ARG(long, f, hex)},
	};

	if (call_name(number))
		return &calls[number];
	snprintf(unnamed_name, sizeof(unnamed_name), "syscall_%#x", number);
	return &unnamed;
}

struct call_kind call_argument_kind(const struct call *call, unsigned i, const uint64_t *args)
{
	static const struct call_kind unknown = CALL_KIND(hex);
	struct call_kind kind = call->args[i].kind;

	if (kind.form != CALL_FORM_by_command)
		return kind;
	for (unsigned n = 0; i > 0 && n < COUNT(commands); n++)
		if ((uint32_t)args[i - 1] == commands[n].value &&
		    strcmp(commands[n].call, call->name) == 0)
			return commands[n].kind;
	return unknown;
}

const char *call_command_name(enum call_set set, uint64_t value)
{
	for (unsigned n = 0; n < COUNT(commands); n++)
		if (commands[n].set == set && commands[n].value == (uint32_t)value)
			return commands[n].name;
	return NULL;
}

const char *call_command_begin(enum call_set set)
{
	switch (set) {
	case CALL_SET_fcntl:
		return "F_";
	case CALL_SET_prctl:
		return "PR_";
	case CALL_SET_arch_prctl:
		return "ARCH_";
	default:
		return "";
	}
}

unsigned call_argument_bytes(const struct call_argument *argument)
{
	static const char *const narrow[] = {"int",   "unsigned", "pid_t", "uid_t",
					     "gid_t", "mode_t",	  "u32"};

	for (unsigned i = 0; i < COUNT(narrow); i++)
		if (strcmp(argument->type, narrow[i]) == 0)
			return 4;
	return 8;
}
