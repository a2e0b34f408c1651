// SPDX-License-Identifier: GPL-2.0-only
#include "../../../src/starter/measure_internal.h"
#include "notation.h"

#include <stdio.h>

/* Counters and gauges, with their unit, scale and clock; NULL: none. */
struct measure_case {
	const char *field; /* in notation.h's way, with its name */
	char type;	   /* c: counter, g: gauge, t: a point in time */
	const char *unit, *scale, *clock;
	bool is_per_cpu;
};

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static const char *or_none(const char *s)
{
	return s ? s : "-";
}

static void check(const struct measure_case *cases, size_t n)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const struct measure_case *c = &cases[i];
		const char *text = c->field;
		struct field f = {0};
		struct measure m;
		uint32_t align;
		char type;

		notation_field(&text, &f, &align);
		measure_of(&f, &(struct measured){.name = f.name, .is_per_cpu = c->is_per_cpu}, &m);
		type = m.is_timestamp ? 't' : m.is_counter ? 'c' : 'g';
		if (type != c->type || !same(m.unit, c->unit) || !same(m.scale, c->scale) ||
		    !same(m.clock, c->clock)) {
			print_error("%s: %c, unit %s, scale %s, clock %s\n", c->field, type,
				    or_none(m.unit), or_none(m.scale), or_none(m.clock));
			n_wrong++;
		}
		field_done(&f);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_measure_of__counters(void **state)
{
	static const struct measure_case cases[] = {
		{.field = "u64:packets", .type = 'c'},
		{.field = "u64:rx_drops", .type = 'c'},
		{.field = "u64:rxErrors", .type = 'c'},
		{.field = "u32:drop_count", .type = 'c'},
		{.field = "u64:n_requests", .type = 'c'},
		{.field = "u64:bytes", .type = 'c', .unit = "bytes"},
		{.field = "u64:tx_bytes", .type = 'c', .unit = "bytes"},
		{.field = "u64:bytes_sent", .type = 'c', .unit = "bytes"},
		{.field = "u64:something", .type = 'c'},
		{.field = "u32:something", .type = 'c', .is_per_cpu = true},
		{.field = "u64:total_ns", .type = 'c', .unit = "seconds", .scale = "ns"},
		{.field = "u64:wait_us", .type = 'c', .unit = "seconds", .scale = "us"},
		{.field = "u64:time_ns_total", .type = 'c', .unit = "seconds", .scale = "ns"},
		{.field = "u64:cpu_ns_sum", .type = 'c', .unit = "seconds", .scale = "ns"},
		/* Counted, whatever it is of. */
		{.field = "u64:status_count", .type = 'c'},
		{.field = "u64:tcp_flags", .type = 'c'},
		{.field = "u64:per_reason", .type = 'c'},
		/* No unit, but namespaces, and a plural. */
		{.field = "u64:net_ns", .type = 'c'},
		{.field = "u64:vm_s", .type = 'c'},
		{.field = "u64:ns_dropped", .type = 'c'},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_measure_of__gauges(void **state)
{
	static const struct measure_case cases[] = {
		{.field = "u64:max_packets", .type = 'g'},
		{.field = "u64:queue_len", .type = 'g'},
		{.field = "u32:current", .type = 'g'},
		{.field = "u32:something", .type = 'g'},
		{.field = "u16:something", .type = 'g', .is_per_cpu = true},
		{.field = "u64:srtt_us", .type = 'g', .unit = "seconds", .scale = "us"},
		{.field = "u64:max_latency_ns", .type = 'g', .unit = "seconds", .scale = "ns"},
		{.field = "u64:timeout_ms", .type = 'g', .unit = "seconds", .scale = "ms"},
		{.field = "u32:interval_secs", .type = 'g', .unit = "seconds"},
		{.field = "u64:limit_kb", .type = 'g', .unit = "bytes", .scale = "KiB"},
		{.field = "u64:rss_mib", .type = 'g', .unit = "bytes", .scale = "MiB"},
		{.field = "u64:bytes_per_second", .type = 'g'},
		{.field = "bool:enabled", .type = 'g'},
		{.field = "bool:packets", .type = 'g'},
		{.field = "bool:targ_ns", .type = 'g'},
		{.field = "u32/1:packets", .type = 'g'},
		{.field = "u32/7+3:errors", .type = 'g'},
		{.field = "f64:ratio", .type = 'g'},
		{.field = "f32:something", .type = 'g'},
		{.field = "s64:something", .type = 'g'},
		{.field = "s64:something", .type = 'g', .is_per_cpu = true},
		{.field = "u8:flags", .type = 'g'},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_measure_of__points_in_time(void **state)
{
	static const char unit[] = "timestamp_seconds";
	static const struct measure_case cases[] = {
		{"u64:start_ns", 't', unit, "ns", "monotonic", false},
		{"u64:last_seen", 't', unit, "ns", "monotonic", false},
		{"u64:ts", 't', unit, "ns", "monotonic", true},
		{"u64:timestamp_us", 't', unit, "us", "monotonic", false},
		{"u64:boot_ts", 't', unit, "ns", "boottime", false},
		{"u64:unix_timestamp_ms", 't', unit, "ms", NULL, false},
		{"u64:bytes_first", 'g', "bytes", NULL, NULL, false},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_measure_of__what_is_left_of_the_name(void **state)
{
	static const struct {
		const char *field, *words;
	} cases[] = {
		{"u64:rx_packets", "rx packets"},
		{"u64:rx_bytes", "rx"},
		{"u64:bytes", ""},
		{"u64:drop_count", "drops"},
		{"u64:n_requests", "requests"},
		{"u64:total_ns", ""},
		{"u64:max_wait_us", "max wait"},
		{"u64:last_seen_ts", "last seen"},
		{"u64:pkts_in", "packets in"},
		{"u64:42", "42"},
		{"u64:_", ""},
	};

	size_t n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *text = cases[i].field;
		char words[2 * WORDS_TEXT_MAX] = "";
		struct field f = {0};
		struct measure m;
		uint32_t align;

		notation_field(&text, &f, &align);
		measure_of(&f, &(struct measured){.name = f.name}, &m);
		for (size_t k = 0; k < m.name.n; k++)
			sprintf(words + strlen(words), "%s%s", k ? " " : "", m.name.items[k]);
		if (strcmp(words, cases[i].words) != 0) {
			print_error("%s: '%s'\n", cases[i].field, words);
			n_wrong++;
		}
		field_done(&f);
	}
	assert_int_equal(n_wrong, 0);
}

static void test_measure_is_counted__cases(void **state)
{
	static const struct {
		const char *name;
		bool is_counted;
	} cases[] = {
		{"packets", true}, {"rx_drops", true}, {"num_flows", true},  {"max_packets", false},
		{"port", false},   {"", false},	       {"something", false}, {"errors_rate", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (measure_is_counted(cases[i].name) != cases[i].is_counted)
			fail_msg("%s", cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measure_of__counters),
		cmocka_unit_test(test_measure_of__gauges),
		cmocka_unit_test(test_measure_of__points_in_time),
		cmocka_unit_test(test_measure_of__what_is_left_of_the_name),
		cmocka_unit_test(test_measure_is_counted__cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
