/* SPDX-License-Identifier: MIT */
/*
 * Floating-point and vector state: saved and restored whole, at every switch between user threads.
 */
#pragma once

#include "lib/compiler.h"

/* Size of one area, and a clean one to copy. */
size_t fpu_area_size(void);
void fpu_area_reset(void *area);
int fpu_area_alloc(void **out) __must_check;
void fpu_area_free(void *area);
void fpu_save(void *area);
void fpu_restore(const void *area);
/*
 * Size of the standard-format part for signal frames, and checks of an area that a program wrote:
 * false when the CPU would refuse it.
 */
bool fpu_area_sanitise(void *area);
