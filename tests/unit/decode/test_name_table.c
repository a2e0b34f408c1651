// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/cleanup.h"
#include "decode/name_table_internal.h"
#include "support/alloc_fault.h"

static const struct {
	uint64_t number;
	const char *name;
} pairs[] = {
	{50, "fifty"}, {10, "ten"}, {50, "late"}, {20, ""},	 {10, ""},
	{30, ""},      {0, "zero"}, {60, ""},	  {60, "sixty"}, {UINT64_MAX, "end"},
};

static int fill(struct name_table *t)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(pairs); i++)
		r = name_table_add(t, pairs[i].number, str_of(pairs[i].name));
	return r;
}

static void test_name_table__floor(void **state)
{
	static const struct {
		uint64_t asked, number;
		const char *name;
	} cases[] = {
		{0, 0, "zero"},	   {9, 0, "zero"},    {10, 10, "ten"},
		{19, 10, "ten"},   {20, 20, ""},      {30, 20, ""},
		{49, 20, ""},	   {50, 50, "fifty"}, {59, 50, "fifty"},
		{60, 60, "sixty"}, {61, 60, "sixty"}, {UINT64_MAX, UINT64_MAX, "end"},
	};
	struct name_table t = {.max_items = 100, .max_bytes = 100};

	(void)state;
	assert_null(name_table_floor(&t, 5));
	assert_int_equal(fill(&t), 0);
	name_table_sort(&t);
	assert_int_equal(t.n, 6);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct name_table_item *item = name_table_floor(&t, cases[i].asked);

		assert_non_null(item);
		assert_int_equal(item->number, cases[i].number);
		assert_true(str_equal(name_table_name(&t, item), str_of(cases[i].name)));
	}
	name_table_done(&t);
	assert_null(name_table_floor(&t, 5));
}

static void test_name_table__below_the_first(void **state)
{
	struct name_table t = {.max_items = 100, .max_bytes = 100};

	(void)state;
	assert_int_equal(name_table_add(&t, 7, STR("seven")), 0);
	name_table_sort(&t);
	assert_null(name_table_floor(&t, 6));
	assert_non_null(name_table_floor(&t, 7));
	name_table_done(&t);
}

static void test_name_table__limits(void **state)
{
	struct name_table few = {.max_items = 2, .max_bytes = 100};
	struct name_table little = {.max_items = 100, .max_bytes = 5};

	(void)state;
	assert_int_equal(name_table_add(&few, 1, STR("")), 0);
	assert_int_equal(name_table_add(&few, 2, STR("")), 0);
	assert_int_equal(name_table_add(&few, 3, STR("")), NAME_TABLE_FULL);
	assert_int_equal(few.n, 2);
	assert_int_equal(name_table_add(&little, 1, STR("four")), 0);
	assert_int_equal(name_table_add(&little, 2, STR("ab")), NAME_TABLE_FULL);
	assert_int_equal(name_table_add(&little, 3, STR("a")), 0);
	assert_int_equal(little.n, 2);
	name_table_done(&few);
	name_table_done(&little);
}

static void test_name_table__no_memory(void **state)
{
	bool struck = true;

	(void)state;
	for (long i = 0; struck; i++) {
		struct name_table t = {.max_items = 100, .max_bytes = 100};
		int r;

		alloc_fault_arm(i);
		r = fill(&t);
		struck = alloc_fault_disarm();
		assert_int_equal(r, struck ? -ENOMEM : 0);
		name_table_done(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_table__floor),
		cmocka_unit_test(test_name_table__below_the_first),
		cmocka_unit_test(test_name_table__limits),
		cmocka_unit_test(test_name_table__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
