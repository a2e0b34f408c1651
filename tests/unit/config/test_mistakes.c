// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "config/mistakes.h"
#include "support/alloc_fault.h"

static const char *const files[] = {"f", "g"};

static struct place at(unsigned int line, unsigned int column)
{
	return (struct place){.file = files[0], .line = line, .column = column};
}

static void add(struct mistakes *m, unsigned int line, unsigned int column, const char *text)
{
	const struct place place = at(line, column);

	assert_int_equal(mistakes_add(m, &place, "%s", text), -EINVAL);
}

static void test_mistakes__none(void **state)
{
	struct mistakes m = {0};
	struct problems p = PROBLEMS_INIT;

	(void)state;
	assert_int_equal(mistakes_tell(&m, files, ARRAY_SIZE(files), &p), 0);
	assert_false(problems_any(&p));
	mistakes_done(&m);
}

static void test_mistakes__in_the_order_of_the_file_each_once(void **state)
{
	_cleanup_(mistakes_done) struct mistakes m = {0};
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;

	(void)state;
	add(&m, 2, 1, "c");
	add(&m, 1, 9, "b");
	add(&m, 1, 2, "a");
	add(&m, 2, 1, "c");
	add(&m, 2, 1, "a");
	assert_int_equal(mistakes_tell(&m, files, ARRAY_SIZE(files), &p), -EINVAL);
	assert_int_equal(p.n, 4);
	assert_string_equal(p.items[0], "f:1:2: a");
	assert_string_equal(p.items[1], "f:1:9: b");
	assert_string_equal(p.items[2], "f:2:1: c");
	assert_string_equal(p.items[3], "f:2:1: a");
}

static void test_mistakes__in_the_order_of_the_files(void **state)
{
	const struct place first = at(2, 1), other = {.file = files[1], .line = 1, .column = 1};
	const struct place same = {.file = files[1], .line = 2, .column = 1};
	_cleanup_(mistakes_done) struct mistakes m = {0};
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;

	(void)state;
	mistakes_add(&m, &other, "a");
	mistakes_add(&m, &same, "b");
	mistakes_add(&m, &first, "b");
	assert_int_equal(mistakes_tell(&m, files, ARRAY_SIZE(files), &p), -EINVAL);
	assert_int_equal(p.n, 3);
	assert_string_equal(p.items[0], "f:2:1: b");
	assert_string_equal(p.items[1], "g:1:1: a");
	assert_string_equal(p.items[2], "g:2:1: b");
}

static void test_mistakes__one_line_of_bounded_length(void **state)
{
	_cleanup_(mistakes_done) struct mistakes m = {0};
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	char text[2003];

	(void)state;
	/* Two-byte letters from an odd position: the cut may not halve one. */
	for (size_t i = 0; i < sizeof(text) - 1; i += 2) {
		text[i + 1] = '\xc3';
		text[i + 2] = '\xa4';
	}
	text[0] = 'x';
	text[sizeof(text) - 2] = '\0';
	add(&m, 1, 1, "a\nb\tc\x7f");
	add(&m, 2, 1, text);
	assert_int_equal(mistakes_tell(&m, files, ARRAY_SIZE(files), &p), -EINVAL);
	assert_string_equal(p.items[0], "f:1:1: a?b?c?");
	assert_int_equal(strlen(p.items[1]), strlen("f:2:1: ") + 999);
}

static void test_mistakes__too_many_are_counted(void **state)
{
	_cleanup_(mistakes_done) struct mistakes m = {0};
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;

	(void)state;
	for (unsigned int i = 0; i < MISTAKES_MAX + 7; i++)
		add(&m, i + 1, 1, "bad");
	assert_int_equal(mistakes_tell(&m, files, ARRAY_SIZE(files), &p), -EINVAL);
	assert_int_equal(p.n, MISTAKES_MAX + 1);
	assert_string_equal(p.items[MISTAKES_MAX], "f: 7 more mistakes are not listed");
}

static int add_and_tell(struct problems *p)
{
	_cleanup_(mistakes_done) struct mistakes m = {0};
	const struct place places[] = {at(2, 1), at(1, 1)};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int r = mistakes_add(&m, &places[i], "text");

		assert_int_equal(r == -ENOMEM, m.no_memory);
		if (r == -ENOMEM)
			break;
	}
	return mistakes_tell(&m, files, ARRAY_SIZE(files), p);
}

static void test_mistakes__no_memory(void **state)
{
	(void)state;
	for (long i = 0;; i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		int r;

		alloc_fault_arm(i);
		r = add_and_tell(&p);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, -EINVAL);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_true(problems_any(&p));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes__none),
		cmocka_unit_test(test_mistakes__in_the_order_of_the_file_each_once),
		cmocka_unit_test(test_mistakes__in_the_order_of_the_files),
		cmocka_unit_test(test_mistakes__one_line_of_bounded_length),
		cmocka_unit_test(test_mistakes__too_many_are_counted),
		cmocka_unit_test(test_mistakes__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
