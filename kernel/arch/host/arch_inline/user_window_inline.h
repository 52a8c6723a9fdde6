/* SPDX-License-Identifier: MIT */
/* User memory is the test's own, and accesses to it do not fail. */
#pragma once

#include "lib/compiler.h"

static inline void arch_user_window_open(void)
{
}
static inline void arch_user_window_close(void)
{
}

/* Never taken; the compiler sees that @label is used. */
#define HOST_FAULT(label)                                                                          \
	do {                                                                                       \
		bool host_fault = false;                                                           \
		if (host_fault)                                                                    \
			goto label;                                                                \
	} while (0)
#define HOST_STORE(type, address, value, label)                                                    \
	do {                                                                                       \
		type host_value = (type)(value);                                                   \
		__builtin_memcpy((void *)(address), &host_value, sizeof(type));                    \
		HOST_FAULT(label);                                                                 \
	} while (0)
#define arch_user_window_store(address, value, label) HOST_STORE(u64, address, value, label)
#define arch_user_window_store_u32(address, value, label) HOST_STORE(u32, address, value, label)
#define arch_user_window_store_u16(address, value, label) HOST_STORE(u16, address, value, label)
#define HOST_LOAD(type, value, address, label)                                                     \
	do {                                                                                       \
		type host_value;                                                                   \
		__builtin_memcpy(&host_value, (const void *)(address), sizeof(type));              \
		(value) = host_value;                                                              \
		HOST_FAULT(label);                                                                 \
	} while (0)
#define arch_user_window_load(value, address, label) HOST_LOAD(u64, value, address, label)
#define arch_user_window_load_u32(value, address, label) HOST_LOAD(u32, value, address, label)
