/* SPDX-License-Identifier: MIT */
/*
 * Random bytes for the kernel and for getrandom(2), /dev/random and /dev/urandom: a ChaCha20
 * generator that replaces its key after every refill, seeded by the architecture at boot.
 */
#pragma once

#include "lib/compiler.h"

/* Seed. Boot, once. */
void random_init(void);
/* Fill @buffer. Context: any; never waits, never fails. Cost: about 17 instructions a byte. */
void random_bytes(void *buffer, size_t len_bytes);
u64 random_u64(void);
/* A number in [0, @bound), @bound not 0; even within 2^-32 for bounds below 2^32. */
u64 random_below(u64 bound);
/* Mix the bytes of a program or a device into the key. No estimate of entropy changes. */
void random_mix(const void *data, size_t len_bytes);
