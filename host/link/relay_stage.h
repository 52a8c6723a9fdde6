/* SPDX-License-Identifier: MIT */
/*
 * A stage for tests of the relay: the guest is played by a child process at the other end of the
 * socket pair, our standard streams are pipes, which the test holds the far ends of, and the relay
 * has a thread of its own.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "base/signals.h"
#include "base/unit.h"
#include "link/fake_guest.h"
#include "link/relay.h"

struct stage {
	struct relay_setup setup;
	struct relay_result result;
	size_t log_len; /* of the guest's log at the end */
	struct link_end *end;
	int in, out, err; /* the far ends */
	pid_t guest;
	pthread_t thread;
};

static inline void *relay_thread(void *arg)
{
	struct stage *s = arg;

	relay_run(&s->setup, &s->result);
	link_end_close(s->end);
	close(s->setup.in_fd);
	close(s->setup.out_fd);
	close(s->setup.err_fd);
	return NULL;
}

static inline void make_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
}

static inline void start(struct stage *s, void (*play)(struct guest *))
{
	int link[2], in[2], out[2], err[2];

	memset(s, 0, sizeof(*s));
	/* A starter may ignore them, as a shell does for a background job. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signals_install(false);
	signals_take();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link), 0);
	make_pipe(in);
	make_pipe(out);
	make_pipe(err);
	s->guest = fork();
	if (s->guest == 0) {
		struct guest g = {.fd = link[1]};

		signals_reset();
		close(link[0]);
		close(out[0]), close(out[1]), close(err[0]), close(err[1]), close(in[0]),
			close(in[1]);
		alarm(30);
		play(&g);
		_exit(0);
	}
	close(link[1]);
	s->in = in[1];
	s->out = out[0];
	s->err = err[0];
	s->end = calloc(1, sizeof(*s->end));
	link_end_init(s->end);
	s->end->link_fd = link[0];
	s->setup = (struct relay_setup){.end = s->end,
					.in_fd = in[0],
					.out_fd = out[1],
					.err_fd = err[1],
					.started_ns = monotonic_ns()};
}

static inline void go(struct stage *s)
{
	assert_int_equal(pthread_create(&s->thread, NULL, relay_thread, s), 0);
}

static inline void finish(struct stage *s)
{
	int status;

	pthread_join(s->thread, NULL);
	if (s->in >= 0)
		close(s->in);
	if (s->out >= 0)
		close(s->out);
	if (s->err >= 0)
		close(s->err);
	assert_int_equal(waitpid(s->guest, &status, 0), s->guest);
	assert_int_equal(status, 0); /* the guest checks, too */
	s->log_len = s->end->report.guest.len;
	free(s->end);
}

/* The far ends are read while SIGCHLD may come; the relay's handler does not restart a read. */
static inline ssize_t read_some(int fd, void *buffer, size_t size)
{
	ssize_t n;

	while ((n = read(fd, buffer, size)) < 0 && errno == EINTR)
		;
	return n;
}

static inline size_t read_all(int fd, char *buffer, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read_some(fd, buffer + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}
