// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "model/snapshot.h"
#include "support/alloc_fault.h"

#define FFFD "\xef\xbf\xbd"

static void assert_escaped(struct str value, const char *expected)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(buf_puts(&b, "<"), 0);
	assert_int_equal(label_escape(&b, value), 0);
	assert_int_equal(buf_puts(&b, ">"), 0);
	assert_int_equal(b.len, strlen(expected) + 2);
	assert_memory_equal(b.data + 1, expected, strlen(expected));
}

static void test_label__every_byte_alone(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char byte = (char)i, expected[8] = {0};

		if (i == '"' || i == '\\')
			snprintf(expected, sizeof(expected), "\\%c", i);
		else if (i == '\n')
			strcpy(expected, "\\n");
		else if (i == 0 || i >= 0x80)
			strcpy(expected, FFFD);
		else
			expected[0] = byte;
		assert_escaped((struct str){&byte, 1}, expected);
	}
}

static void test_label__escapes(void **state)
{
	static const struct {
		struct str value;
		const char *expected;
	} cases[] = {
		{STR(""), ""},
		{STR("plain"), "plain"},
		{STR("a\"b\\c\nd"), "a\\\"b\\\\c\\nd"},
		{STR("\\\\n"), "\\\\\\\\n"},
		{STR("a\0b"), "a" FFFD "b"},
		{STR("\r\t\x1b\x7f"), "\r\t\x1b\x7f"},
		/* the smallest and the greatest of each length */
		{STR("\xc2\x80\xdf\xbf"), "\xc2\x80\xdf\xbf"},
		{STR("\xe0\xa0\x80\xef\xbf\xbf"), "\xe0\xa0\x80\xef\xbf\xbf"},
		{STR("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80"},
		{STR("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
		/* overlong */
		{STR("\xc0\x80"), FFFD FFFD},
		{STR("\xc1\xbf"), FFFD FFFD},
		{STR("\xe0\x9f\xbf"), FFFD FFFD FFFD},
		{STR("\xf0\x8f\xbf\xbf"), FFFD FFFD FFFD FFFD},
		/* surrogates, above U+10FFFF, no lead bytes at all */
		{STR("\xed\xa0\x80"), FFFD FFFD FFFD},
		{STR("\xed\xbf\xbf"), FFFD FFFD FFFD},
		{STR("\xf4\x90\x80\x80"), FFFD FFFD FFFD FFFD},
		{STR("\xf5\x80\x80\x80"), FFFD FFFD FFFD FFFD},
		{STR("\xfe\xff"), FFFD FFFD},
		{STR("\xf8\x88\x80\x80\x80"), FFFD FFFD FFFD FFFD FFFD},
		/* cut off, at the end and by something else */
		{STR("\xc3"), FFFD},
		{STR("\xe2\x82"), FFFD FFFD},
		{STR("\xf0\x9f\x98"), FFFD FFFD FFFD},
		{STR("\xc3(\xe2\x82(\xf0\x9f\x98("), FFFD "(" FFFD FFFD "(" FFFD FFFD FFFD "("},
		{STR("\xc3\xc3\xa9"), FFFD "\xc3\xa9"},
		{STR("\xe2\"\x82"), FFFD "\\\"" FFFD},
		{STR("\xc3\n"), FFFD "\\n"},
		{STR("\xbf"
		     "a"),
		 FFFD "a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_escaped(cases[i].value, cases[i].expected);
}

/* Looks at no byte behind the value, whatever would complete it. */
static void test_label__stops_at_the_end(void **state)
{
	(void)state;
	assert_escaped((struct str){"\xc3\xa9", 1}, FFFD);
	assert_escaped((struct str){"\xe2\x82\xac", 2}, FFFD FFFD);
	assert_escaped((struct str){"\xf0\x9f\x98\x80", 3}, FFFD FFFD FFFD);
}

static void test_label__impossible_size(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(label_escape(&b, (struct str){"", SIZE_MAX}), -ENOMEM);
	assert_int_equal(label_escape(&b, (struct str){"", SIZE_MAX / 4 + 1}), -ENOMEM);
	assert_null(b.data);
}

static void test_label__append(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(label_append(&b, STR("a"), STR("1")), 0);
	assert_int_equal(label_append(&b, STR("bb"), STR("")), 0);
	assert_int_equal(label_append(&b, STR("c"), STR("x\"y,z=\"\\")), 0);
	assert_string_equal(buf_string(&b), "a=\"1\",bb=\"\",c=\"x\\\"y,z=\\\"\\\\\"");
}

/* In quotes where it must be, and then it may be anything. */
static void test_label__append_name(void **state)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{"a", "a"},
		{"_A9", "_A9"},
		{"9", "\"9\""},
		{"a.b", "\"a.b\""},
		{"a:b", "\"a:b\""},
		{"\xc3\xbc", "\"\xc3\xbc\""},
		{"a\"b\\c\nd", "\"a\\\"b\\\\c\\nd\""},
		{"\xff", "\"" FFFD "\""},
		{"=,", "\"=,\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		assert_int_equal(label_append_name(&b, str_of(cases[i].name)), 0);
		assert_string_equal(buf_string(&b), cases[i].expected);
	}
}

static void assert_plain(struct str escaped, struct str expected)
{
	char *dst = malloc(escaped.n + 1);

	dst[escaped.n] = 0x5a;
	assert_int_equal(label_unescape(dst, escaped), expected.n);
	assert_memory_equal(dst, expected.p, expected.n);
	assert_int_equal(dst[escaped.n], 0x5a);
	free(dst);
}

static void test_label__unescape(void **state)
{
	static const struct str texts[] = {
		STR(""),
		STR("plain"),
		STR("\""),
		STR("\\"),
		STR("\n"),
		STR("\\n"),
		STR("\\\\n\n\\\"\""),
		STR("a\"b\\c\nd"),
		STR("\xc3\xbc\n"),
		STR(FFFD "\""),
		STR("\r\t\x1b\x7f"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		assert_int_equal(label_escape(&b, texts[i]), 0);
		assert_plain((struct str){b.data, b.len}, texts[i]);
	}
}

static void test_label__append_without_memory(void **state)
{
	static char name[4096], value[65536];
	long n_faults = 0;

	(void)state;
	memset(name, '.', sizeof(name));
	for (long i = 0;; i++, n_faults++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		int r;

		alloc_fault_arm(i);
		r = label_append(&b, (struct str){name, sizeof(name)},
				 (struct str){value, sizeof(value)});
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
	}
	assert_true(n_faults >= 3);
}

static void test_label__next(void **state)
{
	static const struct {
		const char *name;
		struct str value;
	} labels[] = {
		{"a", STR("1")},
		{"b", STR("")},
		{"c", STR("\"")},
		{"d", STR("\\")},
		{"e", STR("\\\"\\")},
		{"f", STR(",g=\"h\"")},
		{"_x9", STR("two\nlines")},
		{"z", STR("\xff")},
		{"a.b", STR("1")},
		{"=", STR("=")},
		{",\"x\"=\"y\"\\", STR("")},
		{"\xc3\xbc", STR("\\")},
	};
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct str rest, name, value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		assert_int_equal(label_append(&b, str_of(labels[i].name), labels[i].value), 0);
	rest = (struct str){b.data, b.len};
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		_cleanup_buf_ struct buf escaped = BUF_INIT;

		assert_true(label_next(&rest, &name, &value));
		assert_int_equal(label_escape(&escaped, str_of(labels[i].name)), 0);
		assert_true(str_equal(name, (struct str){escaped.data, escaped.len}));
		escaped.len = 0;
		assert_int_equal(label_escape(&escaped, labels[i].value), 0);
		assert_true(str_equal(value,
				      (struct str){escaped.data ? escaped.data : "", escaped.len}));
	}
	assert_false(label_next(&rest, &name, &value));
	rest = STR("");
	assert_false(label_next(&rest, &name, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_label__every_byte_alone),
		cmocka_unit_test(test_label__escapes),
		cmocka_unit_test(test_label__stops_at_the_end),
		cmocka_unit_test(test_label__impossible_size),
		cmocka_unit_test(test_label__append),
		cmocka_unit_test(test_label__append_name),
		cmocka_unit_test(test_label__unescape),
		cmocka_unit_test(test_label__append_without_memory),
		cmocka_unit_test(test_label__next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
