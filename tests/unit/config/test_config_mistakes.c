// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong with the file itself, its maps and the layouts in them. */
#include "bad_config.h"

/* clang-format off */
static const struct bad_config cases[] = {
	BAD(empty_file,
	    "",
	    "1:1: the file is empty: it needs the key 'maps'"),
	BAD(only_a_comment,
	    "# nothing\n",
	    "2:1: the file is empty: it needs the key 'maps'"),
	BAD(null_document,
	    "---\n",
	    "2:1: the file must be a mapping, found nothing"),
	BAD(unclosed_list,
	    "maps: [\n",
	    "2:1: not valid YAML: did not find expected node content (while parsing a flow node "
	    "that starts in line 2)"),
	BAD(tab_indentation,
	    "maps:\n"
	    "\t- name: m\n",
	    "2:1: not valid YAML: found character that cannot start any token (while scanning "
	    "for the next token that starts in line 2)"),
	BAD(bad_indentation,
	    "maps:\n"
	    "- name: m\n"
	    "   pin: /p\n",
	    "3:7: not valid YAML: mapping values are not allowed in this context"),
	BAD(two_documents,
	    "maps: []\n"
	    "---\n"
	    "maps: []\n",
	    "2:1: only one document is allowed in a file"),
	BAD(invalid_utf8,
	    "maps:\n"
	    "- name: \"\377\"\n",
	    "2:10: not readable as text: invalid leading UTF-8 octet"),
	BAD(control_character,
	    "maps:\n"
	    "- name: a\001b\n",
	    "2:10: not readable as text: control characters are not allowed"),
	BAD(escaped_nul,
	    "maps:\n"
	    "- {name: \"a\\0b\", pin: /p}\n",
	    "2:10: text with a NUL byte"),
	BAD(tag,
	    "maps: []\n"
	    "global: !!map {}\n",
	    "2:9: the tag 'tag:yaml.org,2002:map' has no meaning here: remove it"),
	BAD(alias_without_anchor,
	    "maps: *m\n",
	    "1:7: there is no anchor '&m' before this alias"),
	BAD(alias_in_itself,
	    "maps: &m [*m]\n",
	    "1:11: the alias '*m' is inside of what it names"),
	BAD(duplicate_key,
	    MAP "  pin: /q\n",
	    "4:3: the key 'pin' is already in line 3"),
	BAD(duplicate_top_key,
	    "maps: []\n"
	    "maps: []\n",
	    "2:1: the key 'maps' is already in line 1"),
	BAD(list_as_key,
	    "maps: []\n"
	    "[a, b]: c\n",
	    "2:1: a key must be a word, found a list"),
	BAD(merge_of_text,
	    "maps:\n"
	    "- {<<: text, name: m, pin: /p}\n",
	    "2:8: '<<' takes a mapping or a list of them, found text"),
	BAD(merge_of_list_of_text,
	    "maps:\n"
	    "- {<<: [text], name: m, pin: /p}\n",
	    "2:9: '<<' takes mappings, found text"),
	BAD(root_is_a_list,
	    "- maps\n",
	    "1:1: the file must be a mapping, found a list"),
	BAD(root_is_text,
	    "maps\n",
	    "1:1: the file must be a mapping, found text"),
	BAD(no_maps,
	    "global: {}\n",
	    "1:1: the file needs the key 'maps'"),
	BAD(unknown_top_key,
	    "mapps: []\n",
	    "1:1: unknown key 'mapps' in the file; known: global, maps, include (did you "
	    "mean 'maps'?)\n"
	    "1:1: the file needs the key 'maps'"),
	BAD(maps_is_a_mapping,
	    "maps: {}\n",
	    "1:7: maps must be a list, found a mapping"),
	BAD(maps_is_nothing,
	    "maps:\n",
	    "1:6: maps must be a list, found nothing"),
	BAD(global_is_a_list,
	    "global: []\n"
	    "maps: []\n",
	    "1:9: 'global' must be a mapping, found a list"),
	BAD(unknown_global_key,
	    "global: {refesh: 1s}\n"
	    "maps: []\n",
	    "1:10: unknown key 'refesh' in 'global'; known: " GLOBAL_KEYS
	    " (did you mean 'refresh'?)"),
	BAD(refresh_without_unit,
	    "global: {refresh: 10}\n"
	    "maps: []\n",
	    "1:19: '10' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(refresh_with_unknown_unit,
	    "global: {refresh: 10x}\n"
	    "maps: []\n",
	    "1:19: '10x' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(refresh_with_units_in_disorder,
	    "global: {refresh: 1s1m}\n"
	    "maps: []\n",
	    "1:19: '1s1m' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(refresh_with_a_unit_twice,
	    "global: {refresh: 1s1s}\n"
	    "maps: []\n",
	    "1:19: '1s1s' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(refresh_fraction,
	    "global: {refresh: 1.5s}\n"
	    "maps: []\n",
	    "1:19: '1.5s' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(refresh_negative,
	    "global: {refresh: -1s}\n"
	    "maps: []\n",
	    "1:19: '-1s' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(refresh_too_short,
	    "global: {refresh: 99ms}\n"
	    "maps: []\n",
	    "1:19: 99ms is out of range: 100ms to 24h, or off"),
	BAD(refresh_too_long,
	    "global: {refresh: 1d1ms}\n"
	    "maps: []\n",
	    "1:19: 1d1ms is out of range: 100ms to 24h, or off"),
	BAD(refresh_over_64_bits,
	    "global: {refresh: 99999999999999999999d}\n"
	    "maps: []\n",
	    "1:19: 99999999999999999999d is out of range: 100ms to 24h, or off"),
	BAD(refresh_product_over_64_bits,
	    "global: {refresh: 9999999999999999d}\n"
	    "maps: []\n",
	    "1:19: 9999999999999999d is out of range: 100ms to 24h, or off"),
	BAD(refresh_product_that_wraps_into_the_range,
	    "global: {refresh: 213504d}\n"
	    "maps: []\n",
	    "1:19: 213504d is out of range: 100ms to 24h, or off"),
	BAD(refresh_sum_that_wraps_into_the_range,
	    "global: {refresh: 213503d24h}\n"
	    "maps: []\n",
	    "1:19: 213503d24h is out of range: 100ms to 24h, or off"),
	BAD(refresh_zero,
	    "global: {refresh: 0s}\n"
	    "maps: []\n",
	    "1:19: 0s is out of range: 100ms to 24h, or off"),
	BAD(refresh_is_a_list,
	    "global: {refresh: [10s]}\n"
	    "maps: []\n",
	    "1:19: expected text, found a list"),
	BAD(refresh_is_nothing,
	    "global:\n"
	    "  refresh:\n"
	    "maps: []\n",
	    "2:11: expected text, found nothing"),
	BAD(read_timeout_off,
	    "global: {read_timeout: off}\n"
	    "maps: []\n",
	    "1:24: 'off' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d"),
	BAD(read_timeout_too_long,
	    "global: {read_timeout: 1h1ms}\n"
	    "maps: []\n",
	    "1:24: 1h1ms is out of range: 1ms to 1h"),
	BAD(at_scrape_unknown,
	    "global: {at_scrape: alway}\n"
	    "maps: []\n",
	    "1:21: unknown at_scrape 'alway'; known: cheap, always, never (did you mean "
	    "'always'?)"),
	BAD(map_is_text,
	    "maps: [m]\n",
	    "1:8: a map must be a mapping, found text"),
	BAD(map_without_name_and_pin,
	    "maps:\n"
	    "- {}\n",
	    "2:3: a map needs the key 'name'\n"
	    "2:3: a map needs the key 'pin', or else 'map_name' or 'map_id'"),
	BAD(map_with_empty_name,
	    "maps: [{name: \"\", pin: /p}]\n",
	    "1:15: the name of a map cannot be empty"),
	BAD(map_name_twice,
	    "maps:\n"
	    "- {name: a, pin: /p}\n"
	    "- {name: b, pin: /p}\n"
	    "- {name: a, pin: /q}\n"
	    "- {name: a, pin: /r}\n",
	    "4:10: the map 'a' is already in line 2\n"
	    "5:10: the map 'a' is already in line 2"),
	BAD(unknown_map_key,
	    MAP "  metrix: []\n",
	    "4:3: unknown key 'metrix' in a map; known: " MAP_KEYS " (did you mean 'metrics'?)"),
	BAD(relative_pin,
	    "maps: [{name: m, pin: sys/fs/bpf/m}]\n",
	    "1:23: the pin 'sys/fs/bpf/m' must be an absolute path"),
	BAD(read_unknown,
	    MAP "  read: drains\n",
	    "4:9: unknown read mode 'drains'; known: snapshot, drain (did you mean 'drain'?)"),
	BAD(read_swap_is_not_known,
	    MAP "  read: swap\n",
	    "4:9: unknown read mode 'swap'; known: snapshot, drain"),
	BAD(cpu_unknown,
	    MAP "  cpu: all\n",
	    "4:8: unknown cpu reduction 'all'; known: sum, max, min, avg, each"),
	BAD(map_refresh_bad,
	    MAP "  refresh: soon\n",
	    "4:12: 'soon' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(map_at_scrape_bad,
	    MAP "  at_scrape: true\n",
	    "4:14: unknown at_scrape 'true'; known: cheap, always, never"),
	BAD(packed_yes,
	    MAP "  packed: yes\n",
	    "4:11: 'yes' is not a truth value: write true or false"),
	BAD(packed_list,
	    MAP "  packed: [true]\n",
	    "4:11: expected text, found a list"),
	BAD(metrics_mapping,
	    MAP "  metrics: {name: x}\n",
	    "4:12: metrics must be a list, found a mapping"),
	BAD(labels_list,
	    MAP "  labels: [a]\n",
	    "4:11: labels must be a mapping, found a list"),
	BAD(off_and_never,
	    MAP "  refresh: off\n"
	    "  at_scrape: never\n",
	    "5:14: with 'refresh: off' and 'at_scrape: never' the map is never read"),
	BAD(off_and_never_by_refresh,
	    "global: {at_scrape: never}\n"
	    "maps:\n"
	    "- {name: m, pin: /p, refresh: off}\n",
	    "3:31: with 'refresh: off' and 'at_scrape: never' the map is never read"),
	BAD(off_and_never_inherited,
	    "global: {refresh: off, at_scrape: never}\n"
	    "maps:\n"
	    "- {name: m, pin: /p}\n",
	    "3:3: with 'refresh: off' and 'at_scrape: never' the map is never read"),
	BAD(type_unknown,
	    MAP "  key: u33\n",
	    "4:8: unknown type 'u33'; known: u8, u16, u32, u64, s8, s16, s32, s64, be16, "
	    "be32, be64, f32, f64, bool, ipv4, ipv6, mac, char, bytes, pad, struct (did you "
	    "mean 'u32'?)"),
	BAD(type_mapping,
	    MAP "  key: {type: u32}\n",
	    "4:8: expected a type such as u32, or a list of fields; found a mapping"),
	BAD(lone_pad,
	    MAP "  key: pad\n",
	    "4:8: a lone 'pad' holds nothing: write a list of fields"),
	BAD(lone_struct,
	    MAP "  value: struct\n",
	    "4:10: a lone 'struct' holds nothing: write a list of fields"),
	BAD(no_fields,
	    MAP "  key: []\n",
	    "4:8: fields are a list of at least one, found an empty one"),
	BAD(field_is_text,
	    MAP "  key: [u32]\n",
	    "4:9: a field must be a mapping, found text"),
	BAD(field_without_type,
	    MAP "  key: [{name: a}]\n",
	    "4:9: a field needs the key 'type'"),
	BAD(field_without_name,
	    MAP "  key: [{type: u32}]\n",
	    "4:9: a field needs the key 'name'"),
	BAD(field_name_bad,
	    MAP "  key: [{name: 4a, type: u32}]\n",
	    "4:16: '4a' is not a field name: letters, digits and _, no digit first"),
	BAD(field_name_with_dot,
	    MAP "  key: [{name: a.b, type: u32}]\n",
	    "4:16: 'a.b' is not a field name: letters, digits and _, no digit first"),
	BAD(field_twice,
	    MAP "  key: [{name: a, type: u32}, {name: b, type: u8},\n"
	    "    {name: a, type: u8}]\n",
	    "5:5: the field 'a' is already in line 4"),
	BAD(field_twice_in_a_struct,
	    MAP "  key: [{name: s, type: struct, fields: [{name: a, type: u8}, {name: a, type: "
	    "u8}]}]\n",
	    "4:63: the field 'a' is already in line 4"),
	BAD(field_unknown_key,
	    MAP "  key: [{name: a, type: u32, size: 4}]\n",
	    "4:30: unknown key 'size' in a field; known: name, type, count, offset, bits, "
	    "fields"),
	BAD(pad_with_name,
	    MAP "  key: [{name: a, type: pad, count: 4}]\n",
	    "4:16: padding has no name"),
	BAD(pad_without_count,
	    MAP "  key: [{name: a, type: u8}, {type: pad}]\n",
	    "4:30: padding needs the key 'count', its bytes"),
	BAD(struct_without_fields,
	    MAP "  key: [{name: a, type: struct}]\n",
	    "4:9: a struct needs the key 'fields'"),
	BAD(struct_with_empty_fields,
	    MAP "  key: [{name: a, type: struct, fields: []}]\n",
	    "4:41: fields are a list of at least one, found an empty one"),
	BAD(struct_with_text_as_fields,
	    MAP "  key: [{name: a, type: struct, fields: u32}]\n",
	    "4:41: fields are a list of at least one, found text"),
	BAD(fields_of_a_scalar,
	    MAP "  key: [{name: a, type: u32, fields: [{name: b, type: u8}]}]\n",
	    "4:38: only a struct has fields"),
	BAD(count_zero,
	    MAP "  key: [{name: a, type: u32, count: 0}]\n",
	    "4:37: 0 is out of range: 1 to 67108864"),
	BAD(count_huge,
	    MAP "  key: [{name: a, type: u8, count: 67108865}]\n",
	    "4:36: 67108865 is out of range: 1 to 67108864"),
	BAD(array_over_64_mib,
	    MAP "  key: [{name: a, type: u64, count: 8388609}]\n",
	    "4:9: more than 64 MiB"),
	BAD(struct_over_64_mib,
	    MAP "  key: [{name: a, type: u8, count: 67108864}, {name: b, type: u8}]\n",
	    "4:8: more than 64 MiB"),
	BAD(nested_over_64_mib,
	    MAP "  key: [{name: a, type: struct, count: 67108864, fields: [\n"
	    "    {name: b, type: struct, count: 67108864, fields: [{name: c, type: u16}]}]}]\n",
	    "5:5: more than 64 MiB"),
	BAD(offset_huge,
	    MAP "  key: [{name: a, type: u8, offset: 67108865}]\n",
	    "4:37: 67108865 is out of range: 0 to 67108864"),
	BAD(offset_and_size_over_64_mib,
	    MAP "  key: [{name: a, type: u8, offset: 67108864}]\n",
	    "4:8: more than 64 MiB"),
	BAD(offset_negative,
	    MAP "  key: [{name: a, type: u8, offset: -1}]\n",
	    "4:37: '-1' is not a whole number, decimal or 0x"),
	BAD(structs_too_deep,
	    MAP "  key: [{name: a, type: struct, fields: [{name: a, type: struct, fields: [{name: a, "
	    "type: struct, fields: [{name: a, type: struct, fields: [{name: a, type: struct, "
	    "fields: [{name: a, type: struct, fields: [{name: a, type: struct, fields: [{name: "
	    "a, type: struct, fields: [{name: a, type: struct, fields: [{name: a, type: struct, "
	    "fields: [{name: a, type: struct, fields: [{name: a, type: struct, fields: [{name: "
	    "a, type: struct, fields: [{name: a, type: struct, fields: [{name: a, type: struct, "
	    "fields: [{name: a, type: struct, fields: [{name: a, type: "
	    "u8}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]\n",
	    "4:536: structs nested deeper than 16 levels"),
};
/* clang-format on */

int main(void)
{
	return bad_config_run(cases, ARRAY_SIZE(cases));
}
