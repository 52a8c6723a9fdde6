// SPDX-License-Identifier: MIT
/* Each CPU has its own generator, so its decisions do not depend on other CPUs. */
#define LOG_SUBSYS "sched"
#include "sched/force_preempt.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_percpu.h"
#include "core/cmdline.h"
#include "core/log.h"
#include "lib/chance.h"
#include "sched/runqueue.h"

#define ONE_IN_DEFAULT 50
#define DELAY_MAX_US 30
#define STEPS_PER_DELAY 4 /* of so many forced steps one is a delay, the others are switches */
#define ONE_MOVE_IN 4	  /* choices of a CPU, of which one is by chance */

bool force_preempt_on; /* [I] after boot */

struct chances {
	struct chance place;   /* where the kernel may be preempted */
	struct chance wake_up; /* a thread was woken                */
	struct chance move;    /* a CPU is chosen for a thread      */
};
static PERCPU(struct chances, chances); /* [p] with interrupts off */

void force_preempt_init(void)
{
	u64 seed;
	u32 one_in = ONE_IN_DEFAULT;

	if (!cmdline_seed("force_preempt", &seed, &one_in))
		return;
	for (unsigned cpu = 0; cpu < percpu_nr(); cpu++) {
		struct chances *own = on_cpu(chances, cpu);
		u64 first = seed + ((u64)cpu << 40);

		chance_init(&own->place, first, one_in);
		chance_init(&own->wake_up, first + (1UL << 39), one_in);
		chance_init(&own->move, first + (1UL << 38), ONE_MOVE_IN);
	}
	force_preempt_on = sched_has_options = true;
	log_info("forced preemption at one in %u places, seed %lu", one_in, (unsigned long)seed);
}

static void hold_up(u64 random)
{
	u64 us = random % DELAY_MAX_US;
	u64 until = arch_clock_cycles() + us * (arch_clock.frequency_hz / 1000000);

	while (arch_clock_cycles() < until)
		arch_cpu_relax();
}

bool force_preempt_now(void)
{
	struct chance *place = &this_cpu(chances)->place;
	u64 random;

	if (!chance_comes(place))
		return false;
	random = chance_random(place) >> 32;
	if (random % STEPS_PER_DELAY)
		return true;
	hold_up(random / STEPS_PER_DELAY);
	return false;
}

bool force_preempt_woken(void)
{
	return chance_comes(&this_cpu(chances)->wake_up);
}

bool force_preempt_moves(void)
{
	return chance_comes(&this_cpu(chances)->move);
}

unsigned force_preempt_cpu(u64 allowed)
{
	unsigned nr_cpus = arch_smp_nr_cpus();
	unsigned cpu = (unsigned)(chance_random(&this_cpu(chances)->move) >> 32) % nr_cpus;

	while (!(allowed & BIT(cpu)))
		cpu = (cpu + 1) % nr_cpus;
	return cpu;
}
