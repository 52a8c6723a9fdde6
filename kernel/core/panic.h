/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

/* Is the machine going down? The log then takes no locks. */
bool panic_in_progress(void);
