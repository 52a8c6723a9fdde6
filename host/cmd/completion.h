/* SPDX-License-Identifier: MIT */
/* completion.h -- completions for shells, from the tables of commands and options. */
#pragma once

#include <stdio.h>

/* Print what bash reads: a function, and `complete -F` for creance. */
void completion_print_bash(FILE *out);

/* Print what zsh reads as the file _creance of its function path. */
void completion_print_zsh(FILE *out);
