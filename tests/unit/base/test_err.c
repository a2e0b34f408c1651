// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"

static void test_err__set(void **state)
{
	struct err e = {"before"};

	(void)state;
	assert_int_equal(err_set(&e, -EPERM, "pin %s, %d", "/p", 3), -EPERM);
	assert_string_equal(e.text, "pin /p, 3");
	assert_int_equal(err_set(&e, 7, "%s", ""), 7);
	assert_string_equal(e.text, "");
}

static void test_err__null_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_wrap(NULL, -EIO, "x"), -EIO);
}

static void test_err__wrap(void **state)
{
	struct err e = {""};

	(void)state;
	assert_int_equal(err_wrap(&e, -EIO, "map '%s'", "m"), -EIO);
	assert_string_equal(e.text, "map 'm'");
	err_set(&e, 0, "no space");
	assert_int_equal(err_wrap(&e, -ENOSPC, "map '%s'", "m"), -ENOSPC);
	assert_string_equal(e.text, "map 'm': no space");
	err_wrap(&e, 0, "reading");
	assert_string_equal(e.text, "reading: map 'm': no space");
}

static void test_err__set_cuts(void **state)
{
	static struct {
		struct err e;
		char guard[16];
	} x;

	(void)state;
	memset(x.guard, 'g', sizeof(x.guard));
	err_set(&x.e, 0, "%*s", 3 * ERR_TEXT_SIZE, "end");
	assert_int_equal(strlen(x.e.text), ERR_TEXT_SIZE - 1);
	for (size_t i = 0; i < sizeof(x.guard); i++)
		assert_int_equal(x.guard[i], 'g');
}

/* Every length of context and text around the limits: terminated, context first. */
static void test_err__wrap_cuts(void **state)
{
	static const size_t lengths[] = {0,    1,    2,	   508,	 509,  510,  511,  512,	 513,
					 3580, 3583, 3584, 4000, 4092, 4093, 4094, 4095, 5000};
	static struct {
		struct err e;
		char guard[16];
	} x;

	(void)state;
	memset(x.guard, 'g', sizeof(x.guard));
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(lengths); k++) {
			size_t context = lengths[i] < 511 ? lengths[i] : 511;
			size_t text =
				lengths[k] < ERR_TEXT_SIZE - 1 ? lengths[k] : ERR_TEXT_SIZE - 1;
			size_t between = text && context < 510 ? 2 : 0, whole;

			err_set(&x.e, 0, "%.*s", 0, "");
			memset(x.e.text, 't', text);
			x.e.text[text] = '\0';
			err_wrap(&x.e, 0, "%0*d", (int)lengths[i], 0);
			context = lengths[i] ? context : 1; /* "0" all the same */
			between = text && context < 510 ? 2 : 0;
			whole = context + between + text;
			if (whole > ERR_TEXT_SIZE - 1)
				whole = ERR_TEXT_SIZE - 1;
			assert_int_equal(strlen(x.e.text), whole);
			assert_int_equal(strspn(x.e.text, "0"), context);
			if (between)
				assert_memory_equal(x.e.text + context, ": ", 2);
			assert_int_equal(strspn(x.e.text + context + between, "t"),
					 whole - context - between);
			assert_int_equal(x.guard[0], 'g');
		}
	}
}

static void test_err__name(void **state)
{
	(void)state;
	assert_string_equal(err_name(-ENOENT), "No such file or directory");
	assert_string_equal(err_name(ENOENT), "No such file or directory");
	assert_string_equal(err_name(-524), "Operation not supported by this kind of map");
	assert_non_null(strstr(err_name(-99999), "99999"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err__set),       cmocka_unit_test(test_err__null_is_allowed),
		cmocka_unit_test(test_err__wrap),      cmocka_unit_test(test_err__set_cuts),
		cmocka_unit_test(test_err__wrap_cuts), cmocka_unit_test(test_err__name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
