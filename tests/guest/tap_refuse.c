// SPDX-License-Identifier: MIT
#include "tap_refuse.h"
#include "tap.h"

static int control = -1;

static void write_file(const char *path, const char *text)
{
	int fd = (int)MUST(open(path, O_WRONLY));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

/* 0: none. */
static void refuse_nth(int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", n);
	/* The write itself may be the one to be refused; then that is over. */
	if (write(control, text, strlen(text)) < 0)
		MUST(write(control, text, strlen(text)));
}

void tap_refuse_each(int nth_max, void (*calls)(void), void (*after)(void))
{
	control = open("/proc/creance/fail_alloc", O_WRONLY);
	if (control < 0)
		tap_skip("allocations can be made to fail in Creance's debug kernel only");
	/* Who is to be killed is the child. */
	write_file("/proc/self/oom_score_adj", "-1000");
	for (int n = 1; n <= nth_max; n++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			write_file("/proc/self/oom_score_adj", "1000");
			refuse_nth(n);
			calls();
			_exit(0);
		}
		MUST(pid);
		status = tap_wait(pid);
		refuse_nth(0); /* the calls may have been fewer */
		CHECK(status == 0 || status == SIGKILL);
		if (after)
			after();
	}
}
