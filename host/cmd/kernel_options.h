/* SPDX-License-Identifier: MIT */
/* The kernel's own options, which --append passes on. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/*
 * Does the kernel have each option of @text, and can the option have its value? The words are
 * separated by spaces. Returns: 0, or -EINVAL after a message that names the first wrong one; also
 * if there was another --append, @before, NULL if not.
 */
int kernel_options_check(const char *before, const char *text) __attribute__((warn_unused_result));

/*
 * Is @name among the @options, which have been checked? It is the name of one, with any value or
 * none, or NAME=VALUE. @options NULL: there are none.
 */
bool kernel_options_have(const char *options, const char *name);

/* Print the list of options, as help or as a table of docs/command.md. */
void kernel_options_print(FILE *out);
void kernel_options_print_markdown(FILE *out);
