// SPDX-License-Identifier: GPL-2.0-only
/* The life of one pinned map: found, read, failing, gone, replaced. */
#include "bed.h"

#define ONE_MAP                                                      \
	"maps:\n"                                                    \
	"  - name: m\n"                                              \
	"    pin: /pins/m\n"                                         \
	"    key: u32\n"                                             \
	"    value: u64\n"                                           \
	"    metrics:\n"                                             \
	"      - {name: x_total, type: counter, labels: {k: key}}\n" \
	"      - {name: y_total, type: counter, labels: {k: key}, skip_zero: true}\n"

static void test_instance__read(void **state)
{
	_cleanup_bed_ struct bed b;
	_cleanup_(freep) char *text = NULL;
	struct map_info info = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, ONE_MAP);
	t = twins_add("/pins/m", &info);
	twin_put(t, 1, 0);
	twin_put(t, 2, UINT64_MAX);
	text = bed_pass_text(&b);
	assert_line(text, "x_total{k=\"1\"} 0");
	assert_line(text, "x_total{k=\"2\"} 18446744073709551615");
	assert_line(text, "y_total{k=\"2\"} 18446744073709551615");
	assert_no_text(text, "y_total{k=\"1\"}");
	assert_true(bed_status(&b)->is_up);
	assert_true(bed_status(&b)->is_open);
	assert_int_equal(bed_status(&b)->info.id, info.id);
	assert_int_equal(bed_status(&b)->n_entries, 2);
	assert_int_equal(bed_status(&b)->n_series, 3);
	assert_int_equal(bed_status(&b)->n_reads, 1);
	assert_true(bed_status(&b)->last_read_wall_ns > 0);
	assert_false(twin_was_opened_writable(t));
}

/* Each way to fail: its reason, logged at the first of three passes, then well again, which is
 * said. */
static void test_instance__failures(void **state)
{
	static const struct {
		const char *name;
		bool unpinned;
		int open_error, check, read_error;
		enum map_failure failure;
	} cases[] = {
		{"unpinned", true, 0, 0, 0, MAP_FAILURE_MISSING},
		{"gone", false, 0, MAP_SOURCE_GONE, 0, MAP_FAILURE_MISSING},
		{"not to be opened", false, -EACCES, 0, 0, MAP_FAILURE_PERMISSION},
		{"denied", false, -EPERM, 0, 0, MAP_FAILURE_PERMISSION},
		{"a program", false, -EMEDIUMTYPE, 0, 0, MAP_FAILURE_TYPE},
		{"a folder", false, -EISDIR, 0, 0, MAP_FAILURE_TYPE},
		{"not readable", false, 0, 0, -EOPNOTSUPP, MAP_FAILURE_TYPE},
		{"slow", false, 0, 0, -ETIMEDOUT, MAP_FAILURE_TIMEOUT},
		{"no memory", false, 0, 0, -ENOMEM, MAP_FAILURE_MEMORY},
		{"broken", false, 0, 0, -EIO, MAP_FAILURE_READ},
		{"check denied", false, 0, -EACCES, 0, MAP_FAILURE_PERMISSION},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct memory_source_faults none = {0};
		struct memory_source_faults faults = {.check = cases[i].check,
						      .after_batches_err = cases[i].read_error};
		_cleanup_(freep) char *log = NULL, *later = NULL, *again = NULL, *text = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = twin_info();
		struct twin *t;
		uint64_t n_before;

		bed_init(&b, ONE_MAP);
		t = twins_add("/pins/m", &info);
		twin_put(t, 1, 7);
		bed_pass(&b);
		assert_true(bed_status(&b)->is_up);

		twin_set_pinned(t, !cases[i].unpinned);
		twin_set_open_error(t, cases[i].open_error);
		if (cases[i].open_error) /* it is opened anew only when it was lost */
			faults.check = MAP_SOURCE_REPLACED;
		twin_set_faults(t, &faults);
		log = bed_pass_log(&b);
		if (text_count(log, "level=warn") != 1)
			fail_msg("%s: %s", cases[i].name, log);
		assert_non_null(strstr(log, map_failure_name(cases[i].failure)));
		assert_non_null(strstr(log, "/pins/m"));
		assert_false(bed_status(&b)->is_up);
		assert_null(b.published->instances[0].snapshot);
		assert_int_equal(bed_status(&b)->n_series, 0);
		assert_false(bed_status(&b)->is_counted);
		n_before = bed_status(&b)->n_failures[cases[i].failure];
		assert_int_equal(n_before, 1);

		/* A source that is told to say GONE is closed, and there again at the next pass. */
		if (!cases[i].check) {
			log_capture_begin();
			bed_pass(&b);
			bed_pass(&b);
			later = log_capture_end();
			assert_string_equal(later, "");
			assert_int_equal(bed_status(&b)->n_failures[cases[i].failure], 3);
			assert_false(bed_status(&b)->is_up);
		}
		twin_set_pinned(t, true);
		twin_set_open_error(t, 0);
		twin_set_faults(t, &none);
		again = bed_pass_log(&b);
		if (text_count(again, "level=info msg=\"the map is read again\"") != 1)
			fail_msg("%s: %s", cases[i].name, again);
		assert_true(bed_status(&b)->is_up);
		text = bed_pass_text(&b);
		assert_line(text, "x_total{k=\"1\"} 7");
	}
}

static void test_instance__missing_at_start(void **state)
{
	_cleanup_(freep) char *log = NULL, *text = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();

	(void)state;
	bed_init(&b, ONE_MAP);
	log = bed_pass_log(&b);
	assert_int_equal(text_count(log, "\n"), 1);
	assert_int_equal(b.published->n, 1);
	assert_false(bed_status(&b)->is_up);
	assert_false(bed_status(&b)->is_open);
	twin_put(twins_add("/pins/m", &info), 3, 4);
	text = bed_pass_text(&b);
	assert_line(text, "x_total{k=\"3\"} 4");
}

static void test_instance__a_key_comes_and_goes(void **state)
{
	_cleanup_(freep) char *first = NULL, *second = NULL, *third = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, ONE_MAP);
	t = twins_add("/pins/m", &info);
	twin_put(t, 1, 1);
	twin_put(t, 2, 2);
	first = bed_pass_text(&b);
	assert_line(first, "x_total{k=\"2\"} 2");
	twin_remove(t, 1);
	second = bed_pass_text(&b);
	assert_no_text(second, "k=\"1\"");
	assert_line(second, "x_total{k=\"2\"} 2");
	twin_put(t, 1, 5);
	third = bed_pass_text(&b);
	assert_line(third, "x_total{k=\"1\"} 5");
}

static void test_instance__replaced(void **state)
{
	_cleanup_(freep) char *log = NULL, *text = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info(), other = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, ONE_MAP);
	t = twins_add("/pins/m", &info);
	twin_put(t, 1, 100);
	bed_pass(&b);
	other.max_entries = 7;
	twin_replace(t, &other);
	twin_put(t, 2, 1);
	log = bed_pass_log(&b);
	assert_int_equal(text_count(log, "\n"), 1);
	assert_non_null(strstr(log, "another map now"));
	assert_int_equal(bed_status(&b)->n_reopens, 1);
	assert_int_equal(bed_status(&b)->info.id, other.id);
	assert_int_equal(bed_status(&b)->info.max_entries, 7);
	text = bed_pass_text(&b);
	assert_line(text, "x_total{k=\"2\"} 1");
	assert_no_text(text, "k=\"1\"");
	assert_int_equal(bed_status(&b)->n_reopens, 1);
}

/* Replaced by one that the configuration does not fit, and by one that it fits again. */
static void test_instance__plan_that_does_not_fit(void **state)
{
	_cleanup_(freep) char *log = NULL, *later = NULL, *text = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info(), wide = twin_info(), again = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, ONE_MAP);
	t = twins_add("/pins/m", &info);
	bed_pass(&b);
	wide.key_size = 8;
	twin_replace(t, &wide);
	log = bed_pass_log(&b);
	assert_int_equal(text_count(log, "level=warn"), 1);
	assert_non_null(strstr(log, "test.yml:4:"));
	assert_non_null(strstr(log, "reason=layout"));
	assert_false(bed_status(&b)->is_up);
	assert_true(bed_status(&b)->is_open);
	later = bed_pass_log(&b);
	assert_string_equal(later, "");
	assert_int_equal(bed_status(&b)->n_failures[MAP_FAILURE_LAYOUT], 2);
	twin_replace(t, &again);
	twin_put(t, 9, 9);
	text = bed_pass_text(&b);
	assert_line(text, "x_total{k=\"9\"} 9");
	assert_int_equal(bed_status(&b)->n_reopens, 2);
}

static struct layout *scalar_of(enum field_kind kind, uint32_t size)
{
	struct layout *l = scalar(size);

	l->root.kind = kind;
	return l;
}

/* The same bytes under another layout: nothing of what was shown before is taken over. */
static void test_instance__replaced_by_another_layout(void **state)
{
	static const struct {
		enum field_kind kind;
		uint32_t size;
		const char *line;
	} cases[] = {
		{FIELD_SINT, 4, "x_total{k=\"-1\"} 1"},
		{FIELD_UINT, 8, "x_total{k=\"18446744073709551615\"} 1"},
		{FIELD_UINT, 2, "x_total{k=\"65535\"} 1"},
		{FIELD_UINT, 4, "x_total{k=\"4294967295\"} 1"},
	};
	static const uint64_t ones = UINT64_MAX, one = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *before = NULL, *after = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = twin_info(), other = twin_info();
		struct twin *t;

		bed_init(&b, "maps:\n"
			     "  - name: m\n"
			     "    pin: /pins/m\n"
			     "    metrics: [{name: x_total, type: counter, labels: {k: key}}]\n");
		t = twins_add("/pins/m", &info);
		twin_set_layouts(t, scalar(4), scalar(8));
		twin_put_pair(t, &ones, &one);
		before = bed_pass_text(&b);
		assert_line(before, "x_total{k=\"4294967295\"} 1");
		other.key_size = cases[i].size;
		twin_replace(t, &other);
		twin_set_layouts(t, scalar_of(cases[i].kind, cases[i].size), scalar(8));
		twin_put_pair(t, &ones, &one);
		after = bed_pass_text(&b);
		assert_line(after, cases[i].line);
		assert_int_equal(text_count(after, "x_total{"), 1);
	}
}

/* What the configuration leaves out is asked of the BTF, be it one of the two only. */
static void test_instance__layouts(void **state)
{
	static const struct {
		const char *given;
		uint32_t key_size, value_size; /* of the BTF; 0: none */
		bool is_up;
	} cases[] = {
		{"", 4, 8, true},
		{"", 8, 8, false},
		{"", 4, 4, false},
		{"", 0, 0, false},
		{"    key: u32\n", 4, 8, true},
		{"    key: u32\n", 4, 4, false},
		{"    key: u32\n", 0, 0, false},
		{"    value: u64\n", 4, 8, true},
		{"    value: u64\n", 8, 8, false},
		{"    value: u64\n", 0, 0, false},
		{"    key: u32\n    value: u64\n", 0, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *log = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = twin_info();
		struct twin *t;
		char text[256];

		snprintf(text, sizeof(text),
			 "maps:\n"
			 "  - name: m\n"
			 "    pin: /pins/m\n%s"
			 "    metrics: [{name: x_total, type: counter, labels: {k: key}}]\n",
			 cases[i].given);
		bed_init(&b, text);
		t = twins_add("/pins/m", &info);
		if (cases[i].key_size)
			twin_set_layouts(t, scalar(cases[i].key_size), scalar(cases[i].value_size));
		twin_put(t, 1, 1);
		log = bed_pass_log(&b);
		if (bed_status(&b)->is_up != cases[i].is_up)
			fail_msg("case %zu: %s", i, log);
		assert_int_equal(bed_status(&b)->n_failures[MAP_FAILURE_LAYOUT], !cases[i].is_up);
		assert_int_equal(bed_status(&b)->n_series, cases[i].is_up);
	}
}

static void test_instance__max_series(void **state)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, "global: {max_series: 10}\n"
		     "maps:\n"
		     "  - name: m\n"
		     "    pin: /pins/m\n"
		     "    key: u32\n"
		     "    value: u64\n"
		     "    metrics: [{name: x_total, type: counter, labels: {k: key}}]\n");
	t = twins_add("/pins/m", &info);
	for (uint32_t i = 0; i < 25; i++)
		twin_put(t, i, i);
	text = bed_pass_text(&b);
	assert_int_equal(text_count(text, "x_total{"), 10);
	assert_int_equal(bed_status(&b)->n_entries, 25);
	assert_int_equal(bed_status(&b)->n_series, 10);
	assert_int_equal(bed_status(&b)->n_dropped_limit, 15);
	bed_pass(&b);
	assert_int_equal(bed_status(&b)->n_dropped_limit, 30);
	assert_true(bed_status(&b)->is_up);
}

/* Its entries cannot be listed, but counted, where the kernel does it. */
static void test_instance__ring_buffer(void **state)
{
	static const struct {
		int code;
		bool is_up, is_counted;
		enum map_failure failure;
	} cases[] = {
		{0, true, true, 0},
		{-EOPNOTSUPP, true, false, 0},
		{-ETIMEDOUT, false, false, MAP_FAILURE_TIMEOUT},
		{-EPERM, false, false, MAP_FAILURE_PERMISSION},
		{-EIO, false, false, MAP_FAILURE_READ},
		{0, true, true, 0},
	};
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, "maps: [{name: m, pin: /pins/m}]\n");
	info.type = BPF_MAP_TYPE_RINGBUF;
	t = twins_add("/pins/m", &info);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct memory_source_faults faults = {.count = cases[i].code};

		twin_put(t, (uint32_t)i, 1);
		twin_set_faults(t, &faults);
		free(bed_pass_log(&b));
		assert_int_equal(bed_status(&b)->is_up, cases[i].is_up);
		assert_int_equal(bed_status(&b)->is_counted, cases[i].is_counted);
		assert_true(bed_status(&b)->is_open);
		if (cases[i].is_counted)
			assert_int_equal(bed_status(&b)->n_entries, i + 1);
		if (!cases[i].is_up)
			assert_int_equal(bed_status(&b)->n_failures[cases[i].failure], 1);
	}
	assert_int_equal(twin_n_reads(t), 0);
	twin_set_pinned(t, false);
	free(bed_pass_log(&b));
	assert_false(bed_status(&b)->is_counted);
	assert_false(bed_status(&b)->is_open);
}

/* Of a map that is not there nobody knows how full it is, though its totals stay. */
static void test_instance__drained_and_gone(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, "maps: [{name: m, pin: /pins/m, key: u32, value: u64, read: drain, metrics: "
		     "[{name: x_total, type: counter, labels: {k: key}}]}]\n");
	t = twins_add("/pins/m", &info);
	twin_put(t, 1, 5);
	bed_expect(&b, "x_total{k=\"1\"} 5\n");
	assert_true(bed_status(&b)->is_counted);
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total{k=\"1\"} 5\n");
	assert_false(bed_status(&b)->is_counted);
}

/* Counting has the time that reading has. */
static void test_instance__count_late(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();

	(void)state;
	bed_init(&b, "maps: [{name: m, pin: /pins/m}]\n");
	b.config->read_timeout_ns = 0;
	info.type = BPF_MAP_TYPE_RINGBUF;
	twins_add("/pins/m", &info);
	free(bed_pass_log(&b));
	assert_false(bed_status(&b)->is_up);
	assert_int_equal(bed_status(&b)->n_failures[MAP_FAILURE_TIMEOUT], 1);
}

/* Each other map counts once, whether the pin was there all the time or not. */
static void test_instance__reopens(void **state)
{
	static const struct {
		bool another; /* map is pinned there now */
		bool pinned;
		int code; /* of opening it */
		uint64_t n_reopens;
	} passes[] = {
		{false, true, 0, 0}, {false, false, 0, 0},     {false, true, 0, 0},
		{true, true, 0, 1},  {false, true, 0, 1},      {false, false, 0, 1},
		{false, true, 0, 1}, {false, false, 0, 1},     {true, false, 0, 1},
		{false, true, 0, 2}, {true, false, 0, 2},      {true, true, -EACCES, 2},
		{false, true, 0, 3}, {true, true, -ENOMEM, 3}, {false, true, -ENOMEM, 3},
		{false, true, 0, 4}, {false, true, 0, 4},
	};
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, ONE_MAP);
	t = twins_add("/pins/m", &info);
	for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
		_cleanup_(freep) char *log = NULL;
		struct map_info other;

		if (passes[i].another) {
			other = twin_info();
			twin_replace(t, &other);
		}
		twin_set_pinned(t, passes[i].pinned);
		twin_set_open_error(t, passes[i].code);
		log = bed_pass_log(&b);
		if (bed_status(&b)->n_reopens != passes[i].n_reopens)
			fail_msg("pass %zu: %s", i, log);
		assert_int_equal(bed_status(&b)->is_up, passes[i].pinned && !passes[i].code);
	}
}

/* A failed pass leaves something that a later one mends. */
static void test_instance__without_memory(void **state)
{
	(void)state;
	for (long nth = 0;; nth++) {
		_cleanup_(freep) char *text = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = twin_info(), other = twin_info();
		struct published *p[2];
		struct twin *t;
		bool struck;

		bed_init(&b, ONE_MAP);
		t = twins_add("/pins/m", &info);
		for (uint32_t i = 0; i < 90; i++)
			twin_put(t, i, 1);
		log_capture_begin();
		alloc_fault_arm(nth);
		p[0] = map_reader_pass(&b.reader);
		struck = alloc_fault_disarm();
		if (struck) /* at the same place while the pin is followed */
			twin_replace(t, &other);
		alloc_fault_arm(nth);
		p[1] = map_reader_pass(&b.reader);
		struck |= alloc_fault_disarm();
		published_free(p[0]);
		published_free(p[1]);
		twin_put(t, 1, 1);
		text = bed_pass_text(&b);
		free(log_capture_end());
		assert_line(text, "x_total{k=\"1\"} 1");
		assert_line(text, "y_total{k=\"1\"} 1");
		assert_true(bed_status(&b)->is_up);
		if (!struck) {
			assert_true(nth > 20);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instance__read),
		cmocka_unit_test(test_instance__failures),
		cmocka_unit_test(test_instance__missing_at_start),
		cmocka_unit_test(test_instance__a_key_comes_and_goes),
		cmocka_unit_test(test_instance__replaced),
		cmocka_unit_test(test_instance__plan_that_does_not_fit),
		cmocka_unit_test(test_instance__replaced_by_another_layout),
		cmocka_unit_test(test_instance__layouts),
		cmocka_unit_test(test_instance__max_series),
		cmocka_unit_test(test_instance__ring_buffer),
		cmocka_unit_test(test_instance__drained_and_gone),
		cmocka_unit_test(test_instance__count_late),
		cmocka_unit_test(test_instance__reopens),
		cmocka_unit_test(test_instance__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
