// SPDX-License-Identifier: GPL-2.0-only
/* Labels: constants, decoders in a row, keep and drop, the map's and the metric's own. */
#include "decoded.h"

#define PERCPU .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
#define ONE(labels)                                                                                                                 \
	"key: [{name: a, type: u8}, {name: t, type: char, count: 4}], value: u8, metrics: [{name: x, type: gauge, labels: {" labels \
	"}}]"
#define IS(labels, text)                                                                          \
	{                                                                                         \
		ONE(labels), .keys = "07 61622d63", .values = "01", .expected = "x{" text "} 1\n" \
	}

static void test_rules_labels__text(void **state)
{
	static const struct decoded_case cases[] = {
		IS("z: a, a: t, m: {const: rx}", "m=\"rx\",a=\"ab-c\",z=\"7\""),
		IS("a: {const: \"a\\\"\\\\\\nb\"}, k: a", "a=\"a\\\"\\\\\\nb\",k=\"7\""),
		IS("a: {const: ''}, k: a", "a=\"\",k=\"7\""),
		IS("k: {field: a, decode: {map: {7: 'x\"y', 8: z}}}", "k=\"x\\\"y\""),
		/* decoders in a row */
		IS("k: {field: t, decode: [string, {regex: [{match: '(.*)-(.*)', replace: '\\2_\\1'}]}]}",
		   "k=\"c_ab\""),
		IS("k: {field: a, decode: [hex, {map: {8: eight}, default: 'not $0'}]}",
		   "k=\"not 0x7\""),
		IS("k: {field: a, decode: [dec, {regex: [{match: '[0-9]', replace: 'n\\0'}]}, {map: {n7: ok}}]}",
		   "k=\"ok\""),
		IS("k: {field: a, decode: [{map: {7: a-b}}, {regex: [{match: 'a-(.)'}]}]}",
		   "k=\"b\""),
		IS("k: {field: $map, decode: {map: {m: the map}}}", "k=\"the map\""),
		/* a struct's bytes, where a decoder takes them */
		IS("k: {field: key, decode: hex}", "k=\"0761622d63\""),
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_labels__levels(void **state)
{
#define LEVELS(of_map, own, text)                                                       \
	{                                                                               \
		"labels: {" of_map                                                      \
		"}, key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {" own \
		"}}, {name: y, type: gauge}]",                                          \
			.keys = "05", .values = "01", .expected = text                  \
	}
	static const struct decoded_case cases[] = {
		LEVELS("k: key, c: {const: a}", "", "x{c=\"a\",k=\"5\"} 1\ny{c=\"a\",k=\"5\"} 1\n"),
		LEVELS("k: key, c: {const: a}", "c: {const: b}",
		       "x{c=\"b\",k=\"5\"} 1\ny{c=\"a\",k=\"5\"} 1\n"),
		LEVELS("k: key, c: {const: a}", "c: null", "x{k=\"5\"} 1\ny{c=\"a\",k=\"5\"} 1\n"),
		LEVELS("k: key, c: {const: a}", "k: null, l: {field: key, decode: hex}",
		       "x{c=\"a\",l=\"0x5\"} 1\ny{c=\"a\",k=\"5\"} 1\n"),
		LEVELS("k: key", "k: null", "x 1\ny{k=\"5\"} 1\n"),
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* Different values never look alike, whatever they hold. */
static void test_rules_labels__nothing_merges(void **state)
{
#define PAIR                                                                                                                    \
	"key: [{name: a, type: char, count: 4}, {name: b, type: char, count: 4}], value: u8, metrics: [{name: x, type: gauge, " \
	"labels: {a: a, b: b}}]"
	static const struct decoded_case cases[] = {
		/* ("a|b", "c") and ("a", "b|c") */
		{PAIR, .keys = "617c6200 63000000 61000000 627c6300", .values = "01 02",
		 .expected = "x{a=\"a|b\",b=\"c\"} 1\nx{a=\"a\",b=\"b|c\"} 2\n"},
		/* (a",b="c, "") would be ("a", "c") without escapes */
		{PAIR, .keys = "61222c62 00000000 61000000 222c6200", .values = "01 02",
		 .expected = "x{a=\"a\\\",b\",b=\"\"} 1\nx{a=\"a\",b=\"\\\",b\"} 2\n"},
		{PAIR, .keys = "5c6e0000 00000000 0a000000 00000000", .values = "01 02",
		 .expected = "x{a=\"\\\\n\",b=\"\"} 1\nx{a=\"\\n\",b=\"\"} 2\n"},
		{PAIR, .keys = "00000000 61000000 61000000 00000000", .values = "01 02",
		 .expected = "x{a=\"\",b=\"a\"} 1\nx{a=\"a\",b=\"\"} 2\n"},
		/* what cannot be told apart is added: other bytes after the NUL, invalid ones */
		{PAIR,
		 .keys = "61000000 62000000 61006200 62000000 ff000000 62000000 fe000000 62000000",
		 .values = "01 02 04 08",
		 .expected = "x{a=\"a\",b=\"b\"} 3\nx{a=\"\xef\xbf\xbd\",b=\"b\"} 12\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

static void test_rules_labels__keep_and_drop(void **state)
{
#define FILTER(label)                                                                          \
	"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, " label \
	"}}}, "                                                                                \
	"{name: y, type: gauge}]"
#define KEYS .keys = "01 0a 0b 14", .values = "01 02 04 08"
	static const struct decoded_case cases[] = {
		{FILTER("keep: '1.*'"), KEYS,
		 .expected = "x{k=\"1\"} 1\nx{k=\"10\"} 2\nx{k=\"11\"} 4\ny 15\n"},
		{FILTER("drop: '1.*'"), KEYS, .expected = "x{k=\"20\"} 8\ny 15\n"},
		{FILTER("keep: '1.*', drop: '.*1'"), KEYS, .expected = "x{k=\"10\"} 2\ny 15\n"},
		/* of the whole text */
		{FILTER("keep: '1'"), KEYS, .expected = "x{k=\"1\"} 1\ny 15\n"},
		{FILTER("drop: '0|1'"), KEYS,
		 .expected = "x{k=\"10\"} 2\nx{k=\"11\"} 4\nx{k=\"20\"} 8\ny 15\n"},
		{FILTER("keep: 'none'"), KEYS, .expected = "y 15\n"},
		/* after the decoders */
		{FILTER("decode: hex, keep: '0x[ab]'"), KEYS,
		 .expected = "x{k=\"0xa\"} 2\nx{k=\"0xb\"} 4\ny 15\n"},
		{FILTER("decode: {map: {1..10: low}, default: high}, drop: low"), KEYS,
		 .expected = "x{k=\"high\"} 12\ny 15\n"},
		{FILTER("shift: 1, keep: '[05]'"), KEYS,
		 .expected = "x{k=\"0\"} 1\nx{k=\"5\"} 6\ny 15\n"},
		/* a constant one leaves out all */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {p: {field: $pin, drop: '/sys.*'}}}, "
		 "{name: y, type: gauge, labels: {p: {field: $pin, keep: '/sys.*'}, i: {field: $id, decode: hex}}}]",
		 KEYS, .expected = "y{i=\"0x2a\",p=\"" PIN "\"} 15\n"},
		/* a dropped one takes no place of the limit */
		{FILTER("keep: '1.'"), KEYS, .max_series = 3,
		 .expected = "x{k=\"10\"} 2\nx{k=\"11\"} 4\ny 15\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

/* What is left out by a value may come and go; the text of the others is right all the same. */
static void test_rules_labels__leaving_out_over_passes(void **state)
{
	static const struct decoded_case c = {
		.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, value: 1, labels: {k: {field: key, drop: '3'}}, "
			"where: {value: {not: 0}}}]"};
	static const struct {
		const char *keys, *values, *expected;
		bool shares;
	} passes[] = {
		{"01 02 03 04", "01 01 01 01", "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"4\"} 1\n", false},
		{"01 02 03 04", "01 01 01 01", "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"4\"} 1\n", true},
		{"01 02 04", "01 01 01", "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"4\"} 1\n", true},
		{"03 01 02 03 04 03", "01 01 01 01 01 01",
		 "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"4\"} 1\n", true},
		{"01 02 03 04", "01 00 01 01", "x{k=\"1\"} 1\nx{k=\"4\"} 1\n", false},
		{"01 02 03 04", "01 00 01 01", "x{k=\"1\"} 1\nx{k=\"4\"} 1\n", true},
		{"01 02 03 05", "01 01 00 01", "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"5\"} 1\n", false},
		{"03", "01", "", false},
		{"", "", "", true},
	};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(snapshot_unrefp) struct snapshot *previous = NULL;

	(void)state;
	decoded_compile(&d, &c);
	for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
		struct builder_result result =
			decoded_pass(&d, previous, 0, passes[i].keys, passes[i].values);
		_cleanup_(freep) char *text = decoded_text(result.snapshot);

		assert_string_equal(text, passes[i].expected);
		assert_int_equal(previous && result.snapshot->sets[0].labels ==
						     previous->sets[0].labels,
				 passes[i].shares);
		snapshot_unref(previous);
		previous = result.snapshot;
	}
}

static void test_rules_labels__of_values(void **state)
{
#define OF_VALUE(cpu)                                                                                                        \
	"key: u8, value: [{name: w, type: char, count: 2}, {name: n, type: u8}], metrics: [{name: x, type: gauge, cpu: " cpu \
	", value: n, labels: {k: key, w: w"
	static const struct decoded_case cases[] = {
		{"key: u8, value: [{name: w, type: char, count: 2}, {name: n, type: u8}], metrics: [{name: x, type: gauge, value: n, "
		 "labels: {w: w}}]",
		 .keys = "01 02 03", .values = "616201 616202 630004",
		 .expected = "x{w=\"ab\"} 3\nx{w=\"c\"} 4\n"},
		/* of the first CPU whose value is not all zero */
		{OF_VALUE("sum") "}}]", PERCPU, .keys = "01 02 03",
		 .values = "6161010000000000 6262020000000000"
			   "0000000000000000 6262020000000000"
			   "0000000000000000 0000000000000000",
		 .expected = "x{k=\"1\",w=\"aa\"} 3\nx{k=\"2\",w=\"bb\"} 2\nx{k=\"3\",w=\"\"} 0\n"},
		/* of each */
		{OF_VALUE("each") ", c: $cpu}}]", PERCPU, .keys = "01",
		 .values = "6161010000000000 6262020000000000",
		 .expected = "x{c=\"0\",k=\"1\",w=\"aa\"} 1\nx{c=\"1\",k=\"1\",w=\"bb\"} 2\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_labels__text),
		cmocka_unit_test(test_rules_labels__levels),
		cmocka_unit_test(test_rules_labels__nothing_merges),
		cmocka_unit_test(test_rules_labels__keep_and_drop),
		cmocka_unit_test(test_rules_labels__leaving_out_over_passes),
		cmocka_unit_test(test_rules_labels__of_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
