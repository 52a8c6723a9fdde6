// SPDX-License-Identifier: MIT
#include "lib/parse.h"

#include <linux/errno.h>

#include "lib/string.h"

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return 255;
}

int parse_u64_prefix(const char *s, unsigned base, u64 *value, const char **end)
{
	const char *start;
	bool overflow = false;
	u64 result = 0;

	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' &&
	    digit_value(s[2]) < 16) {
		base = 16;
		s += 2;
	} else if (base == 0) {
		base = s[0] == '0' ? 8 : 10;
	}
	start = s;
	for (; digit_value(*s) < base; s++) {
		overflow |= __builtin_mul_overflow(result, (u64)base, &result);
		overflow |= __builtin_add_overflow(result, (u64)digit_value(*s), &result);
	}
	*end = s;
	if (s == start)
		return -EINVAL;
	if (overflow)
		return -ERANGE;
	*value = result;
	return 0;
}

static bool is_end(const char *s)
{
	return !*s || (*s == '\n' && !s[1]);
}

int parse_u64(const char *s, unsigned base, u64 *value)
{
	const char *end;
	u64 result;
	int error = parse_u64_prefix(s, base, &result, &end);

	if (error == -EINVAL || !is_end(end))
		return -EINVAL;
	if (!error)
		*value = result;
	return error;
}

int parse_s64(const char *s, unsigned base, s64 *value)
{
	bool negative = *s == '-';
	u64 magnitude;
	int error;

	if (*s == '-' || *s == '+')
		s++;
	error = parse_u64(s, base, &magnitude);
	if (error)
		return error;
	if (magnitude > (u64)INT64_MAX + negative)
		return -ERANGE;
	*value = negative ? (s64)(0 - magnitude) : (s64)magnitude;
	return 0;
}

int parse_size(const char *s, u64 *value)
{
	unsigned shift = 0;
	const char *end;
	u64 result;
	int error = parse_u64_prefix(s, 0, &result, &end);

	if (error)
		return error;
	switch (*end | 0x20) {
	case 't':
		shift = 40;
		break;
	case 'g':
		shift = 30;
		break;
	case 'm':
		shift = 20;
		break;
	case 'k':
		shift = 10;
		break;
	}
	if (!is_end(end + (shift != 0)))
		return -EINVAL;
	if (result << shift >> shift != result)
		return -ERANGE;
	*value = result << shift;
	return 0;
}

int parse_duration_ns(const char *s, u64 *value)
{
	static const struct {
		const char *name;
		u64 factor;
	} units[] = {{"", 1000000}, {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
	const char *end;
	u64 result;
	int error = parse_u64_prefix(s, 10, &result, &end);

	if (error)
		return error;
	for (unsigned i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		return __builtin_mul_overflow(result, units[i].factor, value) ? -ERANGE : 0;
	}
	return -EINVAL;
}
