// SPDX-License-Identifier: GPL-2.0-only
/* What is answered: routes, methods, parameters, encodings, and how scrapes wait. */
#include "fake_provider.h"

#include "render/render.h"
#include "support/gunzip.h"

#define TEXT_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

static void assert_selected(struct fake *f, const char *expected)
{
	pthread_mutex_lock(&f->lock);
	assert_string_equal(f->selected, expected);
	pthread_mutex_unlock(&f->lock);
}

static char *render(struct exposition *x, size_t *ret_n)
{
	_cleanup_(render_freep) struct render *r = render_new(x, &format_text);
	struct buf all = BUF_INIT;
	ssize_t n;

	do {
		assert_int_equal(buf_reserve(&all, 65536), 0);
		n = render_read(r, all.data + all.len, 65536);
		assert_true(n >= 0);
		all.len += (size_t)n;
	} while (n);
	*ret_n = all.len;
	return buf_take(&all);
}

static void assert_is_whole(struct fake *f, const struct http_answer *a)
{
	size_t n;
	_cleanup_(freep) char *expected = render(f->exposition, &n);

	assert_int_equal(a->status, 200);
	assert_int_equal(a->body.len, n);
	assert_memory_equal(a->body.data, expected, n);
}

static bool body_has(struct http_answer *a, const char *text)
{
	const char *body = buf_string(&a->body);

	return body && strstr(body, text);
}

static void assert_whole_scrape(struct fake *f)
{
	_cleanup_http_answer_ struct http_answer a = {0};

	assert_int_equal(http_request(f->port, "GET", "/metrics", "", &a), 0);
	assert_is_whole(f, &a);
}

static void test_server__routes(void **state)
{
	static const struct {
		const char *method, *target;
		int status;
		const char *type, *in_body;
	} cases[] = {
		{"GET", "/metrics", 200, TEXT_CONTENT_TYPE, "requests_total{id=\"000001\"} 1\n"},
		{"GET", "/metrics?", 200, TEXT_CONTENT_TYPE, "requests_total"},
		{"GET", "/", 200, "text/html; charset=utf-8", "bpfmap_exporter 1.2.3"},
		{"GET", "/?a=b", 200, "text/html; charset=utf-8", "href=\"/metrics\""},
		{"GET", "/-/healthy", 200, "text/plain; charset=utf-8", "healthy\n"},
		{"GET", "/-/ready", 200, "text/plain; charset=utf-8", "ready\n"},
		{"GET", "/metrics/", 404, "text/plain; charset=utf-8", "no such page"},
		{"GET", "/Metrics", 404, "text/plain; charset=utf-8", "no such page"},
		{"GET", "/-/", 404, "text/plain; charset=utf-8", "no such page"},
		{"GET", "//", 404, "text/plain; charset=utf-8", "no such page"},
		{"GET", "/../etc/passwd", 404, "text/plain; charset=utf-8", "no such page"},
		{"POST", "/nothing", 404, "text/plain; charset=utf-8", "no such page"},
		{"POST", "/metrics", 405, "text/plain; charset=utf-8", "GET and HEAD"},
		{"PUT", "/", 405, "text/plain; charset=utf-8", "GET and HEAD"},
		{"DELETE", "/-/healthy", 405, "text/plain; charset=utf-8", "GET and HEAD"},
		{"OPTIONS", "/-/ready", 405, "text/plain; charset=utf-8", "GET and HEAD"},
		{"get", "/metrics", 405, "text/plain; charset=utf-8", "GET and HEAD"},
	};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};

		print_message("%s %s\n", cases[i].method, cases[i].target);
		assert_int_equal(http_request(f.port, cases[i].method, cases[i].target, "", &a), 0);
		assert_int_equal(a.status, cases[i].status);
		assert_string_equal(http_header(&a, "Content-Type"), cases[i].type);
		assert_string_equal(http_header(&a, "X-Content-Type-Options"), "nosniff");
		assert_true(body_has(&a, cases[i].in_body));
		assert_int_equal(a.body.data[a.body.len - 1], '\n');
		if (a.status == 405)
			assert_string_equal(http_header(&a, "Allow"), "GET, HEAD");
	}
	fake_stop(&f);
}

/* Without what may differ. */
static void blank_line(struct http_answer *a, const char *name)
{
	char *line = strstr(a->head, name);

	if (line)
		memmove(line, strchr(line, '\n') + 1, strlen(strchr(line, '\n') + 1) + 1);
}

static void test_server__head_is_get_without_body(void **state)
{
	static const char *const targets[] = {"/metrics",   "/metrics?map[]=no", "/",
					      "/-/healthy", "/-/ready",		 "/nothing"};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		_cleanup_http_answer_ struct http_answer get = {0}, head = {0};
		int n_scrapes = f.n_scrapes;

		assert_int_equal(http_request(f.port, "HEAD", targets[i], "", &head), 0);
		assert_int_equal(f.n_scrapes, n_scrapes);
		assert_int_equal(http_request(f.port, "GET", targets[i], "", &get), 0);
		blank_line(&get, "Date:");
		blank_line(&head, "Date:");
		blank_line(&head, "Connection: close");
		assert_string_equal(get.head, head.head);
	}
	fake_stop(&f);
}

/* Nothing follows the headers that could be taken for another answer. */
static void test_server__head_keeps_the_connection_in_step(void **state)
{
	_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
	_cleanup_http_answer_ struct http_answer a = {0}, b = {0}, metrics = {0};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 10);
	assert_int_equal(http_client_open(&c, false, f.port), 0);
	http_client_puts(&c, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
			     "HEAD /-/ready HTTP/1.1\r\nHost: a\r\n\r\n"
			     "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(http_client_read(&c, false, &a), 0);
	assert_int_equal(http_client_read(&c, false, &b), 0);
	assert_int_equal(http_client_read(&c, false, &metrics), 0);
	assert_int_equal(metrics.status, 200);
	assert_string_equal(http_header(&metrics, "Connection"), "close");
	assert_int_equal(http_client_wait_close(&c), 0);
	fake_stop(&f);
}

static void test_server__ready_after_the_first_pass(void **state)
{
	_cleanup_http_answer_ struct http_answer a = {0}, b = {0};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 1);
	f.is_ready = false;
	assert_int_equal(http_request(f.port, "GET", "/-/ready", "", &a), 0);
	assert_int_equal(a.status, 503);
	assert_true(body_has(&a, "not ready"));
	f.is_ready = true;
	assert_int_equal(http_request(f.port, "GET", "/-/ready", "", &b), 0);
	assert_int_equal(b.status, 200);
	fake_stop(&f);
}

static void test_server__page_is_escaped(void **state)
{
	struct http_options o = {.telemetry_path = "/m&<\"x"};
	_cleanup_http_answer_ struct http_answer a = {0}, b = {0}, c = {0};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 1);
	assert_int_equal(http_request(f.port, "GET", "/", "", &a), 0);
	assert_true(body_has(&a, "<!DOCTYPE html>"));
	assert_true(body_has(&a, "<a href=\"/m&amp;&lt;&quot;x\">Metrics</a>"));
	assert_true(body_has(&a, "<a href=\"/m&amp;&lt;&quot;x?map[]=calls\">calls</a>"));
	assert_true(body_has(&a, "?map[]=%3Cb%3E%26%22%27\">&lt;b&gt;&amp;&quot;&#39;</a>"));
	assert_int_equal(http_request(f.port, "GET", "/m&<\"x?map[]=%3Cb%3E%26%22%27", "", &b), 0);
	assert_int_equal(b.status, 200);
	assert_selected(&f, "+<b>&\"'");
	f.n_names = 0;
	assert_int_equal(http_request(f.port, "GET", "/", "", &c), 0);
	assert_true(body_has(&c, "No maps are configured"));
	fake_stop(&f);
}

static void test_server__parameters(void **state)
{
	static const struct {
		const char *query;
		int status;
		const char *result; /* what is selected, or in the message */
	} cases[] = {
		{"", 200, ""},
		{"map[]=calls", 200, "+calls"},
		{"map%5B%5D=calls", 200, "+calls"},
		{"map%5b%5d=%63alls&x=y&z&=&&", 200, "+calls"},
		{"map[]=calls&map[]=errors", 200, "+calls+errors"},
		{"exclude[]=calls&exclude%5B%5D=errors", 200, "-calls-errors"},
		{"map=calls&exclude=errors&names[]=q", 200, ""},
		{"map[]=calls&exclude[]=errors", 400, "cannot be used together"},
		{"exclude[]=calls&map[]=errors", 400, "cannot be used together"},
		{"map[]=cals", 400, "no map is called 'cals' (did you mean 'calls'?)"},
		{"exclude[]=error", 400, "no map is called 'error' (did you mean 'errors'?)"},
		{"map[]=somethingelse", 400, "no map is called 'somethingelse': the page at /"},
		{"map[]=", 400, "no map is called ''"},
		{"map[]", 400, "no map is called ''"},
		{"map[]=calls%00", 400, "no map is called 'calls"},
		{"map[]=calls&map[]=Calls", 400, "no map is called 'Calls'"},
	};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 3);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};
		char target[256];

		print_message("%s\n", cases[i].query);
		snprintf(target, sizeof(target), "/metrics?%s", cases[i].query);
		assert_int_equal(http_request(f.port, "GET", target, "", &a), 0);
		assert_int_equal(a.status, cases[i].status);
		if (a.status == 200)
			assert_selected(&f, cases[i].result);
		else
			assert_true(body_has(&a, cases[i].result));
	}
	fake_stop(&f);
}

static void test_server__parameters_are_bounded(void **state)
{
	static const int counts[] = {256, 257, 300};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 1);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};
		_cleanup_buf_ struct buf target = BUF_INIT;

		buf_puts(&target, "/metrics?");
		for (int j = 0; j < counts[i]; j++)
			buf_puts(&target, "map[]=calls&");
		assert_int_equal(http_request(f.port, "GET", buf_string(&target), "", &a), 0);
		assert_int_equal(a.status, counts[i] > 256 ? 400 : 200);
		if (a.status == 400)
			assert_true(body_has(&a, "more than 256"));
	}
	fake_stop(&f);
}

static void test_server__gzip_only_when_asked_for(void **state)
{
	static const struct {
		const char *headers;
		bool gzip;
	} cases[] = {
		{"", false},
		{"Accept-Encoding: gzip\r\n", true},
		{"accept-encoding: br, *;q=0.1\r\n", true},
		{"Accept-Encoding: gzip;q=0\r\n", false},
		{"Accept-Encoding: identity\r\n", false},
		{"Accept-Encoding:\r\n", false},
	};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 20000);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};
		_cleanup_buf_ struct buf plain = BUF_INIT;

		assert_int_equal(http_request(f.port, "GET", "/metrics", cases[i].headers, &a), 0);
		assert_string_equal(http_header(&a, "Vary"), "Accept, Accept-Encoding");
		assert_string_equal(http_header(&a, "Content-Type"), TEXT_CONTENT_TYPE);
		if (cases[i].gzip) {
			assert_string_equal(http_header(&a, "Content-Encoding"), "gzip");
			gunzip(&a.body, &plain);
			buf_done(&a.body);
			a.body = plain;
			plain = (struct buf)BUF_INIT;
		} else {
			assert_null(http_header(&a, "Content-Encoding"));
		}
		assert_is_whole(&f, &a);
	}
	fake_stop(&f);
}

static void test_server__sizes_and_versions(void **state)
{
	static const size_t sizes[] = {0, 1, 1000, 300000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		_cleanup_http_answer_ struct http_answer a = {0};
		struct fake f;

		fake_start(&f, NULL, sizes[i]);
		assert_whole_scrape(&f);
		assert_int_equal(http_client_open(&c, false, f.port), 0);
		assert_int_equal(http_client_puts(&c, "GET /metrics HTTP/1.0\r\n\r\n"), 0);
		assert_int_equal(http_client_read(&c, true, &a), 0);
		assert_null(http_header(&a, "Transfer-Encoding"));
		assert_is_whole(&f, &a);
		fake_stop(&f);
	}
}

static void test_server__answered_from_a_thread(void **state)
{
	struct http_client clients[32];
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 1000);
	f.how = ANSWER_FROM_THREAD;
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		assert_int_equal(http_client_open(&clients[i], false, f.port), 0);
		http_client_puts(&clients[i], "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};

		assert_int_equal(http_client_read(&clients[i], true, &a), 0);
		assert_is_whole(&f, &a);
		http_client_close(&clients[i]);
	}
	fake_stop(&f);
}

static void test_server__provider_refuses(void **state)
{
	static const struct {
		int refusal, status;
		const char *message;
	} cases[] = {
		{-ESHUTDOWN, 503, "stopping"},
		{-ENOMEM, 503, "out of memory"},
		{-ENOENT, 400, "does not exist"},
		{0, 503, "out of memory"}, /* and then no exposition */
	};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 10);
	f.has_no_memory = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};

		f.refusal = cases[i].refusal;
		assert_int_equal(http_request(f.port, "GET", "/metrics", "", &a), 0);
		assert_int_equal(a.status, cases[i].status);
		assert_true(body_has(&a, cases[i].message));
	}
	fake_stop(&f);
}

static void test_server__keep_alive_and_pipelining(void **state)
{
	_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 5000);
	f.how = ANSWER_FROM_THREAD;
	assert_int_equal(http_client_open(&c, false, f.port), 0);
	for (int i = 0; i < 10; i++)
		http_client_puts(&c, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
				     "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < 10; i++) {
		_cleanup_http_answer_ struct http_answer a = {0}, b = {0};

		assert_int_equal(http_client_read(&c, true, &a), 0);
		assert_is_whole(&f, &a);
		assert_int_equal(http_client_read(&c, true, &b), 0);
		assert_true(body_has(&b, "healthy"));
	}
	fake_stop(&f);
}

static void test_server__addresses(void **state)
{
	static const char *const addresses[] = {"127.0.0.1:0", "[::1]:0", ":0"};
	static const bool v6[] = {false, true, false, true};
	struct http_options o = {.listen_addresses = addresses,
				 .n_listen_addresses = ARRAY_SIZE(addresses)};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 10);
	for (size_t i = 0; i < ARRAY_SIZE(v6); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		_cleanup_http_answer_ struct http_answer a = {0};
		uint16_t port = http_server_port(f.server, i < 3 ? i : 2);

		assert_int_equal(http_client_open(&c, v6[i], port), 0);
		http_client_puts(&c, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
		assert_int_equal(http_client_read(&c, true, &a), 0);
		assert_is_whole(&f, &a);
	}
	fake_stop(&f);
}

static void test_server__start_fails_whole(void **state)
{
	static const struct {
		const char *addresses[2];
		int result;
	} cases[] = {
		{{"127.0.0.1:0", "nonsense"}, -EINVAL},
		{{"127.0.0.1:0", "192.0.2.1:0"}, -EADDRNOTAVAIL},
	};
	struct scrape_provider provider = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_options o = {.listen_addresses = cases[i].addresses,
					 .n_listen_addresses = 2,
					 .telemetry_path = "/metrics",
					 .version = ""};
		struct http_server *s = NULL;
		struct err e = {0};

		assert_int_equal(http_server_start(&o, &provider, &s, &e), cases[i].result);
		assert_null(s);
		assert_non_null(strstr(e.text, cases[i].addresses[1]));
	}
	http_server_stop(NULL);
}

static void test_server__start_without_memory(void **state)
{
	static const char *const addresses[] = {"127.0.0.1:0", "127.0.0.1:0"};
	struct http_options o = {.listen_addresses = addresses,
				 .n_listen_addresses = 2,
				 .telemetry_path = "/metrics",
				 .version = ""};
	struct scrape_provider provider = {0};

	(void)state;
	for (long i = 0;; i++) {
		_cleanup_(http_server_stopp) struct http_server *s = NULL;
		struct err e = {0};
		int r;

		alloc_fault_arm(i);
		r = http_server_start(&o, &provider, &s, &e);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			assert_true(i > 2);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(s);
		assert_string_not_equal(e.text, "");
	}
}

/* Answers under a failing allocation: right, refused or cut, never wrong. */
static void test_server__answers_without_memory(void **state)
{
	static const char *const targets[] = {"/metrics?map[]=calls", "/metrics?map[]=cals", "/"};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 100);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		bool has_struck = true;

		for (long j = 0; has_struck; j++) {
			_cleanup_http_answer_ struct http_answer a = {0}, ready = {0};
			int r;

			f.fault = j;
			r = http_request(f.port, "GET", targets[i],
					 "Accept: */*;escaping=dots\r\n"
					 "Accept-Encoding: gzip\r\n",
					 &a);
			f.fault = -1;
			http_request(f.port, "GET", "/-/ready", "", &ready);
			has_struck = f.fault_struck;
			if (r)
				assert_true(r == -ENODATA || r == -ECONNRESET || r == -EPIPE);
			else if (has_struck)
				assert_true(a.status == 200 || a.status == 503 || a.status == 400);
			else
				assert_int_equal(a.status, i == 1 ? 400 : 200);
		}
	}
	assert_whole_scrape(&f);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server__routes),
		cmocka_unit_test(test_server__head_is_get_without_body),
		cmocka_unit_test(test_server__head_keeps_the_connection_in_step),
		cmocka_unit_test(test_server__ready_after_the_first_pass),
		cmocka_unit_test(test_server__page_is_escaped),
		cmocka_unit_test(test_server__parameters),
		cmocka_unit_test(test_server__parameters_are_bounded),
		cmocka_unit_test(test_server__gzip_only_when_asked_for),
		cmocka_unit_test(test_server__sizes_and_versions),
		cmocka_unit_test(test_server__answered_from_a_thread),
		cmocka_unit_test(test_server__provider_refuses),
		cmocka_unit_test(test_server__keep_alive_and_pipelining),
		cmocka_unit_test(test_server__addresses),
		cmocka_unit_test(test_server__start_fails_whole),
		cmocka_unit_test(test_server__start_without_memory),
		cmocka_unit_test(test_server__answers_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
