// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/str.h"

static void test_str__equal(void **state)
{
	(void)state;
	assert_true(str_equal(STR("abc"), str_of("abc")));
	assert_true(str_equal(STR(""), STR("")));
	assert_true(str_equal((struct str){"a\0b", 3}, (struct str){"a\0b", 3}));
	assert_false(str_equal((struct str){"a\0b", 3}, (struct str){"a\0c", 3}));
	assert_false(str_equal(STR("abc"), STR("ab")));
	assert_int_equal(STR("a\0b").n, 3);
}

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_str__suggest(void **state)
{
	static const char *const names[] = {"packets", NULL, "bytes", "", "saddr", "daddr", "id"};
	static const struct {
		const char *word, *expected;
	} cases[] = {
		{"packets", "packets"},
		{"packet", "packets"},
		{"pakcets", "packets"},
		{"apckets", "packets"},
		{"pckts", NULL}, /* two from it, of five letters one may be */
		{"packetxy", "packets"},
		{"pacxxxs", NULL},
		{"byte", "bytes"},
		{"bytse", "bytes"},
		{"bites", "bytes"},
		{"addr", "saddr"}, /* as near as daddr: the first */
		{"dadr", "daddr"},
		{"ip", "id"},
		{"i", "id"},
		{"xy", NULL},
		{"quite other", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *found = str_suggest(cases[i].word, names, ARRAY_SIZE(names));

		if (cases[i].expected ? !found || strcmp(found, cases[i].expected) != 0 : !!found)
			fail_msg("'%s' suggests '%s', not '%s'", cases[i].word,
				 found ? found : "(none)",
				 cases[i].expected ? cases[i].expected : "(none)");
	}
	assert_null(str_suggest("packets", names, 0));
}

static void test_str__suggest_long_words(void **state)
{
	static const char *const names[] = {SIXTY_FOUR "x", SIXTY_FOUR};

	(void)state;
	assert_ptr_equal(str_suggest(SIXTY_FOUR, names, 2), names[1]);
	assert_null(str_suggest(SIXTY_FOUR "x", names, 2));
	assert_null(str_suggest(SIXTY_FOUR, names, 1));
}

static void test_str__suggest_nearest_wins(void **state)
{
	static const char *const names[] = {"connections_opened", "connection_opened", "connect"};

	(void)state;
	assert_ptr_equal(str_suggest("connection_openend", names, 3), names[1]);
	assert_ptr_equal(str_suggest("connections_opend", names, 3), names[0]);
}

static void test_str__parse_u64(void **state)
{
	static const struct {
		const char *text;
		unsigned long long value;
	} cases[] = {
		{"0", 0},
		{"7", 7},
		{"007", 7},
		{"0x0", 0},
		{"0xfF", 255},
		{"0X10", 16},
		{"18446744073709551615", UINT64_MAX},
		{"0xffffffffffffffff", UINT64_MAX},
		{"0x0000000000000000000001", 1},
		{"00000000000000000000000000001", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned long long v = 99;

		if (str_parse_u64(str_of(cases[i].text), &v) != 0)
			fail_msg("'%s' is a number", cases[i].text);
		assert_int_equal(v, cases[i].value);
	}
}

static void test_str__parse_u64_bad(void **state)
{
	static const struct {
		struct str text;
		int code;
	} cases[] = {
		{STR(""), -EINVAL},
		{STR("x"), -EINVAL},
		{STR("-1"), -EINVAL},
		{STR("+1"), -EINVAL},
		{STR(" 1"), -EINVAL},
		{STR("1 "), -EINVAL},
		{STR("0x"), -EINVAL},
		{STR("0xg"), -EINVAL},
		{STR("1f"), -EINVAL},
		{STR("1.0"), -EINVAL},
		{STR("1\0"), -EINVAL},
		{STR("\0"), -EINVAL},
		{STR("18446744073709551616"), -ERANGE},
		{STR("99999999999999999999"), -ERANGE},
		{STR("0x10000000000000000"), -ERANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned long long v = 99;

		if (str_parse_u64(cases[i].text, &v) != cases[i].code)
			fail_msg("'%s' must give %d", cases[i].text.p, cases[i].code);
		assert_int_equal(v, 99);
	}
}

static void test_str__is_name(void **state)
{
	static const char *const good[] = {"a", "_", "A9", "__x", "le"};
	static const char *const bad[] = {"", "9", "9a", "a-b", "a:b", "a b", "\xc3\xa9", "a\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(str_is_name(str_of(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(str_is_name(str_of(bad[i])));
}

static void test_str__ends_in(void **state)
{
	static const struct {
		const char *s, *end;
		bool does;
	} cases[] = {
		{"a_total", "_total", true},
		{"_total", "_total", false},
		{"a_tota", "_total", false},
		{"a_total_", "_total", false},
		{"a", "", true},
		{"", "", false},
		{"", "a", false},
		{"b\xff", "\xff", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(str_ends_in(str_of(cases[i].s), str_of(cases[i].end)),
				 cases[i].does);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_str__equal),
		cmocka_unit_test(test_str__suggest),
		cmocka_unit_test(test_str__suggest_long_words),
		cmocka_unit_test(test_str__suggest_nearest_wins),
		cmocka_unit_test(test_str__parse_u64),
		cmocka_unit_test(test_str__parse_u64_bad),
		cmocka_unit_test(test_str__is_name),
		cmocka_unit_test(test_str__ends_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
