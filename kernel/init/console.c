// SPDX-License-Identifier: MIT
/* The kernel's first messages at boot. */
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "core/boot_info.h"
#include "core/cmdline.h"
#include "dev/uart/uart16550.h"
#include "init/subsystems.h"
#include "mm/page_alloc.h"
#define LOG_SUBSYS "boot"
#include "core/log.h"

void console_init_early(void)
{
	if (cmdline_has("quiet"))
		log_set_console_level(LOG_ERR);
	uart_early_init();
}

void console_announce(const struct boot_info *bi)
{
	struct page_counts counts;
	char cpu[160];

	page_alloc_counts(&counts);
	arch_cpu_describe(cpu, sizeof(cpu));
	log_info("Creance, loaded by %s; options: %s", bi->loader_name, bi->cmdline);
	cmdline_check();
	log_info("cpu %s", cpu);
	log_info("memory %lu KiB, %lu KiB free; clock %lu MHz by %s", counts.total * 4,
		 counts.free * 4, arch_clock.frequency_hz / 1000000, arch_clock.source);
}
