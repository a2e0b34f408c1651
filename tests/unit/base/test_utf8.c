// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/utf8.h"

static void test_utf8__length(void **state)
{
	static const struct {
		struct str bytes;
		size_t expected;
	} cases[] = {
		{STR("a"), 1},
		{STR("\0"), 1},
		{STR("\xc2\x80"), 2},
		{STR("\xe2\x82\xac!"), 3},
		{STR("\xf4\x8f\xbf\xbf"), 4},
		{STR("\x80"), 0},
		{STR("\xff"), 0},
		{STR("\xc3"), 0},
		{STR("\xc3\x28"), 0},
		{STR("\xc1\xbf"), 0},
		{STR("\xe2\x82"), 0},
		{STR("\xe0\x9f\xbf"), 0},
		{STR("\xed\xa0\x80"), 0},
		{STR("\xf0\x8f\xbf\xbf"), 0},
		{STR("\xf0\x9f\x98"), 0},
		{STR("\xf4\x90\x80\x80"), 0},
		{STR("\xf5\x80\x80\x80"), 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			utf8_length((const unsigned char *)cases[i].bytes.p, cases[i].bytes.n),
			cases[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_utf8__length)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
