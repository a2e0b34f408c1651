// SPDX-License-Identifier: GPL-2.0-only
#include "series_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void label_writer_follow(struct label_writer *w, struct label_block *previous, size_t key_size)
{
	w->key_size = key_size;
	w->previous = previous ? label_block_ref(previous) : NULL;
	w->n_previous = previous ? previous->raw_keys.len / key_size : 0;
}

bool label_writer_match(struct label_writer *w, const void *key)
{
	const struct label_block *p = w->previous;

	if (!p || w->n_matched == w->n_previous ||
	    memcmp(p->raw_keys.data + w->n_matched * w->key_size, key, w->key_size) != 0)
		return false;
	w->n_matched++;
	return true;
}

static int reserve_slots(struct label_writer *w, size_t n)
{
	size_t cap = w->cap + w->cap / 2 > n ? w->cap + w->cap / 2 : n + 64;
	uint64_t *ends;

	if (n <= w->cap)
		return 0;
	ends = realloc(w->ends, cap * sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	w->ends = ends;
	w->cap = cap;
	return 0;
}

int label_writer_diverge(struct label_writer *w)
{
	const struct label_block *p = w->previous;
	size_t n = w->n_matched;
	int r = 0;

	if (!p)
		return 0;
	if (n) {
		r = reserve_slots(w, n);
		if (r == 0)
			r = buf_append(&w->text, p->text, p->ends[n - 1]);
		if (r == 0)
			r = buf_append(&w->raw_keys, p->raw_keys.data, n * w->key_size);
		if (r == 0)
			memcpy(w->ends, p->ends, n * sizeof(*w->ends));
	}
	if (r < 0)
		return r;
	w->n = n;
	label_block_unref(w->previous);
	w->previous = NULL;
	w->n_matched = 0;
	return 0;
}

int label_writer_commit(struct label_writer *w, const void *key)
{
	int r = reserve_slots(w, w->n + 1);

	if (r == 0 && w->key_size && key)
		r = buf_append(&w->raw_keys, key, w->key_size);
	if (r == 0)
		w->ends[w->n++] = w->text.len;
	return r;
}

int label_writer_add_last(struct label_writer *w, struct str text)
{
	const struct label_block *p = w->previous;
	int r;

	if (p && w->n_matched == w->n_previous && p->n == w->n_previous + 1) {
		w->n_matched++;
		return 0;
	}
	r = label_writer_diverge(w);
	if (r == 0)
		r = buf_append(&w->text, text.p, text.n);
	return r < 0 ? r : label_writer_commit(w, NULL);
}

size_t label_writer_n(const struct label_writer *w)
{
	return w->previous ? w->n_matched : w->n;
}

/* Shrinking may fail, and then it stays as large as it was. */
static void *shrink(void *p, size_t size)
{
	void *smaller = size ? realloc(p, size) : p;

	return smaller ? smaller : p;
}

struct label_block *label_writer_finish(struct label_writer *w)
{
	struct label_block *b;

	if (w->previous && w->n_matched == w->previous->n)
		return take_ptr(w->previous);
	if (label_writer_diverge(w) < 0)
		return NULL;
	b = label_block_new();
	if (!b)
		return NULL;
	b->n = w->n;
	b->text = shrink(w->text.data, w->text.len);
	b->ends = shrink(w->ends, w->n * sizeof(*w->ends));
	b->raw_keys = w->raw_keys;
	b->raw_keys.data = shrink(w->raw_keys.data, w->raw_keys.len);
	b->raw_keys.cap = b->raw_keys.len ? b->raw_keys.len : b->raw_keys.cap;
	w->text = w->raw_keys = (struct buf)BUF_INIT;
	w->ends = NULL;
	w->n = w->cap = 0;
	return b;
}

struct label_block *label_writer_copy(const struct label_writer *w)
{
	_cleanup_(label_block_unrefp) struct label_block *b = label_block_new();

	if (!b)
		return NULL;
	b->n = w->n;
	b->text = malloc(w->text.len + 1);
	b->ends = malloc(w->n * sizeof(*w->ends) + 1);
	if (!b->text || !b->ends)
		return NULL;
	if (w->n) {
		memcpy(b->text, w->text.data, w->text.len);
		memcpy(b->ends, w->ends, w->n * sizeof(*w->ends));
	}
	return take_ptr(b);
}

void label_writer_truncate(struct label_writer *w, size_t n)
{
	w->n = n;
	w->text.len = n ? w->ends[n - 1] : 0;
}

void label_writer_done(struct label_writer *w)
{
	label_block_unref(w->previous);
	buf_done(&w->text);
	buf_done(&w->raw_keys);
	free(w->ends);
	*w = (struct label_writer){0};
}

/* Of no bytes, where there may be no memory yet. */
static struct str text_between(const struct label_writer *w, size_t start, size_t end)
{
	return end > start ? (struct str){.p = w->text.data + start, .n = end - start} : STR("");
}

struct str label_writer_last(const struct label_writer *w)
{
	return text_between(w, w->n ? w->ends[w->n - 1] : 0, w->text.len);
}

struct str label_writer_text(const struct label_writer *w, size_t slot)
{
	return text_between(w, slot ? w->ends[slot - 1] : 0, w->ends[slot]);
}

void label_writer_keep(struct label_writer *w, const bool *keep)
{
	size_t n = 0, len = 0, start = 0;

	for (size_t i = 0; i < w->n; i++) {
		size_t end = w->ends[i];

		if (keep[i]) {
			if (end > start)
				memmove(w->text.data + len, w->text.data + start, end - start);
			if (w->key_size)
				memmove(w->raw_keys.data + n * w->key_size,
					w->raw_keys.data + i * w->key_size, w->key_size);
			len += end - start;
			w->ends[n++] = len;
		}
		start = end;
	}
	w->n = n;
	w->text.len = len;
	w->raw_keys.len = n * w->key_size;
}

static int table_grow(struct label_table *t)
{
	struct label_table larger = {.size = t->size ? t->size * 2 : 64, .n = t->n};

	larger.cells = calloc(larger.size, sizeof(*larger.cells));
	if (!larger.cells)
		return -ENOMEM;
	for (size_t i = 0; i < t->size; i++) {
		size_t j = t->cells[i].hash & (larger.size - 1);

		if (!t->cells[i].slot)
			continue;
		while (larger.cells[j].slot)
			j = (j + 1) & (larger.size - 1);
		larger.cells[j].hash = t->cells[i].hash;
		larger.cells[j].slot = t->cells[i].slot;
	}
	free(t->cells);
	*t = larger;
	return 0;
}

/* The cell of the text, or the empty one where it belongs. */
static size_t find_cell(const struct label_table *t, const struct label_writer *w, struct str text,
			uint32_t hash)
{
	size_t i = hash & (t->size - 1);

	for (; t->cells[i].slot; i = (i + 1) & (t->size - 1))
		if (t->cells[i].hash == hash &&
		    (t->cells[i].slot - 1 == w->n ||
		     str_equal(label_writer_text(w, t->cells[i].slot - 1), text)))
			break;
	return i;
}

static void enter(struct label_table *t, size_t cell, uint32_t hash, size_t slot)
{
	t->cells[cell].hash = hash;
	t->cells[cell].slot = (uint32_t)slot + 1;
	t->n++;
}

void label_table_refill(struct label_table *t, const struct label_writer *w)
{
	if (!t->cells)
		return;
	memset(t->cells, 0, t->size * sizeof(*t->cells));
	t->n = 0;
	for (size_t slot = 0; slot < w->n; slot++) {
		struct str text = label_writer_text(w, slot);
		uint32_t hash = (uint32_t)XXH3_64bits(text.p, text.n);

		enter(t, find_cell(t, w, text, hash), hash, slot);
	}
}

struct label_writer label_writer_of(const struct label_block *b)
{
	return (struct label_writer){
		.text = {.data = b->text, .len = b->n ? b->ends[b->n - 1] : 0},
		.ends = b->ends,
		.n = b->n,
	};
}

int label_table_fill(struct label_table *t, const struct label_writer *w)
{
	while (t->size < 2 * w->n + 1)
		if (table_grow(t) < 0)
			return -ENOMEM;
	label_table_refill(t, w);
	return 0;
}

bool label_table_has(const struct label_table *t, const struct label_writer *w, struct str text)
{
	return t->size &&
	       t->cells[find_cell(t, w, text, (uint32_t)XXH3_64bits(text.p, text.n))].slot;
}

int label_table_find(struct label_table *t, const struct label_writer *w, size_t *ret_slot)
{
	struct str text = label_writer_last(w);
	uint32_t hash = (uint32_t)XXH3_64bits(text.p, text.n);
	size_t i;

	if (2 * t->n >= t->size && table_grow(t) < 0)
		return -ENOMEM;
	i = find_cell(t, w, text, hash);
	if (t->cells[i].slot) {
		*ret_slot = t->cells[i].slot - 1;
		return 0;
	}
	enter(t, i, hash, w->n);
	*ret_slot = w->n;
	return 1;
}

void label_table_forget(struct label_table *t, const struct label_writer *w)
{
	struct str text = label_writer_last(w);

	t->cells[find_cell(t, w, text, (uint32_t)XXH3_64bits(text.p, text.n))].slot = 0;
	t->n--;
}

void label_table_done(struct label_table *t)
{
	free(t->cells);
	*t = (struct label_table){0};
}
