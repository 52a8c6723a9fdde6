// SPDX-License-Identifier: MIT
#include "fs/procfs/cpu_text.h"

#include "arch/arch_cpu.h"
#include "core/errno.h"

#define WORD_BITS 32

void text_cpu_mask(struct text_buffer *out, u64 set, unsigned nr_cpus)
{
	unsigned nr_words = (nr_cpus + WORD_BITS - 1) / WORD_BITS;
	unsigned digits = ((nr_cpus - 1) % WORD_BITS) / 4 + 1; /* of the first word */

	for (unsigned i = nr_words; i-- > 0; digits = WORD_BITS / 4)
		text_printf(out, "%0*x%s", (int)digits, (u32)(set >> (i * WORD_BITS)),
			    i ? "," : "");
}

void text_cpu_list(struct text_buffer *out, u64 set)
{
	const char *comma = "";

	while (set) {
		unsigned first = (unsigned)__builtin_ctzl(set);
		u64 others = ~(set >> first); /* from `first` on, those that are not in the set */
		unsigned nr = others ? (unsigned)__builtin_ctzl(others) : 64;
		unsigned end = first + nr;

		text_printf(out, nr == 1 ? "%s%u" : "%s%u-%u", comma, first, end - 1);
		comma = ",";
		set = end < 64 ? set >> end << end : 0;
	}
}

int show_cpu_mask(struct text_buffer *out, u64 set)
{
	text_cpu_mask(out, set, arch_smp_nr_cpus());
	text_puts(out, "\n");
	return 0;
}

int show_cpu_list(struct text_buffer *out, u64 set)
{
	text_cpu_list(out, set);
	text_puts(out, "\n");
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static bool is_end(const char *text)
{
	return !text[0] || (text[0] == '\n' && !text[1]);
}

int cpu_mask_parse(const char *text, u64 *set)
{
	u64 mask = 0;
	unsigned digits = 0; /* since the last comma */

	for (; !is_end(text); text++) {
		int digit = hex_digit(*text);

		if (digit < 0 && (*text != ',' || !digits))
			return -EINVAL;
		digits = digit < 0 ? 0 : digits + 1;
		if (digits > WORD_BITS / 4)
			return -EINVAL;
		if (digit >= 0)
			mask = mask << 4 | (u64)digit;
	}
	*set = mask;
	return digits ? 0 : -EINVAL;
}

#define NUMBER_MAX 100000U

/* The number at *@text, which goes behind it; NUMBER_MAX: there is none, or a larger one. */
static unsigned take_number(const char **text)
{
	unsigned number = 0;

	if (**text < '0' || **text > '9')
		return NUMBER_MAX;
	for (; **text >= '0' && **text <= '9'; ++*text)
		number = min(number * 10 + (unsigned)(**text - '0'), NUMBER_MAX);
	return number;
}

int cpu_list_parse(const char *text, u64 *set)
{
	u64 mask = 0;

	do {
		unsigned first = take_number(&text), last = first;

		if (*text == '-') {
			text++;
			last = take_number(&text);
		}
		if (first > last || last == NUMBER_MAX)
			return -EINVAL;
		for (; first <= last && first < 64; first++)
			mask |= BIT(first);
	} while (*text++ == ',');
	*set = mask;
	return is_end(text - 1) ? 0 : -EINVAL;
}
