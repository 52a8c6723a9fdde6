// SPDX-License-Identifier: MIT
/*
 * vdso_clock.c -- the code that programs call instead of the kernel, for the time and the CPU's
 * number.
 *
 * Idea. Linked as a shared object of its own (vdso.lds.S), carried in the kernel's image, mapped
 *   into every program after the page that the kernel keeps up to date (time/clock_page.h). What
 *   can be read from that page needs no system call; everything else becomes the call of the same
 *   name.
 * Invariants.
 *   D1  The conversion is the kernel's own, of the same counter: a value read here is never earlier
 *       than one that a call returned before, nor the other way round.
 *   D2  A value belongs to one state of the page (sync/seqcount.h).
 *   D3  Nothing here is written or relocated: there is no data section and no global offset table.
 * Cost.  About 35 instructions for clock_gettime.
 * Tests.  tests/guest/time/time_vdso.c.
 */
#include "arch/x86/vdso/vdso.h"
#include "time/clock_page.h"

#include <asm/unistd.h>
#include <linux/time.h>

#define NS_PER_SECOND 1000000000UL
#define NS_PER_US 1000UL

static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static __always_inline u64 read_fine(const struct clock_page *page, unsigned clock)
{
	u32 begun;
	u64 ns;

	do { /* D2 */
		u64 cycles;

		begun = seqcount_read_begin(&page->sequence);
		cycles = arch_clock_cycles_ordered() - page->base_cycles;
		ns = (u64)((unsigned __int128)cycles * page->mult >> ARCH_CLOCK_SHIFT); /* D1 */
		ns += READ_ONCE(page->offset_ns[clock]);
	} while (seqcount_must_read_again(&page->sequence, begun));
	return ns;
}

static u64 read_coarse(const struct clock_page *page, unsigned clock)
{
	u32 begun;
	u64 ns;

	do {
		begun = seqcount_read_begin(&page->sequence);
		ns = READ_ONCE(page->coarse_ns) + READ_ONCE(page->offset_ns[clock]);
	} while (seqcount_must_read_again(&page->sequence, begun));
	return ns;
}

int __vdso_clock_gettime(int number, struct timespec *tp)
{
	const struct clock_page *page = &vdso_clock_page;
	unsigned clock = (unsigned)number;
	u64 ns;

	if (unlikely(clock >= CLOCK_PAGE_CLOCKS))
		return (int)call(__NR_clock_gettime, number, (long)tp, 0);
	if (likely(page->fine_clocks >> clock & 1))
		ns = read_fine(page, clock);
	else if (page->coarse_clocks >> clock & 1)
		ns = read_coarse(page, clock);
	else
		return (int)call(__NR_clock_gettime, number, (long)tp, 0);
	tp->tv_sec = (long)(ns / NS_PER_SECOND);
	tp->tv_nsec = (long)(ns % NS_PER_SECOND);
	return 0;
}

int __vdso_clock_getres(int number, struct timespec *tp)
{
	const struct clock_page *page = &vdso_clock_page;
	unsigned clock = (unsigned)number;
	bool fine = clock < CLOCK_PAGE_CLOCKS && page->fine_clocks >> clock & 1;

	if (!fine && !(clock < CLOCK_PAGE_CLOCKS && page->coarse_clocks >> clock & 1))
		return (int)call(__NR_clock_getres, number, (long)tp, 0);
	if (tp) {
		tp->tv_sec = 0;
		tp->tv_nsec = fine ? 1 : (long)page->tick_ns;
	}
	return 0;
}

int __vdso_gettimeofday(struct timeval *tv, struct timezone *tz)
{
	const struct clock_page *page = &vdso_clock_page;
	u64 ns;

	if (unlikely(!(page->fine_clocks & 1U << CLOCK_REALTIME)))
		return (int)call(__NR_gettimeofday, (long)tv, (long)tz, 0);
	if (tv) {
		ns = read_fine(page, CLOCK_REALTIME);
		tv->tv_sec = (long)(ns / NS_PER_SECOND);
		tv->tv_usec = (long)(ns % NS_PER_SECOND / NS_PER_US);
	}
	if (tz) {
		tz->tz_minuteswest = 0;
		tz->tz_dsttime = 0;
	}
	return 0;
}

long __vdso_time(long *result)
{
	const struct clock_page *page = &vdso_clock_page;
	long seconds;

	if (unlikely(!(page->fine_clocks & 1U << CLOCK_REALTIME)))
		return call(__NR_time, (long)result, 0, 0);
	seconds = (long)(read_fine(page, CLOCK_REALTIME) / NS_PER_SECOND);
	if (result)
		*result = seconds;
	return seconds;
}

/*
 * Each CPU has a segment whose limit is the CPU's number. Every CPU can read it, with one
 * instruction.
 */
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	unsigned limit;

	(void)unused;
	__asm__ volatile("lsl %1, %0" : "=r"(limit) : "r"(SELECTOR_CPU_NUMBER));
	if (cpu)
		*cpu = limit & CPU_NUMBER_MASK;
	if (node)
		*node = limit >> CPU_NUMBER_BITS;
	return 0;
}
