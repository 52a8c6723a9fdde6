/* SPDX-License-Identifier: MIT */
/* The hash table of the cache of names, and the count of its changes. */
#pragma once

#include "lib/hash.h"
#include "lib/hlist.h"
#include "sync/seqcount.h"

struct dentry;

struct dentry_table {
	struct hlist *buckets;	 /* [dentry] the pointer is [I] after boot */
	unsigned shift;		 /* [I] 64 - log2 of the number of buckets */
	u64 key[2];		 /* [I] random; the second is odd */
	struct seqcount changes; /* by dentry_lock; see dentry_change.c, C1 */
};
extern struct dentry_table dentry_table;

/*
 * Hash of a name in @parent, computed over its words of eight bytes, the last padded with zeros:
 * dentry_hash_begin(), dentry_hash_word() for each word in order, dentry_hash_end(). Programs
 * choose the names, so a secret key decides which of them share a bucket. Both halves of the
 * product are used: with one half, some distances between words would collide for every key.
 */
static __always_inline u64 dentry_hash_begin(void)
{
	return dentry_table.key[0];
}
static __always_inline u64 dentry_hash_word(u64 hash, u64 word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * dentry_table.key[1];

	return (u64)product ^ (u64)(product >> 64);
}
static __always_inline u64 dentry_hash_end(u64 hash, const struct dentry *parent)
{
	return hash ^ (u64)parent;
}
u64 dentry_hash(const struct dentry *parent, const char *name, size_t len);
static __always_inline struct hlist *dentry_bucket(u64 hash)
{
	return &dentry_table.buckets[hash * HASH_MULTIPLIER >> dentry_table.shift];
}
