// SPDX-License-Identifier: GPL-2.0-only
/* Counters in the series `other`, of entries that otherwise have one series each: they never fall.
 */
#include "limited.h"

#define KEPT "on_limit: other, "

/* A counter for each key. */
#define COUNTERS \
	KEPT "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: key}}]"

#define X(k, v) "x_total{k=\"" k "\"} " v "\n"

static void test_builder_other__never_falls(void **state)
{
	static const struct limited_case cases[] = {
		/* an entry that comes back was made anew */
		{{.yaml = COUNTERS, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "01 02 03", .shows = X("1", "1") X("other", "5"),
			     .n_folded = 2},
			    {"01 02", "01 02", .shows = X("1", "1") X("other", "5"), .n_folded = 1},
			    {"01 02 03", "01 02 03", .shows = X("1", "1") X("other", "8"),
			     .n_folded = 2}}},
		/* entries grow, drop, and grow again */
		{{.yaml = COUNTERS, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 05", .shows = X("1", "1") X("other", "5"), .n_folded = 1},
			    {"01 02", "01 07", .shows = X("1", "1") X("other", "7"), .n_folded = 1},
			    {"01 02", "01 03", .shows = X("1", "1") X("other", "10"),
			     .n_folded = 1},
			    {"01 02", "01 04", .shows = X("1", "1") X("other", "11"),
			     .n_folded = 1}}},
		/* it stays though nobody is folded any more, and no entry is there */
		{{.yaml = COUNTERS, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01", "01", .shows = X("1", "1")},
			    {"01 02", "01 02", .shows = X("1", "1") X("other", "2"), .n_folded = 1},
			    {"01", "01", .shows = X("1", "1") X("other", "2")},
			    {"", "", .shows = X("other", "2")},
			    {"03", "04", .shows = X("3", "4") X("other", "2")}}},
		/* one that gets a place shows all it has, and leaves what it had added */
		{{.yaml = COUNTERS, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 02", .shows = X("1", "1") X("other", "2"), .n_folded = 1},
			    {"02", "02", .shows = X("2", "2") X("other", "2")},
			    {"02", "05", .shows = X("2", "5") X("other", "2")},
			    {"02 01", "05 03", .shows = X("2", "5") X("other", "5"),
			     .n_folded = 1}}},
		/* new ones that come before those who have the places */
		{{.yaml = COUNTERS, .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 02", .shows = X("1", "1") X("2", "2")},
			    {"03 01 02", "07 01 02",
			     .shows = X("1", "1") X("2", "2") X("other", "7"), .n_folded = 1},
			    {"03 04 01 02", "09 01 01 02",
			     .shows = X("1", "1") X("2", "2") X("other", "10"), .n_folded = 2},
			    {"01 04 03 02", "01 02 0a 02",
			     .shows = X("1", "1") X("2", "2") X("other", "12"), .n_folded = 2},
			    {"03 02", "0b 02",
			     .shows = X("3", "11") X("2", "2") X("other", "12")}}},
		/* the map is empty for a while */
		{{.yaml = COUNTERS, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 02", .shows = X("1", "1") X("other", "2"), .n_folded = 1},
			    {"", "", .shows = X("other", "2")},
			    {"01 02", "01 02", .shows = X("1", "1") X("other", "4"),
			     .n_folded = 1}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder_other__types(void **state)
{
#define OF(value, metric) KEPT "key: u8, value: " value ", metrics: [" metric "]"
#define HISTOGRAM                                                                               \
	OF("[{name: s, type: u8, count: 3}, {name: t, type: s8}]",                              \
	   "{name: h, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, slots: " \
	   "2}, sum: t, labels: {k: key}}")
#define H(k, a, b, all, sum)                                                        \
	"h_bucket{k=\"" k "\",le=\"1\"} " a "\nh_bucket{k=\"" k "\",le=\"2\"} " b   \
	"\nh_bucket{k=\"" k "\",le=\"+Inf\"} " all "\nh_sum{k=\"" k "\"} " sum "\n" \
	"h_count{k=\"" k "\"} " all "\n"
	static const struct limited_case cases[] = {
		/* a bucket that drops makes all of them count again; a sum may fall */
		{{.yaml = HISTOGRAM, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01020304 01010105",
			     .shows = H("1", "1", "3", "6", "4") H("other", "1", "2", "3", "5"),
			     .n_folded = 1},
			    {"01 02", "01020304 01020103",
			     .shows = H("1", "1", "3", "6", "4") H("other", "1", "3", "4", "3"),
			     .n_folded = 1},
			    {"01 02", "01020304 00030104",
			     .shows = H("1", "1", "3", "6", "4") H("other", "1", "6", "8", "7"),
			     .n_folded = 1},
			    {"01", "01020304",
			     .shows = H("1", "1", "3", "6", "4") H("other", "1", "6", "8", "7")}}},
		/* the same, of slots that are taken away again */
		{{.yaml = HISTOGRAM, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01", "01020304", .shows = H("1", "1", "3", "6", "4")},
			    {"02 01", "01010105 01020304",
			     .shows = H("1", "1", "3", "6", "4") H("other", "1", "2", "3", "5"),
			     .n_folded = 1},
			    {"02 01", "01020103 01020304",
			     .shows = H("1", "1", "3", "6", "4") H("other", "1", "3", "4", "3"),
			     .n_folded = 1}}},
		{{.yaml = OF("[{name: n, type: u8}, {name: t, type: u8}]",
			     "{name: s, type: summary, count: n, sum: t, labels: {k: key}}"),
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "0102 0304",
			     .shows = "s_sum{k=\"1\"} 2\ns_count{k=\"1\"} 1\n"
				      "s_sum{k=\"other\"} 4\ns_count{k=\"other\"} 3\n",
			     .n_folded = 1},
			    {"01", "0102",
			     .shows = "s_sum{k=\"1\"} 2\ns_count{k=\"1\"} 1\n"
				      "s_sum{k=\"other\"} 4\ns_count{k=\"other\"} 3\n"}}},
		/* 1.5, 2.5, none, NaN, 2.5 */
		{{.yaml = OF("f64", "{name: x_total, type: counter, labels: {k: key}}"),
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "0000000000000000 000000000000f83f",
			     .shows = X("1", "0") X("other", "1.5"), .n_folded = 1},
			    {"01 02", "0000000000000000 0000000000000440",
			     .shows = X("1", "0") X("other", "2.5"), .n_folded = 1},
			    {"01", "0000000000000000", .shows = X("1", "0") X("other", "2.5")},
			    {"01 02", "0000000000000000 000000000000f87f",
			     .shows = X("1", "0") X("other", "2.5"), .n_folded = 1},
			    {"01 02", "0000000000000000 0000000000000440",
			     .shows = X("1", "0") X("other", "5"), .n_folded = 1}}},
		/* a negative count is none */
		{{.yaml = OF("s8", "{name: x_total, type: counter, labels: {k: key}}"),
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 05", .shows = X("1", "1") X("other", "5"), .n_folded = 1},
			    {"01 02", "01 fe", .shows = X("1", "1") X("other", "5"), .n_folded = 1},
			    {"01 02", "01 03", .shows = X("1", "1") X("other", "8"),
			     .n_folded = 1}}},
		/* what wraps was made anew; totals need more bits than a value has */
		{{.yaml = OF("u64", "{name: x_total, type: counter, labels: {k: key}}"),
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "0100000000000000 ffffffffffffffff",
			     .shows = X("1", "1") X("other", "18446744073709551615"),
			     .n_folded = 1},
			    {"01 02", "0100000000000000 0400000000000000",
			     .shows = X("1", "1") X("other", "18446744073709551619"),
			     .n_folded = 1}}},
		/* the sum over CPUs may be more than a value, too */
		{{.yaml = OF("u64", "{name: x_total, type: counter, labels: {k: key}}"),
		  .type = BPF_MAP_TYPE_PERCPU_HASH,
		  .n_cpus = 2,
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"02 01",
			     "0100000000000000 0100000000000000 ffffffffffffffff ffffffffffffffff",
			     .shows = X("2", "2") X("other", "36893488147419103230"),
			     .n_folded = 1}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder_other__of_several_metrics(void **state)
{
#define BOTH                                                                                 \
	KEPT "key: u8, value: [{name: a, type: u8}, {name: b, type: u8}], metrics: [{name: " \
	     "a_total, type: counter, value: a, labels: {k: key}}, {name: b, type: gauge, "  \
	     "value: b, labels: {k: key}}, {name: c_info, type: info, labels: {k: key}}, "   \
	     "{name: z_total, type: counter, value: b, skip_zero: true, labels: {k: key}}]"
#define ELEMENTS(n)                                                                            \
	KEPT "key: u8, value: [{name: n, type: u8, count: " n "}], metrics: [{name: x_total, " \
	     "type: counter, value: n.*, labels: {i: $i, k: key}}]"
#define E(i, k, v) "x_total{i=\"" i "\",k=\"" k "\"} " v "\n"
#define A(k, v)	   "a_total{k=\"" k "\"} " v "\n"
#define B(k, v)	   "b{k=\"" k "\"} " v "\n"
#define C(k)	   "c_info{k=\"" k "\"} 1\n"
#define Z(k, v)	   "z_total{k=\"" k "\"} " v "\n"
	static const struct limited_case cases[] = {
		/* a gauge is what is there now */
		{{.yaml = BOTH, .max_series = 4},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "0101 0203 0400",
			     .shows = A("1", "1") A("other", "6") B("1", "1") B("other", "3") C("1")
				     C("other") Z("1", "1") Z("other", "3"),
			     .n_folded = 7},
			    {"01 02 03", "0101 0202 0401",
			     .shows = A("1", "1") A("other", "6") B("1", "1") B("other", "3") C("1")
				     C("other") Z("1", "1") Z("other", "6"),
			     .n_folded = 8},
			    {"01 03", "0101 0500",
			     .shows = A("1", "1") A("other", "7") B("1", "1") B("other", "0") C("1")
				     C("other") Z("1", "1") Z("other", "6"),
			     .n_folded = 3}}},
		/* what skip_zero hides does not count; nor is it `other` before anything was folded
		 */
		{{.yaml = OF(
			  "[{name: a, type: u8}, {name: b, type: u8}]",
			  "{name: a_total, type: counter, value: a, labels: {k: key}}, {name: "
			  "z_total, type: counter, value: b, skip_zero: true, labels: {k: key}}"),
		  .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "0101 0200", .shows = A("1", "1") A("other", "2") Z("1", "1"),
			     .n_folded = 1},
			    {"01 02", "0101 0203",
			     .shows = A("1", "1") A("other", "2") Z("1", "1") Z("other", "3"),
			     .n_folded = 2},
			    {"01 02", "0101 0200",
			     .shows = A("1", "1") A("other", "2") Z("1", "1") Z("other", "3"),
			     .n_folded = 1},
			    {"01 02", "0101 0203",
			     .shows = A("1", "1") A("other", "2") Z("1", "1") Z("other", "6"),
			     .n_folded = 2}}},
		/* a histogram's sum does not count where it has no count */
		{{.yaml = OF(
			  "[{name: a, type: u8}, {name: s, type: u8, count: 2}, {name: t, type: u8}]",
			  "{name: a_total, type: counter, value: a, labels: {k: key}}, {name: h, "
			  "type: histogram, buckets: {field: s, scheme: exp2, edges: upper, slots: 2}, sum: t, "
			  "skip_zero: true, labels: {k: key}}"),
		  .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "01010001 02000005 03000103",
			     .shows = A("1", "1") A("other", "5") H("1", "1", "1", "1", "1")
				     H("other", "0", "1", "1", "3"),
			     .n_folded = 3}}},
		/* slots that are taken away again: the gauge's rows, the counters' elements */
		{{.yaml = BOTH, .max_series = 4},
		 .on_limit = OTHER,
		 .passes = {{"01", "0101", .shows = A("1", "1") B("1", "1") C("1") Z("1", "1")},
			    {"02 01", "0203 0101",
			     .shows = A("1", "1") A("other", "2") B("1", "1") B("other", "3") C("1")
				     C("other") Z("1", "1") Z("other", "3"),
			     .n_folded = 4},
			    {"02 01", "0302 0101",
			     .shows = A("1", "1") A("other", "3") B("1", "1") B("other", "2") C("1")
				     C("other") Z("1", "1") Z("other", "5"),
			     .n_folded = 4}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

/* Slots that are taken away again, though they have come back or came early. */
static void test_builder_other__taken_away(void **state)
{
#define WEIGHS                                                                                  \
	OF("[{name: a, type: u8}, {name: b, type: u8}]",                                        \
	   "{name: a_total, type: counter, value: a, labels: {k: key}}, {name: z_total, type: " \
	   "counter, value: b, skip_zero: true, labels: {k: key}}")
	static const struct limited_case cases[] = {
		/* one that comes back takes more places than before: a new one goes */
		{{.yaml = WEIGHS, .max_series = 3},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "0100 0200", .shows = A("1", "1") A("2", "2")},
			    {"03 01 02", "0500 0101 0200",
			     .shows = A("1", "1") A("2", "2") A("other", "5") Z("1", "1"),
			     .n_folded = 1}}},
		/* and so does one that has come back */
		{{.yaml = WEIGHS, .max_series = 3},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "0100 0200 0300",
			     .shows = A("1", "1") A("2", "2") A("3", "3")},
			    {"04 01 02 03", "0800 0101 0200 0407",
			     .shows = A("1", "1") A("2", "2") A("other", "12") Z("1", "1")
				     Z("other", "7"),
			     .n_folded = 3},
			    {"01 02 03 04", "0101 0200 0508 0900",
			     .shows = A("1", "1") A("2", "2") A("other", "14") Z("1", "1")
				     Z("other", "8"),
			     .n_folded = 3}}},
		/* of a group whose first slots came while there was room for all */
		{{.yaml = KEPT
		  "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: "
		  "key}}, {name: y_total, type: counter, where: {key: [1, 5]}, labels: {y: key}}]",
		  .max_series = 4},
		 .on_limit = OTHER,
		 .passes = {{"01", "01", .shows = X("1", "1") "y_total{y=\"1\"} 1\n"},
			    {"05 06 07 01", "05 06 07 01",
			     .shows = X("5", "5") X("1", "1")
				     X("other", "13") "y_total{y=\"5\"} 5\ny_total{y=\"1\"} 1\n",
			     .n_folded = 2}}},
		/* each element of an entry has its account */
		{{.yaml = ELEMENTS("2"), .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"01", "0102", .shows = E("0", "1", "1") E("1", "1", "2")},
			    {"02 01", "0506 0102",
			     .shows = E("0", "1", "1") E("1", "1", "2") E("other", "other", "11"),
			     .n_folded = 2},
			    {"01 02", "0102 0606",
			     .shows = E("0", "1", "1") E("1", "1", "2") E("other", "other", "12"),
			     .n_folded = 2}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder_other__labels(void **state)
{
#define NAMED(more)                                                                          \
	KEPT "key: [{name: n, type: char, count: 3}], value: u8, metrics: [{name: x_total, " \
	     "type: counter, labels: {k: n}" more "}]"
#define FLAGGED(label)                                                                                \
	KEPT "key: u8, value: [{name: n, type: u8}, {name: f, type: u8}], metrics: [{name: x_total, " \
	     "type: counter, value: n, labels: {k: key" label "}]"
	static const struct limited_case cases[] = {
		/* too long for a series of its own */
		{{.yaml = NAMED(""), .max_series = 9},
		 .max_label_bytes = 5,
		 .on_limit = OTHER,
		 .passes = {{"610000 616161", "01 02", .shows = X("a", "1") X("other", "2"),
			     .n_folded = 1},
			    {"610000 616161", "01 03", .shows = X("a", "1") X("other", "3"),
			     .n_folded = 1},
			    {"610000", "01", .shows = X("a", "1") X("other", "3")}}},
		/* entries with the same labels share a slot, but not an account */
		{{.yaml = NAMED(""), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"610000", "01", .shows = X("a", "1")},
			    {"620001 620002 610000", "05 06 01",
			     .shows = X("a", "1") X("other", "11"), .n_folded = 1},
			    {"620002 610000", "07 01", .shows = X("a", "1") X("other", "12"),
			     .n_folded = 1},
			    {"610000 620002 620001", "01 07 01",
			     .shows = X("a", "1") X("other", "13"), .n_folded = 2}}},
		/* the real text */
		{{.yaml = KEPT "key: u8, value: u8, metrics: [{name: x_total, type: counter, "
			       "labels: {k: {field: key, decode: {map: {9: other}}}}}]",
		  .max_series = 9},
		 .on_limit = OTHER,
		 .passes = {{"01 09", "01 02", .shows = X("1", "1") X("other", "2")},
			    {"01", "01", .shows = X("1", "1") X("other", "2")},
			    {"01 09", "01 03", .shows = X("1", "1") X("other", "5")}}},
		/* a label that changes makes no entry new */
		{{.yaml = FLAGGED(", f: value.f}"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes =
			 {{"01 02", "0100 0500",
			   .shows = "x_total{f=\"0\",k=\"1\"} 1\nx_total{f=\"other\",k=\"other\"} 5\n",
			   .n_folded = 1},
			  {"01 02", "0100 0601",
			   .shows = "x_total{f=\"0\",k=\"1\"} 1\nx_total{f=\"other\",k=\"other\"} 6\n",
			   .n_folded = 1}}},
		/* nor does a condition that leaves it out for a while */
		{{.yaml = FLAGGED("}, where: {f: 0}"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "0100 0500", .shows = X("1", "1") X("other", "5"),
			     .n_folded = 1},
			    {"01 02", "0100 0601", .shows = X("1", "1") X("other", "5")},
			    {"01 02", "0100 0700", .shows = X("1", "1") X("other", "7"),
			     .n_folded = 1}}},
		{{.yaml = FLAGGED(", f: {field: value.f, keep: '0'}}"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes =
			 {{"01 02", "0100 0500",
			   .shows = "x_total{f=\"0\",k=\"1\"} 1\nx_total{f=\"other\",k=\"other\"} 5\n",
			   .n_folded = 1},
			  {"01 02", "0100 0601",
			   .shows = "x_total{f=\"0\",k=\"1\"} 1\nx_total{f=\"other\",k=\"other\"} 5\n"},
			  {"01 02", "0100 0700",
			   .shows = "x_total{f=\"0\",k=\"1\"} 1\nx_total{f=\"other\",k=\"other\"} 7\n",
			   .n_folded = 1}}},
		/* elements of one entry have an account each */
		{{.yaml = ELEMENTS("3"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01", "010203", .shows = E("0", "1", "1") E("other", "other", "5"),
			     .n_folded = 2},
			    {"01", "010104", .shows = E("0", "1", "1") E("other", "other", "7"),
			     .n_folded = 2}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

/* Groups that need no book. */
static void test_builder_other__who_needs_a_carry(void **state)
{
#define PLAN(map, type, labels)                                                                \
	{                                                                                      \
		.yaml = map "key: u8, value: u8, metrics: [{name: x" type ", labels: {" labels \
			    "}}]"                                                              \
	}
	static const struct {
		struct decoded_case map;
		bool needs;
	} cases[] = {
		{PLAN(KEPT, "_total, type: counter", "k: key"), true},
		{PLAN("", "_total, type: counter", "k: key"), false},
		{PLAN(KEPT, ", type: gauge", "k: key"), false},
		{PLAN(KEPT, "_info, type: info", "k: key"), false},
		{PLAN("read: drain, " KEPT, "_total, type: counter", "k: key"), false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};

		decoded_compile(&d, &cases[i].map);
		if (plan_has_ledger(d.plan) != cases[i].needs)
			fail_msg("%s", cases[i].map.yaml);
	}
}

static const struct decoded_case counters = {.yaml = COUNTERS, .max_series = 1};

static void test_builder_other__abandoned_passes(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &counters);
	c.limits.on_limit = OTHER;
	carried_abandon(&c, "01 02", "01 09");
	carried_pass(&c, "01", "01");
	carried_expect(&c, X("1", "1"));
	assert_int_equal(carry_n_accounts(c.carry), 0);
	carried_pass(&c, "01 02", "01 02");
	carried_abandon(&c, "01 02 03", "01 04 05");
	carried_abandon(&c, "", "");
	carried_pass(&c, "01 02 04", "01 05 01");
	carried_expect(&c, X("1", "1") X("other", "6"));
	assert_int_equal(carry_n_accounts(c.carry), 2);
	carried_pass(&c, "01", "01");
	assert_int_equal(carry_n_accounts(c.carry), 0);
}

/* The plan anew, of this map or of another. */
static void replan(struct carried *c, enum config_on_limit on_limit)
{
	c->d.config->maps[0].limits.on_limit = c->limits.on_limit = on_limit;
	plan_unref(take_ptr(c->d.plan));
	assert_int_equal(plan_compile(&c->d.input, &c->d.plan, &c->d.problems), 0);
	snapshot_unref(take_ptr(c->last));
}

static void test_builder_other__another_plan(void **state)
{
	static const struct {
		bool same_map;
		const char *shows;
	} cases[] = {
		{true, X("1", "2") X("other", "6")},
		{false, X("1", "2") X("other", "11")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_carried_ struct carried c;

		carried_init(&c, &counters);
		c.limits.on_limit = OTHER;
		carried_pass(&c, "01 02", "01 05");
		replan(&c, OTHER);
		assert_int_equal(carry_move(c.carry, c.d.plan, cases[i].same_map), 0);
		carried_pass(&c, "01 02", "02 06");
		carried_expect(&c, cases[i].shows);
	}
}

/* What was folded of the first map is not counted again when it comes back. */
static void test_builder_other__another_map(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &counters);
	c.limits.on_limit = OTHER;
	carried_pass(&c, "01 02", "01 05");
	replan(&c, OTHER);
	assert_int_equal(carry_change_map(c.carry, c.d.plan, 1, 2), 0);
	carried_pass(&c, "01 02", "01 03");
	carried_expect(&c, X("1", "1") X("other", "8"));
	replan(&c, OTHER);
	assert_int_equal(carry_change_map(c.carry, c.d.plan, 2, 1), 0);
	carried_pass(&c, "01 02", "01 07");
	carried_expect(&c, X("1", "1") X("other", "10"));
}

/* A reload that begins or ends the folding leaves the ledgers of the map as they are. */
static void test_builder_other__begins_and_ends(void **state)
{
	static const struct decoded_case map = {
		.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: key}}, "
			"{name: all_total, type: counter}]",
		.max_series = 2};
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &map);
	carried_pass(&c, "01 02", "01 05");
	carried_expect(&c, X("1", "1") "all_total 6\n");
	replan(&c, OTHER);
	assert_int_equal(carry_move(c.carry, c.d.plan, true), 0);
	carried_pass(&c, "01 02", "01 05");
	carried_expect(&c, X("1", "1") X("other", "5") "all_total 6\n");
	carried_pass(&c, "01", "01");
	carried_expect(&c, X("1", "1") X("other", "5") "all_total 6\n");
	replan(&c, CONFIG_ON_LIMIT_DROP);
	assert_int_equal(carry_move(c.carry, c.d.plan, true), 0);
	carried_pass(&c, "01 02", "02 05");
	carried_expect(&c, X("1", "2") "all_total 12\n");
	replan(&c, OTHER);
	assert_int_equal(carry_move(c.carry, c.d.plan, true), 0);
	carried_pass(&c, "01", "02");
	carried_expect(&c, X("1", "2") "all_total 12\n");
}

static void test_builder_other__begins_without_memory(void **state)
{
	static const struct decoded_case map = {
		.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: key}}]",
		.max_series = 1};
	bool struck = true;

	(void)state;
	for (long nth = 0; struck; nth++) {
		struct builder *b;
		_cleanup_carried_ struct carried c;

		carried_init(&c, &map);
		replan(&c, OTHER);
		assert_int_equal(carry_move(c.carry, c.d.plan, true), 0);
		c.arms = true;
		c.nth = nth;
		b = carried_begin(&c, "01 02 03", "01 05 06");
		struck = alloc_fault_disarm();
		assert_true(b || struck);
		builder_free(b);
		c.arms = false;
		carried_pass(&c, "01 02", "01 06");
		carried_expect(&c, X("1", "1") X("other", "6"));
		carried_pass(&c, "01", "01");
		carried_expect(&c, X("1", "1") X("other", "6"));
	}
}

/* Without a carry it is what is there now. */
static void test_builder_other__without_a_carry(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &counters);
	carry_free(take_ptr(c.carry));
	c.limits.on_limit = OTHER;
	carried_pass(&c, "01 02 03", "01 02 03");
	carried_expect(&c, X("1", "1") X("other", "5"));
	carried_pass(&c, "01 02", "01 02");
	carried_expect(&c, X("1", "1") X("other", "2"));
}

/* The label text of a steady map is shared, that of `other` too. */
static void test_builder_other__label_text_is_shared(void **state)
{
	_cleanup_(snapshot_unrefp) struct snapshot *before = NULL;
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &counters);
	c.limits.on_limit = OTHER;
	carried_pass(&c, "01 02", "01 02");
	before = snapshot_ref(c.last);
	carried_pass(&c, "01 03", "01 03");
	assert_ptr_equal(c.last->sets[0].labels, before->sets[0].labels);
	carried_pass(&c, "01", "01");
	assert_ptr_equal(c.last->sets[0].labels, before->sets[0].labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builder_other__never_falls),
		cmocka_unit_test(test_builder_other__types),
		cmocka_unit_test(test_builder_other__of_several_metrics),
		cmocka_unit_test(test_builder_other__taken_away),
		cmocka_unit_test(test_builder_other__labels),
		cmocka_unit_test(test_builder_other__who_needs_a_carry),
		cmocka_unit_test(test_builder_other__abandoned_passes),
		cmocka_unit_test(test_builder_other__another_plan),
		cmocka_unit_test(test_builder_other__another_map),
		cmocka_unit_test(test_builder_other__begins_and_ends),
		cmocka_unit_test(test_builder_other__begins_without_memory),
		cmocka_unit_test(test_builder_other__without_a_carry),
		cmocka_unit_test(test_builder_other__label_text_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
