// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collect/families_internal.h"
#include "support/alloc_fault.h"

static const char text[] = "maps:\n"
			   "  - name: a\n"
			   "    pin: /a\n"
			   "    key: u32\n"
			   "    value: u64\n"
			   "    metrics:\n"
			   "      - {name: x_total, type: counter, labels: {k: key}}\n"
			   "      - {name: own, type: gauge, labels: {k: key}}\n"
			   "  - {name: none, pin: /none}\n"
			   "  - name: b\n"
			   "    pin: /b\n"
			   "    key: u32\n"
			   "    value: u64\n"
			   "    metrics:\n"
			   "      - {name: x_total, type: counter, help: X., labels: {k: key}}\n"
			   "      - {name: build_info, type: info}\n";

static struct config *load(void)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	struct config *c = NULL;

	if (config_parse("test.yml", STR(text), &c, &problems) < 0)
		fail_msg("%s", problems.n ? problems.items[0] : "no memory");
	return c;
}

static void test_families_new__shared_by_name(void **state)
{
	_cleanup_(config_freep) struct config *c = load();
	struct family ***f;

	(void)state;
	assert_int_equal(families_new(c, &f), 0);
	assert_ptr_equal(f[0][0], f[2][0]);
	assert_string_equal(f[0][0]->name, "x_total");
	assert_string_equal(f[0][0]->help, "X.");
	assert_int_equal(f[0][0]->type, FAMILY_COUNTER);
	assert_int_equal(f[0][1]->type, FAMILY_GAUGE);
	assert_string_equal(f[0][1]->help, "From the eBPF map a, pinned at /a.");
	assert_int_equal(f[2][1]->type, FAMILY_INFO);
	families_free(c, f);
	families_free(c, NULL);
}

static void test_families_new__no_memory(void **state)
{
	_cleanup_(config_freep) struct config *c = load();

	(void)state;
	for (long nth = 0;; nth++) {
		struct family ***f = NULL;
		int r;

		alloc_fault_arm(nth);
		r = families_new(c, &f);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			families_free(c, f);
			assert_true(nth > 10);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families_new__shared_by_name),
		cmocka_unit_test(test_families_new__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
