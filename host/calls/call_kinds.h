/* SPDX-License-Identifier: MIT */
/*
 * How an argument of a system call, or a field of a structure, is read: the kinds of
 * kernel/syscall/syscalls.tbl.h as values.
 */
#pragma once

#include <stdint.h>

/* Sets of names: the rows of call_names.tbl.h, and those of commands (call_cases.tbl.h). */
#define CALL_NAMES(set, ...) CALL_SET_##set,
enum call_set {
#include "calls/call_names.tbl.h"
	CALL_SET_ioctl,
	CALL_SET_fcntl,
	CALL_SET_prctl,
	CALL_SET_arch_prctl,
	NR_CALL_SETS
};
#undef CALL_NAMES

#define CALL_SCALAR(name, ...) CALL_TYPE_##name,
#define CALL_STRUCT(name, ...) CALL_TYPE_##name,
#define CALL_SPECIAL(name, ...) CALL_TYPE_##name,
enum call_type {
#include "uapi/call_types.tbl.h"
	NR_CALL_TYPES
};
#undef CALL_SCALAR
#undef CALL_STRUCT
#undef CALL_SPECIAL

enum call_form {
	CALL_FORM_dec,
	CALL_FORM_udec,
	CALL_FORM_hex,
	CALL_FORM_mode,
	CALL_FORM_file_mode,
	CALL_FORM_id,
	CALL_FORM_fd,
	CALL_FORM_dirfd,
	CALL_FORM_signal,
	CALL_FORM_addr,
	CALL_FORM_limit,
	CALL_FORM_handler,
	CALL_FORM_date,	    /* seconds */
	CALL_FORM_device,   /* two numbers in one */
	CALL_FORM_protocol, /* of the socket family before it */
	CALL_FORM_octal,
	CALL_FORM_key, /* of System V's objects */
	CALL_FORM_none,
	CALL_FORM_hidden,
	CALL_FORM_by_command,
	CALL_FORM_WORD,
	CALL_FORM_FLAGS,
	/* from here on, what is shown is in the program's memory */
	CALL_FORM_text, /* in the structure itself */
	CALL_FORM_STRING,
	CALL_FORM_STRINGS,
	CALL_FORM_ENVIRONMENT,
	CALL_FORM_ENTRIES,
	CALL_FORM_OBJECT,
	CALL_FORM_VECTOR,
	CALL_FORM_MESSAGE,
	CALL_FORM_MESSAGES,
	CALL_FORM_CLONE,
	CALL_FORM_MASK,
};

/* How many objects there are. */
enum call_count {
	CALL_NR_one,
	CALL_NR_two,
	CALL_NR_result,
	CALL_NR_arg0, /* the value of an argument */
	CALL_NR_arg1,
	CALL_NR_arg2,
	CALL_NR_arg3,
	CALL_NR_arg4,
	CALL_NR_arg5,
	CALL_NR_at0, /* the u32 that it points to */
	CALL_NR_at1,
	CALL_NR_at2,
	CALL_NR_at3,
	CALL_NR_at4,
	CALL_NR_at5
};

enum { CALL_IN = 1, CALL_OUT = 2 };

struct call_kind {
	uint8_t form;	   /* enum call_form */
	uint8_t direction; /* of memory: CALL_IN: the call reads it, CALL_OUT: writes it */
	uint8_t set;	   /* enum call_set: of words and flags */
	uint8_t type;	   /* enum call_type: of objects */
	uint8_t count;	   /* enum call_count: of objects */
};
