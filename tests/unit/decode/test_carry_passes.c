// SPDX-License-Identifier: GPL-2.0-only
/* What a carry is asked for: passes that are given up, limits, other plans, failing allocations,
 * and a model that it must be like. */
#include "carried.h"

/* A series for each `a`, added over `b`. */
#define PAIR "key: [{name: a, type: u8}, {name: b, type: u8}], "
#define SUM_OF(value) \
	PAIR "value: " value ", metrics: [{name: x_total, type: counter, labels: {a: a}}]"

static const struct decoded_case sum_of_u8 = {.yaml = SUM_OF("u8")};

/* Without a carry sums are of what is there. */
static void test_carry__is_not_needed(void **state)
{
	_cleanup_(decoded_done) struct decoded d = {0};
	_cleanup_(freep) char *text = NULL;
	struct builder_result first, second;

	(void)state;
	decoded_compile(&d, &sum_of_u8);
	assert_true(plan_has_ledger(d.plan));
	first = decoded_pass(&d, NULL, 0, "0101 0102", "01 02");
	second = decoded_pass(&d, first.snapshot, 0, "0102", "02");
	text = decoded_text(second.snapshot);
	assert_string_equal(text, "x_total{a=\"1\"} 2\n");
	snapshot_unref(first.snapshot);
	snapshot_unref(second.snapshot);
}

static void test_carry__which_plans_need_one(void **state)
{
	static const struct {
		const char *yaml;
		bool needs;
	} cases[] = {
		{SUM_OF("u8"), true},
		{"key: u8, value: u8, metrics: [{name: x_total, type: counter}]", true},
		{"key: u8, value: u8, metrics: [{name: x_total, type: counter, labels: {k: key}}]",
		 false},
		{"key: u8, value: u8, metrics: [{name: x, type: gauge}]", false},
		{"key: u8, value: u8, read: drain, metrics: [{name: x_total, type: counter}]",
		 false},
		{"key: u8, value: u8", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct decoded_case c = {.yaml = cases[i].yaml};
		_cleanup_carried_ struct carried p;

		carried_init(&p, &c);
		if (plan_has_ledger(p.d.plan) != cases[i].needs)
			fail_msg("%s", cases[i].yaml);
		assert_true(carry_is_of(p.carry, p.d.plan));
	}
}

static void test_carry__abandoned_pass(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum_of_u8);
	carried_abandon(&c, "0901 0902", "01 01");
	carried_pass(&c, "0101 0102", "05 07");
	carried_abandon(&c, "", "");
	carried_abandon(&c, "0101 0102 0103", "ff 01 01"); /* drops, rises, is new */
	carried_abandon(&c, "0201 0101 0301", "01 05 01"); /* new label sets */
	carried_pass(&c, "0101", "06");
	carried_expect(&c, "x_total{a=\"1\"} 13\n");
	carried_abandon(&c, "0401 0201", "01 01");
	carried_pass(&c, "0301 0201", "03 02");
	carried_expect(&c, "x_total{a=\"1\"} 13\nx_total{a=\"3\"} 3\nx_total{a=\"2\"} 2\n");
	carried_abandon(&c, "0301 0201", "09 09");
	carried_pass(&c, "0301 0201", "03 02");
	carried_expect(&c, "x_total{a=\"1\"} 13\nx_total{a=\"3\"} 3\nx_total{a=\"2\"} 2\n");
}

/* Of a metric without labels, too. */
static void test_carry__abandoned_first_pass(void **state)
{
	static const struct decoded_case map = {
		.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter, skip_zero: true}]"};
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &map);
	carried_abandon(&c, "01", "05");
	carried_pass(&c, "01", "00");
	carried_expect(&c, "");
	carried_pass(&c, "01", "05");
	carried_expect(&c, "x_total 5\n");
}

static void test_carry__label_text_is_shared(void **state)
{
	_cleanup_(snapshot_unrefp) struct snapshot *first = NULL;
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum_of_u8);
	carried_pass(&c, "0101 0201", "01 02");
	first = snapshot_ref(c.last);
	carried_pass(&c, "0202", "02");
	assert_ptr_equal(c.last->sets[0].labels, first->sets[0].labels);
	carried_abandon(&c, "0301", "02");
	carried_pass(&c, "", "");
	assert_ptr_equal(c.last->sets[0].labels, first->sets[0].labels);
	carried_pass(&c, "0401", "02");
	assert_ptr_not_equal(c.last->sets[0].labels, first->sets[0].labels);
	carried_expect(&c, "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 4\nx_total{a=\"4\"} 2\n");
	/* What was handed out does not change. */
	assert_int_equal(first->sets[0].labels->n, 2);
	assert_int_equal(first->sets[0].values.low[1], 2);
}

/* The first seen keep their place, though their entries are gone. */
static void test_carry__limit(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum_of_u8);
	c.limits.max_series = 2;
	carried_pass(&c, "0101 0201 0301 0302", "01 02 03 04");
	carried_expect(&c, "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\n");
	assert_int_equal(c.result.n_series, 2);
	assert_int_equal(c.result.n_dropped, 2);
	carried_pass(&c, "0301", "03");
	carried_expect(&c, "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\n");
	assert_int_equal(c.result.n_dropped, 1);
	c.limits.max_series = 3;
	carried_pass(&c, "0301 0101", "03 01");
	carried_expect(&c, "x_total{a=\"1\"} 2\nx_total{a=\"2\"} 2\nx_total{a=\"3\"} 3\n");
	assert_int_equal(c.result.n_dropped, 0);
	/* Fewer than there are: none is taken away, none comes. */
	c.limits.max_series = 1;
	carried_pass(&c, "0101 0401", "01 01");
	carried_expect(&c, "x_total{a=\"1\"} 2\nx_total{a=\"2\"} 2\nx_total{a=\"3\"} 3\n");
	assert_int_equal(c.result.n_dropped, 1);
}

static void test_carry__limit_without_labels(void **state)
{
	static const struct decoded_case map = {
		.yaml = "key: u8, value: u8, metrics: [{name: x_total, type: counter}, {name: y_total, type: "
			"counter, skip_zero: true}]"};
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &map);
	c.limits.max_series = 1;
	carried_pass(&c, "01 02", "01 02");
	carried_expect(&c, "x_total 3\n");
	assert_int_equal(c.result.n_dropped, 2);
	c.limits.max_series = 0;
	carried_pass(&c, "01", "01");
	carried_expect(&c, "x_total 3\n");
	c.limits.max_series = 2;
	carried_pass(&c, "01", "01");
	carried_expect(&c, "x_total 3\ny_total 1\n");
}

/* The plan of another map, or of the same map that was opened again. */
static struct plan *another_plan(struct carried *c)
{
	struct plan *p = NULL;

	assert_int_equal(plan_compile(&c->d.input, &p, &c->d.problems), 0);
	return p;
}

static void move(struct carried *c, bool same_map)
{
	struct plan *p = another_plan(c);

	assert_false(carry_is_of(c->carry, p));
	assert_int_equal(carry_move(c->carry, p, same_map), 0);
	assert_true(carry_is_of(c->carry, p));
	plan_unref(c->d.plan);
	c->d.plan = p;
	snapshot_unref(c->last);
	c->last = NULL;
}

static void test_carry__move_to_the_same_map(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum_of_u8);
	carried_pass(&c, "0101 0102", "05 07");
	carried_abandon(&c, "0201 0102", "05 08");
	move(&c, true);
	carried_pass(&c, "0101 0102", "05 08");
	carried_expect(&c, "x_total{a=\"1\"} 13\n");
	/* An entry that went meanwhile. */
	move(&c, true);
	carried_pass(&c, "0101 0103", "06 01");
	carried_expect(&c, "x_total{a=\"1\"} 15\n");
}

static void test_carry__move_to_another_map(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum_of_u8);
	carried_pass(&c, "0101 0102", "05 07");
	carried_abandon(&c, "0201 0102", "05 08");
	move(&c, false);
	carried_pass(&c, "0101 0301", "06 01");
	carried_expect(&c, "x_total{a=\"1\"} 18\nx_total{a=\"3\"} 1\n");
	move(&c, false);
	carried_pass(&c, "", "");
	carried_expect(&c, "x_total{a=\"1\"} 18\nx_total{a=\"3\"} 1\n");
}

/* Of another map keys may be longer, and numbers more. */
static void test_carry__move_to_other_sizes(void **state)
{
#define GROWN(key, n)                                                                         \
	"key: [{name: a, type: u8}, {name: b, type: " key "}], packed: true, value: [{name: " \
	"s, type: u8, count: " n "}], metrics: [{name: x, type: histogram, buckets: {field: " \
	"s, scheme: exp2, edges: upper, slots: 2}, labels: {a: a}}]"
	static const struct decoded_case small = {.yaml = GROWN("u8", "2")};
	static const struct decoded_case large = {.yaml = GROWN("u32", "4")};
	_cleanup_carried_ struct carried c, other;

	(void)state;
	carried_init(&c, &small);
	carried_init(&other, &large);
	carried_pass(&c, "0101 0102", "0101 0200");
	assert_int_equal(carry_move(c.carry, other.d.plan, false), 0);
	carry_free(other.carry);
	other.carry = take_ptr(c.carry);
	carried_pass(&other, "0101000000 0102000000 0103000000", "01000000 00010000 00000100");
	carried_expect(&other, "x_bucket{a=\"1\",le=\"1\"} 4\nx_bucket{a=\"1\",le=\"2\"} 6\n"
			       "x_bucket{a=\"1\",le=\"+Inf\"} 7\nx_count{a=\"1\"} 7\n");
	/* As the same map it is not to be believed. */
	assert_int_equal(carry_move(other.carry, c.d.plan, true), -EINVAL);
}

static void test_carry__move_to_another_shape(void **state)
{
#define OF(metrics) \
	"key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [" metrics "]"
#define XC(labels) "{name: x_total, type: counter, labels: {" labels "}}"
#define HIST(start)                                                                            \
	"key: [{name: a, type: u8}, {name: slot, type: u8}], value: u8, metrics: [{name: x, "  \
	"type: histogram, buckets: {slot: key.slot, slots: 2, scheme: {linear: {start: " start \
	", width: 1}}, edges: upper}, labels: {a: a}}]"
	static const struct {
		const char *from, *to;
	} cases[] = {
		{OF(XC("a: a")), OF(XC("a: a, b: b"))}, /* none to keep anything for */
		{OF(XC("a: a, b: b")), OF(XC("a: a"))}, /* nothing was kept */
		{OF(XC("a: a")), OF(XC(""))},		/* other labels */
		{OF(XC("a: a")), OF(XC("a: a") ", {name: y_total, type: counter, labels: {a: a}}")},
		{OF(XC("a: a")), OF(XC("a: a") ", {name: y_total, type: counter}")},
		{SUM_OF("u8"), SUM_OF("f64")},
		{SUM_OF("u8"), SUM_OF("s8")},
		{HIST("0"), HIST("1")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct decoded_case from = {.yaml = cases[i].from},
					  to = {.yaml = cases[i].to};
		_cleanup_carried_ struct carried c, other;

		carried_init(&c, &from);
		carried_init(&other, &to);
		carried_pass(&c, "0101 0102", "01 02");
		for (int same_map = 0; same_map < 2; same_map++)
			if (carry_move(c.carry, other.d.plan, same_map) != -EINVAL)
				fail_msg("%s\nbecomes\n%s", cases[i].from, cases[i].to);
		carried_pass(&c, "0102", "02"); /* it has not been touched */
		assert_true(carry_is_of(c.carry, c.d.plan));
	}
}

static void test_carry_new__no_memory(void **state)
{
	_cleanup_(decoded_done) struct decoded d = {0};
	struct carry *c = NULL;
	long nth = 0;

	(void)state;
	decoded_compile(&d, &sum_of_u8);
	for (;; nth++) {
		alloc_fault_arm(nth);
		c = carry_new(d.plan);
		if (!alloc_fault_disarm())
			break;
		assert_null(c);
	}
	assert_true(nth >= 4);
	carry_free(c);
	carry_free(NULL);
}

/* A failure costs the pass, and nothing of what was counted before it. */
static void test_carry__no_memory(void **state)
{
	static const struct decoded_case map = {
		.yaml = PAIR
		"value: [{name: n, type: u64}, {name: s, type: u8, count: 2}], packed: true, metrics: "
		"[{name: n_total, type: counter, value: n, labels: {a: a}}, "
		"{name: all_total, type: counter, value: n}, "
		"{name: h, type: histogram, buckets: {field: s, scheme: exp2, edges: upper}, "
		"labels: {a: a}}]"};
	static const char expected[] =
		"n_total{a=\"1\"} 18446744073709551619\nn_total{a=\"2\"} 18446744073709551616\n"
		"all_total 36893488147419103235\n"
		"h_bucket{a=\"1\",le=\"1\"} 3\nh_bucket{a=\"1\",le=\"2\"} 3\n"
		"h_bucket{a=\"1\",le=\"+Inf\"} 3\nh_count{a=\"1\"} 3\n"
		"h_bucket{a=\"2\",le=\"1\"} 1\nh_bucket{a=\"2\",le=\"2\"} 4\n"
		"h_bucket{a=\"2\",le=\"+Inf\"} 4\nh_count{a=\"2\"} 4\n";
	bool struck = true;
	long nth = 0;
	size_t n_lost = 0;

	(void)state;
	for (; struck; nth++) {
		_cleanup_(freep) char *text = NULL;
		_cleanup_carried_ struct carried c;
		struct builder *b;

		carried_init(&c, &map);
		carried_pass(&c, "0101", "0400000000000000 0100");
		c.arms = true;
		c.nth = nth;
		/* A new series, one that is gone, sums of more than 64 bits. */
		b = carried_begin(
			&c, "0102 0201 0202",
			"ffffffffffffffff 0100 ffffffffffffffff 0003 0100000000000000 0100");
		if (b && carried_finish(&c, b) < 0)
			assert_true(c.result.n_entries == 1); /* the pass before */
		c.arms = false;
		struck = alloc_fault_disarm();
		builder_free(b);
		carried_pass(&c, "0102 0201 0202",
			     "ffffffffffffffff 0200 ffffffffffffffff 0003 0100000000000000 0100");
		text = decoded_text(c.last);
		n_lost += strcmp(text, expected) != 0;
		if (!struck)
			assert_string_equal(text, expected);
		/* Label sets are whole, whatever is missing. */
		assert_int_equal(c.result.n_series, 5);
		assert_non_null(strstr(text, "n_total{a=\"1\"} "));
		assert_non_null(strstr(text, "n_total{a=\"2\"} "));
	}
	assert_true(nth > 20);
	/* Only where a sum needs its upper half just then. */
	assert_in_range(n_lost, 0, 3);
}

/* What a first pass that failed had begun to write does not stick to what comes. */
static void test_carry__no_memory_at_first(void **state)
{
	bool struck = true;
	long nth = 0;

	(void)state;
	for (; struck; nth++) {
		_cleanup_carried_ struct carried c;
		struct builder *b;

		carried_init(&c, &sum_of_u8);
		c.arms = true;
		c.nth = nth;
		b = carried_begin(&c, "0101 0201", "01 02");
		c.arms = false;
		struck = alloc_fault_disarm();
		builder_free(b);
		carried_pass(&c, "0101 0201", "01 02");
		carried_expect(&c, "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\n");
	}
	assert_true(nth > 8);
}

/*
 * A model: what counts is by how much each (key, label) rose since it was seen
 * last, all of it where it is new or less.
 */
#define N_KEYS	 200
#define N_LABELS 7

struct model {
	bool there[N_KEYS], was_there[N_KEYS];
	uint32_t now[N_KEYS], last[N_KEYS];
	uint64_t total[N_LABELS];
	bool shown[N_LABELS];
};

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(*seed >> 33);
}

static void model_change(struct model *m, uint64_t *seed)
{
	size_t k = next_random(seed) % N_KEYS;

	switch (next_random(seed) % 4) {
	case 0:
		m->there[k] = false;
		return;
	case 1: /* deleted and made anew, if it is there */
		m->now[k] = next_random(seed) % 50;
		break;
	default:
		m->now[k] = (m->there[k] ? m->now[k] : 0) + next_random(seed) % 1000;
	}
	m->there[k] = true;
}

static void model_settle(struct model *m)
{
	for (size_t k = 0; k < N_KEYS; k++) {
		bool goes_on = m->was_there[k] && m->now[k] >= m->last[k];

		if (m->there[k]) {
			m->total[k % N_LABELS] += m->now[k] - (goes_on ? m->last[k] : 0);
			m->shown[k % N_LABELS] = true;
		}
		m->was_there[k] = m->there[k];
		m->last[k] = m->now[k];
	}
}

static struct builder *begin_model(struct carried *c, const struct model *m)
{
	struct builder *b = builder_new(c->d.plan, c->last, c->carry,
					&(struct config_limits){.max_series = 1000});

	assert_non_null(b);
	for (size_t i = 0; i < N_KEYS; i++) {
		size_t k = i * 7 % N_KEYS; /* some other order */
		uint8_t key[2] = {(uint8_t)(k % N_LABELS), (uint8_t)k};

		if (m->there[k])
			assert_int_equal(builder_add(b, key, &m->now[k], 1), 0);
	}
	return b;
}

static void compare_with_model(const struct carried *c, const struct model *m)
{
	const struct series_set *set = &c->last->sets[0];
	size_t n = 0;

	for (size_t l = 0; l < N_LABELS; l++)
		n += m->shown[l];
	assert_int_equal(set->n, n);
	for (size_t i = 0; i < set->n; i++) {
		struct str rest = label_block_text(set->labels, i), name, value;

		assert_true(label_next(&rest, &name, &value));
		assert_int_equal(column_int(&set->values, i), m->total[(size_t)(value.p[0] - '0')]);
	}
}

static void test_carry__like_a_model(void **state)
{
	static const struct decoded_case map = {.yaml = SUM_OF("u32")};

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t random = seed;
		struct model m = {0};
		_cleanup_carried_ struct carried c;

		carried_init(&c, &map);
		for (size_t pass = 0; pass < 100; pass++) {
			_cleanup_(builder_freep) struct builder *b = NULL;

			for (uint32_t n = next_random(&random) % 300; n--;)
				model_change(&m, &random);
			b = begin_model(&c, &m);
			if (next_random(&random) % 5 == 0)
				continue; /* abandoned */
			if (next_random(&random) % 10 == 0) {
				builder_free(take_ptr(b));
				move(&c, true);
				b = begin_model(&c, &m);
			}
			assert_int_equal(carried_finish(&c, b), 0);
			model_settle(&m);
			compare_with_model(&c, &m);
		}
	}
}

/* Rounding, too, never lets a sum of doubles fall. */
static void test_carry__doubles_never_fall(void **state)
{
	static const struct decoded_case map = {.yaml = SUM_OF("f64")};
	_cleanup_carried_ struct carried c;
	uint64_t random = 4711;
	double values[50] = {0}, before = 0, now;

	(void)state;
	carried_init(&c, &map);
	for (size_t pass = 0; pass < 2000; pass++) {
		_cleanup_(builder_freep) struct builder *b = builder_new(
			c.d.plan, c.last, c.carry, &(struct config_limits){.max_series = 10});

		assert_non_null(b);
		for (uint8_t i = 0; i < ARRAY_SIZE(values); i++) {
			uint8_t key[2] = {1, (uint8_t)(i * 13 % 50)};

			values[i] += next_random(&random) % 8 ? 0 : next_random(&random) / 3e7;
			if (next_random(&random) % 4)
				assert_int_equal(builder_add(b, key, &values[i], 1), 0);
		}
		assert_int_equal(carried_finish(&c, b), 0);
		memcpy(&now, &c.last->sets[0].values.low[0], sizeof(now));
		assert_true(now >= before);
		before = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carry__is_not_needed),
		cmocka_unit_test(test_carry__which_plans_need_one),
		cmocka_unit_test(test_carry__abandoned_pass),
		cmocka_unit_test(test_carry__abandoned_first_pass),
		cmocka_unit_test(test_carry__label_text_is_shared),
		cmocka_unit_test(test_carry__limit),
		cmocka_unit_test(test_carry__limit_without_labels),
		cmocka_unit_test(test_carry__move_to_the_same_map),
		cmocka_unit_test(test_carry__move_to_another_map),
		cmocka_unit_test(test_carry__move_to_other_sizes),
		cmocka_unit_test(test_carry__move_to_another_shape),
		cmocka_unit_test(test_carry_new__no_memory),
		cmocka_unit_test(test_carry__no_memory),
		cmocka_unit_test(test_carry__no_memory_at_first),
		cmocka_unit_test(test_carry__like_a_model),
		cmocka_unit_test(test_carry__doubles_never_fall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
