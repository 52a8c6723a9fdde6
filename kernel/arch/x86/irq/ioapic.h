/* SPDX-License-Identifier: MIT */
/* The I/O interrupt controllers: they route the platform's lines (GSIs) to vectors. */
#pragma once

#include "lib/compiler.h"

/* Find the controllers in the firmware's tables, or at the usual address. All lines are masked. */
void ioapic_init(void);
/*
 * Route line @gsi to @vector of the CPU with @apic_id, and unmask it. 0, -ENODEV. Let it go to
 * another CPU. Locks: the caller has one for all of them.
 */
int ioapic_route(u32 gsi, u32 vector, u32 apic_id, bool level, bool active_low) __must_check;
void ioapic_move(u32 gsi, u32 apic_id);
