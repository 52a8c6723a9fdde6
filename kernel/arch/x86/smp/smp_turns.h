/* SPDX-License-Identifier: MIT */
/* CPUs that only mark the turns of the others, for arch/arch_turns.h. Also for assembly. */
#pragma once

#define MARKERS_EACH 2	 /* between the turns of two CPUs that work */
#define TURNS_CPUS_MAX 8 /* that work */
#define MARKERS_MAX (TURNS_CPUS_MAX * (1 + MARKERS_EACH))
#define MARKER_STACK_SIZE 1024
#define MARKERS_CYCLES 200 /* more than those between two need, less than what matters */
/* struct turns */
#define TURNS_SIZE 64
#define TURNS_CYCLES 0
#define TURNS_BEGUN 8
#define TURNS_IS_OPEN 16
#define TURNS_NR_MISSED 24
#define TURNS_NR_CHANGING 32

#ifndef __ASSEMBLER__
#include "lib/compiler.h"
#include "sync/latency_hooks.h"

#if LATENCY_BUILD
#include "arch/x86/cpu/descriptor.h"

/* The turns of a CPU that works: smp_turns.c, M2. */
struct SHARED turns {
	u64 cycles;	 /* [a] of those that have ended */
	u64 begun;	 /* [a] when the last one did */
	u64 is_open;	 /* [a] it has not ended, as far as is known */
	u64 nr_missed;	 /* [a] smp_turns.c, M1 */
	u64 nr_changing; /* [a] markers that are between their steps */
} __aligned(TURNS_SIZE);

/* For smp_marker.S, and in it where an NMI goes. */
extern struct turns smp_turns[TURNS_CPUS_MAX];
extern u8 smp_turns_busy[TURNS_CPUS_MAX], smp_marker_sleeps[MARKERS_MAX];
extern u64 smp_marker_last;
extern u32 smp_turns_nr;
extern char smp_marker_stacks[MARKERS_MAX][MARKER_STACK_SIZE];
extern const struct descriptor_pointer smp_marker_gdt, smp_marker_idt;
extern const char smp_marker_nmi[];
/* On the first marker: end the turns of those that work in time. */
void smp_marker_set_pace(void);

/*
 * Of @nr CPUs that the firmware names, how many are to work: all, or with option turn_marks one in
 * three. Boot.
 */
unsigned smp_turns_decide(unsigned nr);
/* Is the CPU with this APIC ID to mark turns? */
bool smp_turns_is_marker(u32 apic_id);
/* Start those; all that work have their numbers. Boot. */
void smp_turns_start(void);
/* This CPU is about to sleep until an interrupt; it has had one. Context: interrupts off. */
void smp_turns_idle(void);
void smp_turns_awake(void);
#else
static inline unsigned smp_turns_decide(unsigned nr)
{
	return nr;
}
static inline bool smp_turns_is_marker(u32 apic_id)
{
	(void)apic_id;
	return false;
}
static inline void smp_turns_start(void)
{
}
static inline void smp_turns_idle(void)
{
}
static inline void smp_turns_awake(void)
{
}
#endif
#endif
