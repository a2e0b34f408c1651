// SPDX-License-Identifier: GPL-2.0-only
/* Patterns: instances come and go with the pins, in their order, with what the `*` stood for. */
#include "bed.h"

#define PATTERN                                 \
	"maps:\n"                               \
	"  - name: m\n"                         \
	"    pin: /pins/*/m\n"                  \
	"    key: u32\n"                        \
	"    value: u64\n"                      \
	"    labels: {device: $1, pin: $pin}\n" \
	"    metrics: [{name: x_total, type: counter, labels: {k: key}}]\n"

static struct twin *add(const char *pin, uint64_t value)
{
	struct map_info info = twin_info();
	struct twin *t = twins_add(pin, &info);

	twin_put(t, 1, value);
	return t;
}

static void test_map_pass__matches_come_and_go(void **state)
{
	_cleanup_(freep) char *none = NULL, *one = NULL, *three = NULL, *two = NULL;
	_cleanup_bed_ struct bed b;
	struct twin *middle;

	(void)state;
	bed_init(&b, PATTERN);
	none = bed_pass_text(&b);
	assert_string_equal(none, "");
	assert_int_equal(b.published->n, 0);

	middle = add("/pins/eth1/m", 1);
	one = bed_pass_text(&b);
	assert_line(one, "x_total{device=\"eth1\",pin=\"/pins/eth1/m\",k=\"1\"} 1");

	add("/pins/eth2/m", 2);
	add("/pins/eth0/m", 3);
	add("/pins/eth0/other", 4);
	three = bed_pass_text(&b);
	assert_int_equal(b.published->n, 3);
	assert_string_equal(b.published->instances[0].status.pin, "/pins/eth0/m");
	assert_string_equal(b.published->instances[1].status.pin, "/pins/eth1/m");
	assert_string_equal(b.published->instances[2].status.pin, "/pins/eth2/m");
	assert_int_equal(b.published->instances[1].status.n_reads, 2);
	assert_int_equal(text_count(three, "x_total{"), 3);

	twin_set_pinned(middle, false);
	two = bed_pass_text(&b);
	assert_int_equal(b.published->n, 2);
	assert_no_text(two, "eth1");
	assert_line(two, "x_total{device=\"eth2\",pin=\"/pins/eth2/m\",k=\"1\"} 2");
	assert_int_equal(b.published->instances[1].status.n_reads, 2);
}

/* Drained totals exist nowhere else: they stay without the pin, and go on when it is back. */
static void test_map_pass__totals_outlive_their_pin(void **state)
{
	_cleanup_(freep) char *before = NULL, *without = NULL, *after = NULL;
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, PATTERN "    read: drain\n");
	t = add("/pins/a/m", 70);
	add("/pins/b/m", 1);
	before = bed_pass_text(&b);
	assert_line(before, "x_total{device=\"a\",pin=\"/pins/a/m\",k=\"1\"} 70");

	twin_set_pinned(t, false);
	log_capture_begin();
	without = bed_pass_text(&b);
	free(log_capture_end());
	assert_line(without, "x_total{device=\"a\",pin=\"/pins/a/m\",k=\"1\"} 70");
	assert_int_equal(b.published->n, 2);
	assert_int_equal(b.published->n_matches, 1);
	assert_false(b.published->instances[0].status.is_up);

	twin_set_pinned(t, true);
	twin_put(t, 1, 7);
	log_capture_begin();
	after = bed_pass_text(&b);
	free(log_capture_end());
	assert_line(after, "x_total{device=\"a\",pin=\"/pins/a/m\",k=\"1\"} 77");
	assert_true(b.published->instances[0].status.is_up);
}

/* A folder that cannot be listed: said once; what could be found is read all the same. */
static void test_map_pass__denied(void **state)
{
	_cleanup_(freep) char *log = NULL, *later = NULL, *again = NULL;
	_cleanup_bed_ struct bed b;

	(void)state;
	bed_init(&b, PATTERN);
	add("/pins/a/m", 1);
	twins_set_glob_error(-EACCES);
	log = bed_pass_log(&b);
	assert_int_equal(text_count(log, "\n"), 1);
	assert_non_null(strstr(log, "cannot be searched"));
	assert_int_equal(b.published->n, 1);
	assert_true(bed_status(&b)->is_up);
	later = bed_pass_log(&b);
	assert_string_equal(later, "");
	twins_set_glob_error(0);
	bed_pass(&b);
	twins_set_glob_error(-EACCES);
	again = bed_pass_log(&b);
	assert_int_equal(text_count(again, "\n"), 1);
}

/* One bad instance harms none of the others. */
static void test_map_pass__one_bad(void **state)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_bed_ struct bed b;
	struct twin *bad;

	(void)state;
	bed_init(&b, PATTERN);
	add("/pins/a/m", 1);
	bad = add("/pins/b/m", 1);
	add("/pins/c/m", 1);
	twin_set_open_error(bad, -EACCES);
	log_capture_begin();
	text = bed_pass_text(&b);
	free(log_capture_end());
	assert_int_equal(text_count(text, "x_total{"), 2);
	assert_true(b.published->instances[0].status.is_up);
	assert_false(b.published->instances[1].status.is_up);
	assert_true(b.published->instances[2].status.is_up);
}

static void test_map_pass__without_memory(void **state)
{
	(void)state;
	for (long nth = 0;; nth++) {
		_cleanup_(freep) char *text = NULL;
		_cleanup_bed_ struct bed b;
		bool struck = false;

		bed_init(&b, PATTERN);
		add("/pins/b/m", 1);
		log_capture_begin();
		for (int i = 0; i < 2; i++) {
			alloc_fault_arm(nth);
			published_free(map_reader_pass(&b.reader));
			struck |= alloc_fault_disarm();
			add(i ? "/pins/c/m" : "/pins/a/m", 1);
		}
		text = bed_pass_text(&b);
		free(log_capture_end());
		assert_int_equal(text_count(text, "x_total{"), 3);
		if (!struck) {
			assert_true(nth > 20);
			break;
		}
	}
}

static void test_map_reader_init__no_memory(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_reader r;

	(void)state;
	bed_init(&b, PATTERN);
	alloc_fault_arm(0);
	assert_int_equal(
		map_reader_init(&r, &b.options, &b.config->maps[0], b.reader.class.families),
		-ENOMEM);
	assert_true(alloc_fault_disarm());
	map_reader_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_pass__matches_come_and_go),
		cmocka_unit_test(test_map_pass__totals_outlive_their_pin),
		cmocka_unit_test(test_map_pass__denied),
		cmocka_unit_test(test_map_pass__one_bad),
		cmocka_unit_test(test_map_pass__without_memory),
		cmocka_unit_test(test_map_reader_init__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
