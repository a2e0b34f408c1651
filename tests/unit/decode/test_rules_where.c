// SPDX-License-Identifier: GPL-2.0-only
/* `where`: which entries, elements and CPUs a metric is made of. */
#include "decoded.h"

#define PERCPU .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2

/* Keys that are left, of those of a type; values count them. */
#define KEYS(type, where) \
	"key: " type      \
	", value: u8, metrics: [{name: x, type: gauge, labels: {k: key}, where: {" where "}}]"

static void test_rules_where__numbers(void **state)
{
#define U8   .keys = "00 01 02 03 ff", .values = "01 01 01 01 01"
#define S16  .keys = "0080 feff ffff 0000 0100 ff7f", .values = "01 01 01 01 01 01"
#define K(k) "x{k=\"" k "\"} 1\n"
	static const struct decoded_case cases[] = {
		{KEYS("u8", "key: 1"), U8, .expected = K("1")},
		{KEYS("u8", "key: 0x1"), U8, .expected = K("1")},
		{KEYS("u8", "key: [0, 3]"), U8, .expected = K("0") K("3")},
		{KEYS("u8", "key: 1..2"), U8, .expected = K("1") K("2")},
		{KEYS("u8", "key: [0, 2..511]"), U8, .expected = K("0") K("2") K("3") K("255")},
		{KEYS("u8", "key: 9"), U8, .expected = ""},
		{KEYS("u8", "key: {not: 1}"), U8, .expected = K("0") K("2") K("3") K("255")},
		{KEYS("u8", "key: {not: [0, 2..3]}"), U8, .expected = K("1") K("255")},
		{KEYS("u8", "key: -1..0"), U8, .expected = K("0")},
		{KEYS("u8", "value: 1, key: 1..3"), U8, .expected = K("1") K("2") K("3")},
		{KEYS("u8", "value: 2, key: 1..3"), U8, .expected = ""},
		{KEYS("s16", "key: -1"), S16, .expected = K("-1")},
		{KEYS("s16", "key: -32768..-2"), S16, .expected = K("-32768") K("-2")},
		{KEYS("s16", "key: -1..1"), S16, .expected = K("-1") K("0") K("1")},
		{KEYS("u64", "key: 18446744073709551615"),
		 .keys = "ffffffffffffffff ffffffffffffff7f", .values = "01 01",
		 .expected = K("18446744073709551615")},
		{KEYS("u64", "key: 9223372036854775807..18446744073709551614"),
		 .keys = "ffffffffffffffff ffffffffffffff7f 0000000000000080", .values = "01 01 01",
		 .expected = K("9223372036854775807") K("9223372036854775808")},
		{KEYS("s64", "key: -9223372036854775808"),
		 .keys = "0000000000000080 ffffffffffffffff", .values = "01 01",
		 .expected = K("-9223372036854775808")},
		{KEYS("be16", "key: 443"), .keys = "01bb bb01", .values = "01 01",
		 .expected = K("443")},
		{KEYS("f64", "key: 1..2"),
		 .keys = "000000000000f03f 000000000000f83f 0000000000000040 0100000000000040 "
			 "000000000000f87f",
		 .values = "01 01 01 01 01", .expected = K("1") K("1.5") K("2")},
		{KEYS("f64", "key: 1.5"), .keys = "000000000000f03f 000000000000f83f",
		 .values = "01 01", .expected = K("1.5")},
		{KEYS("f64", "key: [-1e0..0.5, 1.25..2.]"),
		 .keys = "000000000000e03f 000000000000f03f 000000000000f83f 0000000000000040",
		 .values = "01 01 01 01", .expected = K("0.5") K("1.5") K("2")},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_where__texts(void **state)
{
#define COMM(where)                                                                                                            \
	"key: [{name: k, type: u8}, {name: comm, type: char, count: 4}], value: u8, metrics: [{name: x, type: gauge, labels: " \
	"{k: k}, where: {" where "}}]"
#define COMMS \
	.keys = "0161620000 0261626364 0300000000 0437000000 0522610000", .values = "01 01 01 01 01"
#define IPS .keys = "0a000001 0a000002 7f000001", .values = "01 01 01"
	static const struct decoded_case cases[] = {
		{COMM("comm: ab"), COMMS, .expected = K("1")},
		{COMM("comm: [ab, abcd]"), COMMS, .expected = K("1") K("2")},
		{COMM("comm: {not: [ab, abcd]}"), COMMS, .expected = K("3") K("4") K("5")},
		{COMM("key.comm: ''"), COMMS, .expected = K("3")},
		{COMM("comm: 7"), COMMS, .expected = K("4")},
		{COMM("comm: '7'"), COMMS, .expected = K("4")},
		{COMM("comm: '\"a'"), COMMS, .expected = K("5")},
		{COMM("comm: a"), COMMS, .expected = ""},
		{KEYS("ipv4", "key: 10.0.0.1"), IPS, .expected = K("10.0.0.1")},
		{KEYS("ipv4", "key: {not: [10.0.0.1, 10.0.0.2]}"), IPS, .expected = K("127.0.0.1")},
		{KEYS("ipv6", "key: '::1'"),
		 .keys = "00000000000000000000000000000001 00000000000000000000000000000000",
		 .values = "01 01", .expected = K("::1")},
		{KEYS("mac", "key: '0a:00:00:00:00:01'"), .keys = "0a0000000001 0a0000000002",
		 .values = "01 01", .expected = K("0a:00:00:00:00:01")},
		{KEYS("bool", "key: true"), .keys = "00 01", .values = "01 01",
		 .expected = K("true")},
		{KEYS("bool", "key: false"), .keys = "00 01", .values = "01 01",
		 .expected = K("false")},
		{KEYS("bool", "key: {not: true}"), .keys = "00 01", .values = "01 01",
		 .expected = K("false")},
		{KEYS("bool", "key: 1"), .keys = "00 01", .values = "01 01", .expected = K("true")},
		/* every byte but 0 is true */
		{"key: u8, value: [{name: b, type: bool}], metrics: [{name: x, type: gauge, value: 1, labels: {k: key}, "
		 "where: {b: true}}]",
		 .keys = "00 01 02", .values = "00 01 ff", .expected = K("1") K("2")},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_where__enums(void **state)
{
	static const struct decoded_case cases[] = {
		{"value: u8, metrics: [{name: x, type: gauge, labels: {k: key}, where: {key: PASS}}]",
		 .keys = "02000000 01000000 ffffffff", .values = "01 01 01", .expected = K("PASS")},
		{"value: u8, metrics: [{name: x, type: gauge, labels: {k: key}, where: {key: [PASS, FAIL]}}]",
		 .keys = "02000000 01000000 ffffffff", .values = "01 01 01",
		 .expected = K("PASS") K("FAIL")},
		{"value: u8, metrics: [{name: x, type: gauge, labels: {k: key}, where: {key: {not: FAIL}}}]",
		 .keys = "02000000 01000000 ffffffff", .values = "01 01 01",
		 .expected = K("PASS") K("1")},
		{"value: u8, metrics: [{name: x, type: gauge, labels: {k: key}, where: {key: [-1, 1]}}]",
		 .keys = "02000000 01000000 ffffffff", .values = "01 01 01",
		 .expected = K("1") K("FAIL")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(layout_freep) struct layout *key = layout_new();
		struct decoded_case c = cases[i];

		assert_non_null(key);
		key->root.kind = FIELD_ENUM;
		key->root.size = 4;
		key->root.enumerators = calloc(2, sizeof(struct enumerator));
		assert_non_null(key->root.enumerators);
		key->root.enumerators[0] = (struct enumerator){2, strdup("PASS")};
		key->root.enumerators[1] = (struct enumerator){-1, strdup("FAIL")};
		key->root.n_enumerators = 2;
		c.key = key;
		assert_true(decoded_run(&c));
	}
}

static void test_rules_where__variables(void **state)
{
#define ONE(where)                                                                              \
	"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {i: $id}, where: {" where \
	"}}]"
#define ONE_KEY .keys = "01", .values = "01"
#define EACH(where)                                                                                         \
	"cpu: each, key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {c: $cpu}, where: {" where \
	"}}]"
#define CPUS .keys = "01", .values = "0100000000000000 0200000000000000"
#define ELEMENT(where)                                                                                                    \
	"key: u8, value: [{name: a, type: u8, count: 3}], metrics: [{name: x, type: gauge, value: a.*, labels: {i: $i}, " \
	"where: {" where "}}]"
#define A .keys = "01", .values = "040506"
	static const struct decoded_case cases[] = {
		{ONE("$1: eth0"), .pin = "/x/*/*", ONE_KEY, .expected = "x{i=\"42\"} 1\n"},
		{ONE("$1: {not: eth0}"), .pin = "/x/*/*", ONE_KEY, .expected = ""},
		{ONE("$2: 'a\"b'"), .pin = "/x/*/*", ONE_KEY, .expected = "x{i=\"42\"} 1\n"},
		{ONE("$1: [lo, eth0], $2: x"), .pin = "/x/*/*", ONE_KEY, .expected = ""},
		{ONE("$pin: " PIN), ONE_KEY, .expected = "x{i=\"42\"} 1\n"},
		{ONE("$map: n"), ONE_KEY, .expected = ""},
		{ONE("$id: 40..50"), ONE_KEY, .expected = "x{i=\"42\"} 1\n"},
		{ONE("$id: {not: 42}"), ONE_KEY, .expected = ""},
		{ONE("$cpus: 1"), ONE_KEY, .expected = "x{i=\"42\"} 1\n"},
		{EACH("$cpu: 1"), PERCPU, CPUS, .expected = "x{c=\"1\"} 2\n"},
		{EACH("$cpu: {not: 1}"), PERCPU, CPUS, .expected = "x{c=\"0\"} 1\n"},
		{EACH("value: 2"), PERCPU, CPUS, .expected = "x{c=\"1\"} 2\n"},
		{ELEMENT("$i: 1..9"), A, .expected = "x{i=\"1\"} 5\nx{i=\"2\"} 6\n"},
		{ELEMENT("a.*: {not: 5}"), A, .expected = "x{i=\"0\"} 4\nx{i=\"2\"} 6\n"},
		{ELEMENT("a.0: 4"), A, .expected = "x{i=\"0\"} 4\nx{i=\"1\"} 5\nx{i=\"2\"} 6\n"},
		{ELEMENT("a.0: 5"), A, .expected = ""},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_where__levels(void **state)
{
#define LEVELS(of_map, metrics) \
	of_map "key: u8, value: [{name: a, type: u8}, {name: b, type: u8}], metrics: [" metrics "]"
#define G(name, where) "{name: " name ", type: gauge, value: a, labels: {k: key}" where "}"
#define ENTRIES	       .keys = "01 02 03", .values = "0101 0102 0201"
	static const struct decoded_case cases[] = {
		{LEVELS("where: {a: 1}, ", G("x", "")), ENTRIES,
		 .expected = "x{k=\"1\"} 1\nx{k=\"2\"} 1\n"},
		{LEVELS("where: {a: 1}, ", G("x", ", where: {b: 1}") "," G("y", "")), ENTRIES,
		 .expected = "x{k=\"1\"} 1\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n"},
		/* the same field twice: both hold */
		{LEVELS("where: {b: 1}, ", G("x", ", where: {b: {not: 1}}")), ENTRIES,
		 .expected = ""},
		{LEVELS("", G("x", ", where: {a: 2}") "," G("y", ", where: {a: 2}") "," G(
				    "z", ", where: {a: {not: 2}}")),
		 ENTRIES, .expected = "x{k=\"3\"} 2\ny{k=\"3\"} 2\nz{k=\"1\"} 1\nz{k=\"2\"} 1\n"},
		/* a sum without labels is there, and 0, where nothing is left */
		{LEVELS("",
			"{name: x, type: gauge, value: a, where: {b: 9}}, {name: y_total, type: counter, value: a, "
			"where: {b: 1}}"),
		 ENTRIES, .expected = "x 0\ny_total 3\n"},
		{LEVELS("", "{name: x, type: gauge, value: a, labels: {b: b}, where: {key: 1..2}}"),
		 ENTRIES, .expected = "x{b=\"1\"} 1\nx{b=\"2\"} 1\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* A condition on a per-CPU value looks at the first CPU whose value is not all zero. */
static void test_rules_where__cpus(void **state)
{
#define OF_CPUS(where)                                                                                                    \
	"key: u8, value: [{name: a, type: u8}, {name: b, type: u8}], metrics: [{name: x, type: gauge, value: b, labels: " \
	"{k: key}, where: {" where "}}]"
	static const struct decoded_case cases[] = {
		{OF_CPUS("a: 7"), PERCPU, .keys = "01 02 03",
		 .values = "0701000000000000 0801000000000000"
			   "0000000000000000 0701000000000000"
			   "0001000000000000 0701000000000000",
		 .expected = "x{k=\"1\"} 2\nx{k=\"2\"} 1\n"},
		{OF_CPUS("a: 0"), PERCPU, .keys = "01 02",
		 .values = "0000000000000000 0000000000000000"
			   "0000000000000000 0701000000000000",
		 .expected = "x{k=\"1\"} 0\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_where__numbers),
		cmocka_unit_test(test_rules_where__texts),
		cmocka_unit_test(test_rules_where__enums),
		cmocka_unit_test(test_rules_where__variables),
		cmocka_unit_test(test_rules_where__levels),
		cmocka_unit_test(test_rules_where__cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
