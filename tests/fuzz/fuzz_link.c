// SPDX-License-Identifier: MIT
// FUZZ: 3000
/*
 * The relay against a guest that sends anything: frames, pieces of frames, nonsense, and then its
 * end. The first byte says what kind of run it is.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "link/link_codec.h"
#include "link/relay.h"
#include "link/watchdog.h"

enum { LISTENS = 1, WATCHED = 2, GREETS = 4, SEND_MAX = 60000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct link_end end;
	struct watchdog watchdog = {.limit_ns = 1000000000000, .monitor_fd = -1};
	struct relay_result result;
	uint8_t hello[HOSTLINK_HEADER_BYTES + 4], version[4];
	int ends[2], null_fd = fuzz_null_fd();

	if (len < 1 || len > SEND_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return 0;
	link_put_u32(version, HOSTLINK_VERSION);
	link_put_frame(hello, HOSTLINK_HELLO, HOSTLINK_CONTROL, version, sizeof(version));
	if (data[0] & GREETS && send(ends[1], hello, sizeof(hello), 0) < 0)
		return 0;
	if (send(ends[1], data + 1, len - 1, MSG_DONTWAIT) < 0 || shutdown(ends[1], SHUT_WR) < 0)
		return 0;
	struct relay_setup setup = {
		.end = &end,
		.in_fd = null_fd,
		.out_fd = null_fd,
		.err_fd = null_fd,
		.listens_only = data[0] & LISTENS,
		.watchdog = data[0] & WATCHED ? &watchdog : NULL,
	};
	link_end_init(&end);
	end.link_fd = ends[0];
	stall_clock_start(&watchdog.stall, getpid());
	relay_run(&setup, &result);
	link_end_close(&end);
	close(ends[1]);
	return 0;
}
