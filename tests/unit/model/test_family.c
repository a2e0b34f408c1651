// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/family.h"
#include "support/alloc_fault.h"

/* What of a name is its type's, and what its unit is. */
static void test_family__names(void **state)
{
	static const struct {
		enum family_type type;
		const char *name;
		const char *suffix, *unit;
	} cases[] = {
		{FAMILY_COUNTER, "x_total", "_total", ""},
		{FAMILY_COUNTER, "x_bytes_total", "_total", "bytes"},
		{FAMILY_COUNTER, "x_total_bytes", "", "bytes"},
		{FAMILY_COUNTER, "x", "", ""},
		{FAMILY_COUNTER, "_total", "", ""}, /* nothing would be left */
		{FAMILY_COUNTER, "total", "", ""},
		{FAMILY_COUNTER, "x_info", "", ""},
		{FAMILY_COUNTER, "ü.x_joules_total", "_total", "joules"},
		{FAMILY_INFO, "x_info", "_info", ""},
		{FAMILY_INFO, "x_seconds_info", "_info", ""}, /* counted in nothing */
		{FAMILY_INFO, "x_seconds", "", ""},
		{FAMILY_INFO, "x_total", "", ""},
		{FAMILY_GAUGE, "x_total", "", ""},
		{FAMILY_GAUGE, "x_bytes_total", "", ""},
		{FAMILY_GAUGE, "x_bytes_info", "", ""},
		{FAMILY_GAUGE, "x_seconds", "", "seconds"},
		{FAMILY_GAUGE, "x_ratio", "", "ratio"},
		{FAMILY_GAUGE, "x_celsius", "", "celsius"},
		{FAMILY_GAUGE, "x_meters", "", "meters"},
		{FAMILY_GAUGE, "x_volts", "", "volts"},
		{FAMILY_GAUGE, "x_amperes", "", "amperes"},
		{FAMILY_GAUGE, "x_joules", "", "joules"},
		{FAMILY_GAUGE, "x_grams", "", "grams"},
		{FAMILY_GAUGE, "x_milliseconds", "", ""},
		{FAMILY_GAUGE, "x_kilograms", "", ""},
		{FAMILY_GAUGE, "x.seconds", "", ""}, /* before a unit there is a `_` */
		{FAMILY_GAUGE, "seconds", "", ""},
		{FAMILY_GAUGE, "_seconds", "", "seconds"},
		{FAMILY_GAUGE, "x_second", "", ""},
		{FAMILY_GAUGE, "x_seconds_", "", ""},
		{FAMILY_HISTOGRAM, "x_seconds", "", "seconds"},
		{FAMILY_SUMMARY, "x_bytes", "", "bytes"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct family *f = family_new(cases[i].name, cases[i].type, "");
		struct str unit;

		assert_non_null(f);
		unit = family_unit(f);
		if (family_base_suffix(f) != strlen(cases[i].suffix))
			fail_msg("%s: %zu bytes", f->name, family_base_suffix(f));
		if (!str_equal(unit, str_of(cases[i].unit)))
			fail_msg("%s: %.*s", f->name, (int)unit.n, unit.p);
		family_unref(f);
	}
}

/* Where another family has the name without it, it is the family's. */
static void test_family__crowded(void **state)
{
	struct family *f = family_new("x_bytes_total", FAMILY_COUNTER, "");

	(void)state;
	assert_non_null(f);
	f->is_crowded = true;
	assert_int_equal(family_base_suffix(f), 0);
	assert_int_equal(family_unit(f).n, 0);
	family_unref(f);
}

static void test_family__copies(void **state)
{
	char name[] = "x", help[] = "Help.";
	struct family *f = family_new(name, FAMILY_SUMMARY, help), *again;

	(void)state;
	assert_non_null(f);
	name[0] = help[0] = '?';
	assert_string_equal(f->name, "x");
	assert_string_equal(f->help, "Help.");
	assert_int_equal(f->type, FAMILY_SUMMARY);
	again = family_ref(f);
	assert_ptr_equal(again, f);
	family_unref(f);
	assert_string_equal(again->name, "x");
	family_unref(again);
	family_unref(NULL);
}

static void test_family__without_memory(void **state)
{
	long n_faults = 0;

	(void)state;
	for (;; n_faults++) {
		struct family *f;

		alloc_fault_arm(n_faults);
		f = family_new("x", FAMILY_GAUGE, "Help.");
		if (!alloc_fault_disarm()) {
			assert_non_null(f);
			family_unref(f);
			break;
		}
		assert_null(f);
	}
	assert_int_equal(n_faults, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family__names),
		cmocka_unit_test(test_family__crowded),
		cmocka_unit_test(test_family__copies),
		cmocka_unit_test(test_family__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
