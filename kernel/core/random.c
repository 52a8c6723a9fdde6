// SPDX-License-Identifier: MIT
/*
 * Random bytes: ChaCha20 (RFC 8439) with fast key erasure. Each refill makes four blocks; the first
 * 32 bytes of them are the next key, the rest is handed out once and wiped at the same time, so
 * that a later look at the state does not reveal what was handed out before.
 */
#include "core/random.h"
#include "arch/arch_clock.h"
#include "arch/arch_cpu.h"
#include "lib/string.h"
#include "sync/spinlock.h"

#define KEY_WORDS 8
#define POOL_BLOCKS 4
#define BLOCK_WORDS 16

static struct {
	struct spinlock lock;
	u32 key[KEY_WORDS];		     /* [lock] */
	u32 pool[POOL_BLOCKS * BLOCK_WORDS]; /* [lock] */
	u32 at_bytes;			     /* [lock] first byte of the pool not handed out */
	u64 counter;			     /* [lock] */
} random = {.lock = SPINLOCK_INIT(leaf_irq), .at_bytes = sizeof(u32) * POOL_BLOCKS * BLOCK_WORDS};

static __always_inline u32 rotate(u32 x, unsigned n)
{
	return x << n | x >> (32 - n);
}

#define QUARTER(a, b, c, d)                                                                        \
	do {                                                                                       \
		x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 16);                                      \
		x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 12);                                      \
		x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 8);                                       \
		x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 7);                                       \
	} while (0)

static void chacha_block(const u32 key[KEY_WORDS], u64 counter, u32 out[BLOCK_WORDS])
{
	u32 start[BLOCK_WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
	u32 x[BLOCK_WORDS];

	memcpy(start + 4, key, KEY_WORDS * sizeof(u32));
	start[12] = (u32)counter;
	start[13] = (u32)(counter >> 32);
	memcpy(x, start, sizeof(x));
	for (int round = 0; round < 10; round++) {
		QUARTER(0, 4, 8, 12);
		QUARTER(1, 5, 9, 13);
		QUARTER(2, 6, 10, 14);
		QUARTER(3, 7, 11, 15);
		QUARTER(0, 5, 10, 15);
		QUARTER(1, 6, 11, 12);
		QUARTER(2, 7, 8, 13);
		QUARTER(3, 4, 9, 14);
	}
	for (int i = 0; i < BLOCK_WORDS; i++)
		out[i] = x[i] + start[i];
}

static void refill(void)
{
	for (int i = 0; i < POOL_BLOCKS; i++)
		chacha_block(random.key, random.counter++, random.pool + i * BLOCK_WORDS);
	memcpy(random.key, random.pool, sizeof(random.key));
	memzero_explicit(random.pool, sizeof(random.key));
	random.at_bytes = sizeof(random.key);
}

void random_mix(const void *data, size_t len_bytes)
{
	u8 *key = (u8 *)random.key;
	const u8 *from = data;

	/* Interrupts are off for one refill at a time. */
	do {
		size_t part = min(len_bytes, sizeof(random.key));
		irq_state_t state = spin_lock_irq_save(&random.lock);

		random.counter ^= arch_clock_cycles();
		for (size_t i = 0; i < part; i++)
			key[i] ^= from[i];
		refill();
		spin_unlock_irq_restore(&random.lock, state);
		from += part;
		len_bytes -= part;
	} while (len_bytes);
}

void random_init(void)
{
	u8 seed[64];

	arch_random_seed(seed, sizeof(seed));
	random_mix(seed, sizeof(seed));
	memzero_explicit(seed, sizeof(seed));
}

void random_bytes(void *buffer, size_t len_bytes)
{
	u8 *to = buffer;

	while (len_bytes) {
		irq_state_t state = spin_lock_irq_save(&random.lock);
		u8 *from;
		size_t len;

		if (random.at_bytes == sizeof(random.pool))
			refill();
		from = (u8 *)random.pool + random.at_bytes;
		len = min(len_bytes, sizeof(random.pool) - random.at_bytes);
		memcpy(to, from, len);
		memset(from, 0, len);
		random.at_bytes += (u32)len;
		spin_unlock_irq_restore(&random.lock, state);
		to += len;
		len_bytes -= len;
	}
}

u64 random_u64(void)
{
	u64 value;

	random_bytes(&value, sizeof(value));
	return value;
}

u64 random_below(u64 bound)
{
	return random_u64() % bound;
}
