/* SPDX-License-Identifier: MIT */
/* What the compiler's stack protector calls by name. */
#pragma once

#include "lib/compiler.h"

extern u64 __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);
