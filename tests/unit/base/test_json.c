// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

static void test_json__escape(void **state)
{
	static const struct {
		unsigned char byte;
		const char *expected; /* "": it stands for itself */
	} cases[] = {
		{' ', ""},	   {'a', ""},	      {'~', ""},	 {'/', ""},
		{0x80, ""},	   {0xff, ""},	      {'"', "\\\""},	 {'\\', "\\\\"},
		{'\n', "\\n"},	   {'\t', "\\u0009"}, {0, "\\u0000"},	 {0x1b, "\\u001b"},
		{0x1f, "\\u001f"}, {0x7f, "\\u007f"}, {'\r', "\\u000d"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char escape[JSON_ESCAPE_MAX];
		size_t n = json_escape(escape, cases[i].byte);

		assert_int_equal(n, strlen(cases[i].expected));
		assert_memory_equal(escape, cases[i].expected, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_json__escape)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
