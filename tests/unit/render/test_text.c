// SPDX-License-Identifier: GPL-2.0-only
#include "rendered.h"

#define END             \
	{               \
		NULL, 0 \
	}

static void unref_all(struct snapshot **snapshots, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snapshot_unref(snapshots[i]);
}

static void test_text__families(void **state)
{
	static const struct one_series two[] = {{"k=\"1\"", 1}, {"k=\"2\"", 0}, END};
	static const struct one_series bare[] = {{"", UINT64_MAX}, END};
	struct snapshot *s[] = {series_snapshot("b", "p=\"x\"", two),
				series_snapshot("a", "", bare),
				series_snapshot("b", "p=\"y\",q=\"z\"", two),
				series_snapshot("c", "p=\"x\"", bare)};

	(void)state;
	assert_rendered(s, ARRAY_SIZE(s),
			"# HELP b Help.\n# TYPE b gauge\n"
			"b{p=\"x\",k=\"1\"} 1\nb{p=\"x\",k=\"2\"} 0\n"
			"b{p=\"y\",q=\"z\",k=\"1\"} 1\nb{p=\"y\",q=\"z\",k=\"2\"} 0\n"
			"# HELP a Help.\n# TYPE a gauge\na 18446744073709551615\n"
			"# HELP c Help.\n# TYPE c gauge\nc{p=\"x\"} 18446744073709551615\n");
	assert_rendered(s, 0, "");
	unref_all(s, ARRAY_SIZE(s));
}

static void test_text__types_and_help(void **state)
{
	static const struct {
		enum family_type type;
		const char *help, *expected;
	} cases[] = {
		{FAMILY_COUNTER, "Help.", "# HELP x Help.\n# TYPE x counter\nx 1\n"},
		{FAMILY_GAUGE, "", "# HELP x \n# TYPE x gauge\nx 1\n"},
		{FAMILY_INFO, "a\\b\nc\"d", "# HELP x a\\\\b\\nc\"d\n# TYPE x gauge\nx 1\n"},
	};
	static const struct one_series bare[] = {{"", 1}, END};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct snapshot *s = series_snapshot("x", "", bare);

		family_unref(s->sets[0].family);
		s->sets[0].family = family_new("x", cases[i].type, cases[i].help);
		assert_rendered(&s, 1, cases[i].expected);
		snapshot_unref(s);
	}
}

/* Every kind of column, with and without a scale. */
static void test_text__values(void **state)
{
	static const struct {
		enum column_kind kind;
		bool has_high;
		int64_t high;
		uint64_t low;
		struct scale scale;
		const char *expected;
	} cases[] = {
		{COLUMN_U64, false, 0, UINT64_MAX, {1, 0, 0}, "18446744073709551615"},
		{COLUMN_S64, false, 0, UINT64_MAX, {1, 0, 0}, "-1"},
		{COLUMN_S64, false, 0, UINT64_C(1) << 63, {1, 0, 0}, "-9223372036854775808"},
		{COLUMN_U64, true, 0, UINT64_MAX, {1, 0, 0}, "18446744073709551615"},
		{COLUMN_U64, true, 1, 0, {1, 0, 0}, "18446744073709551616"},
		{COLUMN_S64, true, -1, UINT64_MAX, {1, 0, 0}, "-1"},
		{COLUMN_S64, true, -2, UINT64_MAX, {1, 0, 0}, "-18446744073709551617"},
		{COLUMN_U64, false, 0, 1, {1, -9, 0}, "0.000000001"},
		{COLUMN_U64, true, 1, 0, {1, 0, -64}, "1"},
		{COLUMN_S64, false, 0, UINT64_MAX, {5, -1, 0}, "-0.5"},
		{COLUMN_DOUBLE, false, 0, UINT64_C(0x3ff8000000000000), {1, 0, 0}, "1.5"},
		{COLUMN_DOUBLE, false, 0, UINT64_C(0x3ff8000000000000), {1, -3, 0}, "0.0015"},
		{COLUMN_DOUBLE, false, 0, UINT64_C(0x7ff0000000000000), {1, -3, 0}, "+Inf"},
		{COLUMN_DOUBLE, false, 0, UINT64_C(0xfff0000000000000), {1, 0, 0}, "-Inf"},
		{COLUMN_DOUBLE, false, 0, UINT64_C(0x7ff8000000000000), {1, 0, 0}, "NaN"},
	};
	static const struct one_series bare[] = {{"", 1}, END};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct snapshot *s = series_snapshot("x", "", bare);
		struct series_set *set = &s->sets[0];
		char expected[128];

		set->values.kind = cases[i].kind;
		set->values.low[0] = cases[i].low;
		if (cases[i].has_high) {
			set->values.high = calloc(1, sizeof(*set->values.high));
			set->values.high[0] = cases[i].high;
		}
		set->scale = cases[i].scale;
		snprintf(expected, sizeof(expected), "# HELP x Help.\n# TYPE x gauge\nx %s\n",
			 cases[i].expected);
		assert_rendered(&s, 1, expected);
		snapshot_unref(s);
	}
}

static void test_text__what_is_left_out(void **state)
{
	static const struct one_series none[] = {END};
	static const struct one_series zeros[] = {{"k=\"1\"", 0}, {"k=\"2\"", 0}, END};
	static const struct one_series some[] = {
		{"k=\"1\"", 0}, {"k=\"2\"", 2}, {"k=\"3\"", 0}, END};
	static const struct one_series dup[] = {{"k=\"2\"", 7}, {"k=\"4\"", 8}, END};
	struct snapshot *s[] = {
		series_snapshot("none", "", none), series_snapshot("zeros", "", zeros),
		series_snapshot("some", "", some), series_snapshot("some", "", dup),
		series_snapshot("late", "", none), series_snapshot("late", "", dup)};

	(void)state;
	s[1]->sets[0].skip_zero = s[2]->sets[0].skip_zero = true;
	s[1]->sets[0].n_shown = 0;
	s[2]->sets[0].n_shown = 1;
	assert_rendered(s, ARRAY_SIZE(s),
			"# HELP some Help.\n# TYPE some gauge\nsome{k=\"2\"} 2\nsome{k=\"4\"} 8\n"
			"# HELP late Help.\n# TYPE late gauge\nlate{k=\"2\"} 7\nlate{k=\"4\"} 8\n");
	unref_all(s, ARRAY_SIZE(s));
}

/* Lines longer than any piece, among short ones. */
static void test_text__long_labels(void **state)
{
	enum { LONG = 65536 };
	static char value[LONG + 8], expected[3 * LONG];
	struct one_series series[] = {{"k=\"a\"", 1}, {value, 2}, {"k=\"b\"", 3}, END};
	struct snapshot *s;

	(void)state;
	memset(value, 'v', LONG);
	memcpy(value, "k=\"", 3);
	strcpy(value + LONG, "\"");
	s = series_snapshot("x", "", series);
	snprintf(expected, sizeof(expected),
		 "# HELP x Help.\n# TYPE x gauge\nx{k=\"a\"} 1\nx{%s} 2\nx{k=\"b\"} 3\n", value);
	assert_rendered(&s, 1, expected);
	snapshot_unref(s);
	s = series_snapshot("x", value, (const struct one_series[]){{"", 1}, END});
	snprintf(expected, sizeof(expected), "# HELP x Help.\n# TYPE x gauge\nx{%s} 1\n", value);
	assert_rendered(&s, 1, expected);
	snapshot_unref(s);
}

static void test_text__revoked(void **state)
{
	static const struct one_series two[] = {{"k=\"1\"", 1}, {"k=\"2\"", 2}, END};
	struct snapshot *s = series_snapshot("x", "", two);

	(void)state;
	assert_rendered_until_revoked(&format_text, &s, 1);
	snapshot_unref(s);
	render_free(NULL);
}

static void test_text__without_memory(void **state)
{
	static char value[8192];
	struct one_series series[] = {{value, 2}, {"k=\"b\"", 3}, END};
	struct snapshot *s;
	struct exposition *x;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	memcpy(value, "k=\"", 3);
	value[sizeof(value) - 2] = '"';
	s = series_snapshot("x", "p=\"q\"", series);
	x = exposition_new(&s, 1);
	assert_rendered_without_memory(&format_text, x);
	exposition_unref(x);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__families),
		cmocka_unit_test(test_text__types_and_help),
		cmocka_unit_test(test_text__values),
		cmocka_unit_test(test_text__what_is_left_out),
		cmocka_unit_test(test_text__long_labels),
		cmocka_unit_test(test_text__revoked),
		cmocka_unit_test(test_text__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
