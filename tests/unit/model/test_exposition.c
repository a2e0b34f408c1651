// SPDX-License-Identifier: GPL-2.0-only
#include "series.h"

#include "support/alloc_fault.h"

#define END             \
	{               \
		NULL, 0 \
	}

static void test_exposition__nothing(void **state)
{
	struct exposition *x = exposition_new(NULL, 0);

	(void)state;
	assert_non_null(x);
	assert_int_equal(x->n_families, 0);
	exposition_unref(exposition_ref(x));
	exposition_unref(x);
	exposition_unref(NULL);
}

static void test_exposition__families_are_gathered(void **state)
{
	static const struct one_series one[] = {{"k=\"1\"", 1}, END};
	static const char *const names[] = {"b", "a", "b", "c", "a", "b"};
	struct snapshot *snapshots[ARRAY_SIZE(names)];
	struct exposition *x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char const_labels[16];

		snprintf(const_labels, sizeof(const_labels), "p=\"%zu\"", i);
		snapshots[i] = series_snapshot(names[i], const_labels, one);
	}
	x = exposition_new(snapshots, ARRAY_SIZE(names));
	assert_non_null(x);
	/* It holds what it shows. */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		snapshot_unref(snapshots[i]);
	assert_int_equal(x->n_families, 3);
	assert_string_equal(x->families[0].family->name, "b");
	assert_string_equal(x->families[1].family->name, "a");
	assert_string_equal(x->families[2].family->name, "c");
	assert_int_equal(x->families[0].n_parts, 3);
	assert_int_equal(x->families[1].n_parts, 2);
	assert_int_equal(x->families[2].n_parts, 1);
	assert_ptr_equal(x->families[0].parts[1].set, &snapshots[2]->sets[0]);
	assert_ptr_equal(x->families[0].parts[2].set, &snapshots[5]->sets[0]);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(x->n_duplicates[i], 0);
	exposition_unref(x);
}

/* So many names that the table of them has to be larger than it is at first. */
static void test_exposition__many_families(void **state)
{
	enum { N = 500 };
	struct snapshot *s = snapshot_new(N), *both[2] = {s, s};
	static const struct one_series one[] = {{"", 1}, END};
	struct exposition *x;

	(void)state;
	for (int i = 0; i < N; i++) {
		char name[32];

		snprintf(name, sizeof(name), "family_%d", i);
		series_set_init(&s->sets[i], name, "", one);
	}
	x = exposition_new(both, 1);
	assert_int_equal(x->n_families, N);
	for (int i = 0; i < N; i++)
		assert_ptr_equal(x->families[i].parts[0].set, &s->sets[i]);
	exposition_unref(x);
	snapshot_unref(s);
}

static const struct {
	const char *name;
	struct {
		const char *const_labels;
		struct one_series series[4];
		const char *shown; /* '1' for each slot that is shown */
	} parts[3];
} duplicates[] = {
	{"the same series",
	 {{"", {{"k=\"1\"", 1}, {"k=\"2\"", 2}, END}, "11"},
	  {"", {{"k=\"2\"", 3}, {"k=\"3\"", 4}, END}, "01"}}},
	{"three of it",
	 {{"", {{"k=\"1\"", 1}, END}, "1"},
	  {"", {{"k=\"1\"", 2}, END}, "0"},
	  {"", {{"k=\"2\"", 2}, {"k=\"1\"", 3}, END}, "10"}}},
	{"another order",
	 {{"", {{"a=\"1\",b=\"2\"", 1}, END}, "1"},
	  {"", {{"b=\"2\",a=\"1\"", 2}, {"b=\"1\",a=\"2\"", 2}, END}, "01"}}},
	{"constant here, from a field there",
	 {{"p=\"x\"", {{"k=\"1\"", 1}, {"k=\"2\"", 1}, END}, "11"},
	  {"k=\"1\"", {{"p=\"x\"", 2}, {"p=\"y\"", 2}, END}, "01"}}},
	{"constants in another order",
	 {{"p=\"x\",q=\"y\"", {{"", 1}, END}, "1"}, {"q=\"y\",p=\"x\"", {{"", 2}, END}, "0"}}},
	{"disjoint constants",
	 {{"p=\"x\"", {{"k=\"1\"", 1}, END}, "1"}, {"p=\"y\"", {{"k=\"1\"", 2}, END}, "1"}}},
	{"two of three have the constant",
	 {{"p=\"x\"", {{"k=\"1\"", 1}, END}, "1"},
	  {"p=\"y\"", {{"k=\"1\"", 2}, END}, "1"},
	  {"p=\"x\"", {{"k=\"1\"", 2}, END}, "0"}}},
	{"not in all parts constant",
	 {{"p=\"x\"", {{"k=\"1\"", 1}, END}, "1"},
	  {"p=\"y\"", {{"k=\"1\"", 2}, END}, "1"},
	  {"", {{"p=\"y\",k=\"1\"", 3}, {"k=\"1\",p=\"z\"", 3}, END}, "01"}}},
	{"no labels", {{"", {{"", 1}, END}, "1"}, {"", {{"", 2}, END}, "0"}}},
	{"no labels and some", {{"", {{"", 1}, END}, "1"}, {"", {{"k=\"1\"", 2}, END}, "1"}}},
	{"the beginning of the other",
	 {{"", {{"k=\"1\"", 1}, END}, "1"}, {"", {{"k=\"1\",l=\"1\"", 2}, END}, "1"}}},
	{"escaped values",
	 {{"", {{"k=\"a\\\"\",l=\"\\\\\"", 1}, END}, "1"},
	  {"", {{"l=\"\\\\\",k=\"a\\\"\"", 2}, {"k=\"a\\\",l=\\\"\\\\\"", 2}, END}, "01"}}},
	{"values exchanged",
	 {{"", {{"a=\"1\",b=\"2\"", 1}, END}, "1"}, {"", {{"a=\"2\",b=\"1\"", 2}, END}, "1"}}},
	{"one part without series", {{"", {{"k=\"1\"", 1}, END}, "1"}, {"", {END}, ""}}},
};

static void test_exposition__duplicates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(duplicates); i++) {
		struct snapshot *snapshots[3];
		struct exposition *x;
		size_t n = 0;

		while (n < 3 && duplicates[i].parts[n].const_labels) {
			snapshots[n] = series_snapshot("x", duplicates[i].parts[n].const_labels,
						       duplicates[i].parts[n].series);
			n++;
		}
		x = exposition_new(snapshots, n);
		assert_non_null(x);
		assert_int_equal(x->n_families, 1);
		assert_int_equal(x->families[0].n_parts, n);
		for (size_t k = 0; k < n; k++) {
			const struct exposition_part *p = &x->families[0].parts[k];
			size_t n_hidden = 0;

			assert_int_equal(p->set->n, strlen(duplicates[i].parts[k].shown));
			for (size_t slot = 0; slot < p->set->n; slot++) {
				bool shown = duplicates[i].parts[k].shown[slot] == '1';

				if (exposition_part_is_shown(p, slot) != shown)
					fail_msg("%s: part %zu, slot %zu", duplicates[i].name, k,
						 slot);
				n_hidden += !shown;
			}
			assert_int_equal(x->n_duplicates[k], n_hidden);
			snapshot_unref(snapshots[k]);
		}
		exposition_unref(x);
	}
}

/* A slot that skip_zero hides is no series: the next part's is shown. */
static void test_exposition__a_hidden_zero_is_no_duplicate(void **state)
{
	static const struct one_series zero[] = {{"k=\"1\"", 0}, {"k=\"2\"", 1}, END};
	static const struct one_series other[] = {{"k=\"1\"", 5}, {"k=\"2\"", 5}, END};
	struct snapshot *snapshots[] = {series_snapshot("x", "", zero),
					series_snapshot("x", "", other)};
	struct exposition *x;

	(void)state;
	snapshots[0]->sets[0].skip_zero = true;
	snapshots[0]->sets[0].n_shown = 1;
	x = exposition_new(snapshots, 2);
	assert_false(exposition_part_is_shown(&x->families[0].parts[0], 0));
	assert_true(exposition_part_is_shown(&x->families[0].parts[0], 1));
	assert_true(exposition_part_is_shown(&x->families[0].parts[1], 0));
	assert_false(exposition_part_is_shown(&x->families[0].parts[1], 1));
	assert_int_equal(x->n_duplicates[0], 0);
	assert_int_equal(x->n_duplicates[1], 1);
	exposition_unref(x);
	snapshot_unref(snapshots[0]);
	snapshot_unref(snapshots[1]);
}

/* A histogram is one series, whatever its buckets: a slot of zeros is none, and
 * bounds need not be the same in all parts. */
static void test_exposition__histograms(void **state)
{
	static const struct one_series two[] = {{"k=\"1\"", 0}, {"k=\"2\"", 0}, END};
	static const char *const bounds[] = {"1", "2", NULL};
	struct snapshot *snapshots[] = {series_snapshot("x", "", two),
					series_snapshot("x", "", two)};
	struct exposition *x;

	(void)state;
	series_set_to_histogram(&snapshots[0]->sets[0], bounds, (uint64_t[]){0, 0, 0, 0, 0, 3});
	snapshots[0]->sets[0].skip_zero = true;
	snapshots[0]->sets[0].n_shown = 1;
	series_set_to_histogram(&snapshots[1]->sets[0], bounds + 1, (uint64_t[]){1, 1, 2, 2});
	x = exposition_new(snapshots, 2);
	assert_int_equal(x->n_families, 1);
	assert_false(exposition_part_is_shown(&x->families[0].parts[0], 0));
	assert_true(exposition_part_is_shown(&x->families[0].parts[0], 1));
	assert_true(exposition_part_is_shown(&x->families[0].parts[1], 0));
	assert_false(exposition_part_is_shown(&x->families[0].parts[1], 1));
	assert_int_equal(x->n_duplicates[0], 0);
	assert_int_equal(x->n_duplicates[1], 1);
	exposition_unref(x);
	snapshot_unref(snapshots[0]);
	snapshot_unref(snapshots[1]);
}

/* Many: hidden are exactly those of both. */
static void test_exposition__many_duplicates(void **state)
{
	enum { N = 3000 };
	static struct one_series series[2][N + 1];
	static char texts[2][N][32];
	struct snapshot *snapshots[2];
	struct exposition *x;

	(void)state;
	for (int i = 0; i < N; i++) {
		snprintf(texts[0][i], sizeof(texts[0][i]), "a=\"%d\",b=\"x\"", i);
		snprintf(texts[1][i], sizeof(texts[1][i]), "b=\"x\",a=\"%d\"", 2 * i);
		for (int k = 0; k < 2; k++)
			series[k][i] = (struct one_series){texts[k][i], 1};
	}
	for (int k = 0; k < 2; k++)
		snapshots[k] = series_snapshot("x", "", series[k]);
	x = exposition_new(snapshots, 2);
	assert_int_equal(x->n_duplicates[0], 0);
	assert_int_equal(x->n_duplicates[1], N / 2);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(exposition_part_is_shown(&x->families[0].parts[1], i), i >= N / 2);
	exposition_unref(x);
	snapshot_unref(snapshots[0]);
	snapshot_unref(snapshots[1]);
}

static void test_exposition__without_memory(void **state)
{
	static const struct one_series one[] = {{"k=\"1\"", 1}, END};
	struct snapshot *snapshots[] = {series_snapshot("x", "", one),
					series_snapshot("y", "", one),
					series_snapshot("x", "", one)};
	long n_faults = 0;

	(void)state;
	for (;; n_faults++) {
		struct exposition *x;

		alloc_fault_arm(n_faults);
		x = exposition_new(snapshots, ARRAY_SIZE(snapshots));
		if (!alloc_fault_disarm()) {
			assert_non_null(x);
			exposition_unref(x);
			break;
		}
		assert_null(x);
	}
	assert_true(n_faults >= 10);
	for (size_t i = 0; i < ARRAY_SIZE(snapshots); i++) {
		assert_int_equal(atomic_load(&snapshots[i]->refs), 1);
		snapshot_unref(snapshots[i]);
	}
}

static void test_snapshot__bounds_are_shared(void **state)
{
	static const struct one_series one[] = {{"k=\"1\"", 0}, END};
	static const char *const le[] = {"1", "2", NULL};
	struct snapshot *s[] = {series_snapshot("x", "", one), series_snapshot("x", "", one)};
	struct bounds *b;

	(void)state;
	series_set_to_histogram(&s[0]->sets[0], le, (uint64_t[]){1, 2, 3});
	b = s[0]->sets[0].bounds;
	assert_int_equal(b->n, 2);
	assert_string_equal(b->le[1], "2");
	s[1]->sets[0].bounds = bounds_ref(b);
	s[1]->sets[0].sums.low = calloc(1, sizeof(uint64_t));
	s[1]->sets[0].sums.high = calloc(1, sizeof(int64_t));
	s[1]->sets[0].counts = calloc(1, sizeof(uint64_t));
	assert_int_equal(atomic_load(&b->refs), 2);
	snapshot_unref(s[0]);
	assert_int_equal(atomic_load(&b->refs), 1);
	assert_string_equal(b->le[0], "1");
	snapshot_unref(s[1]);
}

static void test_snapshot__equal_bounds(void **state)
{
	static const char *const texts[][3] = {{NULL}, {"1"}, {"1", "2"}, {"1", "3"}};
	struct bounds *a[ARRAY_SIZE(texts)], *b[ARRAY_SIZE(texts)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		a[i] = bounds_of(texts[i]);
		b[i] = bounds_of(texts[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(texts); j++)
			assert_int_equal(bounds_equal(a[i], b[j]), i == j);
		assert_true(bounds_equal(a[i], a[i]));
		assert_false(bounds_equal(a[i], NULL));
		assert_false(bounds_equal(NULL, a[i]));
	}
	assert_true(bounds_equal(NULL, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		bounds_unref(a[i]);
		bounds_unref(b[i]);
	}
}

/* The texts are taken, also on failure: a checker of leaks sees it. */
static void test_snapshot__bounds_without_memory(void **state)
{
	char **le = calloc(2, sizeof(*le));

	(void)state;
	le[0] = strdup("1");
	le[1] = strdup("2");
	alloc_fault_arm(0);
	assert_null(bounds_new(le, 2, false));
	assert_true(alloc_fault_disarm());
	bounds_unref(bounds_new(NULL, 0, false));
	bounds_unref(NULL);
}

static void test_snapshot__without_memory(void **state)
{
	(void)state;
	for (long i = 0; i < 3; i++) {
		struct family *f;

		alloc_fault_arm(i);
		f = family_new("x", FAMILY_INFO, "y");
		assert_true(alloc_fault_disarm());
		assert_null(f);
	}
	for (long i = 0; i < 2; i++) {
		alloc_fault_arm(i);
		assert_null(snapshot_new(3));
		assert_true(alloc_fault_disarm());
	}
	alloc_fault_arm(0);
	assert_null(label_block_new());
	assert_true(alloc_fault_disarm());
	snapshot_unref(NULL);
	family_unref(NULL);
	label_block_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exposition__nothing),
		cmocka_unit_test(test_exposition__families_are_gathered),
		cmocka_unit_test(test_exposition__many_families),
		cmocka_unit_test(test_exposition__duplicates),
		cmocka_unit_test(test_exposition__a_hidden_zero_is_no_duplicate),
		cmocka_unit_test(test_exposition__histograms),
		cmocka_unit_test(test_exposition__many_duplicates),
		cmocka_unit_test(test_exposition__without_memory),
		cmocka_unit_test(test_snapshot__bounds_are_shared),
		cmocka_unit_test(test_snapshot__equal_bounds),
		cmocka_unit_test(test_snapshot__bounds_without_memory),
		cmocka_unit_test(test_snapshot__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
