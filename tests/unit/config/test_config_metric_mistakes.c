// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong with metrics, values, labels and decoders, and with combinations. */
#include "bad_config.h"

/* clang-format off */
static const struct bad_config cases[] = {
	BAD(metric_is_text,
	    MAP "  metrics: [x_total]\n",
	    "4:13: a metric must be a mapping, found text"),
	BAD(metric_without_name_and_type,
	    MAP "  metrics: [{help: A.}]\n",
	    "4:13: a metric needs the key 'name'\n"
	    "4:13: a metric needs the key 'type'"),
	BAD(metric_unknown_key,
	    METRIC "    hlep: A.\n",
	    "7:5: unknown key 'hlep' in a metric; known: name, type, help, value, buckets, native, "
	    "sum, count, skip_zero, cpu, aggregate, where, labels (did you mean 'help'?)"),
	BAD(metric_type_unknown,
	    MAP "  metrics: [{name: x_total, type: conter}]\n",
	    "4:35: unknown type 'conter'; known: counter, gauge, histogram, summary, info "
	    "(did you mean 'counter'?)"),
	BAD(metric_name_with_colon,
	    MAP "  metrics: [{name: \"a:x_total\", type: counter}]\n",
	    "4:20: the metric name 'a:x_total': colons are for recording rules"),
	BAD(metric_name_empty,
	    MAP "  metrics: [{name: \"\", type: gauge}]\n",
	    "4:20: the name of a metric cannot be empty"),
	BAD(metric_name_bpfmap,
	    MAP "  metrics: [{name: bpfmap_up, type: gauge}]\n",
	    "4:20: the metric name 'bpfmap_up': bpfmap_ and process_ are the exporter's own"),
	BAD(metric_name_process,
	    MAP "  metrics: [{name: process_x_total, type: counter}]\n",
	    "4:20: the metric name 'process_x_total': bpfmap_ and process_ are the exporter's own"),
	BAD(counter_without_total,
	    MAP "  metrics: [{name: x, type: counter}]\n",
	    "4:20: the counter 'x' must end in _total, after a name"),
	BAD(counter_total_alone,
	    MAP "  metrics: [{name: _total, type: counter}]\n",
	    "4:20: the counter '_total' must end in _total, after a name"),
	BAD(info_without_info,
	    MAP "  metrics: [{name: x, type: info}]\n",
	    "4:20: the info metric 'x' must end in _info, after a name"),
	BAD(info_with_value,
	    MAP "  metrics: [{name: x_info, type: info, value: a}]\n",
	    "4:47: an info metric, which is always 1, takes no 'value'"),
	BAD(info_with_skip_zero,
	    MAP "  metrics: [{name: x_info, type: info, skip_zero: true}]\n",
	    "4:51: an info metric, which is always 1, takes no 'skip_zero'"),
	BAD(counter_with_constant,
	    METRIC "    value: 1\n",
	    "7:12: a counter cannot have a constant value: make it a gauge"),
	BAD(help_list,
	    METRIC "    help: [A.]\n",
	    "7:11: expected text, found a list"),
	BAD(help_nothing,
	    METRIC "    help:\n",
	    "7:10: expected text, found nothing"),
	BAD(skip_zero_on,
	    METRIC "    skip_zero: on\n",
	    "7:16: 'on' is not a truth value: write true or false"),
	BAD(value_negative_constant,
	    GAUGE "    value: -1\n",
	    "7:12: '-1' is neither a field nor a whole number up to 2^64-1"),
	BAD(value_fraction,
	    GAUGE "    value: 1.5\n",
	    "7:12: '1.5' is neither a field nor a whole number up to 2^64-1"),
	BAD(value_over_64_bits,
	    GAUGE "    value: 18446744073709551616\n",
	    "7:12: '18446744073709551616' is neither a field nor a whole number up to 2^64-1"),
	BAD(value_list,
	    GAUGE "    value: [a]\n",
	    "7:12: expected text, found a list"),
	BAD(value_dollar_unknown,
	    GAUGE "    value: $ip\n",
	    "7:12: unknown field '$ip'; known: $cpu, $cpus, $pin, $id, $map, $i, $j, $1, $2, "
	    "$3, $4, $5, $6, $7, $8, $9 (did you mean '$id'?)"),
	BAD(value_double_dot,
	    GAUGE "    value: a..b\n",
	    "7:12: 'a..b' is not a field: write names and element numbers joined by dots"),
	BAD(value_final_dot,
	    GAUGE "    value: a.\n",
	    "7:12: 'a.' is not a field: write names and element numbers joined by dots"),
	BAD(value_decode,
	    GAUGE "    value: {field: a, decode: hex}\n",
	    "7:23: decoders are for labels: a value has none"),
	BAD(value_const,
	    GAUGE "    value: {const: 1}\n",
	    "7:13: a constant value is written as a number: value: 1"),
	BAD(shift_64,
	    GAUGE "    value: {field: a, shift: 64}\n",
	    "7:30: 64 is out of range: 0 to 63"),
	BAD(mask_zero,
	    GAUGE "    value: {field: a, mask: 0x0}\n",
	    "7:29: 0x0 is out of range: 1 to 18446744073709551615"),
	BAD(mask_text,
	    GAUGE "    value: {field: a, mask: low}\n",
	    "7:29: 'low' is not a whole number, decimal or 0x"),
	BAD(scale_text,
	    GAUGE "    value: {field: a, scale: fast}\n",
	    "7:30: 'fast' is not a scale: write a number (1e-9), a power of two (2^-30), or a "
	    "unit (ns us ms KiB MiB pages bits)"),
	BAD(scale_zero,
	    GAUGE "    value: {field: a, scale: 0}\n",
	    "7:30: the scale 0 is out of range: 0 is none, exponents go to 10^30 and 2^64"),
	BAD(scale_list,
	    GAUGE "    value: {field: a, scale: [1]}\n",
	    "7:30: expected text, found a list"),
	BAD(label_name_reserved,
	    LABEL "      __name__: a\n",
	    "8:7: the label '__name__': names with __ are Prometheus' own"),
	BAD(label_list,
	    LABEL "      a: [a]\n",
	    "8:10: a label must be a mapping, found a list"),
	BAD(label_empty_mapping,
	    LABEL "      a: {}\n",
	    "8:10: a label needs the key 'field' or 'const'"),
	BAD(label_const_and_field,
	    LABEL "      a: {const: x, field: a}\n",
	    "8:10: a label with 'const' has no other keys"),
	BAD(label_const_and_shift,
	    LABEL "      a: {const: x, shift: 1}\n",
	    "8:10: a label with 'const' has no other keys"),
	BAD(label_const_mapping,
	    LABEL "      a: {const: {b: c}}\n",
	    "8:18: expected text, found a mapping"),
	BAD(label_scale,
	    LABEL "      a: {field: a, scale: ns}\n",
	    "8:21: scale is for values: a label has none"),
	BAD(label_field_bad,
	    LABEL "      a: \"a b\"\n",
	    "8:10: 'a b' is not a field: write names and element numbers joined by dots"),
	BAD(label_field_quoted_nothing,
	    LABEL "      a: \"\"\n",
	    "8:10: '' is not a field: write names and element numbers joined by dots"),
	BAD(label_dollar_far,
	    LABEL "      a: $outer\n",
	    "8:10: unknown field '$outer'; known: $cpu, $cpus, $pin, $id, $map, $i, $j, $1, "
	    "$2, $3, $4, $5, $6, $7, $8, $9"),
	BAD(label_dollar_zero,
	    LABEL "      a: {field: $0}\n",
	    "8:18: unknown field '$0'; known: $cpu, $cpus, $pin, $id, $map, $i, $j, $1, $2, "
	    "$3, $4, $5, $6, $7, $8, $9 (did you mean '$i'?)"),
	BAD(label_shift_of_dollar,
	    LABEL "      a: {field: $map, shift: 1}\n",
	    "8:10: shift, mask, div and mod are for numbers, not $map"),
	BAD(label_shift_64,
	    LABEL "      a: {field: a, shift: 64}\n",
	    "8:28: 64 is out of range: 0 to 63"),
	BAD(label_mask_0,
	    LABEL "      a: {field: a, mask: 0}\n",
	    "8:27: 0 is out of range: 1 to 18446744073709551615"),
	BAD(label_removes_nothing,
	    LABEL "      a: null\n",
	    "8:7: the label 'a' is null, but there is none to remove"),
	BAD(label_removes_what_the_map_does_not_have,
	    MAP "  labels: {b: b}\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge, labels: {b: ~, a: null}}\n",
	    "6:43: the label 'a' is null, but there is none to remove"),
	BAD(label_of_map_null,
	    MAP "  labels: {a: ~}\n",
	    "4:12: the label 'a' is null, but there is none to remove"),
	BAD(label_of_map_bad_without_metrics,
	    MAP "  labels: {a: {}}\n",
	    "4:15: a label needs the key 'field' or 'const'"),
	BAD(label_of_map_bad_told_once,
	    MAP "  labels: {a: {}}\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge}\n"
	    "  - {name: y, type: gauge}\n",
	    "4:15: a label needs the key 'field' or 'const'"),
	BAD(labels_too_many,
	    MAP "  labels: {l0: a, l1: a, l2: a, l3: a, l4: a, l5: a, l6: a, l7: a, l8: a, l9: a, "
	    "l10: a, l11: a, l12: a, l13: a, l14: a, l15: a, l16: a, l17: a, l18: a, l19: a, "
	    "l20: a, l21: a, l22: a, l23: a, l24: a, l25: a, l26: a, l27: a, l28: a, l29: a, "
	    "l30: a, l31: a, l32: a, l33: a, l34: a, l35: a, l36: a, l37: a, l38: a, l39: a, "
	    "l40: a, l41: a, l42: a, l43: a, l44: a, l45: a, l46: a, l47: a, l48: a, l49: a, "
	    "l50: a, l51: a, l52: a, l53: a, l54: a, l55: a, l56: a, l57: a, l58: a, l59: a, "
	    "l60: a, l61: a, l62: a, l63: a, l64: a}\n",
	    "4:11: more than 64 labels"),
	BAD(decoder_unknown,
	    LABEL "      a: {field: a, decode: hexx}\n",
	    "8:29: unknown decoder 'hexx'; known: dec, hex, string, bool, enum, uuid, ip, "
	    "ip_host, cidr, mac, port, ifname, ip_proto, ethertype, tcp_state, syscall, "
	    "errno, signal, user, device, cgroup, container, pod, ksym, stack, dns, "
	    "pci_vendor, pci_device, pci_class, pci_subclass, map, regex, bits (did you mean "
	    "'hex'?)"),
	BAD(decoder_empty_list,
	    LABEL "      a: {field: a, decode: []}\n",
	    "8:29: an empty list of decoders"),
	BAD(decoder_nested_list,
	    LABEL "      a: {field: a, decode: [[hex]]}\n",
	    "8:30: expected text, found a list"),
	BAD(decoder_nothing,
	    LABEL "      a:\n"
	    "        field: a\n"
	    "        decode:\n",
	    "10:16: expected text, found nothing"),
	BAD(decoder_lone_map,
	    LABEL "      a: {field: a, decode: map}\n",
	    "8:29: map needs its entries: {map: {0: off, 1: on}}"),
	BAD(decoder_default_without_map,
	    LABEL "      a: {field: a, decode: {default: x}}\n",
	    "8:29: a decoder with parameters is one of map, regex, bits, ip, cidr, device and stack"),
	BAD(decoder_map_empty,
	    LABEL "      a: {field: a, decode: {map: {}}}\n",
	    "8:35: map takes entries such as {0: off, 1..9: on}, found none"),
	BAD(decoder_map_list,
	    LABEL "      a: {field: a, decode: {map: [a, b]}}\n",
	    "8:35: map takes entries such as {0: off, 1..9: on}, found a list"),
	BAD(decoder_map_value_list,
	    LABEL "      a: {field: a, decode: {map: {1: [b]}}}\n",
	    "8:39: expected text, found a list"),
	BAD(decoder_map_value_nothing,
	    LABEL "      a: {field: a, decode: {map: {1: }}}\n",
	    "8:39: expected text, found nothing"),
	BAD(decoder_map_key_twice,
	    LABEL "      a: {field: a, decode: {map: {1: a, 1: b}}}\n",
	    "8:42: the key '1' is already in line 8"),
	BAD(decoder_map_key_twice_as_text,
	    LABEL "      a: {field: a, decode: {map: {tcp: a, tcp: b}}}\n",
	    "8:44: the key 'tcp' is already in line 8"),
	BAD(decoder_map_same_number,
	    LABEL "      a: {field: a, decode: {map: {0x10: a, 16: b}}}\n",
	    "8:45: 16 is already in 0x10"),
	BAD(decoder_map_overlap,
	    LABEL "      a: {field: a, decode: {map: {1..9: a, 3: b, 5..6: c, 10: d}}}\n",
	    "8:45: 3 is already in 1..9\n"
	    "8:51: 5..6 is already in 1..9"),
	BAD(decoder_map_overlap_negative,
	    LABEL "      a: {field: a, decode: {map: {-5..5: a, -1: b}}}\n",
	    "8:46: -1 is already in -5..5"),
	BAD(decoder_map_range_reversed,
	    LABEL "      a: {field: a, decode: {map: {9..1: a}}}\n",
	    "8:36: the range 9..1 is empty: write the smaller number first"),
	BAD(decoder_map_key_too_large,
	    LABEL "      a: {field: a, decode: {map: {0: z, 0x10000000000000000: a, "
	    "-9223372036854775809: b, 1..99999999999999999999: c}}}\n",
	    "8:42: 0x10000000000000000 is out of range: -2^63 to 2^64-1\n"
	    "8:66: -9223372036854775809 is out of range: -2^63 to 2^64-1\n"
	    "8:91: 1..99999999999999999999 is out of range: -2^63 to 2^64-1"),
	BAD(decoder_map_key_list,
	    LABEL "      a: {field: a, decode: {map: {[1, 2]: a}}}\n",
	    "8:35: map takes entries such as {0: off, 1..9: on}, found none\n"
	    "8:36: a key must be a word, found a list"),
	BAD(cpu_each_without_cpu,
	    MAP "  cpu: each\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge, labels: {cpu: $cpu}}\n"
	    "  - {name: y, type: gauge}\n",
	    "7:5: with 'cpu: each' a metric needs a label from $cpu"),
	BAD(cpu_without_each,
	    MAP "  labels: {cpu: $cpu}\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge}\n",
	    "4:17: $cpu needs 'cpu: each'"),
	BAD(drain_gauge,
	    MAP "  read: drain\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge}\n",
	    "6:21: with 'read: drain' a metric must be a counter or a histogram"),
	BAD(drain_info,
	    MAP "  read: drain\n"
	    "  metrics:\n"
	    "  - {name: x_info, type: info}\n",
	    "6:26: with 'read: drain' a metric must be a counter or a histogram"),
	BAD(drain_max,
	    MAP "  read: drain\n"
	    "  cpu: max\n",
	    "5:8: with 'read: drain' cpu must be sum or each"),
	BAD(drain_min,
	    MAP "  read: drain\n"
	    "  cpu: min\n",
	    "5:8: with 'read: drain' cpu must be sum or each"),
	BAD(drain_avg,
	    MAP "  read: drain\n"
	    "  cpu: avg\n",
	    "5:8: with 'read: drain' cpu must be sum or each"),
	BAD(glob_without_instance,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p/*\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge, labels: {i: $1}}\n"
	    "  - {name: y, type: gauge, labels: {i: $map}}\n",
	    "6:5: the pin may match several maps: a metric needs a label from $1, $pin or "
	    "$id, or the map 'instances: sum'"),
	BAD(glob_question_mark,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p/?\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge}\n",
	    "5:5: the pin may match several maps: a metric needs a label from $pin or $id, "
	    "or the map 'instances: sum'"),
	BAD(glob_bracket,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p/[ab]\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge, labels: {p: $pin}}\n"
	    "  - {name: y, type: gauge, labels: {p: $1}}\n",
	    "6:40: $1 needs a pin with 1 '*': this one has 0"),
	BAD(capture_without_star,
	    LABEL "      a: $1\n",
	    "8:10: $1 needs a pin with 1 '*': this one has 0"),
	BAD(capture_beyond_the_stars,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p/*/*\n"
	    "  labels: {a: $1, b: $2, c: $3}\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge}\n",
	    "4:29: $3 needs a pin with 3 '*': this one has 2"),
	BAD(family_other_type,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics: [{name: x_total, type: gauge}]\n"
	    "- name: n\n"
	    "  pin: /q\n"
	    "  metrics: [{name: x_total, type: counter}]\n",
	    "7:13: the metric 'x_total' has another type in line 4"),
	BAD(family_other_help,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge}\n"
	    "  - {name: x, type: gauge, help: A.}\n"
	    "  - {name: x, type: gauge, help: B.}\n",
	    "7:5: the metric 'x' has another help in line 6"),
	BAD(family_help_is_the_first_one,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge, help: A.}\n"
	    "  - {name: x, type: gauge, help: B.}\n"
	    "  - {name: x, type: gauge, help: A.}\n"
	    "  - {name: x, type: gauge, help: B.}\n",
	    "6:5: the metric 'x' has another help in line 5\n"
	    "8:5: the metric 'x' has another help in line 5"),
	BAD(family_other_labels,
	    "maps:\n"
	    "- name: m\n"
	    "  pin: /p\n"
	    "  metrics:\n"
	    "  - {name: x, type: gauge, labels: {a: a}}\n"
	    "  - {name: x, type: gauge, labels: {b: a}}\n"
	    "  - {name: x, type: gauge}\n",
	    "6:5: the metric 'x' has other labels in line 5\n"
	    "7:5: the metric 'x' has other labels in line 5"),
	BAD(all_in_one_run,
	    "globl: {}\n"
	    "global: {refresh: 1, at_scrape: sometimes}\n"
	    "maps:\n"
	    "- name: m\n"
	    "  pin: p\n"
	    "  read: drain\n"
	    "  key: u33\n"
	    "  metrics:\n"
	    "  - {name: x, type: counter, value: a, vlue: b, labels: {a: $2}}\n"
	    "  - {name: y, type: gauge}\n"
	    "- {name: m}\n",
	    "1:1: unknown key 'globl' in the file; known: global, maps, include (did you "
	    "mean 'global'?)\n"
	    "2:19: '1' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off\n"
	    "2:33: unknown at_scrape 'sometimes'; known: cheap, always, never\n"
	    "5:8: the pin 'p' must be an absolute path\n"
	    "7:8: unknown type 'u33'; known: u8, u16, u32, u64, s8, s16, s32, s64, be16, "
	    "be32, be64, f32, f64, bool, ipv4, ipv6, mac, char, bytes, pad, struct (did you "
	    "mean 'u32'?)\n"
	    "9:12: the counter 'x' must end in _total, after a name\n"
	    "9:40: unknown key 'vlue' in a metric; known: name, type, help, value, buckets, native, "
	    "sum, count, skip_zero, cpu, aggregate, where, labels (did you mean 'value'?)\n"
	    "9:61: $2 needs a pin with 2 '*': this one has 0\n"
	    "10:21: with 'read: drain' a metric must be a counter or a histogram\n"
	    "11:3: a map needs the key 'pin', or else 'map_name' or 'map_id'\n"
	    "11:10: the map 'm' is already in line 4"),
	BAD(one_mistake_in_an_anchor_is_told_once,
	    "maps:\n"
	    "- {name: m, pin: /p, key: &k [{name: a, type: u33}]}\n"
	    "- {name: n, pin: /q, key: *k}\n",
	    "2:47: unknown type 'u33'; known: u8, u16, u32, u64, s8, s16, s32, s64, be16, "
	    "be32, be64, f32, f64, bool, ipv4, ipv6, mac, char, bytes, pad, struct (did you "
	    "mean 'u32'?)"),
};
/* clang-format on */

int main(void)
{
	return bad_config_run(cases, ARRAY_SIZE(cases));
}
