// SPDX-License-Identifier: GPL-2.0-only
/* Clients that are slow, broken or gone, answers that must not go on, and stopping amid them. */
#include "fake_provider.h"

#include <poll.h>
#include <sys/socket.h>

#define GET_METRICS   "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
#define LARGE_SERIES  300000 /* about 10 MB, more than sockets buffer */
#define SEVERAL_TIMES 6

static void assert_still_serves(struct fake *f)
{
	_cleanup_http_answer_ struct http_answer a = {0};

	assert_int_equal(http_request(f->port, "GET", "/-/healthy", "", &a), 0);
	assert_int_equal(a.status, 200);
}

static void open_and_send(struct fake *f, struct http_client *c, const char *request)
{
	assert_int_equal(http_client_open(c, false, f->port), 0);
	assert_int_equal(http_client_puts(c, request), 0);
}

/* An answer has begun and nobody reads it. */
static void open_stalled(struct fake *f, struct http_client *c, const char *request)
{
	struct pollfd p = {.events = POLLIN};
	int small = 4096;

	assert_int_equal(http_client_open(c, false, f->port), 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(http_client_puts(c, request), 0);
	p.fd = c->fd;
	assert_int_equal(poll(&p, 1, 5000), 1);
	sleep_ms(100);
}

/* Whether the other end closed, without reading what it sent. */
static bool hangs_up_within(struct http_client *c, int ms)
{
	struct pollfd p = {.fd = c->fd, .events = 0};

	return poll(&p, 1, ms) == 1 && p.revents & (POLLHUP | POLLERR);
}

static void wait_released(struct fake *f)
{
	for (int i = 0; i < 500 && f->exposition->refs > 1; i++)
		sleep_ms(10);
	assert_int_equal(f->exposition->refs, 1);
}

static void test_rough__broken_requests(void **state)
{
	static const struct {
		const char *request;
		int status; /* 0: any error, or just closed */
	} cases[] = {
		{"\r\n\r\n\r\nGET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n", 0},
		{"garbage\r\n\r\n", 0},
		{"GET\r\n\r\n", 0},
		{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 0},
		{"GET /metrics HTTP/1.1\r\n\r\n", 200}, /* no Host: forgiven */
		{"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400},
		{"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400},
		{"GET /metrics HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", 0},
	};
	struct http_options o = {.idle_timeout_s = 1};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 10);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		_cleanup_http_answer_ struct http_answer a = {0};
		int r;

		print_message("case %zu\n", i);
		open_and_send(&f, &c, cases[i].request);
		r = http_client_read(&c, true, &a);
		assert_int_not_equal(r, -EAGAIN);
		if (cases[i].status)
			assert_int_equal(a.status, cases[i].status);
		assert_still_serves(&f);
	}
	fake_stop(&f);
}

static void test_rough__large_headers(void **state)
{
	static const struct {
		const char *start, *end;
		int status;
	} cases[] = {
		{"GET /metrics HTTP/1.1\r\nHost: a\r\nX: ", "\r\n\r\n", 431},
		{"GET /metrics?", " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
	};
	struct http_options o = {.idle_timeout_s = 1};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 10);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		_cleanup_http_answer_ struct http_answer a = {0};
		_cleanup_buf_ struct buf request = BUF_INIT;
		int r;

		buf_puts(&request, cases[i].start);
		for (int j = 0; j < 100 * 1024; j++)
			buf_append(&request, "x", 1);
		buf_puts(&request, cases[i].end);
		assert_int_equal(http_client_open(&c, false, f.port), 0);
		r = http_client_send(&c, request.data, request.len);
		r = r ? r : http_client_read(&c, true, &a);
		/* The rest of the request may have been answered by a reset that overtook the
		 * status. */
		assert_true(r == 0 || r == -ECONNRESET || r == -EPIPE || r == -ENODATA);
		if (!r)
			assert_int_equal(a.status, cases[i].status);
		assert_still_serves(&f);
	}
	fake_stop(&f);
}

/* More parameters than a connection's memory can list. */
static void test_rough__many_parameters(void **state)
{
	_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
	_cleanup_http_answer_ struct http_answer a = {0};
	_cleanup_buf_ struct buf request = BUF_INIT;
	struct http_options o = {.idle_timeout_s = 1};
	struct fake f;
	int r;

	(void)state;
	fake_start(&f, &o, 10);
	buf_puts(&request, "GET /metrics?");
	for (int i = 0; i < 1000; i++)
		buf_puts(&request, "map[]=calls&");
	buf_puts(&request, " HTTP/1.1\r\nHost: a\r\n\r\n");
	open_and_send(&f, &c, buf_string(&request));
	r = http_client_read(&c, true, &a);
	assert_true(r ? r != -EAGAIN : a.status >= 400);
	assert_int_equal(f.n_scrapes, 0);
	fake_stop(&f);
}

static void test_rough__bodies_are_not_read(void **state)
{
	static const struct {
		const char *headers;
		size_t n; /* bytes of body */
		bool is_closed;
	} cases[] = {
		{"Content-Length: 5\r\n", 5, false},
		{"Content-Length: 65536\r\n", 65536, false},
		{"Expect: 100-continue\r\nContent-Length: 5\r\n", 5, false},
		{"Content-Length: 65537\r\n", 0, true},
		{"Content-Length: 999999999999\r\n", 0, true},
		{"Transfer-Encoding: chunked\r\n", 0, true},
	};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		_cleanup_http_answer_ struct http_answer a = {0};
		_cleanup_buf_ struct buf request = BUF_INIT;

		print_message("case %zu\n", i);
		buf_printf(&request, "GET /metrics HTTP/1.1\r\nHost: a\r\n%s\r\n",
			   cases[i].headers);
		for (size_t j = 0; j < cases[i].n; j++)
			buf_append(&request, "x", 1);
		open_and_send(&f, &c, buf_string(&request));
		assert_int_equal(http_client_read(&c, true, &a), 0);
		assert_int_equal(a.status, 200);
		if (cases[i].is_closed)
			assert_int_equal(http_client_wait_close(&c), 0);
	}
	fake_stop(&f);
}

static void test_rough__half_a_request_times_out(void **state)
{
	static const char *const cases[] = {
		"", "G", "GET /metrics HTTP/1.1\r\nHost: a",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"};
	struct http_options o = {.idle_timeout_s = 1};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 10);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		uint64_t start = clock_mono_ns();
		int r;

		open_and_send(&f, &c, cases[i]);
		r = http_client_wait_close(&c);
		assert_true(r == 0 || r == -ECONNRESET);
		assert_in_range((clock_mono_ns() - start) / NS_PER_MS, 500, 6000);
	}
	fake_stop(&f);
}

/* Never idle for long, and never done. Before the first header, and before one after an answer. */
static void test_rough__a_header_by_the_byte(void **state)
{
	static const char *const before[] = {"", "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"};
	struct http_options o = {.header_timeout_s = 1, .idle_timeout_s = 1};
	struct fake f;

	(void)state;
	fake_start(&f, &o, 10);
	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		uint64_t start = clock_mono_ns();

		open_and_send(&f, &c, before[i]);
		http_client_puts(&c, "GET / HTTP/1.1\r\nX: ");
		while (!hangs_up_within(&c, 100) && clock_mono_ns() - start < 8 * NS_PER_S)
			http_client_puts(&c, "x");
		assert_in_range((clock_mono_ns() - start) / NS_PER_MS, 900, 6000);
	}
	assert_still_serves(&f);
	fake_stop(&f);
}

static void test_rough__clients_vanish(void **state)
{
	static const char *const encodings[] = {"", "Accept-Encoding: gzip\r\n"};
	struct fake f;

	(void)state;
	fake_start(&f, NULL, LARGE_SERIES);
	for (size_t i = 0; i < SEVERAL_TIMES; i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		char request[128];

		f.how = i % 3 ? ANSWER_AT_ONCE : ANSWER_FROM_THREAD;
		snprintf(request, sizeof(request), "GET /metrics HTTP/1.1\r\nHost: a\r\n%s\r\n",
			 encodings[i % 2]);
		if (i % 4 == 0)
			open_and_send(&f, &c, request); /* gone before it is answered */
		else
			open_stalled(&f, &c, request);
	}
	sleep_ms(50);
	wait_released(&f);
	assert_still_serves(&f);
	fake_stop(&f);
}

static void test_rough__connections_beyond_the_limit_wait(void **state)
{
	struct http_options o = {.max_connections = 4};
	struct http_client clients[20];
	struct fake f;

	(void)state;
	fake_start(&f, &o, 100);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		open_and_send(&f, &clients[i], GET_METRICS);
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		_cleanup_http_answer_ struct http_answer a = {0};

		if (i == 0) {
			sleep_ms(200);
			assert_int_equal(f.n_scrapes, 4);
		}
		assert_int_equal(http_client_read(&clients[i], true, &a), 0);
		assert_int_equal(a.status, 200);
		http_client_close(&clients[i]);
	}
	fake_stop(&f);
}

static const char *const stalled_requests[] = {
	GET_METRICS,
	"GET /metrics HTTP/1.0\r\n\r\n",
	"GET /metrics HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
};

/* The watch ends it, though the client reads nothing. */
static void test_rough__revoked_while_stalled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stalled_requests); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		struct fake f;

		fake_start(&f, NULL, LARGE_SERIES * (i == 2 ? 4 : 1));
		open_stalled(&f, &c, stalled_requests[i]);
		assert_false(hangs_up_within(&c, 0));
		atomic_store(&f.exposition->revoked, true);
		assert_true(hangs_up_within(&c, 4000));
		wait_released(&f);
		fake_stop(&f);
	}
}

static void test_rough__send_time_is_over(void **state)
{
	struct http_options o = {.send_timeout_s = 1};
	_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
	struct fake f;

	(void)state;
	fake_start(&f, &o, LARGE_SERIES);
	open_stalled(&f, &c, GET_METRICS);
	assert_true(hangs_up_within(&c, 5000));
	wait_released(&f);
	fake_stop(&f);
}

/* The idle timeout, too, ends in a reset. */
static void test_rough__stalled_for_too_long(void **state)
{
	struct http_options o = {.idle_timeout_s = 1};
	_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
	struct fake f;

	(void)state;
	fake_start(&f, &o, LARGE_SERIES);
	open_stalled(&f, &c, "GET /metrics HTTP/1.0\r\n\r\n");
	assert_true(hangs_up_within(&c, 8000));
	assert_int_equal(http_client_wait_close(&c), -ECONNRESET);
	fake_stop(&f);
}

/* While a client reads, the body ends in a reset, never as if it were whole. */
static void test_rough__revoked_while_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stalled_requests); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		_cleanup_http_answer_ struct http_answer a = {0};
		struct fake f;

		fake_start(&f, NULL, LARGE_SERIES * (i == 2 ? 4 : 1));
		open_stalled(&f, &c, stalled_requests[i]);
		atomic_store(&f.exposition->revoked, true);
		assert_int_equal(http_client_read(&c, true, &a), -ECONNRESET);
		wait_released(&f);
		fake_stop(&f);
	}
}

static void test_rough__revoked_before_it_began(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stalled_requests); i++) {
		_cleanup_http_client_ struct http_client c = HTTP_CLIENT_INIT;
		_cleanup_http_answer_ struct http_answer a = {0};
		struct fake f;

		fake_start(&f, NULL, 10);
		atomic_store(&f.exposition->revoked, true);
		open_and_send(&f, &c, stalled_requests[i]);
		assert_int_equal(http_client_read(&c, true, &a), -ECONNRESET);
		fake_stop(&f);
	}
}

static void test_rough__stop_amid_everything(void **state)
{
	struct http_client clients[6];
	struct fake f;

	(void)state;
	for (int i = 0; i < SEVERAL_TIMES; i++) {
		fake_start(&f, NULL, LARGE_SERIES);
		open_stalled(&f, &clients[0], GET_METRICS);
		open_stalled(&f, &clients[1], "GET /metrics HTTP/1.0\r\n\r\n");
		open_and_send(&f, &clients[2], "");
		open_and_send(&f, &clients[3], "GET /metrics HTTP/1.1\r\nHo");
		f.how = ANSWER_FROM_THREAD;
		open_and_send(&f, &clients[4], GET_METRICS);
		open_and_send(&f, &clients[5], GET_METRICS);
		fake_stop(&f);
		for (size_t j = 0; j < ARRAY_SIZE(clients); j++) {
			int r = http_client_wait_close(&clients[j]);

			assert_true(r == 0 || r == -ECONNRESET);
			if (j < 2)
				assert_int_equal(r, -ECONNRESET);
			http_client_close(&clients[j]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rough__broken_requests),
		cmocka_unit_test(test_rough__large_headers),
		cmocka_unit_test(test_rough__many_parameters),
		cmocka_unit_test(test_rough__bodies_are_not_read),
		cmocka_unit_test(test_rough__half_a_request_times_out),
		cmocka_unit_test(test_rough__a_header_by_the_byte),
		cmocka_unit_test(test_rough__clients_vanish),
		cmocka_unit_test(test_rough__connections_beyond_the_limit_wait),
		cmocka_unit_test(test_rough__revoked_while_stalled),
		cmocka_unit_test(test_rough__send_time_is_over),
		cmocka_unit_test(test_rough__stalled_for_too_long),
		cmocka_unit_test(test_rough__revoked_while_read),
		cmocka_unit_test(test_rough__revoked_before_it_began),
		cmocka_unit_test(test_rough__stop_amid_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
