// SPDX-License-Identifier: GPL-2.0-only
/* Entries to series: adding up, CPUs, limits, label sets that are equal. */
#include "decoded.h"

#include "support/alloc_fault.h"

#define PERCPU	   .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
#define ONES	   "ffffffffffffffff"
#define U64(digit) "0" digit "00000000000000"

static void test_builder__cpus(void **state)
{
#define CPUS(how, type, labels)               \
	"cpu: " how ", key: u8, value: " type \
	", metrics: [{name: x, type: gauge, labels: {" labels "}}]"
	static const struct decoded_case cases[] = {
		{CPUS("sum", "u64", "k: key"), PERCPU, .keys = "01 02",
		 .values = U64("1") U64("2") U64("3") U64("4"),
		 .expected = "x{k=\"1\"} 3\nx{k=\"2\"} 7\n"},
		{CPUS("max", "u64", "k: key"), PERCPU, .keys = "01", .values = U64("1") ONES,
		 .expected = "x{k=\"1\"} 18446744073709551615\n"},
		{CPUS("min", "u64", "k: key"), PERCPU, .keys = "01", .values = ONES U64("1"),
		 .expected = "x{k=\"1\"} 1\n"},
		{CPUS("avg", "u64", "k: key"), PERCPU, .keys = "01", .values = U64("1") U64("2"),
		 .expected = "x{k=\"1\"} 1.5\n"},
		{CPUS("each", "u64", "k: key, cpu: $cpu"), PERCPU, .keys = "01",
		 .values = U64("1") ONES,
		 .expected = "x{cpu=\"0\",k=\"1\"} 1\nx{cpu=\"1\",k=\"1\"} 18446744073709551615\n"},
		/* sums over 2^64, and of negative numbers */
		{CPUS("sum", "u64", "k: key"), PERCPU, .keys = "01 02",
		 .values = ONES ONES U64("1") U64("1"),
		 .expected = "x{k=\"1\"} 36893488147419103230\nx{k=\"2\"} 2\n"},
		{CPUS("avg", "u64", "k: key"), PERCPU, .keys = "01", .values = ONES ONES,
		 .expected = "x{k=\"1\"} 18446744073709552000\n"},
		{CPUS("sum", "s64", "k: key"), PERCPU, .keys = "01 02",
		 .values = "0000000000000080 0000000000000080" ONES U64("1"),
		 .expected = "x{k=\"1\"} -18446744073709551616\nx{k=\"2\"} 0\n"},
		/* what fits into 64 bits stays what it was, next to a sum that does not */
		{CPUS("sum", "u64", "k: key"), PERCPU, .keys = "01 02",
		 .values = ONES U64("0") ONES ONES,
		 .expected = "x{k=\"1\"} 18446744073709551615\nx{k=\"2\"} 36893488147419103230\n"},
		{CPUS("sum", "s64", "k: key"), PERCPU, .keys = "01 02 03",
		 .values = ONES U64("0") "0000000000000080 0000000000000080" ONES ONES,
		 .expected = "x{k=\"1\"} -1\nx{k=\"2\"} -18446744073709551616\nx{k=\"3\"} -2\n"},
		{CPUS("max", "s64", "k: key"), PERCPU, .keys = "01", .values = ONES U64("1"),
		 .expected = "x{k=\"1\"} 1\n"},
		{CPUS("min", "s64", "k: key"), PERCPU, .keys = "01", .values = U64("1") ONES,
		 .expected = "x{k=\"1\"} -1\n"},
		{CPUS("avg", "s64", "k: key"), PERCPU, .keys = "01",
		 .values = ONES "feffffffffffffff", .expected = "x{k=\"1\"} -1.5\n"},
		/* 1, 4 and 12 bytes a CPU: what follows up to 8 is not looked at */
		{CPUS("sum", "u8", "k: key"), PERCPU, .keys = "01",
		 .values = "ff"
			   "ffffffffffffff"
			   "02"
			   "eeeeeeeeeeeeee",
		 .expected = "x{k=\"1\"} 257\n"},
		{CPUS("sum", "s32", "k: key"), PERCPU, .keys = "01",
		 .values = "ffffffff"
			   "11111111"
			   "feffffff"
			   "22222222",
		 .expected = "x{k=\"1\"} -3\n"},
		{"cpu: sum, key: u8, value: [{name: a, type: u32, count: 3}], metrics: [{name: x, type: gauge, "
		 "value: a.2, labels: {k: key}}]",
		 PERCPU, .keys = "01 02",
		 .values = "010000000200000003000000ffffffff 010000000200000004000000ffffffff"
			   "010000000200000005000000ffffffff 010000000200000006000000ffffffff",
		 .expected = "x{k=\"1\"} 7\nx{k=\"2\"} 11\n"},
		/* the key is the same for all CPUs */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: key, labels: {k: key}}]",
		 PERCPU, .keys = "05", .values = "0100000000000000 0100000000000000",
		 .expected = "x{k=\"5\"} 5\n"},
		{"cpu: avg, key: u8, value: u8, metrics: [{name: x, type: gauge, value: key, labels: {k: key}}]",
		 PERCPU, .keys = "05", .values = "0100000000000000 0100000000000000",
		 .expected = "x{k=\"5\"} 5\n"},
		/* computed for each CPU, before the reduction */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: {field: value, shift: 4, scale: 0.5}, "
		 "labels: {k: key}}]",
		 PERCPU, .keys = "01", .values = "1f00000000000000 1f00000000000000",
		 .expected = "x{k=\"1\"} 1\n"},
		{"cpu: max, key: u8, value: u8, metrics: [{name: x, type: gauge, value: {field: value, mask: 15}, "
		 "labels: {k: key}}]",
		 PERCPU, .keys = "01", .values = "f100000000000000 0200000000000000",
		 .expected = "x{k=\"1\"} 2\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder__label_from_a_per_cpu_value(void **state)
{
#define OF_VALUE                                                           \
	"key: u8, value: [{name: who, type: u16}, {name: n, type: u16}], " \
	"metrics: [{name: x, type: gauge, value: n, labels: {k: key, w: who}}]"
	static const struct decoded_case cases[] = {
		{OF_VALUE, PERCPU, .keys = "01", .values = "0500010000000000 0600020000000000",
		 .expected = "x{k=\"1\",w=\"5\"} 3\n"},
		{OF_VALUE, PERCPU, .keys = "01", .values = "0000000000000000 0600020000000000",
		 .expected = "x{k=\"1\",w=\"6\"} 2\n"},
		{OF_VALUE, PERCPU, .keys = "01", .values = "0000010000000000 0600020000000000",
		 .expected = "x{k=\"1\",w=\"0\"} 3\n"},
		{OF_VALUE, PERCPU, .keys = "01", .values = "0000000000000000 0000000000000000",
		 .expected = "x{k=\"1\",w=\"0\"} 0\n"},
		/* what lies behind the value does not make it other than zero */
		{OF_VALUE, PERCPU, .keys = "01", .values = "00000000000000ff 0600020000000000",
		 .expected = "x{k=\"1\",w=\"6\"} 2\n"},
		{"cpu: each, key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {v: value, c: $cpu, k: key}}]",
		 PERCPU, .keys = "01", .values = "0500000000000000 0600000000000000",
		 .expected = "x{c=\"0\",k=\"1\",v=\"5\"} 5\nx{c=\"1\",k=\"1\",v=\"6\"} 6\n"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, value: 1, labels: {v: value}}]",
		 .keys = "01 02 03", .values = "05 06 05",
		 .expected = "x{v=\"5\"} 2\nx{v=\"6\"} 1\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder__equal_labels_are_added(void **state)
{
#define PAIR                                                                                    \
	"key: [{name: a, type: char, count: 4}, {name: b, type: char, count: 4}], value: u64, " \
	"metrics: [{name: x, type: gauge, labels: {a: a, b: b}}]"
	static const struct decoded_case cases[] = {
		/* what follows a NUL is not shown */
		{PAIR, .keys = "61006262 62000000  61000000 62006363", .values = U64("1") U64("2"),
		 .expected = "x{a=\"a\",b=\"b\"} 3\n"},
		/* ("a|b", "c") is not ("a", "b|c"), nor what only looks like two labels */
		{PAIR, .keys = "617c6200 63000000  61000000 627c6300", .values = U64("1") U64("2"),
		 .expected = "x{a=\"a|b\",b=\"c\"} 1\nx{a=\"a\",b=\"b|c\"} 2\n"},
		{PAIR, .keys = "612c0000 62000000  61000000 2c620000", .values = U64("1") U64("2"),
		 .expected = "x{a=\"a,\",b=\"b\"} 1\nx{a=\"a\",b=\",b\"} 2\n"},
		{PAIR, .keys = "22000000 62000000  5c220000 62000000", .values = U64("1") U64("2"),
		 .expected = "x{a=\"\\\"\",b=\"b\"} 1\nx{a=\"\\\\\\\"\",b=\"b\"} 2\n"},
		/* padding that differs */
		{"key: [{name: a, type: u8}, {name: b, type: u32}], value: u64, metrics: [{name: x, type: gauge, "
		 "labels: {a: a, b: b}}]",
		 .keys = "01 000000 02000000  01 ffffff 02000000  01 000000 03000000",
		 .values = U64("1") U64("2") U64("4"),
		 .expected = "x{a=\"1\",b=\"2\"} 3\nx{a=\"1\",b=\"3\"} 4\n"},
		/* packed, the same fields cover the key */
		{"packed: true, key: [{name: a, type: u8}, {name: b, type: u32}], value: u64, metrics: [{name: x, "
		 "type: gauge, labels: {a: a, b: b}}]",
		 .keys = "01 02000000  01 03000000", .values = U64("1") U64("2"),
		 .expected = "x{a=\"1\",b=\"2\"} 1\nx{a=\"1\",b=\"3\"} 2\n"},
		/* a part of the key */
		{"key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: x, type: gauge, "
		 "labels: {a: a}}]",
		 .keys = "0101 0201 0102", .values = "01 02 04",
		 .expected = "x{a=\"1\"} 5\nx{a=\"2\"} 2\n"},
		{"key: u16, value: u8, metrics: [{name: x, type: gauge, labels: {a: {field: key, shift: 8}}}]",
		 .keys = "0101 0102 0201", .values = "01 02 04",
		 .expected = "x{a=\"1\"} 5\nx{a=\"2\"} 2\n"},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {a: {field: key, decode: {map: {1..2: "
		 "low}}}}}]",
		 .keys = "01 02 03", .values = "01 02 04",
		 .expected = "x{a=\"low\"} 3\nx{a=\"3\"} 4\n"},
		{"key: u64, value: u8, metrics: [{name: x, type: gauge, labels: {a: {field: key, decode: mac}}}]",
		 .keys = "0102030405060000 0102030405060001", .values = "01 02",
		 .expected = "x{a=\"01:02:03:04:05:06\"} 3\n"},
		{"key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {a: {field: key, decode: port}}}]",
		 .keys = "01bb0000 000001bb", .values = "01 02", .expected = "x{a=\"443\"} 3\n"},
		{"key: bool, value: u8, metrics: [{name: x, type: gauge, labels: {a: key}}]",
		 .keys = "01 02 00", .values = "01 02 04",
		 .expected = "x{a=\"true\"} 3\nx{a=\"false\"} 4\n"},
		{"key: u8, value: s64, metrics: [{name: x, type: gauge, labels: {a: {const: b}}}]",
		 .keys = "01 02", .values = ONES "0000000000000080",
		 .expected = "x{a=\"b\"} -9223372036854775809\n"},
		{"key: u8, value: u64, metrics: [{name: x, type: gauge, labels: {}}]",
		 .keys = "01 02 03", .values = ONES ONES ONES,
		 .expected = "x 55340232221128654845\n"},
		/* the text decides, not its hash: the lower halves of XXH3 of k="30605" and
		 * k="99858" are the same, as are those of k="13662" and k="142817" */
		{"key: u32, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, mask: 0xffffff}}}]",
		 .keys = "8d770000 12860100 8d770001 5e350000 e12d0200", .values = "01 02 04 08 10",
		 .expected =
			 "x{k=\"30605\"} 5\nx{k=\"99858\"} 2\nx{k=\"13662\"} 8\nx{k=\"142817\"} 16\n"},
		/* an array's index is its key */
		{"value: u8, metrics: [{name: x, type: gauge, labels: {i: key}}]",
		 .type = BPF_MAP_TYPE_ARRAY, .keys = "00000000 01000000", .values = "05 06",
		 .expected = "x{i=\"0\"} 5\nx{i=\"1\"} 6\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder__metrics_together(void **state)
{
#define TWO \
	"key: [{name: a, type: u8}, {name: b, type: u8}], value: [{name: n, type: u8}, {name: m, type: u8}], metrics: "
	static const struct decoded_case cases[] = {
		{TWO "[{name: x, type: gauge, value: n, labels: {a: a, b: b}}, "
		     "{name: y, type: gauge, value: m, labels: {b: b, a: a}}]",
		 .keys = "0102 0103", .values = "0506 0708",
		 .expected =
			 "x{a=\"1\",b=\"2\"} 5\nx{a=\"1\",b=\"3\"} 7\ny{a=\"1\",b=\"2\"} 6\ny{a=\"1\",b=\"3\"} 8\n"},
		{TWO
		 "[{name: x, type: gauge, value: n, labels: {a: a, b: b}}, "
		 "{name: y, type: gauge, value: m, labels: {a: a}}, {name: z, type: gauge, value: m, labels: {}}]",
		 .keys = "0102 0103", .values = "0506 0708",
		 .expected = "x{a=\"1\",b=\"2\"} 5\nx{a=\"1\",b=\"3\"} 7\ny{a=\"1\"} 14\nz 14\n"},
		/* constant labels differ, the varying ones are shared */
		{TWO "[{name: x, type: gauge, value: n, labels: {a: a, b: b, w: {const: n}}}, "
		     "{name: x, type: gauge, value: m, labels: {a: a, b: b, w: {const: m}}}]",
		 .keys = "0102", .values = "0506",
		 .expected = "x{w=\"n\",a=\"1\",b=\"2\"} 5\nx{w=\"m\",a=\"1\",b=\"2\"} 6\n"},
		{TWO
		 "[{name: x_info, type: info, labels: {a: a}}, {name: y, type: gauge, value: 1, labels: {a: a}}]",
		 .keys = "0102 0103 0201", .values = "0000 0000 0000",
		 .expected = "x_info{a=\"1\"} 1\nx_info{a=\"2\"} 1\ny{a=\"1\"} 2\ny{a=\"2\"} 1\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* Two metrics whose labels differ in one thing only do not share their text. */
static void test_builder__labels_that_differ(void **state)
{
#define DIFFER(type, one, other)                                                          \
	"key: " type ", value: u8, metrics: [{name: x, type: gauge, labels: {" one "}}, " \
	"{name: y, type: gauge, labels: {" other "}}]",                                   \
		.values = "01"
#define KEY(rest)      "k: {field: key, " rest "}"
#define DECODE(rest)   KEY("decode: " rest)
#define XY(one, other) .expected = "x{k=\"" one "\"} 1\ny{k=\"" other "\"} 1\n"
	static const struct decoded_case cases[] = {
		{DIFFER("u8", "k: key", "l: key"), .keys = "07",
		 .expected = "x{k=\"7\"} 1\ny{l=\"7\"} 1\n"},
		{DIFFER("[{name: a, type: u8}, {name: b, type: u8}]", "k: a", "k: b"),
		 .keys = "0102", XY("1", "2")},
		{DIFFER("u8", KEY("shift: 4"), KEY("shift: 5")), .keys = "60", XY("6", "3")},
		{DIFFER("u8", KEY("mask: 15"), KEY("mask: 7")), .keys = "0f", XY("15", "7")},
		{DIFFER("u8", "k: key", DECODE("hex")), .keys = "1f", XY("31", "0x1f")},
		{DIFFER("u8", DECODE("dec"), DECODE("hex")), .keys = "1f", XY("31", "0x1f")},
		{DIFFER("u8", DECODE("hex"), DECODE("[hex, {map: {0x1f: on}}]")), .keys = "1f",
		 XY("0x1f", "on")},
		{DIFFER("u8", DECODE("{map: {1: a}}"), DECODE("{map: {1: a, 2: b}}")), .keys = "02",
		 XY("2", "b")},
		{DIFFER("u8", DECODE("{map: {1..9: a}}"), DECODE("{map: {2..9: a}}")), .keys = "01",
		 XY("a", "1")},
		{DIFFER("u8", DECODE("{map: {1..9: a}}"), DECODE("{map: {1..8: a}}")), .keys = "09",
		 XY("a", "9")},
		{DIFFER("u8", DECODE("{map: {1: a}}"), DECODE("{map: {1: b}}")), .keys = "01",
		 XY("a", "b")},
		{DIFFER("char", DECODE("{map: {t: a}}"), DECODE("{map: {u: a}}")), .keys = "74",
		 XY("a", "t")},
		{DIFFER("u8", DECODE("{map: {0: a}}"), DECODE("{map: {zero: a}}")), .keys = "00",
		 XY("a", "0")},
		{DIFFER("u8", DECODE("{map: {1: a}, default: b}"),
			DECODE("{map: {1: a}, default: c}")),
		 .keys = "02", XY("b", "c")},
		{DIFFER("u8", DECODE("{map: {1: a}}"), DECODE("{map: {1: a}, default: c}")),
		 .keys = "02", XY("2", "c")},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder__without_labels_or_entries(void **state)
{
#define NO_LABELS(metrics) "key: u8, value: u8, metrics: [" metrics "]"
#define GAUGE		   "{name: g, type: gauge, labels: {}}"
#define COUNTER		   "{name: c_total, type: counter, labels: {p: $pin}}"
#define ENTRIES		   "{name: e, type: gauge, value: 1}"
#define INFO		   "{name: i_info, type: info, labels: {p: $map}}"
#define SKIP		   "{name: s, type: gauge, skip_zero: true}"
	static const struct decoded_case cases[] = {
		{NO_LABELS(GAUGE), .keys = "", .values = "", .expected = "g 0\n"},
		{NO_LABELS(COUNTER), .keys = "", .values = "",
		 .expected = "c_total{p=\"" PIN "\"} 0\n"},
		{NO_LABELS(ENTRIES), .keys = "", .values = "", .expected = "e 0\n"},
		{NO_LABELS(INFO), .keys = "", .values = "", .expected = ""},
		{NO_LABELS(SKIP), .keys = "", .values = "", .expected = ""},
		{NO_LABELS("{name: l, type: gauge, labels: {k: key}}"), .keys = "", .values = "",
		 .expected = ""},
		{NO_LABELS(GAUGE "," INFO), .keys = "", .values = "", .expected = "g 0\n"},
		{NO_LABELS(INFO "," GAUGE), .keys = "", .values = "", .expected = "g 0\n"},
		{NO_LABELS(SKIP "," GAUGE "," INFO "," ENTRIES), .keys = "", .values = "",
		 .expected = "g 0\ne 0\n"},
		{NO_LABELS(SKIP "," GAUGE "," INFO "," ENTRIES), .keys = "01 02", .values = "00 00",
		 .expected = "g 0\ni_info{p=\"m\"} 1\ne 2\n"},
		{NO_LABELS(SKIP "," GAUGE "," INFO "," ENTRIES), .keys = "01 02", .values = "00 03",
		 .expected = "s 3\ng 3\ni_info{p=\"m\"} 1\ne 2\n"},
		{"key: u8, value: u8, metrics: []", .keys = "01", .values = "01", .expected = ""},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder__skip_zero(void **state)
{
#define SIBLINGS(metrics)                                                                                      \
	"key: [{name: a, type: u8}, {name: b, type: u8}], value: [{name: n, type: s8}, {name: m, type: s8}], " \
	"metrics: [" metrics "]"
#define SKIPS(labels)                                                                      \
	SIBLINGS("{name: x, type: gauge, value: n, skip_zero: true, labels: " labels "}, " \
		 "{name: y, type: gauge, value: m, labels: " labels "}")
#define BOTH_SKIP                                                                                                 \
	"key: u8, value: [{name: n, type: u8}, {name: m, type: u8}], metrics: [{name: x, type: gauge, value: n, " \
	"skip_zero: true, labels: {k: key}}, {name: y, type: gauge, value: m, skip_zero: true, labels: {k: key}}]"
	static const struct decoded_case cases[] = {
		{SKIPS("{a: a, b: b}"), .keys = "0101 0102", .values = "0000 0500",
		 .expected = "x{a=\"1\",b=\"2\"} 5\ny{a=\"1\",b=\"1\"} 0\ny{a=\"1\",b=\"2\"} 0\n"},
		/* where entries are added, each one that is 0 is left out, but no sum */
		{SKIPS("{a: a}"), .keys = "0101 0102 0201", .values = "0100 ff00 0000",
		 .expected = "x{a=\"1\"} 0\ny{a=\"1\"} 0\ny{a=\"2\"} 0\n"},
		{SIBLINGS("{name: y, type: gauge, value: m, labels: {a: a}}, "
			  "{name: x, type: gauge, value: n, skip_zero: true, labels: {a: a}}"),
		 .keys = "0101 0102 0201", .values = "0100 ff00 0000",
		 .expected = "y{a=\"1\"} 0\ny{a=\"2\"} 0\nx{a=\"1\"} 0\n"},
		{BOTH_SKIP, .keys = "01 02 03", .values = "0000 0100 0002",
		 .expected = "x{k=\"2\"} 1\ny{k=\"3\"} 2\n"},
		{BOTH_SKIP, .keys = "01", .values = "0000", .expected = ""},
		{"key: u8, value: s64, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key}}]",
		 PERCPU, .keys = "01 02", .values = ONES U64("1") ONES U64("0"),
		 .expected = "x{k=\"2\"} -1\n"},
		/* 2^64 is not 0 */
		{"key: u8, value: u64, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key}}]",
		 PERCPU, .keys = "01 02", .values = U64("1") ONES U64("0") U64("0"),
		 .expected = "x{k=\"1\"} 18446744073709551616\n"},
		{"cpu: each, key: u8, value: u8, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key, c: "
		 "$cpu}}]",
		 PERCPU, .keys = "01", .values = "0000000000000000 0300000000000000",
		 .expected = "x{c=\"1\",k=\"1\"} 3\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_builder__limit(void **state)
{
#define THREE .keys = "01 02 03", .values = "01 02 03"
	static const struct {
		const char *metrics;
		uint64_t max, n_series, n_dropped;
	} cases[] = {
		{"{name: x, type: gauge, labels: {k: key}}", 3, 3, 0},
		{"{name: x, type: gauge, labels: {k: key}}", 2, 2, 1},
		{"{name: x, type: gauge, labels: {k: key}}", 1, 1, 2},
		/* siblings come or go together */
		{"{name: x, type: gauge, labels: {k: key}}, {name: y, type: gauge, labels: {k: key}}",
		 6, 6, 0},
		{"{name: x, type: gauge, labels: {k: key}}, {name: y, type: gauge, labels: {k: key}}",
		 5, 4, 2},
		{"{name: x, type: gauge, labels: {k: key}}, {name: y, type: gauge, labels: {k: key}}",
		 1, 0, 6},
		/* of label sets that are added up */
		{"{name: x, type: gauge, labels: {k: {field: key, shift: 1}}}", 2, 2, 0},
		{"{name: x, type: gauge, labels: {k: {field: key, shift: 1}}}", 1, 1, 2},
		/* one without labels is there first */
		{"{name: x, type: gauge, labels: {k: key}}, {name: y, type: gauge}", 4, 4, 0},
		{"{name: x, type: gauge, labels: {k: key}}, {name: y, type: gauge}", 3, 3, 1},
		/* what skip_zero hides takes no place */
		{"{name: x, type: gauge, skip_zero: true, value: {field: value, mask: 2}, labels: {k: key}}",
		 2, 2, 0},
		{"{name: x, type: gauge, skip_zero: true, value: {field: value, mask: 2}, labels: {k: key}}",
		 1, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_(freep) char *text = NULL;
		_cleanup_buf_ struct buf yaml = BUF_INIT;
		struct decoded_case c = {THREE};
		struct builder_result result;

		buf_printf(&yaml, "key: u8, value: u8, metrics: [%s]", cases[i].metrics);
		c.yaml = buf_string(&yaml);
		decoded_compile(&d, &c);
		result = decoded_pass(&d, NULL, cases[i].max, c.keys, c.values);
		text = decoded_text(result.snapshot);
		assert_int_equal(result.n_series, cases[i].n_series);
		assert_int_equal(decoded_count_lines(text), cases[i].n_series);
		assert_int_equal(result.n_dropped, cases[i].n_dropped);
		snapshot_unref(result.snapshot);
	}
}

/* Those that were there first keep their place, and what belongs to them still counts. */
static void test_builder__limit_keeps_the_first(void **state)
{
	static const struct decoded_case cases[] = {
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}]", THREE,
		 .max_series = 2, .expected = "x{k=\"1\"} 1\nx{k=\"2\"} 2\n"},
		{"key: u16, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, mask: 255}}}]",
		 .keys = "0100 0200 0101 0201 0300 0102", .values = "01 02 03 04 05 06",
		 .max_series = 1, .expected = "x{k=\"1\"} 10\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* Many label sets, many times each, against plain arithmetic. */
static void test_builder__many_equal_labels(void **state)
{
	static const struct decoded_case c = {
		"key: u32, value: u64, metrics: [{name: x, type: gauge, labels: {k: {field: key, mask: 0xfff}}}]",
		.keys = "", .values = ""};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(builder_freep) struct builder *b = NULL;
	struct builder_result result = {0};
	const struct series_set *set;

	(void)state;
	decoded_compile(&d, &c);
	b = builder_new(d.plan, NULL, NULL, &(struct config_limits){.max_series = 4096});
	for (uint32_t key = 0; key < 5 * 4096; key++) {
		uint64_t value = UINT64_MAX - key;

		assert_int_equal(builder_add(b, &key, &value, 1), 0);
	}
	assert_int_equal(builder_finish(b, &result), 0);
	assert_int_equal(result.n_series, 4096);
	assert_int_equal(result.n_dropped, 0);
	set = &result.snapshot->sets[0];
	for (uint32_t i = 0; i < 4096; i++) {
		int128 expected = 5 * (int128)(UINT64_MAX - i) - 4096 * (1 + 2 + 3 + 4);
		char text[32];

		snprintf(text, sizeof(text), "k=\"%u\"", i);
		assert_true(str_equal(label_block_text(set->labels, i), str_of(text)));
		assert_true(column_int(&set->values, i) == expected);
	}
	snapshot_unref(result.snapshot);
}

/* Label sets that come after a sum has passed 64 bits start from zero. */
static void test_builder__new_sums_after_a_wide_one(void **state)
{
	static const struct decoded_case c = {
		"key: u16, value: u64, metrics: [{name: x, type: gauge, labels: {k: {field: key, mask: 255}}}]",
		.keys = "", .values = ""};
	static const uint16_t first[] = {0x0000, 0x0100};
	static const uint64_t most[] = {UINT64_MAX, UINT64_MAX};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(builder_freep) struct builder *b = NULL;
	struct builder_result result = {0};
	const struct column *sums;

	(void)state;
	decoded_compile(&d, &c);
	b = builder_new(d.plan, NULL, NULL, &(struct config_limits){.max_series = 256});
	assert_int_equal(builder_add(b, first, most, 2), 0);
	for (uint16_t key = 1; key < 256; key++) {
		uint64_t value = key;

		assert_int_equal(builder_add(b, &key, &value, 1), 0);
	}
	assert_int_equal(builder_finish(b, &result), 0);
	assert_int_equal(result.n_series, 256);
	sums = &result.snapshot->sets[0].values;
	assert_true(column_int(sums, 0) == 2 * (int128)UINT64_MAX);
	for (uint16_t i = 1; i < 256; i++)
		assert_true(column_int(sums, i) == i);
	snapshot_unref(result.snapshot);
}

/* A pass with the @nth allocation failing. Return: whether one failed. */
static bool pass_fails(const struct decoded *d, struct snapshot *previous, long nth)
{
	static const uint8_t keys[] = {0x11, 0x12, 0x21, 0x33};
	static const uint8_t values[ARRAY_SIZE(keys) * 2 * 8] = {1, 2, 3, 4, 5, 6};
	struct builder_result result = {0};
	struct builder *b;
	int r = -ENOMEM;
	bool struck;

	alloc_fault_arm(nth);
	b = builder_new(d->plan, previous, NULL, &(struct config_limits){.max_series = 1000});
	if (b)
		r = builder_add(b, keys, values, ARRAY_SIZE(keys));
	if (r == 0)
		r = builder_finish(b, &result);
	builder_free(b);
	struck = alloc_fault_disarm();
	if (!struck)
		assert_int_equal(r, 0);
	else if (r) /* only giving back room may fail unnoticed */
		assert_int_equal(r, -ENOMEM);
	snapshot_unref(result.snapshot);
	return struck;
}

/* Histograms, elements, averages, conditions and texts that are left out. */
static void test_builder__without_memory(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u8, value: [{name: s, type: u8, count: 4}, {name: t, type: char, count: 2}], metrics: [{name: h, type: "
			"histogram, buckets: {field: s, scheme: exp2, edges: upper}, sum: {slot: 3}, labels: {k: {field: key, shift: 4, "
			"keep: '[12]'}}}, {name: e, type: gauge, cpu: each, value: s.*, labels: {c: $cpu, i: $i, k: key}}, {name: a, type: "
			"gauge, aggregate: avg, value: s.0, labels: {t: {field: t, decode: [string, {regex: [{match: x}]}]}}, where: {t: "
			"{not: 'y\"'}}}, {name: n, type: summary, count: s.0, sum: s.1, labels: {k: {field: key, drop: '1.'}}}]",
		PERCPU,
		.keys = "",
		.values = ""};
	_cleanup_(decoded_done) struct decoded d = {0};
	struct builder_result first;
	long n_first = 0, n_second = 0;

	(void)state;
	decoded_compile(&d, &c);
	while (pass_fails(&d, NULL, n_first))
		n_first++;
	first = decoded_pass(&d, NULL, 0, "11 12 21 33",
			     "0102030405060000 0000000000000000 0000000000000000 0000000000000000"
			     "0000000000000000 0000000000000000 0000000000000000 0000000000000000");
	while (pass_fails(&d, first.snapshot, n_second))
		n_second++;
	snapshot_unref(first.snapshot);
	assert_true(n_first > 20);
	assert_true(n_second > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builder__cpus),
		cmocka_unit_test(test_builder__label_from_a_per_cpu_value),
		cmocka_unit_test(test_builder__equal_labels_are_added),
		cmocka_unit_test(test_builder__metrics_together),
		cmocka_unit_test(test_builder__labels_that_differ),
		cmocka_unit_test(test_builder__without_labels_or_entries),
		cmocka_unit_test(test_builder__skip_zero),
		cmocka_unit_test(test_builder__limit),
		cmocka_unit_test(test_builder__limit_keeps_the_first),
		cmocka_unit_test(test_builder__many_equal_labels),
		cmocka_unit_test(test_builder__new_sums_after_a_wide_one),
		cmocka_unit_test(test_builder__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
