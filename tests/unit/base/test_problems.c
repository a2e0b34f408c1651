// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/problems.h"
#include "support/alloc_fault.h"

static void test_problems__places(void **state)
{
	static const struct {
		struct place at;
		const char *expected;
	} cases[] = {
		{{"a.yml", 3, 7}, "a.yml:3:7: no field 'x'"},
		{{"a.yml", 0, 0}, "a.yml: no field 'x'"},
		{{NULL, 0, 0}, "no field 'x'"},
		{{NULL, 3, 7}, "no field 'x'"},
	};
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;

	(void)state;
	assert_false(problems_any(&p));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(problems_add(&p, &cases[i].at, "no field '%s'", "x"), -EINVAL);
		assert_string_equal(p.items[i], cases[i].expected);
	}
	assert_int_equal(problems_add(&p, NULL, "no field '%s'", "x"), -EINVAL);
	assert_string_equal(p.items[4], "no field 'x'");
	assert_int_equal(p.n, 5);
	assert_true(problems_any(&p));
	assert_false(p.incomplete);
}

static void test_problems__long_text(void **state)
{
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;

	(void)state;
	assert_int_equal(problems_add(&p, NULL, "%0100000d", 0), -EINVAL);
	assert_int_equal(strlen(p.items[0]), 100000);
}

static void test_problems__without_memory(void **state)
{
	static const struct place at = {"a.yml", 1, 2};
	long n_faults = 0;

	(void)state;
	for (long i = 0;; i++, n_faults++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		int r;

		assert_int_equal(problems_add(&p, &at, "first"), -EINVAL);
		alloc_fault_arm(i);
		r = problems_add(&p, &at, "%0200d", 0);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, -EINVAL);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_true(p.incomplete);
		assert_true(problems_any(&p));
		assert_int_equal(p.n, 1);
		assert_string_equal(p.items[0], "a.yml:1:2: first");
	}
	assert_true(n_faults >= 2);
}

static void test_problems__done_leaves_it_empty(void **state)
{
	struct problems p = PROBLEMS_INIT;

	(void)state;
	problems_done(&p);
	problems_add(&p, NULL, "x");
	problems_done(&p);
	assert_false(problems_any(&p));
	assert_null(p.items);
	problems_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problems__places),
		cmocka_unit_test(test_problems__long_text),
		cmocka_unit_test(test_problems__without_memory),
		cmocka_unit_test(test_problems__done_leaves_it_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
