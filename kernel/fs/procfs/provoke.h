/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Make the mistake that @word names, on purpose, so that a test sees it found and reported: the
 * names are in provoke.c. Comes back when there is no such name, or when this kernel does not look
 * for that mistake. Context: task.
 */
void provoke(const char *word);
