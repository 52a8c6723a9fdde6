/* SPDX-License-Identifier: MIT */
/* The kinds of kernel/syscall/syscalls.tbl.h as initialisers of struct call_kind. */
#pragma once

#include "calls/call_kinds.h"

/* CALL_KIND(flags(open)): the value for a kind of the table. */
#define CALL_KIND(kind) CALL_KIND_##kind
#define CALL_NUMBER(form_)                                                                         \
	{                                                                                          \
		CALL_FORM_##form_, 0, 0, 0, 0                                                      \
	}
#define CALL_KIND_dec CALL_NUMBER(dec)
#define CALL_KIND_udec CALL_NUMBER(udec)
#define CALL_KIND_hex CALL_NUMBER(hex)
#define CALL_KIND_mode CALL_NUMBER(mode)
#define CALL_KIND_file_mode CALL_NUMBER(file_mode)
#define CALL_KIND_id CALL_NUMBER(id)
#define CALL_KIND_fd CALL_NUMBER(fd)
#define CALL_KIND_dirfd CALL_NUMBER(dirfd)
#define CALL_KIND_signal CALL_NUMBER(signal)
#define CALL_KIND_addr CALL_NUMBER(addr)
#define CALL_KIND_limit CALL_NUMBER(limit)
#define CALL_KIND_handler CALL_NUMBER(handler)
#define CALL_KIND_none CALL_NUMBER(none)
#define CALL_KIND_by_command CALL_NUMBER(by_command)
#define CALL_KIND_text CALL_NUMBER(text)
#define CALL_KIND_date CALL_NUMBER(date)
#define CALL_KIND_device CALL_NUMBER(device)
#define CALL_KIND_protocol CALL_NUMBER(protocol)
#define CALL_KIND_octal CALL_NUMBER(octal)
#define CALL_KIND_key CALL_NUMBER(key)
#define CALL_KIND_hidden CALL_NUMBER(hidden)
#define CALL_KIND_word(set_)                                                                       \
	{                                                                                          \
		CALL_FORM_WORD, 0, CALL_SET_##set_, 0, 0                                           \
	}
#define CALL_KIND_flags(set_)                                                                      \
	{                                                                                          \
		CALL_FORM_FLAGS, 0, CALL_SET_##set_, 0, 0                                          \
	}
#define CALL_OBJECTS(direction_, type_, count_)                                                    \
	{                                                                                          \
		CALL_FORM_OBJECT, direction_, 0, CALL_TYPE_##type_, CALL_NR_##count_               \
	}
#define CALL_KIND_in(type_) CALL_OBJECTS(CALL_IN, type_, one)
#define CALL_KIND_out(type_) CALL_OBJECTS(CALL_OUT, type_, one)
#define CALL_KIND_inout(type_) CALL_OBJECTS(CALL_IN | CALL_OUT, type_, one)
#define CALL_KIND_in_many(type_, count_) CALL_OBJECTS(CALL_IN, type_, count_)
#define CALL_KIND_out_many(type_, count_) CALL_OBJECTS(CALL_OUT, type_, count_)
#define CALL_KIND_inout_many(type_, count_) CALL_OBJECTS(CALL_IN | CALL_OUT, type_, count_)
#define CALL_MEMORY(form_, direction_, count_)                                                     \
	{                                                                                          \
		CALL_FORM_##form_, direction_, 0, 0, CALL_NR_##count_                              \
	}
#define CALL_KIND_path CALL_MEMORY(STRING, CALL_IN, one)
#define CALL_KIND_string CALL_KIND_path
#define CALL_KIND_out_string CALL_MEMORY(STRING, CALL_OUT, one)
#define CALL_KIND_strings CALL_MEMORY(STRINGS, CALL_IN, one)
#define CALL_KIND_in_vector(count_) CALL_MEMORY(VECTOR, CALL_IN, count_)
#define CALL_KIND_out_vector(count_) CALL_MEMORY(VECTOR, CALL_OUT, count_)
#define CALL_KIND_in_message CALL_MEMORY(MESSAGE, CALL_IN, one)
#define CALL_KIND_out_message CALL_MEMORY(MESSAGE, CALL_OUT, one)
#define CALL_KIND_in_messages(count_) CALL_MEMORY(MESSAGES, CALL_IN, count_)
#define CALL_KIND_out_messages(count_) CALL_MEMORY(MESSAGES, CALL_OUT, count_)
#define CALL_KIND_environment CALL_MEMORY(ENVIRONMENT, CALL_IN, one)
#define CALL_KIND_entries CALL_MEMORY(ENTRIES, CALL_OUT, one)
#define CALL_KIND_clone CALL_MEMORY(CLONE, CALL_IN, one)
#define CALL_KIND_mask CALL_MEMORY(MASK, CALL_IN, one)
