// SPDX-License-Identifier: GPL-2.0-only
/* A map whose idle keys are deleted, pass by pass: what is shown, counted and said. */
#include <time.h>

#include "bed.h"

#define ALL                                                                                       \
	"maps: [{name: m, pin: '/pins/*', key: u32, value: u64, evict_idle: 1s, instances: sum, " \
	"metrics: [{name: x_total, type: counter}]}]\n"
#define ONE_MAP                                                                          \
	"maps: [{name: m, pin: /pins/m, key: u32, value: u64, evict_idle: 1s, metrics: " \
	"[{name: x_total, type: counter, labels: {k: key}}]}]\n"
#define SUM                                                                              \
	"maps: [{name: m, pin: /pins/m, key: u32, value: u64, evict_idle: 1s, metrics: " \
	"[{name: x_total, type: counter}, {name: g, type: gauge}]}]\n"

/* Idle is what did not change since the pass before. */
static struct twin *begin(struct bed *b, const char *text)
{
	struct map_info info = twin_info();

	bed_init(b, text);
	b->config->maps[0].evict_idle_ns = 1;
	return twins_add("/pins/m", &info);
}

static void test_evicting__shown_once_more(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, ONE_MAP);
	twin_put(t, 1, 10);
	twin_put(t, 2, 20);
	bed_expect(&b, "x_total{k=\"1\"} 10\nx_total{k=\"2\"} 20\n");
	assert_true(twin_was_opened_writable(t));
	assert_int_equal(bed_status(&b)->n_evicted, 0);
	twin_put(t, 1, 11);
	bed_expect(&b, "x_total{k=\"1\"} 11\nx_total{k=\"2\"} 20\n");
	assert_int_equal(twin_n_entries(t), 1);
	assert_int_equal(bed_status(&b)->n_evicted, 1);
	assert_int_equal(bed_status(&b)->n_entries, 2);
	twin_put(t, 1, 12);
	bed_expect(&b, "x_total{k=\"1\"} 12\n");
	twin_put(t, 2, 20); /* another key with the same name */
	bed_expect(&b, "x_total{k=\"2\"} 20\nx_total{k=\"1\"} 12\n");
	assert_int_equal(twin_n_entries(t), 1);
	assert_int_equal(bed_status(&b)->n_evicted, 2);
	bed_expect(&b, "x_total{k=\"2\"} 20\n");
	bed_expect(&b, "");
	assert_int_equal(bed_status(&b)->n_evicted, 3);
	assert_true(bed_status(&b)->is_up);
}

static void test_evicting__without_it_nothing_is_deleted(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, ONE_MAP);
	b.config->maps[0].evict_idle_ns = 0;
	twin_put(t, 1, 10);
	for (int i = 0; i < 3; i++)
		bed_expect(&b, "x_total{k=\"1\"} 10\n");
	assert_int_equal(twin_n_entries(t), 1);
	assert_false(twin_was_opened_writable(t));
}

/* In a map whose entries no metric looks at. */
static void test_evicting__without_metrics(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, "maps: [{name: m, pin: /pins/m, evict_idle: 1s}]\n");
	twin_put(t, 1, 10);
	bed_pass(&b);
	assert_int_equal(bed_status(&b)->n_entries, 1);
	bed_pass(&b);
	assert_int_equal(bed_status(&b)->n_evicted, 1);
	assert_int_equal(twin_n_entries(t), 0);
}

/* Twins whose takes take their time, and in which somebody counts meanwhile. */
static struct {
	struct map_source_ops ops;
	int (*take)(struct map_source *s, const void *key, void *values, struct err *e);
	struct twin *twin;
	uint64_t counted; /* in each entry that is going to be taken */
	long ms;	  /* that it takes */
} slow;

static int slow_take(struct map_source *s, const void *key, void *values, struct err *e)
{
	const struct timespec time = {.tv_nsec = slow.ms * (long)NS_PER_MS};
	uint32_t k;

	memcpy(&k, key, sizeof(k));
	if (slow.counted)
		twin_put(slow.twin, k, slow.counted);
	nanosleep(&time, NULL);
	return slow.take(s, key, values, e);
}

static int slow_open(const char *pin, bool writable, struct map_source **ret_source, struct err *e)
{
	int r = twins_open(pin, writable, ret_source, e);

	if (r)
		return r;
	slow.ops = *(*ret_source)->ops;
	slow.take = slow.ops.take;
	slow.ops.take = slow_take;
	(*ret_source)->ops = &slow.ops;
	return 0;
}

static void test_evicting__counted_meanwhile(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, ONE_MAP);
	slow.twin = t;
	slow.counted = 15;
	slow.ms = 0;
	b.options.open = slow_open;
	twin_put(t, 1, 10);
	bed_expect(&b, "x_total{k=\"1\"} 10\n");
	bed_expect(&b, "x_total{k=\"1\"} 15\n");
	assert_int_equal(twin_n_entries(t), 0);
	bed_expect(&b, "");
}

/* What was deleted is shown, however late it is; what is left waits for the next pass. */
static void test_evicting__deadline(void **state)
{
	_cleanup_(freep) char *log = NULL;
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, SUM);
	slow.twin = t;
	slow.counted = 100;
	slow.ms = 60;
	b.options.open = slow_open;
	b.config->read_timeout_ns = 50 * NS_PER_MS;
	for (uint32_t key = 1; key <= 3; key++)
		twin_put(t, key, key);
	bed_expect(&b, "x_total 6\ng 6\n");
	bed_expect(&b, "x_total 105\ng 105\n");
	assert_true(bed_status(&b)->is_up);
	assert_int_equal(bed_status(&b)->n_evicted, 1);
	assert_int_equal(twin_n_entries(t), 2);
	log = bed_pass_log(&b);
	assert_string_equal(log, "");
	assert_int_equal(bed_status(&b)->n_evicted, 2);
	bed_expect(&b, "x_total 300\ng 100\n");
	assert_int_equal(twin_n_entries(t), 0);
}

/* Sums keep what went, with the last value; who comes back counts anew. */
static void test_evicting__sums(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, SUM);
	twin_put(t, 1, 10);
	twin_put(t, 2, 20);
	bed_expect(&b, "x_total 30\ng 30\n");
	twin_put(t, 1, 11);
	bed_expect(&b, "x_total 31\ng 31\n");
	twin_put(t, 1, 12);
	bed_expect(&b, "x_total 32\ng 12\n");
	twin_put(t, 2, 3);
	bed_expect(&b, "x_total 35\ng 15\n");
	assert_int_equal(bed_status(&b)->n_evicted, 2);
	/* One that is back with more than it had is counted whole. */
	twin_put(t, 1, 100);
	bed_expect(&b, "x_total 135\ng 103\n");
}

/* Said once, counted at each pass, and read all the same. */
static void test_evicting__refused(void **state)
{
	static const int codes[] = {-EPERM, -EBUSY};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		const struct memory_source_faults refuses = {.take = codes[i]}, none = {0};
		_cleanup_bed_ struct bed b;
		struct twin *t;

		t = begin(&b, ONE_MAP);
		twin_put(t, 1, 10);
		twin_put(t, 2, 20);
		twin_set_faults(t, &refuses);
		bed_expect(&b, "x_total{k=\"1\"} 10\nx_total{k=\"2\"} 20\n");
		for (uint64_t n = 1; n <= 3; n++) {
			_cleanup_(freep) char *log = bed_pass_log(&b);

			assert_int_equal(text_count(log, "\n"), n == 1);
			assert_int_equal(text_count(log, "reason=evict"), n == 1);
			assert_true(bed_status(&b)->is_up);
			assert_int_equal(bed_status(&b)->n_failures[MAP_FAILURE_EVICT], n);
			assert_int_equal(bed_status(&b)->n_evicted, 0);
			assert_int_equal(bed_status(&b)->n_entries, 2);
		}
		bed_expect(&b, "x_total{k=\"1\"} 10\nx_total{k=\"2\"} 20\n");
		twin_set_faults(t, &none);
		bed_expect(&b, "x_total{k=\"1\"} 10\nx_total{k=\"2\"} 20\n");
		assert_int_equal(bed_status(&b)->n_evicted, 2);
		bed_expect(&b, "");
		/* When it refuses again, that is said again. */
		twin_put(t, 3, 30);
		bed_expect(&b, "x_total{k=\"3\"} 30\n");
		twin_set_faults(t, &refuses);
		{
			_cleanup_(freep) char *log = bed_pass_log(&b);

			assert_int_equal(text_count(log, "reason=evict"), 1);
		}
	}
}

static void test_evicting__not_writable(void **state)
{
	static const int codes[] = {-EACCES, -EPERM};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		_cleanup_(freep) char *log = NULL;
		_cleanup_bed_ struct bed b;
		struct twin *t;

		t = begin(&b, ONE_MAP);
		twin_put(t, 1, 10);
		twin_set_open_error(t, codes[i]);
		log = bed_pass_log(&b);
		assert_int_equal(text_count(log, "\n"), 1);
		assert_non_null(strstr(log, "evict_idle deletes from the map"));
		assert_non_null(strstr(log, "reason=permission"));
		assert_false(bed_status(&b)->is_up);
		assert_int_equal(bed_status(&b)->n_failures[MAP_FAILURE_PERMISSION], 1);
		twin_set_open_error(t, 0);
		bed_expect(&b, "x_total{k=\"1\"} 10\n");
	}
}

/* Another map, whatever is in it, is new. */
static void test_evicting__replaced(void **state)
{
	struct map_info other;
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, ONE_MAP);
	twin_put(t, 1, 10);
	bed_expect(&b, "x_total{k=\"1\"} 10\n");
	other = twin_info();
	twin_replace(t, &other);
	twin_put(t, 1, 10);
	bed_expect(&b, "x_total{k=\"1\"} 10\n");
	assert_int_equal(bed_status(&b)->n_evicted, 0);
	assert_int_equal(twin_n_entries(t), 1);
	bed_expect(&b, "x_total{k=\"1\"} 10\n");
	assert_int_equal(bed_status(&b)->n_evicted, 1);
}

/* A pass that fails deletes nothing, and does not make a key younger. */
static void test_evicting__failed_read(void **state)
{
	const struct memory_source_faults none = {0};
	const struct memory_source_faults fails = {
		.after_batches_err = -EIO, .n_batches = 1, .batch_size = 1};
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	t = begin(&b, ONE_MAP);
	twin_put(t, 1, 10);
	twin_put(t, 2, 20);
	bed_expect(&b, "x_total{k=\"1\"} 10\nx_total{k=\"2\"} 20\n");
	twin_set_faults(t, &fails);
	bed_expect(&b, "");
	twin_set_faults(t, &none);
	assert_int_equal(twin_n_entries(t), 2);
	bed_expect(&b, "x_total{k=\"1\"} 10\nx_total{k=\"2\"} 20\n");
	assert_int_equal(twin_n_entries(t), 0);
}

/* Each map has its own times, and all are in the sum. */
static void test_evicting__sum_of_instances(void **state)
{
	struct map_info info;
	_cleanup_bed_ struct bed b;
	struct twin *one, *two;

	(void)state;
	bed_init(&b, ALL);
	b.config->maps[0].evict_idle_ns = 1;
	info = twin_info();
	one = twins_add("/pins/a", &info);
	info = twin_info();
	two = twins_add("/pins/b", &info);
	twin_put(one, 1, 1);
	twin_put(two, 1, 2);
	bed_expect(&b, "x_total 3\n");
	twin_put(one, 1, 5);
	bed_expect(&b, "x_total 7\n");
	assert_int_equal(twin_n_entries(one), 1);
	assert_int_equal(twin_n_entries(two), 0);
	twin_put(two, 1, 1);
	bed_expect(&b, "x_total 8\n");
	bed_expect(&b, "x_total 8\n");
}

/* Sums have everything, whatever allocation fails. */
static void test_evicting__without_memory(void **state)
{
	bool struck = true;
	long nth = 0;

	(void)state;
	for (; struck; nth++) {
		_cleanup_bed_ struct bed b;
		struct twin *t;

		t = begin(&b, SUM);
		for (uint32_t key = 1; key <= 32; key++)
			twin_put(t, key, key);
		bed_expect(&b, "x_total 528\ng 528\n");
		log_capture_begin();
		alloc_fault_arm(nth);
		published_free(map_reader_pass(&b.reader));
		struck = alloc_fault_disarm();
		free(log_capture_end());
		free(bed_samples(&b));
		bed_expect(&b, "x_total 528\ng 0\n");
		assert_int_equal(twin_n_entries(t), 0);
		assert_int_equal(bed_status(&b)->n_evicted, 32);
	}
	assert_true(nth > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_evicting__shown_once_more),
		cmocka_unit_test(test_evicting__without_it_nothing_is_deleted),
		cmocka_unit_test(test_evicting__without_metrics),
		cmocka_unit_test(test_evicting__counted_meanwhile),
		cmocka_unit_test(test_evicting__deadline),
		cmocka_unit_test(test_evicting__sums),
		cmocka_unit_test(test_evicting__refused),
		cmocka_unit_test(test_evicting__not_writable),
		cmocka_unit_test(test_evicting__replaced),
		cmocka_unit_test(test_evicting__failed_read),
		cmocka_unit_test(test_evicting__sum_of_instances),
		cmocka_unit_test(test_evicting__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
