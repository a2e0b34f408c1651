// SPDX-License-Identifier: GPL-2.0-only
/* Limits and what the labels say: that they are `other`, too long, or nothing to be shown. */
#include "limited.h"

/* An entry whose labels are the very text of what is over a limit. */
static void test_limits_labels__that_are_other(void **state)
{
#define NAMED(metric)                                                                               \
	"key: [{name: k, type: char, count: 5}, {name: n, type: u8}], value: u8, metrics: [" metric \
	"]"
#define NAME_A	   "6161616161"
#define NAME_B	   "6262626262"
#define NAME_OTHER "6f74686572"
#define MAPPED                                                                                             \
	"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, decode: {map: {9: " \
	"other}}}}}]"
#define GAUGE_BY_NAME	NAMED("{name: x, type: gauge, labels: {k: k}}")
#define COUNTER_BY_NAME NAMED("{name: x_total, type: counter, labels: {k: k}}")
	static const struct limited_case cases[] = {
		{{.yaml = MAPPED, .max_series = 2},
		 .passes = {{"01 09 02", "01 09 02", .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n",
			     .n_dropped = 1},
			    {"02 01 09", "02 01 09", .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n",
			     .n_dropped = 1},
			    {"02 09", "02 09", .shows = "x{k=\"2\"} 2\nx{k=\"other\"} 9\n"}}},
		{{.yaml = MAPPED, .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"09 01", "09 01", .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n"},
			    {"09 01 02 03", "09 01 02 03",
			     .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\nx{k=\"other\"} 12\n",
			     .n_folded = 1},
			    {"03 09 04 02 01", "03 09 04 02 01",
			     .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\nx{k=\"other\"} 16\n",
			     .n_folded = 2},
			    {"02 01", "02 01", .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\n"}}},
		{{.yaml = GAUGE_BY_NAME, .max_series = 1},
		 .passes = {{NAME_OTHER "01" NAME_A "01", "09 01", .shows = "x{k=\"other\"} 9\n",
			     .n_dropped = 1},
			    {NAME_A "01" NAME_OTHER "01", "01 09", .shows = "x{k=\"other\"} 9\n",
			     .n_dropped = 1}}},
		{{.yaml = GAUGE_BY_NAME, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{NAME_OTHER "01" NAME_A "01", "09 01",
			     .shows = "x{k=\"aaaaa\"} 1\nx{k=\"other\"} 9\n"},
			    {NAME_B "01" NAME_OTHER "01" NAME_A "01", "02 09 01",
			     .shows = "x{k=\"aaaaa\"} 1\nx{k=\"other\"} 11\n", .n_folded = 1}}},
		{{.yaml = COUNTER_BY_NAME, .max_series = 1},
		 .passes = {{NAME_OTHER "01" NAME_A "01" NAME_OTHER "02", "09 01 02",
			     .shows = "x_total{k=\"other\"} 11\n", .n_dropped = 1}}},
		{{.yaml = COUNTER_BY_NAME, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{NAME_OTHER "01" NAME_A "01" NAME_B "01" NAME_OTHER "02", "09 01 03 02",
			     .shows = "x_total{k=\"other\"} 14\nx_total{k=\"aaaaa\"} 1\n",
			     .n_folded = 1},
			    {NAME_B "01", "04",
			     .shows = "x_total{k=\"other\"} 15\nx_total{k=\"aaaaa\"} 1\n",
			     .n_folded = 1}}},
		/* only one of two labels */
		{{.yaml = NAMED("{name: x, type: gauge, labels: {k: k, n: n}}"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{NAME_OTHER "01" NAME_A "01", "09 01",
			     .shows = "x{k=\"other\",n=\"1\"} 9\nx{k=\"other\",n=\"other\"} 1\n",
			     .n_folded = 1}}},
		/* a constant label is what it is */
		{{.yaml = "key: u8, value: u8, labels: {c: {const: other}, i: $pin}, metrics: [{name: x, type: "
			  "gauge, labels: {k: key}}]",
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 02",
			     .shows = "x{c=\"other\",i=\"" PIN
				      "\",k=\"1\"} 1\nx{c=\"other\",i=\"" PIN "\",k=\"other\"} 2\n",
			     .n_folded = 1}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

/* k="…" is 4 bytes and what stands between. */
static void test_limits_labels__bytes(void **state)
{
#define TEXT                                                                                   \
	"key: [{name: k, type: char, count: 6}], value: u8, metrics: [{name: x, type: gauge, " \
	"labels: {k: k}}]"
	static const struct limited_case cases[] = {
		{{.yaml = TEXT},
		 .max_label_bytes = 8,
		 .passes = {{"616161610000 616161616100", "01 02", .shows = "x{k=\"aaaa\"} 1\n",
			     .n_too_long = 1},
			    {"616161616100 616161610000", "02 01", .shows = "x{k=\"aaaa\"} 1\n",
			     .n_too_long = 1}}},
		/* as they are exposed: a quote is two, a byte that is no text is three */
		{{.yaml = TEXT},
		 .max_label_bytes = 8,
		 .passes = {{"222200000000 222261000000 616100000000 ff6100000000 ff6161000000",
			     "01 02 03 04 05",
			     .shows = "x{k=\"\\\"\\\"\"} 1\nx{k=\"aa\"} 3\nx{k=\"\xef\xbf\xbd"
				      "a\"} 4\n",
			     .n_too_long = 2}}},
		{{.yaml = TEXT},
		 .max_label_bytes = 8,
		 .on_limit = OTHER,
		 .passes = {{"616161616100 616161610000 616161616161", "02 01 05",
			     .shows = "x{k=\"aaaa\"} 1\nx{k=\"other\"} 7\n", .n_folded = 2},
			    {"616161610000", "01", .shows = "x{k=\"aaaa\"} 1\n"},
			    /* too long itself, but what it is is known */
			    {"6f7468657200", "01", .shows = "x{k=\"other\"} 1\n", .n_folded = 1}}},
		{{.yaml = TEXT, .max_series = 1},
		 .max_label_bytes = 8,
		 .passes = {{"616161616161 620000000000 630000000000", "01 02 03",
			     .shows = "x{k=\"b\"} 2\n", .n_dropped = 1, .n_too_long = 1}}},
		{{.yaml = GAUGE},
		 .max_label_bytes = 5,
		 .passes = {{"09 0a", "09 0a", .shows = "x{k=\"9\"} 9\n", .n_too_long = 1},
			    {"0a 09", "0a 09", .shows = "x{k=\"9\"} 9\n", .n_too_long = 1}}},
		{{.yaml = GAUGE},
		 .max_label_bytes = 5,
		 .on_limit = OTHER,
		 .passes = {{"01 02 0a", "01 02 0a",
			     .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\nx{k=\"other\"} 10\n",
			     .n_folded = 1},
			    {"01 0a", "01 0b", .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 11\n",
			     .n_folded = 1}}},
		/* all labels together; not those that are constant; of each metric */
		{{.yaml = "key: u8, value: u8, labels: {c: {const: long}}, metrics: [{name: x, type: gauge, "
			  "labels: {k: key, v: value}}, {name: y, type: gauge, labels: {k: key, v: value}}]"},
		 .max_label_bytes = 11,
		 .passes =
			 {{"01 0a", "01 01",
			   .shows =
				   "x{c=\"long\",k=\"1\",v=\"1\"} 1\ny{c=\"long\",k=\"1\",v=\"1\"} 1\n",
			   .n_too_long = 2}}},
		{{.yaml = LEDGER},
		 .max_label_bytes = 5,
		 .passes = {{"0101 0a01 0102", "01 02 03", .shows = "x_total{a=\"1\"} 4\n",
			     .n_too_long = 1}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

/* What keep and drop leave out takes no place and is nothing of `other`. */
static void test_limits_labels__keep_and_drop(void **state)
{
#define KEEP(more) \
	"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, " more "}}}]"
	static const struct limited_case cases[] = {
		{{.yaml = KEEP("keep: '[1-5]'"), .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"09 01 08 02 03 07", "09 01 08 02 03 07",
			     .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\nx{k=\"other\"} 3\n",
			     .n_folded = 1},
			    {"09 04 07 02 08 01 03 06", "09 04 07 02 08 01 03 06",
			     .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\nx{k=\"other\"} 7\n",
			     .n_folded = 2}}},
		{{.yaml = KEEP("drop: '[6-9]'"), .max_series = 2},
		 .passes = {{"01 02", "01 02", .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\n"},
			    {"09 01 02 08 03", "09 01 02 08 03",
			     .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\n", .n_dropped = 1}}},
		{{.yaml = SUM(", where: {b: 1}"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"0102 0201 0101 0301 0302", "01 02 03 04 05",
			     .shows = "x{a=\"2\"} 2\nx{a=\"other\"} 7\n", .n_folded = 2}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_labels__that_are_other),
		cmocka_unit_test(test_limits_labels__bytes),
		cmocka_unit_test(test_limits_labels__keep_and_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
