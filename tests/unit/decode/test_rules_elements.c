// SPDX-License-Identifier: GPL-2.0-only
/* `x.*`: one series of each element of an array. */
#include "decoded.h"

#define PERCPU		    .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
#define MAP(value, metrics) "key: u8, value: [" value "], metrics: [" metrics "]"
#define ARRAY_OF(n)	    "{name: a, type: u8, count: " n "}"

static void test_rules_elements__one_array(void **state)
{
	static const struct decoded_case cases[] = {
		{MAP(ARRAY_OF("3"), "{name: x, type: gauge, value: a.*, labels: {k: key, i: $i}}"),
		 .keys = "01 02", .values = "010203 040506",
		 .expected = "x{i=\"0\",k=\"1\"} 1\nx{i=\"1\",k=\"1\"} 2\nx{i=\"2\",k=\"1\"} 3\n"
			     "x{i=\"0\",k=\"2\"} 4\nx{i=\"1\",k=\"2\"} 5\nx{i=\"2\",k=\"2\"} 6\n"},
		/* without the index, the elements are added */
		{MAP(ARRAY_OF("3"), "{name: x, type: gauge, value: a.*, labels: {k: key}}"),
		 .keys = "01 02", .values = "010203 040506",
		 .expected = "x{k=\"1\"} 6\nx{k=\"2\"} 15\n"},
		{MAP(ARRAY_OF("3"), "{name: x_total, type: counter, value: value.a.*}"),
		 .keys = "01 02", .values = "010203 040506", .expected = "x_total 21\n"},
		{MAP(ARRAY_OF("3"),
		     "{name: x, type: gauge, value: a.*, aggregate: max, labels: {k: key}}, "
		     "{name: y, type: gauge, value: a.*, aggregate: avg, labels: {i: $i}}"),
		 .keys = "01 02", .values = "010903 040506",
		 .expected = "x{k=\"1\"} 9\nx{k=\"2\"} 6\n"
			     "y{i=\"0\"} 2.5\ny{i=\"1\"} 7\ny{i=\"2\"} 4.5\n"},
		{MAP(ARRAY_OF("3"),
		     "{name: x, type: gauge, value: a.*, labels: {i: {field: $i, decode: {map: {0: rx, 1: tx}}}}}"),
		 .keys = "01", .values = "010203",
		 .expected = "x{i=\"rx\"} 1\nx{i=\"tx\"} 2\nx{i=\"2\"} 3\n"},
		/* what the index loses is added */
		{MAP(ARRAY_OF("4"),
		     "{name: x, type: gauge, value: a.*, labels: {k: key, i: {field: $i, div: 2}}}"),
		 .keys = "01", .values = "01020408",
		 .expected = "x{i=\"0\",k=\"1\"} 3\nx{i=\"1\",k=\"1\"} 12\n"},
		{MAP(ARRAY_OF("3"),
		     "{name: x, type: gauge, value: a.*, skip_zero: true, labels: {k: key, i: $i}}"),
		 .keys = "01 02", .values = "010003 000000",
		 .expected = "x{i=\"0\",k=\"1\"} 1\nx{i=\"2\",k=\"1\"} 3\n"},
		{MAP(ARRAY_OF("3"),
		     "{name: x, type: gauge, value: a.*, skip_zero: true, labels: {k: key}}"),
		 .keys = "01 02", .values = "010003 000000", .expected = "x{k=\"1\"} 4\n"},
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, value: {field: a.*, shift: 4, scale: 0.5}, labels: {i: $i}}"),
		 .keys = "01", .values = "1030", .expected = "x{i=\"0\"} 0.5\nx{i=\"1\"} 1.5\n"},
		{MAP(ARRAY_OF("3"), "{name: x, type: gauge, value: 1, labels: {v: a.*}}"),
		 .keys = "01 02", .values = "070707 080708",
		 .expected = "x{v=\"7\"} 4\nx{v=\"8\"} 2\n"},
		{MAP("{name: b, type: bytes, count: 2}, {name: f, type: be16, count: 2, offset: 2}",
		     "{name: x, type: gauge, value: b.*, labels: {i: $i}}, {name: y, type: gauge, value: f.*, labels: {i: $i}}"),
		 .keys = "01", .values = "0102 0001 0002",
		 .expected = "x{i=\"0\"} 1\nx{i=\"1\"} 2\ny{i=\"0\"} 1\ny{i=\"1\"} 2\n"},
		{"key: u8, value: [{name: f, type: f32, count: 2}, {name: s, type: s8, count: 2}], metrics: [{name: x, type: "
		 "gauge, value: f.*, labels: {i: $i}}, {name: y, type: gauge, value: s.*, labels: {i: $i}}]",
		 .keys = "01", .values = "0000c03f 000000c0 ff7f0000",
		 .expected = "x{i=\"0\"} 1.5\nx{i=\"1\"} -2\ny{i=\"0\"} -1\ny{i=\"1\"} 127\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_elements__structs(void **state)
{
#define QUEUES                                                                                     \
	"{name: q, type: struct, count: 2, fields: [{name: id, type: u16}, {name: rx, type: u8}, " \
	"{name: tx, type: u8}]}, {name: t, type: u8, count: 2}"
	static const struct decoded_case cases[] = {
		/* parallel fields and arrays go through the same elements */
		{MAP(QUEUES, "{name: rx, type: gauge, value: q.*.rx, labels: {q: q.*.id, i: $i}}, "
			     "{name: tx, type: gauge, value: q.*.tx, labels: {q: q.*.id, i: $i}}, "
			     "{name: t, type: gauge, value: t.*, labels: {q: q.*.id, i: $i}}"),
		 .keys = "01", .values = "0700 01 02 0800 03 04 05 06",
		 .expected = "rx{i=\"0\",q=\"7\"} 1\nrx{i=\"1\",q=\"8\"} 3\n"
			     "tx{i=\"0\",q=\"7\"} 2\ntx{i=\"1\",q=\"8\"} 4\n"
			     "t{i=\"0\",q=\"7\"} 5\nt{i=\"1\",q=\"8\"} 6\n"},
		{MAP(QUEUES, "{name: rx, type: gauge, value: q.*.rx, labels: {q: q.*.id}}"),
		 .keys = "01", .values = "0700 01 02 0700 03 04 05 06",
		 .expected = "rx{q=\"7\"} 4\n"},
		{MAP(QUEUES,
		     "{name: rx, type: gauge, value: q.*.rx, where: {q.*.id: 8}, labels: {i: $i}}"),
		 .keys = "01", .values = "0700 01 02 0800 03 04 05 06",
		 .expected = "rx{i=\"1\"} 3\n"},
		{MAP(QUEUES,
		     "{name: s, type: summary, count: q.*.rx, sum: {field: q.*.tx, scale: 0.5}, labels: {i: $i}}"),
		 .keys = "01", .values = "0700 01 02 0800 03 05 05 06",
		 .expected =
			 "s_sum{i=\"0\"} 1\ns_count{i=\"0\"} 1\ns_sum{i=\"1\"} 2.5\ns_count{i=\"1\"} 3\n"},
		/* a scalar next to them is each element's */
		{MAP("{name: n, type: u8}, " ARRAY_OF("2"),
		     "{name: x, type: gauge, value: n, labels: {i: $i, a: a.*}}"),
		 .keys = "01", .values = "050607",
		 .expected = "x{a=\"6\",i=\"0\"} 5\nx{a=\"7\",i=\"1\"} 5\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* struct { u8 id; u8 n[3]; } m[2] */
#define MATRIX \
	"{name: m, type: struct, count: 2, fields: [{name: id, type: u8}, {name: n, type: u8, count: 3}]}"
#define ELEMENTS .keys = "01", .values = "0a010203 0b040506"

static void test_rules_elements__two_arrays(void **state)
{
	static const struct decoded_case cases[] = {
		{MAP(MATRIX, "{name: x, type: gauge, value: m.*.n.*, labels: {i: $i, j: $j}}"),
		 ELEMENTS,
		 .expected = "x{i=\"0\",j=\"0\"} 1\nx{i=\"0\",j=\"1\"} 2\nx{i=\"0\",j=\"2\"} 3\n"
			     "x{i=\"1\",j=\"0\"} 4\nx{i=\"1\",j=\"1\"} 5\nx{i=\"1\",j=\"2\"} 6\n"},
		{MAP(MATRIX, "{name: x, type: gauge, value: m.*.n.*, labels: {i: $i}}"), ELEMENTS,
		 .expected = "x{i=\"0\"} 6\nx{i=\"1\"} 15\n"},
		{MAP(MATRIX, "{name: x, type: gauge, value: m.*.n.*, labels: {j: $j}}"), ELEMENTS,
		 .expected = "x{j=\"0\"} 5\nx{j=\"1\"} 7\nx{j=\"2\"} 9\n"},
		{MAP(MATRIX, "{name: x, type: gauge, value: m.*.n.*}"), ELEMENTS,
		 .expected = "x 21\n"},
		/* what no index tells apart is added, even where the whole key is shown */
		{MAP(MATRIX, "{name: x, type: gauge, value: m.*.n.*, labels: {k: key, i: $i}}, "
			     "{name: y, type: gauge, value: m.*.n.*, labels: {k: key, j: $j}}"),
		 ELEMENTS,
		 .expected = "x{i=\"0\",k=\"1\"} 6\nx{i=\"1\",k=\"1\"} 15\n"
			     "y{j=\"0\",k=\"1\"} 5\ny{j=\"1\",k=\"1\"} 7\ny{j=\"2\",k=\"1\"} 9\n"},
		/* a field of the outer struct, of each of its elements */
		{MAP(MATRIX, "{name: x, type: gauge, value: m.*.n.*, labels: {id: m.*.id, j: $j}}"),
		 ELEMENTS,
		 .expected =
			 "x{id=\"10\",j=\"0\"} 1\nx{id=\"10\",j=\"1\"} 2\nx{id=\"10\",j=\"2\"} 3\n"
			 "x{id=\"11\",j=\"0\"} 4\nx{id=\"11\",j=\"1\"} 5\nx{id=\"11\",j=\"2\"} 6\n"},
		{MAP(MATRIX,
		     "{name: x, type: gauge, value: m.*.n.*, labels: {i: $i, j: $j}, where: {$j: [0, 2], $i: 1}}"),
		 ELEMENTS, .expected = "x{i=\"1\",j=\"0\"} 4\nx{i=\"1\",j=\"2\"} 6\n"},
		{MAP(MATRIX, "{name: x, type: gauge, value: m.*.n.1, labels: {i: $i}}, "
			     "{name: y, type: gauge, value: m.1.n.*, labels: {i: $i}}"),
		 ELEMENTS,
		 .expected =
			 "x{i=\"0\"} 2\nx{i=\"1\"} 5\ny{i=\"0\"} 4\ny{i=\"1\"} 5\ny{i=\"2\"} 6\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_elements__of_the_key(void **state)
{
#define KEY_ARRAY "key: [{name: a, type: u8, count: 2}], value: u8, metrics: "
	static const struct decoded_case cases[] = {
		{KEY_ARRAY "[{name: x, type: gauge, value: value, labels: {a: key.a.*, i: $i}}]",
		 .keys = "0102 0301", .values = "05 06",
		 .expected = "x{a=\"1\",i=\"0\"} 5\nx{a=\"2\",i=\"1\"} 5\n"
			     "x{a=\"3\",i=\"0\"} 6\nx{a=\"1\",i=\"1\"} 6\n"},
		/* once for each element */
		{KEY_ARRAY "[{name: x, type: gauge, value: value, labels: {a: key.a.*}}]",
		 .keys = "0102 0301", .values = "05 06",
		 .expected = "x{a=\"1\"} 11\nx{a=\"2\"} 5\nx{a=\"3\"} 6\n"},
		{KEY_ARRAY "[{name: x, type: gauge, value: key.a.*, labels: {i: $i}}]",
		 .keys = "0102 0301", .values = "05 06",
		 .expected = "x{i=\"0\"} 4\nx{i=\"1\"} 3\n"},
		{"key: [{name: k, type: u8, count: 2}], value: [{name: v, type: u8, count: 2}], metrics: [{name: x, type: gauge, "
		 "value: v.*, labels: {k: k.*}}]",
		 .keys = "0102 0201", .values = "0506 0708",
		 .expected = "x{k=\"1\"} 13\nx{k=\"2\"} 13\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_elements__cpus(void **state)
{
#define TWO_CPUS .keys = "01", .values = "0102000000000000 0305000000000000"
	static const struct decoded_case cases[] = {
		{MAP(ARRAY_OF("2"), "{name: x, type: gauge, value: a.*, labels: {i: $i}}"), PERCPU,
		 TWO_CPUS, .expected = "x{i=\"0\"} 4\nx{i=\"1\"} 7\n"},
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, cpu: max, value: a.*, labels: {i: $i}}"),
		 PERCPU, TWO_CPUS, .expected = "x{i=\"0\"} 3\nx{i=\"1\"} 5\n"},
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, cpu: min, value: a.*, labels: {i: $i}}"),
		 PERCPU, TWO_CPUS, .expected = "x{i=\"0\"} 1\nx{i=\"1\"} 2\n"},
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, cpu: avg, value: a.*, labels: {i: $i}}"),
		 PERCPU, TWO_CPUS, .expected = "x{i=\"0\"} 2\nx{i=\"1\"} 3.5\n"},
		{MAP(ARRAY_OF("2"), "{name: x, type: gauge, cpu: avg, value: a.*}"), PERCPU,
		 TWO_CPUS, .expected = "x 5.5\n"},
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, cpu: each, value: a.*, labels: {c: $cpu, i: $i, k: key}}"),
		 PERCPU, TWO_CPUS,
		 .expected = "x{c=\"0\",i=\"0\",k=\"1\"} 1\nx{c=\"0\",i=\"1\",k=\"1\"} 2\n"
			     "x{c=\"1\",i=\"0\",k=\"1\"} 3\nx{c=\"1\",i=\"1\",k=\"1\"} 5\n"},
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, cpu: each, value: a.*, labels: {c: $cpu}}"),
		 PERCPU, TWO_CPUS, .expected = "x{c=\"0\"} 3\nx{c=\"1\"} 8\n"},
		/* elements as labels: of the first CPU whose value is not all zero, or of each */
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, value: 1, labels: {a: a.*, i: $i}}, "
		     "{name: y, type: gauge, cpu: each, value: 1, labels: {c: $cpu, a: a.*}}"),
		 PERCPU, .keys = "01", .values = "0000000000000000 0305000000000000",
		 .expected = "x{a=\"3\",i=\"0\"} 1\nx{a=\"5\",i=\"1\"} 1\n"
			     "y{a=\"0\",c=\"0\"} 2\ny{a=\"3\",c=\"1\"} 1\ny{a=\"5\",c=\"1\"} 1\n"},
		/* one that is 0 at one CPU */
		{MAP(ARRAY_OF("2"),
		     "{name: x, type: gauge, cpu: each, skip_zero: true, value: a.*, "
		     "labels: {c: $cpu, i: $i, k: key}}"),
		 PERCPU, .keys = "01", .values = "0002000000000000 0300000000000000",
		 .expected = "x{c=\"0\",i=\"1\",k=\"1\"} 2\nx{c=\"1\",i=\"0\",k=\"1\"} 3\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_elements__limit(void **state)
{
	static const struct decoded_case cases[] = {
		{MAP(ARRAY_OF("3"), "{name: x, type: gauge, value: a.*, labels: {i: $i, k: key}}"),
		 .keys = "01 02", .values = "010203 040506", .max_series = 4,
		 .expected = "x{i=\"0\",k=\"1\"} 1\nx{i=\"1\",k=\"1\"} 2\nx{i=\"2\",k=\"1\"} 3\n"
			     "x{i=\"0\",k=\"2\"} 4\n"},
		{MAP(ARRAY_OF("3"), "{name: x, type: gauge, value: a.*, labels: {i: $i}}"),
		 .keys = "01 02", .values = "010203 040506", .max_series = 2,
		 .expected = "x{i=\"0\"} 5\nx{i=\"1\"} 7\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_elements__one_array),
		cmocka_unit_test(test_rules_elements__structs),
		cmocka_unit_test(test_rules_elements__two_arrays),
		cmocka_unit_test(test_rules_elements__of_the_key),
		cmocka_unit_test(test_rules_elements__cpus),
		cmocka_unit_test(test_rules_elements__limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
