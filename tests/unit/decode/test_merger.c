// SPDX-License-Identifier: GPL-2.0-only
/* The snapshots of several instances become one. */
#include "decoded.h"

#include "decode/merger.h"
#include "support/alloc_fault.h"

#define MOST 3

/* What an instance holds; each may have another layout. */
struct part {
	const char *yaml; /* NULL: as the first */
	const char *keys, *values;
	const char *pin; /* $pin */
	bool is_gone;
};

struct merger_case {
	const char *yaml;
	struct part parts[MOST];
	const char *expected;
	uint64_t n_dropped, max_series; /* 0: many */
};

struct instances {
	struct decoded d[MOST];
	struct snapshot *snapshots[MOST];
	size_t n;
};

static void instances_init(struct instances *in, const struct merger_case *c)
{
	*in = (struct instances){.n = 0};
	for (; in->n < MOST && c->parts[in->n].keys; in->n++) {
		const struct part *p = &c->parts[in->n];
		const struct decoded_case map = {.yaml = p->yaml ? p->yaml : c->yaml};
		struct decoded *d = &in->d[in->n];

		decoded_prepare(d, &map);
		if (p->pin)
			d->input.pin = p->pin;
		if (plan_compile(&d->input, &d->plan, &d->problems) < 0)
			fail_msg("%s: %s", map.yaml, d->problems.items[0]);
		in->snapshots[in->n] = decoded_pass(d, NULL, 0, p->keys, p->values).snapshot;
	}
}

static void instances_done(struct instances *in)
{
	for (size_t i = 0; i < in->n; i++) {
		snapshot_unref(in->snapshots[i]);
		decoded_done(&in->d[i]);
	}
}

static int merge(const struct instances *in, const struct merger_case *c, struct snapshot *before,
		 struct builder_result *ret)
{
	_cleanup_(merger_freep) struct merger *m = merger_new(
		before,
		&(struct config_limits){.max_series = c->max_series ? c->max_series : 100000});
	int r = m ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < in->n; i++)
		r = merger_add(m, in->d[i].plan, in->snapshots[i], c->parts[i].is_gone);
	return r < 0 ? r : merger_finish(m, ret);
}

static void run(const struct merger_case *c)
{
	_cleanup_(instances_done) struct instances in;
	_cleanup_(freep) char *text = NULL;
	struct builder_result sum;
	size_t n_shown = 0;

	instances_init(&in, c);
	assert_int_equal(merge(&in, c, NULL, &sum), 0);
	text = decoded_text(sum.snapshot);
	if (strcmp(text, c->expected) != 0)
		fail_msg("%s\ngives\n%sinstead of\n%s", c->yaml, text, c->expected);
	for (size_t i = 0; i < sum.snapshot->n_sets; i++)
		n_shown += sum.snapshot->sets[i].n_shown;
	assert_int_equal(sum.n_series, n_shown);
	assert_int_equal(sum.n_dropped, c->n_dropped);
	snapshot_unref(sum.snapshot);
}

static void run_table(const struct merger_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		run(&cases[i]);
}

#define ONE(type, more) "key: u8, value: u8, metrics: [{name: x" type ", labels: {k: key}" more "}]"
#define COUNTER		ONE("_total, type: counter", "")
#define U64		"00000000000000"

static void test_merger__equal_labels_add(void **state)
{
	static const struct merger_case cases[] = {
		{COUNTER,
		 {{.keys = "01 02", .values = "01 02"}},
		 .expected = "x_total{k=\"1\"} 1\nx_total{k=\"2\"} 2\n"},
		{COUNTER,
		 {{.keys = "01 02", .values = "01 02"}, {.keys = "03 02", .values = "03 04"}},
		 .expected = "x_total{k=\"1\"} 1\nx_total{k=\"2\"} 6\nx_total{k=\"3\"} 3\n"},
		{COUNTER,
		 {{.keys = "", .values = ""},
		  {.keys = "02", .values = "ff"},
		  {.keys = "02", .values = "ff"}},
		 .expected = "x_total{k=\"2\"} 510\n"},
		{COUNTER, {{.keys = "", .values = ""}}, .expected = ""},
		/* without labels; with constant ones; of the pin, which several may share here */
		{"key: u8, value: u8, metrics: [{name: x_total, type: counter}]",
		 {{.keys = "01 02", .values = "01 02"}, {.keys = "01", .values = "04"}},
		 .expected = "x_total 7\n"},
		{"key: u8, value: u8, labels: {c: {const: d}}, metrics: [{name: x_total, type: counter}, {name: g, "
		 "type: gauge, labels: {k: key}}]",
		 {{.keys = "01", .values = "01"}, {.keys = "01", .values = "04"}},
		 .expected = "x_total{c=\"d\"} 5\ng{c=\"d\",k=\"1\"} 5\n"},
		{"key: u8, value: u8, labels: {i: $pin}, metrics: [{name: x_total, type: counter, labels: "
		 "{k: key}}]",
		 {{.keys = "01", .values = "01", .pin = "a"},
		  {.keys = "01 02", .values = "02 03", .pin = "b"},
		  {.keys = "02 01", .values = "04 05", .pin = "a"}},
		 .expected =
			 "x_total{i=\"a\",k=\"1\"} 6\nx_total{i=\"b\",k=\"1\"} 2\nx_total{i=\"b\",k=\"2\"} 3\n"
			 "x_total{i=\"a\",k=\"2\"} 4\n"},
		/* ("a|b", "c") is not ("a", "b|c") */
		{"key: [{name: a, type: char, count: 4}, {name: b, type: char, count: 4}], value: u8, metrics: "
		 "[{name: x_total, type: counter, labels: {a: a, b: b}}]",
		 {{.keys = "617c6200 63000000", .values = "01"},
		  {.keys = "61000000 627c6300", .values = "02"}},
		 .expected = "x_total{a=\"a|b\",b=\"c\"} 1\nx_total{a=\"a\",b=\"b|c\"} 2\n"},
		/* more than 64 bits, and what was so before */
		{"key: u8, value: u64, metrics: [{name: x_total, type: counter}]",
		 {{.keys = "01 02", .values = "ffffffffffffffff ffffffffffffffff"},
		  {.keys = "01", .values = "0100000000000000"}},
		 .expected = "x_total 36893488147419103231\n"},
		/* what skip_zero hides is nothing to add to */
		{ONE("", ", type: gauge, skip_zero: true"),
		 {{.keys = "01 02", .values = "00 01"}, {.keys = "02 03", .values = "00 00"}},
		 .expected = "x{k=\"2\"} 1\n"},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_merger__gauges(void **state)
{
#define GAUGE(how) ONE("", ", type: gauge, aggregate: " how)
#define PARTS                                                                         \
	{                                                                             \
		{.keys = "01 02", .values = "05 01"}, {.keys = "01", .values = "03"}, \
			{.keys = "01 02", .values = "0a 01"},                         \
	}
	static const struct merger_case cases[] = {
		{GAUGE("sum"), PARTS, .expected = "x{k=\"1\"} 18\nx{k=\"2\"} 2\n"},
		{GAUGE("max"), PARTS, .expected = "x{k=\"1\"} 10\nx{k=\"2\"} 1\n"},
		{GAUGE("min"), PARTS, .expected = "x{k=\"1\"} 3\nx{k=\"2\"} 1\n"},
		{GAUGE("avg"), PARTS, .expected = "x{k=\"1\"} 6\nx{k=\"2\"} 1\n"},
		/* the average is of all entries, not of averages */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, aggregate: avg}]",
		 {{.keys = "01 02 03", .values = "01 02 03"}, {.keys = "01", .values = "0a"}},
		 .expected = "x 4\n"},
		{"key: u8, value: u8, metrics: [{name: x_info, type: info, labels: {k: key}}]",
		 {{.keys = "01", .values = "05"}, {.keys = "01 02", .values = "07 07"}},
		 .expected = "x_info{k=\"1\"} 1\nx_info{k=\"2\"} 1\n"},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

#define HIST(n)                                                                                   \
	"key: u8, value: [{name: s, type: u8, count: 3}, {name: t, type: u8}], metrics: [{name: " \
	"x, type: histogram, buckets: {field: s, scheme: exp2, edges: upper, slots: " n           \
	"}, sum: t, labels: {k: key}}]"

static void test_merger__histograms(void **state)
{
	static const struct merger_case cases[] = {
		{HIST("2"),
		 {{.keys = "01", .values = "01020403"}, {.keys = "01", .values = "10000005"}},
		 .expected =
			 "x_bucket{k=\"1\",le=\"1\"} 17\nx_bucket{k=\"1\",le=\"2\"} 19\nx_bucket{k=\"1\",le=\"+Inf\"} 23\n"
			 "x_sum{k=\"1\"} 8\nx_count{k=\"1\"} 23\n"},
		/* other bounds cannot be added */
		{HIST("1"),
		 {{.keys = "01", .values = "01020403"},
		  {.yaml = HIST("2"), .keys = "01 02", .values = "10000005 00000000"},
		  {.keys = "01", .values = "01000001"}},
		 .expected =
			 "x_bucket{k=\"1\",le=\"1\"} 2\nx_bucket{k=\"1\",le=\"+Inf\"} 8\nx_sum{k=\"1\"} 4\nx_count{k=\"1\"} 8\n",
		 .n_dropped = 2},
		{"key: u8, value: [{name: s, type: u8}, {name: c, type: u8}], metrics: [{name: x, type: summary, "
		 "sum: s, count: c, labels: {k: key}}]",
		 {{.keys = "01", .values = "0501"}, {.keys = "01", .values = "0602"}},
		 .expected = "x_sum{k=\"1\"} 11\nx_count{k=\"1\"} 3\n"},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

/* The same name is a whole number in one map and a double in another: the first decides. */
static void test_merger__other_numbers(void **state)
{
#define OF(type) "key: u8, value: " type ", metrics: [{name: x_total, type: counter}]"
#define D(hex)	 "000000000000" hex
	static const struct merger_case cases[] = {
		{OF("u64"),
		 {{.keys = "01", .values = "05" U64},
		  {.yaml = OF("f64"), .keys = "01", .values = D("1c40")}},
		 .expected = "x_total 12\n"},
		{OF("f64"),
		 {{.keys = "01", .values = D("f03f")},
		  {.yaml = OF("u64"), .keys = "01", .values = "05" U64}},
		 .expected = "x_total 6\n"},
		{OF("f64"),
		 {{.keys = "01", .values = D("f03f")},
		  {.yaml = OF("f64"), .keys = "01", .values = D("e03f")}},
		 .expected = "x_total 1.5\n"},
		{OF("s64"),
		 {{.keys = "01", .values = "ffffffffffffffff"},
		  {.yaml = OF("u8"), .keys = "01", .values = "03"}},
		 .expected = "x_total 2\n"},
		/* no whole number is like these */
		{OF("u64"),
		 {{.keys = "01", .values = "05" U64},
		  {.yaml = OF("f64"), .keys = "01", .values = D("f07f")}},
		 .expected = "x_total 5\n"},
		{OF("u64"),
		 {{.keys = "01", .values = "05" U64},
		  {.yaml = OF("f64"), .keys = "01", .values = D("f87f")}},
		 .expected = "x_total 5\n"},
		{OF("u64"),
		 {{.keys = "01", .values = "05" U64},
		  {.yaml = OF("f64"), .keys = "01", .values = "ffffffffffffefff"}},
		 .expected = "x_total 5\n"},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

#define ALL_TYPES                                                                                \
	"key: u8, value: [{name: n, type: u8}, {name: m, type: u8}], metrics: [{name: "          \
	"x_total, type: counter, value: n}, {name: g, type: gauge, value: n}, {name: k_info, "   \
	"type: info, labels: {k: key}}, {name: h, type: histogram, buckets: {slot: key, slots: " \
	"1, scheme: exp2, edges: upper}, value: n}, {name: s, type: summary, sum: n, count: m}]"

static void test_merger__of_what_is_gone_counters_stay(void **state)
{
	static const struct merger_case cases[] = {
		{ALL_TYPES,
		 {{.keys = "00", .values = "0102", .is_gone = true},
		  {.keys = "01", .values = "1001"}},
		 .expected =
			 "x_total 17\ng 16\nk_info{k=\"1\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 17\n"
			 "h_count 17\ns_sum 17\ns_count 3\n"},
		{ALL_TYPES,
		 {{.keys = "00", .values = "0102", .is_gone = true}},
		 .expected =
			 "x_total 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_count 1\ns_sum 1\ns_count 2\n"},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

/* The first that is known, also of those that were in the sum before. */
static void test_merger__start(void **state)
{
	static const struct {
		uint64_t parts[MOST], before, expected;
	} cases[] = {
		{{7, 5, 9}, 0, 5}, {{5, 7, 9}, 0, 5}, {{9, 7, 5}, 0, 5}, {{0, 7, 5}, 0, 5},
		{{7, 0, 0}, 0, 7}, {{0, 0, 7}, 0, 7}, {{0, 0, 0}, 0, 0}, {{7, 5, 9}, 3, 3},
		{{7, 5, 9}, 6, 5}, {{0, 0, 0}, 3, 3},
	};
	static const struct merger_case part = {
		COUNTER,
		{{.keys = "01", .values = "01"},
		 {.keys = "01", .values = "02", .is_gone = true},
		 {.keys = "01", .values = "04"}},
		.expected = "x_total{k=\"1\"} 7\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(snapshot_unrefp) struct snapshot *before = snapshot_new(1);
		_cleanup_(instances_done) struct instances in;
		_cleanup_(freep) char *text = NULL;
		struct builder_result sum;

		instances_init(&in, &part);
		for (size_t j = 0; j < MOST; j++)
			*(j == 1 ? &in.snapshots[j]->carried_wall_ns
				 : &in.snapshots[j]->start_wall_ns) = cases[i].parts[j];
		before->start_wall_ns = cases[i].before;
		assert_int_equal(merge(&in, &part, cases[i].before ? before : NULL, &sum), 0);
		assert_int_equal(sum.snapshot->start_wall_ns, cases[i].expected);
		text = decoded_text(sum.snapshot);
		assert_string_equal(text, part.expected);
		snapshot_unref(sum.snapshot);
	}
}

static void test_merger__limit(void **state)
{
	static const struct merger_case cases[] = {
		{COUNTER,
		 {{.keys = "01 02", .values = "01 02"}, {.keys = "03 02", .values = "03 04"}},
		 .expected = "x_total{k=\"1\"} 1\nx_total{k=\"2\"} 6\n",
		 .max_series = 2,
		 .n_dropped = 1},
		{COUNTER,
		 {{.keys = "01", .values = "01"},
		  {.keys = "02 01", .values = "03 04"},
		  {.keys = "02 01", .values = "03 04"}},
		 .expected = "x_total{k=\"1\"} 9\n",
		 .max_series = 1,
		 .n_dropped = 2},
		{"key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: key}}, {name: g, type: "
		 "gauge, labels: {k: key}}]",
		 {{.keys = "01 02", .values = "01 02"}},
		 .expected = "x_total{k=\"1\"} 1\nx_total{k=\"2\"} 2\ng{k=\"1\"} 1\n",
		 .max_series = 3,
		 .n_dropped = 1},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

/* What a merger made can be added in turn: what is left of instances that are gone. */
static void test_merger__a_sum_of_sums(void **state)
{
	static const struct merger_case c = {
		"key: u8, value: u8, labels: {c: {const: d}}, metrics: [{name: x_total, type: counter, labels: {k: "
		"key}}, {name: g, type: gauge, aggregate: avg}]",
		{{.keys = "01 02", .values = "01 02"}, {.keys = "02", .values = "06"}},
		.expected = NULL};
	_cleanup_(merger_freep) struct merger *m =
		merger_new(NULL, &(struct config_limits){.max_series = 100});
	_cleanup_(instances_done) struct instances in;
	_cleanup_(snapshot_unrefp) struct snapshot *first = NULL, *second = NULL;
	_cleanup_(freep) char *text = NULL;
	struct builder_result sum;

	(void)state;
	instances_init(&in, &c);
	assert_int_equal(merge(&in, &c, NULL, &sum), 0);
	first = sum.snapshot;
	assert_int_equal(merger_add(m, in.d[0].plan, first, false), 0);
	assert_int_equal(merger_add(m, in.d[1].plan, in.snapshots[1], false), 0);
	assert_int_equal(merger_finish(m, &sum), 0);
	second = sum.snapshot;
	text = decoded_text(second);
	assert_string_equal(
		text, "x_total{c=\"d\",k=\"1\"} 1\nx_total{c=\"d\",k=\"2\"} 14\ng{c=\"d\"} 3.75\n");
}

static void test_merger_finish__nothing(void **state)
{
	_cleanup_(merger_freep) struct merger *m =
		merger_new(NULL, &(struct config_limits){.max_series = 100});
	struct builder_result sum;

	(void)state;
	assert_int_equal(merger_finish(m, &sum), -ENOENT);
	merger_free(NULL);
}

static void test_merger__no_memory(void **state)
{
	static const struct merger_case c = {
		"key: u8, value: [{name: n, type: u64}, {name: s, type: u64, count: 2}], labels: {c: {const: d}}, "
		"metrics: [{name: x_total, type: counter, value: n, labels: {k: key}}, {name: g, type: gauge, value: "
		"n, aggregate: avg}, {name: h, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}, "
		"sum: n, labels: {k: key}}]",
		{{.keys = "01", .values = "ffffffffffffffff 0100000000000000 0200000000000000"},
		 {.keys = "01 02",
		  .values = "ffffffffffffffff 0100000000000000 ffffffffffffffff"
			    "0100000000000000 0100000000000000 0100000000000000"}},
		.expected = NULL};
	_cleanup_(instances_done) struct instances in;
	struct builder_result sum;
	long nth = 0;

	(void)state;
	instances_init(&in, &c);
	for (;; nth++) {
		int r;

		alloc_fault_arm(nth);
		r = merge(&in, &c, NULL, &sum);
		if (!alloc_fault_disarm())
			break;
		/* Shrinking what is too large is not needed. */
		if (r == 0)
			snapshot_unref(sum.snapshot);
		else
			assert_int_equal(r, -ENOMEM);
	}
	assert_int_equal(sum.n_series, 5);
	snapshot_unref(sum.snapshot);
	assert_true(nth > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merger__equal_labels_add),
		cmocka_unit_test(test_merger__gauges),
		cmocka_unit_test(test_merger__histograms),
		cmocka_unit_test(test_merger__other_numbers),
		cmocka_unit_test(test_merger__of_what_is_gone_counters_stay),
		cmocka_unit_test(test_merger__start),
		cmocka_unit_test(test_merger__limit),
		cmocka_unit_test(test_merger__a_sum_of_sums),
		cmocka_unit_test(test_merger_finish__nothing),
		cmocka_unit_test(test_merger__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
