/* SPDX-License-Identifier: MIT */
/*
 * Arguments and environment, passed from one program to the next, and the stack that a program
 * starts with.
 */
#pragma once

#include "lib/compiler.h"

struct exec_request;

#define EXEC_STRING_MAX 131072UL /* one string, NUL included: MAX_ARG_STRLEN */
#define EXEC_INLINE_STRINGS 64
#define EXEC_INLINE_CHUNKS 2
#define EXEC_PREFIX_MAX 16

/* A growing array in pages. */
struct exec_pages {
	void **pages;
	u32 nr_pages, capacity;
	void *inline_pages[EXEC_INLINE_CHUNKS];
};

struct exec_arguments {
	struct exec_pages text; /* all strings with their NULs, in order                       */
	/* u32 each: where string n ends in text, from the 64th string on */
	struct exec_pages offsets;
	u64 text_len, limit;
	u32 argc, envc; /* strings in text                                             */
	u32 inline_ends[EXEC_INLINE_STRINGS];
	bool drop_first; /* argv[0] is replaced by the prefix                           */
	u32 nr_prefix;
	char *prefix[EXEC_PREFIX_MAX]; /* strings before the others: a script's interpreter       */
};

void exec_arguments_init(struct exec_arguments *arguments);
void exec_arguments_fini(struct exec_arguments *arguments);
/* Copy the strings that the NULL-ended vectors name: first argv, then envp. NULL vectors are empty.
 * Returns: 0, -E2BIG, -EFAULT, -ENOMEM, -EINTR (killed). */
int exec_arguments_from_user(struct exec_arguments *arguments, const u64 __user *argv,
			     const u64 __user *envp) __must_check;
int exec_arguments_from_kernel(struct exec_arguments *arguments, const char *const *argv,
			       const char *const *envp) __must_check;
/* Put @string (copied) before all others. -E2BIG, -ENOMEM. */
int exec_arguments_push(struct exec_arguments *arguments, const char *string) __must_check;
/* Remove the first argument. */
void exec_arguments_drop_first(struct exec_arguments *arguments);
/* Bytes of stack that strings, pointers and auxiliary vector will take at most. */
u64 exec_stack_size(const struct exec_request *request);
/*
 * Write it all below the top of the stack of the current address space, which is the new one. *sp
 * is where the program begins. 0, -EFAULT.
 */
int exec_stack_build(struct exec_request *request, vaddr_t *sp) __must_check;
