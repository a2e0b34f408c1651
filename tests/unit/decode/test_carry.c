// SPDX-License-Identifier: GPL-2.0-only
/* Counters that never fall: passes over entries that come, go and drop. */
#include "carried.h"

/* A series for each `a`, added over `b`. */
#define PAIR "key: [{name: a, type: u8}, {name: b, type: u8}], "
#define SUM_OF(value) \
	PAIR "value: " value ", metrics: [{name: x_total, type: counter, labels: {a: a}}]"
#define U64(digits) digits "00000000000000"
#define PERCPU	    .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2

static void run_table(const struct carried_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		carried_run(&cases[i]);
}

static void test_carry__entries_come_and_go(void **state)
{
	static const struct carried_case cases[] = {
		/* goes, and comes back lower, or higher: it was made anew */
		{{.yaml = SUM_OF("u8")},
		 {{"0101 0102", "05 07", "x_total{a=\"1\"} 12\n"},
		  {"0101", "05", "x_total{a=\"1\"} 12\n"},
		  {"0101 0102", "06 03", "x_total{a=\"1\"} 16\n"},
		  {"0102", "03", "x_total{a=\"1\"} 16\n"},
		  {"0102 0101", "04 14", "x_total{a=\"1\"} 37\n"},
		  {"", "", "x_total{a=\"1\"} 37\n"}}},
		/* drops while nobody looks, to zero, and to what is not */
		{{.yaml = SUM_OF("u8")},
		 {{"0101 0102", "05 07", "x_total{a=\"1\"} 12\n"},
		  {"0101 0102", "04 07", "x_total{a=\"1\"} 16\n"},
		  {"0101 0102", "00 07", "x_total{a=\"1\"} 16\n"},
		  {"0101 0102", "02 08", "x_total{a=\"1\"} 19\n"}}},
		/* series stay in their order; a new one comes after them */
		{{.yaml = SUM_OF("u8")},
		 {{"0101 0201", "01 02", "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\n"},
		  {"0201", "03", "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 3\n"},
		  {"0301 0201", "04 03",
		   "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 3\nx_total{a=\"3\"} 4\n"},
		  {"0101", "02", "x_total{a=\"1\"} 3\nx_total{a=\"2\"} 3\nx_total{a=\"3\"} 4\n"}}},
		/* beyond 64 bits, and never negative on the way */
		{{.yaml = SUM_OF("u64")},
		 {{"0101", "ffffffffffffffff", "x_total{a=\"1\"} 18446744073709551615\n"},
		  {"0102", "ffffffffffffffff", "x_total{a=\"1\"} 36893488147419103230\n"},
		  {"0102", U64("00"), "x_total{a=\"1\"} 36893488147419103230\n"},
		  {"0102", U64("01"), "x_total{a=\"1\"} 36893488147419103231\n"}}},
		/* no entry before the first */
		{{.yaml = SUM_OF("u8")}, {{"", "", ""}, {"0101", "00", "x_total{a=\"1\"} 0\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

/* A drop of one number is its metric's alone; what is gone is gone for all. */
static void test_carry__several_metrics(void **state)
{
	static const struct carried_case cases[] = {
		{{.yaml = PAIR "value: [{name: n, type: u8}, {name: m, type: u8}], metrics: ["
			       "{name: n_total, type: counter, value: n, labels: {a: a}}, "
			       "{name: m_total, type: counter, value: m, labels: {a: a}}]"},
		 {{"0101", "050a", "n_total{a=\"1\"} 5\nm_total{a=\"1\"} 10\n"},
		  {"0101", "030b", "n_total{a=\"1\"} 8\nm_total{a=\"1\"} 11\n"},
		  {"0101", "0401", "n_total{a=\"1\"} 9\nm_total{a=\"1\"} 12\n"},
		  {"0102", "0202", "n_total{a=\"1\"} 11\nm_total{a=\"1\"} 14\n"}}},
		/* gauges beside counters go with their entries */
		{{.yaml = PAIR
		  "value: u8, metrics: [{name: x_total, type: counter, labels: {a: a}}, "
		  "{name: g, type: gauge, labels: {a: a}}]"},
		 {{"0101 0102", "01 02", "x_total{a=\"1\"} 3\ng{a=\"1\"} 3\n"},
		  {"0102", "02", "x_total{a=\"1\"} 3\ng{a=\"1\"} 2\n"},
		  {"", "", "x_total{a=\"1\"} 3\n"},
		  {"0103", "01", "x_total{a=\"1\"} 4\ng{a=\"1\"} 1\n"}}},
		/* two groups of series, of which one does not outlive its entries */
		{{.yaml = PAIR
		  "value: u8, metrics: [{name: x_total, type: counter, labels: {a: a}}, "
		  "{name: y_total, type: counter, labels: {b: b}}, "
		  "{name: z_total, type: counter, labels: {a: a, b: b}}]"},
		 {{"0101", "01",
		   "x_total{a=\"1\"} 1\ny_total{b=\"1\"} 1\nz_total{a=\"1\",b=\"1\"} 1\n"},
		  {"0102", "02",
		   "x_total{a=\"1\"} 3\ny_total{b=\"1\"} 1\ny_total{b=\"2\"} 2\n"
		   "z_total{a=\"1\",b=\"2\"} 2\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_carry__histograms(void **state)
{
#define SLOTS(sum)                                                                         \
	PAIR "value: [{name: slots, type: u8, count: 3}, {name: s, type: u8}], "           \
	     "metrics: [{name: x, type: histogram, buckets: {field: slots, scheme: exp2, " \
	     "edges: upper}, " sum "labels: {a: a}}]"
#define BUCKETS(one, two, four, inf)                                          \
	"x_bucket{a=\"1\",le=\"1\"} " one "\nx_bucket{a=\"1\",le=\"2\"} " two \
	"\nx_bucket{a=\"1\",le=\"4\"} " four "\nx_bucket{a=\"1\",le=\"+Inf\"} " inf "\n"
	static const struct carried_case cases[] = {
		{{.yaml = SLOTS("sum: s, ")},
		 {{"0101 0102", "01020309 00010001",
		   BUCKETS("1", "4", "7", "7") "x_sum{a=\"1\"} 10\nx_count{a=\"1\"} 7\n"},
		  {"0102", "00010001",
		   BUCKETS("1", "4", "7", "7") "x_sum{a=\"1\"} 10\nx_count{a=\"1\"} 7\n"},
		  /* one slot less, the others more: all of it is new */
		  {"0102", "05000005",
		   BUCKETS("6", "9", "12", "12") "x_sum{a=\"1\"} 15\nx_count{a=\"1\"} 12\n"},
		  {"0102", "06000106",
		   BUCKETS("7", "10", "14", "14") "x_sum{a=\"1\"} 16\nx_count{a=\"1\"} 14\n"}}},
		{{.yaml = SLOTS("")},
		 {{"0101", "01010100", BUCKETS("1", "2", "3", "3") "x_count{a=\"1\"} 3\n"},
		  {"0102", "00000100", BUCKETS("1", "2", "4", "4") "x_count{a=\"1\"} 4\n"}}},
		/* slots in the key are entries that are added */
		{{.yaml = "key: [{name: a, type: u8}, {name: slot, type: u8}], value: u8, metrics: [{name: x, "
			  "type: histogram, buckets: {slot: key.slot, slots: 3, scheme: exp2, edges: upper}, "
			  "labels: {a: a}}]"},
		 {{"0100 0102", "01 02", BUCKETS("1", "1", "3", "3") "x_count{a=\"1\"} 3\n"},
		  {"0101 0102", "05 01", BUCKETS("1", "6", "9", "9") "x_count{a=\"1\"} 9\n"},
		  {"0109", "01", BUCKETS("1", "6", "9", "10") "x_count{a=\"1\"} 10\n"},
		  {"", "", BUCKETS("1", "6", "9", "10") "x_count{a=\"1\"} 10\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_carry__summaries(void **state)
{
#define S(sum, count) "x_sum{a=\"1\"} " sum "\nx_count{a=\"1\"} " count "\n"
	static const struct carried_case cases[] = {
		{{.yaml = PAIR
		  "value: [{name: s, type: u8}, {name: c, type: u8}], metrics: [{name: x, "
		  "type: summary, sum: s, count: c, labels: {a: a}}]"},
		 {{"0101 0102", "0a01 0502", S("15", "3")},
		  {"0102", "0502", S("15", "3")},
		  {"0102", "0603", S("16", "4")},
		  /* the sum alone tells that it was made anew */
		  {"0102", "0303", S("19", "7")},
		  {"", "", S("19", "7")}}},
		/* of negative numbers: the sum falls by itself, and only the count tells */
		{{.yaml = PAIR
		  "value: [{name: s, type: s8}, {name: c, type: u8}], metrics: [{name: x, "
		  "type: summary, sum: s, count: c, labels: {a: a}}]"},
		 {{"0101", "0502", S("5", "2")},
		  {"0101", "fd03", S("-3", "3")},
		  {"0101", "0101", S("-2", "4")}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_carry__doubles(void **state)
{
#define HALF	  "000000000000e03f"
#define ONE	  "000000000000f03f"
#define MINUS_ONE "000000000000f0bf"
#define INF	  "000000000000f07f"
#define NOT	  "000000000000f87f"
	static const struct carried_case cases[] = {
		{{.yaml = SUM_OF("f64")},
		 {{"0101 0102", HALF ONE, "x_total{a=\"1\"} 1.5\n"},
		  {"0102", ONE, "x_total{a=\"1\"} 1.5\n"},
		  {"0102", HALF, "x_total{a=\"1\"} 2\n"},
		  {"0102", ONE, "x_total{a=\"1\"} 2.5\n"}}},
		/* what is no number, or infinite, leaves no trace */
		{{.yaml = SUM_OF("f64")},
		 {{"0101", ONE, "x_total{a=\"1\"} 1\n"},
		  {"0101", NOT, "x_total{a=\"1\"} 1\n"},
		  {"0101", INF, "x_total{a=\"1\"} 1\n"},
		  {"0101", ONE, "x_total{a=\"1\"} 1\n"},
		  {"0101 0102", ONE INF, "x_total{a=\"1\"} 1\n"}}},
		{{.yaml = PAIR
		  "value: [{name: s, type: f64}, {name: c, type: u8}], packed: true, metrics: "
		  "[{name: x, type: summary, sum: s, count: c, labels: {a: a}}]"},
		 {{"0101", HALF "01", S("0.5", "1")},
		  {"0102", ONE "02", S("1.5", "3")},
		  {"0102", ONE "03", S("1.5", "4")}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

/*
 * An entry that moves from one series to another leaves what it counted there,
 * and brings only what comes from then on: nothing is counted twice.
 */
static void test_carry__labels_from_the_value(void **state)
{
#define OF_VALUE                                                                          \
	"key: u8, value: [{name: who, type: u8}, {name: n, type: u8}], metrics: [{name: " \
	"x_total, type: counter, value: n, labels: {w: who}}]"
	static const struct carried_case cases[] = {
		{{.yaml = OF_VALUE},
		 {{"01 02", "0105 0107", "x_total{w=\"1\"} 12\n"},
		  {"01 02", "0206 0107", "x_total{w=\"1\"} 12\nx_total{w=\"2\"} 1\n"},
		  {"01 02", "0207 0108", "x_total{w=\"1\"} 13\nx_total{w=\"2\"} 2\n"},
		  {"01 02", "0107 0108", "x_total{w=\"1\"} 13\nx_total{w=\"2\"} 2\n"},
		  {"01 02", "0207 0108", "x_total{w=\"1\"} 13\nx_total{w=\"2\"} 2\n"},
		  /* it went, and another of its key came */
		  {"02", "0108", "x_total{w=\"1\"} 13\nx_total{w=\"2\"} 2\n"},
		  {"01 02", "0203 0108", "x_total{w=\"1\"} 13\nx_total{w=\"2\"} 5\n"}}},
		/* one element that moves is no drop of its neighbours */
		{{.yaml = "key: u8, value: [{name: e, type: struct, count: 2, fields: [{name: who, type: u8}, "
			  "{name: n, type: u8}]}], metrics: [{name: x_total, type: counter, value: e.*.n, "
			  "labels: {w: e.*.who}}]"},
		 {{"01", "0164010a", "x_total{w=\"1\"} 110\n"},
		  {"01", "0264010b", "x_total{w=\"1\"} 111\nx_total{w=\"2\"} 0\n"},
		  {"01", "0164010b", "x_total{w=\"1\"} 111\nx_total{w=\"2\"} 0\n"},
		  {"01", "0165020d", "x_total{w=\"1\"} 112\nx_total{w=\"2\"} 2\n"}}},
		/* where a condition stops holding, and holds again */
		{{.yaml = "key: u8, value: [{name: who, type: u8}, {name: n, type: u8}], metrics: [{name: "
			  "x_total, type: counter, value: n, where: {who: 1}}]"},
		 {{"01 02", "0105 0107", "x_total 12\n"},
		  {"01 02", "0206 0108", "x_total 13\n"},
		  {"01 02", "0107 0108", "x_total 15\n"},
		  {"01 02", "0007 0108", "x_total 15\n"},
		  {"01 02", "0107 0108", "x_total 15\n"}}},
		/* a label that drops it, the same */
		{{.yaml = "key: u8, value: [{name: who, type: u8}, {name: n, type: u8}], metrics: [{name: "
			  "x_total, type: counter, value: n, labels: {w: {field: who, drop: '0'}}}]"},
		 {{"01", "0105", "x_total{w=\"1\"} 5\n"},
		  {"01", "0006", "x_total{w=\"1\"} 5\n"},
		  {"01", "0107", "x_total{w=\"1\"} 7\n"}}},
		/* numbers below 0 add nothing */
		{{.yaml = SUM_OF("s8")},
		 {{"0101", "7f", "x_total{a=\"1\"} 127\n"},
		  {"0101", "80", "x_total{a=\"1\"} 127\n"},
		  {"0101", "81", "x_total{a=\"1\"} 127\n"},
		  {"0101 0102", "02fe", "x_total{a=\"1\"} 129\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_carry__elements_and_cpus(void **state)
{
#define ELEMENTS(labels)                                                                \
	PAIR "value: [{name: x, type: u8, count: 2}], metrics: [{name: x_total, type: " \
	     "counter, value: x.*, labels: {" labels "}}]"
#define EACH(labels)                                                                              \
	"cpu: each, " PAIR "value: u8, metrics: [{name: x_total, type: counter, labels: {" labels \
	"}}]"
	static const struct carried_case cases[] = {
		{{.yaml = ELEMENTS("a: a, i: $i")},
		 {{"0101 0102", "0102 0304",
		   "x_total{a=\"1\",i=\"0\"} 4\nx_total{a=\"1\",i=\"1\"} 6\n"},
		  {"0102", "0401", "x_total{a=\"1\",i=\"0\"} 5\nx_total{a=\"1\",i=\"1\"} 7\n"}}},
		/* both elements of an entry in one series: only their sum counts */
		{{.yaml = ELEMENTS("a: a")},
		 {{"0101 0102", "0102 0304", "x_total{a=\"1\"} 10\n"},
		  {"0101", "0201", "x_total{a=\"1\"} 10\n"},
		  {"0101", "0202", "x_total{a=\"1\"} 11\n"}}},
		{{.yaml = EACH("a: a, c: $cpu"), PERCPU},
		 {{"0101 0102", U64("01") U64("02") U64("03") U64("04"),
		   "x_total{a=\"1\",c=\"0\"} 4\nx_total{a=\"1\",c=\"1\"} 6\n"},
		  {"0102", U64("04") U64("01"),
		   "x_total{a=\"1\",c=\"0\"} 5\nx_total{a=\"1\",c=\"1\"} 7\n"}}},
		{{.yaml = SUM_OF("u8"), PERCPU},
		 {{"0101 0102", U64("01") U64("02") U64("03") U64("04"), "x_total{a=\"1\"} 10\n"},
		  {"0102", U64("00") U64("01"), "x_total{a=\"1\"} 11\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_carry__without_labels(void **state)
{
	static const struct carried_case cases[] = {
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter}]"},
		 {{"", "", "x_total 0\n"},
		  {"01 02", "01 02", "x_total 3\n"},
		  {"02", "02", "x_total 3\n"},
		  {"", "", "x_total 3\n"},
		  {"02", "05", "x_total 8\n"}}},
		/* constant ones are none */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {c: {const: d}}}]"},
		 {{"01", "01", "x_total{c=\"d\"} 1\n"}, {"02", "02", "x_total{c=\"d\"} 3\n"}}},
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, skip_zero: true}]"},
		 {{"01", "00", ""},
		  {"01", "01", "x_total 1\n"},
		  {"01", "00", "x_total 1\n"},
		  {"", "", "x_total 1\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_carry__skip_zero(void **state)
{
	static const struct carried_case cases[] = {
		{{.yaml = PAIR
		  "value: u8, metrics: [{name: x_total, type: counter, skip_zero: true, labels: "
		  "{a: a}}]"},
		 {{"0101 0102 0201", "00 00 01", "x_total{a=\"2\"} 1\n"},
		  {"0101 0102 0201", "00 05 00", "x_total{a=\"2\"} 1\nx_total{a=\"1\"} 5\n"},
		  {"0101 0102 0201", "00 00 02", "x_total{a=\"2\"} 3\nx_total{a=\"1\"} 5\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

/* A series for each entry goes with its key, and its counts with it. */
static void test_carry__one_series_an_entry(void **state)
{
	static const struct carried_case cases[] = {
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: key}}]"},
		 {{"01 02", "05 07", "x_total{k=\"1\"} 5\nx_total{k=\"2\"} 7\n"},
		  {"02", "07", "x_total{k=\"2\"} 7\n"},
		  {"01 02", "01 03", "x_total{k=\"1\"} 1\nx_total{k=\"2\"} 3\n"},
		  {"", "", ""}}},
		/* padding is no field: what differs in it only is added, and goes all the same */
		{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u16}], value: u8, metrics: [{name: "
			  "x_total, type: counter, labels: {a: a, b: b}}]"},
		 {{"01000100 01ff0100", "05 07", "x_total{a=\"1\",b=\"1\"} 12\n"},
		  {"01000100", "05", "x_total{a=\"1\",b=\"1\"} 5\n"},
		  {"", "", ""}}},
		/* decoders that may lose something, but are not meant to merge */
		{{.yaml = "key: [{name: c, type: char, count: 4}], value: u8, metrics: [{name: x_total, type: "
			  "counter, labels: {c: c}}]"},
		 {{"61000000 61007878", "05 07", "x_total{c=\"a\"} 12\n"},
		  {"61000000", "05", "x_total{c=\"a\"} 5\n"}}},
		{{.yaml = "key: u32, value: u8, metrics: [{name: x_total, type: counter, labels: {i: {field: "
			  "key, decode: ifname}}}]"},
		 {{"01000000 ffffff7f", "05 07",
		   "x_total{i=\"lo\"} 5\nx_total{i=\"2147483647\"} 7\n"},
		  {"01000000", "05", "x_total{i=\"lo\"} 5\n"}}},
		/* one that is meant to merge */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: {field: key, "
			  "decode: {map: {1..2: low}}}}}]"},
		 {{"01 02 03", "01 02 04", "x_total{k=\"low\"} 3\nx_total{k=\"3\"} 4\n"},
		  {"02", "02", "x_total{k=\"low\"} 3\nx_total{k=\"3\"} 4\n"}}},
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: {field: key, "
			  "shift: 4}}}]"},
		 {{"11 12", "01 02", "x_total{k=\"1\"} 3\n"},
		  {"12", "02", "x_total{k=\"1\"} 3\n"}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carry__entries_come_and_go),
		cmocka_unit_test(test_carry__several_metrics),
		cmocka_unit_test(test_carry__histograms),
		cmocka_unit_test(test_carry__summaries),
		cmocka_unit_test(test_carry__doubles),
		cmocka_unit_test(test_carry__labels_from_the_value),
		cmocka_unit_test(test_carry__elements_and_cpus),
		cmocka_unit_test(test_carry__without_labels),
		cmocka_unit_test(test_carry__skip_zero),
		cmocka_unit_test(test_carry__one_series_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
