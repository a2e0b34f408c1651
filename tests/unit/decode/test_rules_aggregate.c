// SPDX-License-Identifier: GPL-2.0-only
/* Entries that become one series: aggregates, infos, summaries, what `skip_zero` and `cpu` do to
 * them. */
#include "decoded.h"

#define PERCPU .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
#define GAUGE(type, more)       \
	"key: u8, value: " type \
	", metrics: [{name: x, type: gauge, labels: {h: {field: key, shift: 4}}" more "}]"
#define SUMMED(type, more) "key: u8, value: " type ", metrics: [{name: x, type: gauge" more "}]"
#define ENTRIES		   .keys = "10 11 12 20", .values = "01 07 05 09"

static void test_rules_aggregate__gauges(void **state)
{
	static const struct decoded_case cases[] = {
		{GAUGE("u8", ""), ENTRIES, .expected = "x{h=\"1\"} 13\nx{h=\"2\"} 9\n"},
		{GAUGE("u8", ", aggregate: sum"), ENTRIES,
		 .expected = "x{h=\"1\"} 13\nx{h=\"2\"} 9\n"},
		{GAUGE("u8", ", aggregate: max"), ENTRIES,
		 .expected = "x{h=\"1\"} 7\nx{h=\"2\"} 9\n"},
		{GAUGE("u8", ", aggregate: min"), ENTRIES,
		 .expected = "x{h=\"1\"} 1\nx{h=\"2\"} 9\n"},
		{GAUGE("u8", ", aggregate: avg"), ENTRIES,
		 .expected = "x{h=\"1\"} 4.333333333333333\nx{h=\"2\"} 9\n"},
		{SUMMED("u8", ", aggregate: sum"), ENTRIES, .expected = "x 22\n"},
		{SUMMED("u8", ", aggregate: max"), ENTRIES, .expected = "x 9\n"},
		{SUMMED("u8", ", aggregate: min"), ENTRIES, .expected = "x 1\n"},
		{SUMMED("u8", ", aggregate: avg"), ENTRIES, .expected = "x 5.5\n"},
		/* of no entry there is a sum, but no largest */
		{SUMMED("u8", ", aggregate: sum"), .keys = "", .values = "", .expected = "x 0\n"},
		{SUMMED("u8", ", aggregate: max"), .keys = "", .values = "", .expected = ""},
		{SUMMED("u8", ", aggregate: min"), .keys = "", .values = "", .expected = ""},
		{SUMMED("u8", ", aggregate: avg"), .keys = "", .values = "", .expected = ""},
		{GAUGE("u8", ", aggregate: max"), .keys = "", .values = "", .expected = ""},
		/* a label that merges nothing leaves each as it is */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, aggregate: avg, labels: {k: key}}]",
		 .keys = "10 11", .values = "01 07", .expected = "x{k=\"16\"} 1\nx{k=\"17\"} 7\n"},
		/* with a sign, and wide */
		{GAUGE("s8", ", aggregate: max"), .keys = "10 11", .values = "80 ff",
		 .expected = "x{h=\"1\"} -1\n"},
		{GAUGE("s8", ", aggregate: min"), .keys = "10 11", .values = "01 80",
		 .expected = "x{h=\"1\"} -128\n"},
		{GAUGE("s8", ", aggregate: avg"), .keys = "10 11", .values = "ff fe",
		 .expected = "x{h=\"1\"} -1.5\n"},
		{GAUGE("u64", ", aggregate: max"), .keys = "10 11",
		 .values = "ffffffffffffff7f ffffffffffffffff",
		 .expected = "x{h=\"1\"} 18446744073709551615\n"},
		{GAUGE("u64", ", aggregate: avg"), .keys = "10 11",
		 .values = "ffffffffffffffff ffffffffffffffff",
		 .expected = "x{h=\"1\"} 18446744073709552000\n"},
		/* of what is computed */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, aggregate: max, value: {field: value, mod: 4, scale: 0.5, "
		 "offset: -1}}]",
		 .keys = "10 11", .values = "04 02", .expected = "x 0\n"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, aggregate: avg, value: {field: value, scale: 1e-3, offset: 10}}]",
		 .keys = "10 11", .values = "04 02", .expected = "x 10.003\n"},
		/* what a condition or skip_zero leaves out is no part of it */
		{GAUGE("u8", ", aggregate: min, skip_zero: true"), .keys = "10 11 12 20",
		 .values = "00 07 05 00", .expected = "x{h=\"1\"} 5\n"},
		{SUMMED("u8", ", aggregate: avg, skip_zero: true"), .keys = "10 11 12 20",
		 .values = "00 07 05 00", .expected = "x 6\n"},
		{SUMMED("u8", ", aggregate: avg, where: {key: {not: 16}}"), .keys = "10 11 12",
		 .values = "09 07 05", .expected = "x 6\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_aggregate__together(void **state)
{
#define ALL                                                                                                                     \
	"key: u8, value: u8, metrics: [{name: s, type: gauge}, {name: a, type: gauge, aggregate: max}, {name: i, type: gauge, " \
	"aggregate: min}, {name: v, type: gauge, aggregate: avg}, {name: n, type: gauge, value: 1}, {name: t_total, type: "     \
	"counter}, {name: x_info, type: info}]"
	static const struct decoded_case cases[] = {
		{ALL, ENTRIES, .expected = "s 22\na 9\ni 1\nv 5.5\nn 4\nt_total 22\nx_info 1\n"},
		{ALL, .keys = "", .values = "", .expected = "s 0\nn 0\nt_total 0\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_aggregate__cpus(void **state)
{
#define TWO              \
	.keys = "10 11", \
	.values = "0100000000000000 0200000000000000 0500000000000000 0400000000000000"
	static const struct decoded_case cases[] = {
		/* CPUs are reduced first */
		{GAUGE("u8", ", aggregate: max"), PERCPU, TWO, .expected = "x{h=\"1\"} 9\n"},
		{GAUGE("u8", ", cpu: max, aggregate: min"), PERCPU, TWO,
		 .expected = "x{h=\"1\"} 2\n"},
		{GAUGE("u8", ", cpu: min, aggregate: max"), PERCPU, TWO,
		 .expected = "x{h=\"1\"} 4\n"},
		{GAUGE("u8", ", cpu: avg, aggregate: max"), PERCPU, TWO,
		 .expected = "x{h=\"1\"} 4.5\n"},
		{GAUGE("u8", ", cpu: avg"), PERCPU, TWO, .expected = "x{h=\"1\"} 6\n"},
		{GAUGE("u8", ", cpu: avg, aggregate: avg"), PERCPU, TWO,
		 .expected = "x{h=\"1\"} 3\n"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, cpu: each, aggregate: max, labels: {c: $cpu}}]",
		 PERCPU, TWO, .expected = "x{c=\"0\"} 5\nx{c=\"1\"} 4\n"},
		/* a metric overrides the map's */
		{"cpu: max, key: u8, value: u8, metrics: [{name: a, type: gauge, labels: {k: key}}, {name: b, type: gauge, cpu: min, "
		 "labels: {k: key}}, {name: c, type: gauge, cpu: each, labels: {k: key, c: $cpu}}, {name: d_total, type: counter, "
		 "cpu: sum, labels: {k: key}}]",
		 PERCPU, TWO,
		 .expected =
			 "a{k=\"16\"} 2\na{k=\"17\"} 5\nb{k=\"16\"} 1\nb{k=\"17\"} 4\n"
			 "c{c=\"0\",k=\"16\"} 1\nc{c=\"1\",k=\"16\"} 2\nc{c=\"0\",k=\"17\"} 5\nc{c=\"1\",k=\"17\"} 4\n"
			 "d_total{k=\"16\"} 3\nd_total{k=\"17\"} 9\n"},
		{"key: u8, value: u64, metrics: [{name: x, type: gauge, cpu: avg, value: {field: value, scale: 2^-10, offset: 1}}]",
		 PERCPU, .keys = "00", .values = "0100000000000000 0200000000000000",
		 .expected = "x 1.00146484375\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_aggregate__infos(void **state)
{
	static const struct decoded_case cases[] = {
		{"key: u8, value: u8, metrics: [{name: x_info, type: info, labels: {k: key, v: value}}]",
		 .keys = "01 02", .values = "05 00",
		 .expected = "x_info{k=\"1\",v=\"5\"} 1\nx_info{k=\"2\",v=\"0\"} 1\n"},
		/* once, however many entries say so */
		{"key: u8, value: u8, metrics: [{name: x_info, type: info, labels: {v: value}}]",
		 .keys = "01 02 03", .values = "05 05 06",
		 .expected = "x_info{v=\"5\"} 1\nx_info{v=\"6\"} 1\n"},
		{"key: u8, value: u8, metrics: [{name: x_info, type: info}]", .keys = "01 02",
		 .values = "05 05", .expected = "x_info 1\n"},
		{"key: u8, value: u8, metrics: [{name: x_info, type: info}]", .keys = "",
		 .values = "", .expected = ""},
		{"key: u8, value: u8, metrics: [{name: x_info, type: info, labels: {p: $pin}, where: {value: 1..9}}]",
		 .keys = "01 02", .values = "00 09", .expected = "x_info{p=\"" PIN "\"} 1\n"},
		{"key: u8, value: u8, metrics: [{name: x_info, type: info, labels: {k: key}}]",
		 PERCPU, .keys = "01", .values = "0000000000000000 0000000000000000",
		 .expected = "x_info{k=\"1\"} 1\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_aggregate__summaries(void **state)
{
#define SUMMARY(sum, more)                                                                                                   \
	"key: u8, value: [{name: n, type: u8}, {name: t, type: s8}], metrics: [{name: x, type: summary, count: n, sum: " sum \
		more "}]"
#define TWO_SUMS .keys = "10 11 20", .values = "0105 02fe 0009"
	static const struct decoded_case cases[] = {
		{SUMMARY("t", ", labels: {k: key}"), TWO_SUMS,
		 .expected =
			 "x_sum{k=\"16\"} 5\nx_count{k=\"16\"} 1\nx_sum{k=\"17\"} -2\nx_count{k=\"17\"} 2\n"
			 "x_sum{k=\"32\"} 9\nx_count{k=\"32\"} 0\n"},
		{SUMMARY("t", ", labels: {h: {field: key, shift: 4}}"), TWO_SUMS,
		 .expected =
			 "x_sum{h=\"1\"} 3\nx_count{h=\"1\"} 3\nx_sum{h=\"2\"} 9\nx_count{h=\"2\"} 0\n"},
		{SUMMARY("t", ""), TWO_SUMS, .expected = "x_sum 12\nx_count 3\n"},
		{SUMMARY("t", ""), .keys = "", .values = "", .expected = "x_sum 0\nx_count 0\n"},
		/* only the sum is scaled */
		{SUMMARY("{field: t, scale: 1e-3}", ""), TWO_SUMS,
		 .expected = "x_sum 0.012\nx_count 3\n"},
		/* its own value is the count */
		{SUMMARY("t", ", skip_zero: true, labels: {k: key}"), TWO_SUMS,
		 .expected =
			 "x_sum{k=\"16\"} 5\nx_count{k=\"16\"} 1\nx_sum{k=\"17\"} -2\nx_count{k=\"17\"} 2\n"},
		{SUMMARY("t", ", skip_zero: true"), TWO_SUMS, .expected = "x_sum 3\nx_count 3\n"},
		{SUMMARY("t", ", where: {n: 1..2}"), TWO_SUMS, .expected = "x_sum 3\nx_count 3\n"},
		{SUMMARY("t", ", labels: {k: key}"), TWO_SUMS, .max_series = 1,
		 .expected = "x_sum{k=\"16\"} 5\nx_count{k=\"16\"} 1\n"},
		/* a computed count, the sum of floats; 2^64 and more */
		{"key: u8, value: [{name: n, type: u64}, {name: f, type: f64}], metrics: [{name: x, type: summary, count: {field: n, "
		 "shift: 1}, sum: f}]",
		 .keys = "01 02",
		 .values = "0400000000000000 000000000000f83f 0600000000000000 000000000000f83f",
		 .expected = "x_sum 3\nx_count 5\n"},
		{"key: u8, value: [{name: n, type: u64}, {name: t, type: u64}], metrics: [{name: x, type: summary, count: n, sum: t}]",
		 PERCPU, .keys = "01",
		 .values = "ffffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffffff",
		 .expected = "x_sum 36893488147419103230\nx_count 36893488147419103230\n"},
		{SUMMARY("t", ", cpu: each, labels: {c: $cpu}"), PERCPU, .keys = "01",
		 .values = "0105000000000000 0206000000000000",
		 .expected =
			 "x_sum{c=\"0\"} 5\nx_count{c=\"0\"} 1\nx_sum{c=\"1\"} 6\nx_count{c=\"1\"} 2\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* Metrics of one family in a map: the first with a label set is shown. */
static void test_rules_aggregate__one_family(void **state)
{
	static const struct decoded_case cases[] = {
		{"key: u8, value: [{name: a, type: u8}, {name: b, type: u8}], metrics: [{name: x, type: gauge, value: a, labels: {k: "
		 "key, d: {const: a}}}, {name: x, type: gauge, value: b, labels: {k: key, d: {const: b}}}]",
		 .keys = "01", .values = "0506",
		 .expected = "x{d=\"a\",k=\"1\"} 5\nx{d=\"b\",k=\"1\"} 6\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_aggregate__gauges),
		cmocka_unit_test(test_rules_aggregate__together),
		cmocka_unit_test(test_rules_aggregate__cpus),
		cmocka_unit_test(test_rules_aggregate__infos),
		cmocka_unit_test(test_rules_aggregate__summaries),
		cmocka_unit_test(test_rules_aggregate__one_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
