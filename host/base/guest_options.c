// SPDX-License-Identifier: MIT
#include "base/guest_options.h"

#include <stddef.h>

const char *const machine_names[] = {
	[MACHINE_MICROVM] = "microvm", [MACHINE_PC] = "pc", [MACHINE_Q35] = "q35", NULL};
