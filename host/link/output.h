/* SPDX-License-Identifier: MIT */
/*
 * From an outgoing channel to a file descriptor: bytes wait in a ring until the reader accepts
 * them; writing never blocks.
 */
#pragma once

#include <stdbool.h>

#include "link/byte_ring.h"

struct output {
	int fd;	      /* the caller's; -1 when the reader is gone */
	int write_fd; /* for writing: fd, or the same file opened again with O_NONBLOCK */
	bool is_socket;
	bool never_waits; /* a regular file, or write_fd is O_NONBLOCK */
	int error;	  /* why it ended, if not by EPIPE: a positive errno */
	struct byte_ring ring;
};

/*
 * Make @out write to @fd. The flags of @fd's open file, which other processes share, stay as they
 * are.
 */
void output_init(struct output *out, int fd);

/* Close what output_init opened (not fd) and drop the bytes in the ring. */
void output_fini(struct output *out);

static inline bool output_is_gone(const struct output *out)
{
	return out->fd < 0;
}

static inline bool output_has_bytes(const struct output *out)
{
	return byte_ring_len(&out->ring) > 0;
}

/*
 * Write what the descriptor accepts now; @revents is its result of poll.
 * Returns: the bytes taken; 0 also when the reader turned out to be gone (see output_is_gone).
 */
size_t output_flush(struct output *out, short revents);
