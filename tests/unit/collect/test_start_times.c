// SPDX-License-Identifier: GPL-2.0-only
/* Since when it counts what an instance, or a sum of them, shows. The wall clock is the test's
 * (--wrap). */
#include <time.h>

#include "rig.h"

#include "collect/self_metrics_internal.h"

#define NOW_NS	 UINT64_C(1700000000123456789)
#define AGO(s)	 (NOW_NS - (s)*NS_PER_S)
#define AHEAD(s) (NOW_NS + (s)*NS_PER_S)
#define BY_KEY	 "{name: x_total, type: counter, labels: {k: key}}"
#define ADDED	 "{name: x_total, type: counter}"
#define ONE(settings, metrics)                                                                \
	"maps: [{name: m, pin: /pins/a, key: u32, value: u64, " settings "metrics: [" metrics \
	"]}]\n"
#define SUM(metrics)                                                                                \
	"maps: [{name: m, pin: '/pins/*', key: u32, value: u64, instances: sum, metrics: [" metrics \
	"]}]\n"

static uint64_t wall_ns = NOW_NS;

int __real_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t);

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	if (id != CLOCK_REALTIME)
		return __real_clock_gettime(id, t);
	*t = (struct timespec){.tv_sec = (time_t)(wall_ns / NS_PER_S),
			       .tv_nsec = (long)(wall_ns % NS_PER_S)};
	return 0;
}

static int reset_clock(void **state)
{
	(void)state;
	wall_ns = NOW_NS;
	return 0;
}

static struct map_info pinned_at(uint64_t pinned_wall_ns)
{
	struct map_info info = twin_info();

	info.pinned_wall_ns = pinned_wall_ns;
	return info;
}

static struct twin *add_pinned(const char *pin, uint64_t pinned_wall_ns)
{
	struct map_info info = pinned_at(pinned_wall_ns);
	struct twin *t = twins_add(pin, &info);

	twin_put(t, 1, 5);
	return t;
}

static void replace(struct twin *t, uint64_t pinned_wall_ns)
{
	struct map_info info = pinned_at(pinned_wall_ns);

	twin_replace(t, &info);
	twin_put(t, 1, 3);
}

static uint64_t start_of(const struct bed *b, size_t metric)
{
	const struct snapshot *s = b->published->instances[0].snapshot;

	return series_set_start_ns(s, &s->sets[metric]);
}

/* A pass, and what the first metric of the first instance's snapshot says. */
static uint64_t start_after_pass(struct bed *b)
{
	free(bed_pass_log(b));
	assert_true(b->published->n > 0);
	assert_non_null(b->published->instances[0].snapshot);
	return start_of(b, 0);
}

static void test_start_times__of_pins(void **state)
{
	static const struct {
		uint64_t pinned, expected;
	} cases[] = {
		{AGO(60), AGO(60)}, {1, 1}, {0, 0}, {NOW_NS, NOW_NS}, {AHEAD(60), NOW_NS},
	};
	static const char *const maps[] = {
		ONE("", BY_KEY),
		ONE("", ADDED),
		ONE("evict_idle: 1h, ", BY_KEY),
		ONE("max_series: 1, on_limit: other, ", BY_KEY),
		"maps: [{name: m, pin: '/pins/*', key: u32, value: u64, labels: {p: $1}, "
		"metrics: [" BY_KEY "]}]\n",
		SUM(BY_KEY),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(maps); i++) {
		_cleanup_bed_ struct bed b;

		bed_init(&b, maps[i / ARRAY_SIZE(cases)]);
		add_pinned("/pins/a", cases[i % ARRAY_SIZE(cases)].pinned);
		for (int n_passes = 0; n_passes < 2; n_passes++)
			assert_int_equal(start_after_pass(&b),
					 cases[i % ARRAY_SIZE(cases)].expected);
	}
}

/* What was published does not change, though somebody still reads it. */
static void test_start_times__touched(void **state)
{
	static const char *const maps[] = {ONE("", BY_KEY), ONE("", ADDED)};
	static const uint64_t times[] = {AGO(30), AGO(90), 0, AGO(10)};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		_cleanup_(snapshot_unrefp) struct snapshot *first = NULL;
		_cleanup_bed_ struct bed b;
		struct twin *t;

		bed_init(&b, maps[i]);
		t = add_pinned("/pins/a", AGO(60));
		assert_int_equal(start_after_pass(&b), AGO(60));
		first = snapshot_ref(b.published->instances[0].snapshot);
		for (size_t j = 0; j < ARRAY_SIZE(times); j++) {
			twin_touch(t, times[j]);
			assert_int_equal(start_after_pass(&b), times[j]);
		}
		assert_int_equal(series_set_start_ns(first, &first->sets[0]), AGO(60));
	}
}

/* Series by key are the new map's; counts that go on began with the first of their maps. */
static void test_start_times__replaced(void **state)
{
	static const struct {
		const char *map;
		uint64_t second, third, touched;
	} cases[] = {
		{ONE("", BY_KEY), AGO(20), AGO(10), AGO(5)},
		{ONE("", ADDED), AGO(60), AGO(60), AGO(60)},
		/* what has no series of its own is in `other`, which goes on */
		{ONE("max_series: 1, on_limit: other, ", BY_KEY), AGO(60), AGO(60), AGO(60)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_bed_ struct bed b;
		struct twin *t;

		bed_init(&b, cases[i].map);
		t = add_pinned("/pins/a", AGO(60));
		assert_int_equal(start_after_pass(&b), AGO(60));
		replace(t, AGO(20));
		assert_int_equal(start_after_pass(&b), cases[i].second);
		replace(t, AGO(10));
		assert_int_equal(start_after_pass(&b), cases[i].third);
		twin_touch(t, AGO(5));
		assert_int_equal(start_after_pass(&b), cases[i].touched);
		replace(t, AGO(80));
		assert_int_equal(start_after_pass(&b), AGO(80));
	}
}

/* Each of a map's metrics says what is so of itself. */
static void test_start_times__replaced_beside_another(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, ONE("", BY_KEY ", {name: y_total, type: counter}"));
	t = add_pinned("/pins/a", AGO(60));
	for (int n_passes = 0; n_passes < 2; n_passes++) {
		assert_int_equal(start_after_pass(&b), AGO(60));
		assert_int_equal(start_of(&b, 1), AGO(60));
	}
	replace(t, AGO(20));
	for (int n_passes = 0; n_passes < 2; n_passes++) {
		assert_int_equal(start_after_pass(&b), AGO(20));
		assert_int_equal(start_of(&b, 1), AGO(60));
	}
}

/* Of another shape nothing goes on. */
static void test_start_times__reshaped(void **state)
{
	struct layout *other = scalar(8);
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, "maps: [{name: m, pin: /pins/a, key: u32, metrics: [" ADDED "]}]\n");
	t = add_pinned("/pins/a", AGO(60));
	twin_set_layouts(t, NULL, scalar(8));
	assert_int_equal(start_after_pass(&b), AGO(60));
	replace(t, AGO(20));
	twin_set_layouts(t, NULL, scalar(8));
	assert_int_equal(start_after_pass(&b), AGO(60));
	replace(t, AGO(10));
	other->root.kind = FIELD_SINT;
	twin_set_layouts(t, NULL, other);
	assert_int_equal(start_after_pass(&b), AGO(10));
}

/* Under another name a map's counts go on, and so does when those of the maps before it began. */
static void test_start_times__renamed(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;
	struct map_info same;

	(void)state;
	bed_init(&b, "maps: [{name: m, pin: '/pins/*', key: u32, value: u64, labels: {p: $1}, "
		     "metrics: [" ADDED "]}]\n");
	t = add_pinned("/pins/a", AGO(60));
	assert_int_equal(start_after_pass(&b), AGO(60));
	same = pinned_at(AGO(20));
	twin_replace(t, &same);
	twin_put(t, 1, 1);
	assert_int_equal(start_after_pass(&b), AGO(60));
	twin_set_pinned(t, false);
	bed_pass(&b);
	assert_int_equal(b.published->n, 0);
	same.pinned_wall_ns = AGO(10);
	twin_put(twins_add("/pins/b", &same), 1, 1);
	bed_expect(&b, "x_total{p=\"b\"} 6\n");
	assert_int_equal(start_of(&b, 0), AGO(60));
}

/* Totals are ours: they begin when the first drain does, and with another layout anew. */
static void test_start_times__drained(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info other = pinned_at(AGO(10));
	struct twin *t;

	(void)state;
	bed_init(&b, "maps: [{name: m, pin: /pins/a, read: drain, metrics: [" BY_KEY "]}]\n");
	t = add_pinned("/pins/a", AGO(60));
	twin_set_layouts(t, scalar(4), scalar(8));
	assert_int_equal(start_after_pass(&b), NOW_NS);
	wall_ns = AHEAD(5);
	replace(t, AGO(20));
	twin_set_layouts(t, scalar(4), scalar(8));
	assert_int_equal(start_after_pass(&b), NOW_NS);
	twin_set_pinned(t, false);
	assert_int_equal(start_after_pass(&b), NOW_NS);
	twin_set_pinned(t, true);
	wall_ns = AGO(5); /* set back */
	assert_int_equal(start_after_pass(&b), AGO(5));
	wall_ns = AHEAD(30);
	assert_int_equal(start_after_pass(&b), NOW_NS);
	other.key_size = 8;
	twin_replace(t, &other);
	twin_set_layouts(t, scalar(8), scalar(8));
	assert_int_equal(start_after_pass(&b), AHEAD(30));
}

/* The earliest that was ever in the sum, as far as it is known. */
static void test_start_times__sum(void **state)
{
	static const struct memory_source_faults fails = {.after_batches_err = -EIO};
	_cleanup_bed_ struct bed b;
	struct twin *unknown, *oldest, *young;

	(void)state;
	bed_init(&b, SUM(BY_KEY));
	unknown = add_pinned("/pins/c", 0);
	assert_int_equal(start_after_pass(&b), 0);
	young = add_pinned("/pins/b", AGO(20));
	assert_int_equal(start_after_pass(&b), AGO(20));
	oldest = add_pinned("/pins/a", AGO(60));
	assert_int_equal(start_after_pass(&b), AGO(60));
	twin_set_faults(oldest, &fails);
	assert_int_equal(start_after_pass(&b), AGO(60));
	twin_set_pinned(oldest, false);
	assert_int_equal(start_after_pass(&b), AGO(60));
	twin_touch(young, AGO(2));
	assert_int_equal(start_after_pass(&b), AGO(60));
	twin_set_pinned(young, false);
	assert_int_equal(start_after_pass(&b), AGO(60));
	replace(unknown, AGO(90));
	assert_int_equal(start_after_pass(&b), AGO(90));
	twin_set_faults(unknown, &fails);
	wall_ns = AGO(100); /* set back */
	assert_int_equal(start_after_pass(&b), AGO(100));
}

/* Touched while it is read, a part is older than before; younger, the sum stays what it was. */
static void test_start_times__touched_in_sum(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, SUM(BY_KEY));
	t = add_pinned("/pins/a", AGO(60));
	assert_int_equal(start_after_pass(&b), AGO(60));
	twin_touch(t, AGO(10));
	assert_int_equal(start_after_pass(&b), AGO(60));
	twin_touch(t, AGO(70));
	assert_int_equal(start_after_pass(&b), AGO(70));
}

/* Of those for which there is no room any more. */
static void test_start_times__residue(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, SUM(BY_KEY));
	b.reader.parking.max = 1;
	t = add_pinned("/pins/a", AGO(60));
	assert_int_equal(start_after_pass(&b), AGO(60));
	for (uint64_t n = 1; n <= 4; n++) {
		replace(t, AGO(30 - n));
		assert_int_equal(start_after_pass(&b), AGO(60));
	}
	assert_non_null(b.reader.parking.residue);
	assert_int_equal(b.reader.parking.residue->start_wall_ns, AGO(60));
}

/* The exporter's own metrics begin with it; who knows when the programs did. */
static void test_start_times__self(void **state)
{
	const struct collector_options options = {.glob = twins_glob};
	const struct exporter_counters counters = {0};
	_cleanup_(snapshot_unrefp) struct snapshot *maps = map_metrics_new(NULL, 0);
	_cleanup_(snapshot_unrefp) struct snapshot *process = process_metrics_new(&counters);
	_cleanup_(snapshot_unrefp) struct snapshot *programs = program_metrics_new(&options);
	struct timespec t;
	uint64_t booted_ns;
	size_t i = 0;

	(void)state;
	assert_non_null(maps);
	assert_non_null(process);
	assert_non_null(programs);
	while (strcmp(process->sets[i].family->name, "process_start_time_seconds") != 0)
		assert_true(++i < process->n_sets);
	__real_clock_gettime(CLOCK_BOOTTIME, &t);
	booted_ns = NOW_NS - ((uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec);
	assert_true(process->start_wall_ns > booted_ns && process->start_wall_ns <= NOW_NS);
	assert_true(process->start_wall_ns > AGO(300));
	assert_int_equal(process->sets[i].values.low[0], process->start_wall_ns);
	assert_int_equal(maps->start_wall_ns, process->start_wall_ns);
	assert_int_equal(programs->start_wall_ns, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reset_clock, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_start_times__of_pins),
		TEST(test_start_times__touched),
		TEST(test_start_times__replaced),
		TEST(test_start_times__replaced_beside_another),
		TEST(test_start_times__reshaped),
		TEST(test_start_times__renamed),
		TEST(test_start_times__drained),
		TEST(test_start_times__sum),
		TEST(test_start_times__touched_in_sum),
		TEST(test_start_times__residue),
		TEST(test_start_times__self),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
