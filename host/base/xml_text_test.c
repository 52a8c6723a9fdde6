// SPDX-License-Identifier: MIT
#include "base/xml_text.h"

#include "base/unit.h"

static void assert_text(const char *text, size_t len, const char *expected)
{
	char *got = NULL;
	size_t bytes;
	FILE *out = open_memstream(&got, &bytes);

	xml_text(out, text, len);
	fclose(out);
	assert_string_equal(got, expected);
	free(got);
}

static void test_texts(void **state)
{
	static const char *const texts[][2] = {
		{"", ""},
		{"plain words", "plain words"},
		{"<a href=\"x\">&amp;</a>", "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;"},
		{"a\x01\x1b[31m\x7f", "a  [31m "},
		{"µs", "µs"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_text(texts[i][0], strlen(texts[i][0]), texts[i][1]);
	assert_text("<a> and more", 2, "&lt;a"); /* no more than was asked for */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
