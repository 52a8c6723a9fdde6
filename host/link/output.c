// SPDX-License-Identifier: MIT
#include "link/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void output_init(struct output *out, int fd)
{
	struct stat st;
	char path[64];

	out->fd = fd;
	out->write_fd = fd;
	out->is_socket = false;
	out->never_waits = false;
	out->error = 0;
	out->ring.head = 0;
	out->ring.tail = 0;
	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0) {
		out->fd = -1;
		return;
	}
	out->is_socket = S_ISSOCK(st.st_mode);
	out->never_waits = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || out->is_socket;
	if (!S_ISFIFO(st.st_mode) && !isatty(fd))
		return;
	/*
	 * O_NONBLOCK on fd itself would affect all processes that share it, the user's shell
	 * among them. The same pipe or terminal, opened again, has flags of its own.
	 */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int again = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (again >= 0) {
		out->write_fd = again;
		out->never_waits = true;
	}
}

void output_fini(struct output *out)
{
	if (out->write_fd >= 0 && out->write_fd != out->fd)
		close(out->write_fd);
	out->write_fd = -1;
	out->fd = -1;
	byte_ring_drop(&out->ring, byte_ring_len(&out->ring));
}

static void reader_is_gone(struct output *out, int error)
{
	out->error = error == EPIPE ? 0 : error;
	output_fini(out);
}

size_t output_flush(struct output *out, short revents)
{
	/* POLLOUT on a pipe or terminal promises room for PIPE_BUF bytes, no more. */
	size_t max = out->never_waits ? BYTE_RING_CAPACITY : PIPE_BUF;
	struct msghdr message = {0};
	struct iovec pieces[2];
	int nr = byte_ring_pieces(&out->ring, max, pieces);
	ssize_t n;

	if (output_is_gone(out))
		return 0;
	if (nr == 0) { /* nothing to write; has the reader gone? */
		if (revents & (POLLERR | POLLHUP | POLLNVAL))
			reader_is_gone(out, EPIPE);
		return 0;
	}
	if (out->is_socket) {
		message.msg_iov = pieces;
		message.msg_iovlen = (size_t)nr;
		n = sendmsg(out->write_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else {
		n = writev(out->write_fd, pieces, nr);
	}
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			reader_is_gone(out, errno);
		return 0;
	}
	byte_ring_drop(&out->ring, (size_t)n);
	return (size_t)n;
}
