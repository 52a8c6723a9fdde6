/* SPDX-License-Identifier: MIT */
/*
 * Which private modes the guest's programs have switched on in the user's terminal (alternate
 * screen, hidden cursor, mouse reports ...), read off the bytes as they pass, so that a guest that
 * dies in the middle of an editor leaves a usable terminal behind.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* All zero: a terminal as it is at a shell's prompt. */
struct term_modes {
	uint32_t changed;    /* bit i: tracked mode i is not at its usual value */
	unsigned state;	     /* how much of ESC [ ? has been seen */
	unsigned number;     /* the mode number being read */
	unsigned numbers[8]; /* those before it in the same sequence */
	unsigned nr_numbers;
};

/* Look at @len bytes that went to the terminal. */
void term_modes_watch(struct term_modes *modes, const uint8_t *bytes, size_t len);

/* The bytes that undo what is changed, into @out; returns their number (0: nothing to undo). */
size_t term_modes_undo(const struct term_modes *modes, char *out, size_t size);
