// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "source/trie_order_internal.h"

struct prefix {
	uint32_t length;
	uint8_t bytes[3];
} __attribute__((packed));

/* As a trie lists them. */
static const struct prefix listed[] = {
	{8, {0x00}},
	{24, {0x0a, 0x00, 0x00}},
	{24, {0x0a, 0x00, 0x01}},
	{23, {0x0a, 0x00, 0x00}},
	{17, {0x0a, 0x01, 0x00}},
	{17, {0x0a, 0x01, 0x80}},
	{16, {0x0a, 0x01, 0xff}}, /* what is behind the prefix does not matter */
	{8, {0x0a}},
	{9, {0x0b, 0x80}},
	{1, {0x00}},
	{2, {0x80}},
	{24, {0xff, 0xff, 0xff}},
	{7, {0xfe}},
	{0, {0x00}},
};

static void test_trie_comes_after__as_it_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
		for (size_t j = 0; j < ARRAY_SIZE(listed); j++)
			if (trie_comes_after(&listed[j], &listed[i], sizeof(listed[0])) != (j > i))
				fail_msg("%zu and %zu", i, j);
}

/* More bits than there are, which no trie has, are not looked at. */
static void test_trie_comes_after__too_long(void **state)
{
	struct prefix a = {UINT32_MAX, {1, 2, 3}}, b = {24, {1, 2, 3}};

	(void)state;
	assert_false(trie_comes_after(&a, &b, sizeof(a)));
	assert_false(trie_comes_after(&b, &a, sizeof(a)));
}

static void test_trie_prefix__what_is_behind_it(void **state)
{
	static const struct {
		struct prefix key, prefix;
	} cases[] = {
		{{0, {0xff, 0xff, 0xff}}, {0, {0, 0, 0}}},
		{{1, {0xff, 0xff, 0xff}}, {1, {0x80, 0, 0}}},
		{{8, {0xff, 0xff, 0xff}}, {8, {0xff, 0, 0}}},
		{{15, {0xff, 0xff, 0xff}}, {15, {0xff, 0xfe, 0}}},
		{{23, {0xff, 0xff, 0xff}}, {23, {0xff, 0xff, 0xfe}}},
		{{24, {0xff, 0xff, 0xff}}, {24, {0xff, 0xff, 0xff}}},
		{{UINT32_MAX, {1, 2, 3}}, {UINT32_MAX, {1, 2, 3}}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix found;

		trie_prefix(&found, &cases[i].key, sizeof(found));
		assert_memory_equal(&found, &cases[i].prefix, sizeof(found));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trie_comes_after__as_it_lists),
		cmocka_unit_test(test_trie_comes_after__too_long),
		cmocka_unit_test(test_trie_prefix__what_is_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
