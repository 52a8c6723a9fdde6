/* SPDX-License-Identifier: MIT */
/*
 * What the kernel reads from the firmware's ACPI tables (ACPI 6.4, chapter 5): CPUs, interrupt
 * routing, power-off, reset.
 */
#pragma once

#include "lib/compiler.h"

/* Set the address of the root pointer (0: search the BIOS area). Early boot. */
void acpi_set_root(paddr_t rsdp);
/*
 * Read the tables. Boot, with the boot page tables loaded. Without tables the functions below find
 * nothing.
 */
void acpi_init(void);

/* The APIC IDs of the CPUs that may be used, the boot CPU among them; returns how many they are. */
unsigned acpi_cpus(const u32 **apic_ids_out);
bool acpi_ioapic(unsigned index, paddr_t *base, u32 *gsi_base);
/* ISA line to GSI, with polarity and trigger, by the MADT's overrides. */
void acpi_translate_irq(unsigned *gsi, bool *level, bool *active_low);

/* A register by address space: 0 memory, 1 I/O port. */
struct acpi_register {
	u8 space, width_bits;
	u64 address;
	u8 value;
	bool valid;
};
/* Look up the two below. Needs kmap. Context: task, or any while the machine goes down. */
void acpi_find_exits(void);
/*
 * Reset register, and how to power off: hardware-reduced sleep control, or PM1 control registers.
 */
const struct acpi_register *acpi_reset_register(void);
struct acpi_poweroff {
	struct acpi_register sleep_control; /* one 8-bit write; value is filled in          */
	u16 pm1a_port, pm1b_port;	    /* 16-bit writes of pm1_value; 0: absent       */
	u16 pm1_value_a, pm1_value_b;
};
const struct acpi_poweroff *acpi_poweroff(void);
