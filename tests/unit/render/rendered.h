/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_RENDERED_H
#define UNIT_RENDERED_H

/* Snapshots rendered as text, in pieces of many sizes. */
#include <errno.h>

#include "unit/model/series.h"

#include "render/text.h"
#include "support/alloc_fault.h"

/* All of it, in pieces of @size; each piece has nothing written behind it. */
static inline char *render(struct exposition *x, size_t size, size_t *ret_n)
{
	struct text_render *r = text_render_new(x);
	struct buf text = BUF_INIT;
	ssize_t n;

	assert_non_null(r);
	do {
		assert_int_equal(buf_reserve(&text, size + 1), 0);
		text.data[text.len + size] = 0x5a;
		n = text_render_read(r, text.data + text.len, size);
		assert_in_range(n, 0, size);
		assert_int_equal(text.data[text.len + size], 0x5a);
		text.len += (size_t)n;
	} while (n);
	assert_int_equal(text_render_read(r, text.data, size), 0);
	text_render_free(r);
	*ret_n = text.len;
	return buf_take(&text);
}

/* Each allocation failing in turn; the exposition is not lost with it. */
static inline void assert_rendered_without_memory(struct exposition *x)
{
	long n_faults = 0;

	for (;; n_faults++) {
		struct text_render *r;
		char piece[16];
		ssize_t n = -ENOMEM;

		alloc_fault_arm(n_faults);
		r = text_render_new(x);
		while (r && (n = text_render_read(r, piece, sizeof(piece))) > 0)
			continue;
		text_render_free(r);
		if (!alloc_fault_disarm()) {
			assert_int_equal(n, 0);
			break;
		}
		assert_int_equal(n, -ENOMEM);
	}
	assert_true(n_faults >= 4);
	assert_int_equal(atomic_load(&x->refs), 1);
}

static inline void assert_rendered_in(struct exposition *x, size_t size, const char *expected)
{
	size_t length;
	char *text = render(x, size, &length);

	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
	free(text);
}

/* A short text in pieces of every size, until all lines go directly; a long one in some. */
static inline void assert_rendered(struct snapshot *const *snapshots, size_t n,
				   const char *expected)
{
	static const size_t sizes[] = {1, 2, 7, 64, 200, 4096, 1 << 20};
	struct exposition *x = exposition_new(snapshots, n);
	size_t length = strlen(expected);

	assert_non_null(x);
	for (size_t size = 1; length < 2000 && size < length + NUM_TEXT_MAX + 64; size++)
		assert_rendered_in(x, size, expected);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_rendered_in(x, sizes[i], expected);
	exposition_unref(x);
}

#endif
