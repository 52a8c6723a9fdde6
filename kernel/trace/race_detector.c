// SPDX-License-Identifier: MIT
/*
 * race_detector.c -- finds accesses of two CPUs to the same memory that nothing orders.
 *
 * Idea.  In the races build the compiler calls a function here before each access to memory
 *   (race_hooks.c). At one in WATCH_ONE_IN of the plain ones the CPU publishes what it is about to
 *   access, waits for some microseconds, and looks whether another CPU accessed the same bytes
 *   meanwhile: it would have if no lock kept it out. At least one of the two writes, and not both
 *   are marked. If nobody says so but the value is another one, something wrote that is not
 *   instrumented: assembly, a device, an access whose check came just before. That no race is
 *   found proves nothing; a race that is found is one.
 * Rejected.  Happens-before by vector clocks: it needs memory for each word, and must know each
 *   way in which the kernel orders things.
 * Invariants.
 *   R1  A CPU watches at most one place, with interrupts off: its slot is its own.
 *   R2  The slot's word is taken away once: by the watcher, or by the first CPU that met it, which
 *       then fills in `met` and says so.
 *   R3  What the detector does itself is not instrumented, and `inside` keeps the code of an NMI
 *       that comes in between from entering again.
 * Cost.  A call for each access, a decrement of a counter for most; so this build is several times
 *   slower.
 * Tests.  tests/system/race_detector.t.
 */
#include "trace/race_detector.h"

#if RACES_BUILD

#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "arch/arch_irq.h"
#include "arch/arch_page.h"
#include "arch/arch_percpu.h"
#include "core/panic.h"
#include "lib/chance.h"
#include "lib/race_hooks.h"
#include "sync/spinlock.h"

#define WATCH_ONE_IN 300
#define WATCH_MIN_US 20
#define WATCH_MAX_US 80
#define WATCH_BYTES_MAX 8

/* What a slot's word holds: the address without its upper bits, which are ones; the size; a bit. */
#define WORD_ADDRESS_BITS 48
#define WORD_WRITE BIT(63)
#define WORD_NONE 0UL
#define WORD_TAKEN 1UL /* no kernel address */

struct SHARED slot {
	u64 word;		/* [a] what is watched now */
	u32 is_met;		/* [a] `met` is filled in */
	struct race_access met; /* [p] of the CPU that took the word, until is_met */
} __cacheline_aligned;

struct race_cpu {
	s32 left; /* accesses until the next watch; racy, see count_access */
	bool inside;
	u32 nr_pauses;
	u64 nr_watched;
	struct chance chance; /* its generator is used alone */
};

static struct slot slots[CPUS_MAX];
static PERCPU(struct race_cpu, race_cpus);
static unsigned nr_cpus;    /* [a] 0: not started */
static unsigned nr_watches; /* [a] slots in use: if none, nobody looks at them */

static struct spinlock recording = SPINLOCK_INIT(leaf_irq); /* by record_begin() only */
static struct race races[RACES_MAX];			    /* [recording] */
static unsigned nr_races;				    /* [recording] */
static u64 nr_dropped;					    /* [recording] */

static irq_state_t record_begin(void)
{
	irq_state_t state = arch_irq_save_unseen();

	arch_this_cpu(race_cpus)->nr_pauses++; /* for memcpy(), which is checked */
	spin_lock_raw(&recording);
	return state;
}

static void record_end(irq_state_t state)
{
	spin_unlock_raw(&recording);
	arch_this_cpu(race_cpus)->nr_pauses--;
	arch_irq_restore_unseen(state);
}

static void record(vaddr_t address, const struct race_access *watched,
		   const struct race_access *met)
{
	irq_state_t state = record_begin();

	for (unsigned i = 0; i < nr_races; i++) {
		vaddr_t a = races[i].by[0].place, b = races[i].by[1].place;

		if ((a == watched->place && b == met->place) ||
		    (b == watched->place && a == met->place)) {
			races[i].times++;
			record_end(state);
			return;
		}
	}
	if (nr_races < RACES_MAX)
		races[nr_races++] = (struct race){{*watched, *met}, address, 1};
	else
		nr_dropped++;
	record_end(state);
}

static u64 value_at(vaddr_t address, size_t size)
{
	switch (size) {
	case 1:
		return *(const volatile u8 *)address;
	case 2:
		return *(const volatile u16 *)address;
	case 4:
		return *(const volatile u32 *)address;
	case 8:
		return *(const volatile u64 *)address;
	default:
		return 0;
	}
}

static void delay(struct race_cpu *own)
{
	u64 us = WATCH_MIN_US + chance_random(&own->chance) % (WATCH_MAX_US - WATCH_MIN_US);
	u64 begin = arch_clock_cycles(), cycles = us * (arch_clock.frequency_hz / 1000000);

	while (arch_clock_cycles() - begin < cycles)
		compiler_barrier();
}

static void watch_here(struct race_cpu *own, vaddr_t address, struct race_access access)
{
	struct slot *slot = &slots[arch_cpu_id()];
	struct race_access elsewhere = {0, 0, RACE_WRITE};
	u64 before, after, word;

	if (access.size > WATCH_BYTES_MAX) {
		address += chance_random(&own->chance) % (access.size / WATCH_BYTES_MAX) *
			   WATCH_BYTES_MAX;
		access.size = WATCH_BYTES_MAX;
	}
	word = (address & (BIT(WORD_ADDRESS_BITS) - 1)) | (u64)access.size << WORD_ADDRESS_BITS |
	       (access.kind & RACE_WRITE ? WORD_WRITE : 0);
	own->nr_watched++;
	before = value_at(address, access.size);
	__atomic_store_n(&slot->word, word, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&nr_watches, 1, __ATOMIC_SEQ_CST);
	delay(own);
	after = value_at(address, access.size);
	__atomic_fetch_sub(&nr_watches, 1, __ATOMIC_SEQ_CST);
	if (__atomic_exchange_n(&slot->word, WORD_NONE, __ATOMIC_ACQUIRE) == word) {
		if (after != before)
			record(address, &access, &elsewhere);
		return;
	}
	while (!__atomic_load_n(&slot->is_met, __ATOMIC_ACQUIRE))
		compiler_barrier(); /* R2: the other CPU has interrupts off, and needs nothing */
	record(address, &access, &slot->met);
	__atomic_store_n(&slot->is_met, 0, __ATOMIC_RELAXED);
}

static __noinline void watch(vaddr_t address, struct race_access access)
{
	irq_state_t state = arch_irq_save_unseen();
	struct race_cpu *own = arch_this_cpu(race_cpus);

	own->left = 1 + (s32)(chance_random(&own->chance) % (2 * WATCH_ONE_IN));
	if (!own->inside && !own->nr_pauses && !panic_in_progress()) {
		own->inside = true;
		watch_here(own, address, access);
		own->inside = false;
	}
	arch_irq_restore_unseen(state);
}

/* Is what @word says touched by the bytes from @address on, and by whom it may not be? */
static bool is_met(u64 word, vaddr_t address, const struct race_access *access)
{
	vaddr_t watched = word | ~(BIT(WORD_ADDRESS_BITS) - 1);
	u64 size = (word & ~WORD_WRITE) >> WORD_ADDRESS_BITS;

	return word > WORD_TAKEN && (word & WORD_WRITE || access->kind & RACE_WRITE) &&
	       address < watched + size && watched < address + access->size;
}

static __noinline void look(vaddr_t address, const struct race_access *access)
{
	irq_state_t state = arch_irq_save_unseen();
	struct race_cpu *own = arch_this_cpu(race_cpus);

	if (own->inside || own->nr_pauses) {
		arch_irq_restore_unseen(state);
		return;
	}
	own->inside = true;
	for (unsigned i = 0; i < nr_cpus; i++) {
		u64 word = __atomic_load_n(&slots[i].word, __ATOMIC_RELAXED);

		if (is_met(word, address, access) &&
		    __atomic_compare_exchange_n(&slots[i].word, &word, WORD_TAKEN, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			slots[i].met = *access;
			__atomic_store_n(&slots[i].is_met, 1, __ATOMIC_RELEASE);
		}
	}
	own->inside = false;
	arch_irq_restore_unseen(state);
}

/*
 * Interrupts, or a move to another CPU, may come between the load and the store: then the counter
 * is a little wrong. It is signed, so that it cannot jump over its end.
 */
static __always_inline bool count_access(void)
{
	return --arch_this_cpu(race_cpus)->left <= 0;
}

void race_check(const volatile void *p, size_t size, unsigned kind, vaddr_t place)
{
	struct race_access access = {place, (u32)size, kind};
	vaddr_t address = (vaddr_t)p;

	if (!__atomic_load_n(&nr_cpus, __ATOMIC_RELAXED) || address < USER_TOP || !size)
		return;
	if (unlikely(__atomic_load_n(&nr_watches, __ATOMIC_RELAXED)))
		look(address, &access);
	if (!(kind & RACE_MARKED) && unlikely(count_access()))
		watch(address, access);
}

void race_pause(void)
{
	preempt_disable();
	arch_this_cpu(race_cpus)->nr_pauses++;
}

void race_resume(void)
{
	arch_this_cpu(race_cpus)->nr_pauses--;
	preempt_enable();
}

void race_detector_start(void)
{
	unsigned cpus = arch_smp_nr_cpus();

	if (cpus < 2)
		return;
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		chance_init(&on_cpu(race_cpus, cpu)->chance, arch_clock_cycles() + cpu, 1);
	__atomic_store_n(&nr_cpus, cpus, __ATOMIC_RELEASE);
}

bool race_get(unsigned index, struct race *out)
{
	irq_state_t state = record_begin();
	bool is_there = index < nr_races;

	if (is_there)
		*out = races[index];
	record_end(state);
	return is_there;
}

void race_totals_get(struct race_totals *out)
{
	irq_state_t state = record_begin();

	*out = (struct race_totals){.dropped = nr_dropped};
	for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
		out->watched += on_cpu(race_cpus, cpu)->nr_watched;
	record_end(state);
}

void race_reset(void)
{
	irq_state_t state = record_begin();

	nr_races = 0;
	nr_dropped = 0;
	record_end(state);
}

#endif
