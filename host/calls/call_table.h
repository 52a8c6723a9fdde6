/* SPDX-License-Identifier: MIT */
/*
 * Linux's system calls, their arguments and how these are read: kernel/syscall/syscalls.tbl.h has
 * those of the kernel, kernel/uapi/linux_calls.tbl.h the others.
 */
#pragma once

#include "calls/call_kinds.h"

#define CALL_ARGS 6u

struct call_argument {
	const char *type, *name;
	struct call_kind kind;
};

struct call {
	const char *name;
	unsigned nr_args;
	struct call_argument args[CALL_ARGS];
};

/* The name of call @number; NULL: there is no such call. */
const char *call_name(unsigned number);
/*
 * The call @number. One that does not exist gets a name that is made of its number, and six
 * arguments; they are overwritten by the next such call. Context: one thread.
 */
const struct call *call_find(unsigned number);

/*
 * How argument @i of @call is read; @args, for a kind that depends on the argument before it, are
 * the values.
 */
struct call_kind call_argument_kind(const struct call *call, unsigned i, const uint64_t *args);

/* The name of the command @value of ioctl, fcntl, prctl or arch_prctl; NULL: it has none. */
const char *call_command_name(enum call_set set, uint64_t value);

/* How the names of the commands of @set begin. */
const char *call_command_begin(enum call_set set);

/* Of how many bytes of its register the argument consists. */
unsigned call_argument_bytes(const struct call_argument *argument);
