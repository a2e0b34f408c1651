// SPDX-License-Identifier: GPL-2.0-only
/* What a request's headers ask for, and what the answer says of itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "render/format.h"
#include "support/alloc_fault.h"

#define TEXT	    "text/plain; version=0.0.4; charset=utf-8"
#define TEXT_1_0_0  "text/plain; version=1.0.0; charset=utf-8"
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROTOBUF                                                                     \
	"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " \
	"encoding=delimited"

#define ASKS_PROTOBUF                                                              \
	"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" \
	"encoding=delimited"

struct answer_case {
	const char *accept;
	const char *content_type;
};

static void assert_answer(const char *accept, const char *content_type)
{
	struct format format = format_negotiate(accept);
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(format_content_type(&format, &b), 0);
	if (strcmp(buf_string(&b), content_type) != 0)
		fail_msg("'%s' gets '%s', not '%s'", accept, buf_string(&b), content_type);
	assert_false(format.has_created);
}

#define assert_answers(cases)                                                      \
	do {                                                                       \
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)                     \
			assert_answer((cases)[i].accept, (cases)[i].content_type); \
	} while (0)

static void test_format__what_clients_send(void **state)
{
	static const struct answer_case cases[] = {
		/* Prometheus 2.4, VictoriaMetrics */
		{"text/plain;version=0.0.4;q=1,*/*;q=0.1", TEXT},
		/* 2.5 to 2.30: an OpenMetrics that is not ours */
		{"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,"
		 "*/*;q=0.1",
		 TEXT},
		/* 2.42 */
		{"application/openmetrics-text;version=1.0.0,"
		 "application/openmetrics-text;version=0.0.1;q=0.75,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 OPENMETRICS},
		/* the same with native histograms */
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,"
		 "application/openmetrics-text;version=0.0.1;q=0.75,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 PROTOBUF},
		/* 2.49.0 */
		{"*/*;q=2", TEXT},
		/* 2.49.1 to 2.55 */
		{"application/openmetrics-text;version=1.0.0;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 OPENMETRICS},
		/* 3.0: the escaping with all */
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,"
		 "text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2",
		 OPENMETRICS "; escaping=allow-utf-8"},
		/* 3.4 and later */
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=0.0.1;q=0.5,"
		 "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 OPENMETRICS "; escaping=allow-utf-8"},
		/* with native histograms, wanted as much: it is named with more parameters */
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=0.0.1;q=0.5,"
		 "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 PROTOBUF "; escaping=allow-utf-8"},
		/* and a little more */
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited;q=0.6,"
		 "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
		 "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
		 PROTOBUF},
		/* scrape_protocols: [PrometheusText1.0.0, PrometheusText0.0.4] */
		{"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.4",
		 TEXT_1_0_0 "; escaping=allow-utf-8"},
		/* Telegraf */
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
		 "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
		 PROTOBUF},
		/* curl, wget, Python's urllib */
		{"*/*", TEXT},
		{"*/*;q=1.0", TEXT},
		{NULL, TEXT},
		{"", TEXT},
		/* Firefox and Safari, Chromium, Internet Explorer, Java, an image */
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
		 "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
		 TEXT},
		{"text/html, application/xhtml+xml, */*", TEXT},
		{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", TEXT},
		{"image/avif,image/webp,image/*,*/*;q=0.8", TEXT},
		/* what wants something else gets what all understand */
		{"application/json", TEXT},
		{"text/html", TEXT},
		{"application/openmetrics-text;version=0.0.1", TEXT},
		{"text/plain;version=2.0.0", TEXT},
	};

	(void)state;
	assert_answers(cases);
}

static void test_format__each_by_its_name(void **state)
{
	static const struct answer_case cases[] = {
		{"text/plain", TEXT},
		{"text/plain;version=0.0.4", TEXT},
		{"text/plain;version=1.0.0", TEXT_1_0_0},
		{"text/plain;version=1.0.0;charset=utf-8", TEXT_1_0_0},
		{"text/plain;version=1.0.0;charset=iso-8859-1;validchars=utf8", TEXT_1_0_0},
		{"text/plain;proto=x;encoding=y;version=1.0.0", TEXT_1_0_0},
		{"application/openmetrics-text", OPENMETRICS},
		{"application/openmetrics-text;version=1.0.0", OPENMETRICS},
		{"application/vnd.google.protobuf", PROTOBUF},
		{"application/vnd.google.protobuf;encoding=delimited", PROTOBUF},
		{ASKS_PROTOBUF, PROTOBUF},
		{ASKS_PROTOBUF ";version=7", PROTOBUF},
		{"application/vnd.google.protobuf;encoding=text", TEXT},
		{"application/vnd.google.protobuf;encoding=compact-text;"
		 "proto=io.prometheus.client.MetricFamily",
		 TEXT},
		{"application/vnd.google.protobuf;proto=io.prometheus.client.Metric", TEXT},
		{"application/vnd.google.protobuf;encoding=delimited;encoding=text", TEXT},
		{"application/openmetrics-text;version=1.0.0;version=0.0.1", TEXT},
		{"application/openmetrics-text;version=1.0", TEXT},
		{"application/openmetrics-text;version=1.0.0.0", TEXT},
	};

	(void)state;
	assert_answers(cases);
}

static void test_format__qualities(void **state)
{
	static const struct answer_case cases[] = {
		{"text/plain;q=0.1,application/openmetrics-text;q=0.2", OPENMETRICS},
		{"text/plain;q=0.2,application/openmetrics-text;q=0.1", TEXT},
		{"text/plain;q=0.10,application/openmetrics-text;q=0.2", OPENMETRICS},
		{"text/plain;q=0.9,application/openmetrics-text", OPENMETRICS},
		{"text/plain;q=0.999,application/openmetrics-text;q=1.", OPENMETRICS},
		{"text/plain;q=0.999,application/openmetrics-text;q=01.0", OPENMETRICS},
		{"text/plain;q=0.123456788,application/openmetrics-text;q=0.123456789",
		 OPENMETRICS},
		{"text/plain;q=0.5,application/openmetrics-text;q=0.50000000000000000000000", TEXT},
		{"application/openmetrics-text;q=0.5,text/plain;q=0.50000000000000000000000",
		 OPENMETRICS},
		/* above 1 is 1 */
		{"application/openmetrics-text;q=1,text/plain;q=2", OPENMETRICS},
		{"application/openmetrics-text;q=1.0,text/plain;q=1.5", OPENMETRICS},
		{"application/openmetrics-text;q=1,text/plain;q=99999999999999999999999999999",
		 OPENMETRICS},
		{"application/openmetrics-text;q=1,text/plain;q=4294967296.5", OPENMETRICS},
		/* almost nothing is something */
		{"application/openmetrics-text;q=0.000000000000000000000000000001", OPENMETRICS},
		{"application/openmetrics-text;q=0.0000000010,text/plain;q=0.00000000001",
		 OPENMETRICS},
		/* refused */
		{"application/openmetrics-text;q=0", TEXT},
		{"application/openmetrics-text;q=0,*/*;q=0.1", TEXT},
		{"text/plain;q=0,application/openmetrics-text;q=0.1", OPENMETRICS},
		{"text/plain;q=0,*/*", OPENMETRICS},
		{"text/plain;q=0.000,*/*;q=0.001", OPENMETRICS},
		{"text/plain;version=0.0.4;q=0,text/plain", TEXT_1_0_0},
		{"text/*;q=0,application/openmetrics-text;q=00,*/*", PROTOBUF},
		{"application/*;q=0.,*/*", TEXT},
		{"*/*;q=0", TEXT},
		{"*/*;q=0,application/openmetrics-text;q=0.1", OPENMETRICS},
		{"*/*;escaping=dots;q=0", TEXT},
		{"text/plain;q=0,application/openmetrics-text;q=0,application/*;q=0", TEXT},
		/* wherever it stands; the last, should there be two */
		{"text/plain;q=0.5;version=0.0.4,application/openmetrics-text;q=0.6", OPENMETRICS},
		{"text/plain;q=0.1;q=0.9,application/openmetrics-text;q=0.6", TEXT},
		{"text/plain;q=0.9;q=0.1,application/openmetrics-text;q=0.6", OPENMETRICS},
	};

	(void)state;
	assert_answers(cases);
}

static void test_format__the_most_specific_range_decides(void **state)
{
	static const struct answer_case cases[] = {
		{"*/*,text/plain;q=0.1,application/*;q=0.2", OPENMETRICS},
		{"text/*;q=0.9,text/plain;q=0.1,application/*;q=0.2", OPENMETRICS},
		{"text/plain;q=0.9,text/plain;version=0.0.4;q=0.1", TEXT_1_0_0},
		{"text/plain;version=0.0.4;q=0.1,text/plain;q=0.9", TEXT_1_0_0},
		{"text/*;version=1.0.0;q=0.9,text/plain;q=0.1,application/*;q=0.2", OPENMETRICS},
		{"application/vnd.google.protobuf;encoding=delimited;q=0.1,"
		 "application/vnd.google.protobuf;q=0.9,text/plain;q=0.5",
		 TEXT},
		{"application/vnd.google.protobuf;encoding=delimited;q=0.9," ASKS_PROTOBUF
		 ";q=0.1,text/plain;q=0.5",
		 TEXT},
		/* a parameter is not counted twice, nor is one that the format does not have */
		{"text/plain;version=0.0.4;q=0.2,text/plain;version=0.0.4;version=0.0.4;q=0.8,"
		 "application/openmetrics-text;q=0.5",
		 OPENMETRICS},
		{"text/plain;q=0.2,text/plain;charset=utf-8;escaping=dots;q=0.8,"
		 "application/openmetrics-text;q=0.5",
		 OPENMETRICS},
		/* of equals the first */
		{"text/plain;q=0.2,text/plain;q=0.8,application/openmetrics-text;q=0.5",
		 OPENMETRICS},
		{"text/plain;q=0.8,text/plain;q=0.2,application/openmetrics-text;q=0.5", TEXT},
	};

	(void)state;
	assert_answers(cases);
}

static void test_format__ties(void **state)
{
	static const struct answer_case cases[] = {
		/* the more specific range */
		{"*/*,application/openmetrics-text", OPENMETRICS},
		{"text/*,application/openmetrics-text", OPENMETRICS},
		{"text/plain,application/openmetrics-text;version=1.0.0", OPENMETRICS},
		{"text/plain,text/plain;version=1.0.0", TEXT_1_0_0},
		{"application/openmetrics-text;version=1.0.0," ASKS_PROTOBUF, PROTOBUF},
		{"*/*,application/*", OPENMETRICS},
		/* then the first */
		{"text/plain,application/openmetrics-text", TEXT},
		{"application/openmetrics-text,text/plain", OPENMETRICS},
		{"application/vnd.google.protobuf,application/openmetrics-text,text/plain",
		 PROTOBUF},
		{"text/plain;version=1.0.0,text/plain;version=0.0.4", TEXT_1_0_0},
		{"application/*,text/*", OPENMETRICS},
		/* then the simpler format */
		{"*/*", TEXT},
		{"text/*", TEXT},
		{"application/*", OPENMETRICS},
		{"*/*;version=1.0.0", OPENMETRICS},
		{"text/*;version=1.0.0", TEXT_1_0_0},
	};

	(void)state;
	assert_answers(cases);
}

static void test_format__notation(void **state)
{
	static const struct answer_case cases[] = {
		{"APPLICATION/OpenMetrics-TEXT;VERSION=1.0.0;Q=0.5;ESCAPING=DOTS",
		 OPENMETRICS "; escaping=dots"},
		{"Application/Vnd.Google.Protobuf;PROTO=IO.PROMETHEUS.CLIENT.METRICFAMILY;"
		 "Encoding=Delimited",
		 PROTOBUF},
		{"APPLICATION/*", OPENMETRICS},
		{" \t application/openmetrics-text \t ; \t version=1.0.0 \t ; \t q=0.5 \t ",
		 OPENMETRICS},
		{"text/html , application/openmetrics-text ;q=0.5 , */* ; q=0.1", OPENMETRICS},
		{",,, ,application/openmetrics-text,,", OPENMETRICS},
		{"application/openmetrics-text;;; ;q=0.5;", OPENMETRICS},
		{"application/openmetrics-text;version=\"1.0.0\"", OPENMETRICS},
		{"application/openmetrics-text;version=\"\\1\\.0.0\";escaping=\"d\\ots\"",
		 OPENMETRICS "; escaping=dots"},
		{"application/openmetrics-text;version=\"1.0.0 \"", TEXT},
		{"application/openmetrics-text;version=\" 1.0.0\"", TEXT},
		{"application/openmetrics-text;version=\"\"", TEXT},
		{"application/openmetrics-text;version=\"1.0.\"", TEXT},
		{"application/openmetrics-text;version=\"1.0.0\\\"\"", TEXT},
		{"application/openmetrics-text;version='1.0.0'", TEXT},
		/* what is in quotes is no separator */
		{"application/openmetrics-text;a=\"x, text/plain;version=0.0.4\"", OPENMETRICS},
		{"application/openmetrics-text;a=\";q=0;\"", OPENMETRICS},
		{"application/openmetrics-text;a=\";version=0.0.1\"", OPENMETRICS},
		{"application/openmetrics-text;a=\"\\\",\\\\\";q=0.5,text/plain;q=0.1",
		 OPENMETRICS},
		{"application/openmetrics-text;a=\"q=\";q=0.5,text/plain;q=0.1", OPENMETRICS},
		{"application/openmetrics-text;a=\"\t\xc3\xa9\";q=0.5,text/plain;q=0.1",
		 OPENMETRICS},
		{"application/openmetrics-text;!#$%&'*+-.^_`|~=!#$%&'*+-.^_`|~", OPENMETRICS},
	};

	(void)state;
	assert_answers(cases);
}

static void test_format__escaping(void **state)
{
	static const struct answer_case cases[] = {
		{"text/plain;escaping=underscores", TEXT "; escaping=underscores"},
		{"text/plain;escaping=allow-utf-8", TEXT "; escaping=allow-utf-8"},
		{"text/plain;escaping=dots", TEXT "; escaping=dots"},
		{"text/plain;escaping=values", TEXT "; escaping=values"},
		{"text/plain;version=1.0.0;escaping=values", TEXT_1_0_0 "; escaping=values"},
		{"application/openmetrics-text;escaping=values", OPENMETRICS "; escaping=values"},
		{ASKS_PROTOBUF ";escaping=values", PROTOBUF "; escaping=values"},
		{"*/*;escaping=dots", TEXT "; escaping=dots"},
		{"application/*;escaping=dots", OPENMETRICS "; escaping=dots"},
		{"text/plain;escaping=\"Dots\"", TEXT "; escaping=dots"},
		/* as if it were not named */
		{"text/plain;escaping=none", TEXT},
		{"text/plain;escaping=allow-utf8", TEXT},
		{"text/plain;escaping=\"\"", TEXT},
		{"text/plain;escaping=dot", TEXT},
		{"text/plain;escaping=dotss", TEXT},
		{"text/plain;escaping=none;escaping=dots;escaping=values", TEXT "; escaping=dots"},
		/* of the range that decided */
		{"application/openmetrics-text;q=0.5,text/plain;escaping=dots;q=0.1", OPENMETRICS},
		{"*/*;escaping=dots,text/plain;q=0.5,application/openmetrics-text", OPENMETRICS},
		{"text/plain,text/plain;escaping=dots", TEXT},
		{"text/plain;escaping=dots,text/plain;escaping=values", TEXT "; escaping=dots"},
		{"text/html;escaping=dots", TEXT},
	};

	(void)state;
	assert_answers(cases);
}

static void assert_says_nothing(const char *range)
{
	char joined[512];

	assert_answer(range, TEXT);
	snprintf(joined, sizeof(joined), "%s,application/openmetrics-text;q=0.5", range);
	assert_answer(joined, OPENMETRICS);
	snprintf(joined, sizeof(joined), "application/openmetrics-text;q=0.5, %s", range);
	assert_answer(joined, OPENMETRICS);
}

/* None says anything, neither alone nor before or after one that does. */
static void test_format__malformed_parameters(void **state)
{
	static const char *const parameters[] = {
		"q=",	     "q",	   "q=abc",	"q=-1",		 "q=-0",     "q=+1",
		"q=.9",	     "q=.",	   "q=1..",	"q=0.9.9",	 "q=9e-1",   "q=1e0",
		"q=0x1",     "q=nan",	   "q=inf",	"q=0.9f",	 "q=1%",     "q=1/1",
		"q=\"0.9\"", "q=\"\"",	   "q= 0.9",	"q =0.9",	 "q=0 .9",   "q==0.9",
		"q:0.9",     "q=\xc2\xbd", "q=0.9;q=x", "q=x;q=0.9",	 "=",	     "=1",
		"a",	     "a=",	   "a=b c",	"a b=c",	 "a=b=c",    "a= b",
		"a =b",	     "a=\"b\"c",   "a=b\"c\"",	"a=\"b\" \"c\"", "\"a\"=b",  "a=b/c",
		"a=(b)",     "a=<b>",	   "a=[b]",	"a={b}",	 "a=@",	     "a=\\b",
		"a:b=c",     "a=\x7f",	   "a=\x01",	"a=\"\x01\"",	 "a=\"\n\"", "a=\xc3\xa9"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		char range[256];

		snprintf(range, sizeof(range), "%s;%s", ASKS_PROTOBUF, parameters[i]);
		assert_says_nothing(range);
	}
}

static void test_format__malformed_ranges(void **state)
{
	static const char *const ranges[] = {"*/vnd.google.protobuf",
					     "*",
					     "*/",
					     "/*",
					     "/",
					     "**/*",
					     "*/**",
					     "*/*/*",
					     "* / *",
					     "application",
					     "application/",
					     "/vnd.google.protobuf",
					     "application//vnd.google.protobuf",
					     "application/vnd.google.protobuf/",
					     "application /vnd.google.protobuf",
					     "application/ vnd.google.protobuf",
					     "application vnd.google.protobuf",
					     "\"application/vnd.google.protobuf\"",
					     "application/vnd.google.protobuf:q=1",
					     "application/*protobuf",
					     "application/vnd.*",
					     "app*/vnd.google.protobuf",
					     ";q=1",
					     ";",
					     "=",
					     "q=1",
					     "\"\"",
					     "\"*/*\"",
					     "\\",
					     "\x01",
					     "\xff\xfe",
					     "<script>",
					     "%s%n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		assert_says_nothing(ranges[i]);
}

/* A quote that is never closed has all after it, which is then malformed, too. */
static void test_format__unclosed_quotes(void **state)
{
	static const struct answer_case cases[] = {
		{"\"", TEXT},
		{"\"\\", TEXT},
		{"application/openmetrics-text;a=\"", TEXT},
		{"application/openmetrics-text;a=\"\\\"", TEXT},
		{"application/openmetrics-text;a=\"\\", TEXT},
		{"application/openmetrics-text;version=\"1.0.0", TEXT},
		{"application/openmetrics-text;a=\"b,text/plain;version=1.0.0", TEXT},
		{"application/openmetrics-text;a=\"b\\\",text/plain;version=1.0.0", TEXT},
		{"application/openmetrics-text,text/plain;version=1.0.0;a=\"b", OPENMETRICS},
		{"application/openmetrics-text,\",text/plain;version=1.0.0", OPENMETRICS},
	};

	(void)state;
	assert_answers(cases);
}

/* Much longer than any that is taken: it is still a matter of milliseconds. */
static void test_format__long_headers(void **state)
{
	static const struct answer_case cases[] = {
		{",", OPENMETRICS},
		{";", OPENMETRICS},
		{"\"", OPENMETRICS},
		{"\\", OPENMETRICS},
		{"=", OPENMETRICS},
		{"a", OPENMETRICS},
		{" ", OPENMETRICS},
		{"*/*,", OPENMETRICS},
		{"*/*;q=0,", OPENMETRICS},
		{";a=b", OPENMETRICS},
		{";version=0.0.4", OPENMETRICS},
		{"\"\\", OPENMETRICS},
		{"text/plain;q=0,", OPENMETRICS},
		{"text/plain;version=0.0.4;version=0.0.4,", TEXT},
		{"text/plain;version=1.0.0;a=\"\\\"\";escaping=dots,",
		 TEXT_1_0_0 "; escaping=dots"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf header = BUF_INIT;
		uint64_t start_ns = clock_mono_ns();

		assert_int_equal(buf_puts(&header, "application/openmetrics-text,"), 0);
		while (header.len < 1 << 20)
			assert_int_equal(buf_puts(&header, cases[i].accept), 0);
		assert_answer(buf_string(&header), cases[i].content_type);
		assert_false(format_takes_gzip(buf_string(&header)));
		assert_in_range(clock_mono_ns() - start_ns, 0, 5 * NS_PER_S);
	}
}

static void test_format__content_type_without_memory(void **state)
{
	static const char *const headers[] = {"*/*", "*/*;escaping=dots"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		struct format format = format_negotiate(headers[i]);
		_cleanup_buf_ struct buf b = BUF_INIT;

		alloc_fault_arm(0);
		assert_int_equal(format_content_type(&format, &b), -ENOMEM);
		assert_true(alloc_fault_disarm());
		assert_int_equal(b.len, 0);
	}
}

static void test_format__takes_gzip(void **state)
{
	static const struct {
		const char *header;
		bool takes;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"gzip", true},
		{"GZip", true},
		{"x-gzip", true},
		{"gzip, deflate, br", true},
		{"deflate , gzip ; q=0.5", true},
		{"br;q=1.0, gzip;q=0.8, *;q=0.1", true},
		{"*", true},
		{"*;q=0.001", true},
		{"gzip;q=1.000", true},
		{"gzip;q=1.0000", true},
		{"gzip;foo=bar;Q=1", true},
		{"gzip;q=0", false},
		{"gzip;q=0.000", false},
		{"gzip;q=0, *", false},
		{"*, gzip;q=0", false},
		{"*;q=0", false},
		{"*;q=0, gzip", true},
		/* plain text is wanted more, or as much */
		{"identity", false},
		{"identity;q=1, *;q=0", false},
		{"identity, gzip;q=0.5", false},
		{"gzip;q=0.5, identity", false},
		{"gzip;q=0.5, identity;q=0.501", false},
		{"gzip;q=0.5, identity;q=0.5", true},
		{"gzip, identity", true},
		{"identity;q=0.5, *", true},
		{"identity, *;q=0.5", false},
		{"gzip;q=0.5, *", false},
		{"gzip;q=0.5, *, identity;q=0.1", true},
		{"gzip;q=0.5, identity;q=0", true},
		{"gzip;q=0, identity;q=0", false},
		{"deflate", false},
		{"gzipped", false},
		{"gz ip", false},
		{"\"gzip\"", false},
		/* of two the first */
		{"gzip;q=0, gzip", false},
		{"gzip, x-gzip;q=0", true},
		/* malformed */
		{"gzip;q=", false},
		{"gzip;q=x", false},
		{"gzip;q=-1", false},
		{"gzip;q=0,5", false},
		{"gzip;q=0x1", false},
		{"gzip;q", false},
		{"gzip;q=x, *", true},
		{"gzip, identity;q=x", true},
		{";;;,,,=", false},
		{"gzip;a=\"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (format_takes_gzip(cases[i].header) != cases[i].takes)
			fail_msg("'%s' is not %d", cases[i].header, cases[i].takes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format__what_clients_send),
		cmocka_unit_test(test_format__each_by_its_name),
		cmocka_unit_test(test_format__qualities),
		cmocka_unit_test(test_format__the_most_specific_range_decides),
		cmocka_unit_test(test_format__ties),
		cmocka_unit_test(test_format__notation),
		cmocka_unit_test(test_format__escaping),
		cmocka_unit_test(test_format__malformed_parameters),
		cmocka_unit_test(test_format__malformed_ranges),
		cmocka_unit_test(test_format__unclosed_quotes),
		cmocka_unit_test(test_format__long_headers),
		cmocka_unit_test(test_format__content_type_without_memory),
		cmocka_unit_test(test_format__takes_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
