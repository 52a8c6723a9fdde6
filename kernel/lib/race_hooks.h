/* SPDX-License-Identifier: MIT */
/*
 * What code says of its accesses to memory where the compiler does not, for
 * trace/race_detector.c. In all builds but that one (make races) it compiles to nothing.
 */
#pragma once

#include "lib/compiler.h"

#define RACE_WRITE 1U
#define RACE_MARKED 2U
#define RACE_CALLER ((vaddr_t)__builtin_return_address(0))

#ifdef RACES
/*
 * The code at @place is about to access @size bytes at @p, as @kind says (RACE_*). Context: any,
 * from the first instruction on.
 */
void race_check(const volatile void *p, size_t size, unsigned kind, vaddr_t place);
#else
static __always_inline void race_check(const volatile void *p, size_t size, unsigned kind,
				       vaddr_t place)
{
	(void)p;
	(void)size;
	(void)kind;
	(void)place;
}
#endif
