// SPDX-License-Identifier: GPL-2.0-only
/* Families with more than one line or more than one number a series. */
#include "cases.h"

#define HEAD(type) "# HELP x Help.\n# TYPE x " type "\n"

static void assert_cases(const struct series_case *cases, size_t n, enum family_type type)
{
	assert_cases_as(&format_text, cases, n, type);
}

static void test_text__histograms(void **state)
{
	static const struct series_case cases[] = {
		{.name = "no labels, no sum",
		 .le = {"1", "2"},
		 .values = {.low = {1, 2, 3}},
		 .expected = HEAD("histogram") "x_bucket{le=\"1\"} 1\nx_bucket{le=\"2\"} 3\n"
					       "x_bucket{le=\"+Inf\"} 6\nx_count 6\n"},
		{.name = "only zeros",
		 .le = {"1"},
		 .has_sum = true,
		 .expected = HEAD("histogram") "x_bucket{le=\"1\"} 0\nx_bucket{le=\"+Inf\"} 0\n"
					       "x_sum 0\nx_count 0\n"},
		{.name = "no bounds",
		 .values = {.low = {7}},
		 .has_sum = true,
		 .sums = {.low = {9}},
		 .expected = HEAD("histogram") "x_bucket{le=\"+Inf\"} 7\nx_sum 9\nx_count 7\n"},
		{.name = "slots start at zero again, le is last",
		 .const_labels = "p=\"q\"",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .le = {"0.5"},
		 .values = {.low = {1, 2, 30, 4}},
		 .has_sum = true,
		 .sums = {.low = {5, 6}},
		 .expected = HEAD("histogram") "x_bucket{p=\"q\",k=\"1\",le=\"0.5\"} 1\n"
					       "x_bucket{p=\"q\",k=\"1\",le=\"+Inf\"} 3\n"
					       "x_sum{p=\"q\",k=\"1\"} 5\n"
					       "x_count{p=\"q\",k=\"1\"} 3\n"
					       "x_bucket{p=\"q\",k=\"2\",le=\"0.5\"} 30\n"
					       "x_bucket{p=\"q\",k=\"2\",le=\"+Inf\"} 34\n"
					       "x_sum{p=\"q\",k=\"2\"} 6\n"
					       "x_count{p=\"q\",k=\"2\"} 34\n"},
		{.name = "constant labels only",
		 .const_labels = "p=\"q\"",
		 .le = {"1"},
		 .values = {.low = {1, 0}},
		 .expected = HEAD("histogram") "x_bucket{p=\"q\",le=\"1\"} 1\n"
					       "x_bucket{p=\"q\",le=\"+Inf\"} 1\n"
					       "x_count{p=\"q\"} 1\n"},
		{.name = "hostile labels",
		 .labels = {HOSTILE},
		 .le = {"1"},
		 .values = {.low = {0, 1}},
		 .expected = HEAD("histogram") "x_bucket{" HOSTILE ",le=\"1\"} 0\n"
					       "x_bucket{" HOSTILE ",le=\"+Inf\"} 1\n"
					       "x_count{" HOSTILE "} 1\n"},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_HISTOGRAM);
}

/* What is beyond 64 bits, scaled, or left out. */
static void test_text__histogram_numbers(void **state)
{
	static const struct series_case cases[] = {
		{.name = "added up past 64 bits",
		 .le = {"1", "2"},
		 .values = {.low = {UINT64_MAX, 1, UINT64_MAX}},
		 .expected = HEAD("histogram") "x_bucket{le=\"1\"} 18446744073709551615\n"
					       "x_bucket{le=\"2\"} 18446744073709551616\n"
					       "x_bucket{le=\"+Inf\"} 36893488147419103231\n"
					       "x_count 36893488147419103231\n"},
		{.name = "wide buckets",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .le = {"1"},
		 .values = {.is_wide = true, .low = {5, 0, 1, 1}, .high = {0, 1, 2, 0}},
		 .expected =
			 HEAD("histogram") "x_bucket{k=\"1\",le=\"1\"} 5\n"
					   "x_bucket{k=\"1\",le=\"+Inf\"} 18446744073709551621\n"
					   "x_count{k=\"1\"} 18446744073709551621\n"
					   "x_bucket{k=\"2\",le=\"1\"} 36893488147419103233\n"
					   "x_bucket{k=\"2\",le=\"+Inf\"} 36893488147419103234\n"
					   "x_count{k=\"2\"} 36893488147419103234\n"},
		{.name = "zeros left out, by all buckets and both halves",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .le = {"1"},
		 .values = {.is_wide = true, .low = {0, 0, 0, 0, 0, 1}, .high = {0, 0, 0, 1}},
		 .has_sum = true,
		 .sums = {.low = {1, 2, 3}},
		 .skip_zero = true,
		 .expected =
			 HEAD("histogram") "x_bucket{k=\"2\",le=\"1\"} 0\n"
					   "x_bucket{k=\"2\",le=\"+Inf\"} 18446744073709551616\n"
					   "x_sum{k=\"2\"} 2\n"
					   "x_count{k=\"2\"} 18446744073709551616\n"
					   "x_bucket{k=\"3\",le=\"1\"} 0\n"
					   "x_bucket{k=\"3\",le=\"+Inf\"} 1\n"
					   "x_sum{k=\"3\"} 3\nx_count{k=\"3\"} 1\n"},
		{.name = "all left out", .le = {"1"}, .skip_zero = true, .expected = ""},
		{.name = "the scale is the sum's alone",
		 .values = {.low = {1000}},
		 .has_sum = true,
		 .sums = {.low = {UINT64_MAX}},
		 .scale = {1, 0, -30},
		 .expected = HEAD("histogram") "x_bucket{le=\"+Inf\"} 1000\n"
					       "x_sum 17179869183.999999999068677425384521484375\n"
					       "x_count 1000\n"},
		{.name = "wide, negative, scaled sum",
		 .values = {.low = {2}},
		 .has_sum = true,
		 .sums = {.kind = COLUMN_S64, .is_wide = true, .low = {1}, .high = {-2}},
		 .scale = {1, -9, 0},
		 .expected = HEAD("histogram") "x_bucket{le=\"+Inf\"} 2\n"
					       "x_sum -36893488147.419103231\nx_count 2\n"},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_HISTOGRAM);
}

static void test_text__summaries(void **state)
{
	static const struct series_case cases[] = {
		{.name = "no labels",
		 .values = {.low = {3}},
		 .has_sum = true,
		 .sums = {.low = {10}},
		 .expected = HEAD("summary") "x_sum 10\nx_count 3\n"},
		{.name = "constant and own labels, signed and scaled",
		 .const_labels = "p=\"q\"",
		 .labels = {"k=\"1\"", HOSTILE},
		 .values = {.low = {3, UINT64_MAX}},
		 .has_sum = true,
		 .sums = {.kind = COLUMN_S64, .low = {UINT64_MAX, 5}},
		 .scale = {5, -1, 0},
		 .expected = HEAD("summary") "x_sum{p=\"q\",k=\"1\"} -0.5\n"
					     "x_count{p=\"q\",k=\"1\"} 3\n"
					     "x_sum{p=\"q\"," HOSTILE "} 2.5\n"
					     "x_count{p=\"q\"," HOSTILE "} 18446744073709551615\n"},
		{.name = "doubles",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .values = {.low = {3, 4, 5}},
		 .has_sum = true,
		 .sums = {.kind = COLUMN_DOUBLE, .low = {D_1_5, D_MINUS_1_4, D_INF}},
		 .scale = {1, -3, 0},
		 .expected = HEAD("summary") "x_sum{k=\"1\"} 0.0015\nx_count{k=\"1\"} 3\n"
					     "x_sum{k=\"2\"} -0.00025\nx_count{k=\"2\"} 4\n"
					     "x_sum{k=\"3\"} +Inf\nx_count{k=\"3\"} 5\n"},
		{.name = "wide, zeros left out by the count",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .values = {.is_wide = true, .low = {0, 0, 1}, .high = {1, 0, 0}},
		 .has_sum = true,
		 .sums = {.is_wide = true, .low = {0, 7, 1}, .high = {10, 0, 0}},
		 .skip_zero = true,
		 .scale = {1, 0, -30},
		 .expected = HEAD("summary") "x_sum{k=\"1\"} 171798691840\n"
					     "x_count{k=\"1\"} 18446744073709551616\n"
					     "x_sum{k=\"3\"} 0.000000000931322574615478515625\n"
					     "x_count{k=\"3\"} 1\n"},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_SUMMARY);
}

static void test_text__averages(void **state)
{
	static const struct series_case cases[] = {
		{.name = "integers",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .values = {.low = {10, 7, 1}},
		 .counts = {4, 7, 3},
		 .expected = HEAD("gauge") "x{k=\"1\"} 2.5\nx{k=\"2\"} 1\n"
					   "x{k=\"3\"} 0.3333333333333333\n"},
		{.name = "signed, no labels",
		 .values = {.kind = COLUMN_S64, .low = {-(uint64_t)3}},
		 .counts = {2},
		 .expected = HEAD("gauge") "x -1.5\n"},
		{.name = "scaled: the sum is, before anything rounds",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .values = {.low = {3, 3}},
		 .counts = {1, 2},
		 .scale = {1, -6, 0},
		 .expected = HEAD("gauge") "x{k=\"1\"} 0.000003\nx{k=\"2\"} 0.0000015\n"},
		{.name = "wide",
		 .values = {.is_wide = true, .low = {0}, .high = {1}},
		 .counts = {2},
		 .expected = HEAD("gauge") "x 9223372036854776000\n"},
		{.name = "doubles",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .values = {.kind = COLUMN_DOUBLE, .low = {D_4_5, D_MINUS_INF}},
		 .counts = {3, 1},
		 .expected = HEAD("gauge") "x{k=\"1\"} 1.5\nx{k=\"2\"} -Inf\n"},
		{.name = "zeros left out",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .values = {.low = {0, 4}},
		 .counts = {2, 2},
		 .skip_zero = true,
		 .expected = HEAD("gauge") "x{k=\"2\"} 2\n"},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_GAUGE);
}

/* Other bounds, and one of the series that the first part has, too. */
static void test_text__parts_of_other_widths(void **state)
{
	static const struct series_case cases[] = {
		{.labels = {"k=\"1\""}, .le = {"1", "2"}, .values = {.low = {1, 1, 1}}},
		{.labels = {"k=\"1\"", "k=\"2\""},
		 .le = {"0.125"},
		 .values = {.low = {8, 8, 2, 2}}},
	};
	struct snapshot *s[] = {case_snapshot(&cases[0], FAMILY_HISTOGRAM),
				case_snapshot(&cases[1], FAMILY_HISTOGRAM)};

	(void)state;
	assert_rendered(s, 2,
			HEAD("histogram") "x_bucket{k=\"1\",le=\"1\"} 1\n"
					  "x_bucket{k=\"1\",le=\"2\"} 2\n"
					  "x_bucket{k=\"1\",le=\"+Inf\"} 3\n"
					  "x_count{k=\"1\"} 3\n"
					  "x_bucket{k=\"2\",le=\"0.125\"} 2\n"
					  "x_bucket{k=\"2\",le=\"+Inf\"} 4\n"
					  "x_count{k=\"2\"} 4\n");
	snapshot_unref(s[0]);
	snapshot_unref(s[1]);
}

/* So many buckets, and bounds so long, that a slot leaves in several reads of any size. */
static void test_text__many_buckets(void **state)
{
	enum { N = 4096, LONG = 600 };
	static const struct one_series series[] = {{"k=\"1\"", 0}, {"k=\"2\"", 0}, {NULL, 0}};
	static char texts[N][LONG];
	static const char *le[N];
	static uint64_t values[2 * N];
	struct snapshot *s = series_snapshot("x", "", series);
	struct buf expected = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < N - 1; i++) {
		snprintf(texts[i], LONG, "%0*zu", i % 100 ? 1 : LONG - 1, i);
		le[i] = texts[i];
	}
	assert_int_equal(buf_puts(&expected, HEAD("histogram")), 0);
	for (size_t slot = 0; slot < 2; slot++) {
		size_t total = 0;

		for (size_t i = 0; i < N; i++) {
			values[slot * N + i] = i * (slot + 1);
			total += i * (slot + 1);
			buf_printf(&expected, "x_bucket{k=\"%zu\",le=\"%s\"} %zu\n", slot + 1,
				   le[i] ? le[i] : "+Inf", total);
		}
		buf_printf(&expected, "x_count{k=\"%zu\"} %zu\n", slot + 1, total);
	}
	series_set_to_histogram(&s->sets[0], le, values);
	assert_int_equal(s->sets[0].width, N);
	assert_rendered(&s, 1, buf_string(&expected));
	snapshot_unref(s);
	buf_done(&expected);
}

static void test_text__histogram_without_memory(void **state)
{
	static const struct series_case c = {.const_labels = "p=\"q\"",
					     .labels = {"k=\"1\"", "k=\"2\""},
					     .le = {"1", "2"},
					     .values = {.low = {1, 2, 3, 4, 5, 6}},
					     .has_sum = true};
	struct snapshot *s = case_snapshot(&c, FAMILY_HISTOGRAM);
	struct exposition *x = exposition_new(&s, 1);

	(void)state;
	assert_rendered_without_memory(&format_text, x);
	exposition_unref(x);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__histograms),
		cmocka_unit_test(test_text__histogram_numbers),
		cmocka_unit_test(test_text__summaries),
		cmocka_unit_test(test_text__averages),
		cmocka_unit_test(test_text__parts_of_other_widths),
		cmocka_unit_test(test_text__many_buckets),
		cmocka_unit_test(test_text__histogram_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
