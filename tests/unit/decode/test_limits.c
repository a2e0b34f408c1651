// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a map shows that has more series than it may, pass after pass: those seen first, and of the
 * rest how many they are, or what they come to.
 */
#include "limited.h"

static void test_limits__first_seen_keep_their_place(void **state)
{
#define ABC "x{k=\"1\"} 1\nx{k=\"2\"} 2\nx{k=\"3\"} 3\n"
	static const struct limited_case cases[] = {
		/* exactly full; one more */
		{{.yaml = GAUGE, .max_series = 3},
		 .passes = {{"01 02 03", "01 02 03", .shows = ABC}}},
		{{.yaml = GAUGE, .max_series = 3},
		 .passes = {{"01 02 03 04", "01 02 03 04", .shows = ABC, .n_dropped = 1}}},
		/* new ones in front, between, at the end; in another order */
		{{.yaml = GAUGE, .max_series = 3},
		 .passes = {{"01 02 03", "01 02 03", .shows = ABC},
			    {"08 09 01 02 03", "08 09 01 02 03", .shows = ABC, .n_dropped = 2},
			    {"01 08 02 09 03", "01 08 02 09 03", .shows = ABC, .n_dropped = 2},
			    {"01 02 08 03 09", "01 02 08 03 09", .shows = ABC, .n_dropped = 2},
			    {"08 03 09 02 01 07", "08 03 09 02 01 07",
			     .shows = "x{k=\"3\"} 3\nx{k=\"2\"} 2\nx{k=\"1\"} 1\n", .n_dropped = 3},
			    {"01 02 03 07", "01 02 03 07", .shows = ABC, .n_dropped = 1}}},
		/* who goes makes room at once, for as many; who comes back is new */
		{{.yaml = GAUGE, .max_series = 3},
		 .passes = {{"01 02 03", "01 02 03", .shows = ABC},
			    {"08 09 07 01", "08 09 07 01",
			     .shows = "x{k=\"8\"} 8\nx{k=\"9\"} 9\nx{k=\"1\"} 1\n", .n_dropped = 1},
			    {"02 03 01 07 08", "02 03 01 07 08",
			     .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\nx{k=\"8\"} 8\n", .n_dropped = 2},
			    {"", "", .shows = ""},
			    {"05", "05", .shows = "x{k=\"5\"} 5\n"},
			    {"06 07 08 05", "06 07 08 05",
			     .shows = "x{k=\"6\"} 6\nx{k=\"7\"} 7\nx{k=\"5\"} 5\n",
			     .n_dropped = 1}}},
		/* one place */
		{{.yaml = GAUGE, .max_series = 1},
		 .passes = {{"01 02", "01 02", .shows = "x{k=\"1\"} 1\n", .n_dropped = 1},
			    {"02 01", "02 01", .shows = "x{k=\"1\"} 1\n", .n_dropped = 1},
			    {"02 03", "02 03", .shows = "x{k=\"2\"} 2\n", .n_dropped = 1}}},
		/* label text that does not follow from the key alone */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, value: 1, labels: {k: key, v: "
			  "value}}]",
		  .max_series = 2},
		 .passes = {{"01 02", "01 02",
			     .shows = "x{k=\"1\",v=\"1\"} 1\nx{k=\"2\",v=\"2\"} 1\n"},
			    {"03 02 01", "03 02 01",
			     .shows = "x{k=\"2\",v=\"2\"} 1\nx{k=\"1\",v=\"1\"} 1\n",
			     .n_dropped = 1},
			    {"03 02 01", "03 09 01",
			     .shows = "x{k=\"3\",v=\"3\"} 1\nx{k=\"1\",v=\"1\"} 1\n",
			     .n_dropped = 1}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

static void test_limits__other_of_single_entries(void **state)
{
	static const struct limited_case cases[] = {
		{{.yaml = GAUGE, .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 02", .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\n"},
			    {"03 04 02 01", "03 04 02 01",
			     .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\nx{k=\"other\"} 7\n",
			     .n_folded = 2},
			    {"02 01", "02 01", .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\n"},
			    {"03 04 05", "03 04 05",
			     .shows = "x{k=\"3\"} 3\nx{k=\"4\"} 4\nx{k=\"other\"} 5\n",
			     .n_folded = 1},
			    {"05 04 03", "05 04 03",
			     .shows = "x{k=\"4\"} 4\nx{k=\"3\"} 3\nx{k=\"other\"} 5\n",
			     .n_folded = 1},
			    {"05", "05", .shows = "x{k=\"5\"} 5\n"}}},
		/* as it aggregates: of those that were let in and had to go again, too */
		{{.yaml = EACH("gauge", ", aggregate: max"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 05 09 03", "01 05 09 03",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n", .n_folded = 3},
			    {"09 03 01 05", "02 03 01 05",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 5\n", .n_folded = 3}}},
		{{.yaml = EACH("gauge", ", aggregate: min"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 05 09 03", "01 05 09 03",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 3\n", .n_folded = 3},
			    {"09 03 01 05", "02 03 01 05",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 2\n", .n_folded = 3},
			    {"09 01", "09 01", .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n",
			     .n_folded = 1}}},
		{{.yaml = EACH("gauge", ", aggregate: avg"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 05 09 04", "01 05 09 04",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 6\n", .n_folded = 3},
			    {"09 03 01 05", "01 03 01 05",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 3\n", .n_folded = 3}}},
		{{.yaml = "key: u8, value: s8, metrics: [{name: x, type: gauge, labels: {k: key}}]",
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "ff ff 01", .shows = "x{k=\"1\"} -1\nx{k=\"other\"} 0\n",
			     .n_folded = 2},
			    {"02 03 01", "ff 80 ff",
			     .shows = "x{k=\"1\"} -1\nx{k=\"other\"} -129\n", .n_folded = 2}}},
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_info, type: info, labels: {k: key}}]",
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "00 00 00",
			     .shows = "x_info{k=\"1\"} 1\nx_info{k=\"other\"} 1\n", .n_folded = 2},
			    {"02 03 01", "00 00 00",
			     .shows = "x_info{k=\"1\"} 1\nx_info{k=\"other\"} 1\n",
			     .n_folded = 2}}},
		/* more than 64 bits */
		{{.yaml = "key: u8, value: u64, metrics: [{name: x, type: gauge, labels: {k: key}}]",
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01", "0100000000000000", .shows = "x{k=\"1\"} 1\n"},
			    {"02 03 01 04",
			     "ffffffffffffffff ffffffffffffffff 0200000000000000 0300000000000000",
			     .shows = "x{k=\"1\"} 2\nx{k=\"other\"} 36893488147419103233\n",
			     .n_folded = 3}}},
		{{.yaml = "key: u8, value: f64, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: "
			  "key}}, {name: y, type: gauge, value: 1, labels: {k: key}}]",
		  .max_series = 2},
		 .on_limit = OTHER,
		 .passes =
			 {{"01", "000000000000f03f", .shows = "x{k=\"1\"} 1\ny{k=\"1\"} 1\n"},
			  {"02 03 01", "0000000000000080 000000000000e03f 000000000000f03f",
			   .shows =
				   "x{k=\"1\"} 1\nx{k=\"other\"} 0.5\ny{k=\"1\"} 1\ny{k=\"other\"} 2\n",
			   .n_folded = 3}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

/* What an entry of several metrics takes up depends on what skip_zero hides. */
static void test_limits__skip_zero(void **state)
{
#define HIDES                                                                                    \
	"key: u8, value: [{name: a, type: u8}, {name: b, type: u8}], metrics: [{name: x, type: " \
	"gauge, value: a, skip_zero: true, labels: {k: key}}, {name: y, type: gauge, value: b, " \
	"skip_zero: true, labels: {k: key}}]"
	static const struct limited_case cases[] = {
		{{.yaml = HIDES, .max_series = 3},
		 .passes = {{"01 02 03", "0101 0001 0000",
			     .shows = "x{k=\"1\"} 1\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n"},
			    {"03 01 02", "0100 0101 0001",
			     .shows = "x{k=\"1\"} 1\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n", .n_dropped = 1},
			    {"04 05 02 01", "0001 0100 0001 0001",
			     .shows = "y{k=\"4\"} 1\ny{k=\"2\"} 1\ny{k=\"1\"} 1\n",
			     .n_dropped = 1}}},
		{{.yaml = HIDES, .max_series = 3},
		 .on_limit = OTHER,
		 .passes =
			 {{"01 02 03", "0101 0001 0000",
			   .shows = "x{k=\"1\"} 1\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n"},
			  /* let in first, taken back */
			  {"03 01 02", "0500 0101 0001",
			   .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 5\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n",
			   .n_folded = 1},
			  /* none of its own place; both */
			  {"01 02 03 04 05", "0101 0001 0006 0002 0304",
			   .shows =
				   "x{k=\"1\"} 1\nx{k=\"other\"} 3\ny{k=\"1\"} 1\ny{k=\"2\"} 1\ny{k=\"other\"} "
				   "12\n",
			   .n_folded = 4},
			  {"01 02 03", "0101 0001 0000",
			   .shows = "x{k=\"1\"} 1\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n"}}},
		/* what is hidden is nothing to choose from, at once or when it has to go again */
		{{.yaml = "key: u8, value: [{name: a, type: u8}, {name: b, type: u8}], metrics: [{name: x, type: "
			  "gauge, value: a, aggregate: min, skip_zero: true, labels: {k: key}}, {name: y, "
			  "type: gauge, value: b, labels: {k: key}}]",
		  .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "0101 0001 0501",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 5\ny{k=\"1\"} 1\n"
				      "y{k=\"other\"} 2\n",
			     .n_folded = 3},
			    {"02 03 01", "0001 0501 0101",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 5\ny{k=\"1\"} 1\n"
				      "y{k=\"other\"} 2\n",
			     .n_folded = 3}}},
		/* 2^64 is not zero */
		{{.yaml = "key: u8, value: u64, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key}}]",
		  .type = BPF_MAP_TYPE_PERCPU_HASH,
		  .n_cpus = 2,
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01", "0100000000000000 0000000000000000", .shows = "x{k=\"1\"} 1\n"},
			    {"02 01",
			     "0000000000000080 0000000000000080 0100000000000000 0000000000000000",
			     .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 18446744073709551616\n",
			     .n_folded = 1}}},
		/* those of before, when they need more places than there are: the last one goes */
		{{.yaml = HIDES, .max_series = 3},
		 .passes = {{"01 02 03", "0100 0001 0100",
			     .shows = "x{k=\"1\"} 1\nx{k=\"3\"} 1\ny{k=\"2\"} 1\n"},
			    {"01 02 03", "0101 0001 0101",
			     .shows = "x{k=\"1\"} 1\ny{k=\"1\"} 1\ny{k=\"2\"} 1\n",
			     .n_dropped = 2}}},
		/* without labels, too: its place is that of an entry that is not zero */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: g, "
			  "type: gauge, skip_zero: true}]",
		  .max_series = 2},
		 .passes = {{"01", "05", .shows = "x{k=\"1\"} 5\ng 5\n"},
			    {"02 03 01", "00 00 07", .shows = "x{k=\"1\"} 7\ng 7\n",
			     .n_dropped = 2},
			    {"02 03 01", "00 00 00", .shows = "x{k=\"2\"} 0\nx{k=\"1\"} 0\n",
			     .n_dropped = 1},
			    {"02 03 01", "01 00 00", .shows = "x{k=\"2\"} 1\nx{k=\"1\"} 0\n",
			     .n_dropped = 2}}},
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: g, "
			  "type: gauge, aggregate: max}]",
		  .max_series = 2},
		 .passes = {{"01", "05", .shows = "x{k=\"1\"} 5\ng 5\n"},
			    {"02 01", "03 07", .shows = "x{k=\"1\"} 7\ng 7\n", .n_dropped = 1}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

static void test_limits__sums(void **state)
{
	static const struct limited_case cases[] = {
		{{.yaml = SUM(""), .max_series = 2},
		 .passes = {{"0101 0102 0201 0301 0302", "01 02 03 04 05",
			     .shows = "x{a=\"1\"} 3\nx{a=\"2\"} 3\n", .n_dropped = 2},
			    {"0301 0401 0102 0302 0101 0201", "04 01 02 05 01 03",
			     .shows = "x{a=\"1\"} 3\nx{a=\"2\"} 3\n", .n_dropped = 2},
			    {"0301 0302 0201 0401", "04 05 03 01",
			     .shows = "x{a=\"3\"} 9\nx{a=\"2\"} 3\n", .n_dropped = 1}}},
		{{.yaml = SUM(""), .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"0101 0102 0201 0301 0302", "01 02 03 04 05",
			     .shows = "x{a=\"1\"} 3\nx{a=\"2\"} 3\nx{a=\"other\"} 9\n",
			     .n_folded = 2},
			    {"0301 0401 0102 0302 0101 0201", "04 01 02 05 01 03",
			     .shows = "x{a=\"1\"} 3\nx{a=\"2\"} 3\nx{a=\"other\"} 10\n",
			     .n_folded = 2},
			    {"0201 0102", "03 02", .shows = "x{a=\"2\"} 3\nx{a=\"1\"} 2\n"},
			    {"0301 0201 0402", "04 03 02",
			     .shows = "x{a=\"3\"} 4\nx{a=\"2\"} 3\nx{a=\"other\"} 2\n",
			     .n_folded = 1}}},
		{{.yaml = SUM(", aggregate: avg"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"0101 0201 0202 0301", "01 02 04 06",
			     .shows = "x{a=\"1\"} 1\nx{a=\"other\"} 4\n", .n_folded = 3},
			    {"0201 0202 0101 0301", "02 04 01 06",
			     .shows = "x{a=\"1\"} 1\nx{a=\"other\"} 4\n", .n_folded = 2}}},
		{{.yaml = SUM(", skip_zero: true"), .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"0201 0101 0301", "00 01 00", .shows = "x{a=\"1\"} 1\n"},
			    {"0201 0101 0301", "01 01 00",
			     .shows = "x{a=\"1\"} 1\nx{a=\"other\"} 1\n", .n_folded = 1}}},
		/* more than 64 bits in a place that moves */
		{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u8}], value: u64, metrics: [{name: x, type: "
			  "gauge, labels: {a: a}}]",
		  .max_series = 1},
		 .passes = {{"0101", "0100000000000000", .shows = "x{a=\"1\"} 1\n"},
			    {"0201 0101 0102", "0100000000000000 ffffffffffffffff 0300000000000000",
			     .shows = "x{a=\"1\"} 18446744073709551618\n", .n_dropped = 1}}},
		/* the padding of keys may differ */
		{{.yaml = "key: [{name: k, type: u8}, {type: pad, count: 1}], value: u8, metrics: [{name: x, "
			  "type: gauge, labels: {k: k}}]",
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"0100 0101 0200", "01 02 04",
			     .shows = "x{k=\"1\"} 3\nx{k=\"other\"} 4\n", .n_folded = 1},
			    {"0200 0300 0101 0201", "04 08 02 10",
			     .shows = "x{k=\"1\"} 2\nx{k=\"other\"} 28\n", .n_folded = 2}}},
		/* elements, and their entries */
		{{.yaml = "key: u8, value: [{name: v, type: u8, count: 3}], metrics: [{name: x, type: gauge, "
			  "value: v.*, labels: {k: key, i: $i}}]",
		  .max_series = 4},
		 .on_limit = OTHER,
		 .passes =
			 {{"01 02", "010203 040506",
			   .shows =
				   "x{i=\"0\",k=\"1\"} 1\nx{i=\"1\",k=\"1\"} 2\nx{i=\"2\",k=\"1\"} 3\n"
				   "x{i=\"0\",k=\"2\"} 4\nx{i=\"other\",k=\"other\"} 11\n",
			   .n_folded = 2},
			  {"02 01", "040506 010203",
			   .shows =
				   "x{i=\"0\",k=\"2\"} 4\nx{i=\"0\",k=\"1\"} 1\nx{i=\"1\",k=\"1\"} 2\n"
				   "x{i=\"2\",k=\"1\"} 3\nx{i=\"other\",k=\"other\"} 11\n",
			   .n_folded = 2}}},
		{{.yaml = "cpu: each, key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {c: $cpu}}]",
		  .type = BPF_MAP_TYPE_PERCPU_HASH,
		  .n_cpus = 3,
		  .max_series = 2},
		 .on_limit = OTHER,
		 .passes = {{"01 02",
			     "0100000000000000 0200000000000000 0300000000000000"
			     "0400000000000000 0500000000000000 0600000000000000",
			     .shows = "x{c=\"0\"} 5\nx{c=\"1\"} 7\nx{c=\"other\"} 9\n",
			     .n_folded = 2}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

static void test_limits__histograms_and_summaries(void **state)
{
#define HIST                                                                                      \
	"key: u8, value: [{name: s, type: u8, count: 3}, {name: t, type: u8}], metrics: [{name: " \
	"x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, slots: 2}, sum: t, " \
	"labels: {k: key}}]"
#define H(k, a, b, c, sum)                                                                        \
	"x_bucket{k=\"" k "\",le=\"1\"} " #a "\nx_bucket{k=\"" k "\",le=\"2\"} " #b               \
	"\nx_bucket{k=\"" k "\",le=\"+Inf\"} " #c "\nx_sum{k=\"" k "\"} " #sum "\nx_count{k=\"" k \
	"\"} " #c "\n"
#define SLOT_IN_KEY                                                                              \
	"key: [{name: k, type: u8}, {name: s, type: u8}], value: u8, metrics: [{name: x, type: " \
	"histogram, buckets: {slot: s, scheme: exp2, edges: upper, slots: 2}, sum: {slot: 3}, labels: {k: k}}]"
	static const struct limited_case cases[] = {
		{{.yaml = HIST, .max_series = 1},
		 .passes = {{"01 02", "01020403 10000005", .shows = H("1", 1, 3, 7, 3),
			     .n_dropped = 1},
			    {"02 01", "10000005 01020403", .shows = H("1", 1, 3, 7, 3),
			     .n_dropped = 1}}},
		{{.yaml = HIST, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "01020403 10000005 01010101",
			     .shows = H("1", 1, 3, 7, 3) H("other", 17, 18, 19, 6), .n_folded = 2},
			    {"03 02 01", "01010101 10000005 01020403",
			     .shows = H("1", 1, 3, 7, 3) H("other", 17, 18, 19, 6),
			     .n_folded = 2}}},
		/* a series is several entries, and stays */
		{{.yaml = SLOT_IN_KEY, .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"0100 0201 0101 0203", "01 02 03 04",
			     .shows = H("1", 1, 4, 4, 0) H("other", 0, 2, 2, 4), .n_folded = 2},
			    {"0201 0100", "03 02",
			     .shows = H("1", 2, 5, 5, 0) H("other", 0, 3, 3, 4), .n_folded = 1},
			    {"", "", .shows = H("1", 2, 5, 5, 0) H("other", 0, 3, 3, 4)}}},
		{{.yaml = SLOT_IN_KEY, .max_series = 1},
		 .passes = {{"0100 0201 0101 0203", "01 02 03 04", .shows = H("1", 1, 4, 4, 0),
			     .n_dropped = 2}}},
		{{.yaml = "key: u8, value: [{name: s, type: u8}, {name: c, type: u8}], metrics: [{name: x, type: "
			  "summary, sum: s, count: c, labels: {k: key}}]",
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02 03", "0501 0602 0703",
			     .shows =
				     "x_sum{k=\"1\"} 5\nx_count{k=\"1\"} 1\nx_sum{k=\"other\"} 13\n"
				     "x_count{k=\"other\"} 5\n",
			     .n_folded = 2},
			    {"03 02 01", "0703 0602 0501",
			     .shows =
				     "x_sum{k=\"1\"} 5\nx_count{k=\"1\"} 1\nx_sum{k=\"other\"} 13\n"
				     "x_count{k=\"other\"} 5\n",
			     .n_folded = 2}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

static void test_limits__counters_that_outlive_entries(void **state)
{
	static const struct limited_case cases[] = {
		{{.yaml = LEDGER, .max_series = 2},
		 .on_limit = OTHER,
		 .passes =
			 {{"0101 0201 0301 0401", "01 02 03 04",
			   .shows =
				   "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\nx_total{a=\"other\"} 7\n",
			   .n_folded = 2},
			  {"0301", "05",
			   .shows =
				   "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\nx_total{a=\"other\"} 9\n",
			   .n_folded = 1},
			  /* gone and back, or counting anew */
			  {"0301 0401 0102", "02 04 01",
			   .shows =
				   "x_total{a=\"1\"} 2\nx_total{a=\"2\"} 2\nx_total{a=\"other\"} 15\n",
			   .n_folded = 2},
			  {"", "",
			   .shows =
				   "x_total{a=\"1\"} 2\nx_total{a=\"2\"} 2\nx_total{a=\"other\"} 15\n"}}},
		/* `other` takes no place of what comes after it */
		{{.yaml = LEDGER, .max_series = 2},
		 .max_label_bytes = 5,
		 .on_limit = OTHER,
		 .passes =
			 {{"6401 0101", "01 02",
			   .shows = "x_total{a=\"other\"} 1\nx_total{a=\"1\"} 2\n", .n_folded = 1},
			  {"0201 0301", "03 04",
			   .shows =
				   "x_total{a=\"other\"} 5\nx_total{a=\"1\"} 2\nx_total{a=\"2\"} 3\n",
			   .n_folded = 1}}},
		/* nor does a series that stays take one of those that were there before */
		{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: g, type: "
			  "gauge, labels: {a: a, b: b}}, {name: x_total, type: counter, labels: {a: a}}]",
		  .max_series = 3},
		 .passes =
			 {{"0101 0102", "01 02",
			   .shows =
				   "g{a=\"1\",b=\"1\"} 1\ng{a=\"1\",b=\"2\"} 2\nx_total{a=\"1\"} 3\n"},
			  {"0201 0101 0102", "04 01 02",
			   .shows =
				   "g{a=\"1\",b=\"1\"} 1\ng{a=\"1\",b=\"2\"} 2\nx_total{a=\"1\"} 3\n",
			   .n_dropped = 2},
			  /* whose place is free when they did not come */
			  {"0201 0101", "04 01",
			   .shows =
				   "g{a=\"2\",b=\"1\"} 4\ng{a=\"1\",b=\"1\"} 1\nx_total{a=\"1\"} 3\n",
			   .n_dropped = 1},
			  {"0201", "04", .shows = "g{a=\"2\",b=\"1\"} 4\nx_total{a=\"1\"} 3\n",
			   .n_dropped = 1},
			  {"0201", "05",
			   .shows =
				   "g{a=\"2\",b=\"1\"} 5\nx_total{a=\"1\"} 3\nx_total{a=\"2\"} 5\n"}}},
		/* nor does `other` keep one from it */
		{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: g, type: "
			  "gauge, labels: {a: a, b: b}}, {name: x_total, type: counter, labels: {a: a}}]",
		  .max_series = 3},
		 .max_label_bytes = 11,
		 .on_limit = OTHER,
		 .passes = {{"0101 010a", "01 02",
			     .shows = "g{a=\"1\",b=\"1\"} 1\ng{a=\"other\",b=\"other\"} 2\n"
				      "x_total{a=\"1\"} 3\n",
			     .n_folded = 1},
			    {"0101 020a", "01 04",
			     .shows = "g{a=\"1\",b=\"1\"} 1\ng{a=\"other\",b=\"other\"} 4\n"
				      "x_total{a=\"1\"} 3\nx_total{a=\"2\"} 4\n",
			     .n_folded = 1}}},
		/* as many as there is room for beside those who may still come */
		{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: g, type: "
			  "gauge, where: {b: [1, 2]}, labels: {a: a, b: b}}, {name: x_total, type: counter, "
			  "labels: {a: a}}]",
		  .max_series = 4},
		 .passes =
			 {{"0101 0102", "01 02",
			   .shows =
				   "g{a=\"1\",b=\"1\"} 1\ng{a=\"1\",b=\"2\"} 2\nx_total{a=\"1\"} 3\n"},
			  {"0203 0303 0101 0102", "04 05 01 02",
			   .shows =
				   "g{a=\"1\",b=\"1\"} 1\ng{a=\"1\",b=\"2\"} 2\nx_total{a=\"1\"} 3\n"
				   "x_total{a=\"2\"} 4\n",
			   .n_dropped = 1}}},
		/* what is there without labels has its place once */
		{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: g, type: "
			  "gauge, aggregate: max}, {name: x_total, type: counter, labels: {a: a}}]",
		  .max_series = 3},
		 .passes = {{"0101", "01", .shows = "g 1\nx_total{a=\"1\"} 1\n"},
			    {"0101 0201", "01 02",
			     .shows = "g 2\nx_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\n"}}},
		/* an entry whose label has no place for a while goes on where it was */
		{{.yaml = "key: u8, value: [{name: l, type: u8}, {name: n, type: u8}], metrics: [{name: x_total, "
			  "type: counter, value: n, labels: {l: l}}]",
		  .max_series = 1},
		 .passes = {{"01", "0105", .shows = "x_total{l=\"1\"} 5\n"},
			    {"01", "0207", .shows = "x_total{l=\"1\"} 5\n", .n_dropped = 1},
			    {"01", "0109", .shows = "x_total{l=\"1\"} 9\n"}}},
		/* a gauge's `other` is beside that of a ledger */
		{{.yaml = "key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: g, type: "
			  "gauge, labels: {a: a}}, {name: x_total, type: counter, labels: {a: a}}]",
		  .max_series = 2},
		 .on_limit = OTHER,
		 .passes =
			 {{"0101 0201", "01 02",
			   .shows =
				   "g{a=\"1\"} 1\ng{a=\"other\"} 2\nx_total{a=\"1\"} 1\nx_total{a=\"other\"} "
				   "2\n",
			   .n_folded = 2},
			  {"0201 0102", "03 01",
			   .shows =
				   "g{a=\"1\"} 1\ng{a=\"other\"} 3\nx_total{a=\"1\"} 2\nx_total{a=\"other\"} "
				   "3\n",
			   .n_folded = 2}}},
		/* without labels there is no other */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter}, {name: y_total, type: "
			  "counter, skip_zero: true}, {name: g, type: gauge, labels: {k: key}}]",
		  .max_series = 1},
		 .on_limit = OTHER,
		 .passes = {{"01 02", "01 02", .shows = "x_total 3\ng{k=\"other\"} 3\n",
			     .n_dropped = 2, .n_folded = 2}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

/* Groups share the limit; an entry is in each of them by itself. */
static void test_limits__several_groups(void **state)
{
#define TWO                                                                                        \
	"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: y, type: " \
	"gauge, labels: {y: key}}]"
	static const struct limited_case cases[] = {
		{{.yaml = TWO, .max_series = 3},
		 .passes = {{"01 02", "01 02",
			     .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\ny{y=\"1\"} 1\n", .n_dropped = 1},
			    {"03 02 01", "03 02 01",
			     .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\ny{y=\"1\"} 1\n",
			     .n_dropped = 3}}},
		{{.yaml = TWO, .max_series = 3},
		 .on_limit = OTHER,
		 .passes =
			 {{"01 02", "01 02",
			   .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\ny{y=\"1\"} 1\ny{y=\"other\"} 2\n",
			   .n_folded = 1},
			  {"03 02 01", "03 02 01",
			   .shows =
				   "x{k=\"2\"} 2\nx{k=\"1\"} 1\nx{k=\"other\"} 3\ny{y=\"1\"} 1\ny{y=\"other\"} "
				   "5\n",
			   .n_folded = 3}}},
		/* one that is still as before is not opened again */
		{{.yaml = TWO_WHERE, .max_series = 4},
		 .passes = {{"01 02", "01 02",
			     .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\ny{y=\"1\"} 1\ny{y=\"2\"} 2\n"},
			    {"03 04 01 02", "03 04 01 02",
			     .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\ny{y=\"1\"} 1\ny{y=\"2\"} 2\n",
			     .n_dropped = 2}}},
		/* keys of the labels that stay are those of the next pass */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, where: {key: [1, 3]}, labels: {k: "
			  "key}}, {name: y, type: gauge, where: {key: 2}, labels: {y: key}}]",
		  .max_series = 2},
		 .passes = {{"01 02", "01 02", .shows = "x{k=\"1\"} 1\ny{y=\"2\"} 2\n"},
			    {"01 03 02", "01 03 02", .shows = "x{k=\"1\"} 1\ny{y=\"2\"} 2\n",
			     .n_dropped = 1},
			    {"01 03 02", "01 03 02", .shows = "x{k=\"1\"} 1\ny{y=\"2\"} 2\n",
			     .n_dropped = 1}}},
		/* without labels, before any entry and of all of them */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: g, type: "
			  "gauge}]",
		  .max_series = 2},
		 .passes = {{"01", "01", .shows = "x{k=\"1\"} 1\ng 1\n"},
			    {"02 01", "02 01", .shows = "x{k=\"1\"} 1\ng 3\n", .n_dropped = 1},
			    {"", "", .shows = "g 0\n"}}},
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge}, {name: y, type: gauge}]",
		  .max_series = 1},
		 .passes = {{"01", "01", .shows = "", .n_dropped = 4}}},
		/* metrics of a group are there together */
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: y, type: "
			  "gauge, labels: {k: key}}]",
		  .max_series = 3},
		 .on_limit = OTHER,
		 .passes =
			 {{"01 02", "01 02",
			   .shows =
				   "x{k=\"1\"} 1\nx{k=\"other\"} 2\ny{k=\"1\"} 1\ny{k=\"other\"} 2\n",
			   .n_folded = 2},
			  {"02 01", "02 01",
			   .shows =
				   "x{k=\"1\"} 1\nx{k=\"other\"} 2\ny{k=\"1\"} 1\ny{k=\"other\"} 2\n",
			   .n_folded = 2}}},
		{{.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: y, type: "
			  "gauge, labels: {k: key}}]",
		  .max_series = 1},
		 .passes = {{"01", "01", .shows = "", .n_dropped = 2}}},
	};

	(void)state;
	limited_run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits__first_seen_keep_their_place),
		cmocka_unit_test(test_limits__other_of_single_entries),
		cmocka_unit_test(test_limits__skip_zero),
		cmocka_unit_test(test_limits__sums),
		cmocka_unit_test(test_limits__histograms_and_summaries),
		cmocka_unit_test(test_limits__counters_that_outlive_entries),
		cmocka_unit_test(test_limits__several_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
