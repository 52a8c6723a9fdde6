// SPDX-License-Identifier: MIT
#include "link/term_modes.h"
#include "base/unit.h"

static void assert_undo(const char *shown, const char *undo)
{
	size_t len = strlen(shown);

	/* In one piece, and byte by byte. */
	for (size_t piece = 1; piece <= len; piece += len > 1 ? len - 1 : 1) {
		struct term_modes m = {0};
		char out[256];

		for (size_t at = 0; at < len; at += piece)
			term_modes_watch(&m, (const uint8_t *)shown + at,
					 len - at < piece ? len - at : piece);
		size_t n = term_modes_undo(&m, out, sizeof(out));
		out[n] = '\0';
		assert_string_equal(out, undo);
	}
}

static void test_undo(void **state)
{
	(void)state;
	assert_undo("hello\r\n", "");
	assert_undo("\033[31mred\033[0m\033[2J\033[H", "");
	assert_undo("\033[?1049hvi", "\033[?1049l\033[0m\033>");
	assert_undo("\033[?1049hvi\033[?1049l", "");
	assert_undo("\033[?25l", "\033[?25h\033[0m\033>");
	assert_undo("\033[?1000;1006h", "\033[?1000l\033[?1006l\033[0m\033>");
	assert_undo("\033[?1000;1006h\033c", "");
	assert_undo("\033\033[?25l\033[?\033[?25h", "");
	assert_undo("\033[?99999999999999999999h", "");
	assert_undo("\033[?1;1;1;1;1;1;1;1;1;1;1;1;25l", "\033[?25h\033[0m\033>");
}

static void test_small_room(void **state)
{
	struct term_modes m = {.changed = ~0u};
	char out[40];

	(void)state;
	assert_true(term_modes_undo(&m, out, sizeof(out)) <= sizeof(out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_small_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
