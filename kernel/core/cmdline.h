/* SPDX-License-Identifier: MIT */
/*
 * The kernel's command line: space-separated words `name` or `name=value`, whose names have a row
 * in uapi/boot_options.tbl.h.
 */
#pragma once

#include "lib/compiler.h"

/* Keep @text (already in permanent memory). Boot only. */
void cmdline_init(const char *text);
/* Log each word that is no option, or has a value that the option cannot have. Boot. */
void cmdline_check(void);
/* The whole line. */
const char *cmdline_text(void);
/* Does the word @name occur, alone or with a value? */
bool cmdline_has(const char *name);
/*
 * Copy the value of @name=value; false when absent. If it occurs more than once the last counts.
 */
bool cmdline_string(const char *name, char *value, size_t size);
/* @index-th occurrence of @name=value, for options that may repeat. */
bool cmdline_string_at(const char *name, unsigned index, char *value, size_t size);
/* Does one of the occurrences of @name=value have this @value? */
bool cmdline_lists(const char *name, const char *value);
/* The value as a number; @fallback when absent or malformed (malformed is logged). */
u64 cmdline_u64(const char *name, u64 fallback);
/*
 * @name=SEED or @name=SEED,N, for events with a chance of one in N (lib/chance.h): false when the
 * option is absent or malformed (malformed is logged). @one_in keeps its value when N is not given.
 */
bool cmdline_seed(const char *name, u64 *seed, u32 *one_in);
