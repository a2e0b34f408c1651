// SPDX-License-Identifier: GPL-2.0-only
/* The exporter's own metrics: each family with its labels and unit. */
#include "bed.h"

#include <unistd.h>

#include "collect/self_metrics_internal.h"

static struct published_instance *instance_of(struct published *p, const char *map, const char *pin)
{
	struct published_instance *i = &p->instances[p->n++];

	p->n_matches = p->n;
	*i = (struct published_instance){.status = {.map = map, .pin = pin, .read = "snapshot"}};
	return i;
}

static char *text_of(struct snapshot *s)
{
	struct exposition *x;
	char *text;

	assert_non_null(s);
	x = exposition_new(&s, 1);
	assert_non_null(x);
	text = exposition_text(x);
	exposition_unref(x);
	snapshot_unref(s);
	return text;
}

static void fill(struct map_status *s)
{
	s->is_up = s->is_open = s->is_counted = true;
	s->info = (struct map_info){.type = BPF_MAP_TYPE_PERCPU_HASH,
				    .id = 42,
				    .key_size = 4,
				    .value_size = 12,
				    .max_entries = 1024,
				    .memory_bytes = 65536,
				    .name = "counts"};
	s->n_entries = 10;
	s->n_series = 20;
	s->n_reads = 3;
	s->n_failures[MAP_FAILURE_TIMEOUT] = 1;
	s->n_dropped_limit = 4;
	s->n_dropped_duplicate = 5;
	s->n_reopens = 6;
	s->n_drained = 7;
	s->read_duration_ns = 1500000;
	s->last_read_wall_ns = UINT64_C(1700000000250000000);
}

static void test_map_metrics__all(void **state)
{
	static const char *const lines[] = {
		"bpfmap_up{map=\"a\",pin=\"/a\"} 1",
		"bpfmap_up{map=\"a\",pin=\"/b\"} 0",
		"bpfmap_entries{map=\"a\",pin=\"/a\"} 10",
		"bpfmap_max_entries{map=\"a\",pin=\"/a\"} 1024",
		"bpfmap_memory_bytes{map=\"a\",pin=\"/a\"} 65536",
		"bpfmap_read_duration_seconds{map=\"a\",pin=\"/a\"} 0.0015",
		"bpfmap_last_read_timestamp_seconds{map=\"a\",pin=\"/a\"} 1700000000.25",
		"bpfmap_reads_total{map=\"a\",pin=\"/a\"} 3",
		"bpfmap_series{map=\"a\",pin=\"/a\"} 20",
		"bpfmap_reopens_total{map=\"a\",pin=\"/a\"} 6",
		"bpfmap_drained_entries_total{map=\"d\",pin=\"/d\"} 7",
		"bpfmap_instances{map=\"a\"} 2",
		"bpfmap_instances{map=\"d\"} 1",
		"bpfmap_scrape_timeouts_total{map=\"a\"} 8",
		"bpfmap_scrape_timeouts_total{map=\"d\"} 0",
		"bpfmap_scrape_timeouts_total{map=\"later\"} 9",
		("bpfmap_info{id=\"42\",key_size=\"4\",map=\"a\",map_name=\"counts\",map_type=\"percpu_hash\","
		 "pin=\"/a\",read=\"snapshot\",value_size=\"12\"} 1"),
		"bpfmap_read_errors_total{map=\"a\",pin=\"/a\",reason=\"timeout\"} 1",
		"bpfmap_read_errors_total{map=\"a\",pin=\"/a\",reason=\"missing\"} 0",
		"bpfmap_series_dropped_total{map=\"a\",pin=\"/a\",reason=\"max_series\"} 4",
		"bpfmap_series_dropped_total{map=\"a\",pin=\"/a\",reason=\"duplicate\"} 5",
	};
	/* What is not known of /b, what is not of a map that is not drained, what had no pass. */
	static const char *const absent[] = {
		"bpfmap_entries{map=\"a\",pin=\"/b\"}",
		"bpfmap_max_entries{map=\"a\",pin=\"/b\"}",
		"bpfmap_memory_bytes{map=\"a\",pin=\"/b\"}",
		"bpfmap_last_read_timestamp_seconds{map=\"a\",pin=\"/b\"}",
		"pin=\"/b\",read=",
		"bpfmap_drained_entries_total{map=\"a\"",
		"map=\"later\",",
		"bpfmap_instances{map=\"later\"",
	};
	struct config_map a = {.name = (char *)"a"},
			  d = {.name = (char *)"d", .read = CONFIG_READ_DRAIN},
			  later = {.name = (char *)"later"};
	struct published_instance two[2], one[1];
	struct published of_a = {.instances = two}, of_d = {.instances = one};
	const struct map_view views[] = {{&a, &of_a, 8}, {&d, &of_d, 0}, {&later, NULL, 9}};
	_cleanup_(freep) char *text = NULL;

	(void)state;
	fill(&instance_of(&of_a, "a", "/a")->status);
	instance_of(&of_a, "a", "/b");
	fill(&instance_of(&of_d, "d", "/d")->status);
	text = text_of(map_metrics_new(views, 3));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_line(text, lines[i]);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		assert_no_text(text, absent[i]);
	for (long nth = 0;; nth++) {
		struct snapshot *s;
		bool struck;

		alloc_fault_arm(nth);
		s = map_metrics_new(views, 3);
		struck = alloc_fault_disarm();
		assert_int_equal(struck, s == NULL);
		snapshot_unref(s);
		if (!struck)
			break;
	}
}

static double number_of(const char *text, const char *name)
{
	_cleanup_(freep) char *start = NULL;
	const char *p;

	assert_true(asprintf(&start, "\n%s ", name) > 0);
	p = strstr(text, start);
	if (!p)
		fail_msg("there is no %s in:\n%s", name, text);
	return strtod(p + strlen(start), NULL);
}

static void test_process_metrics__plausible(void **state)
{
	static const struct {
		const char *name;
		double least, most;
	} cases[] = {
		{"process_cpu_seconds_total", 0, 3600},
		{"process_open_fds", 3, 1000},
		{"process_max_fds", 3, 1e19},
		{"process_virtual_memory_bytes", 1e6, 1e15},
		{"process_virtual_memory_max_bytes", 1e6, 1.9e19},
		{"process_resident_memory_bytes", 1e5, 1e12},
		{"process_threads", 1, 64},
		{"process_start_time_seconds", 1.6e9, 1e10},
		{"bpfmap_exporter_config_last_reload_successful", 1, 1},
		{"bpfmap_exporter_config_last_reload_success_timestamp_seconds", 12.5, 12.5},
		{"bpfmap_exporter_scrapes_cut_total", 3, 3},
	};
	const struct exporter_counters counters = {.config_loaded_wall_ns = UINT64_C(12500000000),
						   .n_scrapes_cut = 3};
	_cleanup_(freep) char *text = NULL;
	double started;

	(void)state;
	text = text_of(process_metrics_new(&counters));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double value = number_of(text, cases[i].name);

		if (value < cases[i].least || value > cases[i].most)
			fail_msg("%s is %f", cases[i].name, value);
	}
	started = number_of(text, "process_start_time_seconds");
	assert_true((double)clock_wall_ns() / 1e9 - started < 300);
	assert_line(text, "bpfmap_exporter_build_info{version=\"" BPFMAP_VERSION "\"} 1");
}

static void test_process_metrics__without_memory(void **state)
{
	const struct exporter_counters counters = {0};

	(void)state;
	for (long nth = 0;; nth++) {
		bool struck;

		alloc_fault_arm(nth);
		snapshot_unref(process_metrics_new(&counters));
		struck = alloc_fault_disarm();
		if (!struck)
			break;
	}
}

/* Pins that are no programs, and a folder that may not be listed whole: no series, no leak. */
static void test_program_metrics__no_programs(void **state)
{
	static const int codes[] = {0, -EACCES, -ENOMEM};
	const struct collector_options options = {.glob = twins_glob,
						  .program_pins = "/programs/*"};
	struct map_info info = twin_info();

	(void)state;
	twins_add("/programs/none", &info);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		_cleanup_(freep) char *text = NULL;

		twins_set_glob_error(codes[i]);
		text = text_of(program_metrics_new(&options));
		assert_no_text(text, "bpfmap_program_");
	}
	for (long nth = 0;; nth++) {
		bool struck;

		alloc_fault_arm(nth);
		snapshot_unref(program_metrics_new(&options));
		struck = alloc_fault_disarm();
		if (!struck)
			break;
	}
	twins_done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_metrics__all),
		cmocka_unit_test(test_process_metrics__plausible),
		cmocka_unit_test(test_process_metrics__without_memory),
		cmocka_unit_test(test_program_metrics__no_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
