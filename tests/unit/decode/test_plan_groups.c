// SPDX-License-Identifier: GPL-2.0-only
/* Which metrics share a group, and what the bits of the key that labels show make of it. */
#include "decoded.h"

#include "decode/plan_internal.h"

#define KEY    "key: [{name: a, type: u8}, {name: b, type: u8}], value: s8, metrics: ["
#define X(...) "{name: x, type: gauge, labels: {" __VA_ARGS__ "}"
#define Y(...) "{name: y, type: gauge, labels: {" __VA_ARGS__ "}"
#define SKIP   ", skip_zero: true"

static void test_plan_groups__who_shares(void **state)
{
#define REGEX(...) "a: {field: a, decode: {regex: [" __VA_ARGS__ "]}}"
#define ONE	   "{match: '1.*'}"
	static const struct {
		const char *yaml;
		size_t n_groups;
	} cases[] = {
		{KEY X("a: a") "}, " Y("a: a") "}]", 1},
		{KEY X("a: a") "}, " Y("a: b") "}]", 2},
		/* skip_zero where entries are added: apart from all others */
		{KEY X("a: a") "}, " Y("a: a") SKIP "}]", 2},
		{KEY X("a: a") SKIP "}, " Y("a: a") "}]", 2},
		{KEY X("a: a") SKIP "}, " Y("a: a") SKIP "}]", 2},
		{KEY X("a: a, b: b") "}, " Y("a: a, b: b") SKIP "}]", 1},
		{KEY X("a: a, b: b") SKIP "}, " Y("a: a, b: b") "}]", 1},
		/* steps of regex */
		{KEY X(REGEX(ONE)) "}, " Y(REGEX(ONE)) "}]", 1},
		{KEY X(REGEX(ONE)) "}, " Y(REGEX("{match: '2.*'}")) "}]", 2},
		{KEY X(REGEX(ONE)) "}, " Y(REGEX("{match: '1.*', replace: o}")) "}]", 2},
		{KEY X(REGEX(ONE)) "}, " Y(REGEX(ONE ", {match: '2.*', replace: t}")) "}]", 2},
		{KEY X(REGEX(ONE ", {match: '2.*', replace: t}")) "}, " Y(REGEX(ONE)) "}]", 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct decoded_case c = {.yaml = cases[i].yaml};
		_cleanup_(decoded_done) struct decoded d = {0};

		decoded_compile(&d, &c);
		if (d.plan->n_groups != cases[i].n_groups)
			fail_msg("%s has %zu groups", c.yaml, d.plan->n_groups);
	}
}

/* Zeros that were left out make no series; what adds up to zero is one. */
static void test_plan_groups__what_they_show(void **state)
{
	static const struct decoded_case cases[] = {
		{KEY X("a: a") "}, " Y("a: a") SKIP "}]", .keys = "0101 0102 0201",
		 .values = "01 ff 00", .expected = "x{a=\"1\"} 0\nx{a=\"2\"} 0\ny{a=\"1\"} 0\n"},
		{KEY X(REGEX(ONE)) "}, " Y(REGEX(ONE ", {match: '2.*', replace: t}")) "}]",
		 .keys = "0101 0201", .values = "01 02",
		 .expected = "x{a=\"1\"} 1\nx{a=\"2\"} 2\ny{a=\"1\"} 1\ny{a=\"t\"} 2\n"},
	};

	(void)state;
	decoded_run_table(cases, ARRAY_SIZE(cases));
}

#define CIDR(key, value, length)                                                             \
	"packed: true, key: [" key "], value: [" value "], metrics: [{name: x_total, type: " \
	"counter, value: v, labels: {a: {field: a, decode: {cidr: {bits: " length "}}}}}]"
#define A "{name: a, type: ipv4}"
#define N "{name: n, type: u8}"
#define V "{name: v, type: u32}"

/* The prefix length covers its bits of the key, if it lies there and all of them are shown. */
static void test_plan_groups__prefix_lengths(void **state)
{
	static const struct {
		const char *yaml;
		bool adds_entries;
	} cases[] = {
		{CIDR(N ", " A, V, "key.n"), false},
		{CIDR(A ", " N, V, "key.n"), false},
		{CIDR(A ", " N, V, "{field: key.n, mask: 127}"), true},
		{CIDR(A ", " N, V, "{field: key.n, div: 2}"), true},
		/* at the place in the value where the key has another field */
		{CIDR(A ", {name: other, type: u8}", V ", " N, "value.n"), true},
		{CIDR(A, V ", " N, "value.n"), false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct decoded_case c = {.yaml = cases[i].yaml};
		_cleanup_(decoded_done) struct decoded d = {0};

		decoded_compile(&d, &c);
		if (plan_has_ledger(d.plan) != cases[i].adds_entries)
			fail_msg("%s", c.yaml);
	}
}

/* A length in the value may be another one in the next pass: no text is taken from the last. */
static void test_plan_groups__prefix_length_that_changes(void **state)
{
	static const struct decoded_case c = {.yaml = CIDR(A, V ", " N, "value.n")};
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(snapshot_unrefp) struct snapshot *first = NULL, *second = NULL;
	_cleanup_(freep) char *text = NULL;

	(void)state;
	decoded_compile(&d, &c);
	first = decoded_pass(&d, NULL, 0, "0a000001", "07000000 18").snapshot;
	second = decoded_pass(&d, first, 0, "0a000001", "07000000 10").snapshot;
	text = decoded_text(second);
	assert_string_equal(text, "x_total{a=\"10.0.0.1/16\"} 7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_groups__who_shares),
		cmocka_unit_test(test_plan_groups__what_they_show),
		cmocka_unit_test(test_plan_groups__prefix_lengths),
		cmocka_unit_test(test_plan_groups__prefix_length_that_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
