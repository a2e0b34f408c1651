// SPDX-License-Identifier: GPL-2.0-only
/* `instances: sum`: several maps are shown as one, whichever of them are there. */
#include "rig.h"

#define ALL(metrics)              \
	"maps:\n"                 \
	"  - name: m\n"           \
	"    pin: /pins/*/m\n"    \
	"    key: u32\n"          \
	"    value: u64\n"        \
	"    instances: sum\n"    \
	"    at_scrape: always\n" \
	"    refresh: 1h\n"       \
	"    metrics: [" metrics "]\n"
#define COUNTER "{name: x_total, type: counter, labels: {k: key}}"
#define GAUGE	"{name: g, type: gauge, labels: {k: key}}"

static const struct memory_source_faults fails = {.after_batches_err = -EIO};
static const struct memory_source_faults well;

static void test_sum_of_instances__two_and_three(void **state)
{
	_cleanup_bed_ struct bed b;

	(void)state;
	bed_init(&b, ALL(COUNTER ", " GAUGE));
	bed_expect(&b, "");
	add("/pins/b/m", 3);
	bed_expect(&b, "x_total{k=\"1\"} 3\ng{k=\"1\"} 3\n");
	twin_put(add("/pins/c/m", 4), 2, 1);
	bed_expect(&b, "x_total{k=\"1\"} 7\nx_total{k=\"2\"} 1\ng{k=\"1\"} 7\ng{k=\"2\"} 1\n");
	add("/pins/a/m", 10);
	bed_expect(&b, "x_total{k=\"1\"} 17\nx_total{k=\"2\"} 1\ng{k=\"1\"} 17\ng{k=\"2\"} 1\n");
	/* Published with the first; the series of each are its own. */
	assert_int_equal(b.published->n, 3);
	assert_non_null(b.published->instances[0].snapshot);
	assert_null(b.published->instances[1].snapshot);
	assert_null(b.published->instances[2].snapshot);
	assert_string_equal(b.published->instances[0].status.pin, "/pins/a/m");
	assert_int_equal(b.published->instances[0].status.n_series, 2);
	assert_int_equal(b.published->instances[2].status.n_series, 4);
}

static void test_sum_of_instances__gauges(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ALL("{name: g, type: gauge, aggregate: max}"), "g 9\n"},
		{ALL("{name: g, type: gauge, aggregate: min}"), "g 2\n"},
		{ALL("{name: g, type: gauge, aggregate: avg}"), "g 5\n"},
		{ALL("{name: g, type: gauge}"), "g 15\n"},
		{ALL("{name: g, type: gauge, value: 1}"), "g 3\n"},
		{ALL("{name: g_info, type: info, labels: {v: value}}"),
		 "g_info{v=\"2\"} 1\ng_info{v=\"4\"} 1\ng_info{v=\"9\"} 1\n"},
		{ALL("{name: h, type: histogram, buckets: {slot: key, slots: 2, scheme: exp2, edges: upper}}"),
		 "h_bucket{le=\"1\"} 0\nh_bucket{le=\"2\"} 15\nh_bucket{le=\"+Inf\"} 15\nh_count 15\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_bed_ struct bed b;

		bed_init(&b, cases[i].text);
		add("/pins/a/m", 2);
		add("/pins/b/m", 4);
		add("/pins/c/m", 9);
		bed_expect(&b, cases[i].expected);
	}
}

/* A label of what the pins' pattern matched, which several share. */
static void test_sum_of_instances__shared_captures(void **state)
{
	_cleanup_bed_ struct bed b;

	(void)state;
	bed_init(&b, "maps:\n"
		     "  - {name: m, pin: '/pins/*', key: u32, value: u64, instances: sum,\n"
		     "     labels: {d: {field: $1, decode: {regex: [{match: '(.).*'}]}}},\n"
		     "     metrics: [{name: x_total, type: counter}]}\n");
	add("/pins/a1", 1);
	add("/pins/a2", 2);
	add("/pins/b1", 4);
	bed_expect(&b, "x_total{d=\"a\"} 3\nx_total{d=\"b\"} 4\n");
}

/* Of an instance that is down counters stay, gauges leave. */
static void test_sum_of_instances__one_down(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, ALL(COUNTER ", " GAUGE));
	add("/pins/a/m", 1);
	t = add("/pins/b/m", 2);
	bed_expect(&b, "x_total{k=\"1\"} 3\ng{k=\"1\"} 3\n");
	twin_set_faults(t, &fails);
	bed_expect(&b, "x_total{k=\"1\"} 3\ng{k=\"1\"} 1\n");
	assert_false(b.published->instances[1].status.is_up);
	assert_int_equal(b.published->instances[1].status.n_series, 0);
	twin_put(t, 1, 5);
	bed_expect(&b, "x_total{k=\"1\"} 3\ng{k=\"1\"} 1\n");
	twin_set_faults(t, &well);
	bed_expect(&b, "x_total{k=\"1\"} 6\ng{k=\"1\"} 6\n");
	/* Its entries are gone, its counts are not. */
	twin_remove(t, 1);
	bed_expect(&b, "x_total{k=\"1\"} 6\ng{k=\"1\"} 1\n");
}

static void test_sum_of_instances__all_down(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, ALL(COUNTER ", " GAUGE));
	t = add("/pins/a/m", 1);
	twin_set_faults(t, &fails);
	bed_expect(&b, "");
	twin_set_faults(t, &well);
	bed_expect(&b, "x_total{k=\"1\"} 1\ng{k=\"1\"} 1\n");
	twin_set_faults(t, &fails);
	bed_expect(&b, "x_total{k=\"1\"} 1\n");
}

static void test_sum_of_instances__gone_for_good(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *one, *two;
	struct map_info other;

	(void)state;
	bed_init(&b, ALL(COUNTER ", " GAUGE));
	one = add("/pins/a/m", 1);
	two = add("/pins/b/m", 2);
	twin_put(two, 2, 7);
	bed_expect(&b, "x_total{k=\"1\"} 3\nx_total{k=\"2\"} 7\ng{k=\"1\"} 3\ng{k=\"2\"} 7\n");
	twin_set_pinned(two, false);
	twin_put(one, 1, 4);
	bed_expect(&b, "x_total{k=\"1\"} 6\nx_total{k=\"2\"} 7\ng{k=\"1\"} 4\n");
	assert_int_equal(b.published->n, 1);
	/* Another map in its place counts from its own beginning. */
	other = twin_info();
	twin_replace(two, &other);
	twin_put(two, 1, 1);
	twin_set_pinned(two, true);
	bed_expect(&b, "x_total{k=\"1\"} 7\nx_total{k=\"2\"} 7\ng{k=\"1\"} 5\n");
	/* None is left to show the sum with; it comes back whole. */
	twin_set_pinned(one, false);
	twin_set_pinned(two, false);
	bed_expect(&b, "");
	assert_int_equal(b.published->n, 0);
	add("/pins/c/m", 1);
	bed_expect(&b, "x_total{k=\"1\"} 8\nx_total{k=\"2\"} 7\ng{k=\"1\"} 1\n");
}

static void test_sum_of_instances__replaced(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info other;
	struct twin *t;

	(void)state;
	bed_init(&b, ALL(COUNTER));
	add("/pins/a/m", 1);
	t = add("/pins/b/m", 2);
	bed_expect(&b, "x_total{k=\"1\"} 3\n");
	other = twin_info();
	twin_replace(t, &other);
	twin_put(t, 1, 1);
	bed_expect(&b, "x_total{k=\"1\"} 4\n");
}

static struct layout *slots(uint32_t n)
{
	struct layout *l = layout_new();
	struct field *array, *element;

	l->root = (struct field){.kind = FIELD_STRUCT, .size = 24};
	array = field_add_member(&l->root);
	*array = (struct field){
		.name = strdup("s"), .kind = FIELD_ARRAY, .size = 8 * n, .n_elems = n};
	element = field_add_member(array);
	*element = (struct field){.kind = FIELD_UINT, .size = 8};
	return l;
}

static struct twin *add_histogram(const char *pin, uint32_t n)
{
	const uint64_t values[3] = {1, 2, 4};
	const uint32_t key = 1;
	struct map_info info = twin_info();
	struct twin *t;

	info.value_size = sizeof(values);
	t = twins_add(pin, &info);
	twin_set_layouts(t, NULL, slots(n));
	twin_put_pair(t, &key, values);
	return t;
}

/* A family has one set of bounds: an instance whose array makes others is down, whatever the order.
 */
static void other_bounds(const char *settings, const char *labels, const char *expected)
{
	_cleanup_bed_ struct bed b;
	_cleanup_buf_ struct buf yaml = BUF_INIT;
	struct twin *a, *c;

	assert_int_equal(
		buf_printf(&yaml,
			   "maps:\n"
			   "  - {name: m, pin: '/pins/*', key: u32, %s\n"
			   "     metrics: [{name: h, type: histogram, labels: {%s},\n"
			   "                buckets: {field: s, scheme: exp2, edges: upper}}]}\n",
			   settings, labels),
		0);
	bed_init(&b, buf_string(&yaml));
	a = add_histogram("/pins/a", 2);
	add_histogram("/pins/b", 3);
	c = add_histogram("/pins/c", 2);
	for (uint64_t pass = 1; pass <= 3; pass++) {
		const struct map_status *other;

		bed_expect(&b, expected);
		other = &b.published->instances[1].status;
		assert_true(bed_status(&b)->is_up);
		assert_false(other->is_up);
		assert_int_equal(other->n_failures[MAP_FAILURE_LAYOUT], pass);
		assert_int_equal(bed_status(&b)->n_dropped_limit, 0);
	}
	/* When those are gone that were there first, its turn has come. */
	twin_set_pinned(a, false);
	twin_set_pinned(c, false);
	free(bed_samples(&b));
	assert_true(bed_status(&b)->is_up);
}

static void test_sum_of_instances__other_bounds(void **state)
{
	(void)state;
	other_bounds("instances: sum,", "",
		     "h_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 6\nh_bucket{le=\"+Inf\"} 6\n"
		     "h_count 6\n");
	other_bounds("", "p: $1",
		     "h_bucket{p=\"a\",le=\"1\"} 1\nh_bucket{p=\"a\",le=\"2\"} 3\n"
		     "h_bucket{p=\"a\",le=\"+Inf\"} 3\nh_count{p=\"a\"} 3\n"
		     "h_bucket{p=\"c\",le=\"1\"} 1\nh_bucket{p=\"c\",le=\"2\"} 3\n"
		     "h_bucket{p=\"c\",le=\"+Inf\"} 3\nh_count{p=\"c\"} 3\n");
}

/* The limit is the sum's: what is shown is what all instances have of it. */
static void test_sum_of_instances__limit(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, "global: {max_series: 2}\n" ALL(COUNTER));
	add("/pins/a/m", 1);
	t = add("/pins/b/m", 2);
	twin_put(t, 2, 3);
	twin_put(t, 3, 3);
	bed_expect(&b, "x_total{k=\"1\"} 3\nx_total{k=\"2\"} 3\n");
	assert_int_equal(b.published->instances[0].status.n_dropped_limit, 1);
	t = add("/pins/c/m", 1);
	twin_put(t, 4, 1);
	twin_put(t, 2, 4);
	bed_expect(&b, "x_total{k=\"1\"} 4\nx_total{k=\"2\"} 7\n");
	assert_int_equal(b.published->instances[0].status.n_dropped_limit, 3);
	bed_expect(&b, "x_total{k=\"1\"} 4\nx_total{k=\"2\"} 7\n");
	assert_int_equal(b.published->instances[0].status.n_dropped_limit, 5);
	assert_int_equal(b.published->instances[1].status.n_dropped_limit, 0);
}

/* What an instance had drained stays with it, and in the sum. */
static void test_sum_of_instances__drained(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, ALL(COUNTER) "    read: drain\n");
	add("/pins/a/m", 1);
	t = add("/pins/b/m", 2);
	bed_expect(&b, "x_total{k=\"1\"} 3\n");
	twin_put(t, 1, 3);
	bed_expect(&b, "x_total{k=\"1\"} 6\n");
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total{k=\"1\"} 6\n");
	twin_put(t, 1, 1);
	twin_set_pinned(t, true);
	bed_expect(&b, "x_total{k=\"1\"} 7\n");
}

static void test_sum_of_instances__without_memory(void **state)
{
	bool struck = true;
	long nth = 0;

	(void)state;
	for (; struck; nth++) {
		_cleanup_(freep) char *text = NULL;
		_cleanup_bed_ struct bed b;
		struct twin *t;

		bed_init(&b, ALL(COUNTER ", " GAUGE));
		add("/pins/b/m", 1);
		t = add("/pins/c/m", 2);
		bed_expect(&b, "x_total{k=\"1\"} 3\ng{k=\"1\"} 3\n");
		twin_set_pinned(t, false);
		add("/pins/a/m", 4);
		log_capture_begin();
		alloc_fault_arm(nth);
		published_free(map_reader_pass(&b.reader));
		struck = alloc_fault_disarm();
		free(log_capture_end());
		text = bed_samples(&b);
		assert_string_equal(text, "x_total{k=\"1\"} 7\ng{k=\"1\"} 5\n");
	}
	assert_true(nth > 30);
}

/* Scrapes hold the sum as they hold any snapshot. */
static void test_sum_of_instances__scraped(void **state)
{
	struct twin *one = add("/pins/a/m", 1), *two = add("/pins/b/m", 2);
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, ALL(COUNTER));
	assert_scraped(&r, "x_total{k=\"1\"} 3");
	twin_put(one, 1, 5);
	{
		_cleanup_(freep) char *text = scrape(&r);

		assert_line(text, "x_total{k=\"1\"} 7");
		assert_line(text, "bpfmap_instances{map=\"m\"} 2");
		assert_line(text, "bpfmap_series{map=\"m\",pin=\"/pins/a/m\"} 1");
		assert_line(text, "bpfmap_series{map=\"m\",pin=\"/pins/b/m\"} 1");
	}
	/* The first goes, whose place the sum was published in. */
	log_capture_begin();
	twin_set_pinned(one, false);
	twin_put(two, 1, 3);
	assert_scraped(&r, "x_total{k=\"1\"} 8");
	assert_scraped(&r, "bpfmap_instances{map=\"m\"} 1");
	free(log_capture_end());
}

/* One who holds an old sum does not keep others from a new one for long. */
static void test_sum_of_instances__old_sums_are_revoked(void **state)
{
	struct twin *t = add("/pins/a/m", 1);
	_cleanup_answer_ struct answer held = {0};
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/b/m", 2);
	rig_init(&r, "maps:\n"
		     "  - {name: m, pin: '/pins/*/m', key: u32, value: u64, instances: sum,\n"
		     "     refresh: 100ms, at_scrape: never, metrics: [" COUNTER "]}\n");
	assert_int_equal(ask(&r, &held, NULL, 10000), 0);
	pump_until(&r, atomic_load(&held.n_calls) == 1);
	assert_false(atomic_load(&held.exposition->revoked));
	twin_put(t, 1, 5);
	log_capture_begin();
	pump_until(&r, atomic_load(&held.exposition->revoked));
	free(log_capture_end());
	assert_scraped(&r, "x_total{k=\"1\"} 7");
}

/* Another map's series of the same name and labels count as duplicates of the first instance. */
static void test_sum_of_instances__duplicates(void **state)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/first", 100);
	add("/pins/a/m", 1);
	add("/pins/b/m", 2);
	rig_init(
		&r,
		"maps:\n" MAP(
			"first", "refresh: 1h",
			X_TOTAL) "  - {name: m, pin: '/pins/*/m', key: u32, value: u64, instances: sum,\n"
				 "     refresh: 1h, metrics: [" COUNTER "]}\n");
	assert_scraped(&r, "x_total{k=\"1\"} 100");
	for (int i = 0; i < 2; i++) {
		free(text);
		text = scrape(&r);
		assert_int_equal(text_count(text, "x_total{"), 1);
		assert_line(text, "bpfmap_series_dropped_total{map=\"m\",pin=\"/pins/a/m\",reason="
				  "\"duplicate\"} 1");
		assert_line(text, "bpfmap_series_dropped_total{map=\"m\",pin=\"/pins/b/m\",reason="
				  "\"duplicate\"} 0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_sum_of_instances__two_and_three),
		RIG_TEST(test_sum_of_instances__gauges),
		RIG_TEST(test_sum_of_instances__shared_captures),
		RIG_TEST(test_sum_of_instances__one_down),
		RIG_TEST(test_sum_of_instances__all_down),
		RIG_TEST(test_sum_of_instances__gone_for_good),
		RIG_TEST(test_sum_of_instances__replaced),
		RIG_TEST(test_sum_of_instances__other_bounds),
		RIG_TEST(test_sum_of_instances__limit),
		RIG_TEST(test_sum_of_instances__drained),
		RIG_TEST(test_sum_of_instances__without_memory),
		RIG_TEST(test_sum_of_instances__scraped),
		RIG_TEST(test_sum_of_instances__old_sums_are_revoked),
		RIG_TEST(test_sum_of_instances__duplicates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
