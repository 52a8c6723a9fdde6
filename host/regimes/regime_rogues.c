// SPDX-License-Identifier: MIT
#include "regime_rogues.h"

#include <string.h>

const char *const regime_names[REGIMES] = {"none", "cooperative", "preemptive"};

const struct regime_rogue regime_rogues[] = {
	{"loop", "endless loop", "It loops for ever, without a call.", true},
	{"cli_hlt", "interrupts off", "It turns interrupts off and halts the CPU.", true},
	{"timer_off", "timer off", "It turns the interrupt controller and its timer off, and ends.",
	 false},
	{"lidt", "own trap table", "It gives the CPU a trap table of its own.", false},
	{"wrmsr", "own call entry", "It tells the CPU that system calls begin at address 0.",
	 false},
	{"kernel_overwrite", "kernel overwritten", "It fills the kernel's image with ones.", false},
	{"kernel_jump", "jump into kernel", "It jumps to an address inside the kernel's code.",
	 false},
	{"steal_memory", "others' memory", "It searches all memory for the witness's secret.",
	 false},
	{"port_console", "console's port", "It writes to the serial port by itself.", false},
	{"div0", "divide by zero", "It divides by zero.", false},
	{"null_deref", "null pointer", "It reads address 0.", false},
	{"stack_smash", "stack smashed", "It writes over its own return address.", false},
	{"memory_hog", "memory hog", "It takes memory until there is none.", false},
	{"fork_bomb", "fork bomb", "It forks until the kernel refuses, and so do its children.",
	 false},
	{"long_work", "long work, no call", "It works for long without a call, and ends.", false},
};
const size_t nr_regime_rogues = sizeof(regime_rogues) / sizeof(regime_rogues[0]);

const struct regime_rogue *regime_rogue_find(const char *name)
{
	for (size_t i = 0; i < nr_regime_rogues; i++)
		if (strcmp(regime_rogues[i].name, name) == 0)
			return &regime_rogues[i];
	return NULL;
}

int regime_find(const char *name)
{
	for (int i = 0; i < REGIMES; i++)
		if (strcmp(regime_names[i], name) == 0)
			return i;
	return -1;
}
