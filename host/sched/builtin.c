// SPDX-License-Identifier: MIT
#include "sched/builtin.h"

#include <string.h>

/* In the order in which they are listed. */
#define WORKLOADS(WORKLOAD)                                                                        \
	WORKLOAD(fifo)                                                                             \
	WORKLOAD(convoy)                                                                           \
	WORKLOAD(late)                                                                             \
	WORKLOAD(response)                                                                         \
	WORKLOAD(io)                                                                               \
	WORKLOAD(mlfq)                                                                             \
	WORKLOAD(interactive)                                                                      \
	WORKLOAD(boost)                                                                            \
	WORKLOAD(lottery)                                                                          \
	WORKLOAD(stride)                                                                           \
	WORKLOAD(nice)

/* The assembler takes the files in; tools/host.mk makes this file depend on them. */
#define WORKLOAD(name)                                                                             \
	__asm__(".pushsection .rodata\n"                                                           \
		"workload_" #name ": .incbin \"host/sched/workloads/ostep-" #name ".txt\"\n"       \
		"workload_" #name "_end: .byte 0\n"                                                \
		".popsection\n");                                                                  \
	__attribute__((visibility("hidden"))) extern const char workload_##name[],                 \
		workload_##name##_end[];
WORKLOADS(WORKLOAD)
#undef WORKLOAD

#define WORKLOAD(name) {"ostep-" #name, workload_##name, workload_##name##_end},
static const struct builtin_workload all[] = {WORKLOADS(WORKLOAD){NULL, NULL, NULL}};
#undef WORKLOAD

const struct builtin_workload *builtin_workload(unsigned i)
{
	return i < sizeof(all) / sizeof(all[0]) - 1 ? &all[i] : NULL;
}

const char *builtin_workload_name(unsigned i)
{
	const struct builtin_workload *one = builtin_workload(i);

	return one ? one->name : NULL;
}

const struct builtin_workload *builtin_workload_find(const char *name)
{
	for (unsigned i = 0; builtin_workload(i); i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}
