// SPDX-License-Identifier: GPL-2.0-only
/* What the headers of a request for metrics change: the format, its packing, how long maps are
 * read. */
#include "fake_provider.h"

#include "support/gunzip.h"

#define TEXT	    "text/plain; version=0.0.4; charset=utf-8"
#define TEXT_1_0_0  "text/plain; version=1.0.0; charset=utf-8"
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define PROTOBUF                                                                     \
	"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " \
	"encoding=delimited"

#define ASKS_OPENMETRICS "Accept: application/openmetrics-text\r\n"

static const struct {
	const char *headers;
	const char *content_type;
	bool gzip;
} format_cases[] = {
	{"", TEXT, false},
	{"Accept:\r\n", TEXT, false},
	{"Accept: */*\r\n", TEXT, false},
	{"accept: text/plain;version=1.0.0;escaping=dots\r\n", TEXT_1_0_0 "; escaping=dots", false},
	{"ACCEPT: Application/OpenMetrics-Text;Escaping=Allow-UTF-8\r\n",
	 OPENMETRICS "; escaping=allow-utf-8", false},
	{"Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
	 "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
	 "escaping=allow-utf-8;q=0.5,*/*;q=0.1\r\nAccept-Encoding: gzip\r\n",
	 PROTOBUF, true},
	{"Accept: image/*;q=x, nonsense\r\n", TEXT, false},
	/* lines of one header are one list, wherever they stand */
	{"Accept: text/plain;q=0.2\r\nAccept: application/openmetrics-text;q=0.3\r\n", OPENMETRICS,
	 false},
	{"Accept: application/openmetrics-text;q=0.3\r\nX: y\r\naccept: text/plain;q=0.4\r\n", TEXT,
	 false},
	{"Accept: application/openmetrics-text\r\nAccept: text/plain\r\n", OPENMETRICS, false},
	{"Accept: text/plain\r\nAccept: application/openmetrics-text\r\n", TEXT, false},
	{"Accept: text/plain;q=0\r\nAccept:\r\nAccept: */*\r\n", OPENMETRICS, false},
	{"Accept: application/openmetrics-text;\r\nAccept: q=0\r\n", OPENMETRICS, false},
	{"Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", TEXT, true},
	{"Accept-Encoding: gzip;q=0.5\r\nAccept-Encoding: identity\r\n", TEXT, false},
	{"Accept-Encoding: *\r\nAccept-Encoding: gzip;q=0\r\n", TEXT, false},
	{"Accept-Charset: application/openmetrics-text\r\nX-Accept: */*\r\nAcceptance: gzip\r\n",
	 TEXT, false},
};

static void assert_headers(const struct http_answer *a, size_t i)
{
	const char *encoding = http_header(a, "Content-Encoding");

	assert_int_equal(a->status, 200);
	assert_int_equal(encoding != NULL, format_cases[i].gzip);
	if (encoding)
		assert_string_equal(encoding, "gzip");
	assert_string_equal(http_header(a, "Content-Type"), format_cases[i].content_type);
	assert_string_equal(http_header(a, "Vary"), "Accept, Accept-Encoding");
	assert_string_equal(http_header(a, "X-Content-Type-Options"), "nosniff");
}

static void test_formats__get_and_head(void **state)
{
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(format_cases); i++) {
		_cleanup_http_answer_ struct http_answer get = {0}, head = {0};
		const char *headers = format_cases[i].headers;

		print_message("%s", headers);
		assert_int_equal(http_request(f.port, "GET", "/metrics", headers, &get), 0);
		assert_headers(&get, i);
		assert_true(get.body.len > 0);
		assert_int_equal(http_request(f.port, "HEAD", "/metrics", headers, &head), 0);
		assert_headers(&head, i);
		assert_int_equal(f.n_scrapes, i + 1);
	}
	fake_stop(&f);
}

/* A body in each format, packed and not, is the same. */
static void test_formats__packed_is_the_same(void **state)
{
	static const char *const accepts[] = {
		TEXT,
		TEXT_1_0_0,
		OPENMETRICS,
		PROTOBUF,
	};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 3000);
	for (size_t i = 0; i < ARRAY_SIZE(accepts); i++) {
		_cleanup_http_answer_ struct http_answer plain = {0}, packed = {0};
		_cleanup_buf_ struct buf unpacked = BUF_INIT;
		char headers[256];

		snprintf(headers, sizeof(headers), "Accept: %s\r\n", accepts[i]);
		assert_int_equal(http_request(f.port, "GET", "/metrics", headers, &plain), 0);
		assert_string_equal(http_header(&plain, "Content-Type"), accepts[i]);
		snprintf(headers, sizeof(headers), "Accept: %s\r\nAccept-Encoding: gzip\r\n",
			 accepts[i]);
		assert_int_equal(http_request(f.port, "GET", "/metrics", headers, &packed), 0);
		assert_string_equal(http_header(&packed, "Content-Type"), accepts[i]);
		gunzip(&packed.body, &unpacked);
		assert_true(plain.body.len > 20000 && packed.body.len < plain.body.len / 2);
		assert_int_equal(unpacked.len, plain.body.len);
		assert_memory_equal(unpacked.data, plain.body.data, unpacked.len);
	}
	fake_stop(&f);
}

/* Only metrics have a format. */
static void test_formats__other_pages_have_none(void **state)
{
	static const char *const targets[] = {"/", "/-/healthy", "/nothing", "/metrics?map[]=no"};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};

		assert_int_equal(http_request(f.port, "GET", targets[i], ASKS_OPENMETRICS, &a), 0);
		assert_string_equal(http_header(&a, "Content-Type"),
				    i ? "text/plain; charset=utf-8" : "text/html; charset=utf-8");
		assert_null(http_header(&a, "Vary"));
	}
	fake_stop(&f);
}

static void test_formats__created_samples_when_enabled(void **state)
{
	static const struct {
		bool is_enabled;
		const char *headers;
		bool has_created;
	} cases[] = {
		{false, ASKS_OPENMETRICS, false},
		{true, ASKS_OPENMETRICS, true},
		{true, "", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_options o = {.has_created_samples = cases[i].is_enabled};
		_cleanup_http_answer_ struct http_answer a = {0};
		struct fake f;
		const char *found;

		fake_start(&f, &o, 10);
		assert_int_equal(http_request(f.port, "GET", "/metrics", cases[i].headers, &a), 0);
		assert_non_null(strstr(buf_string(&a.body), "\nrequests_total{id=\"000001\"} 1\n"));
		found = strstr(buf_string(&a.body),
			       "\nrequests_created{id=\"000001\"} 1700000000.5\n");
		assert_int_equal(found != NULL, cases[i].has_created);
		fake_stop(&f);
	}
}

/* How long maps may be read. */
static void test_formats__timeout(void **state)
{
	static const struct {
		const char *value;
		uint64_t wait_ms; /* 0: as if there were none */
	} cases[] = {
		/* less half a second */
		{"10", 9500},
		{"10.000000", 9500},
		{"1", 500},
		{"1.001", 501},
		{"4.25", 3750},
		{"0010", 9500},
		{"7.", 6500},
		{"3   ", 2500},
		/* half of it */
		{"0.999", 499},
		{"0.7", 350},
		{"0.002", 1},
		/* longer than without */
		{"20.5", 20000},
		{"30", 29500},
		{"120", 119500},
		{"120.5", 120000},
		{"121", 120000},
		{"86400", 120000},
		{"18446744073709551616", 120000},
		{"99999999999999999999999999999999999999999999999999999999999999999999999999",
		 120000},
		/* none */
		{"", 0},
		{"0", 0},
		{"0.0", 0},
		{"000", 0},
		{"-1", 0},
		{"-0", 0},
		{"+1", 0},
		{".5", 0},
		{".", 0},
		{"1.2.3", 0},
		{"1..", 0},
		{"1,5", 0},
		{"1 5", 0},
		{"1s", 0},
		{"0x1", 0},
		{"0x1p3", 0},
		{"1e1", 0},
		{"1e999", 0},
		{"nan", 0},
		{"inf", 0},
		{"infinity", 0},
		{"ten", 0},
		{"\xd9\xa1", 0},
		{"1\v", 0},
	};
	struct http_options o = {.scrape_timeout_s = 13};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};
		uint64_t wait_ms = cases[i].wait_ms ? cases[i].wait_ms : 13000, is_ms;
		char header[256];

		print_message("'%s'\n", cases[i].value);
		snprintf(header, sizeof(header), "X-Prometheus-Scrape-Timeout-Seconds: %s\r\n",
			 cases[i].value);
		assert_int_equal(http_request(f.port, "GET", "/metrics", header, &a), 0);
		assert_int_equal(a.status, 200);
		/* Its time is running: it may already be over where it is a millisecond. */
		is_ms = (uint64_t)((int64_t)f.wait_ns < 0 ? 0 : f.wait_ns) / NS_PER_MS;
		assert_in_range(is_ms, wait_ms > 300 ? wait_ms - 300 : 0, wait_ms);
	}
	fake_stop(&f);
}

static void test_formats__timeout_of_ten_seconds_by_default(void **state)
{
	_cleanup_http_answer_ struct http_answer a = {0};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 1);
	assert_int_equal(http_request(f.port, "GET", "/metrics", "", &a), 0);
	assert_in_range(f.wait_ns / NS_PER_MS, 9700, 10000);
	fake_stop(&f);
}

/* Answered at the deadline, whatever other times are shorter than it. */
static void test_formats__waits_until_then(void **state)
{
	static const struct {
		const char *headers;
		uint64_t least_ms, most_ms;
	} cases[] = {
		{"", 900, 3000},
		{"X-Prometheus-Scrape-Timeout-Seconds: 0.700000\r\n", 300, 900},
		{"X-Prometheus-Scrape-Timeout-Seconds: 5\r\n", 4400, 7000},
	};
	struct http_options o = {.header_timeout_s = 1,
				 .idle_timeout_s = 1,
				 .scrape_timeout_s = 1,
				 .send_timeout_s = 1};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 10);
	f.how = ANSWER_AT_DEADLINE;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};
		uint64_t start = clock_mono_ns(), took;

		assert_int_equal(http_request(f.port, "GET", "/metrics", cases[i].headers, &a), 0);
		took = (clock_mono_ns() - start) / NS_PER_MS;
		assert_int_equal(a.status, 200);
		assert_non_null(strstr(buf_string(&a.body), "requests_total{id=\"000009\"} 9\n"));
		assert_in_range(took, cases[i].least_ms, cases[i].most_ms);
	}
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats__get_and_head),
		cmocka_unit_test(test_formats__packed_is_the_same),
		cmocka_unit_test(test_formats__other_pages_have_none),
		cmocka_unit_test(test_formats__created_samples_when_enabled),
		cmocka_unit_test(test_formats__timeout),
		cmocka_unit_test(test_formats__timeout_of_ten_seconds_by_default),
		cmocka_unit_test(test_formats__waits_until_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
