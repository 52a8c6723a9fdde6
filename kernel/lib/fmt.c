// SPDX-License-Identifier: MIT
/*
 * fmt.c -- printf into memory.
 *
 * Idea.  A conversion is parsed into a struct spec; its text is generated in a small buffer
 *   (numbers) or used in place (strings); one function pads and emits it. Output that exceeds the
 *   buffer is counted, not stored.
 * Invariants.
 *   F1  out->at never passes out->end, so the buffer does not overflow.
 *   F2  An unknown conversion is printed literally and consumes no argument.
 * Tests.  fmt_test.c: against the C library's snprintf over random formats.
 */
#include "lib/fmt.h"

#include "lib/string.h"

#define DIGITS_MAX 24 /* 2^64 in octal has 22 */

enum {
	FLAG_LEFT = 1,
	FLAG_PLUS = 2,
	FLAG_SPACE = 4,
	FLAG_ALT = 8,
	FLAG_ZERO = 16,
	FLAG_UPPER = 32,
	FLAG_NEGATIVE = 64,
	FLAG_SIGNED = 128,
};

struct out {
	char *at, *end; /* end leaves room for the NUL (F1) */
	size_t total;
};

struct spec {
	unsigned flags;
	int width;
	int precision; /* -1: not given */
	int size;      /* -2 char, -1 short, 0 int, 1 long and wider */
};

static void emit(struct out *out, const char *text, size_t len)
{
	size_t room = (size_t)(out->end - out->at), part = min(room, len);

	if (part)
		memcpy(out->at, text, part);
	out->at += part;
	out->total += len;
}

static void emit_fill(struct out *out, char c, int count)
{
	for (; count > 0; count--) {
		if (out->at < out->end)
			*out->at++ = c;
		out->total++;
	}
}

static void emit_padded(struct out *out, const struct spec *spec, const char *text, size_t len)
{
	int pad = spec->width - (int)len;

	if (!(spec->flags & FLAG_LEFT))
		emit_fill(out, ' ', pad);
	emit(out, text, len);
	if (spec->flags & FLAG_LEFT)
		emit_fill(out, ' ', pad);
}

/* The sign or base prefix of a number; returns its length. */
static int number_prefix(const struct spec *spec, unsigned base, bool nonzero, char *prefix)
{
	if (spec->flags & FLAG_NEGATIVE) {
		prefix[0] = '-';
	} else if (base == 16 && (spec->flags & FLAG_ALT) && nonzero) {
		prefix[0] = '0';
		prefix[1] = spec->flags & FLAG_UPPER ? 'X' : 'x';
		return 2;
	} else if ((spec->flags & FLAG_SIGNED) && (spec->flags & (FLAG_PLUS | FLAG_SPACE))) {
		prefix[0] = spec->flags & FLAG_PLUS ? '+' : ' ';
	} else {
		return 0;
	}
	return 1;
}

static void emit_number(struct out *out, const struct spec *spec, u64 value, unsigned base)
{
	const char *digits = spec->flags & FLAG_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[DIGITS_MAX], prefix[2];
	char *first = text + DIGITS_MAX;
	int prefix_len = number_prefix(spec, base, value != 0, prefix);
	int len, zeros, pad;

	/* Constant bases, so that no division instruction is needed. */
	if (base == 10) {
		for (u64 rest = value; rest; rest /= 10)
			*--first = digits[rest % 10];
	} else {
		for (u64 rest = value; rest; rest >>= base == 16 ? 4 : 3)
			*--first = digits[rest & (base - 1)];
	}
	len = (int)(text + DIGITS_MAX - first);
	zeros = (spec->precision < 0 ? 1 : spec->precision) - len;
	if (base == 8 && (spec->flags & FLAG_ALT) && zeros <= 0 && (value || !spec->precision))
		zeros = 1;
	zeros = max(zeros, 0);
	pad = spec->width - prefix_len - zeros - len;
	if ((spec->flags & (FLAG_ZERO | FLAG_LEFT)) == FLAG_ZERO && spec->precision < 0 &&
	    pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!(spec->flags & FLAG_LEFT))
		emit_fill(out, ' ', pad);
	emit(out, prefix, (size_t)prefix_len);
	emit_fill(out, '0', zeros);
	emit(out, first, (size_t)len);
	if (spec->flags & FLAG_LEFT)
		emit_fill(out, ' ', pad);
}

static const char *parse_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		if (*p == '-')
			spec->flags |= FLAG_LEFT;
		else if (*p == '+')
			spec->flags |= FLAG_PLUS;
		else if (*p == ' ')
			spec->flags |= FLAG_SPACE;
		else if (*p == '#')
			spec->flags |= FLAG_ALT;
		else if (*p == '0')
			spec->flags |= FLAG_ZERO;
		else
			return p;
	}
}

static const char *parse_int(const char *p, int *value)
{
	for (*value = 0; *p >= '0' && *p <= '9'; p++)
		if (*value < 100000)
			*value = *value * 10 + (*p - '0');
	return p;
}

static const char *parse_size_letters(const char *p, struct spec *spec)
{
	for (;; p++) {
		if (*p == 'h')
			spec->size--;
		else if (*p == 'l' || *p == 'z' || *p == 'j' || *p == 't')
			spec->size = 1;
		else
			return p;
	}
}

/* va_list is passed by pointer, in a struct because it may be an array type. */
struct args {
	va_list list;
};

static const char *parse_spec(const char *p, struct spec *spec, struct args *args)
{
	*spec = (struct spec){.precision = -1};
	p = parse_flags(p, spec);
	if (*p == '*') {
		p++;
		spec->width = va_arg(args->list, int);
		if (spec->width < 0) {
			spec->width = -spec->width;
			spec->flags |= FLAG_LEFT;
		}
	} else {
		p = parse_int(p, &spec->width);
	}
	if (*p == '.') {
		p++;
		if (*p == '*') {
			p++;
			spec->precision = va_arg(args->list, int);
		} else {
			p = parse_int(p, &spec->precision);
		}
	}
	return parse_size_letters(p, spec);
}

static void emit_signed(struct out *out, struct spec *spec, struct args *args)
{
	s64 value = spec->size > 0 ? va_arg(args->list, s64) : va_arg(args->list, int);

	if (spec->size == -1)
		value = (s16)value;
	else if (spec->size < -1)
		value = (s8)value;
	spec->flags |= FLAG_SIGNED | (value < 0 ? FLAG_NEGATIVE : 0);
	emit_number(out, spec, value < 0 ? 0 - (u64)value : (u64)value, 10);
}

static void emit_unsigned(struct out *out, struct spec *spec, struct args *args, unsigned base)
{
	u64 value = spec->size > 0 ? va_arg(args->list, u64) : va_arg(args->list, unsigned);

	if (spec->size == -1)
		value = (u16)value;
	else if (spec->size < -1)
		value = (u8)value;
	emit_number(out, spec, value, base);
}

static void emit_string(struct out *out, const struct spec *spec, const char *s)
{
	if (!s)
		s = "(null)";
	emit_padded(out, spec, s,
		    spec->precision >= 0 ? strnlen(s, (size_t)spec->precision) : strlen(s));
}

/* Emit one conversion; false when the letter is unknown (F2). */
static bool emit_conversion(struct out *out, struct spec *spec, char letter, struct args *args)
{
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		emit_signed(out, spec, args);
		return true;
	case 'u':
		emit_unsigned(out, spec, args, 10);
		return true;
	case 'o':
		emit_unsigned(out, spec, args, 8);
		return true;
	case 'X':
		spec->flags |= FLAG_UPPER;
		emit_unsigned(out, spec, args, 16);
		return true;
	case 'x':
		emit_unsigned(out, spec, args, 16);
		return true;
	case 'p':
		spec->flags |= FLAG_ALT;
		emit_number(out, spec, (uintptr_t)va_arg(args->list, void *), 16);
		return true;
	case 's':
		emit_string(out, spec, va_arg(args->list, const char *));
		return true;
	case 'c':
		c = (char)va_arg(args->list, int);
		emit_padded(out, spec, &c, 1);
		return true;
	case '%':
		emit(out, "%", 1);
		return true;
	}
	return false;
}

int kvsnprintf(char *buf, size_t size, const char *fmt, va_list list)
{
	struct out out = {.at = buf, .end = size ? buf + size - 1 : buf};
	struct args args;
	struct spec spec;

	va_copy(args.list, list);
	while (*fmt) {
		const char *start = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		emit(&out, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		start = fmt;
		fmt = parse_spec(fmt + 1, &spec, &args);
		if (!*fmt || !emit_conversion(&out, &spec, *fmt, &args))
			emit(&out, start, (size_t)(fmt - start) + (*fmt != '\0'));
		fmt += *fmt != '\0';
	}
	va_end(args.list);
	if (size)
		*out.at = '\0';
	return (int)out.total;
}

int ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = kvsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

size_t kvscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	size_t len = (size_t)kvsnprintf(buf, size, fmt, args);

	if (!size)
		return 0;
	return min(len, size - 1);
}

size_t kscnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = kvscnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}
