// SPDX-License-Identifier: GPL-2.0-only
/* Names of metrics and labels: which there may be, as they are and escaped, and which become one.
 */
#include "bad_config.h"

#include <stdio.h>
#include <time.h>

#include "without_memory.h"

#define METRICS	    MAP "  metrics:\n" /* the first is in line 5 */
#define COUNTER(n)  "  - {name: " n ", type: counter}\n"
#define GAUGE_OF(n) "  - {name: " n ", type: gauge}\n"
#define INFO(n)	    "  - {name: " n ", type: info}\n"
#define HIST(n) \
	"  - {name: " n ", type: histogram, buckets: {field: s, scheme: exp2, edges: upper}}\n"
#define SUM(n) "  - {name: " n ", type: summary, sum: a, count: b}\n"
#define LABELS(l) \
	MAP "  metrics:\n  - name: x\n    type: gauge\n    labels:\n" l /* from line 8 on */
#define A64    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A448   A64 A64 A64 A64 A64 A64 A64
#define A512   A448 A64
#define OWN    "bpfmap_ and process_ are the exporter's own"
#define LETTER "names with __ are Prometheus' own"

/* clang-format off */
static const struct bad_config cases[] = {
	BAD(name_with_control_characters,
	    METRICS GAUGE_OF("\"a\\tb\"") GAUGE_OF("\"\\x1f\"") GAUGE_OF("\"é\\x7f\""),
	    "5:12: the name of a metric cannot have control characters: 'a?b' has U+0009\n"
	    "6:12: the name of a metric cannot have control characters: '?' has U+001F\n"
	    "7:12: the name of a metric cannot have control characters: 'é?' has U+007F"),
	BAD(name_too_long,
	    METRICS GAUGE_OF(A512 "a"),
	    "5:12: the name of a metric has at most 512 bytes, this one has 513"),
	BAD(name_too_long_in_bytes,
	    METRICS GAUGE_OF(A448 A64 "é"),
	    "5:12: the name of a metric has at most 512 bytes, this one has 514"),
	BAD(name_with_colon_among_others,
	    METRICS GAUGE_OF("'é:b'"),
	    "5:12: the metric name 'é:b': colons are for recording rules"),
	BAD(name_of_the_exporter_escaped,
	    METRICS GAUGE_OF("bpfmap.x") GAUGE_OF("process-x") GAUGE_OF("bpfmapé") GAUGE_OF("process_é"),
	    "5:12: the metric name 'bpfmap.x' is bpfmap_x where names are escaped with underscores: " OWN "\n"
	    "6:12: the metric name 'process-x' is process_x where names are escaped with underscores: " OWN "\n"
	    "7:12: the metric name 'bpfmapé' is bpfmap_ where names are escaped with underscores: " OWN "\n"
	    "8:12: the metric name 'process_é': " OWN),
	BAD(name_of_a_counter_escaped,
	    METRICS COUNTER("x.total"),
	    "5:12: the counter 'x.total' must end in _total, after a name"),
	BAD(label_with_control_characters,
	    LABELS("      \"a\\nb\": a\n"),
	    "8:7: the name of a label cannot have control characters: 'a?b' has U+000A"),
	BAD(label_too_long,
	    LABELS("      ? " A512 "a\n      : a\n"),
	    "8:9: the name of a label has at most 512 bytes, this one has 513"),
	BAD(label_of_prometheus,
	    LABELS("      __a: a\n      __e.f: a\n"),
	    "8:7: the label '__a': " LETTER "\n"
	    "9:7: the label '__e.f': " LETTER),
	BAD(label_of_the_metrics_name,
	    LABELS("      ..name..: a\n      -name-: a\n      .a: a\n"),
	    "8:7: the label '..name..' is __name__ where names are escaped with underscores: that is the metric's own name\n"
	    "9:7: the label '-name-' is __name__ where names are escaped with dots: that is the metric's own name"),
	BAD(labels_become_one_in_a_line,
	    METRICS "  - {name: x, type: gauge, labels: {a_b: a, a.b: a}}\n",
	    "5:45: the labels 'a.b' and 'a_b' in line 5 are both a_b where names are escaped with underscores: rename one"),
	BAD(metric_of_the_exporter_in_openmetrics,
	    METRICS GAUGE_OF("bpfmap"),
	    "5:12: the metric name 'bpfmap': OpenMetrics calls the exporter's bpfmap_info so"),
	BAD(label_of_prometheus_is_removed,
	    LABELS("      __a: ~\n"),
	    "8:7: the label '__a': " LETTER),
	BAD(labels_become_one,
	    LABELS("      a_b: a\n      a.b: a\n      a-b: a\n"),
	    "9:7: the labels 'a.b' and 'a_b' in line 8 are both a_b where names are escaped with underscores: rename one\n"
	    "10:7: the labels 'a-b' and 'a_b' in line 8 are both a_b where names are escaped with underscores: rename one"),
	BAD(labels_become_one_with_dots,
	    LABELS("      a_dot_b: a\n      a.b: a\n"),
	    "9:7: the labels 'a.b' and 'a_dot_b' in line 8 are both a_dot_b where names are escaped with dots: rename one"),
	BAD(labels_become_one_with_values,
	    LABELS("      U__a_2e_b: a\n      a.b: a\n"),
	    "9:7: the labels 'a.b' and 'U__a_2e_b' in line 8 are both U__a_2e_b where names are escaped with values: rename one"),
	BAD(labels_of_map_and_metric_become_one,
	    MAP "  labels:\n      a.b: a\n  metrics:\n  - {name: x, type: gauge, labels: {a_b: a}}\n"
	    "  - {name: y, type: gauge, labels: {a_b: a, a.b: ~}}\n",
	    "7:37: the labels 'a_b' and 'a.b' in line 5 are both a_b where names are escaped with underscores: rename one"),
	BAD(labels_of_a_map_without_metrics_become_one,
	    MAP "  labels:\n      a.b: a\n      a_b: a\n",
	    "6:7: the labels 'a_b' and 'a.b' in line 5 are both a_b where names are escaped with underscores: rename one"),
	BAD(metrics_become_one,
	    METRICS GAUGE_OF("a_b") GAUGE_OF("a.b") GAUGE_OF("a.b") GAUGE_OF("a/b"),
	    "6:5: the metrics 'a.b' and 'a_b' in line 5 are both a_b where names are escaped with underscores: rename one\n"
	    "8:5: the metrics 'a/b' and 'a_b' in line 5 are both a_b where names are escaped with underscores: rename one"),
	BAD(metrics_become_one_with_dots,
	    METRICS GAUGE_OF("a.b") GAUGE_OF("a_dot_b"),
	    "6:5: the metrics 'a_dot_b' and 'a.b' in line 5 are both a_dot_b where names are escaped with dots: rename one"),
	BAD(metrics_become_one_with_values,
	    METRICS GAUGE_OF("a.b") GAUGE_OF("U__a_2e_b"),
	    "6:5: the metrics 'U__a_2e_b' and 'a.b' in line 5 are both U__a_2e_b where names are escaped with values: rename one"),
	BAD(metrics_become_one_across_maps,
	    METRICS GAUGE_OF("a.b") "- {name: n, pin: /n, metrics: [{name: a_b, type: gauge}]}\n",
	    "6:32: the metrics 'a_b' and 'a.b' in line 5 are both a_b where names are escaped with underscores: rename one"),
	BAD(beside_a_histogram_escaped,
	    METRICS HIST("x.y") GAUGE_OF("x_y_sum") GAUGE_OF("x_dot_y_bucket") GAUGE_OF("x.y_count"),
	    "6:5: the metric 'x_y_sum' is what the histogram in line 5 shows as its sum where names are escaped with underscores\n"
	    "7:5: the metric 'x_dot_y_bucket' is what the histogram in line 5 shows as its bucket where names are escaped with dots\n"
	    "8:5: the metric 'x.y_count' is what the histogram in line 5 shows as its count"),
	BAD(metrics_become_one_beside_a_counter_of_them,
	    METRICS COUNTER("x.y_total") GAUGE_OF("x.y") GAUGE_OF("x_y"),
	    "7:5: the metrics 'x_y' and 'x.y' in line 6 are both x_y where names are escaped with underscores: rename one"),
	BAD(what_two_share_beside_a_third_is_told_once,
	    METRICS GAUGE_OF("a_b") HIST("a.b") HIST("a/b"),
	    "6:5: the metrics 'a.b' and 'a_b' in line 5 are both a_b where names are escaped with underscores: rename one\n"
	    "7:5: the metrics 'a/b' and 'a_b' in line 5 are both a_b where names are escaped with underscores: rename one"),
	BAD(a_family_of_unknown_type_first,
	    METRICS "  - {name: x, type: histo}\n" HIST("x") GAUGE_OF("x_sum"),
	    "5:21: unknown type 'histo'; known: counter, gauge, histogram, summary, info\n"
	    "7:5: the metric 'x_sum' is what the histogram in line 6 shows as its sum"),
};
/* clang-format on */

/* Names that are strange, and alike. */
static const char *const allowed[] = {
	METRICS GAUGE_OF("'http.server duration/é {}'") GAUGE_OF("\"a\\\"\\\\\"")
		GAUGE_OF("\"\\u0085\""),
	METRICS GAUGE_OF(A512) GAUGE_OF("1") GAUGE_OF("'{}'") GAUGE_OF("bpfmaps")
		GAUGE_OF("process"),
	METRICS GAUGE_OF("bpfmapx.y") COUNTER("a.b_total") GAUGE_OF("a.c") INFO("_.a_info"),
	METRICS COUNTER("x_total") GAUGE_OF("x_total_total") GAUGE_OF("x_sum") GAUGE_OF("xx"),
	METRICS GAUGE_OF("x") GAUGE_OF("x_count") SUM("y") GAUGE_OF("y_bucket"),
	METRICS GAUGE_OF("a.b") "- {name: n, pin: /n, metrics: [{name: a.b, type: gauge}]}\n",
	LABELS("      a.b: a\n      aé: a\n      .a: a\n      a b c: a\n      \"a\\\"\\\\\": a\n"),
	LABELS("      U__a: a\n      _: a\n      le: a\n      quantile: a\n      'a:b': a\n      ? " A512
	       "\n      : a\n"),
	LABELS("      .: a\n"),
	LABELS("      _a.b: a\n      ..c: a\n      éa: a\n      1d: a\n      名前: a\n"),
	MAP
	"  labels: {a.b: a}\n  metrics:\n  - {name: x, type: gauge, labels: {a_b: a, a.b: ~}}\n",
};

/* Which of the first map's metrics OpenMetrics cannot call what it would, and when they began. */
static void test_config__crowded_names(void **state)
{
	static const struct {
		const char *yaml, *crowded; /* a character a metric */
	} families[] = {
		{METRICS COUNTER("x_total") GAUGE_OF("x") INFO("x_info"), "+-+"},
		{METRICS GAUGE_OF("x") INFO("x_info") COUNTER("x_total"), "-++"},
		{METRICS COUNTER("x_total") INFO("x_info"), "++"},
		{METRICS COUNTER("x_total") COUNTER("x_total") HIST("x"), "+?-"},
		{METRICS HIST("x") COUNTER("x_sum_total") COUNTER("y_count_total") SUM("y"),
		 "-++-"},
		{METRICS COUNTER("x_total") GAUGE_OF("x_created") HIST("y") GAUGE_OF("y_created"),
		 "+-+-"},
		{METRICS COUNTER("a.b_total") GAUGE_OF("a_b"), "+-"},
		{METRICS COUNTER("a.b_total") GAUGE_OF("a_dot_b"), "--"},
		{METRICS COUNTER("x_total") GAUGE_OF("x_total_created") INFO("y_info")
			 GAUGE_OF("y_created") GAUGE_OF("xx"),
		 "-----"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;

		if (config_parse("f", str_of(families[i].yaml), &c, &p) < 0)
			fail_msg("%s%s", families[i].yaml, p.items[0]);
		assert_int_equal(c->maps[0].n_metrics, strlen(families[i].crowded));
		for (size_t k = 0; k < c->maps[0].n_metrics; k++) {
			char found = c->maps[0].metrics[k].is_crowded ? '+' : '-';

			if (families[i].crowded[k] != '?' && families[i].crowded[k] != found)
				fail_msg("metric %zu of\n%s", k, families[i].yaml);
		}
	}
}

static void test_config__names_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;

		if (config_parse("f", str_of(allowed[i]), &c, &p) < 0)
			fail_msg("%s%s", allowed[i], p.items[0]);
	}
}

/* What the parser says of one name of a label, "" if nothing. */
static const char *said_of(const char *name, struct problems *p)
{
	_cleanup_buf_ struct buf yaml = BUF_INIT;
	_cleanup_(config_freep) struct config *c = NULL;

	assert_int_equal(buf_printf(&yaml, LABELS("      \"%s\": a\n"), name), 0);
	return config_parse("f", (struct str){yaml.data, yaml.len}, &c, p) < 0 ? p->items[0] : "";
}

/* Of each character of ASCII whether it is a control character. */
static void test_config__every_character_in_a_name(void **state)
{
	(void)state;
	for (unsigned int c = 1; c < 0x80; c++) {
		_cleanup_problems_ struct problems inside = PROBLEMS_INIT, first = PROBLEMS_INIT;
		bool is_control = c < 0x20 || c == 0x7f;
		char name[16];

		(void)snprintf(name, sizeof(name), "a\\x%02xb", c);
		assert_int_equal(!*said_of(name, &inside), !is_control);
		(void)snprintf(name, sizeof(name), "\\x%02xb", c);
		assert_int_equal(!*said_of(name, &first), !is_control);
	}
}

/* Thousands of metrics in all schemes, and as many pairs of them, soon and once each. */
static void test_config__many_names(void **state)
{
	_cleanup_buf_ struct buf yaml = BUF_INIT;
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	struct config *c = NULL;
	struct timespec start, end;

	(void)state;
	assert_int_equal(buf_puts(&yaml, METRICS), 0);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_printf(&yaml, "  - {name: a.%d, type: gauge}\n", i), 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(config_parse("f", (struct str){yaml.data, yaml.len}, &c, &p), 0);
	config_free(c);
	c = NULL;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_printf(&yaml, "  - {name: a-%d, type: gauge}\n", i), 0);
	assert_int_equal(config_parse("f", (struct str){yaml.data, yaml.len}, &c, &p), -EINVAL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_null(c);
	assert_int_equal(p.n, 1001);
	assert_string_equal(p.items[1000], "f: 9000 more mistakes are not listed");
	assert_true(end.tv_sec - start.tv_sec < 20);
}

static const char *const no_memory_cases[] = {
	METRICS HIST("a.b")
		COUNTER("b.c_total") "  - {name: c, type: gauge, labels: {a.b: a, a_c: a}}\n",
	METRICS HIST("a.b") GAUGE_OF("a_b_sum") COUNTER(
		"a.b_total") "  - {name: c, type: gauge, labels: {a.b: a, a_b: a, _a.b: a}}\n",
};

static void test_config__names_without_memory(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(no_memory_cases); k++)
		assert_parsed_without_memory(no_memory_cases[k], k == 0 ? 0 : -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config__names_allowed),
		cmocka_unit_test(test_config__crowded_names),
		cmocka_unit_test(test_config__every_character_in_a_name),
		cmocka_unit_test(test_config__many_names),
		cmocka_unit_test(test_config__names_without_memory),
	};

	return bad_config_run(cases, ARRAY_SIZE(cases)) + cmocka_run_group_tests(tests, NULL, NULL);
}
