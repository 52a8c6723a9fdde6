// SPDX-License-Identifier: MIT
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "calls/call_strace.h"
#include "calls/call_summary.h"
#include "trace/fake_log.h"

static const char *const program[] = {"prog", NULL};

/* What @write makes of @log, all processes; the caller frees it. */
static char *written(struct trace_log *log, int (*write)(FILE *, const struct trace_report *))
{
	struct trace_filter filter;
	struct trace_report report = {
		.log = log, .filter = &filter, .program = program, .end = "exit 0", .all = true};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	trace_filter_init(&filter);
	assert_non_null(out);
	assert_int_equal(trace_log_merge(log), 0);
	assert_int_equal(write(out, &report), 0);
	fclose(out);
	trace_log_fini(log);
	return text;
}

static void expect(struct trace_log *log, const char *wanted)
{
	char *text = written(log, call_strace_write);

	assert_string_equal(text, wanted);
	free(text);
}

static void test_one_thread(void **state)
{
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 100, 5, syscall_enter, SYS_write, 1, 0x1000, 3);
	fake_data(&log, 110, 5, 0x1000, "hi\n", 3);
	FAKE(&log, 200, 5, syscall_exit, SYS_write, 3, 0x400000);
	FAKE(&log, 300, 5, syscall_enter, SYS_close, 9);
	FAKE(&log, 400, 5, syscall_exit, SYS_close, (uint64_t)-9, 0x400000);
	FAKE(&log, 500, 5, signal_deliver, SIGUSR1, 0x401000, 0x7000, (uint64_t)-6,
	     1000ull << 32 | 5, 0);
	FAKE(&log, 600, 5, syscall_enter, SYS_exit_group, 3);
	FAKE(&log, 700, 5, thread_exit, 0, 5, 5, 3 << 8);
	expect(&log, "write(1, \"hi\\n\", 3)                     = 3\n"
		     "close(9)                                = -1 EBADF (Bad file descriptor)\n"
		     "--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=5, si_uid=1000} ---\n"
		     "exit_group(3)                           = ?\n"
		     "+++ exited with 3 +++\n");
}

static void test_calls_that_others_interrupt(void **state)
{
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 100, 5, syscall_enter, SYS_read, 0, 0x1000, 10);
	FAKE(&log, 200, 6, syscall_enter, SYS_getpid);
	FAKE(&log, 300, 6, syscall_exit, SYS_getpid, 6, 0x400000);
	FAKE(&log, 400, 6, syscall_enter, SYS_pause);
	FAKE(&log, 500, 5, syscall_exit, SYS_read, 2, 0x400000);
	fake_data(&log, 510, 5, 0x1000, "ab", 2);
	FAKE(&log, 600, 5, signal_send, SIGTERM, 6, 0, 0, 5, 0);
	FAKE(&log, 700, 6, thread_exit, 0, 6, 6, SIGTERM);
	expect(&log,
	       "[pid     5] read(0,  <unfinished ...>\n"
	       "[pid     6] getpid()                                = 6\n"
	       "[pid     6] pause( <unfinished ...>\n"
	       "[pid     5] <... read resumed>\"ab\", 10)             = 2\n"
	       "[pid     6] <... pause resumed>)                    = ?\n"
	       "[pid     6] --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=5, si_uid=0} ---\n"
	       "[pid     6] +++ killed by SIGTERM +++\n");
}

/* Of calls that are interrupted, the second part has what the first has not: names, too. */
static void test_two_parts(void **state)
{
	struct trace_log log = {0};
	int tid = 7;

	(void)state;
	FAKE(&log, 100, 5, syscall_enter, SYS_clone, CLONE_PARENT_SETTID | CLONE_SETTLS, 0x7000,
	     0x1000, 0, 0x3000);
	FAKE(&log, 200, 6, syscall_enter, SYS_preadv, 3, 0x2000, 0, 10, 0);
	FAKE(&log, 300, 5, syscall_exit, SYS_clone, 7, 0x400000);
	fake_data(&log, 310, 5, 0x1000, &tid, sizeof(tid));
	FAKE(&log, 400, 5, syscall_enter, SYS_clone, SIGCHLD, 0, 0x1000); /* writes nothing */
	FAKE(&log, 500, 6, syscall_exit, SYS_preadv, 0, 0x400000);
	FAKE(&log, 600, 5, syscall_exit, SYS_clone, 8, 0x400000);
	expect(&log,
	       "[pid     5] clone(child_stack=0x7000, flags=CLONE_SETTLS|CLONE_PARENT_SETTID,  "
	       "<unfinished ...>\n"
	       "[pid     6] preadv(3,  <unfinished ...>\n"
	       "[pid     5] <... clone resumed>parent_tid=[7], tls=0x3000) = 7\n"
	       "[pid     5] clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n"
	       "[pid     6] <... preadv resumed>[], 0, 10)          = 0\n"
	       "[pid     5] <... clone resumed>)                    = 8\n");
}

/* A signal that is ignored comes after the call that its receiver is in. */
static void test_signals_without_handlers(void **state)
{
	const uint64_t info = 6, status = SIGSTOP, times = 5 | 7ull << 32;
	struct trace_log log = {0};

	(void)state;
	FAKE(&log, 100, 5, syscall_enter, SYS_pause);
	FAKE(&log, 200, 6, syscall_enter, SYS_getpid);
	FAKE(&log, 300, 6, syscall_exit, SYS_getpid, 6, 0x400000);
	FAKE(&log, 310, 6, signal_send, SIGSTOP, 6, 0, 0, 5, 0);
	FAKE(&log, 320, 6, signal_stop, SIGSTOP, 6);
	FAKE(&log, 330, 6, signal_ignore, SIGCHLD, 5, 0, CLD_STOPPED, info, status, times);
	FAKE(&log, 340, 6, signal_ignore, SIGWINCH, 6, 0, 0, 5, 0);
	FAKE(&log, 400, 5, syscall_exit, SYS_pause, (uint64_t)-4, 0x400000);
	FAKE(&log, 500, 6, thread_exit, 0, 6, 6, SIGRTMIN | 0x80);
	expect(&log,
	       "[pid     5] pause( <unfinished ...>\n"
	       "[pid     6] getpid()                                = 6\n"
	       "[pid     6] --- SIGSTOP {si_signo=SIGSTOP, si_code=SI_USER, si_pid=5, si_uid=0} ---\n"
	       "[pid     6] --- stopped by SIGSTOP ---\n"
	       "[pid     6] --- SIGWINCH {si_signo=SIGWINCH, si_code=SI_USER, si_pid=5, si_uid=0} ---\n"
	       "[pid     5] <... pause resumed>)                    = -1 EINTR (Interrupted system call)\n"
	       "[pid     5] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_STOPPED, si_pid=6, si_uid=0, "
	       "si_status=SIGSTOP, si_utime=5 /* 0.05 s */, si_stime=7 /* 0.07 s */} ---\n"
	       "[pid     6] +++ killed by SIGRT_2 (core dumped) +++\n");
}

/* Ends without beginnings, beginnings without ends, ends of other calls. */
static void test_what_a_guest_may_invent(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	FAKE(&log, 100, 5, syscall_exit, SYS_read, 2, 0);
	fake_data(&log, 110, 5, 0x1000, "ab", 2);
	FAKE(&log, 200, 5, syscall_enter, SYS_read, 0, 0x1000, 10);
	FAKE(&log, 300, 5, syscall_enter, SYS_write, 0, 0x1000, 10);
	FAKE(&log, 400, 5, syscall_exit, SYS_read, 2, 0);
	FAKE(&log, 500, 5, syscall_enter, 60000, 1, 2, 3, 4, 5, 6);
	FAKE(&log, 600, 5, syscall_exit, 60000, (uint64_t)-38, 0);
	FAKE(&log, 700, 0, thread_exit, 0, 0, 0, 0xffffffffffff);
	FAKE(&log, 800, 5, signal_deliver, 200, 0, 0, 77);
	text = written(&log, call_strace_write);
	assert_non_null(strstr(text, "read(0,  <unfinished ...>\n"));
	assert_non_null(strstr(text, "syscall_0xea60(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS"));
	assert_non_null(strstr(text, "--- 200 {si_signo=200, si_code=0x4d} ---\n"));
	free(text);
}

static void test_counts(void **state)
{
	struct trace_log log = {0};
	char *text;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		FAKE(&log, 1000 * i, 5, syscall_enter, SYS_close, i);
		FAKE(&log, 1000 * i + 200, 5, syscall_exit, SYS_close, i ? 0 : (uint64_t)-9, 0);
	}
	/* The time while another thread has the CPU is not the call's. */
	FAKE(&log, 5000, 5, syscall_enter, SYS_read);
	FAKE(&log, 5100, 5, sched_switch, 0, 5, 6);
	FAKE(&log, 9000, 6, sched_switch, 0, 6, 5);
	FAKE(&log, 9300, 5, syscall_exit, SYS_read, 0, 0);
	FAKE(&log, 9400, 5, syscall_enter, SYS_pause); /* does not return */
	text = written(&log, call_summary_write);
	assert_string_equal(text,
			    "% time     seconds  usecs/call     calls    errors syscall\n"
			    "------ ----------- ----------- --------- --------- ----------------\n"
			    " 60.00    0.000001       0.200         3         1 close\n"
			    " 40.00    0.000000       0.400         1           read\n"
			    "------ ----------- ----------- --------- --------- ----------------\n"
			    "100.00    0.000001       0.250         4         1 total\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread),
		cmocka_unit_test(test_calls_that_others_interrupt),
		cmocka_unit_test(test_two_parts),
		cmocka_unit_test(test_signals_without_handlers),
		cmocka_unit_test(test_what_a_guest_may_invent),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
