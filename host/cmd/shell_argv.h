/* SPDX-License-Identifier: MIT */
/* How the guest's shell is called. */
#pragma once

#include <stdbool.h>

#include "cmd/options.h"

#define SHELL_PATH "/bin/sh"

/*
 * argv for the shell, ending with NULL: a login shell on a terminal, else one that reads its
 * script.
 */
const char **shell_argv(const struct guest_options *options, bool console);
void shell_argv_free(const char **argv);
