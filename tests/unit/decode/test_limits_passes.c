// SPDX-License-Identifier: GPL-2.0-only
/* Many passes under limits: compared with a model, with shared label text, of drained totals, and
 * with failing allocations. */
#include "limited.h"

#define N_LABELS  2000
#define N_ENTRIES (2 * N_LABELS)
#define MOST	  300
#define N_PASSES  40

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A map whose keys are a label and, in the upper half, which of its entries. */
struct model_kind {
	const char *yaml;
	uint32_t n_of_label; /* entries */
	bool stays;	     /* what was counted is shown for good */
	bool other_stays;    /* only that which was counted in `other` */
};

static const struct model_kind kinds[] = {
	{"key: u32, value: u32, metrics: [{name: x, type: gauge, labels: {k: key}}]", 1, false,
	 false},
	{"key: u32, value: u32, metrics: [{name: x, type: gauge, labels: {k: {field: key, mask: 0xffff}}}]",
	 2, false, false},
	{"key: u32, value: u32, metrics: [{name: x_total, type: counter, labels: {k: {field: key, mask: "
	 "0xffff}}}]",
	 2, true, false},
	{"on_limit: other, key: u32, value: u32, metrics: [{name: x_total, type: counter, labels: {k: key}}]",
	 1, false, true},
	{"on_limit: other, key: [{name: k, type: u16}, {type: pad, count: 2}], value: u32, metrics: [{name: "
	 "x_total, type: counter, labels: {k: k}}]",
	 2, false, true},
};

/* The same as a limited map, in the simplest way. */
struct model {
	bool has_seat[N_LABELS];
	uint64_t shown[N_LABELS], other, all;
	uint64_t n_left_out; /* entries, in this pass */
	uint32_t last[N_ENTRIES];
	bool was_there[N_ENTRIES];
	uint32_t keys[N_ENTRIES], values[N_ENTRIES], n;
};

static size_t entry_of(uint32_t key)
{
	return (key & 0xffff) + (key >> 16) * N_LABELS;
}

/* Which labels have an entry in this pass. */
static void find_present(const struct model *m, bool *present)
{
	memset(present, 0, N_LABELS * sizeof(*present));
	for (uint32_t i = 0; i < m->n; i++)
		present[m->keys[i] & 0xffff] = true;
}

/* Those who had a seat and are there keep it; the first of the others get the rest. */
static void seat(struct model *m, bool stays)
{
	bool present[N_LABELS];
	size_t n_seats = 0;

	find_present(m, present);
	for (size_t i = 0; i < N_LABELS; i++) {
		m->has_seat[i] = m->has_seat[i] && (stays || present[i]);
		n_seats += m->has_seat[i];
	}
	for (uint32_t i = 0; i < m->n && n_seats < MOST; i++) {
		bool *has = &m->has_seat[m->keys[i] & 0xffff];

		n_seats += !*has;
		*has = true;
	}
}

/* What an entry adds to a total, where it stays; else what it is. */
static uint32_t addition(const struct model *m, uint32_t i, const struct model_kind *k)
{
	size_t e = entry_of(m->keys[i]);
	bool stays = k->stays || (k->other_stays && !m->has_seat[m->keys[i] & 0xffff]);
	bool goes_on = stays && m->was_there[e] && m->values[i] >= m->last[e];

	return m->values[i] - (goes_on ? m->last[e] : 0);
}

static void count(struct model *m, const struct model_kind *k, bool folds)
{
	bool there[N_ENTRIES] = {false};

	if (!k->stays) {
		memset(m->shown, 0, sizeof(m->shown));
		m->all = m->other = k->other_stays ? m->other : 0;
	}
	m->n_left_out = 0;
	for (uint32_t i = 0; i < m->n; i++) {
		uint32_t label = m->keys[i] & 0xffff, more = addition(m, i, k);

		m->n_left_out += !m->has_seat[label];
		m->all += more;
		if (m->has_seat[label])
			m->shown[label] += more;
		else
			m->other += more;
		m->last[entry_of(m->keys[i])] = m->values[i];
		there[entry_of(m->keys[i])] = m->has_seat[label] ? !k->other_stays : folds;
	}
	memcpy(m->was_there, there, sizeof(there));
}

/* Another order, and some other keys. */
static void churn(struct model *m, const struct model_kind *k, uint64_t *random)
{
	uint32_t share = 1 + (uint32_t)next_random(random) % 8;

	m->n = 0;
	for (uint32_t i = 0; i < N_LABELS * k->n_of_label; i++) {
		if (next_random(random) % 8 > share)
			continue;
		m->keys[m->n] = i % N_LABELS | i / N_LABELS << 16;
		m->values[m->n++] = (uint32_t)next_random(random) % 1000;
	}
	for (uint32_t i = m->n; i > 1; i--) {
		uint32_t j = (uint32_t)next_random(random) % i, key = m->keys[i - 1];

		m->keys[i - 1] = m->keys[j];
		m->keys[j] = key;
	}
}

static void check_shown(const struct model *m, const struct builder_result *r, bool folds)
{
	const struct series_set *set = &r->snapshot->sets[0];
	bool seen[N_LABELS] = {false};
	uint64_t n_seats = 0, other = 0, sum = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct str text = label_block_text(set->labels, i);
		unsigned long label;

		sum += set->values.low[i];
		if (str_equal(text, STR("k=\"other\""))) {
			assert_true(folds && i <= set->n);
			other += set->values.low[i];
			continue;
		}
		label = strtoul(text.p + 3, NULL, 10);
		assert_in_range(label, 0, N_LABELS - 1);
		assert_true(m->has_seat[label] && !seen[label]);
		assert_int_equal(set->values.low[i], m->shown[label]);
		seen[label] = true;
	}
	for (size_t i = 0; i < N_LABELS; i++)
		n_seats += m->has_seat[i];
	assert_int_equal(r->n_series, set->n);
	assert_int_equal(set->n, n_seats + (folds && m->other));
	assert_int_equal(other, folds ? m->other : 0);
	if (folds)
		assert_int_equal(sum, m->all);
}

static void run_model(const struct model_kind *k, enum config_on_limit on_limit, bool churns)
{
	static struct model m; /* large */
	const struct decoded_case map = {.yaml = k->yaml, .max_series = MOST};
	bool folds = on_limit == OTHER;
	uint64_t random = 88172645463325252;
	_cleanup_carried_ struct carried c;

	memset(&m, 0, sizeof(m));
	carried_init(&c, &map);
	c.limits.on_limit = on_limit;
	for (int pass = 0; pass < N_PASSES; pass++) {
		_cleanup_(builder_freep) struct builder *b =
			builder_new(c.d.plan, c.last, c.carry, &c.limits);

		if (churns || !pass)
			churn(&m, k, &random);
		seat(&m, k->stays);
		count(&m, k, folds);
		assert_int_equal(builder_add(b, m.keys, m.values, m.n / 2), 0);
		assert_int_equal(
			builder_add(b, m.keys + m.n / 2, m.values + m.n / 2, m.n - m.n / 2), 0);
		assert_int_equal(carried_finish(&c, b), 0);
		check_shown(&m, &c.result, folds);
		if (k->n_of_label == 1 || k->stays) {
			assert_int_equal(c.result.n_dropped, folds ? 0 : m.n_left_out);
			assert_int_equal(c.result.n_folded, folds ? m.n_left_out : 0);
		}
	}
}

static void test_limits_passes__like_the_model(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		for (int folds = 0; folds < 2; folds++) {
			run_model(&kinds[i], folds ? OTHER : CONFIG_ON_LIMIT_DROP, true);
			run_model(&kinds[i], folds ? OTHER : CONFIG_ON_LIMIT_DROP, false);
		}
}

static void test_limits_passes__label_text_is_shared(void **state)
{
	static const struct decoded_case map = {
		.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: y, type: "
			"gauge, labels: {k: key}}]",
		.max_series = 4};
	static const struct {
		const char *first, *second;
		bool shares;
		const char *shows; /* of x, of 1 each */
		bool is_mixed;	   /* new ones come before old ones, and have to go again */
	} cases[] = {
		{"01 02 03", "01 02 03", true, "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"other\"} 1\n",
		 false},
		{"01 02 03", "01 02 04 05", true, "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"other\"} 2\n",
		 false},
		{"01 02 03", "01 03 02", false, "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"other\"} 1\n",
		 true},
		{"01 02 03", "01 02", false, "x{k=\"1\"} 1\nx{k=\"2\"} 1\n", false},
		{"01 02", "01 02 03", false, "x{k=\"1\"} 1\nx{k=\"2\"} 1\nx{k=\"other\"} 1\n",
		 false},
		{"01 02 03", "02 01 03", false, "x{k=\"2\"} 1\nx{k=\"1\"} 1\nx{k=\"other\"} 1\n",
		 false},
		{"01 02 03", "01", false, "x{k=\"1\"} 1\n", false},
		{"01 02 03", "03 04", false, "x{k=\"3\"} 1\nx{k=\"4\"} 1\n", false},
		{"01 02", "01 02", true, "x{k=\"1\"} 1\nx{k=\"2\"} 1\n", false},
	};
	static const char ones[] = "01 01 01 01 01 01";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *passes[] = {cases[i].first, cases[i].second, cases[i].second,
					cases[i].first};
		const char *expected[ARRAY_SIZE(passes)] = {NULL, cases[i].shows, cases[i].shows};
		_cleanup_(snapshot_unrefp) struct snapshot *before = NULL;
		_cleanup_carried_ struct carried c;

		carried_init(&c, &map);
		c.limits.on_limit = OTHER;
		for (size_t j = 0; j < ARRAY_SIZE(passes); j++) {
			_cleanup_(freep) char *values = strndup(ones, strlen(passes[j]));
			_cleanup_(freep) char *text = NULL;

			carried_pass(&c, passes[j], values);
			if (j == 1 || j == 2) /* the same entries once more */
				assert_int_equal(c.last->sets[0].labels == before->sets[0].labels,
						 j == 1 ? cases[i].shares : !cases[i].is_mixed);
			assert_ptr_equal(c.last->sets[0].labels, c.last->sets[1].labels);
			snapshot_unref(before);
			before = snapshot_ref(c.last);
			text = decoded_text(c.last);
			*strstr(text, "y{") = '\0';
			if (expected[j])
				assert_string_equal(text, expected[j]);
		}
	}
}

/* That one group gives places up does not make another write its labels again. */
static void test_limits_passes__label_text_of_another_group(void **state)
{
	static const struct decoded_case map = {.yaml = TWO_WHERE, .max_series = 4};
	_cleanup_(snapshot_unrefp) struct snapshot *before = NULL;
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &map);
	carried_pass(&c, "01 02", "01 02");
	before = snapshot_ref(c.last);
	carried_pass(&c, "03 04 01 02", "03 04 01 02");
	assert_int_equal(c.result.n_dropped, 2);
	assert_ptr_not_equal(c.last->sets[0].labels, before->sets[0].labels);
	assert_ptr_equal(c.last->sets[1].labels, before->sets[1].labels);
}

static void test_limits_passes__drained_totals(void **state)
{
	static const struct decoded_case map = {
		.yaml = "read: drain, key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: x_total, "
			"type: counter, labels: {a: a, b: b}}, {name: y_total, type: counter, labels: {a: a}}]",
		.max_series = 3};
	static const struct {
		const char *keys[4];
		const char *shows;
		uint64_t n_folded;
	} passes[] = {
		{{"\1\1", "\1\2", "\2\1"},
		 "x_total{a=\"1\",b=\"1\"} 1\nx_total{a=\"1\",b=\"2\"} 2\nx_total{a=\"other\",b=\"other\"} 3\n"
		 "y_total{a=\"1\"} 3\ny_total{a=\"other\"} 3\n",
		 2},
		{{"\2\1", "\3\1", "\1\2", "\1\1"},
		 "x_total{a=\"1\",b=\"2\"} 3\nx_total{a=\"1\",b=\"1\"} 4\nx_total{a=\"other\",b=\"other\"} 3\n"
		 "y_total{a=\"1\"} 7\ny_total{a=\"other\"} 3\n",
		 4},
	};
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &map);
	c.limits.on_limit = OTHER;
	for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
		_cleanup_(builder_freep) struct builder *b =
			builder_new(c.d.plan, c.last, c.carry, &c.limits);

		for (uint64_t j = 0; j < 4 && passes[i].keys[j]; j++)
			assert_int_equal(builder_add_totals(b, passes[i].keys[j],
							    (uint64_t[]){j + 1, j + 1}),
					 0);
		assert_int_equal(carried_finish(&c, b), 0);
		carried_expect(&c, passes[i].shows);
		assert_int_equal(c.result.n_folded, passes[i].n_folded);
	}
}

struct faulty {
	struct decoded_case map;
	const char *values, *expected;
};

/* Two passes, of which the first has an allocation that fails. Return: whether it had. */
static bool pass_fails(const struct faulty *f, long nth)
{
	_cleanup_carried_ struct carried c;
	bool struck = false;

	carried_init(&c, &f->map);
	c.limits.on_limit = OTHER;
	carried_pass(&c, "0101 0201 0302", "0100000000000000 0100000000000000 0100000000000000");
	for (int pass = 0; pass < 2; pass++) {
		_cleanup_(builder_freep) struct builder *b = NULL;
		int r = -ENOMEM;

		c.arms = !pass;
		c.nth = nth;
		b = carried_begin(&c, "0301 0402 0501 0201 0101", f->values);
		if (b)
			r = carried_finish(&c, b);
		struck |= alloc_fault_disarm();
		assert_true(r == 0 || (r == -ENOMEM && !pass));
	}
	carried_expect(&c, f->expected);
	return struck;
}

static void test_limits_passes__without_memory(void **state)
{
#define KEY   "key: [{name: a, type: u8}, {name: b, type: u8}], value: u64, metrics: ["
#define LARGE "ffffffffffffffff ffffffffffffffff 0300000000000000 0200000000000000 0100000000000000"
#define SMALL "0600000000000000 0500000000000000 0300000000000000 0200000000000000 0100000000000000"
	static const struct faulty cases[] = {
		{{.yaml = KEY
		  "{name: x, type: gauge, labels: {a: a, b: b}}, {name: y, type: gauge, "
		  "aggregate: avg, labels: {a: a}}]",
		  .max_series = 4},
		 LARGE,
		 "x{a=\"2\",b=\"1\"} 2\nx{a=\"1\",b=\"1\"} 1\nx{a=\"other\",b=\"other\"} "
		 "36893488147419103233\ny{a=\"2\"} 2\ny{a=\"1\"} 1\ny{a=\"other\"} "
		 "12297829382473034000\n"},
		{{.yaml = KEY
		  "{name: x_total, type: counter, labels: {a: a}}, {name: g, type: gauge, "
		  "aggregate: max}]",
		  .max_series = 3},
		 SMALL,
		 "x_total{a=\"1\"} 1\nx_total{a=\"2\"} 2\nx_total{a=\"other\"} 15\ng 6\n"},
		{{.yaml = "on_limit: other, " KEY
			  "{name: x_total, type: counter, labels: {a: a, b: b}}, "
			  "{name: g, type: gauge, labels: {a: a, b: b}}]",
		  .max_series = 4},
		 SMALL,
		 "x_total{a=\"2\",b=\"1\"} 2\nx_total{a=\"1\",b=\"1\"} 1\n"
		 "x_total{a=\"other\",b=\"other\"} 15\ng{a=\"2\",b=\"1\"} 2\n"
		 "g{a=\"1\",b=\"1\"} 1\ng{a=\"other\",b=\"other\"} 14\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		long nth = 0;

		while (pass_fails(&cases[i], nth))
			nth++;
		assert_true(nth > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_passes__like_the_model),
		cmocka_unit_test(test_limits_passes__label_text_is_shared),
		cmocka_unit_test(test_limits_passes__label_text_of_another_group),
		cmocka_unit_test(test_limits_passes__drained_totals),
		cmocka_unit_test(test_limits_passes__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
