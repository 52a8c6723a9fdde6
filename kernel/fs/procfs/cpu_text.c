// SPDX-License-Identifier: MIT
#include "fs/procfs/cpu_text.h"

#include "lib/fmt.h"

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
