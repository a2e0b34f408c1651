// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "decode/tenants_internal.h"
#include "support/alloc_fault.h"

#define N 300

/* Tenant i: account i, in slot i / 2, with numbers i and -i. */
static void fill(struct tenants *t)
{
	tenants_init(t, sizeof(uint16_t), 2);
	for (uint16_t i = 0; i < N; i++) {
		union number *numbers = tenants_add(t, (const uint8_t *)&i, i, i / 2U);

		assert_non_null(numbers);
		numbers[0].i = i;
		numbers[1].i = -(int)i;
	}
	assert_int_equal(t->n, N);
}

static void check(const struct tenants *t, size_t at, uint16_t i, size_t slot)
{
	assert_int_equal(t->items[at].account, i);
	assert_int_equal(t->items[at].slot, slot);
	assert_memory_equal(tenants_key(t, at), &i, sizeof(i));
	assert_true(tenants_numbers(t, at)[0].i == i);
	assert_true(tenants_numbers(t, at)[1].i == -(int)i);
}

static void test_tenants_keep__every_third_slot(void **state)
{
	_cleanup_(tenants_done) struct tenants t;
	bool keep[N / 2];

	(void)state;
	fill(&t);
	for (size_t i = 0; i < ARRAY_SIZE(keep); i++)
		keep[i] = i % 3 == 1;
	assert_int_equal(tenants_keep(&t, ARRAY_SIZE(keep), keep), 0);
	assert_int_equal(t.n, N / 3);
	for (uint16_t i = 0; i < N / 3; i++)
		check(&t, i, (uint16_t)(i / 2 * 6 + 2 + i % 2), i / 2);
}

static void test_tenants__no_memory(void **state)
{
	static const bool keep[N / 2];

	(void)state;
	for (long nth = 0; nth < 3; nth++) {
		_cleanup_(tenants_done) struct tenants t;

		tenants_init(&t, 1, 1);
		alloc_fault_arm(nth);
		assert_null(tenants_add(&t, (const uint8_t *)"", 0, 0));
		assert_true(alloc_fault_disarm());
		assert_int_equal(t.n, 0);
		assert_non_null(tenants_add(&t, (const uint8_t *)"", 0, 0));
		tenants_done(&t);
		fill(&t);
		alloc_fault_arm(0);
		assert_int_equal(tenants_keep(&t, N / 2, keep), -ENOMEM);
		assert_true(alloc_fault_disarm());
		check(&t, N - 1, N - 1, N / 2 - 1);
		assert_int_equal(tenants_keep(&t, N / 2, keep), 0);
		assert_int_equal(t.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tenants_keep__every_third_slot),
		cmocka_unit_test(test_tenants__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
