// SPDX-License-Identifier: MIT
#include "trace/trace_hash.h"

#include <stdbool.h>
#include <sys/random.h>

struct key {
	uint64_t start, factor;
};

/*
 * Constant while the process lives. Context: one thread, until the first call has ended; then any.
 */
static const struct key *the_key(void)
{
	static struct key key;
	static bool made;

	if (made)
		return &key;
	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != (long)sizeof(key))
		key = (struct key){0xcbf29ce484222325u, 0x9e3779b97f4a7c15u};
	key.factor |= 1;
	made = true;
	return &key;
}

static uint64_t add(uint64_t hash, uint64_t word, uint64_t factor)
{
	hash = (hash ^ word) * factor;
	return hash ^ hash >> 29;
}

static uint64_t finish(uint64_t hash)
{
	return add(hash, hash >> 32, 0xd6e8feb86659fd93u);
}

uint64_t trace_hash_number(uint64_t number)
{
	const struct key *key = the_key();

	return finish(add(key->start, number, key->factor));
}

uint64_t trace_hash_text(const char *text)
{
	const struct key *key = the_key();
	uint64_t hash = key->start;

	for (; *text; text++)
		hash = add(hash, (unsigned char)*text, key->factor);
	return finish(hash);
}
