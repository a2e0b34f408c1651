// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong with histograms and summaries, and what cannot stand beside them. */
#include "bad_config.h"

/* clang-format off */
static const struct bad_config cases[] = {
	BAD(histogram_without_buckets,
	    HISTOGRAM "    help: H.\n",
	    "5:5: a histogram needs the key 'buckets'"),
	BAD(buckets_list,
	    HISTOGRAM "    buckets: [a]\n",
	    "7:14: 'buckets' must be a mapping, found a list"),
	BAD(buckets_unknown_key,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, base: 2}\n",
	    "7:53: unknown key 'base' in 'buckets'; known: field, slot, scheme, edges, "
	    "slot_offset, slots, zero, overflow, scale"),
	BAD(buckets_without_field_and_slot,
	    HISTOGRAM "    buckets: {scheme: exp2, edges: upper}\n",
	    "7:14: buckets need the key 'field', an array, or else 'slot'"),
	BAD(buckets_with_field_and_slot,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, slot: key.slot, slots: 3}\n",
	    "7:14: buckets need the key 'field', an array, or else 'slot'"),
	BAD(buckets_of_dollar,
	    HISTOGRAM "    buckets: {field: $cpu, scheme: exp2, edges: upper}\n",
	    "7:22: $cpu is no field of the key or value"),
	BAD(buckets_slot_of_text,
	    HISTOGRAM "    buckets: {slot: $pin, scheme: exp2, edges: upper, slots: 3}\n",
	    "7:21: $pin is a text, and only labels show texts"),
	BAD(buckets_field_with_scale,
	    HISTOGRAM "    buckets: {field: {field: s, scale: 2}, scheme: exp2, edges: upper}\n",
	    "7:33: scale is for values and sums: there is none here"),
	BAD(buckets_without_scheme,
	    HISTOGRAM "    buckets: {field: s, edges: upper}\n",
	    "7:14: 'buckets' needs the key 'scheme'"),
	BAD(scheme_unknown,
	    HISTOGRAM "    buckets: {field: s, scheme: exp3, edges: upper}\n",
	    "7:33: unknown scheme 'exp3'; known: exp2, {linear: {start: …, width: …}}, "
	    "{explicit: {bounds: […]}}"),
	BAD(scheme_linear_alone,
	    HISTOGRAM "    buckets: {field: s, scheme: linear, edges: upper}\n",
	    "7:33: unknown scheme 'linear'; known: exp2, {linear: {start: …, width: …}}, "
	    "{explicit: {bounds: […]}}"),
	BAD(scheme_list,
	    HISTOGRAM "    buckets: {field: s, scheme: [exp2], edges: upper}\n",
	    "7:33: expected text, found a list"),
	BAD(scheme_empty,
	    HISTOGRAM "    buckets: {field: s, scheme: {}, edges: upper}\n",
	    "7:33: a scheme needs the key 'linear' or 'explicit', or is exp2"),
	BAD(scheme_both,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {width: 1}, explicit: {bounds: [1]}}, "
	    "edges: upper}\n",
	    "7:33: a scheme is either linear or explicit"),
	BAD(scheme_unknown_key,
	    HISTOGRAM "    buckets: {field: s, scheme: {log: {}}, edges: upper}\n",
	    "7:33: a scheme needs the key 'linear' or 'explicit', or is exp2\n"
	    "7:34: unknown key 'log' in a scheme; known: linear, explicit"),
	BAD(edges_missing_for_exp2,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2}\n",
	    "7:14: buckets need the key 'edges': upper (a slot ends with its bound) or lower"),
	BAD(edges_missing_for_linear,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {start: 0, width: 50}}}\n",
	    "7:14: buckets need the key 'edges': upper (a slot ends with its bound) or lower"),
	BAD(edges_unknown,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: top}\n",
	    "7:46: unknown edges 'top'; known: upper, lower"),
	BAD(edges_lower_of_explicit,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1]}}, edges: lower}\n",
	    "7:67: explicit bounds are upper edges"),
	BAD(slots_missing_for_slot,
	    HISTOGRAM "    buckets: {slot: key.slot, scheme: exp2, edges: upper}\n",
	    "7:14: buckets with 'slot' need the key 'slots', how many there are"),
	BAD(slots_of_explicit,
	    HISTOGRAM "    buckets: {slot: key.slot, scheme: {explicit: {bounds: [1]}}, slots: 1}\n",
	    "7:73: the bounds say how many slots there are"),
	BAD(slots_zero,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, slots: 0}\n",
	    "7:60: 0 is out of range: 1 to 4096"),
	BAD(slots_over_4096,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {width: 1}}, edges: upper, slots: 4097}\n",
	    "7:76: 4097 is out of range: 1 to 4096"),
	BAD(slots_over_65_for_exp2,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, slots: 66}\n",
	    "7:60: exp2 has at most 65 slots"),
	BAD(bound_zero_after_a_fraction,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [-0.5, 0, 0.5, 0]}}}\n",
	    "7:68: the bound 0 is not above the one before it"),
	BAD(bound_below_zero_after_it,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [0, -0.5]}}}\n",
	    "7:57: the bound -0.5 is not above the one before it"),
	BAD(slot_offset_text,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, slot_offset: one}\n",
	    "7:66: 'one' is not a whole number, decimal or 0x"),
	BAD(slot_offset_over_32_bits,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, slot_offset: -2147483649}\n",
	    "7:66: -2147483649 is out of range: -2147483648 to 2147483647"),
	BAD(overflow_of_one_slot,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, slots: 1, overflow: true}\n",
	    "7:73: the only slot cannot be the overflow: there is no bound"),
	BAD(overflow_with_keys,
	    HISTOGRAM "    buckets: {slot: key, scheme: {explicit: {bounds: [1, 2], keys: [1, 2]}}, overflow: true}\n",
	    "7:88: with 'keys' each slot has its bound, and others are in +Inf: remove 'overflow'"),
	BAD(overflow_of_one_bound,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1]}}, overflow: true}\n",
	    "7:70: the only slot cannot be the overflow: there is no bound"),
	BAD(zero_of_explicit,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1, 2]}}, zero: true}\n",
	    "7:69: explicit bounds have no slot below slot 0: make 0 a bound"),
	BAD(zero_on,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, zero: on}\n",
	    "7:59: 'on' is not a truth value: write true or false"),
	BAD(buckets_scale,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper, scale: fast}\n",
	    "7:60: 'fast' is not a scale: write a number (1e-9), a power of two (2^-30), or "
	    "a unit (ns us ms KiB MiB pages bits)"),
	BAD(linear_without_width,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {start: 0}}, edges: upper}\n",
	    "7:42: linear needs the key 'width'"),
	BAD(linear_width_zero,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {width: 0}}, edges: upper}\n",
	    "7:50: 0 is out of range: 1 to 18446744073709551615"),
	BAD(linear_width_negative,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {width: -5}}, edges: upper}\n",
	    "7:50: '-5' is not a whole number, decimal or 0x"),
	BAD(linear_start_fraction,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {start: 0.5, width: 1}}, edges: upper}\n",
	    "7:50: '0.5' is not a whole number, decimal or 0x"),
	BAD(linear_start_over_63_bits,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: {start: 9223372036854775808, width: "
	    "1}}, edges: upper}\n",
	    "7:50: 9223372036854775808 is out of range: -9223372036854775808 to "
	    "9223372036854775807"),
	BAD(linear_text,
	    HISTOGRAM "    buckets: {field: s, scheme: {linear: 50}, edges: upper}\n",
	    "7:42: linear must be a mapping, found text"),
	BAD(explicit_without_bounds,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {keys: [1]}}}\n",
	    "7:44: explicit needs the key 'bounds'"),
	BAD(bounds_text,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: 1}}}\n",
	    "7:53: bounds are a list of 1 to 4096, found text"),
	BAD(bounds_empty,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: []}}}\n",
	    "7:53: bounds are a list of 1 to 4096, found an empty one"),
	BAD(bound_text,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1, ten, +Inf]}}}\n",
	    "7:57: 'ten' is not a number: write it like 0.25 or 1e-3\n"
	    "7:62: '+Inf' is not a number: write it like 0.25 or 1e-3"),
	BAD(bound_out_of_range,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1e-31, 1, "
	    "9223372036854775808]}}}\n",
	    "7:54: 1e-31 is out of range: 18 digits, exponents from -30 to 30\n"
	    "7:64: 9223372036854775808 is out of range: 18 digits, exponents from -30 to 30"),
	BAD(bounds_descending,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1, 0.5, 2]}}}\n",
	    "7:57: the bound 0.5 is not above the one before it"),
	BAD(bounds_equal,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [0.1, 1e-1, 0.10]}}}\n",
	    "7:59: the bound 1e-1 is not above the one before it\n"
	    "7:65: the bound 0.10 is not above the one before it"),
	BAD(bounds_hardly_descending,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [0.100000000000000001, 0.1, "
	    "1e30, 999999999999999999e12]}}}\n",
	    "7:76: the bound 0.1 is not above the one before it\n"
	    "7:87: the bound 999999999999999999e12 is not above the one before it"),
	BAD(bounds_negative_descending,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [-1, -10, 0, -0.1]}}}\n",
	    "7:58: the bound -10 is not above the one before it\n"
	    "7:66: the bound -0.1 is not above the one before it"),
	BAD(keys_fewer_than_bounds,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1, 2], keys: [1]}}}\n",
	    "7:67: 1 keys for 2 bounds: each bound needs one"),
	BAD(keys_twice,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1, 2, 3], keys: [7, 8, "
	    "0x7]}}}\n",
	    "7:77: the key 0x7 is there twice"),
	BAD(keys_text,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1, 2], keys: [a, 2]}}}\n",
	    "7:68: 'a' is not a whole number, decimal or 0x"),
	BAD(keys_over_64_bits,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1, 2], keys: "
	    "[9223372036854775808, 2]}}}\n",
	    "7:68: 9223372036854775808 is out of range: -9223372036854775808 to "
	    "9223372036854775807"),
	BAD(keys_mapping,
	    HISTOGRAM "    buckets: {field: s, scheme: {explicit: {bounds: [1], keys: {1: 1}}}}\n",
	    "7:64: keys are a list of 1 to 4096, found a mapping"),
	BAD(value_with_array,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    value: packets\n",
	    "8:12: 'value' goes with 'slot': the buckets' field holds the counts"),
	BAD(histogram_constant,
	    HISTOGRAM "    buckets: {slot: key.slot, scheme: exp2, edges: upper, slots: 27}\n"
	    "    value: 1\n",
	    "8:12: a histogram cannot have a constant value: make it a gauge"),
	BAD(histogram_value_scale,
	    HISTOGRAM "    buckets: {slot: key.slot, scheme: exp2, edges: upper, slots: 27}\n"
	    "    value: {field: n, scale: ns}\n",
	    "8:30: what a histogram counts has no scale: the buckets have one"),
	BAD(histogram_value_offset,
	    HISTOGRAM "    buckets: {slot: key.slot, scheme: exp2, edges: upper, slots: 27}\n"
	    "    value: {field: n, offset: 1}\n",
	    "8:31: a histogram takes no offset: it would be added for each entry and CPU"),
	BAD(histogram_value_clock,
	    HISTOGRAM "    buckets: {slot: key.slot, scheme: exp2, edges: upper, slots: 27}\n"
	    "    value: {field: n, clock: boottime}\n",
	    "8:30: clock is for gauges: a point in time is not added up"),
	BAD(histogram_count,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    count: n\n",
	    "8:12: a histogram takes no 'count'"),
	BAD(histogram_aggregate,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    aggregate: max\n",
	    "8:16: a histogram takes no 'aggregate'"),
	BAD(histogram_cpu_max,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    cpu: max\n",
	    "8:10: the cpu reduction of a histogram must be sum or each"),
	BAD(histogram_cpu_max_of_the_map,
	    MAP "  cpu: max\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n",
	    "4:8: the cpu reduction of a histogram must be sum or each"),
	BAD(histogram_label_le,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    labels: {le: a, quantile: b}\n",
	    "8:14: the label 'le': a histogram has it for its own use"),
	BAD(sum_number,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: 28\n",
	    "8:10: '28' is not a field: write names and element numbers joined by dots"),
	BAD(sum_list,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: [a]\n",
	    "8:10: expected text, found a list"),
	BAD(sum_of_text,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: $map\n",
	    "8:10: $map is a text, and only labels show texts"),
	BAD(sum_empty,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: {}\n",
	    "8:10: a sum needs the key 'field', or else 'slot'"),
	BAD(sum_of_field_and_slot,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: {field: a, slot: 28}\n",
	    "8:10: a sum needs the key 'field', or else 'slot'"),
	BAD(sum_slot_masked,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: {slot: 28, mask: 1}\n",
	    "8:10: a sum in a slot takes nothing but 'scale'"),
	BAD(sum_slot_negative,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: {slot: -1}\n",
	    "8:17: '-1' is not a whole number, decimal or 0x"),
	BAD(sum_offset,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: {field: a, offset: 1}\n",
	    "8:21: a sum takes no offset: it would be added for each entry"),
	BAD(sum_clock,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: {field: a, clock: monotonic}\n",
	    "8:21: a sum is no point in time: it takes no clock"),
	BAD(sum_scale,
	    HISTOGRAM "    buckets: {field: s, scheme: exp2, edges: upper}\n"
	    "    sum: {field: a, scale: 0}\n",
	    "8:28: the scale 0 is out of range: 0 is none, exponents go to 10^30 and 2^64"),
	BAD(index_of_buckets,
	    HISTOGRAM "    buckets: {field: hists.*.slots, scheme: exp2, edges: upper}\n"
	    "    labels: {i: $i, j: $j}\n",
	    "8:24: $j needs a field of the metric with two '*'"),
	BAD(drain_summary,
	    MAP "  read: drain\n"
	    "  metrics:\n"
	    "  - {name: x, type: summary, sum: a, count: b}\n",
	    "6:21: with 'read: drain' a metric must be a counter or a histogram"),
	BAD(summary_without_sum_and_count,
	    SUMMARY "    help: H.\n",
	    "5:5: a summary needs the key 'sum'\n"
	    "5:5: a summary needs the key 'count'"),
	BAD(summary_without_count,
	    SUMMARY "    sum: a\n",
	    "5:5: a summary needs the key 'count'"),
	BAD(summary_with_value,
	    SUMMARY "    sum: a\n"
	    "    count: b\n"
	    "    value: c\n",
	    "9:12: a summary takes no 'value'"),
	BAD(summary_with_buckets,
	    SUMMARY "    sum: a\n"
	    "    count: b\n"
	    "    buckets: {field: s, scheme: exp2, edges: upper}\n",
	    "9:14: a summary takes no 'buckets'"),
	BAD(summary_sum_in_a_slot,
	    SUMMARY "    sum: {slot: 1}\n"
	    "    count: b\n",
	    "7:10: only a histogram has slots: give the field of the sum"),
	BAD(summary_count_scale,
	    SUMMARY "    sum: a\n"
	    "    count: {field: b, scale: 2}\n",
	    "8:23: scale is for values and sums: there is none here"),
	BAD(summary_count_number,
	    SUMMARY "    sum: a\n"
	    "    count: 1\n",
	    "8:12: '1' is not a field: write names and element numbers joined by dots"),
	BAD(summary_cpu_avg,
	    SUMMARY "    sum: a\n"
	    "    count: b\n"
	    "    cpu: avg\n",
	    "9:10: the cpu reduction of a summary must be sum or each"),
	BAD(summary_label_quantile,
	    SUMMARY "    sum: a\n"
	    "    count: b\n"
	    "    labels: {le: a, quantile: b}\n",
	    "9:21: the label 'quantile': a summary has it for its own use"),
	BAD(family_other_scheme,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {linear: {width: "
	    "1}}, edges: upper}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_edges,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: lower}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_slots,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, "
	    "slots: 5}}\n"
	    "  - {name: x, type: histogram, buckets: {slot: key.s, scheme: exp2, edges: "
	    "upper, slots: 6}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_zero,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, "
	    "zero: true}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_overflow,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, "
	    "overflow: true}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_scale,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, "
	    "scale: ns}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_start,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {linear: {width: "
	    "1}}, edges: upper}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {linear: {start: 1, "
	    "width: 1}}, edges: upper}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_width,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {linear: {width: "
	    "1}}, edges: upper}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {linear: {width: "
	    "2}}, edges: upper}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_other_bounds,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {explicit: {bounds: "
	    "[1, 2]}}}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {explicit: {bounds: "
	    "[1, 3]}}}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_more_bounds,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {explicit: {bounds: "
	    "[1, 2]}}}}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: {explicit: {bounds: "
	    "[1, 2, 3]}}}}\n",
	    "6:5: the metric 'x' has other bounds in line 5"),
	BAD(family_counter_and_histogram,
	    MAP "  metrics:\n"
	    "  - {name: x_total, type: histogram, buckets: {field: s, scheme: exp2, edges: "
	    "upper}}\n"
	    "  - {name: x_total, type: counter}\n",
	    "6:5: the metric 'x_total' has another type in line 5"),
	BAD(beside_a_histogram,
	    MAP "  metrics:\n"
	    "  - {name: x_sum, type: gauge}\n"
	    "  - {name: x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
	    "  - {name: x_count, type: gauge}\n"
	    "  - {name: x_bucket, type: gauge}\n"
	    "  - {name: x_buckets, type: gauge}\n",
	    "5:5: the metric 'x_sum' is what the histogram in line 6 shows as its sum\n"
	    "7:5: the metric 'x_count' is what the histogram in line 6 shows as its count\n"
	    "8:5: the metric 'x_bucket' is what the histogram in line 6 shows as its bucket"),
	BAD(beside_a_summary,
	    MAP "  metrics:\n"
	    "  - {name: x, type: summary, sum: a, count: b}\n"
	    "  - {name: x_count, type: gauge}\n"
	    "  - {name: x_sum, type: gauge}\n"
	    "  - {name: x_bucket, type: gauge}\n",
	    "6:5: the metric 'x_count' is what the summary in line 5 shows as its count\n"
	    "7:5: the metric 'x_sum' is what the summary in line 5 shows as its sum"),
};
/* clang-format on */

int main(void)
{
	return bad_config_run(cases, ARRAY_SIZE(cases));
}
