// SPDX-License-Identifier: GPL-2.0-only
/* What counters keep through failed reads, reopened maps and other maps. */
#include "bed.h"

/* A series for the key's upper bytes, added over its lowest; a gauge beside it. */
#define SUMS                                        \
	"maps:\n"                                   \
	"  - name: m\n"                             \
	"    pin: /pins/m\n"                        \
	"    key: u32\n"                            \
	"    value: u64\n"                          \
	"    labels: {k: {field: key, shift: 8}}\n" \
	"    metrics: [{name: x_total, type: counter}, {name: g, type: gauge}]\n"

#define A(n) (0x100 + (n))
#define B(n) (0x200 + (n))

static struct twin *add(const char *pin)
{
	struct map_info info = twin_info();

	return twins_add(pin, &info);
}

static void test_never_falls__entries_go(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, SUMS);
	t = add("/pins/m");
	twin_put(t, A(1), 5);
	twin_put(t, A(2), 7);
	bed_expect(&b, "x_total{k=\"1\"} 12\ng{k=\"1\"} 12\n");
	twin_remove(t, A(2));
	bed_expect(&b, "x_total{k=\"1\"} 12\ng{k=\"1\"} 5\n");
	twin_put(t, A(2), 1);
	twin_put(t, A(1), 6);
	bed_expect(&b, "x_total{k=\"1\"} 14\ng{k=\"1\"} 7\n");
	twin_remove(t, A(1));
	twin_remove(t, A(2));
	bed_expect(&b, "x_total{k=\"1\"} 14\n");
	assert_int_equal(bed_status(&b)->n_series, 1);
	assert_int_equal(bed_status(&b)->n_entries, 0);
}

/* Series are absent until a read succeeds, and then go on. */
static void test_never_falls__failed_reads(void **state)
{
	const struct memory_source_faults fails = {
		.after_batches_err = -EIO, .n_batches = 1, .batch_size = 1};
	const struct memory_source_faults well = {0};
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, SUMS);
	t = add("/pins/m");
	twin_put(t, A(1), 5);
	bed_expect(&b, "x_total{k=\"1\"} 5\ng{k=\"1\"} 5\n");
	twin_remove(t, A(1));
	twin_put(t, B(1), 1);
	twin_put(t, A(2), 3);
	twin_set_faults(t, &fails);
	bed_expect(&b, "");
	assert_false(bed_status(&b)->is_up);
	bed_expect(&b, "");
	twin_set_faults(t, &well);
	bed_expect(&b, "x_total{k=\"1\"} 8\nx_total{k=\"2\"} 1\ng{k=\"2\"} 1\ng{k=\"1\"} 3\n");
}

static void test_never_falls__the_same_map_again(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, SUMS);
	t = add("/pins/m");
	twin_put(t, A(1), 5);
	twin_put(t, A(2), 7);
	bed_expect(&b, "x_total{k=\"1\"} 12\ng{k=\"1\"} 12\n");
	twin_set_pinned(t, false);
	bed_expect(&b, "");
	twin_remove(t, A(2));
	twin_put(t, A(1), 6);
	twin_set_pinned(t, true);
	bed_expect(&b, "x_total{k=\"1\"} 13\ng{k=\"1\"} 6\n");
}

static void test_never_falls__another_map(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info other = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, SUMS);
	t = add("/pins/m");
	twin_put(t, A(1), 5);
	bed_expect(&b, "x_total{k=\"1\"} 5\ng{k=\"1\"} 5\n");
	twin_replace(t, &other);
	twin_put(t, A(1), 6);
	twin_put(t, B(1), 1);
	bed_expect(&b, "x_total{k=\"1\"} 11\nx_total{k=\"2\"} 1\ng{k=\"1\"} 6\ng{k=\"2\"} 1\n");
	assert_int_equal(bed_status(&b)->n_reopens, 1);
	/* And another one, which comes later. */
	other = twin_info();
	twin_set_pinned(t, false);
	bed_expect(&b, "");
	twin_replace(t, &other);
	twin_set_pinned(t, true);
	bed_expect(&b, "x_total{k=\"1\"} 11\nx_total{k=\"2\"} 1\n");
}

/* A map of another shape is another story: it begins at zero. */
static void test_never_falls__another_shape(void **state)
{
	static const char from_btf[] = "maps:\n"
				       "  - name: m\n"
				       "    pin: /pins/m\n"
				       "    key: u32\n"
				       "    metrics: [{name: x_total, type: counter}]\n";
	_cleanup_bed_ struct bed b;
	struct map_info other;
	struct layout *l;
	struct twin *t;

	(void)state;
	bed_init(&b, from_btf);
	t = add("/pins/m");
	twin_set_layouts(t, NULL, scalar(8));
	twin_put(t, 1, 5);
	bed_expect(&b, "x_total 5\n");
	other = twin_info();
	twin_replace(t, &other);
	l = scalar(8);
	l->root.kind = FIELD_SINT;
	twin_set_layouts(t, NULL, l);
	twin_put(t, 1, 3);
	bed_expect(&b, "x_total 3\n");
}

static void test_never_falls__without_memory(void **state)
{
	bool struck = true;
	long nth = 0;

	(void)state;
	for (; struck; nth++) {
		_cleanup_bed_ struct bed b;
		struct map_info other;
		struct twin *t;

		bed_init(&b, SUMS);
		t = add("/pins/m");
		twin_put(t, A(1), 5);
		bed_expect(&b, "x_total{k=\"1\"} 5\ng{k=\"1\"} 5\n");
		twin_remove(t, A(1));
		other = twin_info();
		twin_replace(t, &other);
		twin_put(t, A(2), 3);
		twin_put(t, B(2), 4);
		log_capture_begin();
		alloc_fault_arm(nth);
		published_free(map_reader_pass(&b.reader));
		struck = alloc_fault_disarm();
		free(log_capture_end());
		bed_expect(&b,
			   "x_total{k=\"1\"} 8\nx_total{k=\"2\"} 4\ng{k=\"1\"} 3\ng{k=\"2\"} 4\n");
	}
	assert_true(nth > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_falls__entries_go),
		cmocka_unit_test(test_never_falls__failed_reads),
		cmocka_unit_test(test_never_falls__the_same_map_again),
		cmocka_unit_test(test_never_falls__another_map),
		cmocka_unit_test(test_never_falls__another_shape),
		cmocka_unit_test(test_never_falls__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
