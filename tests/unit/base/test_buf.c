// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/buf.h"
#include "support/alloc_fault.h"

static void test_buf__starts_empty(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_append(&b, NULL, 0), 0);
	assert_int_equal(buf_puts(&b, ""), 0);
	assert_int_equal(buf_reserve(&b, 0), 0);
	assert_null(b.data);
	assert_string_equal(buf_string(&b), "");
	assert_int_equal(b.len, 0);
	buf_done(&b);
	buf_done(&b);
	assert_null(b.data);
	assert_int_equal(b.cap, 0);
}

static void test_buf__grows_and_keeps_its_bytes(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char expected[5000];

	(void)state;
	for (size_t i = 0; i < sizeof(expected); i++) {
		expected[i] = (char)(i * 7);
		assert_int_equal(buf_append(&b, &expected[i], 1), 0);
		assert_true(b.len <= b.cap);
	}
	assert_int_equal(b.len, sizeof(expected));
	assert_memory_equal(b.data, expected, sizeof(expected));
}

static void test_buf__reserve_gives_room(void **state)
{
	static const size_t sizes[] = {1, 63, 64, 65, 4096, 1000000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		assert_int_equal(buf_puts(&b, "abc"), 0);
		assert_int_equal(buf_reserve(&b, sizes[i]), 0);
		assert_true(b.cap - b.len >= sizes[i]);
		assert_int_equal(b.len, 3);
		memset(b.data + b.len, 'x', sizes[i]);
		assert_memory_equal(b.data, "abcx", 4);
	}
}

static void test_buf__impossible_size(void **state)
{
	static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 1};
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_int_equal(buf_reserve(&b, sizes[i]), -ENOMEM);
	assert_null(b.data);
	assert_int_equal(buf_puts(&b, "abc"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_int_equal(buf_reserve(&b, sizes[i]), -ENOMEM);
	assert_string_equal(buf_string(&b), "abc");
}

static void test_buf__printf(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_printf(&b, "%s", ""), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_printf(&b, "%d-%s", 7, "x"), 0);
	assert_int_equal(buf_printf(&b, "%0500d", 0), 0);
	assert_int_equal(b.len, 503);
	assert_memory_equal(b.data, "7-x000", 6);
	assert_int_equal(strlen(buf_string(&b)), 503);
}

static void test_buf__string_adds_no_byte(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_int_equal(buf_puts(&b, "y"), 0);
	assert_int_equal(strlen(buf_string(&b)), 64);
	assert_int_equal(b.len, 64);
	assert_int_equal(buf_puts(&b, "z"), 0);
	assert_int_equal(strlen(buf_string(&b)), 65);
}

static void test_buf__take_leaves_it_empty(void **state)
{
	struct buf b = BUF_INIT;
	char *s;

	(void)state;
	assert_int_equal(buf_append(&b, "a\0b", 3), 0);
	s = buf_take(&b);
	assert_non_null(s);
	assert_memory_equal(s, "a\0b", 4);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
	free(s);
	s = buf_take(&b);
	assert_string_equal(s, "");
	free(s);
}

static void test_buf__without_memory(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	for (int full = 0; full < 2; full++) {
		for (int i = 0; full && i < 64; i++)
			assert_int_equal(buf_puts(&b, "y"), 0);
		alloc_fault_arm(0);
		assert_int_equal(buf_reserve(&b, 1), -ENOMEM);
		alloc_fault_arm(0);
		assert_int_equal(buf_append(&b, "x", 1), -ENOMEM);
		alloc_fault_arm(0);
		assert_int_equal(buf_puts(&b, "x"), -ENOMEM);
		alloc_fault_arm(0);
		assert_int_equal(buf_printf(&b, "%d", 1), -ENOMEM);
		alloc_fault_arm(0);
		assert_null(buf_string(&b));
		alloc_fault_arm(0);
		assert_null(buf_take(&b));
		assert_true(alloc_fault_disarm());
		assert_int_equal(b.len, full ? 64 : 0);
		assert_int_equal(b.cap, full ? 64 : 0);
		for (size_t i = 0; i < b.len; i++)
			assert_int_equal(b.data[i], 'y');
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf__starts_empty),
		cmocka_unit_test(test_buf__grows_and_keeps_its_bytes),
		cmocka_unit_test(test_buf__reserve_gives_room),
		cmocka_unit_test(test_buf__impossible_size),
		cmocka_unit_test(test_buf__printf),
		cmocka_unit_test(test_buf__string_adds_no_byte),
		cmocka_unit_test(test_buf__take_leaves_it_empty),
		cmocka_unit_test(test_buf__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
