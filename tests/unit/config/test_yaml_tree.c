// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/buf.h"
#include "config/yaml_tree.h"
#include "support/alloc_fault.h"

/* The tree as text: "text" at line:column, [lists], {mappings}. */
static void print_node(struct buf *b, const struct node *n)
{
	static const char *const brackets[] = {[NODE_LIST] = "[]", [NODE_MAPPING] = "{}"};

	if (n->kind == NODE_SCALAR) {
		buf_printf(b, "%s@%u:%u", n->text, n->at.line, n->at.column);
		return;
	}
	buf_printf(b, "%c", brackets[n->kind][0]);
	for (size_t i = 0; i < n->n_items; i++) {
		buf_puts(b, i == 0 ? "" : n->kind == NODE_MAPPING && i % 2 ? "=" : " ");
		print_node(b, n->items[i]);
	}
	buf_printf(b, "%c", brackets[n->kind][1]);
}

static const struct {
	const char *yaml;
	const char *expected;
} shapes[] = {
	{"", "{}"},
	{"# a\n", "{}"},
	{"a", "a@1:1"},
	{"a: 1\nb:\n- x\n- [y]\n", "{a@1:1=1@1:4 b@2:1=[x@3:3 [y@4:4]]}"},
	{"\xef\xbb\xbf"
	 "a",
	 "a@1:1"},
	{"'\xc3\xa4': x", "{\xc3\xa4@1:1=x@1:6}"},
	{"a: &n [1]\nb: *n\n", "{a@1:1=[1@1:8] b@2:1=[1@1:8]}"},
	{"a: &n 1\nb: &n 2\nc: *n\n", "{a@1:1=1@1:4 b@2:1=2@2:4 c@3:1=2@2:4}"},
	{"- &n {a: 1, b: 2}\n- {<<: *n, b: 3, c: 4}\n",
	 "[{a@1:7=1@1:10 b@1:13=2@1:16} {b@2:12=3@2:15 c@2:18=4@2:21 a@1:7=1@1:10}]"},
	{"- &n {a: 1}\n- &m {a: 2, b: 2}\n- <<: [*n, *m]\n",
	 "[{a@1:7=1@1:10} {a@2:7=2@2:10 b@2:13=2@2:16} {a@1:7=1@1:10 b@2:13=2@2:16}]"},
	{"\"<<\": x", "{<<@1:1=x@1:7}"},
};

static void test_yaml_tree__shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		_cleanup_(tree_done) struct tree t = {0};
		_cleanup_(mistakes_done) struct mistakes m = {0};
		_cleanup_buf_ struct buf b = BUF_INIT;

		assert_int_equal(tree_parse(&t, "f", str_of(shapes[i].yaml), &m), 0);
		assert_int_equal(m.n, 0);
		print_node(&b, t.root);
		assert_string_equal(buf_string(&b), shapes[i].expected);
	}
}

static void assert_refused(const char *yaml, unsigned int line, unsigned int column,
			   const char *text)
{
	_cleanup_(tree_done) struct tree t = {0};
	_cleanup_(mistakes_done) struct mistakes m = {0};

	assert_int_equal(tree_parse(&t, "f", str_of(yaml), &m), -EINVAL);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.items[0].text, text);
	assert_int_equal(m.items[0].at.line, line);
	assert_int_equal(m.items[0].at.column, column);
}

/* Ten times ten times … nodes in seven lines. */
static void test_yaml_tree__aliases_do_not_multiply(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "- &l0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 7; i++) {
		buf_printf(&b, "- &l%d [", i);
		for (int k = 0; k < 10; k++)
			buf_printf(&b, "%s*l%d", k ? "," : "", i - 1);
		buf_puts(&b, "]\n");
	}
	assert_refused(buf_string(&b), 6, 36, "more than 1000000 nodes, aliases written out");
}

static void test_yaml_tree__depth_is_bounded(void **state)
{
	char yaml[2 * TREE_MAX_DEPTH + 3] = {0};

	(void)state;
	for (int deep = 0; deep <= 1; deep++) {
		_cleanup_(tree_done) struct tree t = {0};
		_cleanup_(mistakes_done) struct mistakes m = {0};
		size_t n = TREE_MAX_DEPTH + (size_t)deep;

		memset(yaml, '[', n);
		memset(yaml + n, ']', n);
		if (deep)
			assert_refused(yaml, 1, TREE_MAX_DEPTH + 1, "nested deeper than 64 levels");
		else
			assert_int_equal(tree_parse(&t, "f", str_of(yaml), &m), 0);
	}
}

static void test_yaml_tree__anchors_are_bounded(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i <= TREE_MAX_ANCHORS; i++)
		buf_printf(&b, "- &a%d x\n", i);
	assert_refused(buf_string(&b), TREE_MAX_ANCHORS + 1, 3, "more than 1000 anchors");
}

static void test_yaml_tree__find_and_null(void **state)
{
	static const struct {
		const char *key;
		bool is_null;
	} cases[] = {{"a", true},  {"b", true},	 {"c", true},
		     {"d", false}, {"e", false}, {"f", false}};
	_cleanup_(tree_done) struct tree t = {0};
	_cleanup_(mistakes_done) struct mistakes m = {0};

	(void)state;
	assert_int_equal(
		tree_parse(&t, "f", STR("{a: ~, b: null, c: , d: '', e: \"null\", f: []}"), &m), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(node_is_null(node_find(t.root, cases[i].key)), cases[i].is_null);
	assert_null(node_find(t.root, "g"));
	assert_null(node_find(node_find(t.root, "f"), "a"));
}

static void test_yaml_tree__no_memory(void **state)
{
	static const char yaml[] =
		"a: &n {x: 1, x: 2}\nb: {<<: *n, y: [1, 2, 3, 4, 5]}\n? [k]\n: v\n";

	(void)state;
	for (long i = 0;; i++) {
		_cleanup_(tree_done) struct tree t = {0};
		_cleanup_(mistakes_done) struct mistakes m = {0};
		int r;

		alloc_fault_arm(i);
		r = tree_parse(&t, "f", STR(yaml), &m);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			assert_int_equal(m.n, 2);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_true(m.no_memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yaml_tree__shapes),
		cmocka_unit_test(test_yaml_tree__aliases_do_not_multiply),
		cmocka_unit_test(test_yaml_tree__depth_is_bounded),
		cmocka_unit_test(test_yaml_tree__anchors_are_bounded),
		cmocka_unit_test(test_yaml_tree__find_and_null),
		cmocka_unit_test(test_yaml_tree__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
