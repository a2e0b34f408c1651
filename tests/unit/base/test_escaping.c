// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/escaping.h"
#include "support/alloc_fault.h"

static const struct {
	const char *name;
	const char *expected[N_ESCAPINGS]; /* allow-utf-8: the name */
} cases[] = {
	{"my.metric_x",
	 {[ESCAPING_UNDERSCORES] = "my_metric_x",
	  [ESCAPING_DOTS] = "my_dot_metric__x",
	  [ESCAPING_VALUES] = "U__my_2e_metric__x"}},
	{"mysystem.prod.cpu.load_total",
	 {[ESCAPING_UNDERSCORES] = "mysystem_prod_cpu_load_total",
	  [ESCAPING_DOTS] = "mysystem_dot_prod_dot_cpu_dot_load__total",
	  [ESCAPING_VALUES] = "U__mysystem_2e_prod_2e_cpu_2e_load__total"}},
	/* characters of 1 to 4 bytes, each one replacement */
	{"label with 😱",
	 {[ESCAPING_UNDERSCORES] = "label_with__",
	  [ESCAPING_DOTS] = "label__with____",
	  [ESCAPING_VALUES] = "U__label_20_with_20__1f631_"}},
	{"花火",
	 {[ESCAPING_UNDERSCORES] = "__",
	  [ESCAPING_DOTS] = "____",
	  [ESCAPING_VALUES] = "U___82b1__706b_"}},
	{"a\xc4\x80",
	 {[ESCAPING_UNDERSCORES] = "a_", [ESCAPING_DOTS] = "a__", [ESCAPING_VALUES] = "U__a_100_"}},
	{"\xf4\x8f\xbf\xbf",
	 {[ESCAPING_UNDERSCORES] = "_", [ESCAPING_DOTS] = "__", [ESCAPING_VALUES] = "U___10ffff_"}},
	/* a digit, where it may stand and where not */
	{"9a.9",
	 {[ESCAPING_UNDERSCORES] = "_a_9",
	  [ESCAPING_DOTS] = "__a_dot_9",
	  [ESCAPING_VALUES] = "U___39_a_2e_9"}},
	{"_._",
	 {[ESCAPING_UNDERSCORES] = "___",
	  [ESCAPING_DOTS] = "___dot___",
	  [ESCAPING_VALUES] = "U_____2e___"}},
	{"a:b",
	 {[ESCAPING_UNDERSCORES] = "a_b",
	  [ESCAPING_DOTS] = "a__b",
	  [ESCAPING_VALUES] = "U__a_3a_b"}},
	/* a byte that is no character */
	{"a\xff.b",
	 {[ESCAPING_UNDERSCORES] = "a__b",
	  [ESCAPING_DOTS] = "a___dot_b",
	  [ESCAPING_VALUES] = "U__a_ff__2e_b"}},
	/* what needs none is the same in all */
	{"my_metric__x9",
	 {[ESCAPING_UNDERSCORES] = "my_metric__x9",
	  [ESCAPING_DOTS] = "my_metric__x9",
	  [ESCAPING_VALUES] = "my_metric__x9"}},
	{"U__a_2e_b",
	 {[ESCAPING_UNDERSCORES] = "U__a_2e_b",
	  [ESCAPING_DOTS] = "U__a_2e_b",
	  [ESCAPING_VALUES] = "U__a_2e_b"}},
};

static void test_escaping__append(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (enum escaping s = 0; s < N_ESCAPINGS; s++) {
			const char *e = cases[i].expected[s];
			_cleanup_buf_ struct buf b = BUF_INIT;

			assert_int_equal(buf_puts(&b, ">"), 0);
			assert_int_equal(escaping_append(&b, s, str_of(cases[i].name)), 0);
			assert_string_equal(buf_string(&b) + 1, e ? e : cases[i].name);
			assert_int_equal(b.data[0], '>');
			if (s != ESCAPING_UTF8)
				assert_true(str_is_name(str_of(b.data + 1)));
		}
	}
}

static void test_escaping__names(void **state)
{
	static const char *const names[N_ESCAPINGS] = {
		[ESCAPING_UNDERSCORES] = "underscores",
		[ESCAPING_UTF8] = "allow-utf-8",
		[ESCAPING_DOTS] = "dots",
		[ESCAPING_VALUES] = "values",
	};

	(void)state;
	for (enum escaping s = 0; s < N_ESCAPINGS; s++)
		assert_string_equal(escaping_name(s), names[s]);
}

/* Longer than a buffer is at first, so that each kind of piece is what makes it grow. */
static void test_escaping__without_memory(void **state)
{
	(void)state;
	for (enum escaping s = 0; s < N_ESCAPINGS; s++) {
		for (long i = 0;; i++) {
			_cleanup_buf_ struct buf b = BUF_INIT;
			int r = 0;

			alloc_fault_arm(i);
			for (int k = 0; k < 200 && r == 0; k++)
				r = escaping_append(&b, s, STR("a.b_é9"));
			if (!alloc_fault_disarm()) {
				assert_int_equal(r, 0);
				break;
			}
			assert_int_equal(r, -ENOMEM);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escaping__append),
		cmocka_unit_test(test_escaping__names),
		cmocka_unit_test(test_escaping__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
