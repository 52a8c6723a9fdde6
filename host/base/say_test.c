// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <unistd.h>

#include "base/report.h"
#include "base/say.h"
#include "base/unit.h"

static int real_error, ends[2];

static void capture(void)
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	real_error = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
}

static void expect(const char *text)
{
	char said[1024];
	ssize_t n;

	dup2(real_error, STDERR_FILENO);
	close(real_error);
	n = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	said[n > 0 ? n : 0] = '\0';
	assert_string_equal(said, text);
}

static void test_message_is_one_printable_line(void **state)
{
	(void)state;
	capture();
	say("%s and %s", "a\nb\x1b[2J", "c\xc2\x9bm…");
	expect("creance: a\\x0ab\\x1b[2J and c\\xc2\\x9bm…\n");
}

static void test_log_keeps_its_lines(void **state)
{
	static const char text[] = "one\r\n\ttwo\rthree\x1b]0;x\a\nend\r";

	(void)state;
	capture();
	say_text(text, sizeof(text) - 1);
	expect("one\n\ttwo\\x0dthree\\x1b]0;x\\x07\nend");
	say_terminal_is_raw(true);
	capture();
	say_text("a\nb", 3);
	expect("a\r\nb");
	say_terminal_is_raw(false);
}

static void test_last_words(void **state)
{
	struct report *r = calloc(1, sizeof(*r));
	static const char words[] = "creance: all is well\r\n\x1b[1A\x1b[2Kpanic\n";

	(void)state;
	report_feed(r, &r->guest, words, sizeof(words) - 1);
	capture();
	report_death(r, "the guest died");
	expect("creance: the guest died; the last it wrote (-v shows all):\n  | creance: all is well\n"
	       "  | \\x1b[1A\\x1b[2Kpanic\n");
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_is_one_printable_line),
		cmocka_unit_test(test_log_keeps_its_lines),
		cmocka_unit_test(test_last_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
