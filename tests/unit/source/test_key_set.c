// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/key_set_internal.h"
#include "support/alloc_fault.h"

static void make_key(uint32_t size, uint32_t i, char *key)
{
	memset(key, 0, size);
	memcpy(key + (size > 4 ? size - 4 : 0), &i, size < 4 ? size : 4);
}

static void test_key_set__every_size(void **state)
{
	static const uint32_t sizes[] = {1, 2, 3, 4, 7, 8, 9, 16, 20, 64};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct key_set s = {.key_size = sizes[i]};
		uint32_t n = sizes[i] == 1 ? 256 : 5000, number;
		char key[64];

		for (int round = 0; round < 2; round++) {
			for (uint32_t j = 0; j < n; j++) {
				make_key(sizes[i], j, key);
				assert_false(key_set_find(&s, key, NULL));
				assert_int_equal(key_set_add(&s, key, &number), 1);
				assert_int_equal(number, j);
				assert_int_equal(key_set_add(&s, key, &number), 0);
				assert_int_equal(number, j);
			}
			for (uint32_t j = 0; j < n; j++) {
				make_key(sizes[i], j, key);
				assert_true(key_set_find(&s, key, &number));
				assert_int_equal(number, j);
			}
			assert_int_equal(s.n, n);
			key_set_clear(&s);
			assert_false(key_set_find(&s, key, NULL));
		}
		key_set_done(&s);
	}
}

static void test_key_set__without_memory(void **state)
{
	struct key_set s = {.key_size = 4};
	uint32_t key = 0;

	(void)state;
	while (key < 1000) {
		int r;

		alloc_fault_arm(0);
		r = key_set_add(&s, &key, NULL);
		if (alloc_fault_disarm()) {
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(s.n, key);
			alloc_fault_arm(1);
			assert_int_equal(key_set_add(&s, &key, NULL), -ENOMEM);
			assert_true(alloc_fault_disarm());
			r = key_set_add(&s, &key, NULL);
		}
		assert_int_equal(r, 1);
		key++;
	}
	for (key = 0; key < 1000; key++)
		assert_true(key_set_find(&s, &key, NULL));
	key_set_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_set__every_size),
		cmocka_unit_test(test_key_set__without_memory),
	};

	return cmocka_run_group_tests_name("key_set", tests, NULL, NULL);
}
