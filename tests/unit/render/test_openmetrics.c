// SPDX-License-Identifier: GPL-2.0-only
#include "cases.h"

#define EOF_LINE "# EOF\n"

static const struct format plain = {.renderer = &renderer_openmetrics};
static const struct format with_created = {.renderer = &renderer_openmetrics, .has_created = true};

static void assert_cases(const struct series_case *cases, size_t n, enum family_type type)
{
	assert_cases_as(&plain, cases, n, type);
}

/* `# EOF` is there once, last, whatever is before it. */
static void test_openmetrics__families(void **state)
{
	static const struct one_series two[] = {{"k=\"1\"", 1}, {"k=\"2\"", 0}, {NULL, 0}};
	static const struct one_series none[] = {{NULL, 0}};
	struct snapshot *s[] = {series_snapshot("b", "p=\"x\"", two),
				series_snapshot("none", "", none), series_snapshot("a", "", two),
				series_snapshot("b", "p=\"y\"", two)};

	(void)state;
	assert_rendered_as(&plain, s, 0, EOF_LINE);
	assert_rendered_as(&plain, s + 1, 1, EOF_LINE);
	assert_rendered_as(&plain, s, ARRAY_SIZE(s),
			   "# TYPE b gauge\n# HELP b Help.\n"
			   "b{p=\"x\",k=\"1\"} 1\nb{p=\"x\",k=\"2\"} 0\n"
			   "b{p=\"y\",k=\"1\"} 1\nb{p=\"y\",k=\"2\"} 0\n"
			   "# TYPE a gauge\n# HELP a Help.\na{k=\"1\"} 1\na{k=\"2\"} 0\n" EOF_LINE);
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		snapshot_unref(s[i]);
}

/* What is said of a family before its samples, and what these are called. */
static void test_openmetrics__heads(void **state)
{
	static const struct {
		enum family_type type;
		const char *name, *help, *expected;
	} cases[] = {
		{FAMILY_COUNTER, "x_total", "Help.",
		 "# TYPE x counter\n# HELP x Help.\nx_total 1\n" EOF_LINE},
		{FAMILY_COUNTER, "x_bytes_total", "",
		 "# TYPE x_bytes counter\n# UNIT x_bytes bytes\nx_bytes_total 1\n" EOF_LINE},
		{FAMILY_INFO, "x_info", "a\\b\nc\"d",
		 "# TYPE x info\n# HELP x a\\\\b\\nc\\\"d\nx_info 1\n" EOF_LINE},
		{FAMILY_INFO, "x_bytes_info", "", "# TYPE x_bytes info\nx_bytes_info 1\n" EOF_LINE},
		{FAMILY_GAUGE, "x", "", "# TYPE x gauge\nx 1\n" EOF_LINE},
		{FAMILY_GAUGE, "x_info", "", "# TYPE x_info gauge\nx_info 1\n" EOF_LINE},
		{FAMILY_GAUGE, "x_seconds", "Help.",
		 "# TYPE x_seconds gauge\n# UNIT x_seconds seconds\n# HELP x_seconds Help.\n"
		 "x_seconds 1\n" EOF_LINE},
		{FAMILY_GAUGE, "seconds", "", "# TYPE seconds gauge\nseconds 1\n" EOF_LINE},
		{FAMILY_GAUGE, "x_milliseconds", "",
		 "# TYPE x_milliseconds gauge\nx_milliseconds 1\n" EOF_LINE},
		{FAMILY_SUMMARY, "x_ratio", "",
		 "# TYPE x_ratio summary\n# UNIT x_ratio ratio\n"
		 "x_ratio_sum 0\nx_ratio_count 1\n" EOF_LINE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct series_case c = {.family = cases[i].name,
					      .help = cases[i].help,
					      .values = {.low = {1}},
					      .has_sum = true};
		struct snapshot *s = case_snapshot(&c, cases[i].type);

		assert_rendered_as(&plain, &s, 1, cases[i].expected);
		snapshot_unref(s);
	}
}

#define GAUGE "# TYPE x gauge\n# HELP x Help.\n"

/* Values are as exact as in the text format. */
static void test_openmetrics__values(void **state)
{
	static const struct series_case cases[] = {
		{.name = "beyond what doubles can tell",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .values = {.low = {(UINT64_C(1) << 53) + 1, UINT64_MAX}},
		 .expected = GAUGE "x{k=\"1\"} 9007199254740993\n"
				   "x{k=\"2\"} 18446744073709551615\n" EOF_LINE},
		{.name = "the least",
		 .values = {.kind = COLUMN_S64, .low = {UINT64_C(1) << 63}},
		 .expected = GAUGE "x -9223372036854775808\n" EOF_LINE},
		{.name = "scaled by ten",
		 .values = {.low = {UINT64_C(9007199254740993)}},
		 .scale = {1, -9, 0},
		 .expected = GAUGE "x 9007199.254740993\n" EOF_LINE},
		{.name = "scaled by two",
		 .values = {.low = {1}},
		 .scale = {1, 0, -30},
		 .expected = GAUGE "x 0.000000000931322574615478515625\n" EOF_LINE},
		{.name = "128 bits",
		 .values = {.is_wide = true, .low = {1}, .high = {1}},
		 .expected = GAUGE "x 18446744073709551617\n" EOF_LINE},
		{.name = "doubles",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .values = {.kind = COLUMN_DOUBLE, .low = {D_NAN, D_INF, D_MINUS_INF}},
		 .expected = GAUGE "x{k=\"1\"} NaN\nx{k=\"2\"} +Inf\nx{k=\"3\"} -Inf\n" EOF_LINE},
		{.name = "averages",
		 .labels = {"k=\"1\"", HOSTILE},
		 .values = {.low = {10, 1}},
		 .counts = {4, 3},
		 .expected = GAUGE "x{k=\"1\"} 2.5\nx{" HOSTILE "} 0.3333333333333333\n" EOF_LINE},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_GAUGE);
}

#define HISTOGRAM "# TYPE x histogram\n# HELP x Help.\n"

static void test_openmetrics__histograms(void **state)
{
	static const struct series_case cases[] = {
		{.name = "canonical bounds",
		 .labels = {"k=\"1\""},
		 .le = {"0", "0.00000095367431640625", "0.25", "1", "100000", "1000000", "2097152"},
		 .values = {.low = {1, 1, 1, 1, 1, 1, 1, 1}},
		 .has_sum = true,
		 .sums = {.low = {7}},
		 .expected = HISTOGRAM "x_bucket{k=\"1\",le=\"0.0\"} 1\n"
				       "x_bucket{k=\"1\",le=\"9.5367431640625e-07\"} 2\n"
				       "x_bucket{k=\"1\",le=\"0.25\"} 3\n"
				       "x_bucket{k=\"1\",le=\"1.0\"} 4\n"
				       "x_bucket{k=\"1\",le=\"100000.0\"} 5\n"
				       "x_bucket{k=\"1\",le=\"1e+06\"} 6\n"
				       "x_bucket{k=\"1\",le=\"2.097152e+06\"} 7\n"
				       "x_bucket{k=\"1\",le=\"+Inf\"} 8\n"
				       "x_sum{k=\"1\"} 7\nx_count{k=\"1\"} 8\n" EOF_LINE},
		{.name = "bounds that are one double, each slot from the start",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .le = {"1", "9007199254740992", "9007199254740993"},
		 .values = {.low = {1, 10, 100, 1000, 2, 20, 200, 2000}},
		 .has_sum = true,
		 .expected = HISTOGRAM "x_bucket{k=\"1\",le=\"1.0\"} 1\n"
				       "x_bucket{k=\"1\",le=\"9.007199254740992e+15\"} 111\n"
				       "x_bucket{k=\"1\",le=\"+Inf\"} 1111\n"
				       "x_sum{k=\"1\"} 0\nx_count{k=\"1\"} 1111\n"
				       "x_bucket{k=\"2\",le=\"1.0\"} 2\n"
				       "x_bucket{k=\"2\",le=\"9.007199254740992e+15\"} 222\n"
				       "x_bucket{k=\"2\",le=\"+Inf\"} 2222\n"
				       "x_sum{k=\"2\"} 0\nx_count{k=\"2\"} 2222\n" EOF_LINE},
		{.name = "no sum, so no count",
		 .le = {"1"},
		 .values = {.low = {1, 2}},
		 .expected =
			 HISTOGRAM "x_bucket{le=\"1.0\"} 1\nx_bucket{le=\"+Inf\"} 3\n" EOF_LINE},
		{.name = "a bound below zero: the sum could fall",
		 .le = {"-5", "5"},
		 .values = {.low = {1, 2, 3}},
		 .has_sum = true,
		 .sums = {.low = {7}},
		 .expected = HISTOGRAM "x_bucket{le=\"-5.0\"} 1\nx_bucket{le=\"5.0\"} 3\n"
				       "x_bucket{le=\"+Inf\"} 6\n" EOF_LINE},
		{.name = "no bounds",
		 .values = {.low = {7}},
		 .has_sum = true,
		 .sums = {.low = {9}},
		 .scale = {1, -3, 0},
		 .expected =
			 HISTOGRAM "x_bucket{le=\"+Inf\"} 7\nx_sum 0.009\nx_count 7\n" EOF_LINE},
		{.name = "added up past 64 bits",
		 .le = {"1"},
		 .values = {.low = {UINT64_MAX, 1}},
		 .has_sum = true,
		 .sums = {.is_wide = true, .low = {1}, .high = {2}},
		 .expected = HISTOGRAM "x_bucket{le=\"1.0\"} 18446744073709551615\n"
				       "x_bucket{le=\"+Inf\"} 18446744073709551616\n"
				       "x_sum 36893488147419103233\n"
				       "x_count 18446744073709551616\n" EOF_LINE},
		{.name = "all left out", .le = {"1"}, .skip_zero = true, .expected = EOF_LINE},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_HISTOGRAM);
}

/* Only for what counts, only where it is known, and only where it was asked for. */
static void test_openmetrics__created(void **state)
{
	enum { START = 1700000000 };
	static const struct {
		enum family_type type;
		const char *family;
		uint64_t start_wall_ns;
		bool was_asked_for;
		const char *expected;
	} cases[] = {
		{FAMILY_COUNTER, "x_total", START * NS_PER_S + 5000000, true,
		 "# TYPE x counter\n# HELP x Help.\nx_total{k=\"1\"} 3\n"
		 "x_created{k=\"1\"} 1700000000.005\n" EOF_LINE},
		{FAMILY_COUNTER, "x_total", START * NS_PER_S, false,
		 "# TYPE x counter\n# HELP x Help.\nx_total{k=\"1\"} 3\n" EOF_LINE},
		{FAMILY_COUNTER, "x_total", 0, true,
		 "# TYPE x counter\n# HELP x Help.\nx_total{k=\"1\"} 3\n" EOF_LINE},
		{FAMILY_GAUGE, "x", START * NS_PER_S, true, GAUGE "x{k=\"1\"} 3\n" EOF_LINE},
		{FAMILY_INFO, "x_info", START * NS_PER_S, true,
		 "# TYPE x info\n# HELP x Help.\nx_info{k=\"1\"} 3\n" EOF_LINE},
		{FAMILY_HISTOGRAM, "x", START * NS_PER_S + 1, true,
		 HISTOGRAM "x_bucket{k=\"1\",le=\"+Inf\"} 3\nx_sum{k=\"1\"} 4\nx_count{k=\"1\"} 3\n"
			   "x_created{k=\"1\"} 1700000000.000000001\n" EOF_LINE},
		{FAMILY_SUMMARY, "x", START * NS_PER_S, true,
		 "# TYPE x summary\n# HELP x Help.\nx_sum{k=\"1\"} 4\nx_count{k=\"1\"} 3\n"
		 "x_created{k=\"1\"} 1700000000\n" EOF_LINE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct series_case c = {.family = cases[i].family,
					      .labels = {"k=\"1\""},
					      .values = {.low = {3}},
					      .has_sum = true,
					      .sums = {.low = {4}},
					      .start_wall_ns = cases[i].start_wall_ns};
		struct snapshot *s = case_snapshot(&c, cases[i].type);

		assert_rendered_as(cases[i].was_asked_for ? &with_created : &plain, &s, 1,
				   cases[i].expected);
		snapshot_unref(s);
	}
}

/* Another family is called as this one would be, or as the time at which it began. */
static void test_openmetrics__crowded(void **state)
{
	static const struct {
		enum family_type type;
		const char *family, *expected;
	} cases[] = {
		{FAMILY_COUNTER, "x_bytes_total",
		 "# TYPE x_bytes_total unknown\n# HELP x_bytes_total Help.\n"
		 "x_bytes_total 3\n" EOF_LINE},
		{FAMILY_COUNTER, "x.y_total",
		 "# TYPE \"x.y_total\" unknown\n# HELP \"x.y_total\" Help.\n"
		 "{\"x.y_total\"} 3\n" EOF_LINE},
		{FAMILY_INFO, "x_info",
		 "# TYPE x_info unknown\n# HELP x_info Help.\nx_info 3\n" EOF_LINE},
		{FAMILY_GAUGE, "x", GAUGE "x 3\n" EOF_LINE},
		{FAMILY_HISTOGRAM, "x",
		 HISTOGRAM "x_bucket{le=\"+Inf\"} 3\nx_sum 4\nx_count 3\n" EOF_LINE},
		{FAMILY_SUMMARY, "x",
		 "# TYPE x summary\n# HELP x Help.\nx_sum 4\nx_count 3\n" EOF_LINE},
	};
	const struct format f = {
		.renderer = &renderer_openmetrics, .escaping = ESCAPING_UTF8, .has_created = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct series_case c = {.family = cases[i].family,
					      .values = {.low = {3}},
					      .has_sum = true,
					      .sums = {.low = {4}},
					      .start_wall_ns = NS_PER_S};
		struct snapshot *s = case_snapshot(&c, cases[i].type);

		s->sets[0].family->is_crowded = true;
		assert_rendered_as(&f, &s, 1, cases[i].expected);
		snapshot_unref(s);
	}
}

/* Each part has the time of its own snapshot. */
static void test_openmetrics__created_of_parts(void **state)
{
	static const struct series_case cases[] = {
		{.family = "x_total", .labels = {"k=\"1\""}, .start_wall_ns = NS_PER_S},
		{.family = "x_total", .labels = {"k=\"2\""}},
		{.family = "x_total", .labels = {"k=\"3\""}, .start_wall_ns = 3 * NS_PER_S},
	};
	struct snapshot *s[ARRAY_SIZE(cases)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		s[i] = case_snapshot(&cases[i], FAMILY_COUNTER);
	assert_rendered_as(&with_created, s, ARRAY_SIZE(s),
			   "# TYPE x counter\n# HELP x Help.\n"
			   "x_total{k=\"1\"} 0\nx_created{k=\"1\"} 1\nx_total{k=\"2\"} 0\n"
			   "x_total{k=\"3\"} 0\nx_created{k=\"3\"} 3\n" EOF_LINE);
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		snapshot_unref(s[i]);
}

static const struct series_case small = {.family = "x.y_seconds",
					 .const_labels = "p=\"q\"",
					 .labels = {"\"k.l\"=\"1\"", "\"k.l\"=\"2\""},
					 .le = {"1", "2"},
					 .values = {.low = {1, 2, 3, 4, 5, 6}},
					 .has_sum = true,
					 .start_wall_ns = NS_PER_S};

static void test_openmetrics__without_memory(void **state)
{
	struct snapshot *s = case_snapshot(&small, FAMILY_HISTOGRAM);
	struct exposition *x = exposition_new(&s, 1);

	(void)state;
	assert_rendered_without_memory(&with_created, x);
	exposition_unref(x);
	snapshot_unref(s);
}

static void test_openmetrics__revoked(void **state)
{
	struct snapshot *s = case_snapshot(&small, FAMILY_HISTOGRAM);

	(void)state;
	assert_rendered_until_revoked(&plain, &s, 1);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openmetrics__families),
		cmocka_unit_test(test_openmetrics__heads),
		cmocka_unit_test(test_openmetrics__values),
		cmocka_unit_test(test_openmetrics__histograms),
		cmocka_unit_test(test_openmetrics__created),
		cmocka_unit_test(test_openmetrics__crowded),
		cmocka_unit_test(test_openmetrics__created_of_parts),
		cmocka_unit_test(test_openmetrics__without_memory),
		cmocka_unit_test(test_openmetrics__revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
