/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_RENDERED_H
#define UNIT_RENDERED_H

/* Snapshots rendered in any format, in pieces of many sizes. */
#include <errno.h>

#include "unit/model/series.h"

#include "base/clock.h"

#include "render/renderer_internal.h"
#include "support/alloc_fault.h"
#include "support/protobuf_read.h"

/* All of it, in pieces of @size; each piece has nothing written behind it. */
static inline char *render_as(const struct format *format, struct exposition *x, size_t size,
			      size_t *ret_n)
{
	struct render *r = render_new(x, format);
	struct buf bytes = BUF_INIT;
	ssize_t n;

	assert_non_null(r);
	do {
		assert_int_equal(buf_reserve(&bytes, size + 1), 0);
		bytes.data[bytes.len + size] = 0x5a;
		n = render_read(r, bytes.data + bytes.len, size);
		assert_in_range(n, 0, size);
		assert_int_equal(bytes.data[bytes.len + size], 0x5a);
		bytes.len += (size_t)n;
	} while (n);
	assert_int_equal(render_read(r, bytes.data, size), 0);
	render_free(r);
	*ret_n = bytes.len;
	return buf_take(&bytes);
}

/* Each allocation failing in turn; the exposition is not lost with it. */
static inline void assert_rendered_without_memory(const struct format *format, struct exposition *x)
{
	long n_faults = 0;

	for (;; n_faults++) {
		struct render *r;
		char piece[16];
		ssize_t n = -ENOMEM;

		alloc_fault_arm(n_faults);
		r = render_new(x, format);
		while (r && (n = render_read(r, piece, sizeof(piece))) > 0)
			continue;
		render_free(r);
		if (!alloc_fault_disarm()) {
			assert_int_equal(n, 0);
			break;
		}
		assert_int_equal(n, -ENOMEM);
	}
	assert_true(n_faults >= 4);
	assert_int_equal(atomic_load(&x->refs), 1);
}

/* What was rendered, and protobuf printed, is @expected. */
static inline void assert_bytes(const struct format *format, const char *bytes, size_t n,
				const char *expected)
{
	_cleanup_buf_ struct buf printed = BUF_INIT;

	if (format->renderer == &renderer_protobuf) {
		assert_int_equal(protobuf_print((struct str){bytes, n}, &printed), 0);
		assert_string_equal(buf_string(&printed), expected);
	} else {
		assert_string_equal(bytes, expected);
		assert_int_equal(n, strlen(expected));
	}
}

/* What is short in pieces of every size, until all lines go directly; what is long in some. */
static inline void assert_rendered_as(const struct format *format,
				      struct snapshot *const *snapshots, size_t n,
				      const char *expected)
{
	static const size_t sizes[] = {1, 2, 7, 64, 200, 4096, 1 << 20};
	struct exposition *x = exposition_new(snapshots, n);
	size_t length, n_sizes;
	char *whole;

	assert_non_null(x);
	whole = render_as(format, x, 1 << 20, &length);
	assert_bytes(format, whole, length, expected);
	n_sizes = length < 2000 ? length + NUM_TEXT_MAX + 64 : ARRAY_SIZE(sizes);
	for (size_t i = 0; i < n_sizes; i++) {
		size_t n_bytes;
		char *bytes = render_as(format, x, length < 2000 ? i + 1 : sizes[i], &n_bytes);

		assert_int_equal(n_bytes, length);
		assert_memory_equal(bytes, whole, length);
		free(bytes);
	}
	free(whole);
	exposition_unref(x);
}

static inline void assert_rendered(struct snapshot *const *snapshots, size_t n,
				   const char *expected)
{
	assert_rendered_as(&format_text, snapshots, n, expected);
}

/* The exposition is revoked in the middle. */
static inline void assert_rendered_until_revoked(const struct format *format,
						 struct snapshot *const *snapshots, size_t n)
{
	struct exposition *x = exposition_new(snapshots, n);
	struct render *r = render_new(x, format);
	char piece[8];

	assert_int_equal(render_read(r, piece, sizeof(piece)), sizeof(piece));
	atomic_store(&x->revoked, true);
	assert_int_equal(render_read(r, piece, sizeof(piece)), -ESTALE);
	assert_int_equal(render_read(r, piece, sizeof(piece)), -ESTALE);
	exposition_unref(x);
	render_free(r); /* holds the last reference */
}

#endif
