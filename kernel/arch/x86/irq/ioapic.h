/* SPDX-License-Identifier: MIT */
/* The I/O interrupt controllers: they route the platform's lines (GSIs) to vectors. */
#pragma once

#include "lib/compiler.h"

/* Find the controllers in the firmware's tables, or at the usual address. All lines are masked. */
void ioapic_init(void);
/* Route line @gsi to @vector on the boot CPU and unmask it. 0, -ENODEV. */
int ioapic_route(u32 gsi, u32 vector, bool level, bool active_low) __must_check;
