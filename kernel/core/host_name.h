/* SPDX-License-Identifier: MIT */
/* The names of the machine and the system: uname(2), sethostname(2). */
#pragma once

#include "lib/compiler.h"

#define HOST_NAME_MAX 64

/* The version that uname reports: programs derive from it which calls exist. */
#define SYSTEM_NAME "Linux"
#define SYSTEM_RELEASE "6.1.0-creance"
#define SYSTEM_VERSION "#1 SMP PREEMPT"

/* Copy into @buffer of HOST_NAME_MAX + 1 bytes. */
void host_name_get(char *buffer);
void domain_name_get(char *buffer);
/* @len at most HOST_NAME_MAX. */
void host_name_set(const char *name, size_t len);
void domain_name_set(const char *name, size_t len);
