// SPDX-License-Identifier: MIT
// UNIT: arch/x86/time/rtc.c lib/string.c
#include "unit_test.h"

#include "arch/x86/time/rtc.h"

#define STATUS_A 10
#define STATUS_B 11
#define UPDATING 0x80

/* A clock that changes to `next` after some reads of its bytes. */
static struct {
	u8 now[12], next[12];
	unsigned busy_reads;   /* as often status A says that the bytes are changing */
	unsigned reads_before; /* of other bytes, until they change                  */
} cmos;

static u8 fake_read(u8 index)
{
	if (index == STATUS_A)
		return cmos.busy_reads && cmos.busy_reads-- ? UPDATING : 0x26;
	if (index != STATUS_B && cmos.reads_before && !--cmos.reads_before)
		memcpy(cmos.now, cmos.next, sizeof(cmos.now));
	return cmos.now[index];
}

static u8 no_clock(u8 index)
{
	return 0xff;
}

/* 2026-12-31 23:59:59 and the second after it, binary, 24 hours. */
static const u8 last[12] = {59, 0, 59, 0, 23, 0, 0, 31, 12, 26, 0x26, 6};
static const u8 first[12] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 27, 0x26, 6};
#define LAST 1798761599UL

static void set_clock(const u8 now[12], const u8 next[12])
{
	memset(&cmos, 0, sizeof(cmos));
	memcpy(cmos.now, now, sizeof(cmos.now));
	memcpy(cmos.next, next, sizeof(cmos.next));
}

static void reads_each_form(void **state)
{
	static const u8 bcd[12] = {0x59, 0, 0x59, 0, 0x23, 0, 0, 0x31, 0x12, 0x26, 0x26, 2};
	static const u8 pm[12] = {0x59, 0, 0x59, 0, 0x91, 0, 0, 0x31, 0x12, 0x26, 0x26, 0};
	static const u8 leap[12] = {0, 0, 0, 0, 12, 0, 0, 29, 2, 24, 0x26, 6};

	set_clock(last, last);
	assert_int_equal(rtc_read_seconds(fake_read), LAST);
	set_clock(bcd, bcd);
	assert_int_equal(rtc_read_seconds(fake_read), LAST);
	set_clock(pm, pm);
	assert_int_equal(rtc_read_seconds(fake_read), LAST);
	set_clock(leap, leap);
	assert_int_equal(rtc_read_seconds(fake_read), 1709208000UL);
}

/* The update takes 2 ms: thousands of reads on a fast bus. */
static void waits_for_an_update(void **state)
{
	set_clock(last, last);
	cmos.busy_reads = 20000;
	assert_int_equal(rtc_read_seconds(fake_read), LAST);
}

static void never_mixes_two_seconds(void **state)
{
	for (unsigned reads = 1; reads < 30; reads++) {
		u64 got;

		set_clock(last, first);
		cmos.reads_before = reads;
		got = rtc_read_seconds(fake_read);
		assert_true(got == LAST || got == LAST + 1);
	}
}

static void gives_up_in_the_end(void **state)
{
	static const u8 nonsense[12] = {0, 0, 0, 0, 99, 0, 0, 0, 77, 26, 0x26, 6};

	set_clock(last, last);
	cmos.busy_reads = ~0U;
	assert_int_equal(rtc_read_seconds(fake_read), 0);
	set_clock(nonsense, nonsense);
	assert_int_equal(rtc_read_seconds(fake_read), 0);
	assert_int_equal(rtc_read_seconds(no_clock), 0);
}

UNIT_MAIN(cmocka_unit_test(reads_each_form), cmocka_unit_test(waits_for_an_update),
	  cmocka_unit_test(never_mixes_two_seconds), cmocka_unit_test(gives_up_in_the_end))
