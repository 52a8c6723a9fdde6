/* SPDX-License-Identifier: MIT */
#pragma once

#include "lib/compiler.h"

struct trap_frame;
struct trap_info;

/* The trap table's handler for TRAP_DEVICE. */
void irq_route_dispatch(struct trap_frame *frame, const struct trap_info *info);
