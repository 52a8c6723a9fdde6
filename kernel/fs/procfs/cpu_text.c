// SPDX-License-Identifier: MIT
#include "fs/procfs/cpu_text.h"

#include "arch/arch_cpu.h"
#include "core/errno.h"
#include "lib/parse.h"

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

static bool is_end(const char *text)
{
	return !text[0] || (text[0] == '\n' && !text[1]);
}

/* The number that @text begins with, which is less than 2^32, and where it ends. */
static int take_number(const char *text, unsigned base, u64 *number, const char **end)
{
	bool has_prefix = text[0] == '0' && (text[1] | 0x20) == 'x';
	int err = has_prefix ? -EINVAL : parse_u64_prefix(text, base, number, end);

	return err || *number >> WORD_BITS ? -EINVAL : 0;
}

int cpu_mask_parse(const char *text, u64 *set)
{
	u64 mask = 0, word;
	const char *end;

	for (;; text = end + 1) {
		if (take_number(text, 16, &word, &end) || end - text > WORD_BITS / 4)
			return -EINVAL;
		mask = mask << WORD_BITS | word;
		if (*end != ',')
			break;
	}
	*set = mask;
	return is_end(end) ? 0 : -EINVAL;
}

int cpu_list_parse(const char *text, u64 *set)
{
	const char *end;
	u64 mask = 0;

	for (;; text = end + 1) {
		u64 first, last;

		if (take_number(text, 10, &first, &end))
			return -EINVAL;
		last = first;
		if (*end == '-' && take_number(end + 1, 10, &last, &end))
			return -EINVAL;
		if (first > last)
			return -EINVAL;
		for (; first <= last && first < 64; first++)
			mask |= BIT(first);
		if (*end != ',')
			break;
	}
	*set = mask;
	return is_end(end) ? 0 : -EINVAL;
}
