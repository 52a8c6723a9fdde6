/* SPDX-License-Identifier: MIT */
/* suggest.h -- the word that a misspelt one was probably meant to be. */
#pragma once

/*
 * The one of @words (up to a NULL) that is nearest to @word: at most a third of its letters, and at
 * least one, may be inserted, left out, replaced, or exchanged with its neighbour. Of equally near
 * ones the first. NULL: none is near enough.
 */
const char *suggest(const char *word, const char *const *words);
