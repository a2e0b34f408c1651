/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_TEXT_CACHE_INTERNAL_H
#define DECODE_TEXT_CACHE_INTERNAL_H

/*
 * Answers that cost something to find, by the bytes of the question; also that
 * there is none. It forgets, by time and by size, and is for one thread.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

struct text_cache;

struct text_cache_options {
	size_t max_entries;	  /* at least 1; rounded up to a multiple of 8 */
	size_t max_entry_bytes;	  /* of question and answer; what is longer is not kept. 0: 1024 */
	uint64_t keep_ns;	  /* how long an answer holds */
	uint64_t keep_unknown_ns; /* and that there is none */
};

enum { TEXT_CACHE_UNKNOWN = 1 };

/*
 * text_cache_fn() - find the answer that was asked for, and append it.
 *
 * Return: 0, TEXT_CACHE_UNKNOWN where there is none, -errno: then nothing is
 *         kept. What it appended to @out counts only with 0.
 */
typedef int (*text_cache_fn)(void *ctx, struct str key, struct buf *out);

/* text_cache_new() - NULL without memory. */
struct text_cache *text_cache_new(const struct text_cache_options *options);
void text_cache_free(struct text_cache *c);
DEFINE_CLEANUP(text_cache_free, struct text_cache *)

/*
 * text_cache_get() - append the answer to @key, asking @find where it is not
 * known or no longer holds. What is known costs no allocation but @out's.
 * @now_ns: monotonic.
 *
 * Return: 0, TEXT_CACHE_UNKNOWN with nothing appended, -ENOMEM, or another
 *         -errno of @find, also with nothing appended.
 */
int text_cache_get(struct text_cache *c, struct str key, uint64_t now_ns, text_cache_fn find,
		   void *ctx, struct buf *out);

#endif
