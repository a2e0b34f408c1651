// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collect/totals_internal.h"
#include "support/alloc_fault.h"

struct key {
	uint32_t n;
	char rest[7];
} __attribute__((packed));

static struct key key_of(uint32_t n)
{
	return (struct key){.n = n * 2654435761U, .rest = {'\0', 'x'}};
}

static void test_totals_find__many(void **state)
{
	_cleanup_(totals_freep) struct totals *t = totals_new(sizeof(struct key), 2);

	(void)state;
	assert_non_null(t);
	assert_int_equal(totals_n(t), 0);
	for (uint32_t round = 1; round <= 3; round++) {
		for (uint32_t i = 0; i < 5000; i++) {
			struct key key = key_of(i);
			uint64_t *numbers = totals_find(t, &key);

			assert_non_null(numbers);
			assert_int_equal(numbers[0], (uint64_t)i * (round - 1));
			numbers[0] += i;
			numbers[1] += 1;
		}
	}
	assert_int_equal(totals_n(t), 5000);
	for (uint32_t i = 0; i < 5000; i++) {
		struct key key = key_of(i);

		assert_memory_equal(totals_key(t, i), &key, sizeof(key));
		assert_int_equal(totals_numbers(t, i)[0], 3 * (uint64_t)i);
		assert_int_equal(totals_numbers(t, i)[1], 3);
	}
}

static void test_totals__shapes(void **state)
{
	static const struct {
		uint32_t key_size;
		size_t n_numbers;
		bool fits;
	} cases[] = {{4, 2, true}, {8, 2, false}, {4, 1, false}, {4, 0, false}};
	_cleanup_(totals_freep) struct totals *t = totals_new(4, 2);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(totals_fits(t, cases[i].key_size, cases[i].n_numbers),
				 cases[i].fits);
}

/* A map without metrics has keys to count, and nothing to add. */
static void test_totals__no_numbers(void **state)
{
	_cleanup_(totals_freep) struct totals *t = totals_new(4, 0);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		assert_non_null(totals_find(t, &i));
	assert_int_equal(totals_n(t), 1000);
}

/* What was there stays as it was, and the key can be added later. */
static void test_totals_find__no_memory(void **state)
{
	_cleanup_(totals_freep) struct totals *t = NULL;
	unsigned int n_failed = 0;

	(void)state;
	alloc_fault_arm(0);
	assert_null(totals_new(4, 1));
	assert_true(alloc_fault_disarm());
	t = totals_new(4, 1);
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t *numbers;

		for (long nth = 0;; nth++) {
			alloc_fault_arm(nth);
			numbers = totals_find(t, &i);
			if (!alloc_fault_disarm())
				break;
			n_failed++;
			assert_null(numbers);
			assert_int_equal(totals_n(t), i);
		}
		assert_non_null(numbers);
		*numbers += i;
	}
	assert_true(n_failed > 10);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(*totals_find(t, &i), i);
	totals_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals_find__many),
		cmocka_unit_test(test_totals__shapes),
		cmocka_unit_test(test_totals__no_numbers),
		cmocka_unit_test(test_totals_find__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
