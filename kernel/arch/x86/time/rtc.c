// SPDX-License-Identifier: MIT
/*
 * Date and time of the MC146818. Once a second it changes the bytes one after the other. Status A
 * shows that from 244 us before until the end, 2 ms later; but a reading that began before may
 * still overlap the change. So the clock is read until two readings in a row are the same.
 */
#include "arch/x86/time/rtc.h"
#include "lib/string.h"

#define RTC_STATUS_A 10
#define RTC_STATUS_B 11
#define STATUS_A_UPDATING 0x80
#define STATUS_B_24_HOURS 0x02
#define STATUS_B_BINARY 0x04
#define HOUR_PM 0x80

struct rtc_time {
	u8 second, minute, hour, day, month, year;
};

static struct rtc_time read_once(u8 (*read)(u8 index))
{
	return (struct rtc_time){read(0), read(2), read(4), read(7), read(8), read(9)};
}

/* A bound on the reads of status A that takes more than 2 ms, however fast a read is. */
#define STATUS_READS_MAX 100000U

static bool wait_for_update(u8 (*read)(u8 index))
{
	for (unsigned tries = 0; tries < STATUS_READS_MAX; tries++)
		if (!(read(RTC_STATUS_A) & STATUS_A_UPDATING))
			return true;
	return false;
}

static bool read_stable(u8 (*read)(u8 index), struct rtc_time *t)
{
	for (unsigned tries = 0; tries < 10 && wait_for_update(read); tries++) {
		struct rtc_time again;

		*t = read_once(read);
		again = read_once(read);
		if (!memcmp(t, &again, sizeof(again)))
			return true;
	}
	return false;
}

static u8 from_bcd(u8 v)
{
	return (u8)((v >> 4) * 10 + (v & 15));
}

static u64 days_since_1970(unsigned year, unsigned month, unsigned day)
{
	/* March-based years put the leap day last (the usual civil-date arithmetic). */
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned m = month <= 2 ? month + 9 : month - 3;
	u64 era_days = (u64)y * 365 + y / 4 - y / 100 + y / 400;

	return era_days + (153 * m + 2) / 5 + day - 1 - 719468;
}

u64 rtc_read_seconds(u8 (*read)(u8 index))
{
	struct rtc_time t;
	u8 status = read(RTC_STATUS_B);
	u8 pm;

	if (status == 0xff || !read_stable(read, &t))
		return 0;
	pm = t.hour & HOUR_PM;
	t.hour &= (u8)~HOUR_PM;
	if (!(status & STATUS_B_BINARY)) {
		t.second = from_bcd(t.second);
		t.minute = from_bcd(t.minute);
		t.hour = from_bcd(t.hour);
		t.day = from_bcd(t.day);
		t.month = from_bcd(t.month);
		t.year = from_bcd(t.year);
	}
	if (!(status & STATUS_B_24_HOURS))
		t.hour = (u8)(t.hour % 12 + (pm ? 12 : 0));
	if (t.month < 1 || t.month > 12 || t.day < 1 || t.day > 31 || t.hour > 23)
		return 0;
	return days_since_1970(2000U + t.year, t.month, t.day) * 86400 + t.hour * 3600UL +
	       t.minute * 60UL + t.second;
}
