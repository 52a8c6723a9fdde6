/* SPDX-License-Identifier: MIT */
/* The I/O interrupt controller: platform lines (GSIs) to vectors. */
#pragma once

#include "lib/compiler.h"

/* Found in the firmware's tables, or at its usual place. Everything masked. */
void ioapic_init(void);
/* Route line @gsi to @vector on the boot CPU and unmask it. 0, -ENODEV. */
int ioapic_route(u32 gsi, u32 vector, bool level, bool active_low) __must_check;
