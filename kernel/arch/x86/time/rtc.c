// SPDX-License-Identifier: MIT
/* The MC146818's date and time, taken to be UTC. */
#include "arch/x86/time/rtc.h"

#define RTC_INDEX 0x70
#define RTC_DATA 0x71
#define RTC_STATUS_A 10
#define RTC_STATUS_B 11
#define STATUS_A_UPDATING 0x80
#define STATUS_B_24_HOURS 0x02
#define STATUS_B_BINARY 0x04
#define HOUR_PM 0x80

struct rtc_time {
	u8 second, minute, hour, day, month, year;
};

static u8 cmos_read(u8 index)
{
	u8 value;

	__asm__ volatile("outb %1, %w2; inb %w3, %0"
			 : "=a"(value)
			 : "a"(index), "Nd"(RTC_INDEX), "Nd"(RTC_DATA));
	return value;
}

static bool read_stable(struct rtc_time *t)
{
	for (unsigned tries = 0; tries < 100; tries++) {
		struct rtc_time again;

		if (cmos_read(RTC_STATUS_A) & STATUS_A_UPDATING)
			continue;
		*t = (struct rtc_time){cmos_read(0), cmos_read(2), cmos_read(4),
				       cmos_read(7), cmos_read(8), cmos_read(9)};
		again = (struct rtc_time){cmos_read(0), cmos_read(2), cmos_read(4),
					  cmos_read(7), cmos_read(8), cmos_read(9)};
		if (!__builtin_memcmp(t, &again, sizeof(again)))
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

u64 rtc_read_seconds(void)
{
	struct rtc_time t;
	u8 status = cmos_read(RTC_STATUS_B);
	u8 pm;

	if (status == 0xff || !read_stable(&t))
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
