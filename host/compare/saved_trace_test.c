// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>

#include "compare/fake_saved.h"
#include "compare/saved_step.h"
#include "compare/step_text.h"

static struct trace_strings strings;

static int begin(void **state)
{
	(void)state;
	return trace_strings_init(&strings);
}

static int end(void **state)
{
	(void)state;
	trace_strings_fini(&strings);
	return 0;
}

static int messages = -1; /* standard error, while there are too many of them to be seen */

static int begin_quietly(void **state)
{
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	messages = dup(STDERR_FILENO);
	assert_true(nothing >= 0 && messages >= 0);
	__sanitizer_set_report_fd((void *)(long)messages);
	dup2(nothing, STDERR_FILENO);
	close(nothing);
	return begin(state);
}

static int end_quietly(void **state)
{
	dup2(messages, STDERR_FILENO);
	return end(state);
}

static const char *text_of(const struct saved_trace *t, size_t step)
{
	return trace_strings_text(&strings, t->steps[step].text);
}

/* A call within which a page fault comes, a call without result, and what they cost. */
static void test_steps(void **state)
{
	static const char *const steps[] = {
		FAKE_BEGIN(5),
		FAKE_CALL(5, "write", "a", "1"),
		FAKE_STEP(5, "syscall_enter", "",
			  ",'detail':2,'name':'read','cost_ns':100,'call':{'arguments':["
			  "{'arg':'fd','type':'int','text':'3'},"
			  "{'arg':'buf','type':'void *','text':'0x7ffd00001000'}]}"),
		FAKE_STEP(5, "trap_enter", "",
			  ",'detail':13,'name':'page fault','cost_ns':20,'os':"
			  "'handle the trap: page fault (write to 0x7ffd00001000: copy)'"),
		FAKE_STEP(5, "page_copy", "", ",'cost_ns':3,'os':'copy the page 0x1000'"),
		FAKE_STEP(5, "trap_exit", "", ",'detail':13,'name':'page fault','cost_ns':50"),
		FAKE_STEP(5, "syscall_exit", "",
			  ",'detail':2,'name':'read','runs_ns':7,'result':{'text':'4','written':["
			  "{'arg':'buf','text':'\\\"data\\\"'}]}"),
		FAKE_ENTER(5, "exit", "0", 9),
		NULL,
	};
	struct saved_trace t;

	(void)state;
	fake_trace(&t, &strings, steps);
	assert_int_equal(t.nr_threads, 1);
	assert_int_equal(t.threads[0].tid, 5);
	assert_int_equal(t.nr, 6);
	assert_string_equal(text_of(&t, 1), "write(a) = 1");
	assert_string_equal(trace_strings_text(&strings, t.steps[1].kind), "call write");
	assert_int_equal(t.steps[1].cost_ns, 10);
	assert_int_equal(t.steps[1].line, 3);
	assert_string_equal(text_of(&t, 2), "read(3, \"data\") = 4");
	assert_int_equal(t.steps[2].cost_ns, 150);
	assert_string_equal(text_of(&t, 3), "page fault (write to 0x7ffd00001000: copy)");
	assert_string_equal(trace_strings_text(&strings, t.steps[3].key),
			    "page fault (write to 0x*: copy)");
	assert_int_equal(t.steps[3].cost_ns, 23);
	assert_int_equal(t.steps[4].cost_ns, 0);
	assert_string_equal(text_of(&t, 5), "exit(0)");
	assert_int_equal(t.kernel_ns, 192);
	assert_int_equal(t.program_ns, 14);
	assert_string_equal(trace_strings_text(&strings, t.program), "prog 'two words'");
	saved_trace_fini(&t);
}

/* What is hidden costs where it happened. */
static void test_hidden(void **state)
{
	static const char *const steps[] = {
		FAKE_BEGIN(5),
		FAKE_ENTER(5, "read", "3", 100),
		FAKE_STEP(5, "trap_enter", "",
			  ",'detail':13,'name':'page fault','cost_ns':20,'os':'handle it'"),
		FAKE_STEP(5, "page_copy", "", ",'cost_ns':3,'os':'copy the page 0x1000'"),
		FAKE_STEP(5, "trap_exit", "", ",'detail':13,'name':'page fault','cost_ns':50"),
		FAKE_EXIT(5, "read", "0"),
		NULL,
	};
	struct saved_trace t;

	(void)state;
	fake_filter = "call";
	fake_trace(&t, &strings, steps);
	fake_filter = NULL;
	assert_int_equal(t.nr, 1);
	assert_string_equal(text_of(&t, 0), "read(3) = 0");
	assert_int_equal(t.steps[0].cost_ns, 173);
	assert_int_equal(t.kernel_ns, 173);
	saved_trace_fini(&t);
}

/* The time after a switch is the next thread's, and not the program's when it does not run. */
static void test_switches(void **state)
{
	static const char *const steps[] = {
		FAKE_BEGIN(5),
		FAKE_ENTER(5, "read", "3", 100),
		FAKE_STEP(5, "sched_pick", "'next':1", ",'detail':4,'name':'blocked','cost_ns':3"),
		FAKE_STEP(5, "sched_switch", "'previous':5,'next':1",
			  ",'detail':4,'name':'blocked','cost_ns':4"),
		FAKE_STEP(5, "address_space", "'root':1", ",'cost_ns':5000,'os':'change'"),
		FAKE_STEP(1, "sched_wake", "'tid':5,'cpu':0", ",'cost_ns':6000"),
		FAKE_STEP(1, "sched_switch", "'previous':1,'next':5",
			  ",'detail':4,'name':'blocked','cost_ns':40"),
		FAKE_EXIT(5, "read", "0"),
		NULL,
	};
	struct saved_trace t;

	(void)state;
	fake_trace(&t, &strings, steps);
	assert_int_equal(t.nr_threads, 1);
	assert_int_equal(t.nr, 7);
	assert_int_equal(t.steps[1].cost_ns, 100);
	assert_string_equal(text_of(&t, 2), "the scheduler picks init (blocked)");
	assert_string_equal(text_of(&t, 3), "switch to init (blocked)");
	assert_string_equal(text_of(&t, 5), "is woken");
	assert_string_equal(text_of(&t, 6), "gets the CPU");
	assert_int_equal(t.kernel_ns, 147);
	saved_trace_fini(&t);
}

/* The kernel's first thread is -1: with --all it is one as any other. */
static void test_kernel_threads(void **state)
{
	static const char *const steps[] = {
		FAKE_BEGIN(5),
		FAKE_STEP(-1, "sched_pick", "'next':5", ",'detail':4,'name':'blocked'"),
		FAKE_STEP(-2, "sched_pick", "'next':-1", ",'detail':4,'name':'blocked'"),
		FAKE_STEP(5, "sched_pick", "'next':1", ",'detail':4,'name':'blocked'"),
		NULL,
	};
	struct saved_trace t;

	(void)state;
	fake_all = true;
	fake_trace(&t, &strings, steps);
	fake_all = false;
	assert_int_equal(t.nr_threads, 4); /* init has made 5 */
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal((int)t.threads[t.steps[i].thread].tid, ((int[]){0, -1, -2, 5})[i]);
	assert_string_equal(text_of(&t, 2), "the scheduler picks thread -1 (blocked)");
	assert_string_equal(text_of(&t, 3), "the scheduler picks init (blocked)");
	saved_trace_fini(&t);
}

/* Calls without a name are told from each other by their numbers. */
static void test_unnamed_calls(void **state)
{
	static const char *const steps[] = {
		FAKE_BEGIN(5),
		FAKE_STEP(5, "syscall_enter", "", ",'detail':9999"),
		FAKE_STEP(5, "syscall_exit", "", ",'detail':9999,'result':{'text':'-1'}"),
		FAKE_STEP(5, "syscall_enter", "", ",'detail':65535"),
		NULL,
	};
	struct saved_trace t;

	(void)state;
	fake_trace(&t, &strings, steps);
	assert_int_equal(t.nr, 3);
	assert_string_equal(text_of(&t, 1), "syscall_0x270f() = -1");
	assert_string_equal(trace_strings_text(&strings, t.steps[1].kind), "call syscall_0x270f");
	assert_string_equal(text_of(&t, 2), "syscall_0xffff()");
	saved_trace_fini(&t);
}

/* What no thread has as its number makes none. */
static void test_no_threads(void **state)
{
	static const char *const steps[] = {
		FAKE_BEGIN(5),
		FAKE_STEP(5, "process_create", "'pid':6,'parent':5", ""),
		FAKE_STEP(5, "process_create", "'pid':6,'parent':5,'tid':2147483648", ""),
		FAKE_STEP(5, "sched_wake", "'tid':'x'", ""),
		NULL,
	};
	struct saved_trace t;

	(void)state;
	fake_trace(&t, &strings, steps);
	assert_int_equal(t.nr_threads, 1);
	assert_string_equal(text_of(&t, 3), "wake a thread");
	saved_trace_fini(&t);
}

static uint32_t place_of(void *context, uint32_t tid)
{
	(void)context;
	return tid == 77 ? 2 : SAVED_NONE;
}

static void assert_key(const char *text, bool written, const char *expected)
{
	struct step_names names = {place_of, NULL};
	char buffer[256] = "";
	struct trace_text key = TRACE_TEXT(buffer);

	step_text_key(&key, text, written, &names);
	assert_string_equal(buffer, expected);
}

static void test_keys(void **state)
{
	(void)state;
	assert_key("mmap(0x7f1234567000, 4096, 0x22)", false, "mmap(0x*, 4096, 0x22)");
	assert_key("thread 77 of process 78 [RT_1 x2]", false, "thread #2 of process 78 [RT_1 x2]");
	assert_key("{tv_sec=5, tv_nsec=7}", true, "{tv_sec=*, tv_nsec=*}");
	assert_key("{tv_sec=5, tv_nsec=7}", false, "{tv_sec=5, tv_nsec=7}");
	assert_key("{si_pid=77, si_uid=1000}", true, "{si_pid=#2, si_uid=1000}");
	assert_key("", true, "");
}

#define FAKE_LIST(event, key, list, all)                                                           \
	FAKE_HEAD(1) FAKE_STEP(5, event, "", ",'detail':1,'" key "':{'" list "':" all "}")
#define FAKE_ARGUMENTS(all) FAKE_LIST("syscall_enter", "call", "arguments", all)
#define FAKE_WRITTEN(all) FAKE_LIST("syscall_exit", "result", "written", all)

#define FAKE_MOST(time) FAKE_STEP(5, "panic", "", ",'" time "':9007199254740992")

/* As many arguments as a call can have, and as much time as a trace can. */
static void test_most(void **state)
{
	static const char *const texts[] = {
		FAKE_ARGUMENTS("[]"),
		FAKE_ARGUMENTS("[{},{},{},{},{},{}]"),
		FAKE_WRITTEN("[{},{},{},{},{},{}]"),
		FAKE_HEAD(2) FAKE_MOST("cost_ns") FAKE_MOST("runs_ns"),
	};
	struct saved_trace t;

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(fake_read(&t, &strings, texts[i], strlen(texts[i])), 0);
		saved_trace_fini(&t);
	}
}

/* S2, and files that are no traces. The messages are tested in tests/system/trace_compare.t. */
static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"not JSON\n",
		"[]\n",
		"{}\n",
		"{'creance_trace':2,'steps':0}\n",
		"{'creance_trace':1}\n",
		"{'creance_trace':1,'steps':-1}\n",
		"{'creance_trace':1,'steps':1e300}\n",
		FAKE_HEAD(1),
		FAKE_HEAD(1) FAKE_BEGIN(5) FAKE_BEGIN(6),
		FAKE_HEAD(1) "[]\n",
		FAKE_HEAD(1) "{'event':'panic'}\n",
		FAKE_HEAD(1) "{'event':'panic','args':{},'tid':1e300,'cpu':0}\n",
		FAKE_HEAD(1) "{'event':'panic','args':{},'tid':-2147483648,'cpu':0}\n",
		FAKE_HEAD(1) "{'event':'panic','args':{},'tid':2147483648,'cpu':0}\n",
		FAKE_HEAD(1) "{'event':'panic','args':{},'tid':1,'cpu':64}\n",
		FAKE_HEAD(1) "{'event':'unheard','args':{},'tid':1,'cpu':0}\n",
		FAKE_HEAD(1) "{'event':'panic','args':{},'tid':1,'cpu':0,'cost_ns':-1}\n",
		/* B4 of saved_step.c: each is possible, the sum is not. */
		FAKE_HEAD(2) FAKE_MOST("cost_ns") FAKE_STEP(5, "panic", "", ",'cost_ns':1"),
		FAKE_HEAD(2) FAKE_MOST("runs_ns") FAKE_STEP(5, "panic", "", ",'runs_ns':1"),
		FAKE_ARGUMENTS("[{},{},{},{},{},{},{}]"),
		FAKE_ARGUMENTS("[{},0]"),
		FAKE_ARGUMENTS("{}"),
		FAKE_WRITTEN("[{},{},{},{},{},{},{}]"),
		FAKE_WRITTEN("[0]"),
		FAKE_WRITTEN("7"),
		FAKE_HEAD(1) FAKE_STEP(5, "syscall_enter", "", ",'detail':1,'call':[]"),
		FAKE_HEAD(1) FAKE_STEP(5, "syscall_exit", "", ",'detail':1,'result':null"),
	};
	struct saved_trace t;

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(fake_read(&t, &strings, texts[i], strlen(texts[i])), -EINVAL);
		saved_trace_fini(&t);
	}
}

/* A line without end, and nesting without end: refused, and no more memory than a line's. */
static void test_endless(void **state)
{
	size_t len = 3 * 1024 * 1024;
	char *text = malloc(len);
	struct saved_trace t;

	(void)state;
	memset(text, '[', len);
	assert_int_equal(fake_read(&t, &strings, text, len), -EINVAL);
	saved_trace_fini(&t);
	memcpy(text, FAKE_HEAD(9), strlen(FAKE_HEAD(9)));
	assert_int_equal(fake_read(&t, &strings, text, len), -EINVAL);
	saved_trace_fini(&t);
	free(text);
}

static size_t nr_json; /* what the JSON library has and did not give back */

static void *count_malloc(size_t bytes)
{
	nr_json++;
	return malloc(bytes);
}

static void count_free(void *memory)
{
	nr_json -= memory != NULL;
	free(memory);
}

/* B3 of saved_step.c: of a call that is open no JSON is kept, only the texts of its arguments. */
static void test_open_calls(void **state)
{
	static const char line[] =
		"{\"cpu\":0,\"tid\":5,\"event\":\"syscall_enter\",\"detail\":1,\"name\":\"w\","
		"\"args\":{},\"of_program\":true,\"call\":{\"arguments\":[{\"arg\":\"x\","
		"\"text\":\"y\",\"unknown\":[[],[],[]]}],\"unknown\":[{},{},{}]}}";
	struct saved_trace t = {.path = "fake"};
	struct saved_builder *b;
	const char *wrong;
	json_malloc_t usual_malloc;
	json_free_t usual_free;

	(void)state;
	json_get_alloc_funcs(&usual_malloc, &usual_free);
	json_set_alloc_funcs(count_malloc, count_free);
	b = saved_builder_new(&t, fake_wanted(), &strings);
	assert_non_null(b);
	for (uint32_t i = 0; i < 4; i++) {
		json_t *step = json_loads(line, 0, NULL);

		assert_int_equal(saved_builder_take(b, step, i + 2, &wrong), 0);
		json_decref(step);
		assert_int_equal(nr_json, 0);
	}
	assert_int_equal(saved_builder_end(b), 0);
	json_set_alloc_funcs(usual_malloc, usual_free);
	assert_int_equal(t.nr, 4);
	assert_string_equal(text_of(&t, 3), "w(y)");
	saved_builder_free(b);
	saved_trace_fini(&t);
}

/* A whole trace of many kinds of steps. */
#define WHOLE                                                                                      \
	FAKE_HEAD(7)                                                                               \
	FAKE_BEGIN(5)                                                                              \
	FAKE_CALL(5, "write", "a", "1")                                                            \
	FAKE_STEP(5, "sched_switch", "'previous':5,'next':1", ",'detail':4,'name':'x'")            \
	FAKE_STEP(5, "trap_enter", "", ",'detail':13,'name':'page fault','cost_ns':20")            \
	FAKE_STEP(5, "interrupt_enter", "", ",'detail':19,'name':'timer','cost_ns':20")            \
	FAKE_STEP(5, "trap_exit", "", ",'detail':13,'name':'page fault','cost_ns':50")

/* S1: a valid trace with bytes changed, and cut anywhere: read or refused, and nothing else. */
static void test_hostile(void **state)
{
	static const char whole[] = WHOLE;
	static const char bytes[] = "'{}[],:0123456789e-\\u\n\x80 truefalsn";
	unsigned nr_read = 0;

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 4000; round++) {
		size_t len = strlen(whole);
		char text[sizeof(whole)];
		struct saved_trace t;

		memcpy(text, whole, sizeof(whole));
		for (unsigned i = 0; i < round % 4; i++)
			text[(size_t)rand() % len] = bytes[(size_t)rand() % (sizeof(bytes) - 1)];
		if (round % 8 >= 6)
			len = (size_t)rand() % len;
		nr_read += fake_read(&t, &strings, text, len) == 0;
		saved_trace_fini(&t);
	}
	assert_true(nr_read > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_steps, begin, end),
		cmocka_unit_test_setup_teardown(test_hidden, begin, end),
		cmocka_unit_test_setup_teardown(test_switches, begin, end),
		cmocka_unit_test_setup_teardown(test_kernel_threads, begin, end),
		cmocka_unit_test_setup_teardown(test_no_threads, begin, end),
		cmocka_unit_test_setup_teardown(test_unnamed_calls, begin, end),
		cmocka_unit_test(test_keys),
		cmocka_unit_test_setup_teardown(test_open_calls, begin, end),
		cmocka_unit_test_setup_teardown(test_most, begin, end),
		cmocka_unit_test_setup_teardown(test_refused, begin_quietly, end_quietly),
		cmocka_unit_test_setup_teardown(test_endless, begin_quietly, end_quietly),
		cmocka_unit_test_setup_teardown(test_hostile, begin_quietly, end_quietly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
