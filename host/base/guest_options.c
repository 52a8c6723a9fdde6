// SPDX-License-Identifier: MIT
#include "base/guest_options.h"

const char *machine_name(enum machine machine)
{
	static const char *const names[] = {
		[MACHINE_MICROVM] = "microvm", [MACHINE_PC] = "pc", [MACHINE_Q35] = "q35"};

	return names[machine];
}
