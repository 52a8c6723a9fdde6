/* SPDX-License-Identifier: MIT */
/*
 * A ring of bytes whose size is a power of two, in the caller's storage. head and tail run freely;
 * their difference is the number of bytes inside. Not locked: the caller locks.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/string.h"

struct ringbuf {
	u8 *data;
	u32 size; /* a power of two, at most 2^31 */
	u32 head; /* next byte to write */
	u32 tail; /* next byte to read */
};

static inline void ringbuf_init(struct ringbuf *rb, void *data, u32 size)
{
	rb->data = data;
	rb->size = size;
	rb->head = 0;
	rb->tail = 0;
}

static inline u32 ringbuf_count(const struct ringbuf *rb)
{
	return rb->head - rb->tail;
}

static inline u32 ringbuf_space(const struct ringbuf *rb)
{
	return rb->size - ringbuf_count(rb);
}

static inline bool ringbuf_is_empty(const struct ringbuf *rb)
{
	return rb->head == rb->tail;
}

static inline bool ringbuf_is_full(const struct ringbuf *rb)
{
	return !ringbuf_space(rb);
}

/* False when full. */
static inline bool ringbuf_put(struct ringbuf *rb, u8 byte)
{
	if (ringbuf_is_full(rb))
		return false;
	rb->data[rb->head++ & (rb->size - 1)] = byte;
	return true;
}

/* The oldest byte, or -1 when empty. */
static inline int ringbuf_get(struct ringbuf *rb)
{
	if (ringbuf_is_empty(rb))
		return -1;
	return rb->data[rb->tail++ & (rb->size - 1)];
}

/* The byte @offset after the oldest; @offset is below the count. */
static inline u8 ringbuf_peek(const struct ringbuf *rb, u32 offset)
{
	return rb->data[(rb->tail + offset) & (rb->size - 1)];
}

/* Remove and return the newest byte, or -1 when empty: for line editing. */
static inline int ringbuf_unput(struct ringbuf *rb)
{
	if (ringbuf_is_empty(rb))
		return -1;
	return rb->data[--rb->head & (rb->size - 1)];
}

/* The longest contiguous space to write to; commit it with ringbuf_produced(). */
static inline u8 *ringbuf_write_span(struct ringbuf *rb, u32 *len)
{
	u32 at = rb->head & (rb->size - 1);

	*len = min(ringbuf_space(rb), rb->size - at);
	return rb->data + at;
}

/* The longest contiguous data to read; commit it with ringbuf_consumed(). */
static inline const u8 *ringbuf_read_span(const struct ringbuf *rb, u32 *len)
{
	u32 at = rb->tail & (rb->size - 1);

	*len = min(ringbuf_count(rb), rb->size - at);
	return rb->data + at;
}

static inline void ringbuf_produced(struct ringbuf *rb, u32 len)
{
	rb->head += len;
}

static inline void ringbuf_consumed(struct ringbuf *rb, u32 len)
{
	rb->tail += len;
}

/* Write as many bytes of @src as fit; returns how many. */
static inline u32 ringbuf_write(struct ringbuf *rb, const void *src, u32 len)
{
	u32 done = 0, part;

	while (done < len) {
		u8 *to = ringbuf_write_span(rb, &part);

		part = min(part, len - done);
		if (!part)
			break;
		memcpy(to, (const u8 *)src + done, part);
		ringbuf_produced(rb, part);
		done += part;
	}
	return done;
}

/* Read up to @len bytes, oldest first; returns how many. */
static inline u32 ringbuf_read(struct ringbuf *rb, void *dst, u32 len)
{
	u32 done = 0, part;

	while (done < len) {
		const u8 *from = ringbuf_read_span(rb, &part);

		part = min(part, len - done);
		if (!part)
			break;
		memcpy((u8 *)dst + done, from, part);
		ringbuf_consumed(rb, part);
		done += part;
	}
	return done;
}
