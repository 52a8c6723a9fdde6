/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

struct boot_info;

/*
 * The boot phase of the protocol, from the loader's structure to the first program. Does not
 * return.
 */
_Noreturn void kernel_main(struct boot_info *bi);
