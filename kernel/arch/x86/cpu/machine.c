// SPDX-License-Identifier: MIT
/* Power-off and reset: first by the registers that ACPI names, then by those that every PC has. */
#include "arch/arch_cpu.h"
#include "arch/arch_platform.h"
#include "arch/arch_irq.h"
#include "arch/x86/cpu/acpi.h"
#include "arch/x86/cpu/descriptor.h"
#include "arch/x86/platform/ports.h"
#include "core/log.h"
#include "mm/kmap.h"

static void spin_a_while(void)
{
	for (unsigned i = 0; i < 1000000; i++)
		arch_cpu_relax();
}

static void write_register(const struct acpi_register *r)
{
	volatile u8 *p;

	if (!r->valid)
		return;
	if (r->space == 1) {
		port_out8((u16)r->address, r->value);
	} else {
		p = kmap_device(r->address, 1, KMAP_UNCACHED);
		if (p)
			*p = r->value;
	}
	spin_a_while();
}

_Noreturn void arch_machine_poweroff(void)
{
	const struct acpi_poweroff *how = acpi_poweroff();

	acpi_find_exits();
	write_register(&how->sleep_control);
	arch_irq_disable();
	if (how->pm1a_port)
		port_out16(how->pm1a_port, how->pm1_value_a);
	if (how->pm1b_port)
		port_out16(how->pm1b_port, how->pm1_value_b);
	spin_a_while();
	log_err("this machine cannot power itself off: halted");
	arch_cpu_halt();
}

_Noreturn void arch_machine_reboot(void)
{
	static const struct descriptor_pointer no_idt;

	acpi_find_exits();
	write_register(acpi_reset_register());
	arch_irq_disable();
	port_out8(0x64, 0xfe); /* the keyboard controller's reset line */
	spin_a_while();
	/* A trap without a trap table: the CPU shuts down, and the board resets it. */
	__asm__ volatile("lidt %0; int3" ::"m"(no_idt));
	arch_cpu_halt();
}
