// SPDX-License-Identifier: MIT
/* pipe_traffic.c -- pipes with many writers and readers: atomic writes, ping-pong, chains. */
#include "tap.h"
#include <limits.h>

TEST(atomic, "writes of up to PIPE_BUF bytes by several writers never mix")
{
	enum { WRITERS = 4, ROUNDS = 40, SIZE = PIPE_BUF };
	static char block[SIZE];
	int ends[2], mixed = 0, seen[WRITERS] = {0};
	pid_t pids[WRITERS];

	MUST(pipe(ends));
	for (int i = 0; i < WRITERS; i++)
		pids[i] = SPAWN(memset(block, 'a' + i, SIZE); for (int j = 0; j < ROUNDS; j++)
					CHECK_EQ(write(ends[1], block, SIZE), SIZE));
	close(ends[1]);
	for (;;) {
		size_t done = 0;
		ssize_t got = 0;

		while (done < SIZE && (got = read(ends[0], block + done, SIZE - done)) > 0)
			done += (size_t)got;
		if (done == 0)
			break;
		CHECK_EQ(done, SIZE);
		for (int k = 1; k < SIZE; k++)
			mixed += block[k] != block[0];
		seen[block[0] & 3]++;
	}
	CHECK_EQ(mixed, 0);
	for (int i = 0; i < WRITERS; i++) {
		CHECK_EQ(seen[i], ROUNDS);
		CHECK_EXITED(tap_wait(pids[i]), 0);
	}
}

TEST(small_atomic, "many small records of odd sizes by several writers stay whole")
{
	int ends[2], total = 0, bad = 0;
	pid_t pids[3];
	unsigned char head[2], body[256];

	MUST(pipe(ends));
	for (int i = 0; i < 3; i++)
		pids[i] = SPAWN(unsigned char out[256]; for (int j = 0; j < 300; j++) {
			int length = 2 + (j * 37 + i * 11) % 250;

			memset(out, i, sizeof(out));
			out[0] = (unsigned char)length;
			out[1] = (unsigned char)i;
			CHECK_EQ(write(ends[1], out, (size_t)length), length);
		});
	close(ends[1]);
	while (read(ends[0], head, 1) == 1 && read(ends[0], head + 1, 1) == 1) {
		int left = head[0] - 2, at = 0;

		while (at < left) {
			ssize_t got = read(ends[0], body + at, (size_t)(left - at));

			if (got <= 0)
				break;
			at += (int)got;
		}
		for (int k = 0; k < left; k++)
			bad += body[k] != head[1];
		total++;
	}
	CHECK_EQ(bad, 0);
	CHECK_EQ(total, 900);
	for (int i = 0; i < 3; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
}

TEST(ping_pong, "five hundred round trips between two processes")
{
	int there[2], back[2];
	pid_t pid;
	unsigned value = 0;

	MUST(pipe(there));
	MUST(pipe(back));
	pid = SPAWN(unsigned v; close(there[1]);
		    while (read(there[0], &v, sizeof(v)) == sizeof(v)) {
			    v++;
			    CHECK_EQ(write(back[1], &v, sizeof(v)), sizeof(v));
		    });
	for (unsigned i = 0; i < 500; i++) {
		CHECK_EQ(write(there[1], &value, sizeof(value)), sizeof(value));
		CHECK_EQ(read(back[0], &value, sizeof(value)), sizeof(value));
		if (!CHECK_EQ(value, i + 1))
			break;
	}
	close(there[1]);
	CHECK_EXITED(tap_wait(pid), 0);
}

TEST(chain, "a chain of ten processes passes 300 KB on unchanged")
{
	enum { STAGES = 10, BYTES = 300000 };
	int in, previous, ends[2];
	pid_t pids[STAGES], source;
	unsigned sum = 0, want = 0, count = 0;
	unsigned char block[5000];

	MUST(pipe(ends));
	in = ends[1];
	previous = ends[0];
	source = SPAWN(close(previous); for (int at = 0; at < BYTES; at += 5000) {
		for (int k = 0; k < 5000; k++)
			block[k] = (unsigned char)((at + k) * 13);
		CHECK_EQ(write(in, block, 5000), 5000);
	});
	close(in);
	for (int i = 0; i < STAGES; i++) {
		MUST(pipe(ends));
		pids[i] = SPAWN(close(ends[0]); ssize_t got;
				while ((got = read(previous, block, 1 + 499u * (unsigned)i)) > 0)
					CHECK_EQ(write(ends[1], block, (size_t)got), got));
		close(previous);
		close(ends[1]);
		previous = ends[0];
	}
	for (ssize_t got; (got = read(previous, block, sizeof(block))) > 0;)
		for (ssize_t k = 0; k < got; k++)
			sum += block[k] * (1 + count++ % 7);
	for (unsigned i = 0; i < BYTES; i++)
		want += (unsigned char)(i * 13) * (1 + i % 7);
	CHECK_EQ(count, BYTES);
	CHECK_EQ(sum, want);
	CHECK_EXITED(tap_wait(source), 0);
	for (int i = 0; i < STAGES; i++)
		CHECK_EXITED(tap_wait(pids[i]), 0);
}

TEST(several_readers, "several readers share the data, each byte goes to one of them")
{
	int ends[2], out[2];
	pid_t pids[4];
	unsigned total = 0, part;

	MUST(pipe(ends));
	MUST(pipe(out));
	for (int i = 0; i < 4; i++)
		pids[i] = SPAWN(char block[100]; unsigned sum = 0; ssize_t got; close(ends[1]);
				while ((got = read(ends[0], block, sizeof(block))) > 0) sum +=
				(unsigned)got;
				CHECK_EQ(write(out[1], &sum, sizeof(sum)), sizeof(sum)));
	for (int i = 0; i < 1000; i++) {
		char line[64] = "x";

		MUST(write(ends[1], line, sizeof(line)));
	}
	close(ends[1]);
	for (int i = 0; i < 4; i++) {
		CHECK_EXITED(tap_wait(pids[i]), 0);
		CHECK_EQ(read(out[0], &part, sizeof(part)), sizeof(part));
		total += part;
	}
	CHECK_EQ(total, 64000);
}

TEST(killed_writer, "a writer killed in the middle leaves the pipe usable")
{
	static char block[100000];
	int ends[2];
	pid_t pid;
	size_t total = 0;
	ssize_t got;

	MUST(pipe(ends));
	pid = SPAWN((void)!write(ends[1], block, sizeof(block)));
	tap_wait_asleep(pid);
	MUST(kill(pid, SIGKILL));
	CHECK_SIGNALED(tap_wait(pid), SIGKILL);
	MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	while ((got = read(ends[0], block, sizeof(block))) > 0)
		total += (size_t)got;
	CHECK_EQ(total, 65536);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	CHECK_EQ(read(ends[0], block, 10), 1);
}
