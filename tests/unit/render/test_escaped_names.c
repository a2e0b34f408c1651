// SPDX-License-Identifier: GPL-2.0-only
/* Names that are any UTF-8, in each format and each scheme. */
#include "cases.h"

#define EOF_LINE "# EOF\n"

static const struct series_case counter = {
	.family = "my.metric_x_total",
	.const_labels = "\"c.d\"=\"1.2\"",
	.labels = {"e=\"f.g\",\"ü\"=\"ü\"", "e=\"\",\"ü\"=\"\\\\\""},
	.start_wall_ns = NS_PER_S,
};

static const struct series_case histogram = {
	.family = "my.h_bytes",
	.le = {"1"},
	.values = {.low = {1, 1}},
	.has_sum = true,
	.sums = {.low = {5}},
	.start_wall_ns = NS_PER_S,
};

static const struct series_case gauge = {.family = "a \"b\\", .help = ""};

static const struct series_case info = {
	.family = "9.ü_info", .labels = {"\"a\\\"b\\\\\"=\"1\""}, .values = {.low = {1}}};

struct written {
	enum escaping escaping;
	const char *text, *openmetrics, *protobuf;
};

static void assert_written(const struct series_case *c, enum family_type type,
			   const struct written *cases, size_t n)
{
	struct snapshot *s = case_snapshot(c, type);

	for (size_t i = 0; i < n; i++) {
		struct format f = {.renderer = &renderer_text, .escaping = cases[i].escaping};

		assert_rendered_as(&f, &s, 1, cases[i].text);
		f.renderer = &renderer_text_1_0_0;
		assert_rendered_as(&f, &s, 1, cases[i].text);
		f.renderer = &renderer_protobuf;
		assert_rendered_as(&f, &s, 1, cases[i].protobuf);
		f.renderer = &renderer_openmetrics;
		f.has_created = true;
		assert_rendered_as(&f, &s, 1, cases[i].openmetrics);
	}
	snapshot_unref(s);
}

#define COUNTER_TEXT(name, c, u)                                                   \
	"# HELP " name " Help.\n# TYPE " name " counter\n" name "{" c "=\"1.2\",e" \
	"=\"f.g\"," u "=\"ü\"} 0\n" name "{" c "=\"1.2\",e=\"\"," u "=\"\\\\\"} 0\n"
#define COUNTER_OPENMETRICS(base, total, c, u)                                                  \
	"# TYPE " base " counter\n# HELP " base " Help.\n" base total "{" c                     \
	"=\"1.2\",e=\"f.g\"," u "=\"ü\"} 0\n" base "_created{" c "=\"1.2\",e=\"f.g\"," u        \
	"=\"ü\"} 1\n" base total "{" c "=\"1.2\",e=\"\"," u "=\"\\\\\"} 0\n" base "_created{" c \
	"=\"1.2\",e=\"\"," u "=\"\\\\\"} 1\n" EOF_LINE
#define COUNTER_PROTOBUF(name, c, u)                                                            \
	"name=\"" name "\" help=\"Help.\" type=0 metric={label={name=\"" c "\" value=\"1.2\"} " \
	"label={name=\"e\" value=\"f.g\"} label={name=\"" u "\" value=\"ü\"} "                 \
	"counter={value=0 start={seconds=1 nanos=0}}} metric={label={name=\"" c                 \
	"\" value=\"1.2\"} label={name=\"e\" value=\"\"} label={name=\"" u                      \
	"\" value=\"\\\\\"} counter={value=0 start={seconds=1 nanos=0}}}\n"
#define COUNTER(scheme, base, c, u)                                \
	{                                                          \
		scheme, COUNTER_TEXT(base "_total", c, u),         \
			COUNTER_OPENMETRICS(base, "_total", c, u), \
			COUNTER_PROTOBUF(base "_total", c, u)      \
	}

static void test_escaped_names__counter(void **state)
{
	static const struct written cases[] = {
		{ESCAPING_UTF8,
		 "# HELP \"my.metric_x_total\" Help.\n# TYPE \"my.metric_x_total\" counter\n"
		 "{\"my.metric_x_total\",\"c.d\"=\"1.2\",e=\"f.g\",\"ü\"=\"ü\"} 0\n"
		 "{\"my.metric_x_total\",\"c.d\"=\"1.2\",e=\"\",\"ü\"=\"\\\\\"} 0\n",
		 "# TYPE \"my.metric_x\" counter\n# HELP \"my.metric_x\" Help.\n"
		 "{\"my.metric_x_total\",\"c.d\"=\"1.2\",e=\"f.g\",\"ü\"=\"ü\"} 0\n"
		 "{\"my.metric_x_created\",\"c.d\"=\"1.2\",e=\"f.g\",\"ü\"=\"ü\"} 1\n"
		 "{\"my.metric_x_total\",\"c.d\"=\"1.2\",e=\"\",\"ü\"=\"\\\\\"} 0\n"
		 "{\"my.metric_x_created\",\"c.d\"=\"1.2\",e=\"\",\"ü\"=\"\\\\\"} 1\n" EOF_LINE,
		 COUNTER_PROTOBUF("my.metric_x_total", "c.d", "ü")},
		COUNTER(ESCAPING_UNDERSCORES, "my_metric_x", "c_d", "_"),
		COUNTER(ESCAPING_DOTS, "my_dot_metric__x_", "c_dot_d", "__"),
		COUNTER(ESCAPING_VALUES, "U__my_2e_metric__x_", "U__c_2e_d", "U___fc_"),
	};

	(void)state;
	assert_written(&counter, FAMILY_COUNTER, cases, ARRAY_SIZE(cases));
}

#define HISTOGRAM(scheme, name)                                                           \
	{                                                                                 \
		scheme,                                                                   \
			"# HELP " name " Help.\n# TYPE " name " histogram\n" name         \
			"_bucket{le=\"1\"} 1\n" name "_bucket{le=\"+Inf\"} 2\n" name      \
			"_sum 5\n" name "_count 2\n",                                     \
			"# TYPE " name " histogram\n# UNIT " name " bytes\n# HELP " name  \
			" Help.\n" name "_bucket{le=\"1.0\"} 1\n" name                    \
			"_bucket{le=\"+Inf\"} 2\n" name "_sum 5\n" name "_count 2\n" name \
			"_created 1\n" EOF_LINE,                                          \
			HISTOGRAM_PROTOBUF(name)                                          \
	}
#define HISTOGRAM_PROTOBUF(name)                                                             \
	"name=\"" name "\" help=\"Help.\" type=4 unit=\"bytes\" metric={histogram={count=2 " \
	"sum=5 bucket={count=1 upper=1} bucket={count=2 upper=+Inf} start={seconds=1 "       \
	"nanos=0}}}\n"

/* Without a label the name alone is in the braces. */
static void test_escaped_names__histogram(void **state)
{
	static const struct written cases[] = {
		{ESCAPING_UTF8,
		 "# HELP \"my.h_bytes\" Help.\n# TYPE \"my.h_bytes\" histogram\n"
		 "{\"my.h_bytes_bucket\",le=\"1\"} 1\n{\"my.h_bytes_bucket\",le=\"+Inf\"} 2\n"
		 "{\"my.h_bytes_sum\"} 5\n{\"my.h_bytes_count\"} 2\n",
		 "# TYPE \"my.h_bytes\" histogram\n# UNIT \"my.h_bytes\" bytes\n"
		 "# HELP \"my.h_bytes\" Help.\n"
		 "{\"my.h_bytes_bucket\",le=\"1.0\"} 1\n{\"my.h_bytes_bucket\",le=\"+Inf\"} 2\n"
		 "{\"my.h_bytes_sum\"} 5\n{\"my.h_bytes_count\"} 2\n"
		 "{\"my.h_bytes_created\"} 1\n" EOF_LINE,
		 HISTOGRAM_PROTOBUF("my.h_bytes")},
		HISTOGRAM(ESCAPING_UNDERSCORES, "my_h_bytes"),
		HISTOGRAM(ESCAPING_DOTS, "my_dot_h__bytes"),
		HISTOGRAM(ESCAPING_VALUES, "U__my_2e_h__bytes"),
	};

	(void)state;
	assert_written(&histogram, FAMILY_HISTOGRAM, cases, ARRAY_SIZE(cases));
}

#define GAUGE(scheme, name)                                                             \
	{                                                                               \
		scheme, "# HELP " name " \n# TYPE " name " gauge\n" name " 0\n",        \
			"# TYPE " name " gauge\n" name " 0\n" EOF_LINE,                 \
			"name=\"" name "\" help=\"\" type=1 metric={gauge={value=0}}\n" \
	}

/* A name that would end its quotes. */
static void test_escaped_names__quotes(void **state)
{
	static const struct written cases[] = {
		{ESCAPING_UTF8,
		 "# HELP \"a \\\"b\\\\\" \n# TYPE \"a \\\"b\\\\\" gauge\n{\"a \\\"b\\\\\"} 0\n",
		 "# TYPE \"a \\\"b\\\\\" gauge\n{\"a \\\"b\\\\\"} 0\n" EOF_LINE,
		 "name=\"a \\\"b\\\\\" help=\"\" type=1 metric={gauge={value=0}}\n"},
		GAUGE(ESCAPING_UNDERSCORES, "a__b_"),
		GAUGE(ESCAPING_DOTS, "a____b__"),
		GAUGE(ESCAPING_VALUES, "U__a_20__22_b_5c_"),
	};

	(void)state;
	assert_written(&gauge, FAMILY_GAUGE, cases, ARRAY_SIZE(cases));
}

#define INFO(scheme, base, label)                                                           \
	{                                                                                   \
		scheme,                                                                     \
			"# HELP " base "_info Help.\n# TYPE " base "_info gauge\n" base     \
			"_info{" label "=\"1\"} 1\n",                                       \
			"# TYPE " base " info\n# HELP " base " Help.\n" base "_info{" label \
			"=\"1\"} 1\n" EOF_LINE,                                             \
			"name=\"" base                                                      \
			"_info\" help=\"Help.\" type=1 metric={label={name=\"" label        \
			"\" value=\"1\"} gauge={value=1}}\n"                                \
	}

static void test_escaped_names__info(void **state)
{
	static const struct written cases[] = {
		{ESCAPING_UTF8,
		 "# HELP \"9.ü_info\" Help.\n# TYPE \"9.ü_info\" gauge\n"
		 "{\"9.ü_info\",\"a\\\"b\\\\\"=\"1\"} 1\n",
		 "# TYPE \"9.ü\" info\n# HELP \"9.ü\" Help.\n"
		 "{\"9.ü_info\",\"a\\\"b\\\\\"=\"1\"} 1\n" EOF_LINE,
		 "name=\"9.ü_info\" help=\"Help.\" type=1 metric={label={name=\"a\\\"b\\\\\" "
		 "value=\"1\"} gauge={value=1}}\n"},
		INFO(ESCAPING_UNDERSCORES, "___", "a_b_"),
		INFO(ESCAPING_DOTS, "___dot____", "a__b__"),
		INFO(ESCAPING_VALUES, "U___39__2e__fc__", "U__a_22_b_5c_"),
	};

	(void)state;
	assert_written(&info, FAMILY_INFO, cases, ARRAY_SIZE(cases));
}

/* Escaped, the name of a counter may no longer end in its unit, and then nobody is told of one. */
static void test_escaped_names__unit(void **state)
{
	static const struct series_case c = {.family = "a.b_seconds_total"};
	static const struct {
		enum escaping escaping;
		const char *openmetrics, *protobuf;
	} cases[] = {
		{ESCAPING_UTF8,
		 "# TYPE \"a.b_seconds\" counter\n# UNIT \"a.b_seconds\" seconds\n"
		 "# HELP \"a.b_seconds\" Help.\n{\"a.b_seconds_total\"} 0\n" EOF_LINE,
		 "name=\"a.b_seconds_total\" help=\"Help.\" type=0 unit=\"seconds\" "
		 "metric={counter={value=0}}\n"},
		{ESCAPING_UNDERSCORES,
		 "# TYPE a_b_seconds counter\n# UNIT a_b_seconds seconds\n"
		 "# HELP a_b_seconds Help.\na_b_seconds_total 0\n" EOF_LINE,
		 "name=\"a_b_seconds_total\" help=\"Help.\" type=0 unit=\"seconds\" "
		 "metric={counter={value=0}}\n"},
		{ESCAPING_DOTS,
		 "# TYPE a_dot_b__seconds_ counter\n# HELP a_dot_b__seconds_ Help.\n"
		 "a_dot_b__seconds__total 0\n" EOF_LINE,
		 "name=\"a_dot_b__seconds__total\" help=\"Help.\" type=0 "
		 "metric={counter={value=0}}\n"},
		{ESCAPING_VALUES,
		 "# TYPE U__a_2e_b__seconds_ counter\n# HELP U__a_2e_b__seconds_ Help.\n"
		 "U__a_2e_b__seconds__total 0\n" EOF_LINE,
		 "name=\"U__a_2e_b__seconds__total\" help=\"Help.\" type=0 "
		 "metric={counter={value=0}}\n"},
	};
	struct snapshot *s = case_snapshot(&c, FAMILY_COUNTER);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct format f = {.renderer = &renderer_openmetrics,
				   .escaping = cases[i].escaping};

		assert_rendered_as(&f, &s, 1, cases[i].openmetrics);
		f.renderer = &renderer_protobuf;
		assert_rendered_as(&f, &s, 1, cases[i].protobuf);
	}
	snapshot_unref(s);
}

/* Lines that leave in pieces, their names changed. */
static void test_escaped_names__without_memory(void **state)
{
	const struct renderer *const all[] = {&renderer_text, &renderer_openmetrics,
					      &renderer_protobuf};
	struct snapshot *s = case_snapshot(&counter, FAMILY_COUNTER);
	struct exposition *x = exposition_new(&s, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (enum escaping e = 0; e < N_ESCAPINGS; e++) {
			const struct format f = {.renderer = all[i], .escaping = e};

			assert_rendered_without_memory(&f, x);
		}
	}
	exposition_unref(x);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escaped_names__counter),
		cmocka_unit_test(test_escaped_names__histogram),
		cmocka_unit_test(test_escaped_names__quotes),
		cmocka_unit_test(test_escaped_names__info),
		cmocka_unit_test(test_escaped_names__unit),
		cmocka_unit_test(test_escaped_names__without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
