/* SPDX-License-Identifier: MIT */
/* Copies from and to "user memory", which is the test's own and may end early. */
#pragma once

#include "lib/types.h"

/* How many bytes can be copied until copies fault; ~0UL: all. A copy takes from it. */
extern size_t unit_user_left;
