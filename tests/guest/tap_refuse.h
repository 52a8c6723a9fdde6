/* SPDX-License-Identifier: MIT */
/* tap_refuse.h -- calls of which any allocation may fail, for tests that nothing breaks then. */
#pragma once

/*
 * For each n up to nth_max the debug kernel refuses the n-th allocation of a child that does the
 * calls, and after() (NULL: nothing) takes away what it may have left behind. The child ends as
 * usual, or is killed because a page fault found no memory. Other kernels skip the test.
 */
void tap_refuse_each(int nth_max, void (*calls)(void), void (*after)(void));
