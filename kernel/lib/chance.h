/* SPDX-License-Identifier: MIT */
/*
 * Events with a probability of one in N occasions, the same ones for the same seed. What is drawn
 * is the distance to the next event: 1 .. 2N - 1 occasions, N on average; the occasions in between
 * cost one decrement each.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define CHANCE_ONE_IN_MAX 1000000

struct chance {
	u64 random; /* state of the generator, never 0 */
	u32 one_in; /* N */
	u32 left;   /* occasions until the next event, including that one */
};

/* The next number of @c's generator: xorshift64*. */
static inline u64 chance_random(struct chance *c)
{
	c->random ^= c->random >> 12;
	c->random ^= c->random << 25;
	c->random ^= c->random >> 27;
	return c->random * 0x2545f4914f6cdd1dUL;
}

static inline void chance_draw(struct chance *c)
{
	c->left = 1 + (u32)((chance_random(c) >> 32) % (2UL * c->one_in - 1));
}

/* Start with @seed; @one_in is 1 .. CHANCE_ONE_IN_MAX. */
static inline void chance_init(struct chance *c, u64 seed, u32 one_in)
{
	/* Neighbouring seeds must not give similar sequences: the finalizer of MurmurHash3. */
	seed ^= seed >> 33;
	seed *= 0xff51afd7ed558ccdUL;
	seed ^= seed >> 33;
	seed *= 0xc4ceb9fe1a85ec53UL;
	seed ^= seed >> 33;
	c->random = seed ? seed : 1;
	c->one_in = one_in;
	chance_draw(c);
}

/* Count one occasion. Returns: does the event happen? */
static inline bool chance_comes(struct chance *c)
{
	if (likely(--c->left))
		return false;
	chance_draw(c);
	return true;
}
