// SPDX-License-Identifier: MIT
#include <errno.h>

#include "trace/fake_log.h"
#include "trace/trace_family.h"
#include "trace/trace_filter.h"

static char buffer[TRACE_TEXT_BYTES];

static const char *text_of(const struct trace_step *step, enum trace_column column)
{
	struct trace_text text = TRACE_TEXT(buffer);

	trace_step_text(step, column, &text);
	return buffer;
}

static struct trace_model begin(struct trace_log *log)
{
	struct trace_model m;

	assert_int_equal(trace_log_merge(log), 0);
	assert_int_equal(trace_model_init(&m, log), 0);
	return m;
}

static struct trace_step next(struct trace_model *m)
{
	struct trace_step step;

	assert_true(trace_model_next(m, &step));
	return step;
}

static void end(struct trace_model *m, struct trace_log *log)
{
	trace_model_fini(m);
	trace_log_fini(log);
}

static void test_call(void **state)
{
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;

	(void)state;
	FAKE(&log, 1500, 5, syscall_enter, 1, 1, 0x4a2000, 6);
	FAKE(&log, 1700, 5, syscall_exit, 1, 6, 0x401234);
	FAKE(&log, 1800, 5, syscall_enter, 257, (uint32_t)-100, 0x5000, 0x241, 0644);
	FAKE(&log, 1900, 5, syscall_exit, 257, (uint64_t)-ENOENT, 0x401234);
	FAKE(&log, 2000, 5, syscall_enter, 9, 0, 4096, 3, 0x22, (uint32_t)-1, 0);
	FAKE(&log, 2100, 5, syscall_exit, 9, 0x7f0000001000, 0x401234);
	FAKE(&log, 2200, 5, syscall_enter, 9999);
	m = begin(&log);
	s = next(&m);
	assert_int_equal(s.ns, 1500);
	assert_string_equal(s.name, "write");
	assert_string_equal(text_of(&s, TRACE_PROGRAM), "write(1, 0x4a2000, 6): trap");
	assert_string_equal(text_of(&s, TRACE_OS), "handle the trap: system call write");
	assert_non_null(strstr(text_of(&s, TRACE_HARDWARE), "user registers"));
	assert_non_null(strstr(s.source, "kernel/syscall/"));
	assert_true(s.from_user);
	s = next(&m);
	assert_true(s.to_user);
	assert_string_equal(text_of(&s, TRACE_OS), "write = 6; return-from-trap");
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_PROGRAM),
			    "openat(AT_FDCWD, 0x5000, O_WRONLY|O_CREAT|O_TRUNC, 0644): trap");
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_OS), "openat = -ENOENT; return-from-trap");
	s = next(&m);
	assert_string_equal(
		text_of(&s, TRACE_PROGRAM),
		"mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0): trap");
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_OS), "mmap = 0x7f0000001000; return-from-trap");
	s = next(&m);
	assert_null(s.name);
	assert_non_null(strstr(text_of(&s, TRACE_PROGRAM), "syscall_0x270f"));
	end(&m, &log);
}

/* A handler's end is the return, unless user_enter says that it came later. */
static void test_returns(void **state)
{
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;

	(void)state;
	FAKE(&log, 1, 5, syscall_enter, 24);
	FAKE(&log, 2, 5, syscall_exit, 24, 0, 0x1000);
	FAKE(&log, 3, 5, sched_switch, 3, 5, 6);
	FAKE(&log, 4, 6, user_enter, 0, 6, 0x2000, 0x3000);
	FAKE(&log, 5, 6, interrupt_enter, FAKE_TRAP("timer interrupt"), 0x2004, 236, 1);
	FAKE(&log, 6, 6, interrupt_exit, FAKE_TRAP("timer interrupt"), 0x2004, 1);
	FAKE(&log, 7, 6, sched_switch, 2, 6, 5);
	FAKE(&log, 8, 5, user_enter, 0, 5, 0x1000, 0x3000);
	FAKE(&log, 9, 5, trap_enter, FAKE_TRAP("page fault"), 0x1000, 0x5000, 6, 1);
	FAKE(&log, 10, 5, trap_exit, FAKE_TRAP("page fault"), 0x1000, 1);
	FAKE(&log, 11, 5, trap_enter, FAKE_TRAP("page fault"), 0xffffffff80200000, 0x6000, 2, 0);
	FAKE(&log, 12, 5, trap_exit, FAKE_TRAP("page fault"), 0xffffffff80200000, 0);
	m = begin(&log);
	next(&m);
	s = next(&m);
	assert_false(s.to_user);
	assert_string_equal(text_of(&s, TRACE_OS), "sched_yield = 0");
	assert_string_equal(text_of(&s, TRACE_HARDWARE), "");
	s = next(&m);
	assert_string_equal(s.name, "yielded");
	s = next(&m);
	assert_true(s.to_user);
	s = next(&m);
	assert_true(s.from_user);
	assert_string_equal(s.name, "timer interrupt");
	s = next(&m); /* thread 6 is not seen again: it was not put off */
	assert_true(s.to_user);
	next(&m);
	next(&m);
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_PROGRAM), "page fault at 0x1000");
	assert_string_equal(text_of(&s, TRACE_OS),
			    "handle the trap: page fault (write to 0x5000: not present)");
	s = next(&m);
	assert_true(s.to_user);
	assert_non_null(strstr(text_of(&s, TRACE_HARDWARE), "move to user mode"));
	s = next(&m);
	assert_false(s.from_user);
	assert_string_equal(text_of(&s, TRACE_PROGRAM), "");
	assert_null(strstr(text_of(&s, TRACE_HARDWARE), "mode"));
	s = next(&m);
	assert_false(s.to_user);
	end(&m, &log);
}

static void test_threads(void **state)
{
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;

	(void)state;
	FAKE(&log, 1, 1, thread_name, 0, 1, 1, fake_word("init"));
	FAKE(&log, 2, 1, kernel_stack_fill, 0, 0, 0x8000, 0x1000, 0x2000);
	FAKE(&log, 3, 1, process_create, 0, 2, 1, 2);
	FAKE(&log, 4, 2, thread_name, 0, 2, 2, fake_word("a_long_n"), fake_word("ame_of_1"));
	FAKE(&log, 5, 2, thread_create, 0, 3, 2);
	FAKE(&log, 6, 3, syscall_enter, 39);
	FAKE(&log, 7, 0xffffffff, sched_wake, 0, 3, 0);
	FAKE(&log, 8, 77, syscall_enter, 39);
	FAKE(&log, 9, 2, panic, 0, 7, fake_word("a\nb"));
	m = begin(&log);
	next(&m);
	s = next(&m);
	assert_int_equal(s.args[0], 2); /* the number it gets next */
	s = next(&m);
	assert_string_equal(s.thread, "init");
	assert_true(trace_step_concerns(&m, &s, 2));
	assert_true(trace_step_concerns(&m, &s, 1));
	assert_string_equal(trace_model_thread(&m, 2)->name, "init");
	s = next(&m);
	assert_string_equal(s.thread, "a_long_name_of_");
	next(&m);
	s = next(&m);
	assert_int_equal(s.tid, 3);
	assert_int_equal(s.pid, 2);
	assert_string_equal(s.thread, "a_long_name_of_");
	s = next(&m);
	assert_int_equal(s.pid, 0); /* the kernel's own */
	assert_true(trace_step_concerns(&m, &s, 2));
	s = next(&m);
	assert_int_equal(s.pid, 77);
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_OS), "panic: a\\x0ab");
	trace_model_rewind(&m);
	s = next(&m);
	assert_int_equal(s.ns, 1);
	assert_null(trace_model_thread(&m, 3));
	end(&m, &log);
}

/* Every text of every event has only words that the reader knows, whatever the numbers are. */
static void test_every_event(void **state)
{
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;

	(void)state;
	for (unsigned event = 0; event < 256; event++)
		for (unsigned i = 0; i < 3; i++)
			fake_event(&log, 0, event, 5, event, i == 2 ? 0xffff : i,
				   (const uint64_t[TRACE_ARGS]){i, ~0ull * i, i, i, i, i});
	m = begin(&log);
	while (trace_model_next(&m, &s)) {
		if (s.event > TRACE_none && s.event < NR_TRACE_EVENTS)
			assert_true(*s.row->texts[TRACE_OS] || *s.row->texts[TRACE_HARDWARE]);
		for (unsigned column = 0; column < NR_TRACE_COLUMNS; column++)
			assert_null(strpbrk(text_of(&s, column), "{}[]"));
	}
	end(&m, &log);
}

static void test_time(void **state)
{
	struct trace_log log = {.frequency_hz = 2300000000, .entry_cycles = 1000};

	(void)state;
	assert_int_equal(trace_log_ns(&log, 1000 + 2300), 1000);
	assert_int_equal(trace_log_ns(&log, 10), 0);
	assert_int_equal(trace_log_ns(&log, 1000 + 2300000000ull * 100000), 100000ull * 1000000000);
	log.frequency_hz = 0;
	assert_int_equal(trace_log_ns(&log, 1005), 5);
}

/* Whose is the time until the CPU's next event? */
static void test_whose_time(void **state)
{
	struct trace_text text = TRACE_TEXT(buffer);
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;

	(void)state;
	FAKE(&log, 10, 0, boot_trap_table, 0, 22);
	FAKE(&log, 30, 0, sched_pick, 0, 5);
	FAKE(&log, 40, 0, sched_switch, 0, 0, 5);
	FAKE(&log, 50, 5, user_enter, 0, 5, 0x2000, 0x3000);
	FAKE(&log, 10000050, 5, syscall_enter, 24);
	FAKE(&log, 10000060, 5, sched_pick, fake_number(TRACE_REASONS, "blocked"), 0);
	FAKE(&log, 10000070, 5, sched_switch, fake_number(TRACE_REASONS, "blocked"), 5, 0);
	FAKE(&log, 10000570, 0, interrupt_enter, FAKE_TRAP("timer interrupt"), 0x2004, 236, 0);
	FAKE(&log, 10000580, 0, sched_pick, 1, 5);
	m = begin(&log);
	s = next(&m);
	assert_true(s.boots && !s.idles && s.lasts_ns == 20);
	s = next(&m);
	assert_non_null(strstr(text_of(&s, TRACE_OS), "picks thread 5, because the boot is done"));
	assert_true(next(&m).boots);
	s = next(&m);
	assert_true(s.to_user && !s.boots && s.lasts_ns == 10000000);
	trace_step_run_text(&s, &text);
	assert_string_equal(buffer, "5 runs: 10.0 ms");
	s = next(&m);
	assert_true(!s.to_user && !s.idles && s.lasts_ns == 10);
	s = next(&m);
	assert_non_null(strstr(text_of(&s, TRACE_OS), "picks thread 0, because thread 5 blocks"));
	s = next(&m);
	assert_true(s.idles && s.lasts_ns == 500);
	s = next(&m);
	assert_true(!s.idles && s.lasts_ns == 10);
	s = next(&m);
	assert_non_null(strstr(text_of(&s, TRACE_OS), "because the CPU was idle"));
	assert_int_equal(s.lasts_ns, 0);
	end(&m, &log);
}

/* A write to a page that is mapped read-only: what it comes to is known later. */
static void test_writes(void **state)
{
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;
	unsigned fault = FAKE_TRAP("page fault");

	(void)state;
	FAKE(&log, 1, 5, trap_enter, fault, 0x1000, 0x5000, 7, 1);
	FAKE(&log, 2, 6, trap_exit, fault, 0x1000, 1); /* another's */
	FAKE(&log, 3, 5, page_copy, 0, 0x7000, 0x8000);
	FAKE(&log, 4, 5, trap_exit, fault, 0x1000, 1);
	FAKE(&log, 5, 5, trap_enter, fault, 0x1000, 0x6000, 7, 1);
	FAKE(&log, 6, 5, trap_exit, fault, 0x1000, 1);
	FAKE(&log, 7, 5, trap_enter, fault, 0x1000, 0x400000, 7, 1);
	FAKE(&log, 8, 5, signal_send, 11, 5, 5);
	FAKE(&log, 9, 5, trap_exit, fault, 0x1000, 1);
	m = begin(&log);
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_OS),
			    "handle the trap: page fault (write to a shared page 0x5000: copy)");
	next(&m);
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_OS),
			    "copy the page 0x7000 to 0x8000: others share it");
	next(&m);
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_OS),
			    "handle the trap: page fault (write to 0x6000: allowed from now on)");
	next(&m);
	s = next(&m);
	assert_string_equal(text_of(&s, TRACE_OS),
			    "handle the trap: page fault (write to 0x400000: not allowed)");
	end(&m, &log);
}

static void test_filter_events(void **state)
{
	struct trace_filter f;
	const char *word;
	int len;

	(void)state;
	trace_filter_init(&f);
	assert_int_equal(trace_filter_events(&f, "call,sched,!sched_wake", &word, &len), 0);
	assert_true(f.events[TRACE_syscall_enter] && f.events[TRACE_sched_pick]);
	assert_true(f.events[TRACE_panic]);
	assert_false(f.events[TRACE_sched_wake] || f.events[TRACE_trap_enter]);
	assert_int_equal(trace_filter_events(&f, "!memory", &word, &len), 0);
	assert_true(f.events[TRACE_trap_enter]);
	assert_false(f.events[TRACE_memory_free]);
	assert_int_equal(trace_filter_events(&f, "call,nothing,sched", &word, &len), -EINVAL);
	assert_int_equal(len, 7);
	assert_memory_equal(word, "nothing", 7);
	assert_int_equal(trace_filter_events(&f, "", &word, &len), -EINVAL);
	assert_int_equal(trace_filter_events(&f, "call,", &word, &len), -EINVAL);
}

static void test_family(void **state)
{
	static const uint32_t pids[] = {4};
	struct trace_log log = {0};
	struct trace_family family;

	(void)state;
	FAKE(&log, 1, 1, process_create, 0, 2, 1, 2);
	FAKE(&log, 2, 1, process_create, 0, 3, 1, 3);
	FAKE(&log, 3, 2, process_create, 0, 4, 2, 4);
	FAKE(&log, 4, 4, process_create, 0, 5, 4, 5);
	FAKE(&log, 5, 2, syscall_enter, 59);
	assert_int_equal(trace_log_merge(&log), 0);
	assert_int_equal(trace_family_find(&family, &log, NULL, 0), 0);
	assert_int_equal(family.head, 2);
	assert_int_equal(family.begins, 4);
	assert_true(trace_family_has(&family, 2) && trace_family_has(&family, 4));
	assert_true(trace_family_has(&family, 5));
	assert_false(trace_family_has(&family, 3) || trace_family_has(&family, 1));
	assert_false(trace_family_has(&family, UINT32_MAX));
	trace_family_fini(&family);
	assert_int_equal(trace_family_find(&family, &log, pids, 1), 0);
	assert_true(trace_family_has(&family, 4) && trace_family_has(&family, 5));
	assert_false(trace_family_has(&family, 2));
	trace_family_fini(&family);
	trace_log_fini(&log);
}

/* Two messages that are one interrupt, one that was sent before, and one that none has taken. */
static void test_messages(void **state)
{
	unsigned resched = FAKE_TRAP("reschedule message"), flush = FAKE_TRAP("flush message");
	static const size_t partners[] = {TRACE_NO_STEP, 4, 4, TRACE_NO_STEP, 1, 6, 5,
					  TRACE_NO_STEP};
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;

	(void)state;
	FAKE_ON(&log, 1, 50, 0, interrupt_enter, resched, 0x1000, 253, 0);
	FAKE(&log, 100, 5, message_send, resched, 1);
	FAKE(&log, 150, 5, message_send, resched, 1);
	FAKE(&log, 170, 5, interrupt_enter, resched, 0x1000, 253, 0);
	FAKE_ON(&log, 1, 180, 7, interrupt_enter, resched, 0x1000, 253, 1);
	FAKE_ON(&log, 1, 200, 7, message_send, flush, 0);
	FAKE(&log, 300, 5, interrupt_enter, flush, 0x1000, 252, 1);
	FAKE(&log, 400, 5, message_send, flush, 1);
	m = begin(&log);
	for (size_t i = 0; i < sizeof(partners) / sizeof(partners[0]); i++) {
		s = next(&m);
		assert_int_equal(s.partner.index, partners[i]);
		if (partners[i] == TRACE_NO_STEP)
			continue;
		assert_int_equal(s.partner.ns, log.all[partners[i]].cycles);
		assert_int_equal(s.partner.cpu, !s.cpu);
		if (s.index == 1)
			assert_string_equal(text_of(&s, TRACE_OS),
					    "interrupt CPU 1: reschedule message");
		if (s.index == 6)
			assert_string_equal(text_of(&s, TRACE_OS),
					    "handle the trap: flush message from CPU 1");
	}
	end(&m, &log);
}

/* Numbers that a guest made up. */
static void test_forged_messages(void **state)
{
	struct trace_log log = {0};
	struct trace_model m;
	struct trace_step s;

	(void)state;
	FAKE(&log, 100, 5, message_send, 0xffff, 0);
	FAKE(&log, 200, 5, message_send, 1, UINT64_MAX);
	FAKE(&log, 300, 5, message_send, 1, TRACE_CPUS_MAX);
	FAKE_ON(&log, TRACE_CPUS_MAX - 1, 400, 5, interrupt_enter, 0xffff, 0x1000, 253, 0);
	m = begin(&log);
	while (trace_model_next(&m, &s))
		assert_int_equal(s.partner.index, TRACE_NO_STEP);
	end(&m, &log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_returns),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_every_event),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_filter_events),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_whose_time),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_forged_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
