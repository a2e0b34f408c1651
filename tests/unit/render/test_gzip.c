// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "render/gzip.h"
#include "support/alloc_fault.h"
#include "support/gunzip.h"

struct source {
	char *data;
	size_t size;
	size_t taken;
	size_t at_most; /* bytes a pull; 0: as many as wanted */
	size_t fail_at; /* once so many are taken… */
	int failure;	/* … this is returned */
	int n_after_end;
};

/* Half of it like metrics, half of it noise, so that literals and matches both occur. */
static struct source source_of(size_t size)
{
	struct source s = {.data = malloc(size + 64), .size = size};
	uint32_t noise = 1;

	assert_non_null(s.data);
	for (size_t i = 0; i < size;) {
		noise = noise * 1664525 + 1013904223;
		i += (size_t)snprintf(s.data + i, 64, "packets_total{cpu=\"%u\"} %u\n", noise >> 28,
				      noise);
	}
	return s;
}

static ssize_t pull(void *ctx, char *dst, size_t size)
{
	struct source *s = ctx;
	size_t n = s->size - s->taken;

	if (s->failure && s->taken >= s->fail_at)
		return s->failure;
	if (n > size)
		n = size;
	if (s->at_most && n > s->at_most)
		n = s->at_most;
	memcpy(dst, s->data + s->taken, n);
	s->taken += n;
	if (!n)
		s->n_after_end++;
	return (ssize_t)n;
}

static ssize_t compress(struct source *s, size_t dst_size, struct buf *out)
{
	_cleanup_(gzip_stream_freep) struct gzip_stream *g = gzip_stream_new(pull, s);
	ssize_t n;

	assert_non_null(g);
	for (;;) {
		assert_int_equal(buf_reserve(out, dst_size), 0);
		n = gzip_stream_read(g, out->data + out->len, dst_size);
		if (n <= 0)
			break;
		assert_true((size_t)n <= dst_size);
		out->len += (size_t)n;
	}
	assert_int_equal(gzip_stream_read(g, out->data, 1), n);
	return n;
}

static void test_gzip__sizes(void **state)
{
	static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 10 << 20};
	static const size_t dst_sizes[] = {1, 7, 65536};
	static const size_t pieces[] = {0, 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(dst_sizes) * ARRAY_SIZE(pieces);
	     i++) {
		struct source s = source_of(sizes[i % 6]);
		_cleanup_buf_ struct buf packed = BUF_INIT;
		_cleanup_buf_ struct buf plain = BUF_INIT;

		s.at_most = pieces[i / 6 % 2];
		assert_int_equal(compress(&s, dst_sizes[i / 12], &packed), 0);
		assert_int_equal(s.n_after_end, 1);
		gunzip(&packed, &plain);
		assert_int_equal(plain.len, s.size);
		assert_true(!s.size || !memcmp(plain.data, s.data, s.size));
		if (s.size > 1000)
			assert_true(packed.len < s.size / 2);
		free(s.data);
	}
}

static void test_gzip__source_errors_are_passed_on(void **state)
{
	static const struct {
		int failure;
		size_t at;
	} cases[] = {{-ESTALE, 0}, {-ENOMEM, 1}, {-EIO, 200000}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct source s = source_of(1 << 20);
		_cleanup_buf_ struct buf packed = BUF_INIT;

		s.failure = cases[i].failure;
		s.fail_at = cases[i].at;
		assert_int_equal(compress(&s, 100, &packed), cases[i].failure);
		free(s.data);
	}
}

static void test_gzip__no_memory(void **state)
{
	struct source s = source_of(100);

	(void)state;
	for (long i = 0;; i++) {
		_cleanup_(gzip_stream_freep) struct gzip_stream *g = NULL;
		char dst[10];

		alloc_fault_arm(i);
		g = gzip_stream_new(pull, &s);
		if (g)
			assert_true(gzip_stream_read(g, dst, sizeof(dst)) > 0);
		if (!alloc_fault_disarm()) {
			assert_int_equal(i, 1);
			break;
		}
		assert_null(g);
	}
	gzip_stream_free(NULL);
	free(s.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip__sizes),
		cmocka_unit_test(test_gzip__source_errors_are_passed_on),
		cmocka_unit_test(test_gzip__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
