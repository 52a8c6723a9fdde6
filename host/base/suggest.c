// SPDX-License-Identifier: MIT
/*
 * The distance is that of optimal string alignment (Damerau 1964): the fewest insertions,
 * deletions, replacements and exchanges of neighbours that make one word of the other.
 */
#include "base/suggest.h"

#include <string.h>

enum { WORD_MAX = 32 /* a longer word is not compared */ };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned distance(const char *a, const char *b)
{
	unsigned table[WORD_MAX + 1][WORD_MAX + 1];
	size_t rows = strlen(a), columns = strlen(b);

	for (size_t i = 0; i <= rows; i++)
		table[i][0] = (unsigned)i;
	for (size_t j = 0; j <= columns; j++)
		table[0][j] = (unsigned)j;
	for (size_t i = 1; i <= rows; i++)
		for (size_t j = 1; j <= columns; j++) {
			unsigned best = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			best = least(best, table[i - 1][j] + 1);
			best = least(best, table[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, table[i - 2][j - 2] + 1);
			table[i][j] = best;
		}
	return table[rows][columns];
}

const char *suggest(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	size_t length = strlen(word);
	unsigned limit = length < 6 ? 1 : (unsigned)length / 3, best = limit + 1;

	if (!length || length > WORD_MAX)
		return NULL;
	for (; *words; words++) {
		unsigned d = strlen(*words) > WORD_MAX ? best : distance(word, *words);

		/* A word of which every letter would change is another word. */
		if (d < best && d < length) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}
