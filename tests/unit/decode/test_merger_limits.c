// SPDX-License-Identifier: GPL-2.0-only
/* Sums of instances under limits: sum after sum, the first seen keep their places. */
#include "limited.h"

#include "decode/merger.h"

#define MOST 3

/* What an instance holds, whose $pin is `a`, `b` or `c`. */
struct part {
	const char *keys, *values; /* NULL: no instance */
	const char *yaml;	   /* NULL: as the others */
};

struct sum {
	struct part parts[MOST];
	const char *shows;
	uint64_t n_dropped, n_folded;
};

struct sums_case {
	const char *yaml;
	struct config_limits limits;
	uint64_t most_of_each; /* max_series of an instance; 0: many */
	struct sum sums[5];
};

/* Adds an instance. Return: 0 or -ENOMEM. */
static int add(struct merger *m, const struct sums_case *c, const struct part *p, char pin)
{
	const struct decoded_case map = {.yaml = p->yaml ? p->yaml : c->yaml,
					 .max_series = c->most_of_each};
	const char name[] = {pin, '\0'};
	_cleanup_carried_ struct carried in = {0};

	decoded_prepare(&in.d, &map);
	in.d.input.pin = name;
	if (plan_compile(&in.d.input, &in.d.plan, &in.d.problems) < 0)
		fail_msg("%s: %s", map.yaml, in.d.problems.items[0]);
	in.limits = c->limits;
	in.limits.max_series = c->most_of_each ? c->most_of_each : 100;
	carried_pass(&in, p->keys, p->values);
	return merger_add(m, in.d.plan, in.last, false);
}

static void check_sum(const struct sums_case *c, size_t i, const struct builder_result *r)
{
	_cleanup_(freep) char *text = decoded_text(r->snapshot);
	uint64_t n_shown = 0;

	if (strcmp(text, c->sums[i].shows) != 0 || r->n_dropped != c->sums[i].n_dropped ||
	    r->n_folded != c->sums[i].n_folded)
		fail_msg("%s\nsum %zu gives\n%s(%" PRIu64 " dropped, %" PRIu64
			 " folded) instead of\n%s",
			 c->yaml, i + 1, text, r->n_dropped, r->n_folded, c->sums[i].shows);
	for (size_t j = 0; j < r->snapshot->n_sets; j++)
		n_shown += r->snapshot->sets[j].n_shown;
	assert_int_equal(r->n_series, n_shown);
}

static void run(const struct sums_case *c)
{
	_cleanup_(snapshot_unrefp) struct snapshot *before = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(c->sums) && c->sums[i].shows; i++) {
		_cleanup_(merger_freep) struct merger *m = merger_new(before, &c->limits);
		struct builder_result r = {0};

		assert_non_null(m);
		for (size_t j = 0; j < MOST && c->sums[i].parts[j].keys; j++)
			assert_int_equal(add(m, c, &c->sums[i].parts[j], (char)('a' + j)), 0);
		assert_int_equal(merger_finish(m, &r), 0);
		check_sum(c, i, &r);
		snapshot_unref(before);
		before = r.snapshot;
	}
}

static void run_table(const struct sums_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		run(&cases[i]);
}

#define COUNTER "key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: key}}]"
#define OF_PIN \
	"key: u8, value: u8, labels: {p: $pin}, metrics: [{name: x, type: gauge, labels: {k: key}}]"

static void test_merger_limits__first_seen_keep_their_place(void **state)
{
	static const struct sums_case cases[] = {
		{GAUGE,
		 {.max_series = 2},
		 .sums = {{{{"01", "01", NULL}, {"02", "02", NULL}},
			   .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\n"},
			  {{{"03 01", "03 01", NULL}, {"04 02 01", "04 02 01", NULL}},
			   .shows = "x{k=\"1\"} 2\nx{k=\"2\"} 2\n",
			   .n_dropped = 2},
			  /* whose place is free */
			  {{{"03 04", "03 04", NULL}, {"04 02", "04 02", NULL}},
			   .shows = "x{k=\"2\"} 2\nx{k=\"3\"} 3\n",
			   .n_dropped = 2},
			  {{{"01", "01", NULL}, {"03", "03", NULL}, {"02", "02", NULL}},
			   .shows = "x{k=\"3\"} 3\nx{k=\"2\"} 2\n",
			   .n_dropped = 1},
			  {{{"05", "05", NULL}}, .shows = "x{k=\"5\"} 5\n"}}},
		/* of each metric; without labels, too */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: g, type: gauge}]",
		 {.max_series = 2},
		 .sums = {{{{"01", "01", NULL}}, .shows = "x{k=\"1\"} 1\ng 1\n"},
			  {{{"02 01", "02 01", NULL}, {"03", "03", NULL}},
			   .shows = "x{k=\"1\"} 1\ng 6\n",
			   .n_dropped = 2}}},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: y, type: gauge, "
		 "labels: {k: key}}]",
		 {.max_series = 3},
		 .sums = {{{{"01", "01", NULL}, {"02", "02", NULL}},
			   .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 2\ny{k=\"1\"} 1\n",
			   .n_dropped = 1},
			  {{{"03 02", "03 02", NULL}, {"01", "01", NULL}},
			   .shows = "x{k=\"2\"} 2\nx{k=\"1\"} 1\ny{k=\"1\"} 1\n",
			   .n_dropped = 3}}},
		/* of a metric that showed nothing nobody was there before */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, skip_zero: true, labels: {k: key}}, {name: "
		 "g, type: gauge}]",
		 {.max_series = 1},
		 .sums = {{{{"01", "00", NULL}}, .shows = "g 0\n"},
			  {{{"01", "01", NULL}}, .shows = "g 1\n", .n_dropped = 1}}},
		/* only in the text of its own instance */
		{OF_PIN,
		 {.max_series = 2},
		 .sums = {{{{"01", "01", NULL}, {"01", "02", NULL}},
			   .shows = "x{p=\"a\",k=\"1\"} 1\nx{p=\"b\",k=\"1\"} 2\n"},
			  {{{"02 01", "01 01", NULL}, {"02 01", "02 02", NULL}},
			   .shows = "x{p=\"a\",k=\"1\"} 1\nx{p=\"b\",k=\"1\"} 2\n",
			   .n_dropped = 2}}},
		/* a series of before that is called other is one like any */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: {field: key, decode: {map: {9: "
		 "other}}}}}]",
		 {.max_series = 2},
		 .sums = {{{{"01 09", "01 09", NULL}}, .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n"},
			  {{{"02 01", "02 01", NULL}, {"09", "09", NULL}},
			   .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n",
			   .n_dropped = 1}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

static void test_merger_limits__other(void **state)
{
#define FOLDS(n)                                     \
	{                                            \
		.max_series = (n), .on_limit = OTHER \
	}
	static const struct sums_case cases[] = {
		{GAUGE, FOLDS(2),
		 .sums = {{{{"01 02", "01 02", NULL}, {"03 02", "03 02", NULL}},
			   .shows = "x{k=\"1\"} 1\nx{k=\"2\"} 4\nx{k=\"other\"} 3\n",
			   .n_folded = 1},
			  {{{"03 04", "03 04", NULL}, {"02 03", "02 03", NULL}},
			   .shows = "x{k=\"2\"} 2\nx{k=\"3\"} 6\nx{k=\"other\"} 4\n",
			   .n_folded = 1},
			  {{{"03", "03", NULL}, {"02", "02", NULL}},
			   .shows = "x{k=\"3\"} 3\nx{k=\"2\"} 2\n"}}},
		/* those of the instances are added, and take no place */
		{GAUGE, FOLDS(3), .most_of_each = 1,
		 .sums = {{{{"01 02", "01 02", NULL},
			    {"02 03", "02 03", NULL},
			    {"04 05", "04 05", NULL}},
			   .shows =
				   "x{k=\"1\"} 1\nx{k=\"other\"} 10\nx{k=\"2\"} 2\nx{k=\"4\"} 4\n"},
			  {{{"06 02", "06 02", NULL},
			    {"02 03", "02 03", NULL},
			    {"04 05", "04 05", NULL}},
			   .shows =
				   "x{k=\"other\"} 10\nx{k=\"2\"} 2\nx{k=\"4\"} 4\nx{k=\"6\"} 6\n"}}},
		{GAUGE, FOLDS(1), .most_of_each = 1,
		 .sums = {{{{"01 02", "01 02", NULL}, {"02 03", "02 03", NULL}},
			   .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 7\n",
			   .n_folded = 1},
			  {{{"02 01", "02 01", NULL}, {"01 03", "01 03", NULL}},
			   .shows = "x{k=\"other\"} 6\nx{k=\"1\"} 1\n",
			   .n_folded = 1}}},
		{COUNTER, FOLDS(1),
		 .sums = {{{{"01 02", "01 02", NULL}, {"02 03", "02 03", NULL}},
			   .shows = "x_total{k=\"1\"} 1\nx_total{k=\"other\"} 7\n",
			   .n_folded = 3}}},
		/* one for each text of the constant labels */
		{OF_PIN, FOLDS(2),
		 .sums = {{{{"01 02", "01 02", NULL}, {"01 02", "03 04", NULL}},
			   .shows =
				   "x{p=\"a\",k=\"1\"} 1\nx{p=\"a\",k=\"2\"} 2\nx{p=\"b\",k=\"other\"} 7\n",
			   .n_folded = 2},
			  {{{"01", "01", NULL}, {"01 02", "03 04", NULL}},
			   .shows =
				   "x{p=\"a\",k=\"1\"} 1\nx{p=\"b\",k=\"1\"} 3\nx{p=\"b\",k=\"other\"} 4\n",
			   .n_folded = 1}}},
		/* without labels there is none */
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: g, type: gauge}]",
		 FOLDS(1),
		 .sums = {{{{"01 02", "01 02", NULL}},
			   .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 2\n",
			   .n_dropped = 1,
			   .n_folded = 1}}},
		{"key: u8, value: u8, labels: {p: $pin}, metrics: [{name: g, type: gauge}]",
		 FOLDS(1),
		 .sums = {{{{"01", "01", NULL}, {"01", "02", NULL}},
			   .shows = "g{p=\"a\"} 1\n",
			   .n_dropped = 1},
			  {{{"01", "03", NULL}, {"01", "02", NULL}},
			   .shows = "g{p=\"a\"} 3\n",
			   .n_dropped = 1}}},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge, aggregate: max, labels: {k: key}}]",
		 FOLDS(1),
		 .sums = {{{{"01 02", "01 02", NULL}, {"03 02", "09 02", NULL}},
			   .shows = "x{k=\"1\"} 1\nx{k=\"other\"} 9\n",
			   .n_folded = 3}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

#define HIST(n)                                                                                  \
	"key: u8, value: [{name: s, type: u8, count: 3}], metrics: [{name: x, type: histogram, " \
	"buckets: {field: s, scheme: exp2, edges: upper, slots: " n "}, labels: {k: key}}]"
#define LINES(k, one, all)                                                                    \
	"x_bucket{k=\"" k "\",le=\"1\"} " one "\nx_bucket{k=\"" k "\",le=\"+Inf\"} " all "\n" \
	"x_count{k=\"" k "\"} " all "\n"

static void test_merger_limits__histograms_over_the_limit(void **state)
{
	static const struct sums_case cases[] = {
		{HIST("1"), FOLDS(1),
		 .sums = {{{{"01 02", "010203 010000", NULL},
			    {"01 02", "000001 000001", HIST("2")},
			    {"03 01", "020000 010000", NULL}},
			   .shows = LINES("1", "2", "7") LINES("other", "3", "3"),
			   .n_dropped = 2,
			   .n_folded = 2},
			  {{{"02 01", "010000 010203", NULL}, {"01", "000001", HIST("2")}},
			   .shows = LINES("1", "1", "6") LINES("other", "1", "1"),
			   .n_dropped = 1,
			   .n_folded = 1}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

/* A sum over the limit after another, with the nth allocation failing. Return: whether one did. */
static bool sum_fails(struct decoded *d, struct snapshot *before, struct snapshot *s, long nth,
		      const char *expected)
{
	const struct config_limits limits = FOLDS(2);
	struct builder_result r = {0};
	struct merger *m;
	int code = -ENOMEM;
	bool struck;

	alloc_fault_arm(nth);
	m = merger_new(before, &limits);
	if (m)
		code = merger_add(m, d->plan, s, false);
	if (code == 0)
		code = merger_finish(m, &r);
	merger_free(m);
	struck = alloc_fault_disarm();
	assert_true(code == 0 || (code == -ENOMEM && struck));
	if (code == 0) {
		_cleanup_(freep) char *text = decoded_text(r.snapshot);

		assert_string_equal(text, expected);
	}
	snapshot_unref(r.snapshot);
	return struck;
}

static void test_merger_limits__without_memory(void **state)
{
	static const struct decoded_case map = {.yaml = GAUGE};
	_cleanup_(decoded_done) struct decoded d = {0};
	struct snapshot *before, *s;
	long nth = 0;

	(void)state;
	decoded_compile(&d, &map);
	before = decoded_pass(&d, NULL, 0, "01 02", "01 02").snapshot;
	s = decoded_pass(&d, NULL, 0, "03 04 02 01", "03 04 02 01").snapshot;
	while (sum_fails(&d, before, s, nth, "x{k=\"2\"} 2\nx{k=\"1\"} 1\nx{k=\"other\"} 7\n"))
		nth++;
	assert_true(nth > 10);
	snapshot_unref(before);
	snapshot_unref(s);
}

/* Counters of instances stay, so that who counts in `other` does, too. */
static void test_merger_limits__other_never_falls(void **state)
{
	static const struct sums_case cases[] = {
		{COUNTER,
		 {.max_series = 2, .on_limit = OTHER},
		 .sums = {{{{"01 02 03", "01 02 03", NULL}, {"02 04", "01 01", NULL}},
			   .shows =
				   "x_total{k=\"1\"} 1\nx_total{k=\"2\"} 3\nx_total{k=\"other\"} 4\n",
			   .n_folded = 2},
			  {{{"04 02", "03 01", NULL}, {"03 02 01", "03 02 01", NULL}},
			   .shows =
				   "x_total{k=\"2\"} 3\nx_total{k=\"1\"} 1\nx_total{k=\"other\"} 6\n",
			   .n_folded = 2},
			  {{{"05 04 02", "01 03 01", NULL}, {"03 02 01", "04 02 01", NULL}},
			   .shows =
				   "x_total{k=\"2\"} 3\nx_total{k=\"1\"} 1\nx_total{k=\"other\"} 8\n",
			   .n_folded = 3}}},
	};

	(void)state;
	run_table(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merger_limits__other_never_falls),
		cmocka_unit_test(test_merger_limits__first_seen_keep_their_place),
		cmocka_unit_test(test_merger_limits__other),
		cmocka_unit_test(test_merger_limits__histograms_over_the_limit),
		cmocka_unit_test(test_merger_limits__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
