// SPDX-License-Identifier: GPL-2.0-only
/* Histograms: which slots become which buckets, and the sum. What the edges mean is in
 * test_rules_edges.c. */
#include "decoded.h"

#include "decode/plan_internal.h"

#define PERCPU	    .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
#define B(le, n)    "x_bucket{le=\"" le "\"} " n "\n"
#define TOTAL(n)    B("+Inf", n) "x_count " n "\n"
#define SUM(sum, n) B("+Inf", n) "x_sum " sum "\nx_count " n "\n"

/* An array of 4 slots of a byte, and a sum. */
#define ARRAY(buckets, more)                                                                                          \
	"key: u8, value: [{name: s, type: u8, count: 4}, {name: t, type: u8}], metrics: [{name: x, type: histogram, " \
	"buckets: {field: s, " buckets "}" more "}]"
#define EXP2(more) "scheme: exp2, edges: upper" more
#define VALUE	   .keys = "00", .values = "01020304 09"

static void test_rules_histograms__array(void **state)
{
	static const struct decoded_case cases[] = {
		{ARRAY(EXP2(""), ""), VALUE,
		 .expected = B("1", "1") B("2", "3") B("4", "6") B("8", "10") TOTAL("10")},
		{ARRAY("scheme: exp2, edges: lower", ""), VALUE,
		 .expected = B("1", "1") B("3", "3") B("7", "6") B("15", "10") TOTAL("10")},
		{ARRAY(EXP2(", slots: 2"), ""), VALUE,
		 .expected = B("1", "1") B("2", "3") TOTAL("10")},
		{ARRAY(EXP2(", overflow: true"), ""), VALUE,
		 .expected = B("1", "1") B("2", "3") B("4", "6") TOTAL("10")},
		{ARRAY(EXP2(", slot_offset: 1"), ""), VALUE,
		 .expected = B("1", "3") B("2", "6") B("4", "10") TOTAL("10")},
		{ARRAY(EXP2(", slot_offset: 2"), ""), VALUE,
		 .expected = B("1", "6") B("2", "10") TOTAL("10")},
		{ARRAY(EXP2(", slot_offset: 1, zero: true"), ""), VALUE,
		 .expected = B("0", "1") B("1", "3") B("2", "6") B("4", "10") TOTAL("10")},
		{ARRAY(EXP2(", slot_offset: 2, zero: true"), ""), VALUE,
		 .expected = B("0", "3") B("1", "6") B("2", "10") TOTAL("10")},
		{ARRAY(EXP2(", slot_offset: 1, zero: true, overflow: true, scale: 2^-30"), ""),
		 VALUE,
		 .expected = B("0", "1") B("0.000000000931322574615478515625", "3")
			 B("0.00000000186264514923095703125", "6") TOTAL("10")},
		/* slots that the array does not have */
		{ARRAY(EXP2(", slot_offset: -1"), ""), VALUE,
		 .expected =
			 B("1", "0") B("2", "1") B("4", "3") B("8", "6") B("16", "10") TOTAL("10")},
		{ARRAY("scheme: {linear: {start: 10, width: 5}}, edges: upper", ""), VALUE,
		 .expected = B("10", "1") B("15", "3") B("20", "6") B("25", "10") TOTAL("10")},
		{ARRAY("scheme: {linear: {start: 10, width: 5}}, edges: lower, scale: 0.1", ""),
		 VALUE,
		 .expected = B("1.4", "1") B("1.9", "3") B("2.4", "6") B("2.9", "10") TOTAL("10")},
		{ARRAY("scheme: {linear: {width: 50}}, edges: upper, slots: 2", ""), VALUE,
		 .expected = B("0", "1") B("50", "3") TOTAL("10")},
		{ARRAY("scheme: {explicit: {bounds: [0.5, 1e3, 2500]}}", ""), VALUE,
		 .expected = B("0.5", "1") B("1000", "3") B("2500", "6") TOTAL("10")},
		/* an overflow is the array's last slot: beyond the bounds, or the last one of them
		 */
		{ARRAY("scheme: {explicit: {bounds: [0.5, 1e3, 2500]}}, overflow: true", ""), VALUE,
		 .expected = B("0.5", "1") B("1000", "3") B("2500", "6") TOTAL("10")},
		{ARRAY("scheme: {explicit: {bounds: [0.5, 1e3, 2500, 1e4]}}, overflow: true", ""),
		 VALUE, .expected = B("0.5", "1") B("1000", "3") B("2500", "6") TOTAL("10")},
		{ARRAY("scheme: {explicit: {bounds: [-1, 0, 1], keys: [3, 0, 1]}}, scale: 1e-3",
		       ""),
		 VALUE, .expected = B("-0.001", "4") B("0", "5") B("0.001", "7") TOTAL("10")},
		{"key: u8, value: [{name: s, type: s8, count: 2}], metrics: [{name: x, type: histogram, buckets: {field: {field: s, "
		 "mask: 0x7f}, scheme: exp2, edges: upper}}]",
		 .keys = "00", .values = "81ff",
		 .expected = B("1", "1") B("2", "128") TOTAL("128")},
		/* counts are never negative, whatever their type: buckets cannot fall */
		{"key: u8, value: [{name: s, type: s8, count: 2}], metrics: [{name: x, type: histogram, buckets: {field: s, "
		 "scheme: exp2, edges: upper}}]",
		 .keys = "00 01", .values = "05fe 0105",
		 .expected = B("1", "6") B("2", "265") TOTAL("265")},
		{"key: u8, value: [{name: s, type: bytes, count: 2}, {name: b, type: be32, count: 2}], metrics: [{name: x, type: "
		 "histogram, buckets: {field: s, scheme: exp2, edges: upper}}, {name: y, type: histogram, buckets: {field: b, "
		 "scheme: exp2, edges: upper}}]",
		 .keys = "00", .values = "0102 0000 00000003 00000004",
		 .expected = B("1", "1") B("2", "3") TOTAL(
			 "3") "y_bucket{le=\"1\"} 3\ny_bucket{le=\"2\"} 7\ny_bucket{le=\"+Inf\"} 7\ny_count 7\n"},
		/* the value itself */
		{"key: u8, value: [{name: s, type: u64, count: 2}], metrics: [{name: x, type: histogram, buckets: {field: value.s, "
		 "scheme: exp2, edges: upper}}]",
		 .keys = "00 01",
		 .values = "ffffffffffffffff ffffffffffffffff ffffffffffffffff 0000000000000000",
		 .expected = B("1", "36893488147419103230") B("2", "55340232221128654845")
			 TOTAL("55340232221128654845")},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_histograms__sum(void **state)
{
#define TWO EXP2(", slots: 2")
	static const struct decoded_case cases[] = {
		{ARRAY(TWO, ", sum: t"), VALUE, .expected = B("1", "1") B("2", "3") SUM("9", "10")},
		/* in the unit of the buckets, or its own */
		{ARRAY(TWO ", scale: 1e-3", ", sum: t"), VALUE,
		 .expected = B("0.001", "1") B("0.002", "3") SUM("0.009", "10")},
		{ARRAY(TWO ", scale: 1e-3", ", sum: {field: t, scale: 2^-1}"), VALUE,
		 .expected = B("0.001", "1") B("0.002", "3") SUM("4.5", "10")},
		{ARRAY(TWO, ", sum: {field: t, div: 2, scale: 1e-9}"), VALUE,
		 .expected = B("1", "1") B("2", "3") SUM("0.000000004", "10")},
		/* in a slot, which no bucket counts */
		{ARRAY(EXP2(""), ", sum: {slot: 3}"), VALUE,
		 .expected = B("1", "1") B("2", "3") B("4", "6") SUM("4", "6")},
		{ARRAY(TWO, ", sum: {slot: 2}"), VALUE,
		 .expected = B("1", "1") B("2", "3") SUM("3", "7")},
		{ARRAY(EXP2(""), ", sum: {slot: 0}"), VALUE,
		 .expected = B("1", "0") B("2", "2") B("4", "5") B("8", "9") SUM("1", "9")},
		/* its number is that before the offset */
		{ARRAY(EXP2(", slot_offset: 1, scale: us"), ", sum: {slot: 3}"), VALUE,
		 .expected = B("0.000001", "3") B("0.000002", "6") SUM("0.000004", "6")},
		{ARRAY(EXP2(", scale: us"), ", sum: {slot: 3, scale: ms}"), VALUE,
		 .expected = B("0.000001", "1") B("0.000002", "3") B("0.000004", "6")
			 SUM("0.004", "6")},
		{ARRAY(EXP2(", slots: 3, overflow: true"), ", sum: {slot: 3}"), VALUE,
		 .expected = B("1", "1") B("2", "3") SUM("4", "6")},
		/* of floating point, and negative */
		{"key: u8, value: [{name: s, type: u8, count: 2}, {name: f, type: f32, offset: 4}, {name: n, type: s8}], metrics: "
		 "[{name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}, sum: f}, {name: y, type: histogram, "
		 "buckets: {field: s, scheme: exp2, edges: upper}, sum: {field: n, scale: 0.1}}]",
		 .keys = "00 01",
		 .values = "0102 0000 0000c03f fe000000 0000 0000 00000040 ff000000",
		 .expected = B("1", "1") B("2", "3") SUM(
			 "3.5",
			 "3") "y_bucket{le=\"1\"} 1\ny_bucket{le=\"2\"} 3\ny_bucket{le=\"+Inf\"} 3\ny_sum -0.3\ny_count 3\n"},
		/* over 2^64 */
		{"key: u8, value: [{name: s, type: u8, count: 2}, {name: t, type: u64}], metrics: [{name: x, type: histogram, "
		 "buckets: {field: s, scheme: exp2, edges: upper, scale: ns}, sum: t}]",
		 .keys = "00 01",
		 .values = "0100 000000000000 ffffffffffffffff 0200 000000000000 ffffffffffffffff",
		 .expected = B("0.000000001", "3") B("0.000000002", "3")
			 SUM("36893488147.41910323", "3")},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* Each entry is a slot. */
static void test_rules_histograms__key(void **state)
{
#define KEY(type, buckets, more)                                                                 \
	"key: [{name: who, type: u8}, {name: slot, type: " type                                  \
	"}], value: u8, metrics: [{name: x, type: histogram, buckets: {slot: key.slot, " buckets \
	"}" more "}]"
#define SLOTS .keys = "0700 0701 0702 0705", .values = "01 02 04 08"
	static const struct decoded_case cases[] = {
		{KEY("u8", EXP2(", slots: 3"), ""), SLOTS,
		 .expected = B("1", "1") B("2", "3") B("4", "7") TOTAL("15")},
		{KEY("u8", EXP2(", slots: 3, overflow: true"), ""), SLOTS,
		 .expected = B("1", "1") B("2", "3") TOTAL("15")},
		{KEY("u8", EXP2(", slots: 3, slot_offset: 1"), ""), SLOTS,
		 .expected = B("1", "3") B("2", "7") B("4", "7") TOTAL("15")},
		{KEY("u8", EXP2(", slots: 4, slot_offset: 2, zero: true"), ""), SLOTS,
		 .expected =
			 B("0", "3") B("1", "7") B("2", "7") B("4", "7") B("8", "15") TOTAL("15")},
		{KEY("u8", EXP2(", slots: 3"), ", sum: {slot: 5}"), SLOTS,
		 .expected = B("1", "1") B("2", "3") B("4", "7") SUM("8", "7")},
		{KEY("u8", EXP2(", slots: 3, scale: ms"), ", sum: {slot: 5, scale: ns}"), SLOTS,
		 .expected =
			 B("0.001", "1") B("0.002", "3") B("0.004", "7") SUM("0.000000008", "7")},
		/* below the first slot, and the sum among what is 0 */
		{KEY("s8", EXP2(", slots: 2"), ""), .keys = "07ff 0780 0701", .values = "01 02 04",
		 .expected = B("1", "3") B("2", "7") TOTAL("7")},
		{KEY("s8", EXP2(", slots: 2, zero: true"), ""), .keys = "07ff 0780 0701",
		 .values = "01 02 04", .expected = B("0", "3") B("1", "3") B("2", "7") TOTAL("7")},
		{KEY("u8", EXP2(", slots: 3"), ", skip_zero: true, sum: {slot: 5}"), SLOTS,
		 .expected = B("1", "1") B("2", "3") B("4", "7") SUM("8", "7")},
		/* a sum alone is no series, with labels that add and with those that do not */
		{KEY("u8", EXP2(", slots: 3"),
		     ", skip_zero: true, sum: {slot: 5}, labels: {w: who}"),
		 .keys = "0705 0805 0801", .values = "01 02 04",
		 .expected =
			 "x_bucket{w=\"8\",le=\"1\"} 0\nx_bucket{w=\"8\",le=\"2\"} 4\nx_bucket{w=\"8\",le=\"4\"} 4\n"
			 "x_bucket{w=\"8\",le=\"+Inf\"} 4\nx_sum{w=\"8\"} 2\nx_count{w=\"8\"} 4\n"},
		{KEY("u8", EXP2(", slots: 1"),
		     ", skip_zero: true, sum: {slot: 5}, labels: {s: key.slot, w: who}"),
		 .keys = "0705 0800", .values = "01 02",
		 .expected =
			 "x_bucket{s=\"0\",w=\"8\",le=\"1\"} 2\nx_bucket{s=\"0\",w=\"8\",le=\"+Inf\"} 2\n"
			 "x_sum{s=\"0\",w=\"8\"} 0\nx_count{s=\"0\",w=\"8\"} 2\n"},
		{KEY("u8", EXP2(", slots: 3"), ", skip_zero: true, sum: {slot: 5}"), .keys = "0705",
		 .values = "01", .expected = ""},
		{KEY("u8", EXP2(", slots: 3"), ", skip_zero: true"), .keys = "0700", .values = "00",
		 .expected = ""},
		{KEY("u8", "scheme: {explicit: {bounds: [1, 2, 5], keys: [1, 2, 5]}}", ""), SLOTS,
		 .expected = B("1", "2") B("2", "6") B("5", "14") TOTAL("15")},
		{KEY("u8", "scheme: {linear: {start: 0, width: 10}}, edges: lower, slots: 3", ""),
		 SLOTS, .expected = B("9", "1") B("19", "3") B("29", "7") TOTAL("15")},
		/* a computed slot, a computed count; the slot may be a label, too */
		{"key: u16, value: u8, metrics: [{name: x, type: histogram, value: {field: value, shift: 1}, buckets: {slot: {field: "
		 "key, shift: 8}, scheme: exp2, edges: upper, slots: 2}}]",
		 .keys = "0500 0501", .values = "02 04",
		 .expected = B("1", "1") B("2", "3") TOTAL("3")},
		{KEY("u8", EXP2(", slots: 1"), ", labels: {who: who, s: key.slot}"),
		 .keys = "0700 0801", .values = "01 02",
		 .expected =
			 "x_bucket{s=\"0\",who=\"7\",le=\"1\"} 1\nx_bucket{s=\"0\",who=\"7\",le=\"+Inf\"} 1\n"
			 "x_count{s=\"0\",who=\"7\"} 1\n"
			 "x_bucket{s=\"1\",who=\"8\",le=\"1\"} 0\nx_bucket{s=\"1\",who=\"8\",le=\"+Inf\"} 2\n"
			 "x_count{s=\"1\",who=\"8\"} 2\n"},
		/* several values beside one another */
		{"key: u8, value: [{name: n, type: u8}, {name: t, type: u8}], metrics: [{name: x, type: histogram, value: n, buckets: "
		 "{slot: key, scheme: exp2, edges: upper, slots: 2}, sum: t}]",
		 .keys = "00 01", .values = "0105 0206",
		 .expected = B("1", "1") B("2", "3") SUM("11", "3")},
		{"key: u64, value: u64, metrics: [{name: x, type: histogram, buckets: {slot: key, scheme: exp2, edges: upper, slots: 1}}]",
		 .keys = "0000000000000000 ffffffffffffffff",
		 .values = "ffffffffffffffff ffffffffffffffff",
		 .expected = B("1", "18446744073709551615") TOTAL("36893488147419103230")},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_histograms__labels(void **state)
{
#define LABELLED(more) ARRAY(EXP2(", slots: 1"), ", sum: t, labels: {k: " more "}")
#define ONE(k, one, sum, all)                                                            \
	"x_bucket{k=\"" k "\",le=\"1\"} " one "\nx_bucket{k=\"" k "\",le=\"+Inf\"} " all \
	"\nx_sum{k=\"" k "\"} " sum "\nx_count{k=\"" k "\"} " all "\n"
#define ENTRIES .keys = "01 02 11", .values = "0100000005 0200000006 0408000007"
	static const struct decoded_case cases[] = {
		{LABELLED("key"), ENTRIES,
		 .expected =
			 ONE("1", "1", "5", "1") ONE("2", "2", "6", "2") ONE("17", "4", "7", "12")},
		/* equal labels are added */
		{LABELLED("{field: key, mask: 15}"), ENTRIES,
		 .expected = ONE("1", "5", "12", "13") ONE("2", "2", "6", "2")},
		{LABELLED("key"), ENTRIES, .max_series = 2,
		 .expected = ONE("1", "1", "5", "1") ONE("2", "2", "6", "2")},
		/* no entry: only without labels it is there */
		{LABELLED("key"), .keys = "", .values = "", .expected = ""},
		{ARRAY(EXP2(", slots: 1"), ", sum: t"), .keys = "", .values = "",
		 .expected = B("1", "0") SUM("0", "0")},
		/* its own value is all of its counts */
		{ARRAY(EXP2(", slots: 1"), ", sum: t, skip_zero: true, labels: {k: key}"),
		 .keys = "01 02", .values = "0000000005 0000000106",
		 .expected = ONE("2", "0", "6", "1")},
		/* not what is in the slot of the sum, which is then left out, too */
		{ARRAY(EXP2(""), ", sum: {slot: 3}, skip_zero: true"), .keys = "01 02",
		 .values = "0000000900 0100000200",
		 .expected = B("1", "1") B("2", "1") B("4", "1") SUM("2", "1")},
		{ARRAY(EXP2(""), ", sum: {slot: 3}, skip_zero: true"), .keys = "01",
		 .values = "0000000900", .expected = ""},
		{ARRAY(EXP2(", slots: 1"), ", where: {key: 2}, sum: t, labels: {k: key}"), ENTRIES,
		 .expected = ONE("2", "2", "6", "2")},
		{ARRAY(EXP2(", slots: 1"), ", labels: {c: {const: z}}"), VALUE,
		 .expected =
			 "x_bucket{c=\"z\",le=\"1\"} 1\nx_bucket{c=\"z\",le=\"+Inf\"} 10\nx_count{c=\"z\"} 10\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_histograms__elements(void **state)
{
#define HISTS \
	"key: u8, value: [{name: h, type: struct, count: 2, fields: [{name: s, type: u8, count: 2}, {name: t, type: u8}]}], "
#define X(i, one, two, sum)                                                                       \
	"x_bucket{i=\"" i "\",le=\"1\"} " one "\nx_bucket{i=\"" i "\",le=\"2\"} " two             \
	"\nx_bucket{i=\"" i "\",le=\"+Inf\"} " two "\nx_sum{i=\"" i "\"} " sum "\nx_count{i=\"" i \
	"\"} " two "\n"
	static const struct decoded_case cases[] = {
		{HISTS
		 "metrics: [{name: x, type: histogram, buckets: {field: h.*.s, scheme: exp2, edges: upper}, sum: h.*.t, "
		 "labels: {i: $i}}]",
		 .keys = "00", .values = "010205 030406",
		 .expected = X("0", "1", "3", "5") X("1", "3", "7", "6")},
		{HISTS
		 "metrics: [{name: x, type: histogram, buckets: {field: h.*.s, scheme: exp2, edges: upper}, sum: h.*.t}]",
		 .keys = "00", .values = "010205 030406",
		 .expected = B("1", "4") B("2", "10") SUM("11", "10")},
		{HISTS
		 "metrics: [{name: x, type: histogram, buckets: {field: h.1.s, scheme: exp2, edges: upper}, sum: h.1.t}]",
		 .keys = "00", .values = "010205 030406",
		 .expected = B("1", "3") B("2", "7") SUM("6", "7")},
		/* beside other metrics of the map, in any order */
		{HISTS
		 "metrics: [{name: a, type: gauge, value: h.*.t, labels: {i: $i}}, {name: x, type: histogram, buckets: {field: "
		 "h.*.s, scheme: exp2, edges: upper}, sum: h.*.t, labels: {i: $i}}, {name: b_total, type: counter, value: h.0.t}]",
		 .keys = "00", .values = "010205 030406",
		 .expected = "a{i=\"0\"} 5\na{i=\"1\"} 6\n" X("0", "1", "3", "5")
			 X("1", "3", "7", "6") "b_total 5\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_histograms__cpus(void **state)
{
#define CPUS .keys = "01", .values = "0102030405000000 1112131415000000"
	static const struct decoded_case cases[] = {
		{ARRAY(EXP2(""), ", sum: t"), PERCPU, CPUS,
		 .expected = B("1", "18") B("2", "38") B("4", "60") B("8", "84") SUM("26", "84")},
		{ARRAY(EXP2(", slots: 1"), ", cpu: each, sum: t, labels: {k: $cpu}"), PERCPU, CPUS,
		 .expected = ONE("0", "1", "5", "10") ONE("1", "17", "21", "74")},
		{ARRAY(EXP2(", slots: 1"),
		       ", cpu: each, sum: {slot: 3}, labels: {k: {field: $cpu, mask: 2}}"),
		 PERCPU, CPUS, .expected = ONE("0", "18", "24", "60")},
		{"key: u8, value: u64, metrics: [{name: x, type: histogram, buckets: {slot: key, scheme: exp2, edges: upper, slots: "
		 "2}}, {name: y, type: histogram, cpu: each, buckets: {slot: key, scheme: exp2, edges: upper, slots: 2}, labels: {c: "
		 "$cpu}}]",
		 PERCPU, .keys = "00 01",
		 .values = "ffffffffffffffff ffffffffffffffff 0100000000000000 0200000000000000",
		 .expected = B("1", "36893488147419103230") B("2", "36893488147419103233") TOTAL(
			 "36893488147419103233") "y_bucket{c=\"0\",le=\"1\"} 18446744073709551615\ny_bucket{c=\"0\",le=\"2\"} 18446744073709551616\n"
						 "y_bucket{c=\"0\",le=\"+Inf\"} 18446744073709551616\ny_count{c=\"0\"} 18446744073709551616\n"
						 "y_bucket{c=\"1\",le=\"1\"} 18446744073709551615\ny_bucket{c=\"1\",le=\"2\"} 18446744073709551617\n"
						 "y_bucket{c=\"1\",le=\"+Inf\"} 18446744073709551617\ny_count{c=\"1\"} 18446744073709551617\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* Native ones have the same buckets; what is above the last bound, and the sum, are none of them.
 */
static void test_rules_histograms__native(void **state)
{
#define NATIVE ", native: true"
	static const struct {
		struct decoded_case c;
		bool is_native;
		size_t n;
		double first, last; /* the bounds; between them each is twice the one before */
	} cases[] = {
		{{ARRAY(EXP2(""), NATIVE), VALUE,
		  .expected = B("1", "1") B("2", "3") B("4", "6") B("8", "10") TOTAL("10")},
		 true,
		 4,
		 1,
		 8},
		{{ARRAY(EXP2(", slots: 2, scale: 0.5"), NATIVE ", sum: {slot: 3}"), VALUE,
		  .expected = B("0.5", "1") B("1", "3") SUM("2", "6")},
		 true,
		 2,
		 0.5,
		 1},
		{{ARRAY(EXP2(", zero: true, slot_offset: 1, overflow: true, scale: 2^-30"), NATIVE),
		  VALUE,
		  .expected = B("0", "1") B("0.000000000931322574615478515625", "3")
			  B("0.00000000186264514923095703125", "6") TOTAL("10")},
		 true,
		 3,
		 0,
		 0x1p-29},
		{{ARRAY(EXP2(""), ", native: false"), VALUE,
		  .expected = B("1", "1") B("2", "3") B("4", "6") B("8", "10") TOTAL("10")},
		 false,
		 4,
		 1,
		 8},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct decoded d;
		const struct bounds *b;

		decoded_run_table(&cases[i].c, 1);
		decoded_compile(&d, &cases[i].c);
		b = d.plan->metrics[0].bounds;
		assert_int_equal(b->is_native, cases[i].is_native);
		assert_int_equal(b->n, cases[i].n);
		assert_true(b->upper[0] == cases[i].first && b->upper[b->n - 1] == cases[i].last);
		for (size_t k = b->upper[0] > 0 ? 1 : 2; k < b->n; k++)
			assert_true(b->upper[k] == 2 * b->upper[k - 1]);
		decoded_done(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_histograms__array),
		cmocka_unit_test(test_rules_histograms__sum),
		cmocka_unit_test(test_rules_histograms__native),
		cmocka_unit_test(test_rules_histograms__key),
		cmocka_unit_test(test_rules_histograms__labels),
		cmocka_unit_test(test_rules_histograms__elements),
		cmocka_unit_test(test_rules_histograms__cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
