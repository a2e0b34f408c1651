// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collect/gauge_writer_internal.h"
#include "support/alloc_fault.h"

static const struct scale ns_to_s = {.mantissa = 1, .exp10 = -9};

static void write_some(struct gauge_writer *w)
{
	const struct gauge_label a[] = {{"map", "a"}, {"pin", "/a \"quoted\""}, {NULL, NULL}};
	const struct gauge_label b[] = {{"map", "b\n"}, {NULL, NULL}};

	gauge_writer_init(w, 4);
	gauge_writer_family(w, "up", FAMILY_GAUGE, "Up.", NULL);
	gauge_writer_series(w, 1, a);
	gauge_writer_series(w, UINT64_MAX, b);
	gauge_writer_family(w, "seconds_total", FAMILY_COUNTER, "Time.", &ns_to_s);
	gauge_writer_series(w, 5, NULL);
	gauge_writer_family(w, "none", FAMILY_GAUGE, "", NULL);
}

static void assert_label(const struct series_set *set, size_t i, const char *expected)
{
	struct str text = label_block_text(set->labels, i);

	assert_int_equal(text.n, strlen(expected));
	assert_memory_equal(text.p, expected, text.n);
}

static void test_gauge_writer__columns(void **state)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = NULL;
	struct gauge_writer w;

	(void)state;
	write_some(&w);
	s = gauge_writer_finish(&w, 17);
	assert_non_null(s);
	assert_int_equal(s->start_wall_ns, 17);
	assert_int_equal(s->n_sets, 3);
	assert_string_equal(s->sets[0].family->name, "up");
	assert_int_equal(s->sets[0].n, 2);
	assert_int_equal(s->sets[0].n_shown, 2);
	assert_int_equal(s->sets[0].width, 1);
	assert_int_equal(s->sets[0].values.low[1], UINT64_MAX);
	assert_int_equal(s->sets[0].scale.exp10, 0);
	assert_label(&s->sets[0], 0, "map=\"a\",pin=\"/a \\\"quoted\\\"\"");
	assert_label(&s->sets[0], 1, "map=\"b\\n\"");
	assert_string_equal(s->sets[1].family->help, "Time.");
	assert_int_equal(s->sets[1].family->type, FAMILY_COUNTER);
	assert_int_equal(s->sets[1].scale.exp10, -9);
	assert_int_equal(s->sets[1].values.low[0], 5);
	assert_null(s->sets[1].labels);
	assert_int_equal(s->sets[2].n, 0);
}

static void test_gauge_writer__no_memory(void **state)
{
	long nth = 0;

	(void)state;
	for (;; nth++) {
		struct gauge_writer w;
		struct snapshot *s;
		bool struck;

		alloc_fault_arm(nth);
		write_some(&w);
		s = gauge_writer_finish(&w, 0);
		struck = alloc_fault_disarm();
		assert_int_equal(struck, s == NULL);
		snapshot_unref(s);
		if (!struck)
			break;
	}
	assert_true(nth > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gauge_writer__columns),
		cmocka_unit_test(test_gauge_writer__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
