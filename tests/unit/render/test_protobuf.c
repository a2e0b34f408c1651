// SPDX-License-Identifier: GPL-2.0-only
/* Messages are compared as support/protobuf_read.h prints them. */
#include "cases.h"

static const struct format format = {.renderer = &renderer_protobuf};

static void assert_cases(const struct series_case *cases, size_t n, enum family_type type)
{
	assert_cases_as(&format, cases, n, type);
}

static void test_protobuf__families(void **state)
{
	static const struct one_series two[] = {{"k=\"1\"", 1}, {"k=\"2\"", 0}, {NULL, 0}};
	static const struct one_series dup[] = {
		{"p=\"x\",k=\"2\"", 5}, {"p=\"z\",k=\"2\"", 6}, {NULL, 0}};
	static const struct one_series none[] = {{NULL, 0}};
	struct snapshot *s[] = {series_snapshot("b", "p=\"x\"", two),
				series_snapshot("none", "", none), series_snapshot("a", "", two),
				series_snapshot("b", "", dup)};

	(void)state;
	assert_rendered_as(&format, s, 0, "");
	assert_rendered_as(&format, s + 1, 1, "");
	assert_rendered_as(
		&format, s, ARRAY_SIZE(s),
		"name=\"b\" help=\"Help.\" type=1"
		" metric={label={name=\"p\" value=\"x\"} label={name=\"k\" value=\"1\"} gauge={value=1}}"
		" metric={label={name=\"p\" value=\"x\"} label={name=\"k\" value=\"2\"} gauge={value=0}}"
		" metric={label={name=\"p\" value=\"z\"} label={name=\"k\" value=\"2\"} gauge={value=6}}\n"
		"name=\"a\" help=\"Help.\" type=1"
		" metric={label={name=\"k\" value=\"1\"} gauge={value=1}}"
		" metric={label={name=\"k\" value=\"2\"} gauge={value=0}}\n");
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		snapshot_unref(s[i]);
}

#define START (UINT64_C(1700000000) * NS_PER_S + 5)

/* Types, units, and when it began: of what counts always. */
static void test_protobuf__types(void **state)
{
	static const struct {
		enum family_type type;
		const char *name, *help;
		uint64_t start_wall_ns;
		const char *expected;
	} cases[] = {
		{FAMILY_COUNTER, "x_total", "a\\b\nc\"d", 0,
		 "name=\"x_total\" help=\"a\\\\b\\nc\\\"d\" type=0 metric={counter={value=3}}\n"},
		{FAMILY_COUNTER, "x_seconds_total", "", START,
		 "name=\"x_seconds_total\" help=\"\" type=0 unit=\"seconds\""
		 " metric={counter={value=3 start={seconds=1700000000 nanos=5}}}\n"},
		{FAMILY_GAUGE, "x_bytes", "", START,
		 "name=\"x_bytes\" help=\"\" type=1 unit=\"bytes\" metric={gauge={value=3}}\n"},
		{FAMILY_INFO, "x_bytes_info", "", START,
		 "name=\"x_bytes_info\" help=\"\" type=1 metric={gauge={value=3}}\n"},
		{FAMILY_SUMMARY, "x", "", 0,
		 "name=\"x\" help=\"\" type=2 metric={summary={count=3 sum=4}}\n"},
		{FAMILY_SUMMARY, "x", "", START,
		 "name=\"x\" help=\"\" type=2 metric={summary={count=3 sum=4"
		 " start={seconds=1700000000 nanos=5}}}\n"},
		{FAMILY_HISTOGRAM, "x", "", START,
		 "name=\"x\" help=\"\" type=4 metric={histogram={count=3 sum=4"
		 " bucket={count=3 upper=+Inf} start={seconds=1700000000 nanos=5}}}\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct series_case c = {.family = cases[i].name,
					      .help = cases[i].help,
					      .values = {.low = {3}},
					      .has_sum = true,
					      .sums = {.low = {4}},
					      .start_wall_ns = cases[i].start_wall_ns};
		struct snapshot *s = case_snapshot(&c, cases[i].type);

		assert_rendered_as(&format, &s, 1, cases[i].expected);
		snapshot_unref(s);
	}
}

/* Each part has the time of its own snapshot. */
static void test_protobuf__starts_of_parts(void **state)
{
	static const struct series_case cases[] = {
		{.labels = {"k=\"1\""}, .start_wall_ns = NS_PER_S},
		{.labels = {"k=\"2\""}},
		{.labels = {"k=\"3\""}, .start_wall_ns = 3 * NS_PER_S},
	};
	struct snapshot *s[ARRAY_SIZE(cases)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		s[i] = case_snapshot(&cases[i], FAMILY_COUNTER);
	assert_rendered_as(&format, s, ARRAY_SIZE(s),
			   "name=\"x\" help=\"Help.\" type=0"
			   " metric={label={name=\"k\" value=\"1\"} counter={value=0"
			   " start={seconds=1 nanos=0}}}"
			   " metric={label={name=\"k\" value=\"2\"} counter={value=0}}"
			   " metric={label={name=\"k\" value=\"3\"} counter={value=0"
			   " start={seconds=3 nanos=0}}}\n");
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		snapshot_unref(s[i]);
}

#define GAUGE(metrics) "name=\"x\" help=\"Help.\" type=1 " metrics "\n"
#define VALUE(v)       "metric={gauge={value=" v "}}"
#define VALUE_OF(k, v) "metric={label={name=\"k\" value=\"" k "\"} gauge={value=" v "}}"

/* The doubles nearest to what the text format says. */
static void test_protobuf__values(void **state)
{
	static const struct series_case cases[] = {
		{.name = "2^53 + 1 and + 3 are even halves, 2^64 - 1 is 2^64",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .values = {.low = {(UINT64_C(1) << 53) + 1, (UINT64_C(1) << 53) + 3, UINT64_MAX}},
		 .expected = GAUGE(VALUE_OF("1", "9007199254740992") " " VALUE_OF(
			 "2", "9007199254740996") " " VALUE_OF("3", "18446744073709552000"))},
		{.name = "the least",
		 .values = {.kind = COLUMN_S64, .low = {UINT64_C(1) << 63}},
		 .expected = GAUGE(VALUE("-9223372036854776000"))},
		{.name = "scaled by ten, rounded once",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .values = {.low = {1, UINT64_C(9007199254740993), UINT64_MAX}},
		 .scale = {1, -9, 0},
		 .expected = GAUGE(VALUE_OF("1", "1e-09") " " VALUE_OF(
			 "2", "9007199.254740993") " " VALUE_OF("3", "18446744073.709553"))},
		{.name = "scaled by two",
		 .values = {.low = {3}},
		 .scale = {1, 0, -30},
		 .expected = GAUGE(VALUE("2.7939677238464355e-09"))},
		{.name = "128 bits",
		 .values = {.kind = COLUMN_S64, .is_wide = true, .low = {0}, .high = {-3}},
		 .expected = GAUGE(VALUE("-55340232221128655000"))},
		{.name = "doubles",
		 .labels = {"k=\"1\"", "k=\"2\"", "k=\"3\""},
		 .values = {.kind = COLUMN_DOUBLE, .low = {D_NAN, D_INF, D_MINUS_INF}},
		 .expected = GAUGE(
			 VALUE_OF("1", "NaN") " " VALUE_OF("2", "+Inf") " " VALUE_OF("3", "-Inf"))},
		{.name = "scaled doubles",
		 .values = {.kind = COLUMN_DOUBLE, .low = {D_1_5}},
		 .scale = {1, -3, 0},
		 .expected = GAUGE(VALUE("0.0015"))},
		{.name = "averages",
		 .labels = {"k=\"1\"", "k=\"2\""},
		 .values = {.low = {10, 1}},
		 .counts = {4, 3},
		 .expected = GAUGE(VALUE_OF("1", "2.5") " " VALUE_OF("2", "0.3333333333333333"))},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_GAUGE);
}

/* As they were before they were escaped, however long. */
static void test_protobuf__labels(void **state)
{
	static char value[3 * 1000 + 8], expected[4096];
	static const struct series_case cases[] = {
		{.name = "hostile",
		 .labels = {HOSTILE, "k=\"\",l=\"\""},
		 .expected =
			 GAUGE("metric={label={name=\"k\" value=\"\\\",le=\\\"1\\\"} 9\\n\\\\\"}"
			       " gauge={value=0}}"
			       " metric={label={name=\"k\" value=\"\"}"
			       " label={name=\"l\" value=\"\"} gauge={value=0}}")},
		{.name = "constant",
		 .const_labels = HOSTILE ",l=\"\\\\n\"",
		 .expected =
			 GAUGE("metric={label={name=\"k\" value=\"\\\",le=\\\"1\\\"} 9\\n\\\\\"}"
			       " label={name=\"l\" value=\"\\\\n\"} gauge={value=0}}")},
	};
	struct series_case c = {.name = "long", .labels = {"k=\"a\"", value, "k=\"b\""}};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_GAUGE);
	snprintf(value, sizeof(value), "k=\"%0*d\"", 3000, 7);
	snprintf(expected, sizeof(expected),
		 GAUGE(VALUE_OF("a", "0") " " VALUE_OF("%0*d", "0") " " VALUE_OF("b", "0")), 3000,
		 7);
	c.expected = expected;
	assert_cases(&c, 1, FAMILY_GAUGE);
}

#define HISTOGRAM(fields) "name=\"x\" help=\"Help.\" type=4 metric={histogram={" fields "}}\n"

static void test_protobuf__classic_histograms(void **state)
{
	static const struct series_case cases[] = {
		{.name = "no sum is no number",
		 .le = {"0.5", "1"},
		 .values = {.low = {1, 2, 3}},
		 .expected = HISTOGRAM("count=6 sum=NaN bucket={count=1 upper=0.5}"
				       " bucket={count=3 upper=1} bucket={count=6 upper=+Inf}")},
		{.name = "nothing in it",
		 .le = {"-5"},
		 .has_sum = true,
		 .expected = HISTOGRAM("count=0 sum=0 bucket={count=0 upper=-5}"
				       " bucket={count=0 upper=+Inf}")},
		{.name = "bounds that are one double",
		 .le = {"1", "9007199254740992", "9007199254740993"},
		 .values = {.low = {1, 10, 100, 1000}},
		 .has_sum = true,
		 .sums = {.kind = COLUMN_S64, .low = {-(uint64_t)3}},
		 .scale = {1, -1, 0},
		 .expected = HISTOGRAM("count=1111 sum=-0.3 bucket={count=1 upper=1}"
				       " bucket={count=111 upper=9007199254740992}"
				       " bucket={count=1111 upper=+Inf}")},
		{.name = "more than 64 bits: there is no larger number",
		 .le = {"1"},
		 .values = {.low = {UINT64_MAX, 1}},
		 .has_sum = true,
		 .sums = {.is_wide = true, .low = {0}, .high = {1}},
		 .expected = HISTOGRAM("count=18446744073709551615 sum=18446744073709552000"
				       " bucket={count=18446744073709551615 upper=1}"
				       " bucket={count=18446744073709551615 upper=+Inf}")},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_HISTOGRAM);
}

static void test_protobuf__native_histograms(void **state)
{
	static const struct series_case cases[] = {
		{.name = "one cell after the other",
		 .le = {"0.5", "1", "2", "4"},
		 .values = {.low = {7, 1, 2, 3}},
		 .has_sum = true,
		 .expected = HISTOGRAM("count=13 sum=0 bucket={count=7 upper=0.5}"
				       " bucket={count=8 upper=1} bucket={count=10 upper=2}"
				       " bucket={count=13 upper=4} bucket={count=13 upper=+Inf}"
				       " schema=0 zero_threshold=0.5 zero_count=7"
				       " span={offset=0 length=3} delta=1 delta=1 delta=1")},
		{.name = "gaps, and below 1",
		 .le = {"0.0625", "0.125", "0.25", "0.5", "1", "2"},
		 .values = {.low = {0, 85, 0, 0, 10, 5}},
		 .expected = HISTOGRAM(
			 "count=100 sum=NaN bucket={count=0 upper=0.0625}"
			 " bucket={count=85 upper=0.125} bucket={count=85 upper=0.25}"
			 " bucket={count=85 upper=0.5} bucket={count=95 upper=1}"
			 " bucket={count=100 upper=2} bucket={count=100 upper=+Inf} schema=0"
			 " zero_threshold=0.0625 zero_count=0"
			 " span={offset=-3 length=1} span={offset=2 length=2}"
			 " delta=85 delta=-75 delta=-5")},
		{.name = "a cell of exactly 0: 2^-128 is below all others",
		 .le = {"0", "1"},
		 .values = {.low = {3, 4}},
		 .has_sum = true,
		 .expected = HISTOGRAM("count=7 sum=0 bucket={count=3 upper=0}"
				       " bucket={count=7 upper=1} bucket={count=7 upper=+Inf}"
				       " schema=0 zero_threshold=2.938735877055719e-39 zero_count=3"
				       " span={offset=0 length=1} delta=4")},
		{.name = "above the last bound",
		 .le = {"1", "2"},
		 .values = {.low = {0, 1, 9}},
		 .has_sum = true,
		 .expected = HISTOGRAM("count=10 sum=0 bucket={count=0 upper=1}"
				       " bucket={count=1 upper=2} bucket={count=10 upper=+Inf}"
				       " schema=0 zero_threshold=1 zero_count=0"
				       " span={offset=1 length=1} span={offset=1023 length=1}"
				       " delta=1 delta=8")},
		{.name = "above the only bound",
		 .le = {"1"},
		 .values = {.low = {0, 9}},
		 .has_sum = true,
		 .expected = HISTOGRAM("count=9 sum=0 bucket={count=0 upper=1}"
				       " bucket={count=9 upper=+Inf} schema=0 zero_threshold=1"
				       " zero_count=0 span={offset=1025 length=1} delta=9")},
		{.name = "empty: a span of nothing says what it is",
		 .le = {"1", "2"},
		 .has_sum = true,
		 .expected = HISTOGRAM("count=0 sum=0 bucket={count=0 upper=1}"
				       " bucket={count=0 upper=2} bucket={count=0 upper=+Inf}"
				       " schema=0 zero_threshold=1 zero_count=0"
				       " span={offset=0 length=0}")},
		{.name = "all in the zero bucket",
		 .le = {"1", "2"},
		 .values = {.low = {5}},
		 .has_sum = true,
		 .start_wall_ns = NS_PER_S,
		 .expected = HISTOGRAM("count=5 sum=0 bucket={count=5 upper=1}"
				       " bucket={count=5 upper=2} bucket={count=5 upper=+Inf}"
				       " schema=0 zero_threshold=1 zero_count=5"
				       " span={offset=0 length=0} start={seconds=1 nanos=0}")},
		{.name = "wide",
		 .le = {"1", "2"},
		 .values = {.is_wide = true, .low = {1, 2, 0}, .high = {1, 0, 1}},
		 .has_sum = true,
		 .expected = HISTOGRAM("count=18446744073709551615 sum=0"
				       " bucket={count=18446744073709551615 upper=1}"
				       " bucket={count=18446744073709551615 upper=2}"
				       " bucket={count=18446744073709551615 upper=+Inf}"
				       " schema=0 zero_threshold=1 zero_count=18446744073709551615"
				       " span={offset=1 length=1} span={offset=1023 length=1}"
				       " delta=2 delta=9223372036854775805")},
	};
	struct series_case native[ARRAY_SIZE(cases)];

	(void)state;
	memcpy(native, cases, sizeof(cases));
	for (size_t i = 0; i < ARRAY_SIZE(native); i++)
		native[i].is_native = true;
	assert_cases(native, ARRAY_SIZE(native), FAMILY_HISTOGRAM);
}

static void test_protobuf__summaries(void **state)
{
	static const struct series_case cases[] = {
		{.name = "more than 64 bits: there is no larger number",
		 .values = {.is_wide = true, .low = {5}, .high = {1}},
		 .has_sum = true,
		 .sums = {.kind = COLUMN_DOUBLE, .low = {D_NAN}},
		 .expected = "name=\"x\" help=\"Help.\" type=2 "
			     "metric={summary={count=18446744073709551615 sum=NaN}}\n"},
		{.name = "below 0: there is no smaller number",
		 .values = {.kind = COLUMN_S64, .low = {-(uint64_t)1}},
		 .has_sum = true,
		 .sums = {.low = {1}},
		 .expected = "name=\"x\" help=\"Help.\" type=2 metric={summary={count=0 sum=1}}\n"},
		{.name = "scaled",
		 .const_labels = "p=\"q\"",
		 .values = {.low = {UINT64_MAX}},
		 .has_sum = true,
		 .sums = {.kind = COLUMN_S64, .low = {-(uint64_t)1}},
		 .scale = {1, -9, 0},
		 .expected = "name=\"x\" help=\"Help.\" type=2 "
			     "metric={label={name=\"p\" value=\"q\"} "
			     "summary={count=18446744073709551615 sum=-1e-09}}\n"},
	};

	(void)state;
	assert_cases(cases, ARRAY_SIZE(cases), FAMILY_SUMMARY);
}

static const struct series_case small = {.family = "x.y_seconds",
					 .const_labels = "p=\"q\"",
					 .labels = {"\"k.l\"=\"\\\\\"", "\"k.l\"=\"2\""},
					 .le = {"1", "2"},
					 .is_native = true,
					 .values = {.low = {1, 2, 3, 4, 5, 6}},
					 .has_sum = true,
					 .start_wall_ns = NS_PER_S};

static void test_protobuf__without_memory(void **state)
{
	struct snapshot *s = case_snapshot(&small, FAMILY_HISTOGRAM);
	struct exposition *x = exposition_new(&s, 1);

	(void)state;
	assert_rendered_without_memory(&format, x);
	exposition_unref(x);
	snapshot_unref(s);
}

static void test_protobuf__revoked(void **state)
{
	struct snapshot *s = case_snapshot(&small, FAMILY_HISTOGRAM);

	(void)state;
	assert_rendered_until_revoked(&format, &s, 1);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protobuf__families),
		cmocka_unit_test(test_protobuf__types),
		cmocka_unit_test(test_protobuf__starts_of_parts),
		cmocka_unit_test(test_protobuf__values),
		cmocka_unit_test(test_protobuf__labels),
		cmocka_unit_test(test_protobuf__classic_histograms),
		cmocka_unit_test(test_protobuf__native_histograms),
		cmocka_unit_test(test_protobuf__summaries),
		cmocka_unit_test(test_protobuf__without_memory),
		cmocka_unit_test(test_protobuf__revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
