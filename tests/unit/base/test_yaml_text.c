// SPDX-License-Identifier: GPL-2.0-only
#include "base/yaml_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/yaml_tree.h"
#include "support/alloc_fault.h"

/* Reads back as it was, and is plain only where nobody takes it for something else. */
static void test_yaml_text__quotes(void **state)
{
	static const struct {
		const char *text, *quoted;
	} quotes[] = {
		{"read", "read"},
		{"read it", "read it"},
		{"", "\"\""},
		{"yes", "\"yes\""},
		{"Null", "\"Null\""},
		{"1", "\"1\""},
		{"-a", "\"-a\""},
		{"a: b", "\"a: b\""},
		{"a #b", "\"a #b\""},
		{"a ", "\"a \""},
		{"\\d'", "'\\d'''"},
		{"\"", "'\"'"},
		{"a\nb", "\"a\\nb\""},
		{"\\\t", "\"\\\\\\u0009\""},
		{"\xc3\xa9", "\"\xc3\xa9\""},
		{"\xe2\x80\xa8", "\"\\u2028\""},
		{"a\x7f", "\"a\\u007F\""},
		{"\xf0\x9f\xbf\xbf", "\"\\U0001FFFF\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(quotes); i++) {
		struct mistakes mistakes = {0};
		struct tree tree = {0};
		struct buf b = BUF_INIT;

		assert_int_equal(yaml_quote(&b, quotes[i].text), 0);
		assert_string_equal(buf_string(&b), quotes[i].quoted);
		assert_int_equal(tree_parse(&tree, "f", (struct str){b.data, b.len}, &mistakes), 0);
		assert_string_equal(tree.root->text, quotes[i].text);
		tree_done(&tree);
		buf_done(&b);
	}
}

/* What is no UTF-8 cannot be written. */
static void test_yaml_text__no_utf8(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(yaml_quote(&b, "/a\xff"
					"b"),
			 0);
	assert_string_equal(buf_string(&b), "\"/a\xef\xbf\xbd"
					    "b\"");
}

static void test_yaml_text__comment(void **state)
{
	static const char text[] = "a # b\xc3\xa9\n\xff\xe2\x80\xa8.";
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(yaml_comment(&b, text, sizeof(text) - 1), 0);
	assert_string_equal(buf_string(&b), "a # b\xc3\xa9???.");
}

static void test_yaml_text__no_memory(void **state)
{
	(void)state;
	for (int comment = 0; comment < 2; comment++) {
		struct buf b = BUF_INIT;
		int r;

		alloc_fault_arm(0);
		r = comment ? yaml_comment(&b, "a", 1) : yaml_quote(&b, "a: b");
		alloc_fault_disarm();
		assert_int_equal(r, -ENOMEM);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yaml_text__quotes),
		cmocka_unit_test(test_yaml_text__no_utf8),
		cmocka_unit_test(test_yaml_text__comment),
		cmocka_unit_test(test_yaml_text__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
