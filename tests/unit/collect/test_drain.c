// SPDX-License-Identifier: GPL-2.0-only
/* A pinned map that is drained: its totals outlive entries, failures and the map itself. */
#include "bed.h"

#define DRAINED              \
	"maps:\n"            \
	"  - name: m\n"      \
	"    pin: /pins/m\n" \
	"    read: drain\n"  \
	"    key: u32\n"     \
	"    value: u64\n"   \
	"    metrics:\n"     \
	"      - {name: x_total, type: counter, labels: {k: key}}\n"

static void test_drain__sums(void **state)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();
	uint64_t sums[100] = {0};
	struct twin *t;

	(void)state;
	bed_init(&b, DRAINED);
	t = twins_add("/pins/m", &info);
	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t i = round; i < 100; i += 1 + round) {
			twin_put(t, i, i + round);
			sums[i] += i + round;
		}
		bed_pass(&b);
		assert_int_equal(twin_n_entries(t), 0);
	}
	assert_true(twin_was_opened_writable(t));
	text = bed_pass_text(&b);
	for (uint32_t i = 0; i < 100; i++) {
		char line[64];

		snprintf(line, sizeof(line), "x_total{k=\"%u\"} %lu", i, sums[i]);
		assert_line(text, line);
	}
	assert_int_equal(bed_status(&b)->n_entries, 0);
	assert_int_equal(bed_status(&b)->n_series, 100);
	assert_true(bed_status(&b)->n_drained > 100);
}

/* Totals stay whatever happens to the map, and what came before a failure counts. */
static void test_drain__failing(void **state)
{
	static const struct memory_source_faults second_batch = {
		.after_batches_err = -EIO, .n_batches = 1, .batch_size = 10};
	static const struct memory_source_faults none = {0};
	_cleanup_(freep) char *text = NULL, *log = NULL, *after = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info(), other = twin_info();
	struct twin *t;

	(void)state;
	bed_init(&b, DRAINED);
	t = twins_add("/pins/m", &info);
	for (uint32_t i = 0; i < 30; i++)
		twin_put(t, i, 5);
	twin_set_faults(t, &second_batch);
	log_capture_begin();
	text = bed_pass_text(&b);
	assert_int_equal(text_count(text, "x_total{"), 10);
	assert_line(text, "x_total{k=\"9\"} 5");
	assert_false(bed_status(&b)->is_up);
	assert_int_equal(bed_status(&b)->n_drained, 10);
	twin_set_faults(t, &none);
	bed_pass(&b);
	twin_set_pinned(t, false);
	bed_pass(&b);
	assert_non_null(b.published->instances[0].snapshot);
	assert_false(bed_status(&b)->is_up);
	assert_int_equal(bed_status(&b)->n_series, 30);
	twin_set_pinned(t, true);
	twin_replace(t, &other);
	twin_put(t, 29, 1);
	bed_pass(&b);
	log = log_capture_end();
	assert_int_equal(text_count(log, "level=warn"), 2);
	after = bed_pass_text(&b);
	assert_line(after, "x_total{k=\"0\"} 5");
	assert_line(after, "x_total{k=\"29\"} 6");
	assert_true(bed_status(&b)->is_up);
}

/* A struct of u64 members, named by their letters. */
static struct layout *u64s(const char *names)
{
	struct layout *l = layout_new();

	assert_non_null(l);
	for (; *names; names++) {
		struct field *f = field_add_member(&l->root);

		assert_non_null(f);
		f->name = strndup(names, 1);
		f->kind = FIELD_UINT;
		f->offset = l->root.size;
		f->size = 8;
		l->root.size += 8;
	}
	return l;
}

/* Totals go on in a map of the same layout; in another one they would not mean the same. */
static void test_drain__of_another_layout(void **state)
{
	static const struct {
		uint32_t key_size;
		const char *members;
		const char *x, *y;
		bool starts_anew;
	} cases[] = {
		{4, "xy", "x_total{k=\"1\"} 101", "y_total{k=\"1\"} 202", false},
		{4, "yx", "x_total{k=\"1\"} 2", "y_total{k=\"1\"} 1", true},
		{4, "zxy", "x_total{k=\"1\"} 2", "y_total{k=\"1\"} 3", true},
		{8, "xy", "x_total{k=\"1\"} 1", "y_total{k=\"1\"} 2", true},
	};
	static const uint64_t key = 1, before[] = {100, 200}, after[] = {1, 2, 3};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *log = NULL, *text = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = twin_info(), other = twin_info();
		struct twin *t;

		bed_init(&b,
			 "maps:\n"
			 "  - name: m\n"
			 "    pin: /pins/m\n"
			 "    read: drain\n"
			 "    metrics:\n"
			 "      - {name: x_total, type: counter, value: x, labels: {k: key}}\n"
			 "      - {name: y_total, type: counter, value: y, labels: {k: key}}\n");
		info.value_size = 16;
		t = twins_add("/pins/m", &info);
		twin_set_layouts(t, scalar(4), u64s("xy"));
		twin_put_pair(t, &key, before);
		bed_pass(&b);
		other.key_size = cases[i].key_size;
		other.value_size = (uint32_t)strlen(cases[i].members) * 8;
		twin_replace(t, &other);
		twin_set_layouts(t, scalar(other.key_size), u64s(cases[i].members));
		twin_put_pair(t, &key, after);
		log = bed_pass_log(&b);
		text = bed_pass_text(&b);
		assert_line(text, cases[i].x);
		assert_line(text, cases[i].y);
		assert_int_equal(text_count(text, "x_total{"), 1);
		assert_int_equal(text_count(log, "level=warn"), cases[i].starts_anew);
		assert_int_equal(text_count(log, "start anew"), cases[i].starts_anew);
	}
}

/* Without metrics no layout is known, but the size of the keys is. */
static void test_drain__of_other_keys(void **state)
{
	static const struct {
		uint32_t key_size;
		bool starts_anew;
	} cases[] = {{4, false}, {8, true}, {2, true}};
	static const uint64_t key = 1, value = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *log = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = twin_info(), other = twin_info();
		struct twin *t;

		bed_init(&b, "maps: [{name: m, pin: /pins/m, read: drain}]\n");
		t = twins_add("/pins/m", &info);
		twin_put_pair(t, &key, &value);
		bed_pass(&b);
		other.key_size = cases[i].key_size;
		twin_replace(t, &other);
		twin_put_pair(t, &key, &value);
		log = bed_pass_log(&b);
		assert_int_equal(text_count(log, "start anew"), cases[i].starts_anew);
		assert_int_equal(bed_status(&b)->n_drained, 2);
	}
}

static void test_drain__unsupported(void **state)
{
	_cleanup_(freep) char *log = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();

	(void)state;
	info.type = BPF_MAP_TYPE_ARRAY;
	bed_init(&b, DRAINED);
	twins_add("/pins/m", &info);
	log = bed_pass_log(&b);
	assert_false(bed_status(&b)->is_up);
	assert_int_equal(text_count(log, "level=warn"), 1);
}

#define EVENTS                                                                                     \
	"maps:\n"                                                                                  \
	"  - name: m\n"                                                                            \
	"    pin: /pins/m\n"                                                                       \
	"    read: drain\n"                                                                        \
	"    value: [{name: kind, type: u32}, {name: uid, type: u32}, {name: bytes, type: u64}]\n" \
	"    metrics:\n"                                                                           \
	"      - {name: n_total, type: counter, value: 1, labels: {k: kind}}\n"                    \
	"      - {name: x_total, type: counter, value: bytes, labels: {k: kind}}\n"

struct event {
	uint32_t kind, uid;
	uint64_t bytes;
};

static struct map_info queue_info(uint32_t type)
{
	struct map_info info = twin_info();

	info.type = type;
	info.key_size = 0;
	info.value_size = sizeof(struct event);
	return info;
}

/* Counted by a field: as many totals as there are kinds, however events differ otherwise. */
static void test_drain__events(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(freep) char *text = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = queue_info(types[i]);
		uint64_t n[3] = {0}, bytes[3] = {0};
		struct twin *t;

		bed_init(&b, EVENTS);
		t = twins_add("/pins/m", &info);
		for (uint32_t round = 0; round < 20; round++) {
			for (uint32_t j = 0; j < info.max_entries; j++) {
				struct event e = {j % 3, round * 1000 + j, j * round + 1};

				twin_put_pair(t, NULL, &e);
				n[e.kind]++;
				bytes[e.kind] += e.bytes;
			}
			if (round == 10) { /* totals outlive the map */
				bed_pass(&b);
				twin_replace(t, &info);
			}
			bed_pass(&b);
			assert_int_equal(totals_n(b.reader.instances[0]->totals), 3);
		}
		assert_true(twin_was_opened_writable(t));
		assert_int_equal(bed_status(&b)->n_entries, info.max_entries);
		text = bed_pass_text(&b);
		for (uint32_t kind = 0; kind < 3; kind++) {
			char line[64];

			snprintf(line, sizeof(line), "n_total{k=\"%u\"} %lu", kind, n[kind]);
			assert_line(text, line);
			snprintf(line, sizeof(line), "x_total{k=\"%u\"} %lu", kind, bytes[kind]);
			assert_line(text, line);
		}
		assert_true(bed_status(&b)->is_up);
		assert_int_equal(bed_status(&b)->n_entries, 0);
		assert_int_equal(bed_status(&b)->n_series, 6);
		assert_int_equal(bed_status(&b)->n_drained, 20 * info.max_entries);
	}
}

/* What was popped before a failure counts, and the rest later. */
static void test_drain__events_failing(void **state)
{
	static const struct memory_source_faults second_batch = {
		.after_batches_err = -EIO, .n_batches = 1, .batch_size = 10};
	static const struct memory_source_faults none = {0};
	_cleanup_(freep) char *text = NULL, *later = NULL, *log = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = queue_info(BPF_MAP_TYPE_QUEUE);
	struct twin *t;

	(void)state;
	bed_init(&b, EVENTS);
	t = twins_add("/pins/m", &info);
	for (uint32_t i = 0; i < 30; i++)
		twin_put_pair(t, NULL, &(struct event){7, i, 2});
	twin_set_faults(t, &second_batch);
	log_capture_begin();
	text = bed_pass_text(&b);
	assert_line(text, "x_total{k=\"7\"} 20");
	assert_false(bed_status(&b)->is_up);
	twin_set_faults(t, &none);
	later = bed_pass_text(&b);
	log = log_capture_end();
	assert_line(later, "n_total{k=\"7\"} 30");
	assert_line(later, "x_total{k=\"7\"} 60");
	assert_true(bed_status(&b)->is_up);
}

/* Without metrics nothing tells events apart. */
static void test_drain__events_without_metrics(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info info = queue_info(BPF_MAP_TYPE_STACK);
	struct twin *t;

	(void)state;
	bed_init(&b, "maps: [{name: m, pin: /pins/m, read: drain}]\n");
	t = twins_add("/pins/m", &info);
	for (uint32_t i = 0; i < 30; i++)
		twin_put_pair(t, NULL, &(struct event){i, i, i});
	bed_pass(&b);
	assert_true(bed_status(&b)->is_up);
	assert_int_equal(bed_status(&b)->n_drained, 30);
	assert_int_equal(totals_n(b.reader.instances[0]->totals), 1);
}

/* Where memory is short, events are lost only where the log says so. */
static void test_drain__events_without_memory(void **state)
{
	(void)state;
	for (long nth = 0;; nth++) {
		_cleanup_(freep) char *text = NULL, *log = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = queue_info(BPF_MAP_TYPE_QUEUE);
		struct published *p;
		struct twin *t;
		bool struck, said;
		unsigned int n;

		bed_init(&b, EVENTS);
		t = twins_add("/pins/m", &info);
		for (uint32_t i = 0; i < 90; i++)
			twin_put_pair(t, NULL, &(struct event){i, 0, 1});
		log_capture_begin();
		alloc_fault_arm(nth);
		p = map_reader_pass(&b.reader);
		struck = alloc_fault_disarm();
		published_free(p);
		text = bed_pass_text(&b);
		log = log_capture_end();
		said = strstr(log, "were lost") != NULL;
		n = text_count(text, "x_total{");
		assert_true(said ? n < 90 : n == 90);
		assert_true(bed_status(&b)->is_up);
		if (!struck) {
			assert_true(nth > 20);
			break;
		}
	}
}

/* A hash with such labels is refused as before. */
static void test_drain__labels_of_a_hash(void **state)
{
	_cleanup_(freep) char *log = NULL;
	_cleanup_bed_ struct bed b;
	struct map_info info = twin_info();
	struct twin *t;

	(void)state;
	info.type = BPF_MAP_TYPE_LRU_HASH;
	info.value_size = sizeof(struct event);
	bed_init(&b, EVENTS);
	t = twins_add("/pins/m", &info);
	twin_put_pair(t, &(uint32_t){1}, &(struct event){1, 2, 3});
	log = bed_pass_log(&b);
	assert_false(bed_status(&b)->is_up);
	assert_int_equal(bed_status(&b)->n_failures[MAP_FAILURE_LAYOUT], 1);
	assert_non_null(strstr(
		log, "'kind' is in the value, which 'read: drain' adds up: take it from the key"));
	assert_int_equal(twin_n_entries(t), 1);
}

/* Nothing that is no longer in the map gets lost but where the log says so. */
static void test_drain__without_memory(void **state)
{
	(void)state;
	for (long nth = 0;; nth++) {
		_cleanup_(freep) char *text = NULL, *log = NULL;
		_cleanup_bed_ struct bed b;
		struct map_info info = twin_info();
		struct published *p;
		struct twin *t;
		bool struck, said;
		unsigned int n;

		bed_init(&b, DRAINED);
		t = twins_add("/pins/m", &info);
		for (uint32_t i = 0; i < 90; i++)
			twin_put(t, i, 1);
		log_capture_begin();
		alloc_fault_arm(nth);
		p = map_reader_pass(&b.reader);
		struck = alloc_fault_disarm();
		published_free(p);
		text = bed_pass_text(&b);
		log = log_capture_end();
		said = strstr(log, "were lost") != NULL;
		n = text_count(text, "x_total{");
		assert_true(said ? n < 90 : n == 90);
		assert_true(bed_status(&b)->is_up);
		assert_int_equal(twin_n_entries(t), 0);
		if (!struck) {
			assert_true(nth > 20);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drain__sums),
		cmocka_unit_test(test_drain__failing),
		cmocka_unit_test(test_drain__of_another_layout),
		cmocka_unit_test(test_drain__of_other_keys),
		cmocka_unit_test(test_drain__unsupported),
		cmocka_unit_test(test_drain__without_memory),
		cmocka_unit_test(test_drain__events),
		cmocka_unit_test(test_drain__events_failing),
		cmocka_unit_test(test_drain__events_without_metrics),
		cmocka_unit_test(test_drain__events_without_memory),
		cmocka_unit_test(test_drain__labels_of_a_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
